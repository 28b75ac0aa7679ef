#!/usr/bin/env python3
"""Fits the four numbers of the topic rule (topics.py) and writes minilm/topics.json.

What it is: alpha by top-1 accuracy, scale and bias by least log loss, margin by F1 on two-topic texts.
What it is not: a topic classifier trained on these corpora; the topics come from taxonomy.toml alone.

    python models/fit_topics.py --data DIR [--cache DIR]

DIR holds `civic/seeclickfix-newhaven`, `civic/civic-tweets-india` and `sentiment/sentihood` (README.md).
Half of every corpus is fitted on; all numbers printed are of the other half.
"""

import argparse
import json
import random
import re
from pathlib import Path

import numpy as np

import civic
import corpora
from encoder import MINILM, Encoder
from topics import Nearness, assigned, probabilities

# New Haven: the title names the type of a request; a title that fits two types is left out.
TITLES = {
    "streets": r"pot ?hole|lamp|lights? out|street ?light|plow|snow (related|removal)|sweep|sinkhole|manhole|street repair|icy",
    "walking-and-cycling": r"side ?walk|curb|crosswalk|bike lane",
    "traffic-and-parking": r"traffic|speed|parking|signal",
    "waste": r"trash|recycl|dumping|\bbins?\b|yard waste|leaf|litter|garbage|bulk",
    "blight": r"graffiti|blight|private property|vacant",
    "animals": r"\b(dogs?|cats?|animals?|rats?)\b",
    "parks-and-trees": r"tree|stump|^trim|^removal|limb|branch|park request",
    "water-and-sewer": r"drain|sewer|hydrant|flood|water",
    "noise": r"noise|loud",
    "safety": r"polic|theft|stolen|crime",
    "transit": r"\bbus\b(?! shelters)",
}
POSTS = {
    "Potholes": "streets", "Streetlights": "streets", "Waste/Garbage": "waste", "Traffic/Parking": "traffic-and-parking",
    "Water": "water-and-sewer", "Sewage": "water-and-sewer", "Air": "environment",
}
# What a city hears, more or less: one comment in ten is about no topic. The posts weigh little, for
# their categories are coarse ("waste" stands on much that is about the authority alone).
SHARES = {"sentences": 1.0, "new-haven": 1.0, "posts": 0.3, "not-civic": 0.15}
ROWS_MAX = {"new-haven": 3000, "posts": 1500, "not-civic": 1500}
CHARACTERS_MIN = 20


def new_haven(data: Path) -> list:
    """(description without its title, topic); the title would give the answer away."""
    out = []
    for title, whole in corpora.new_haven(data):
        found = [topic for topic, pattern in TITLES.items() if re.search(pattern, title.lower())]
        body = whole[len(title):].strip() if whole.lower().startswith(title.lower()) else whole
        if len(found) == 1 and len(body) >= CHARACTERS_MIN:
            out.append((body, found[0]))
    return out


def posts(data: Path, about_city: bool) -> list:
    rows = [(text, POSTS.get(kind) if about_city else civic.OTHER) for text, kind, city in corpora.civic_posts(data) if city == about_city]
    once = dict(row for row in rows if row[1] and len(row[0]) >= CHARACTERS_MIN)
    return list(once.items())


def halves(data: Path) -> tuple:
    """({corpus: rows} to fit, {corpus: rows} to report)."""
    sets = {"new-haven": new_haven(data), "posts": posts(data, True), "not-civic": posts(data, False)}
    fit, held = {"sentences": []}, {"sentences": []}
    for name, rows in sets.items():
        rows = random.Random(name).sample(rows, min(len(rows), ROWS_MAX[name]))
        fit[name], held[name] = rows[::2], rows[1::2]
    for split, into in (("fit", fit), ("check", held)):
        into["sentences"] = [(text, topic) for text, _, topic in civic.sentences(split)]
    return fit, held


class Table:
    """Nearness and truth of a collection, one row a text; a corpus weighs SHARES[corpus]."""

    def __init__(self, encoder: Encoder, near: Nearness, sets: dict):
        rows = [row for part in sets.values() for row in part]
        self.names = np.array([name for name, part in sets.items() for _ in part])
        self.truth = [topic for _, topic in rows]
        self.ids = near.ids
        self.nearest, self.centroid = near.of(encoder.sentences([text for text, _ in rows]))
        sizes = {name: len(part) for name, part in sets.items()}
        self.weight = np.array([SHARES[name] / sizes[name] for name in self.names])
        self.hit = np.array([[topic == one for one in near.ids] for topic in self.truth])
        self.known = self.hit.any(1)

    def mixed(self, alpha: float) -> np.ndarray:
        return alpha * self.nearest + (1 - alpha) * self.centroid

    def top1(self, alpha: float, name: str | None = None) -> float:
        """Share of texts about a topic whose nearest topic is that one."""
        rows = self.known & ((self.names == name) if name else True)
        right = self.mixed(alpha).argmax(1)[rows] == self.hit[rows].argmax(1)
        return float(np.average(right, weights=self.weight[rows]))


