"""The programs under test and the back end: their configuration files, their command lines, their versions.

Burdock and HAProxy are given the same file, byte for byte but for the port they listen on.
"""
import os
import re
import signal
import subprocess

from .children import BenchError, free_port, wait_listening

SMALL_BYTES = 1024
LARGE_BYTES = 128 * 1024
COOKIE = "SRVNAME"
SERVERS = {"SA": "ServerA", "SB": "ServerB"}


class Proxy:
    """One program under test: `kind` says which language its file is in."""

    def __init__(self, name, kind, path):
        self.name, self.kind, self.path = name, kind, path

    def version(self):
        p = subprocess.run([self.path, "-v"], capture_output=True, text=True, timeout=10)
        lines = (p.stdout + p.stderr).strip().splitlines()
        if not lines:
            raise BenchError(f"{self.path} -v says nothing")
        return re.sub(r"\s+-\s+https?://\S+$", "", lines[0])

    def start(self, children, core, backend, log_port=None, extra_lines=(), certificate=None):
        """Starts it in front of `backend`; returns the child and the port it listens on."""
        port = free_port()
        text = (nginx_file(port, backend, log_port, children.work_dir, certificate) if self.kind == "nginx"
                else haproxy_file(port, backend, log_port, extra_lines, certificate))
        path = os.path.join(children.work_dir, f"{self.name}.cfg")
        with open(path, "w") as f:
            f.write(text)
        argv = nginx_argv(self.path, path, children.work_dir) if self.kind == "nginx" else [self.path, "-db", "-f", path]
        child = children.start(self.name, argv, core)
        if self.kind == "haproxy":
            # A soft stop first: a program that counts what it does (scripts/profile) writes that down as it ends by itself.
            child.stop_signals = (signal.SIGUSR1, *child.stop_signals)
        wait_listening(child, port)
        return child, port


class Backend:
    """nginx with one worker: two ports, so that the two servers of the file are two servers."""

    def __init__(self, children, path, core):
        self.ports = {value: free_port() for value in SERVERS}
        www = os.path.join(children.work_dir, "www")
        os.mkdir(www, 0o755)
        with open(os.path.join(www, "large"), "w") as f:
            f.write("b" * LARGE_BYTES)
        conf = os.path.join(children.work_dir, "backend.conf")
        with open(conf, "w") as f:
            f.write(backend_file(self.ports, children.work_dir, www))
        child = children.start("backend", nginx_argv(path, conf, children.work_dir), core)
        for port in self.ports.values():
            wait_listening(child, port)


def haproxy_file(port, backend, log_port, extra_lines, certificate=None):
    """The tutorial's listen section; with a log port, also `option httplog` to it."""
    lines = ["global", "    nbthread 1"]
    tls = f" ssl crt {certificate} alpn h2,http/1.1" if certificate else ""
    if log_port:
        lines += [f"    log 127.0.0.1:{log_port} local0"]
    lines += ["", "listen my_website_name", f"    bind 127.0.0.1:{port}{tls}", "    mode http", "    maxconn 40000",
              "    balance roundrobin", "    option http-keep-alive", "    option forwardfor",
              f"    cookie {COOKIE} insert"]
    if log_port:
        lines += ["    log global", "    option httplog"]
    lines += [f"    {line}" for line in extra_lines]
    lines += [f"    timeout {side} 30000" for side in ("connect", "client", "server")]
    lines += [f"    server {SERVERS[value]} 127.0.0.1:{backend.ports[value]} cookie {value} check" for value in SERVERS]
    return "\n".join(lines) + "\n"


def nginx_file(port, backend, log_port, work_dir, certificate=None):
    """The same job in nginx's words. Open source nginx 1.22 has no sticky sessions: maps (hash look-ups) stand in for them."""
    address = {value: f"127.0.0.1:{backend.ports[value]}" for value in SERVERS}
    one = "\n".join(f"    upstream only_{v} {{ server {a}; {UPSTREAM_KEEPALIVE} }}" for v, a in address.items())
    both = " ".join(f"server {a};" for a in address.values())
    route = "\n".join(f"        {v} only_{v};" for v in SERVERS)
    stick = "\n".join(f'        " {a}" "{COOKIE}={v}; path=/";' for v, a in address.items())
    tls = " ssl http2" if certificate else ""
    keys = (f"ssl_certificate {certificate}; ssl_certificate_key {certificate}; ssl_protocols TLSv1.2 TLSv1.3; "
            "ssl_session_cache shared:bench:10m;" if certificate else "")
    log = f"access_log syslog:server=127.0.0.1:{log_port},nohostname bench" if log_port else "access_log off"
    return f"""{nginx_head(work_dir, "proxy")}
http {{
    log_format bench '$remote_addr:$remote_port [$time_local] $server_name $upstream_addr $request_time '
                     '$upstream_connect_time $upstream_response_time $status $bytes_sent "$request"';
    {log};
{nginx_temp_paths(work_dir)}
    {FRONT_KEEPALIVE}
    upstream all {{ {both} {UPSTREAM_KEEPALIVE} }}
{one}
    # A valid cookie names its server's own upstream; anything else is balanced.
    map $cookie_{COOKIE} $route {{
{route}
        default all;
    }}
    # Only a client without a cookie gets one, naming the server that answered.
    map "$cookie_{COOKIE} $upstream_addr" $stick {{
{stick}
        default "";
    }}
    server {{
        listen 127.0.0.1:{port}{tls} backlog=4096;
        {keys}
        location / {{
            proxy_pass http://$route;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_max_temp_file_size 0;
            add_header Set-Cookie $stick always;
        }}
    }}
}}
"""


def backend_file(ports, work_dir, www):
    listens = " ".join(f"listen 127.0.0.1:{port} backlog=4096;" for port in ports.values())
    return f"""{nginx_head(work_dir, "backend")}
http {{
    access_log off;
{nginx_temp_paths(work_dir)}
    {FRONT_KEEPALIVE}
    sendfile on;
    tcp_nopush on;
    open_file_cache max=16 inactive=1h;
    default_type text/plain;
    root {www};
    server {{
        {listens}
        location = /small {{ return 200 "{'a' * SMALL_BYTES}"; }}
        location = /large {{ }}
        # What the proxy sent, for the probe.
        location = /seen {{ return 200 "$server_port|$http_x_forwarded_for|$http_cookie\\n"; }}
    }}
}}
"""


FRONT_KEEPALIVE = "keepalive_requests 1000000000; keepalive_timeout 1h;"
UPSTREAM_KEEPALIVE = "keepalive 512; keepalive_requests 1000000000;"


def nginx_head(work_dir, name):
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""daemon off; worker_processes 1; {user}
pid {work_dir}/{name}.pid; error_log {work_dir}/{name}-error.log warn;
worker_rlimit_nofile 20000;
events {{ worker_connections 19000; }}"""


def nginx_temp_paths(work_dir):
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "\n".join(f"    {kind}_temp_path {work_dir}/{kind};" for kind in kinds)


def nginx_argv(path, conf, work_dir):
    return [path, "-c", conf, "-p", work_dir, "-e", os.path.join(work_dir, "nginx-start.log")]
