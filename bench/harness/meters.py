"""What the kernel says of a process and of the network: CPU time, memory, counters.

Knows nothing of proxies or of load.
"""
import os
import platform


def family(pid):
    """The process and all its descendants (nginx: master and worker)."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as f:
                parents[int(name)] = int(f.read().rpartition(")")[2].split()[1])
        except OSError:
            continue  # ended while we looked
    found, grew = {pid}, True
    while grew:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grew = bool(more)
    return sorted(found)


def cpu_seconds(pids):
    """User and system time of all threads, in nanosecond steps where the kernel keeps them (schedstat), else in ticks."""
    total = 0.0
    for pid in pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            try:
                with open(f"/proc/{pid}/task/{thread}/schedstat") as f:
                    total += int(f.read().split()[0]) / 1e9
            except OSError:
                with open(f"/proc/{pid}/task/{thread}/stat") as f:
                    fields = f.read().rpartition(")")[2].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def anonymous_bytes(pids):
    """Anonymous memory that the processes hold: heap, stacks, private mappings; no code, no page cache, no kernel memory."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            rows = dict(line.split(":", 1) for line in f if ":" in line and "-" not in line.split(":")[0])
        # Pss_Anon counts a page shared by two processes half for each; older kernels have only the plain sum.
        row = rows.get("Pss_Anon") or rows["Anonymous"]
        total += int(row.split()[0]) * 1024
    return total


def tcp_accepted():
    """Connections accepted so far by everything in this network namespace."""
    with open("/proc/net/snmp") as f:
        names, values = [line.split() for line in f if line.startswith("Tcp:")]
    return int(values[names.index("PassiveOpens")])


def udp_drops(port):
    """Datagrams that reached the socket bound to `port` and found its buffer full."""
    with open("/proc/net/udp") as f:
        for line in f.readlines()[1:]:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) == port:
                return int(fields[-1])
    raise KeyError(f"no UDP socket on port {port}")


def machine():
    """Kernel and CPU, for the head of a report."""
    with open("/proc/cpuinfo") as f:
        text = f.read()
    models = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return {"kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
            "cpu": models[0] if models else "unknown", "cores": os.cpu_count(), "virtual_machine": " hypervisor" in text}
