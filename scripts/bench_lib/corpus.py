"""Plans and writes a corpus, shard by shard; every shard depends on the seed and its own number alone."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path
from random import Random
from typing import Callable, Iterator

from . import frames, kinds
from .grammar import Document, Form, Grammar, MEAN_CHARS

VERSION = 1  # raise it whenever the bytes of a corpus change: caches are named by it
SHARD_BYTES = 2_000_000
UNRELATED_PER_DECK = 70
UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3}
grammar: Grammar


def parse_size(text: str) -> int:
    text = text.strip().upper().removesuffix("B")
    unit = text[-1] if text[-1:] in "KMG" else ""
    return int(float(text.removesuffix(unit)) * UNITS[unit])


def start(seed: int) -> None:
    """Makes the pools of this process."""
    global grammar
    grammar = Grammar(seed)


def deck(rng: Random) -> list[tuple[str, object]]:
    """About 116 documents in which every kind of relation occurs and 60 % are related to nothing."""
    cards: list[tuple[str, object]] = [("unrelated", None)] * UNRELATED_PER_DECK
    cards += [("exact", None)] * 2 + [("rewrapped", how) for how in kinds.WRAPS]
    cards += [("wrapped", None), ("shuffled", None), ("traditional", None), ("excerpt", None)]
    cards += [(f"scatter-{p}", p) for p in kinds.PERCENTS] + [(f"burst-{p}", p) for p in kinds.PERCENTS]
    cards += [("doubled", None)] * 2 + [("compilation", None), ("same-form", None)]
    rng.shuffle(cards)
    return cards


class Shard:
    """One shard's documents, written as they are made."""

    def __init__(self, root: str, number: int, seed: int, target: int, profile: str) -> None:
        self.root, self.number, self.target, self.profile = root, number, target, profile
        self.rng = Random((seed << 32) + number)
        self.bytes, self.count, self.groups = 0, 0, 0
        self.truth: list[dict] = []

    def run(self) -> tuple[int, int, str]:
        half = MEAN_CHARS[self.profile] * 3 // 2
        while True:
            for kind, parameter in deck(self.rng):
                if self.count and self.bytes + half >= self.target:
                    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.truth)
                    return self.count, self.bytes, lines
                self.groups += 1
                self.add(kind, parameter)

    def original(self, low: int = 0, high: int = 0) -> Document:
        length = grammar.length(self.rng, self.profile)
        return grammar.document(self.rng, max(low, min(high or length, length)))

    def write(self, kind: str, lines: list[str], source: str | None, params: dict, framed: Document | None = None) -> str:
        rng, frame = self.rng, None
        section = rng.choice(frames.SECTIONS)
        if framed:
            site = rng.randrange(len(frames.HOSTS))
            host = frames.HOSTS[site]
            lines, frame = frames.wrap(site, section, framed.title, framed.lines()[1:], lambda: grammar.title(rng), rng)
        else:
            host = rng.choice(frames.BARE_HOSTS)
        path = f"{host}/{section}/{self.number:05d}-{self.count:04d}.txt"
        data = ("\n".join(lines) + "\n").encode()
        put(f"{self.root}/{path}", data)
        self.count += 1
        self.bytes += len(data)
        self.truth.append({"path": path, "kind": kind, "source": source, "group": f"{self.number}-{self.groups}",
                           "params": params, "bytes": len(data), "frame": frame})
        return path

    def add(self, kind: str, parameter: object) -> None:
        if kind == "unrelated":
            doc = self.original()
            self.write(kind, doc.lines(), None, {}, doc if self.rng.random() < 0.3 else None)
        elif kind == "same-form":
            form = Form(grammar, self.rng, self.rng.randrange(1200, 5000))
            for _ in range(5):
                self.write(kind, form.fill(self.rng).lines(), None, {"share": round(form.share, 3)})
        elif kind == "doubled":
            doc, params = kinds.double(self.original(low=900), self.rng)
            self.write(kind, doc.lines(), None, params)
        elif kind == "compilation":
            self.compilation()
        else:
            self.pair(kind, parameter)

    def compilation(self) -> None:
        parts = [self.original(high=3000) for _ in range(self.rng.randrange(4, 9))]
        name = self.write("compilation", kinds.compile_parts(parts, grammar, self.rng), None, {"parts": len(parts)})
        for number in sorted(self.rng.sample(range(len(parts)), self.rng.randrange(2, 4))):
            self.write("contained", parts[number].lines(), name, {"part": number + 1})

    def pair(self, kind: str, parameter: object) -> None:
        rng = self.rng
        doc = self.original(low=1500 if kind in ("shuffled", "excerpt") else 0)
        both = kind == "wrapped" and rng.random() < 0.5
        source = self.write("source", doc.lines(), None, {"of": kind}, doc if both else None)
        params: dict = {}
        if kind == "exact":
            lines = doc.lines()
        elif kind == "rewrapped":
            params, lines = {"at": parameter}, kinds.rewrap(doc, str(parameter))
        elif kind == "wrapped":
            self.write(kind, [], source, {"source_framed": both}, doc)
            return
        elif kind == "shuffled":
            lines = kinds.shuffle(doc, rng).lines()
        elif kind == "traditional":
            lines = kinds.traditional(doc.lines())
        elif kind == "excerpt":
            part, share = kinds.excerpt(doc, grammar, rng)
            params, lines = {"share": share}, part.lines()
        else:
            edit = kinds.scatter if kind.startswith("scatter") else kinds.burst
            params, lines = {"percent": parameter}, edit(doc, int(str(parameter)), grammar, rng).lines()
        self.write(kind, lines, source, params)


def put(path: str, data: bytes) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
    finally:
        os.close(file)


def shard(job: tuple[str, int, int, int, str]) -> tuple[int, int, str]:
    return Shard(*job).run()


def parallel(function: Callable, jobs: list, seed: int, processes: int) -> Iterator:
    """Results in the order of the jobs, whatever the number of processes."""
    if processes < 2 or len(jobs) < 2:
        start(seed)
        yield from map(function, jobs)
        return
    with multiprocessing.Pool(processes, start, (seed,)) as pool:
        yield from pool.imap(function, jobs)


def generate(root: Path, truth: Path, size: int, seed: int, profile: str, processes: int) -> tuple[int, int]:
    """Writes the corpus and its truth; returns files and bytes."""
    shards = max(1, round(size / SHARD_BYTES))
    jobs = [(str(root), i, seed, size * (i + 1) // shards - size * i // shards, profile) for i in range(shards)]
    files = total = 0
    with truth.open("w", encoding="utf-8", newline="\n") as out:
        for count, written, lines in parallel(shard, jobs, seed, processes):
            files, total = files + count, total + written
            out.write(lines)
    return files, total
