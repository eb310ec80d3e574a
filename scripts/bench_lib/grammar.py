"""Sentences and documents that look like Chinese prose to a deduplicator.

Phrases are drawn by Zipf's law into pools of clauses once; a sentence is then a few look-ups and one join.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from . import vocabulary as v

NUMERALS = "一二三四五六七八九十"
MEAN_CHARS = {"default": 3300, "short": 1200, "long": 7000}
MIN_CHARS, MAX_CHARS = 500, 20_000
ZIPF = 0.55


@dataclass
class Document:
    """A title, an optional salutation, paragraphs (headings among them) and an optional closing."""

    title: str
    salutation: str
    paragraphs: list[str]
    closing: str
    headings: set[int] = field(default_factory=set)
    indent: str = ""
    gap: bool = False

    def lines(self) -> list[str]:
        body = [self.indent + p for p in self.paragraphs]
        parts = [self.title, *([self.salutation] if self.salutation else []), *body]
        if self.closing:
            parts.append(self.closing)
        if not self.gap:
            return parts
        return [line for part in parts for line in (part, "")][:-1]

    def chars(self) -> int:
        return sum(map(len, self.paragraphs))


class Zipf:
    """Words in an order drawn from the seed, the n-th with weight 1/(n+2)^s."""

    def __init__(self, rng: Random, words: list[str], s: float = ZIPF) -> None:
        self.words = words[:]
        rng.shuffle(self.words)
        self.weights = list(accumulate(1 / (rank + 2) ** s for rank in range(len(words))))

    def draw(self, rng: Random, k: int) -> list[str]:
        return rng.choices(self.words, cum_weights=self.weights, k=k)


def number(rng: Random) -> str:
    kind = rng.randrange(4)
    if kind == 0:
        return f"{rng.uniform(0.1, 99):.1f}"
    return str(rng.randrange(2, (30, 400, 9000)[kind - 1]))


class Grammar:
    """Pools made from the seed alone: the same for every shard and every process."""

    def __init__(self, seed: int) -> None:
        rng = Random(seed * 7919 + 11)
        self.nouns, self.verbs = Zipf(rng, v.NOUNS), Zipf(rng, v.VERBS)
        self.modifiers, self.adverbs = Zipf(rng, v.MODIFIERS), Zipf(rng, v.ADVERBS)
        self.places = self._places(rng, 4000)
        self.people = self._people(rng, 4000)
        self.units = [p + o for p, o in zip(rng.choices(self.places, k=6000), rng.choices(v.ORGANS, k=6000))]
        self.phrases = self._phrases(rng, 8000)
        middles = self._clauses(rng, 60_000)
        self.clauses = middles
        self.middles = [c + "，" for c in middles]
        self.seconds = [c + "，" for c in self._clauses(rng, 30_000)] + [""] * 30_000
        self.ends = [c + "。" for c in self._clauses(rng, 40_000)]
        facts = self._facts(rng, 30_000)
        self.facts = facts + [""] * 45_000
        self.some_facts = facts
        self.heads = self._heads(rng, 20_000) + [""] * 14_000
        self.letters = "".join(sorted(set("".join(v.VERBS + v.NOUNS + v.MODIFIERS + v.ADVERBS))))

    @staticmethod
    def _places(rng: Random, count: int) -> list[str]:
        one, two, kind = (rng.choices(x, k=count) for x in (v.PLACE_HEADS, v.PLACE_TAILS, v.PLACE_KINDS))
        return ["".join(x) for x in zip(one, two, kind)]

    @staticmethod
    def _people(rng: Random, count: int) -> list[str]:
        return [rng.choice(v.SURNAMES) + "".join(rng.choices(v.GIVEN, k=rng.choice((1, 2, 2)))) for _ in range(count)]

    def _phrases(self, rng: Random, count: int) -> list[str]:
        """Noun phrases, the commonest of them bare nouns."""
        a, b = self.nouns.draw(rng, count), self.nouns.draw(rng, count)
        m = self.modifiers.draw(rng, count)
        shapes = (lambda i: m[i] + a[i], lambda i: m[i] + "的" + a[i], lambda i: a[i] + "和" + b[i],
                  lambda i: a[i] + "与" + m[i] + b[i], lambda i: a[i] + b[i], lambda i: a[i])
        return [shapes[rng.randrange(6)](i) for i in range(count)]

    def _clauses(self, rng: Random, count: int) -> list[str]:
        phrase, other = rng.choices(self.phrases, k=count), rng.choices(self.phrases, k=count)
        verb, verb2 = self.verbs.draw(rng, count), self.verbs.draw(rng, count)
        adverb, result = self.adverbs.draw(rng, count), rng.choices(v.RESULTS, k=count)
        who = rng.choices(self.units, k=count)
        person, job = rng.choices(self.people, k=count), rng.choices(v.JOBS, k=count)
        shapes = (
            lambda i: adverb[i] + verb[i] + phrase[i],
            lambda i: verb[i] + phrase[i] + "、" + verb2[i] + other[i],
            lambda i: phrase[i] + result[i],
            lambda i: adverb[i] + verb[i] + phrase[i] + "，" + verb2[i] + other[i],
            lambda i: "把" + phrase[i] + verb[i] + "到" + other[i] + "之中",
            lambda i: phrase[i] + "需要" + adverb[i] + verb[i],
            lambda i: "在" + phrase[i] + "里" + verb[i] + other[i],
            lambda i: who[i] + adverb[i] + verb[i] + phrase[i],
            lambda i: job[i] + person[i] + "带头" + verb[i] + phrase[i],
            lambda i: "既要" + verb[i] + phrase[i] + "，也要" + verb2[i] + other[i],
            lambda i: verb[i] + "一批" + phrase[i],
            lambda i: "使" + phrase[i] + adverb[i] + verb[i] + "起来",
        )
        picks = rng.choices(range(len(shapes)), k=count)
        return [shapes[shape](i) for i, shape in enumerate(picks)]

    def _facts(self, rng: Random, count: int) -> list[str]:
        lead = rng.choices(["", "", "全年", "累计", "当年", "截至目前", "先后"], k=count)
        place = rng.choices(self.places, k=count)
        shapes = rng.choices(v.QUANTITIES, k=count)
        return [
            (place[i] if rng.random() < 0.5 else "") + lead[i] + shapes[i].format(number(rng)) + "，"
            for i in range(count)
        ]

    def _heads(self, rng: Random, count: int) -> list[str]:
        frames, nouns = rng.choices(v.FRAMES, k=count), rng.choices(self.phrases, k=count)
        starts = rng.choices(v.STARTS, k=count)
        return [frames[i].format(n=nouns[i]) + "，" if rng.random() < 0.7 else starts[i] for i in range(count)]

    def sentences(self, rng: Random, count: int) -> list[str]:
        pools = (self.heads, self.middles, self.facts, self.seconds, self.ends)
        return list(map("".join, zip(*(rng.choices(pool, k=count) for pool in pools))))

    def length(self, rng: Random, profile: str) -> int:
        sigma = 0.75
        mean = MEAN_CHARS[profile] * 0.99
        return max(MIN_CHARS, min(MAX_CHARS, int(rng.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma))))

    def title(self, rng: Random, unit: str = "", topic: str = "") -> str:
        place = unit or rng.choice(self.units)
        return f"{place}{'在' if rng.random() < 0.5 else '关于'}{topic or rng.choice(self.phrases)}{rng.choice(v.TITLE_TAILS)}"

    def document(self, rng: Random, chars: int) -> Document:
        """An original: its own unit, people and topics, which come back in it as in real texts."""
        unit, topics = rng.choice(self.units), rng.choices(self.phrases, k=4)
        names = [unit, unit, rng.choice(self.people), "我们", "大家", *rng.choices(self.places, k=2)]
        doc = Document(self.title(rng, unit, topics[0]), rng.choice(["", *v.SALUTATIONS]), [],
                       rng.choice(["", "", *v.CLOSINGS]), indent=rng.choice(["", "　　"]), gap=rng.random() < 0.2)
        sentences = self.sentences(rng, chars // 30 + 8)
        sectioned, used, total, section = chars > 1200 and rng.random() < 0.6, 0, 0, 0
        while total < chars - 20 and used < len(sentences):
            if sectioned and len(doc.paragraphs) % 5 == 1 and section < 10:
                doc.headings.add(len(doc.paragraphs))
                doc.paragraphs.append(f"{NUMERALS[section]}、{rng.choice(self.clauses)}")
                section += 1
            room = max(1, (chars - total) // 42)
            take = min(rng.randrange(2, 7), room)
            lead = f"{rng.choice(names)}{rng.choice(self.adverbs.words)}{rng.choice(self.verbs.words)}{rng.choice(topics)}，"
            text = lead + "".join(sentences[used : used + take])
            doc.paragraphs.append(text)
            used += take
            total += len(text)
        return doc


class Form:
    """A yearly form: headings and clauses that every unit's report repeats, with each unit's own facts between."""

    def __init__(self, grammar: Grammar, rng: Random, chars: int) -> None:
        self.grammar, self.share = grammar, rng.uniform(0.55, 0.88)
        self.topic, self.tail = rng.choice(grammar.phrases), rng.choice(v.TITLE_TAILS)
        self.salutation = rng.choice(v.SALUTATIONS)
        self.headings = rng.choices(grammar.clauses, k=5)
        count = max(10, chars // 45)
        self.fixed = [
            (rng.choice(grammar.middles), rng.choice(grammar.ends)) if rng.random() < self.share else None
            for _ in range(count)
        ]

    def fill(self, rng: Random) -> Document:
        """One unit's report."""
        g = self.grammar
        unit = rng.choice(g.units)
        doc = Document(f"{unit}{self.topic}{self.tail}", self.salutation, [], "")
        free, facts = g.sentences(rng, len(self.fixed)), rng.choices(g.some_facts, k=len(self.fixed))
        sentences = [
            free[i] if fixed is None else (rng.choice(g.seconds) + fixed[0] + facts[i] + fixed[1])
            for i, fixed in enumerate(self.fixed)
        ]
        step = max(2, len(sentences) // len(self.headings) + 1)
        for section, start in enumerate(range(0, len(sentences), step)):
            doc.headings.add(len(doc.paragraphs))
            doc.paragraphs.append(f"{NUMERALS[section]}、{self.headings[section]}")
            part = sentences[start : start + step]
            half = (len(part) + 1) // 2
            doc.paragraphs += [unit + "".join(part[:half])] + ["".join(part[half:])] * (half < len(part))
        return doc
