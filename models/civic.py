"""Reads the files of this folder that were written for Undertone: the taxonomy and the civic sentences.

What it is: the shared reader of encoder_data.py, fit_topics.py and golden.py.
What it is not: a corpus; the sentences are a few hundred and all by one hand (see README.md).
"""

import csv
import tomllib
from pathlib import Path

MODELS = Path(__file__).resolve().parent
TONES = {"negative": 0, "neutral": 1, "positive": 2}
OTHER = "other"


def taxonomy() -> list:
    """The topics in order, each with id, name, description and examples."""
    return tomllib.loads((MODELS / "taxonomy.toml").read_text(encoding="utf-8"))["topic"]


def sentences(split: str) -> list:
    """Rows (text, tone, topic id) of civic-sentences.tsv; `fit` may be trained on, `check` never is."""
    with (MODELS / "civic-sentences.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(r["text"], TONES[r["tone"]], r["topic"]) for r in rows if r["split"] == split]
