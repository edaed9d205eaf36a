"""What the benchmarks share: mounts, snapshots, and measuring a program."""
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def mounted(image, options):
    with tempfile.TemporaryDirectory(prefix="canopy-bench-") as mount:
        run("mount", "-o", f"loop,noatime,{options}", image, mount)
        try:
            yield mount
        finally:
            # A send that was interrupted may take a moment to let go.
            while subprocess.run(["umount", mount], stderr=subprocess.DEVNULL).returncode:
                time.sleep(0.2)


def snapshot(mount, name):
    os.sync()
    run("btrfs", "subvolume", "snapshot", "-r", f"{mount}/work", f"{mount}/{name}")


def own_memory_kib(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0


def descendants(pid):
    """The processes that a process has started, and those that they have."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as f:
                parents.setdefault(int(f.read().rpartition(")")[2].split()[1]), []).append(int(name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found[1:]


def cpu_seconds(pids):
    """What these processes have used so far."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as f:
            ticks += sum(map(int, f.read().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(command, watch_memory=False):
    """Wall and CPU seconds, and the most memory in KiB."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    memory = 0
    while watch_memory:
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        memory = max(memory, own_memory_kib(process.pid))
        time.sleep(0.002)
    else:
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime, memory


def spread(values, form):
    return f"{form(statistics.median(values))} ({form(min(values))}..{form(max(values))})"
