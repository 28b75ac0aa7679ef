#!/usr/bin/env python3
"""Writes manifest.json: the SHA-256 of every file under models/ that the product loads or must pass on.

What it is: the record the product checks its weights against before it reads a comment.
What it is not: a signature; it says that the files belong together, not who made them.

    python models/manifest.py           writes the manifest
    python models/manifest.py --check   compares only; fails on any difference
"""

import argparse
import hashlib
import json
from pathlib import Path

MODELS = Path(__file__).resolve().parent
FILES = (
    "card.json",
    "e5/LICENSE",
    "e5/NOTICE",
    "e5/config.json",
    "e5/golden.json",
    "e5/model.safetensors",
    "e5/reach.safetensors",
    "e5/sentiment.json",
    "e5/sentiment.safetensors",
    "e5/tokenizer.json",
    "e5/topics.json",
    "minilm/LICENSE",
    "minilm/NOTICE",
    "minilm/config.json",
    "minilm/emoji.tsv",
    "minilm/golden.json",
    "minilm/model.safetensors",
    "minilm/reach.safetensors",
    "minilm/sentiment.json",
    "minilm/sentiment.safetensors",
    "minilm/tokenizer.json",
    "minilm/topics.json",
    "tagger/ATTRIBUTION",
    "tagger/LICENSE",
    "tagger/config.json",
    "tagger/glance.safetensors",
    "tagger/model.safetensors",
    "tagger/reach.safetensors",
    "tagger/tokenizer.json",
    "taxonomy.es.toml",
    "taxonomy.toml",
)
# Listed where it was recorded: `undertone eval record` writes it with the weights that the others name.
RECORDED = ("evaluation.json",)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    absent = [name for name in FILES if not (MODELS / name).exists()]
    if absent:
        raise SystemExit(f"not there yet: {', '.join(absent)}; see README.md for the command that makes each")
    recorded = [name for name in RECORDED if (MODELS / name).exists()]
    sums = {name: hashlib.sha256((MODELS / name).read_bytes()).hexdigest() for name in sorted([*FILES, *recorded])}
    text = json.dumps({"files": sums}, indent=2) + "\n"
    path = MODELS / "manifest.json"
    if check and (not path.exists() or path.read_text() != text):
        raise SystemExit("manifest.json does not fit the files; run models/manifest.py after a change you meant")
    if not check:
        path.write_text(text)


if __name__ == "__main__":
    main()
