#!/usr/bin/env python3
"""Fine-tunes the token classifier from Rampart: `tagger/model.safetensors`, `config.json`, `tokenizer.json`.

What it is: two passes over tweets with marked names, made-up personal data in civic sentences, identifiers in
documents and real civic texts as what stays visible; the second on fresh data, half of the tweets with other names. Each piece has a set of right labels; the loss is the negative
logarithm of the set's probability, so Rampart's finer labels need no gold. The word embeddings are frozen.
What it is not: a search; the settings below are those of the one run that was kept.

    python models/train_tagger.py --data DIR --start RAMPART_DIR --out models/tagger     about 30 minutes on two cores

DIR is laid out as `tagger_data.py` reads it; RAMPART_DIR is what `import.py` writes. README.md tells the licences.
"""

import argparse
import copy
import json
import random
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertForTokenClassification

import tagger_data as D
from pii_generator import Generator, rewritten
from pii_names import Names

SEEDS = (20, 21)
RATES = (2e-4, 1.2e-4)
MADE = (25_000, 12_000)
TIMES = {"wnut": 3, "btc": 2}
WARM_UP = 0.06
BATCH_PIECES = 1600
CASES = 3
# Added to the biases at the end, chosen on the development sets: 0.3 is then a good threshold for every kind.
SHIFTS = {"EMPLOYER": -0.5, "MEDICAL": -2.0, "QUASI": -2.5}


def started(folder: Path) -> tuple:
    """Rampart with three token types instead of two, all alike at first, and rows for the added labels."""
    config = json.loads((folder / "config.json").read_text())
    labels = [config["id2label"][str(i)] for i in range(len(config["id2label"]))] + list(D.ADDED_LABELS)
    fields = {k: v for k, v in config.items() if k not in ("architectures", "id2label")}
    fields.update(type_vocab_size=CASES, num_labels=len(labels))
    model = BertForTokenClassification(BertConfig(**fields, attn_implementation="sdpa"))
    state = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
    types = "bert.embeddings.token_type_embeddings.weight"
    state[types] = state[types][:1].repeat(CASES, 1)
    extra = len(D.ADDED_LABELS)
    state["classifier.weight"] = torch.cat([state["classifier.weight"], torch.randn(extra, 384) * 0.02])
    state["classifier.bias"] = torch.cat([state["classifier.bias"], torch.full((extra,), -4.0)])
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any("position_ids" not in name for name in missing):
        raise SystemExit(f"tensor names do not fit: missing {missing}, unexpected {unexpected}")
    return model, labels, config


def right_sets(labels: list) -> torch.Tensor:
    """[targets, labels]: whether a label is right for a target."""
    sets = torch.zeros(len(D.TARGETS), len(labels), dtype=torch.bool)
    for name, parts in D.SETS.items():
        for index, label in enumerate(labels):
            sets[D.TARGETS[name], index] = label.split("-")[-1] in parts
    sets[0] = True
    return sets


def batches(rows: list, chance: random.Random | None) -> list:
    """Rows of about one length together, BATCH_PIECES pieces a batch; in random order when `chance` is given."""
    key = (lambda row: len(row[0]) + chance.random() * 4) if chance else (lambda row: len(row[0]))
    out, batch = [], []
    for row in sorted(rows, key=key):
        if batch and (len(batch) + 1) * max(len(row[0]), len(batch[-1][0])) > BATCH_PIECES:
            out.append(batch)
            batch = []
        batch.append(row)
    out.append(batch)
    if chance:
        chance.shuffle(out)
    return out


def tensors(batch: list) -> tuple:
    """ids, marks, targets and mask of a batch, padded."""
    width = max(len(row[0]) for row in batch)
    ids, marks, targets = (torch.tensor([row[i] + [0] * (width - len(row[i])) for row in batch]) for i in range(3))
    mask = torch.tensor([[1] * len(row[0]) + [0] * (width - len(row[0])) for row in batch])
    return ids, marks, targets, mask


def log_probabilities(model, ids, marks, mask) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(input_ids=ids, token_type_ids=marks, attention_mask=mask).logits
    return logits.float().log_softmax(-1)


