"""The client side: wrk for load, a plain socket for probes, a crowd of idle connections.

Knows a port and what an answer ought to look like; nothing of the program behind the port.
"""
import json
import os
import resource
import re
import socket
import ssl
import subprocess
import tempfile

from .children import BenchError, prepare_child
from .proxies import COOKIE, SERVERS

WRK_SCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "wrk.lua")
REPLY_SECONDS = 5.0
WRK_GRACE_SECONDS = 20.0
PROBES = 8
SPARE_FDS = 64


class Reply:
    """One HTTP/1 answer as it came."""

    def __init__(self, head, body):
        self.bytes = len(head) + 4 + len(body)
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        self.body = body

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]


def exchange(sock, path, headers=()):
    """One request and its answer on an open connection."""
    lines = [f"GET {path} HTTP/1.1", "Host: bench.local", *headers, "", ""]
    sock.sendall("\r\n".join(lines).encode())
    data = b""
    while b"\r\n\r\n" not in data:
        data += receive(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    reply = Reply(head, b"")
    length = reply.all("content-length")
    if len(length) != 1:
        raise BenchError(f"an answer without one Content-Length:\n{head.decode('latin-1')}")
    while len(body) < int(length[0]):
        body += receive(sock)
    return Reply(head, body)


def receive(sock):
    more = sock.recv(1 << 16)
    if not more:
        raise BenchError("the proxy closed the connection before its answer was whole")
    return more


def connect(port, tls=False):
    sock = socket.create_connection(("127.0.0.1", port), REPLY_SECONDS)
    return TLS.wrap_socket(sock) if tls else sock


def trusting_context():
    """The certificate is the benchmark's own, made for this run: nobody vouches for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


TLS = trusting_context()


def probe(port, path, headers, cookie_sent, body_bytes, tls=False):
    """Asks eight times, checks every answer, and returns the length in bytes that all of them had."""
    replies = []
    for _ in range(PROBES):
        with connect(port, tls) as sock:
            replies.append(exchange(sock, path, headers))
    cookies = [[value.split(";")[0] for value in reply.all("set-cookie")] for reply in replies]
    for reply, got in zip(replies, cookies):
        if reply.status != 200:
            raise BenchError(f"GET {path}: status {reply.status}")
        if len(reply.body) != body_bytes:
            raise BenchError(f"GET {path}: a body of {len(reply.body)} bytes, not {body_bytes}")
        if len(got) != (0 if cookie_sent else 1):
            raise BenchError(f"GET {path}: {'no' if cookie_sent else 'one'} Set-Cookie expected, got {got}")
    if not cookie_sent and {got[0] for got in cookies} != {f"{COOKIE}={value}" for value in SERVERS}:
        raise BenchError(f"{PROBES} clients without a cookie were not spread over both servers: {cookies}")
    lengths = {reply.bytes for reply in replies}
    if len(lengths) != 1:
        raise BenchError(f"answers of different lengths: {sorted(lengths)}")
    return lengths.pop()


def probe_forwarding(port, ports, tls=False):
    """The cookie binds and the client's address reaches the server: asked of the server itself."""
    for value, backend_port in ports.items():
        with connect(port, tls) as sock:
            seen = exchange(sock, "/seen", [f"Cookie: {COOKIE}={value}"]).body.decode().strip()
        wanted = f"{backend_port}|127.0.0.1|{COOKIE}={value}"
        if seen != wanted:
            raise BenchError(f"the server saw `{seen}`, expected `{wanted}`")


def wrk(path_of_wrk, core, url, headers, connections, seconds):
    """Runs wrk on `core`; returns its exact totals (see wrk.lua)."""
    argv = [path_of_wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", WRK_SCRIPT]
    for header in headers:
        argv += ["-H", header]
    argv += [url]
    text = run_to_end(argv, core, seconds)
    for line in text.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise BenchError(f"wrk gave no result:\n{text}")


def h2load(path_of_h2load, core, port, path, seconds):
    """Four connections of a hundred streams for some seconds; its totals in the shape of wrk's."""
    argv = [path_of_h2load, "-t1", "-c4", "-m100", f"-D{seconds}", f"https://127.0.0.1:{port}{path}"]
    text = run_to_end(argv, core, seconds)
    found = re.search(r"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", text)
    if not found:
        raise BenchError(f"h2load gave no result:\n{text}")
    done, good, failed, errors = map(int, found.groups())
    return {"requests": good, "duration_us": seconds * 1e6, "p50_us": 0, "p99_us": 0,
            "errors": {"status": done - good - failed, "failed": failed, "errored": errors}}


def s_time(path_of_openssl, core, port, path, seconds):
    """Four at once, each with one connection after the other that resumes the first one's session."""
    argv = [path_of_openssl, "s_time", "-connect", f"127.0.0.1:{port}", "-reuse", "-time", str(seconds), "-www", path]
    pairs = [argv] * 4
    texts = run_all_to_end(pairs, core, seconds)
    counts = [re.findall(r"(\d+) connections in \d+ real seconds", text) for text in texts]
    if not all(counts):
        raise BenchError(f"openssl s_time gave no result:\n{texts[0]}")
    return {"requests": sum(int(count[-1]) for count in counts), "duration_us": seconds * 1e6, "p50_us": 0, "p99_us": 0,
            "errors": {}}


def run_to_end(argv, core, seconds):
    return run_all_to_end([argv], core, seconds)[0]


def run_all_to_end(commands, core, seconds):
    """Runs programs side by side on `core`; returns what each has printed."""
    outputs = [tempfile.TemporaryFile("w+") for _ in commands]
    running = [subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                preexec_fn=lambda: prepare_child(core)) for argv, out in zip(commands, outputs)]
    texts = []
    for popen, out in zip(running, outputs):
        try:
            popen.wait(seconds + WRK_GRACE_SECONDS)
        finally:
            popen.kill()
            popen.wait()
        out.seek(0)
        texts.append(out.read())
        out.close()
    return texts


def check_totals(totals, reply_bytes, connections):
    """No error, and as many bytes as that many right answers have: a missing or extra Set-Cookie would show."""
    errors = {kind: count for kind, count in totals["errors"].items() if count}
    if errors or not totals["requests"]:
        raise BenchError(f"{totals['requests']} requests, errors: {errors}")
    if reply_bytes is None:
        return  # the program counts answers, not their bytes
    # Each connection may have been cut off within one answer when time was up.
    surplus = totals["bytes"] - totals["requests"] * reply_bytes
    if not 0 <= surplus <= connections * reply_bytes:
        mean = totals["bytes"] / totals["requests"]
        raise BenchError(f"answers were {mean:.1f} bytes on average, but a right answer has {reply_bytes}")


class Crowd:
    """Keep-alive connections that each did one request and then stay open."""

    def __init__(self, port, path, tls=False):
        self.port, self.path, self.tls, self.open = port, path, tls, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in self.open:
            sock.close()

    def grow(self, count):
        for _ in range(count):
            sock = connect(self.port, self.tls)
            self.open.append(sock)
            reply = exchange(sock, self.path)
            if reply.status != 200:
                raise BenchError(f"status {reply.status} while connections were opened")

    def check_open(self):
        """Every connection still serves: none was closed behind our back."""
        for sock in self.open[:: max(1, len(self.open) // 100)]:
            if exchange(sock, self.path).status != 200:
                raise BenchError("an idle connection no longer answers")


def raise_fd_limit(wanted):
    """Soft limit up to the hard one; says so when that is too little."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted + SPARE_FDS:
        raise BenchError(f"{wanted} connections need a file limit of {wanted + SPARE_FDS}; the hard limit is {hard}")
    if soft != resource.RLIM_INFINITY and soft < wanted + SPARE_FDS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + SPARE_FDS, hard))
