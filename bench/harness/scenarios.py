"""The scenarios: what each asks for, what its budget is, and how the proxies are measured in it.

A scenario yields one `dict` of figures a proxy and turn; medians and ratios are the report's.
"""
import contextlib
import dataclasses
import socket
import time

from . import load, meters
from .children import BenchError, Children
from .proxies import COOKIE, LARGE_BYTES, SMALL_BYTES

WARM_UP_SECONDS = 1
WARM_UP_CONNECTIONS = 500  # so that pools and arenas exist before the first reading
SETTLE_SECONDS = 2.0
CPU, MEMORY = "CPU µs a request", "bytes a connection"


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`must` and `aim` are ratios to HAProxy in the same run; for idle memory, bytes a connection."""

    id: str
    title: str
    must: float
    aim: float
    path: str = "/small"
    body_bytes: int = SMALL_BYTES
    headers: tuple = ()
    cookie_sent: bool = False
    logged: bool = False
    reconnects: bool = False
    extra_lines: tuple = ()  # of the listen section, for the two that read it
    figure: str = CPU
    key: str = ""  # of the certificate: the scenario is over TLS
    client: str = "wrk"  # or h2load (HTTP/2), or s_time (openssl: a resumed handshake a request)


def rule_lines():
    """Fifty rules that look at the path, the host and other header lines, as sites have them; none of them matches."""
    paths = [f"acl path{n} path_beg /area{n}/ /old/area{n}/" for n in range(10)]
    paths += [f"acl ends{n} path_end .ext{n} .kind{n}" for n in range(5)]
    paths += [f"acl part{n} path_sub secret{n}" for n in range(5)]
    hosts = [f"acl host{n} hdr(host) -i site{n}.example www.site{n}.example" for n in range(10)]
    hosts += [f"acl domain{n} hdr_dom(host) -i partner{n}.example" for n in range(5)]
    others = [f"acl agent{n} hdr_sub(user-agent) -i crawler{n} bot{n}/" for n in range(5)]
    others += [f"acl type{n} hdr(x-kind) kind{n}" for n in range(5)]
    others += [f"acl net{n} src 10.{n}.0.0/16" for n in range(5)]
    acls = paths + hosts + others
    return tuple(acls) + tuple(f"http-request deny if {line.split()[1]}" for line in acls)


SCENARIOS = (
    Scenario("S1", "1 KB, keep-alive, no cookie sent", 0.80, 0.72),
    Scenario("S1c", "1 KB, keep-alive, a valid cookie", 0.78, 0.70, headers=(f"Cookie: {COOKIE}=SA",), cookie_sent=True),
    Scenario("S1l", "1 KB, keep-alive, `option httplog` to UDP", 0.80, 0.70, logged=True),
    Scenario("S1r", "1 KB, keep-alive, 50 rules with an ACL each", 0.85, 0.75, extra_lines=rule_lines()),
    Scenario("S2", "128 KB, keep-alive", 0.65, 0.50, path="/large", body_bytes=LARGE_BYTES),
    Scenario("S3", "1 KB, a new connection a request", 0.85, 0.65, headers=("Connection: close",), reconnects=True),
    Scenario("S3a", "the same with `http-reuse always`", 0.85, 0.65, headers=("Connection: close",), reconnects=True,
             extra_lines=("http-reuse always",)),
    Scenario("S4", "1 KB over TLS 1.3, keep-alive", 1.00, 0.80, key="ecdsa"),
    Scenario("S4e", "a TLS handshake a request, ECDSA P-256", 1.00, 0.80, headers=("Connection: close",), reconnects=True,
             extra_lines=("http-reuse always",), key="ecdsa"),
    Scenario("S4a", "a TLS handshake a request, RSA 2048", 1.00, 0.80, headers=("Connection: close",), reconnects=True,
             extra_lines=("http-reuse always",), key="rsa"),
    Scenario("S4r", "a resumed TLS handshake a request", 1.00, 0.80, reconnects=True, extra_lines=("http-reuse always",),
             key="ecdsa", client="s_time"),
    Scenario("S5", "1 KB over HTTP/2 and TLS, 100 streams", 0.90, 0.70, key="ecdsa", client="h2load"),
    Scenario("idle", "memory of an idle keep-alive connection", 1300, 600, figure=MEMORY),
    Scenario("idlet", "memory of an idle TLS connection", 12288, 6144, figure=MEMORY, key="ecdsa"),
)


def measure(scenario, proxies, bench, first):
    """One round: every proxy is started afresh. A dict of each proxy's figures a turn; `first` rotates the order."""
    if scenario.figure is MEMORY:
        turns = {}
        for proxy in rotated(proxies, first):
            with Candidate(scenario, proxy, bench) as candidate:
                turns[proxy.name] = candidate.guarded(measure_idle)
        return [turns]
    with contextlib.ExitStack() as stack:
        candidates = [stack.enter_context(Candidate(scenario, proxy, bench)) for proxy in proxies]
        for candidate in candidates:
            candidate.guarded(warm_up)
        return [{candidate.proxy.name: candidate.guarded(measure_cpu) for candidate in rotated(candidates, first + turn)}
                for turn in range(bench.turns)]


def rotated(items, by):
    by %= len(items)
    return items[by:] + items[:by]


