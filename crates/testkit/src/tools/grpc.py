"""A gRPC server that says what it is asked to, and a client that asks it, on the library of gRPC's own project.

server PORT [KEY CERTIFICATE]    serves on 127.0.0.1
client PORT [AUTHORITY]          makes each kind of call and prints what came of it, a line each
"""

import sys
import threading
from concurrent import futures

import grpc

PATIENCE_S = 20
UPLOAD = 2_000_000


class Echo(grpc.GenericRpcHandler):
    def __init__(self):
        self.cancelled = threading.Event()
        self.handlers = {
            "/test.Echo/Once": grpc.unary_unary_rpc_method_handler(self.once),
            "/test.Echo/Count": grpc.unary_stream_rpc_method_handler(self.count),
            "/test.Echo/Sum": grpc.stream_unary_rpc_method_handler(self.sum),
            "/test.Echo/Talk": grpc.stream_stream_rpc_method_handler(self.talk),
            "/test.Echo/Fail": grpc.unary_unary_rpc_method_handler(self.fail),
            "/test.Echo/Wait": grpc.unary_unary_rpc_method_handler(self.wait),
            "/test.Echo/WasCancelled": grpc.unary_unary_rpc_method_handler(self.was_cancelled),
        }

    def service(self, call):
        return self.handlers.get(call.method)

    def once(self, request, context):
        sent = dict(context.invocation_metadata())
        context.send_initial_metadata([("x-initial", sent.get("x-ask", "nothing"))])
        context.set_trailing_metadata([("x-trailing", "after"), ("x-binary-bin", b"\x00\xff")])
        return b"once " + request

    def count(self, request, context):
        context.set_trailing_metadata([("x-total", request.decode())])
        for number in range(int(request)):
            yield str(number).encode()

    def sum(self, requests, context):
        return str(sum(len(request) for request in requests)).encode()

    def talk(self, requests, context):
        for request in requests:
            yield b"heard " + request

    def fail(self, request, context):
        context.set_trailing_metadata([("x-why", "asked for")])
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not this: 100 % wrong")

    def wait(self, request, context):
        self.cancelled.clear()
        context.add_callback(self.cancelled.set)
        self.cancelled.wait(PATIENCE_S)
        return b""

    def was_cancelled(self, request, context):
        return b"yes" if self.cancelled.wait(PATIENCE_S) else b"no"


def serve(port, key=None, certificate=None):
    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[Echo()], options=[("grpc.so_reuseport", 0)])
    address = f"127.0.0.1:{port}"
    if key is None:
        server.add_insecure_port(address)
    else:
        pair = (open(key, "rb").read(), open(certificate, "rb").read())
        server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    server.start()
    server.wait_for_termination()


def ask(port, authority=None):
    address = f"localhost:{port}"
    # Addresses of loopback are asked of no proxy that the environment names.
    options = [("grpc.enable_http_proxy", 0)]
    if authority is None:
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options)
    else:
        credentials = grpc.ssl_channel_credentials(open(authority, "rb").read())
        channel = grpc.secure_channel(address, credentials, options)
    with channel:
        def method(kind, name):
            return getattr(channel, kind)(f"/test.Echo/{name}")

        reply, call = method("unary_unary", "Once").with_call(b"hello", metadata=[("x-ask", "this")], timeout=PATIENCE_S)
        trailing = dict(call.trailing_metadata())
        print("once", reply, dict(call.initial_metadata())["x-initial"], trailing["x-trailing"], trailing["x-binary-bin"], call.code().name)

        counting = method("unary_stream", "Count")(b"1000", timeout=PATIENCE_S)
        numbers = [int(part) for part in counting]
        print("count", numbers == list(range(1000)), dict(counting.trailing_metadata())["x-total"])

        parts = [b"x" * (UPLOAD // 10)] * 10
        print("sum", method("stream_unary", "Sum")(iter(parts), timeout=PATIENCE_S))

        heard = threading.Semaphore(0)

        def turns():
            for turn in range(3):
                yield str(turn).encode()
                heard.acquire()  # what follows is sent when the answer is there, and not before

        answers = []
        for answer in method("stream_stream", "Talk")(turns(), timeout=PATIENCE_S):
            answers.append(answer)
            heard.release()
        print("talk", *answers)

        try:
            method("unary_unary", "Fail")(b"", timeout=PATIENCE_S)
        except grpc.RpcError as error:
            print("fail", error.code().name, error.details(), dict(error.trailing_metadata())["x-why"])

        try:
            method("unary_unary", "Missing")(b"", timeout=PATIENCE_S)
        except grpc.RpcError as error:
            print("missing", error.code().name)

        try:
            method("unary_unary", "Wait")(b"", timeout=0.2)
        except grpc.RpcError as error:
            print("wait", error.code().name, method("unary_unary", "WasCancelled")(b"", timeout=PATIENCE_S))


if __name__ == "__main__":
    {"server": serve, "client": ask}[sys.argv[1]](*sys.argv[2:])
