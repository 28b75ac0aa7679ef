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


def taxonomy(language: str = "en") -> list:
    """The topics in order, each with id, name, description and examples."""
    name = "taxonomy.toml" if language == "en" else f"taxonomy.{language}.toml"
    return tomllib.loads((MODELS / name).read_text(encoding="utf-8"))["topic"]


def sentences(split: str, language: str = "en") -> list:
    """Rows (text, tone, topic id) of civic-sentences.tsv; `fit` may be trained on, `check` never is.

    Those of another language say the same, row by row.
    """
    name = "civic-sentences.tsv" if language == "en" else f"civic-sentences.{language}.tsv"
    with (MODELS / name).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(r["text"], TONES[r["tone"]], r["topic"]) for r in rows if r["split"] == split]