class Candidate:
    """A proxy that runs in a scenario; those of the same round run beside it and, while it is measured, have nothing to do."""

    def __init__(self, scenario, proxy, bench):
        self.scenario, self.proxy, self.bench = scenario, proxy, bench
        self.children, self.sink, self.reply_bytes = Children(bench.work_dir), LogSink(scenario.logged), None

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.children)
            stack.enter_context(self.sink)
            self.child, self.port = self.proxy.start(
                self.children, self.bench.proxy_core, self.bench.backend, self.sink.port, self.scenario.extra_lines,
                self.bench.certificate(self.scenario.key))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def guarded(self, act):
        """Does something with it; says which scenario and proxy it was where that fails."""
        try:
            result = act(self)
        except (BenchError, OSError) as e:
            raise BenchError(f"{self.scenario.id}, {self.proxy.name}: {e}\n{self.child.output()}") from e
        self.child.check_alive()
        return result

    def probe(self):
        scenario = self.scenario
        return load.probe(self.port, scenario.path, scenario.headers, scenario.cookie_sent, scenario.body_bytes,
                          bool(scenario.key))

    def run_client(self, seconds):
        scenario, bench = self.scenario, self.bench
        if scenario.client == "h2load":
            return load.h2load(bench.h2load, bench.load_core, self.port, scenario.path, seconds)
        if scenario.client == "s_time":
            return load.s_time(bench.openssl, bench.load_core, self.port, scenario.path, seconds)
        scheme = "https" if scenario.key else "http"
        return load.wrk(bench.wrk, bench.load_core, f"{scheme}://127.0.0.1:{self.port}{scenario.path}", scenario.headers,
                        bench.connections, seconds)


def warm_up(candidate):
    load.probe_forwarding(candidate.port, candidate.bench.backend.ports, bool(candidate.scenario.key))
    candidate.reply_bytes = candidate.probe()
    candidate.sink.check_line(candidate.scenario.path)
    candidate.run_client(WARM_UP_SECONDS)


def measure_cpu(candidate):
    scenario, bench, sink = candidate.scenario, candidate.bench, candidate.sink
    pids = meters.family(candidate.child.pid)
    cpu, accepted, logged = meters.cpu_seconds(pids), meters.tcp_accepted(), sink.datagrams()
    totals = candidate.run_client(bench.seconds)
    cpu = meters.cpu_seconds(pids) - cpu
    accepted, logged = meters.tcp_accepted() - accepted, sink.datagrams() - logged
    load.check_totals(totals, candidate.reply_bytes if scenario.client == "wrk" else None, bench.connections)
    if candidate.probe() != candidate.reply_bytes:
        raise BenchError("answers changed their length under load")
    requests = totals["requests"]
    if scenario.reconnects and accepted < requests:
        raise BenchError(f"{requests} requests over {accepted} connections: they were reused")
    if scenario.logged and logged < requests:
        raise BenchError(f"{requests} requests but {logged} log lines")
    return {"value": cpu / requests * 1e6, "requests": requests, "requests_per_second": requests / totals["duration_us"] * 1e6,
            "p50_us": totals["p50_us"], "p99_us": totals["p99_us"], "core_used": cpu / totals["duration_us"] * 1e6,
            "accepted_per_request": accepted / requests}


def measure_idle(candidate):
    """Growth of anonymous memory from a first crowd to a far larger one, over the connections between."""
    scenario, bench = candidate.scenario, candidate.bench
    load.probe_forwarding(candidate.port, bench.backend.ports, bool(scenario.key))
    pids = meters.family(candidate.child.pid)
    with load.Crowd(candidate.port, scenario.path, bool(scenario.key)) as crowd:
        crowd.grow(WARM_UP_CONNECTIONS)
        time.sleep(SETTLE_SECONDS)
        before = meters.anonymous_bytes(pids)
        crowd.grow(bench.idle_connections)
        time.sleep(SETTLE_SECONDS)
        after = meters.anonymous_bytes(pids)
        crowd.check_open()
    return {"value": (after - before) / bench.idle_connections, "before_bytes": before, "after_bytes": after}


class LogSink:
    """A UDP port for syslog lines. Nobody reads it under load: the kernel counts what its full buffer turns away, and
    a reader on the load generator's core would slow the clients of the proxy that logs fastest."""

    def __init__(self, wanted):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if wanted else None
        self.port, self.kept = None, 0
        if wanted:
            self.socket.bind(("127.0.0.1", 0))
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            self.socket.settimeout(load.REPLY_SECONDS)
            self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.socket:
            self.socket.close()

    def check_line(self, path):
        """The probes' requests were logged, each with its request line and status."""
        for _ in range(load.PROBES if self.socket else 0):
            line = self.next_request_line()
            if " 200 " not in line or f'"GET {path} HTTP/1.1"' not in line:
                raise BenchError(f"an unexpected log line: {line}")

    def next_request_line(self):
        """Skips what is not of this scenario: news of servers, the requests to /seen."""
        while True:
            line = self.socket.recv(1 << 16).decode(errors="replace")
            if '"GET ' in line and "/seen " not in line:
                return line

    def datagrams(self):
        """How many have arrived so far. What is still in the buffer is taken out and counted."""
        if not self.socket:
            return 0
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(1 << 16)
                self.kept += 1
        except BlockingIOError:
            return self.kept + meters.udp_drops(self.port)
