"""Tables of the results, in Markdown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Iterable

from .measure import Cost, median, ratio

BEGIN, END = "<!-- bench: written by scripts/bench -->", "<!-- end of bench -->"
ORDER = """exact rewrapped wrapped shuffled traditional scatter-1 scatter-3 scatter-5 scatter-10 scatter-20 burst-1 burst-3
burst-5 burst-10 burst-20 excerpt contained doubled""".split()


def table(head: list[str], rows: Iterable[list[Any]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def spread(costs: list[Cost], what: str, digits: int = 2) -> str:
    values = sorted(getattr(cost, what) for cost in costs)
    if len(values) < 2:
        return f"{values[0]:.{digits}f}"
    return f"{median(costs, what):.{digits}f} ({values[0]:.{digits}f}-{values[-1]:.{digits}f})"


def speed(costs: dict[str, list[Cost]], size: int, base: str) -> str:
    """One row a case; ratios are medians of the ratios within a round."""
    rows = []
    for name, these in costs.items():
        wall, cpu = median(these, "wall"), median(these, "cpu")
        rows.append([name, spread(these, "wall"), spread(these, "cpu"), f"{ratio(these, costs[base], 'wall'):.2f}",
                     f"{ratio(these, costs[base], 'cpu'):.2f}", f"{size / 1e6 / wall:.0f}",
                     f"{size / 1e6 / max(cpu, 1e-3):.0f}", f"{max(c.peak for c in these) / 2**20:.0f}"])
    return table(["case", "wall s", "CPU s", "wall ratio", "CPU ratio", "MB/s", "MB per CPU s", "peak MiB"], rows)


def stages(log: str) -> dict[str, float]:
    """Seconds per stage of the last run of dechaff that wrote to this log (`--log-format json`), in their order."""
    for line in reversed(log.splitlines()):
        if '"event":"summary"' in line:
            return {one["stage"]: one["seconds"] for one in json.loads(line)["totals"]["seconds"]}
    raise ValueError("no summary of a run in the log")


def quality(results: dict[str, dict]) -> str:
    """Recall of each kind, dropped or flagged (of these dropped), one column a tool or size."""
    rows = []
    for kind in ORDER:
        cells = []
        for result in results.values():
            entry = result["kinds"].get(kind, {})
            pairs, dropped = entry.get("pairs", 0), entry.get("dropped", 0)
            found = dropped + entry.get("flagged", 0)
            cells.append(f"{found / pairs:.3f} ({dropped / pairs:.2f}) of {pairs}" if pairs else "-")
        rows.append([kind, *cells])
    counts = [("wrong removals: unrelated", lambda r: f"{r['wrong'].get('unrelated', 0)} of {r['negatives']} negatives"),
              ("wrong removals: same form", lambda r: r["wrong"].get("same-form", 0)),
              ("wrong removals: other", lambda r: r["wrong_total"] - r["wrong_negatives"]),
              ("negatives with a repeat cut", lambda r: r["negatives_with_a_repeat_cut"]),
              ("characters cut from negatives without debris", lambda r: r["chars_cut_from_negatives"])]
    rows += [[name, *(read(result) for result in results.values())] for name, read in counts]
    return table(["recall: dropped or flagged (dropped)", *results], rows)


def replace_section(path: Path, text: str) -> None:
    """Writes the results between the marks of the page; makes the page where there is none."""
    section = f"{BEGIN}\n\n{text.strip()}\n\n{END}"
    old = path.read_text(encoding="utf-8") if path.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.S)
    new = pattern.sub(lambda _: section, old, 1) if pattern.search(old) else f"{old.rstrip()}\n\n{section}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(new, encoding="utf-8")
