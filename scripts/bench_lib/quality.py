"""Scores an output folder against the truth of a generated corpus; run as a program it prints JSON.

    python3 quality.py OUT TRUTH.jsonl

A pair is found when a verified pair, a witness or a common cluster links copy and source. For tools that name no
witness a pair counts as found when just one of the two is gone.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Iterator

NEGATIVES = ("unrelated", "same-form")
DOUBLED_SHARE = 0.8


def records(path: Path) -> Iterator[dict]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file if line.strip())


class Links:
    """Which documents stand in one cluster (union by path)."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, x: str) -> str:
        root = x
        while (above := self.parent.setdefault(root, root)) != root:
            root = above
        while self.parent[x] != root:
            self.parent[x], x = root, self.parent[x]
        return root

    def join(self, a: str, b: str) -> None:
        self.parent[self.find(a)] = self.find(b)


def lines_covered(rows: list[dict], action: str | None = None) -> set[int]:
    """Lines of a document that stand in a repeat within it."""
    covered: set[int] = set()
    for row in rows:
        sides = ("a", "b") if action is None else ("a",)
        if action is None or row.get("action") == action:
            for side in sides:
                covered.update(range(row[f"{side}_line_start"], row[f"{side}_line_end"] + 1))
    return covered


def stands_in(section: list[int], covered: set[int]) -> bool:
    lines = range(section[0], section[1] + 1)
    return sum(line in covered for line in lines) >= DOUBLED_SHARE * len(lines)


def score(out: Path, truth_path: Path) -> dict:
    """Counts for each kind, wrong removals and doubled sections."""
    truth = list(records(truth_path))
    by_path = {row["path"]: row for row in truth}
    decisions = {row["path"]: row for row in records(out / "audit/documents.jsonl")}
    dropped = {path for path, row in decisions.items() if row.get("decision") == "drop"}
    unexplained = {path for path in dropped if not decisions[path].get("witness")}
    kept_groups = {row["group"] for row in truth if row["path"] not in dropped}
    links = Links()
    for row in records(out / "audit/duplicates.jsonl"):
        links.join(row["a"], row["b"])
    for path, row in decisions.items():
        if row.get("cluster") is not None:
            links.join(path, f"\0cluster {row['cluster']}")
        if row.get("witness"):
            links.join(path, row["witness"])
    within: dict[str, list[dict]] = defaultdict(list)
    across: set[frozenset[str]] = set()
    for row in records(out / "audit/passages.jsonl"):
        if row["a"] == row["b"]:
            within[row["a"]].append(row)
        else:
            across.add(frozenset((row["a"], row["b"])))

    kinds: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    result = {"kinds": kinds, "documents": len(truth), "recorded": len(decisions), "dropped": len(dropped)}
    wrong: dict[str, int] = defaultdict(int)
    cut = negatives = cut_repeats = 0
    for row in truth:
        path, kind = row["path"], row["kind"]
        decision = decisions.get(path, {})
        if kind in NEGATIVES:
            negatives += 1
            cut_repeats += any(p.get("action") == "drop" for p in within[path])
            if row["frame"] is None and path not in dropped:
                cut += max(0, decision.get("chars_in", 0) - decision.get("chars_out", 0))
        if path in dropped:
            witness = by_path.get(decision.get("witness") or "")
            explained = witness["group"] == row["group"] if witness else path in unexplained and row["group"] in kept_groups
            if kind in NEGATIVES or not explained:
                wrong[kind] += 1
        if kind == "doubled":
            params, entry = row["params"], kinds[kind]
            entry["pairs"] += 1
            covered, gone = lines_covered(within[path]), lines_covered(within[path], "drop")
            is_dropped = stands_in(params["first"], gone) or stands_in(params["second"], gone)
            found = stands_in(params["first"], covered) or stands_in(params["second"], covered)
            entry["dropped" if is_dropped else "flagged" if found else "missed"] += 1
        elif row["source"]:
            entry = kinds[kind]
            entry["pairs"] += 1
            linked = links.find(path) == links.find(row["source"]) or (path in unexplained) != (row["source"] in unexplained)
            if not linked:
                entry["missed"] += 1
                entry["passage_only"] += frozenset((path, row["source"])) in across
            elif path in dropped or row["source"] in dropped:
                entry["dropped"] += 1
            else:
                entry["flagged"] += 1
    result |= {"wrong": wrong, "negatives": negatives, "wrong_total": sum(wrong.values()),
               "wrong_negatives": sum(wrong[kind] for kind in NEGATIVES), "chars_cut_from_negatives": cut,
               "negatives_with_a_repeat_cut": cut_repeats}
    return result


if __name__ == "__main__":
    print(json.dumps(score(Path(sys.argv[1]), Path(sys.argv[2]))))
