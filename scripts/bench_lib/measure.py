"""Runs commands and reads what they cost: wall, processor time and peak memory of the command and all it started."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

PR_SET_CHILD_SUBREAPER = 36
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
RETIRED = "removed-at-the-end"
ROOM = 4  # times the corpus: an output, its scratch and what else grows
TOLERATED = (0, 3)  # 3: published with quarantined files


@dataclass
class Cost:
    wall: float
    cpu: float
    peak: int
    code: int


@dataclass
class Case:
    """A command to time; {out} in it becomes a fresh path each time."""

    name: str
    command: list[str]


def adopt_orphans() -> None:
    """Workers that their parent never waits for are handed to this process, so that they are counted."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def stop(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def next_orphan() -> resource.struct_rusage | None:
    """Waits for one more process that the command left behind."""
    try:
        return os.wait4(-1, 0)[2]
    except ChildProcessError:
        return None


def run(command: list[str], log: Path, timeout: float = 7200) -> Cost:
    """Times one command in a process group of its own."""
    with log.open("ab") as out:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    signal.signal(signal.SIGALRM, lambda *_: stop(child.pid))
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
        while more := next_orphan():
            cpu, peak = cpu + more.ru_utime + more.ru_stime, max(peak, more.ru_maxrss)
    except BaseException:
        stop(child.pid)
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return Cost(wall, cpu, peak * RSS_UNIT, child.returncode)


def tail(log: Path, size: int = 2000) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size))
        return file.read().decode(errors="replace")


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def retire(path: Path) -> None:
    """Puts an output aside, to be removed when all is measured.

    ext4 does not hand out an inode again for minutes after its file was removed, and passes over all of them for each
    new file: with outputs removed between runs a copy of 9,600 files took 2.4 s instead of 0.3.
    """
    if path.exists():
        aside = path.parent / RETIRED
        aside.mkdir(exist_ok=True)
        path.rename(aside / f"{len(os.listdir(aside))}")


def sweep(work: Path, needed: int = sys.maxsize) -> bool:
    """Removes what was put aside, where less than so many bytes are free; says whether it had to."""
    aside = work / RETIRED
    short = aside.exists() and shutil.disk_usage(work).free < needed
    if short:
        remove(aside)
    return short


def settle() -> None:
    """Nothing an earlier run left to be written may weigh on the next one."""
    os.sync()
    time.sleep(0.2)


def warm(root: Path) -> tuple[int, int]:
    """Reads every file once; returns files and bytes."""
    files = total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            with open(os.path.join(folder, name), "rb", buffering=0) as file:
                while chunk := file.read(1 << 20):
                    total += len(chunk)
            files += 1
    return files, total


def in_turn(
    cases: list[Case], runs: int, work: Path, total: int, say: Callable[[str], None],
    after: Callable[[Case, Path], None] | None = None, failed: list[str] | None = None,
) -> dict[str, list[Cost]]:
    """Every case once, then all again: drift of the machine meets all alike. The last outputs are left in place.

    The corpus has so many bytes in total. A case that fails ends all, or, where a list for failures is given, is named there and left out.
    """
    costs: dict[str, list[Cost]] = {case.name: [] for case in cases}
    log = work / "bench.log"
    for number in range(runs):
        for case in cases:
            if case.name not in costs:
                continue
            out = output(work, case)
            retire(out)
            if sweep(work, ROOM * total):
                say("  the disk is short: outputs removed between runs, so new files are slow to make on ext4")
            settle()
            cost = run([part.replace("{out}", str(out)) for part in case.command], log)
            if cost.code not in TOLERATED:
                message = f"{case.name} ended with {cost.code}:\n" + tail(log)
                if failed is None or case.name.startswith(("cp", "dechaff")):
                    raise RuntimeError(message)
                say(message)
                failed.append(case.name)
                del costs[case.name]
                continue
            costs[case.name].append(cost)
            say(f"  {number + 1}/{runs} {case.name}: {cost.wall:.2f} s wall, {cost.cpu:.2f} s CPU, {cost.peak / 2**20:.0f} MiB")
            if after:
                after(case, out)
            if number + 1 < runs or case.name.startswith("cp"):
                retire(out)
    return costs


def output(work: Path, case: Case) -> Path:
    return work / ("out-" + "".join(c if c.isalnum() else "-" for c in case.name))


def median(costs: list[Cost], what: str) -> float:
    return statistics.median(getattr(cost, what) for cost in costs)


def ratio(costs: list[Cost], base: list[Cost], what: str) -> float:
    """Median of the ratios within one round."""
    return statistics.median(getattr(a, what) / max(getattr(b, what), 1e-9) for a, b in zip(costs, base))


def digest(out: Path) -> str:
    """One hash over the corpus and audit a run left: the same for every number of threads and memory budget."""
    total = hashlib.blake2b(digest_size=12)
    for part in ("corpus", "audit"):
        for folder, folders, names in os.walk(out / part):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                total.update(str(path.relative_to(out)).encode() + b"\0")
                with path.open("rb") as file:
                    total.update(hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest())
    return total.hexdigest()


def first_line(*command: str) -> str:
    try:
        text = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
        return text.splitlines()[0].strip()
    except (OSError, subprocess.SubprocessError, IndexError):
        return "unknown"


def processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.lower().startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def machine(work: Path) -> str:
    """One line about where this ran."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    filesystem = first_line("stat", "-f", "-c", "%T", str(work))
    return (f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
            f"file system {filesystem}, load {os.getloadavg()[0]:.1f}")
