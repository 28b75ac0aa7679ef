#!/usr/bin/env python3
"""Comments to noisy counts with the usual Python libraries, for `undertone bench pipeline`.

What it is: Presidio in batches of 64 hides, ONNX Runtime int8 reads tone and topics on the weights of models/minilm by
the rules of the product, each resident counts once a question, rows are kept in SQLite, one transaction a batch, and
OpenDP's discrete Gaussian noise goes on the counts by place and by topic. What it is not: part of the product; no
ledger, no signature, no budget over time, one voice a resident by the last row and not drawn.

    pipeline_peer.py GRAPHS/layers-int8.onnx MODELS ROWS.jsonl OUT
"""

import argparse
import json
import logging
import sqlite3
import sys
from pathlib import Path

import numpy as np
import opendp.prelude as dp
from presidio_analyzer import BatchAnalyzerEngine
from presidio_anonymizer import AnonymizerEngine

from onnx_peer import Encoder, Tone
from presidio_peer import analyzer

BATCH = 64
TOGETHER = 16
TONES = ("negative", "neutral", "positive")
# About what the product adds to a count here; how much it is costs no time.
SCALE = 4.0


class Reader:
    """Tone and topics of redacted texts."""

    def __init__(self, graph: Path, models: Path):
        sys.path.append(str(models))
        import civic
        import topics

        self.rules, self.tone = topics, Tone(models / "minilm")
        self.encoder = Encoder(graph, models / "minilm" / "tokenizer.json")
        self.rule = json.loads((models / "minilm" / "topics.json").read_text())
        self.near = topics.Nearness(self, civic.taxonomy())

    def states(self, texts: list[str]):
        """(position, states after each layer) of every text, texts of like length together."""
        ids = [one.ids for one in self.encoder.tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        for first in range(0, len(order), TOGETHER):
            together = order[first : first + TOGETHER]
            lengths = [len(ids[at]) for at in together]
            words = np.zeros((len(together), max(lengths)), np.int32)
            mask = np.zeros_like(words)
            for row, at in enumerate(together):
                words[row, : lengths[row]] = ids[at]
                mask[row, : lengths[row]] = 1
            given = {"input_ids": words, "segment_ids": np.zeros_like(words), "input_mask": mask}
            layers = self.encoder.session.run(None, given)
            for row, at in enumerate(together):
                yield at, [layer[row, : lengths[row]] for layer in layers]

    def sentences(self, texts: list[str]) -> np.ndarray:
        return self.read(texts)[0]

    def read(self, texts: list[str]) -> tuple[np.ndarray, list[int]]:
        """(unit vectors, tones)"""
        units, tones = [None] * len(texts), [0] * len(texts)
        for at, layers in self.states(texts):
            mean = layers[-1].mean(axis=0)
            units[at] = mean / np.linalg.norm(mean)
            tones[at] = int(self.tone.logits(layers).argmax())
        return np.stack(units), tones

    def label(self, texts: list[str]) -> list[tuple[int, list[str]]]:
        units, tones = self.read(texts)
        chances = self.rules.probabilities(*self.near.of(units), self.rule)
        topics = [self.rules.assigned(row, self.near.ids, self.rule["margin"]) for row in chances]
        return list(zip(tones, topics))


def portions(file: Path):
    rows = []
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            rows.append(json.loads(line))
            if len(rows) == BATCH:
                yield rows
                rows = []
    if rows:
        yield rows


def noisy(counts: list[int]) -> list[int]:
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)
    return dp.m.make_gaussian(*space, scale=SCALE)(counts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("models", type=Path)
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path, help="folder for the rows' database")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    dp.enable_features("contrib")
    find, hide, reader = BatchAnalyzerEngine(analyzer()), AnonymizerEngine(), Reader(args.graph, args.models)
    args.out.mkdir(parents=True)
    kept = sqlite3.connect(args.out / "rows.db")
    kept.execute("PRAGMA synchronous = FULL")
    kept.execute("CREATE TABLE voice (question TEXT, account TEXT, cell TEXT, tone INT, PRIMARY KEY (question, account))")
    places, topics = set(), {*reader.near.ids, "other"}
    for rows in portions(args.rows):
        texts = [row["text"] for row in rows]
        found = find.analyze_iterator(texts, language="en", batch_size=BATCH)
        redacted = [hide.anonymize(text, spans).text for text, spans in zip(texts, found)]
        voices = []
        for row, (tone, told) in zip(rows, reader.label(redacted)):
            places.add(row["neighborhood"])
            voices.append(("place", row["account"], row["neighborhood"], tone))
            voices.append(("topic", row["account"], told[0], tone))
        kept.executemany("INSERT OR REPLACE INTO voice VALUES (?, ?, ?, ?)", voices)
        kept.commit()
    released = []
    for question, cells in (("place", sorted(places)), ("topic", sorted(topics))):
        query = "SELECT cell, tone, COUNT(*) FROM voice WHERE question = ? GROUP BY cell, tone"
        counts = {(cell, tone): count for cell, tone, count in kept.execute(query, (question,))}
        keys = [(cell, tone) for cell in cells for tone in range(len(TONES))]
        for (cell, tone), count in zip(keys, noisy([counts.get(key, 0) for key in keys])):
            released.append({"question": question, "cell": cell, "tone": TONES[tone], "count": count})
    print(json.dumps({"released": released}))


if __name__ == "__main__":
    main()