@torch.no_grad()
def doubtful(model, tokenizer, texts: list, sets: torch.Tensor, names: set) -> list:
    """Real texts as visible, but for words that the start model suspects or that may be names: not said."""
    model.eval()
    rows = [(*D.encoded(tokenizer, text, []), text) for text in texts]
    out = []
    for batch in batches(rows, None):
        ids, marks, targets, mask = tensors(batch)
        said = log_probabilities(model, ids, marks, mask).exp()
        hidden = (said * ~sets[D.TARGETS["STREET"]]).sum(-1)
        for row, suspicion in zip(batch, hidden.tolist()):
            text = row[3]
            offsets = [(0, 0)] + tokenizer.encode(text, add_special_tokens=False).offsets[: D.PIECES_MAX - 2] + [(0, 0)]
            keep = []
            for (start, end), target, doubt in zip(offsets, row[2], suspicion):
                first = start
                while first > 0 and text[first - 1].isalnum():
                    first -= 1
                name = text[first:first + 1].isupper() and (doubt > 0.02 or text[first:end].lower() in names)
                keep.append(0 if name or doubt > 0.15 else target)
            out.append((row[0], row[1], keep))
    return out


def recased(sample: tuple, chance: random.Random) -> tuple:
    text, spans = sample
    roll = chance.random()
    changed = text.lower() if roll < 0.3 else text.upper() if roll < 0.42 else text
    return (changed if len(changed) == len(text) else text), spans


def renamed(sample: tuple, names: Names, chance: random.Random) -> tuple:
    """Every second time, a tweet with other people in it."""
    if chance.random() < 0.5:
        return sample

    def other(part: str, kind: str | None) -> str:
        if kind != "PERSON" or not part[:1].isalpha():
            return part
        new = names.full() if " " in part else names.given()
        return new.lower() if part.islower() else new.upper() if part.isupper() else new
    return rewritten(sample, other)


def gathered(arguments, tokenizer, model, sets, turn: int) -> list:
    """Every row that one pass trains on."""
    chance = random.Random(SEEDS[turn])
    data = arguments.data
    names, held = D.known_names(data), D.development(data)
    measured = [text for texts in held.values() for text, _ in texts] + D.tricky(data)
    barred = {D.digest(text) for text in measured if len(text) > 20}
    fresh = lambda samples: [s for s in samples if D.digest(s[0]) not in barred]
    real = D.civic(data)
    chance.shuffle(real)
    generator = Generator(SEEDS[turn], D.short_sentences(real[3000:], names))
    posts = {name: fresh(texts) for name, texts in D.tweets(data, "train").items()}
    made = fresh(generator.text() for _ in range(MADE[turn]))
    documents = fresh(chance.sample(D.pii_anon(data, False), (1500, 700)[turn]))
    plain = [text for text, _ in fresh((text, []) for text in real[:3000])]
    D.refuse_overlap([t for t, _ in sum(posts.values(), []) + made + documents] + plain, measured)
    print({name: len(t) for name, t in posts.items()}, "made", len(made), "documents", len(documents), "plain", len(plain), flush=True)
    rows = doubtful(model, tokenizer, plain, sets, names)
    rows += [D.encoded(tokenizer, *sample) for sample in made + [recased(s, chance) for s in documents]]
    people = Names(chance, dev=False)
    change = (lambda sample: renamed(sample, people, chance)) if turn else (lambda sample: sample)
    for name, times in TIMES.items():
        for _ in range(times):
            rows += [D.encoded(tokenizer, *recased(change(sample), chance), unsaid=True) for sample in posts[name]]
    if arguments.limit:
        rows = chance.sample(rows, arguments.limit)
    return rows


