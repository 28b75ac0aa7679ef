#!/usr/bin/env python3
"""Fits the four numbers of the topic rule (topics.py) and writes topics.json of minilm/ or e5/.

What it is: alpha by top-1 accuracy, scale and bias by least log loss, margin by F1 on two-topic texts.
What it is not: a topic classifier trained on these corpora; the topics come from taxonomy.toml alone.

    python models/fit_topics.py minilm --data DIR [--cache DIR]
    python models/fit_topics.py e5 --data DIR        our sentences in Spanish; requests and posts in English

DIR holds `civic/seeclickfix-newhaven`, `civic/civic-tweets-india` and `sentiment/sentihood` (README.md).
The encoder was trained on none of the texts that the numbers are fitted on or that are reported, but for the
sentences of the split `fit`. Riverton's comments are made up (`fixtures/riverton/generate.py`); half of them are fitted on,
by the hash of their letters.
"""

import argparse
import csv
import json
import random
from pathlib import Path

import numpy as np

import civic
import encoder_data
from encoder import PREFIXES, Encoder
from topics import Nearness, assigned, probabilities

# What a city hears, more or less: one comment in ten is about no topic. The posts weigh little, for
# their categories are coarse ("waste" stands on much that is about the authority alone).
SHARES = {"sentences": 0.2, "riverton": 1.0, "new-haven": 1.0, "posts": 0.3, "not-civic": 0.25}
ROWS_MAX = {"en": 1500, "es": 300}
RIVERTON = Path(__file__).resolve().parent.parent / "fixtures/riverton"
# Of the texts that the encoder was not trained on: a tenth for the four numbers, two to report on.
FITTED_TENTH, REPORTED_TENTHS = 7, (8, 9)


def riverton() -> list:
    """(text, topic, tone) of the made-up comments in English whose topic is a built-in one."""
    labels = {row["id"]: row for row in csv.DictReader((RIVERTON / "labels.csv").open(encoding="utf-8", newline=""))}
    known = {topic["id"] for topic in civic.taxonomy()}
    out = []
    for line in (RIVERTON / "comments.jsonl").read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            row = json.loads(line, strict=False)
        except json.JSONDecodeError:
            continue  # some lines are broken on purpose
        label = labels.get(row.get("id")) if isinstance(row, dict) and isinstance(row.get("text"), str) else None
        if label and label["language"] == "en" and label["topic"] in known:
            out.append((row["text"], label["topic"], label["tone"]))
    return out


def halves(data: Path, language: str) -> tuple:
    """({corpus: rows} to fit, {corpus: rows} to report), none of them trained on but the sentences of the split `fit`."""
    haven = [(row.text, row.topic) for row in encoder_data.new_haven(data) if row.topic]
    posts = [(row.text, row.topic) for row in encoder_data.posts(data)]
    sets = {
        "new-haven": haven,
        "posts": [row for row in posts if row[1] != civic.OTHER],
        "not-civic": [row for row in posts if row[1] == civic.OTHER],
    }
    fit, held = {"sentences": civic.sentences("fit", language)}, {"sentences": civic.sentences("check", language)}
    for name, rows in sets.items():
        rows = sorted(rows, key=lambda row: (encoder_data.share(row[0], 1 << 32), row[0]))
        fit[name] = [row for row in rows if encoder_data.share(row[0], 10) == FITTED_TENTH][: ROWS_MAX[language]]
        held[name] = [row for row in rows if encoder_data.share(row[0], 10) in REPORTED_TENTHS][: ROWS_MAX[language]]
    made_up = sorted({(text, topic) for text, topic, _ in riverton()}, key=lambda row: (encoder_data.share(row[0], 1 << 32), row[0]))
    for side, odd in ((fit, 1), (held, 0)) if language == "en" else ():
        side["riverton"] = [row for row in made_up if encoder_data.share(row[0], 2) == odd][: ROWS_MAX[language]]
    for side in (fit, held):
        side["sentences"] = [(text, topic) for text, _, topic in side["sentences"]]
    return fit, held


class Table:
    """Nearness and truth of a collection, one row a text; a corpus weighs SHARES[corpus]."""

    def __init__(self, encoder: Encoder, near: Nearness, sets: dict):
        rows = [row for part in sets.values() for row in part]
        self.names = np.array([name for name, part in sets.items() for _ in part])
        self.texts, self.truth = [text for text, _ in rows], [topic for _, topic in rows]
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
    rows = [(text, topic) for text, _, topic in civic.sentences("fit", encoder.language) if topic != civic.OTHER]
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
    tones = {text: tone for text, _, tone in riverton()}
    for tone in civic.TONES:
        rows = [i for i in np.flatnonzero(table.names == "riverton") if tones[table.texts[i]] == tone]
        if rows:
            print(f"riverton, {tone}: given to other {np.mean([guesses[i] == [civic.OTHER] for i in rows]):.4f}, "
                  f"right {np.mean([table.truth[i] in guesses[i] for i in rows]):.4f} ({len(rows)} texts)")
    best = chance.argmax(1)
    right = table.hit[np.arange(len(best)), best].astype(float)
    print(f"calibration error of the nearest topic {calibration_error(chance.max(1), right, table.weight):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", choices=tuple(PREFIXES))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    encoder = Encoder(arguments.cache, arguments.model)
    near = Nearness(encoder, civic.taxonomy(encoder.language))
    fit, held = halves(arguments.data, encoder.language)
    rule = fitted(Table(encoder, near, fit))
    rule["margin"] = two_topic_margin(encoder, near, rule)
    print(rule)
    report(Table(encoder, near, held), rule)
    (encoder.folder / "topics.json").write_text(json.dumps(rule, indent=2) + "\n")


if __name__ == "__main__":
    main()
