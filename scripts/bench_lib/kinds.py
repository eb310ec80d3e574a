"""What can happen to a document: each function makes a copy, or tells what a text became."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

from .grammar import Document, Grammar, NUMERALS
from .vocabulary import traditional_table

WRAPS = ("sentences", "clauses", "hard34")
PERCENTS = (1, 3, 5, 10, 20)
AFTER_SENTENCE = re.compile(r"(?<=[。！？])")
AFTER_CLAUSE = re.compile(r"(?<=[，。；：！？])")
CLAUSE = re.compile(r"[^，。；：！？\n]+")
TRADITIONAL = traditional_table()


def copy(doc: Document) -> Document:
    return replace(doc, paragraphs=doc.paragraphs[:], headings=set(doc.headings))


def rewrap(doc: Document, how: str) -> list[str]:
    """The same text with its line breaks elsewhere."""
    lines = []
    for line in replace(doc, indent="", gap=False).lines():
        if how == "hard34":
            lines += [line[i : i + 34] for i in range(0, len(line), 34)]
        else:
            lines += [x for x in (AFTER_SENTENCE if how == "sentences" else AFTER_CLAUSE).split(line) if x]
    return lines


def shuffle(doc: Document, rng: Random) -> Document:
    """Paragraphs in another order; headings go where they go."""
    new = copy(doc)
    while len(doc.paragraphs) > 1 and new.paragraphs == doc.paragraphs:
        rng.shuffle(new.paragraphs)
    return new


def scatter(doc: Document, percent: int, grammar: Grammar, rng: Random) -> Document:
    """Single characters replaced, dropped or added at that share of the letters."""
    text = "\n".join(doc.paragraphs)
    places = [i for i, c in enumerate(text) if "\u4e00" <= c <= "\u9fff"]
    chosen = sorted(rng.sample(places, len(places) * percent // 100))
    pieces, last = [], 0
    for at in chosen:
        kind = rng.random()
        letter = rng.choice(grammar.letters)
        while letter == text[at]:
            letter = rng.choice(grammar.letters)
        pieces.append(text[last:at])
        pieces.append(letter if kind < 0.7 else "" if kind < 0.85 else text[at] + letter)
        last = at + 1
    pieces.append(text[last:])
    return replace(doc, paragraphs="".join(pieces).split("\n"))


def burst(doc: Document, percent: int, grammar: Grammar, rng: Random) -> Document:
    """Whole clauses rewritten until that share of the text is another's."""
    text = "\n".join(doc.paragraphs)
    clauses = [m.span() for m in CLAUSE.finditer(text) if m.end() - m.start() > 4]
    rng.shuffle(clauses)
    goal, done, chosen = len(text) * percent // 100, 0, []
    for start, end in clauses:
        if done >= goal:
            break
        chosen.append((start, end))
        done += end - start
    pieces, last = [], 0
    for start, end in sorted(chosen):
        pieces += [text[last:start], rng.choice(grammar.clauses)]
        last = end
    pieces.append(text[last:])
    return replace(doc, paragraphs="".join(pieces).split("\n"))


def traditional(lines: list[str]) -> list[str]:
    return "\n".join(lines).translate(TRADITIONAL).split("\n")


def excerpt(doc: Document, grammar: Grammar, rng: Random) -> tuple[Document, float]:
    """A run of 30 to 60 % of the text under another title."""
    want = doc.chars() * rng.uniform(0.3, 0.6)
    first = rng.randrange(max(1, len(doc.paragraphs) // 3))
    kept: list[str] = []
    for paragraph in doc.paragraphs[first:]:
        kept.append(paragraph)
        if sum(map(len, kept)) >= want:
            break
    new = Document(grammar.title(rng), "", kept, "", indent=doc.indent)
    return new, round(new.chars() / doc.chars(), 3)


def double(doc: Document, rng: Random) -> tuple[Document, dict]:
    """A section of three paragraphs or more stands a second time further down; lines count from 1."""
    new = replace(copy(doc), gap=False)
    size = min(len(doc.paragraphs), rng.randrange(3, 6))
    first = rng.randrange(len(doc.paragraphs) - size + 1)
    second = rng.randrange(first + size, len(doc.paragraphs) + 1)
    section = doc.paragraphs[first : first + size]
    new.paragraphs[second:second] = section
    before = 2 + bool(doc.salutation)
    spans = {"first": [before + first, before + first + size - 1], "second": [before + second, before + second + size - 1]}
    return new, {**spans, "chars": sum(map(len, section))}


def compile_parts(parts: list[Document], grammar: Grammar, rng: Random) -> list[str]:
    """Several speeches in one file under part titles."""
    topic = rng.choice(grammar.phrases) + "讲话"
    style = rng.choice(["篇{n}：{title}", "【篇{n}】{title}", "{topic}篇{n}", "第{n}篇 {title}"])
    lines = [f"{topic}（精选{len(parts)}篇）"]
    for i, part in enumerate(parts):
        lines.append(style.format(n=NUMERALS[i], title=part.title, topic=topic))
        lines += replace(part, gap=False).lines()[1:]
    return lines
