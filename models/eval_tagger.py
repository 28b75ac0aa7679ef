#!/usr/bin/env python3
"""Measures the token classifier alone on the development sets: per set, per case, per type, per threshold.

What it is: character recall and characters hidden in vain, words joined as the product joins them.
What it is not: the measure of redaction, which has patterns, an address grammar and a policy beside it:
`undertone redact --scorecard` says that.

    python models/eval_tagger.py --data DIR --model models/tagger [--sets wnut-check,btc-check] [--gold OUT]

The sets "-check" are the tenth of the train files that is not trained on, for choosing thresholds. --gold writes all
sets, as written, in lower case and in capitals, as JSON lines with spans for the product's own scorecard.
"""

import argparse
import collections
import itertools
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertForTokenClassification

import tagger_data as D
from train_tagger import batches, tensors

HIDDEN = ("PERSON", "ADDRESS", "ID", "EMPLOYER", "MEDICAL", "QUASI")
SEEN = ("O", "CITY", "STATE")
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7)
CASES = {"as written": lambda text: text, "lower": str.lower, "UPPER": str.upper}


def loaded(folder: Path) -> tuple:
    config = json.loads((folder / "config.json").read_text())
    labels = [config["id2label"][str(i)] for i in range(len(config["id2label"]))]
    fields = {k: v for k, v in config.items() if k not in ("architectures", "id2label")}
    model = BertForTokenClassification(BertConfig(**fields, num_labels=len(labels), attn_implementation="sdpa")).eval()
    model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()}, strict=False)
    return model, labels, Tokenizer.from_file(str(folder / "tokenizer.json"))


@torch.no_grad()
def suspected(model, labels: list, tokenizer, texts: list) -> list:
    """For each text its words as (start, end, suspicion)."""
    visible = torch.tensor([label.split("-")[-1] in SEEN for label in labels])
    cased = model.config.type_vocab_size > 2
    rows = [(*D.encoded(tokenizer, text, []), number) for number, text in enumerate(texts)]
    out = [None] * len(texts)
    for batch in batches(rows, None):
        ids, marks, _, mask = tensors(batch)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(input_ids=ids, token_type_ids=marks if cased else marks * 0, attention_mask=mask).logits
        hidden = (logits.float().softmax(-1) * ~visible).sum(-1)
        for row, doubt in zip(batch, hidden.tolist()):
            out[row[3]] = words(tokenizer, texts[row[3]], doubt[1:])
    return out


def words(tokenizer, text: str, doubts: list) -> list:
    """A word is suspected as much as its most suspect piece."""
    _, offsets, numbers = D.pieces(tokenizer, text)
    joined = {}
    for (start, end), word, doubt in zip(offsets[: D.PIECES_MAX - 2], numbers, doubts):
        first, last, most = joined.get(word, (start, end, 0.0))
        joined[word] = (min(first, start), max(last, end), max(most, doubt))
    return list(joined.values())


def covered(text: str, found: list, threshold: float) -> set:
    """Code points hidden: words at or over the threshold, with what stands between two of them."""
    hidden, last = set(), None
    for start, end, doubt in found:
        if doubt < threshold:
            continue
        gap = text[last:start] if last is not None else "?"
        if len(gap) <= 4 and all(c.isspace() or c in "-'’.,#" for c in gap):
            hidden.update(range(last, start))
        hidden.update(range(start, end))
        last = end
    return hidden


def score(samples: list, found: list, threshold: float) -> tuple:
    """(recall per type, share of other characters hidden); handles and links count as neither."""
    total = collections.Counter()
    for (text, spans), words_found in zip(samples, found):
        hidden = covered(text, words_found, threshold)
        gold = set()
        for match in D.UNSAID.finditer(text):
            gold.update(range(match.start(), match.end()))
        for start, end, kind in spans:
            if kind not in HIDDEN or start in gold:
                continue
            chars = {i for i in range(start, end) if not text[i].isspace()}
            gold.update(range(start, end))
            total[kind] += len(chars)
            total[kind, "hit"] += len(chars & hidden)
        total["other"] += len(text) - len(gold)
        total["over"] += len(hidden - gold)
    kinds = {kind: total[kind, "hit"] / total[kind] for kind in HIDDEN if total[kind]}
    return kinds, total["over"] / max(1, total["other"])


def changed(samples: list, change) -> list:
    return [(change(text) if len(change(text)) == len(text) else text, spans) for text, spans in samples]


def write_gold(folder: Path, sets: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for (name, samples), (case, change) in itertools.product(sets.items(), CASES.items()):
        with (folder / f"{name}.{case.split()[-1].lower()}.jsonl").open("w", encoding="utf-8") as file:
            for number, (text, spans) in enumerate(changed(samples, change)):
                unsaid = {at for m in D.UNSAID.finditer(text) for at in range(m.start(), m.end())}
                gold = [{"start": s, "end": e, "type": kind} for s, e, kind in spans if kind in HIDDEN and s not in unsaid]
                gold += [{"start": m.start(), "end": m.end(), "type": "HANDLE_OR_URL"} for m in D.UNSAID.finditer(text)]
                file.write(json.dumps({"id": number, "text": text, "spans": gold, "keep": [], "tag": case}, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="left out, nothing is measured")
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--sets", default="wnut,btc,synthetic")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sets = {**D.development(arguments.data), **{f"{name}-check": posts for name, posts in D.tweets(arguments.data, "check").items()}}
    if arguments.gold:
        write_gold(arguments.gold, sets)
    if not arguments.model:
        return
    model, labels, tokenizer = loaded(arguments.model)
    for name in arguments.sets.split(","):
        for case, change in CASES.items():
            samples = changed(sets[name], change)
            found = suspected(model, labels, tokenizer, [text for text, _ in samples])
            for threshold in THRESHOLDS:
                kinds, over = score(samples, found, threshold)
                print(f"{name:10} {case:10} from {threshold:.2f}: over {over:.4f}  " + "  ".join(f"{kind} {value:.3f}" for kind, value in kinds.items()), flush=True)


if __name__ == "__main__":
    main()
