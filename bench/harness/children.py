"""Child processes: started on a chosen core, and always ended.

Knows nothing of proxies or of what is measured.
"""
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time

START_SECONDS = 10.0  # a program that does not listen by then is not going to
STOP_SECONDS = 5.0
PR_SET_PDEATHSIG = 1


class BenchError(Exception):
    """The run cannot go on, or its answers were wrong; the text is for the person at the terminal."""


class Child:
    """A running program and the file its output goes to."""

    def __init__(self, name, popen, log_path):
        self.name, self.popen, self.log_path = name, popen, log_path
        self.stop_signals = (signal.SIGTERM, signal.SIGKILL)

    @property
    def pid(self):
        return self.popen.pid

    def output(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def check_alive(self):
        if self.popen.poll() is not None:
            raise BenchError(f"{self.name} ended with status {self.popen.returncode}:\n{self.output()}")

    def stop(self):
        """Each signal to its process group, until it has ended."""
        for sig in self.stop_signals:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, sig)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(STOP_SECONDS)
                return


class Children:
    """Starts programs inside a `with`; leaving it ends every one of them, whatever happened."""

    def __init__(self, work_dir):
        self.work_dir, self.running = work_dir, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in reversed(self.running):
            child.stop()
        self.running.clear()

    def start(self, name, argv, core):
        log_path = os.path.join(self.work_dir, f"{name}.log")
        with open(log_path, "wb") as log:
            popen = subprocess.Popen(argv, cwd=self.work_dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     start_new_session=True, preexec_fn=lambda: prepare_child(core))
        child = Child(name, popen, log_path)
        self.running.append(child)
        return child


def prepare_child(core):
    """Between fork and exec: the core it may use, and to die should this program be killed."""
    os.sched_setaffinity(0, {core})
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port(kind=socket.SOCK_STREAM):
    """A port that the kernel says is free on the loopback address."""
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_listening(child, port):
    """Returns once `port` takes connections; raises when the child ends first or never listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        child.check_alive()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.02)
    raise BenchError(f"{child.name} does not listen on port {port}:\n{child.output()}")
