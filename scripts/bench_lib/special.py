"""Corpora that break tools: many copies, one huge file, one huge line, tiny files, equal lines."""

from __future__ import annotations

from pathlib import Path
from random import Random

from . import corpus

TINY_PER_FOLDER = 1000
NAMES = ("copies", "bigfile", "longline", "tiny", "equal-lines")
DEFAULTS = ("copies:10000", "bigfile:200M", "longline:50M", "tiny:1000000", "equal-lines:100000")


def parse(text: str) -> tuple[str, int]:
    name, _, amount = text.partition(":")
    if name not in NAMES or not amount:
        raise ValueError(f"a special corpus is one of {', '.join(x + ':N' for x in NAMES)}, not {text!r}")
    return name, corpus.parse_size(amount)


def copies(job: tuple[str, int, int, int]) -> tuple[int, int]:
    """Equal documents first to last, a hundred to a folder."""
    root, seed, first, last = job
    data = ("\n".join(corpus.grammar.document(Random(seed), 3300).lines()) + "\n").encode()
    for i in range(first, last):
        corpus.put(f"{root}/mirror-{i // 100:05d}.example/{i:07d}.txt", data)
    return last - first, (last - first) * len(data)


def tiny(job: tuple[str, int, int, int]) -> tuple[int, int]:
    """One or two sentences a file."""
    root, seed, first, last = job
    rng, total = Random((seed << 32) + first), 0
    for i in range(first, last):
        data = ("".join(corpus.grammar.sentences(rng, 1 + i % 2)) + "\n").encode()
        corpus.put(f"{root}/{i // TINY_PER_FOLDER:05d}/{i:07d}.txt", data)
        total += len(data)
    return last - first, total


def one_file(root: Path, size: int, seed: int, long_line: bool) -> tuple[int, int]:
    """Unrelated documents in one file, with line breaks or without any."""
    corpus.start(seed)
    rng, total = Random(seed), 0
    root.mkdir(parents=True, exist_ok=True)
    with (root / ("longline.txt" if long_line else "bigfile.txt")).open("wb") as out:
        while total < size - 1:
            lines = corpus.grammar.document(rng, 3300).lines()
            text = "".join(lines) if long_line else "\n".join(lines) + "\n"
            data = text.encode()[: size - 1 - total].decode(errors="ignore").encode()
            if not data:
                break
            total += out.write(data)
        total += out.write(b"\n")
    return 1, total


def generate(root: Path, name: str, amount: int, seed: int, processes: int) -> tuple[int, int]:
    """Writes the corpus; returns files and bytes."""
    if name in ("bigfile", "longline"):
        return one_file(root, amount, seed, name == "longline")
    if name == "equal-lines":
        corpus.start(seed)
        line = corpus.grammar.sentences(Random(seed), 1)[0] + "\n"
        data = line.encode() * amount
        corpus.put(f"{root}/equal-lines.txt", data)
        return 1, len(data)
    step = 20 * TINY_PER_FOLDER if name == "tiny" else 1000
    jobs = [(str(root), seed, i, min(i + step, amount)) for i in range(0, amount, step)]
    results = list(corpus.parallel(tiny if name == "tiny" else copies, jobs, seed, processes))
    return sum(x[0] for x in results), sum(x[1] for x in results)