def train(model, rows: list, sets: torch.Tensor, turn: int) -> None:
    model.train()
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    fresh = [p for n, p in model.named_parameters() if "classifier" in n or "token_type" in n]
    body = [p for n, p in model.named_parameters() if p.requires_grad and "classifier" not in n and "token_type" not in n]
    optimizer = torch.optim.AdamW([{"params": body, "lr": RATES[turn]}, {"params": fresh, "lr": RATES[turn] * (1 if turn else 5)}], weight_decay=0.01)
    plan = batches(rows, random.Random(SEEDS[turn]))
    steps = len(plan)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / (WARM_UP * steps), max(0.0, (steps - s) / (steps * (1 - WARM_UP)))))
    begun, total = time.monotonic(), 0.0
    for step, batch in enumerate(plan):
        ids, marks, targets, mask = tensors(batch)
        said = log_probabilities(model, ids, marks, mask)
        right = said.masked_fill(~sets[targets], -1e4).logsumexp(-1)
        counted = (targets > 0).float()
        loss = -(right * counted).sum() / counted.sum().clamp(min=1)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        rate.step()
        total += loss.item()
        if step % 25 == 24:
            print(f"step {step + 1} of {steps}, loss {total / 25:.4f}, {time.monotonic() - begun:.0f} s", flush=True)
            total = 0.0


@torch.no_grad()
def shifted(model, labels: list) -> None:
    for index, label in enumerate(labels):
        model.classifier.bias[index] += SHIFTS.get(label.split("-")[-1], 0.0)


def written(model, labels: list, config: dict, start: Path, out: Path) -> None:
    """f16 weights, the configuration with its added labels, and Rampart's tokenizer as it is."""
    out.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().half().contiguous() for k, v in sorted(model.state_dict().items()) if "position_ids" not in k}
    save_file(state, out / "model.safetensors", {"format": "pt"})
    config = {**config, "type_vocab_size": CASES, "id2label": {str(i): label for i, label in enumerate(labels)}}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (out / "tokenizer.json").write_bytes((start / "tokenizer.json").read_bytes())


@torch.no_grad()
def check_rounding(model, out: Path, tokenizer, texts: list) -> None:
    """Compares f16 weights with f32 on development texts."""
    model.eval()
    half = BertForTokenClassification(model.config).eval()
    half.load_state_dict({k: v.float() for k, v in load_file(out / "model.safetensors").items()}, strict=False)
    same = pieces = 0
    for text in texts:
        ids, marks, _ = D.encoded(tokenizer, text, [])
        fed = {"input_ids": torch.tensor([ids]), "token_type_ids": torch.tensor([marks])}
        left, right = model(**fed).logits[0].argmax(-1), half(**fed).logits[0].argmax(-1)
        same, pieces = same + int((left == right).sum()), pieces + len(ids)
    print(f"f16 to f32: same label on {same} of {pieces} pieces", flush=True)
    if same < 0.999 * pieces:
        raise SystemExit("f16 differs too much from f32")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--second", type=Path, help="a folder this script wrote: only the second pass, from there (written without the shifts)")
    parser.add_argument("--threads", type=int, default=1, help="more help only where nothing else runs")
    parser.add_argument("--limit", type=int, default=0, help="train on that many rows only, for a trial")
    arguments = parser.parse_args()
    torch.manual_seed(SEEDS[0])
    torch.set_num_threads(arguments.threads)
    model, labels, config = started(arguments.start)
    start = copy.deepcopy(model)  # what says which words of real comments may be names, in both passes
    tokenizer = Tokenizer.from_file(str(arguments.start / "tokenizer.json"))
    sets = right_sets(labels)
    if arguments.second:
        model.load_state_dict({k: v.float() for k, v in load_file(arguments.second / "model.safetensors").items()}, strict=False)
    for turn in (1,) if arguments.second else (0, 1):
        rows = gathered(arguments, tokenizer, start, sets, turn)
        print("pass", turn + 1, "rows", len(rows), "pieces", sum(len(row[0]) for row in rows), flush=True)
        train(model, rows, sets, turn)
    shifted(model, labels)
    written(model, labels, config, arguments.start, arguments.out)
    held = D.development(arguments.data)
    check_rounding(model, arguments.out, tokenizer, [text for text, _ in held["wnut"][:300] + held["synthetic"][:300]])


if __name__ == "__main__":
    main()
