#!/usr/bin/env python3
"""Writes development sets in the form that `undertone bench redact` and `undertone redact --scorecard` read.

What it is: the tagger's development sets, none of which it was trained on, and a synthetic set of another seed with
the names kept out of training. What it is not: a test set; thresholds were chosen on some of these.

    benches/peers/gold.py --data DIR --out DIR       needs Faker; DIR holds pii/btc, pii/wnut17 and so on (models/README.md)

btc, wnut: PERSON as the corpora have it; HANDLE_OR_URL by pattern where no name stands, since the corpora say nothing of
them. pii-anon: every span of its own, by its own type. synthetic: `models/pii_generator.py`. tricky: as it is.
"""

import argparse
import gzip
import hashlib
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models"))

import tagger_data as D
from pii_generator import HIDDEN, Generator

SEED = 2026
SYNTHETIC_TEXTS = 1500
PII_ANON_TEXTS_MAX = 300


def tweets(samples: list) -> list:
    rows = []
    for text, spans in samples:
        names = [span for span in spans if span[2] == "PERSON"]
        taken = {at for start, end, _ in names for at in range(start, end)}
        shapes = [(m.start(), m.end(), "HANDLE_OR_URL") for m in D.UNSAID.finditer(text)]
        rows.append((text, names + [s for s in shapes if taken.isdisjoint(range(s[0], s[1]))]))
    return rows


def pii_anon(data: Path) -> list:
    rows = []
    with gzip.open(data / "pii/pii-anon/piianon_format.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            # The same tenth of the same documents as in `tagger_data.pii_anon`.
            if row["script"] == "Latn" and hashlib.sha256(row["record_id"].encode()).digest()[0] < 26:
                rows.append((row["text"], [(a["start"], a["end"], a["entity_type"]) for a in row["annotations"]]))
    return rows[:PII_ANON_TEXTS_MAX]


def synthetic() -> list:
    generator = Generator(SEED, dev=True)
    drawn = [generator.text() for _ in range(SYNTHETIC_TEXTS)]
    return [(text, [span for span in spans if span[2] in HIDDEN]) for text, spans in drawn]


def write(path: Path, rows: list) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number, (text, spans) in enumerate(rows):
            gold = [{"start": start, "end": end, "type": kind} for start, end, kind in sorted(spans)]
            print(json.dumps({"id": number, "text": text, "spans": gold, "keep": []}, ensure_ascii=False), file=file)
    print(f"{path}: {len(rows)} texts, {sum(len(spans) for _, spans in rows)} spans")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, samples in D.tweets(arguments.data, "dev").items():
        write(arguments.out / f"{name}.jsonl", tweets(samples))
    write(arguments.out / "pii-anon.jsonl", pii_anon(arguments.data))
    write(arguments.out / "synthetic.jsonl", synthetic())
    shutil.copy(arguments.data / "pii/tricky-examples.jsonl", arguments.out / "tricky.jsonl")


if __name__ == "__main__":
    main()