def logistic(score: np.ndarray, label: np.ndarray, weight: np.ndarray) -> tuple:
    """(scale, bias) of sigmoid(scale * (score - bias)) by Newton's method."""
    inputs = np.stack([score, np.ones_like(score)], 1)
    beta = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-inputs @ beta))
        gradient = inputs.T @ (weight * (chance - label))
        curvature = (inputs * (weight * chance * (1 - chance))[:, None]).T @ inputs
        beta -= np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
    return float(beta[0]), float(-beta[1] / beta[0])


def fitted(table: Table) -> dict:
    """Scale and bias say how likely the nearest topic is right; the runners-up follow the same curve."""
    alpha = max(np.arange(0, 1.01, 0.05), key=table.top1)
    mixed = table.mixed(alpha)
    best = mixed.argmax(1)
    rows = np.arange(len(best))
    scale, bias = logistic(mixed.max(1), table.hit[rows, best].astype(float), table.weight)
    return {"alpha": round(float(alpha), 2), "scale": round(scale, 3), "bias": round(bias, 4)}


def calibration_error(chance: np.ndarray, right: np.ndarray, weight: np.ndarray, bins: int = 15) -> float:
    which = np.minimum((chance * bins).astype(int), bins - 1)
    gaps = (np.average(chance[which == b] - right[which == b], weights=weight[which == b]) * weight[which == b].sum() for b in set(which))
    return float(sum(map(abs, gaps)) / weight.sum())


def two_topic_margin(encoder: Encoder, near: Nearness, rule: dict) -> float:
    """The margin of best mean F1 on single fit sentences and on pairs of them joined into one comment."""
    rows = [(text, topic) for text, _, topic in civic.sentences("fit") if topic != civic.OTHER]
    other = random.Random("pairs").sample(rows, len(rows))
    pairs = [(f"{a} {b}", {x, y}) for (a, x), (b, y) in zip(rows, other) if x != y]
    cases = [(text, {topic}) for text, topic in rows] + pairs
    chance = probabilities(*near.of(encoder.sentences([text for text, _ in cases])), rule)

    def score(margin: float) -> float:
        guesses = [set(assigned(row, near.ids, margin)) for row in chance]
        return float(np.mean([2 * len(g & t) / (len(g) + len(t)) for g, (_, t) in zip(guesses, cases)]))

    return max((round(m, 2) for m in np.arange(0.02, 0.42, 0.02)), key=score)


def report(table: Table, rule: dict) -> None:
    chance = probabilities(table.nearest, table.centroid, rule)
    guesses = [assigned(row, table.ids, rule["margin"]) for row in chance]
    for name in dict.fromkeys(table.names):
        rows = [i for i in np.flatnonzero(table.names == name) if table.known[i]]
        if rows:
            hit = np.mean([table.truth[i] in guesses[i] for i in rows])
            none = np.mean([guesses[i] == [civic.OTHER] for i in rows])
            many = np.mean([len(guesses[i]) for i in rows])
            print(f"{name}: nearest topic right {table.top1(rule['alpha'], name):.4f}, assigned {hit:.4f}, "
                  f"given to other {none:.4f}, topics a text {many:.2f} ({len(rows)} texts)")
        rest = [i for i in np.flatnonzero(table.names == name) if not table.known[i]]
        if rest:
            print(f"{name}: about no topic, yet given one {np.mean([guesses[i] != [civic.OTHER] for i in rest]):.4f} ({len(rest)} texts)")
    best = chance.argmax(1)
    right = table.hit[np.arange(len(best)), best].astype(float)
    print(f"calibration error of the nearest topic {calibration_error(chance.max(1), right, table.weight):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    encoder = Encoder(arguments.cache)
    near = Nearness(encoder, civic.taxonomy())
    fit, held = halves(arguments.data)
    rule = fitted(Table(encoder, near, fit))
    rule["margin"] = two_topic_margin(encoder, near, rule)
    print(rule)
    report(Table(encoder, near, held), rule)
    (MINILM / "topics.json").write_text(json.dumps(rule, indent=2) + "\n")


if __name__ == "__main__":
    main()
