#!/usr/bin/env python3
"""Fine-tunes the token classifier from Rampart and keeps states of it for `mean_tagger.py`.

What it is: two passes over posts with marked names, made-up personal data in civic sentences, identifiers in documents
and real civic texts as what stays visible; every second copy of a post is in lower case, and the second pass also
reads unmarked posts in lower case with the names that the first pass saw in them with their case. Each piece has a set
of right labels; the loss is the negative logarithm of the set's probability, so Rampart's finer labels need no gold.
The word embeddings are frozen. What it is not: a search; the settings are those of the one run that was kept.

    python models/train_tagger.py --data DIR --start RAMPART_DIR --out TMP     about an hour on one core

DIR is laid out as `tagger_data.py` reads it; RAMPART_DIR is what `import.py` writes. README.md tells the licences.
"""

import argparse
import copy
import itertools
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
from pii_hashtags import with_hashtags
from pii_names import Names

SEEDS = (20, 21)
RATES = (2e-4, 1.2e-4)
MADE = (28_000, 16_000)
COPIES = (4, 6)  # of each tweet in a pass, every second one in lower case
RENAMED = 0.4
UNMARKED = (0, 30_000)
SURE = (0.05, 0.5)  # an unmarked word is visible below the one, a name from the other on
DECAY = 0.05
WARM_UP = 0.06
BATCH_PIECES = 1600
CASES = 3


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
            offsets = [(0, 0)] + D.pieces(tokenizer, text)[1][: D.PIECES_MAX - 2] + [(0, 0)]
            keep = []
            for (start, end), target, doubt in zip(offsets, row[2], suspicion):
                first = start
                while first > 0 and text[first - 1].isalnum():
                    first -= 1
                name = text[first:first + 1].isupper() and (doubt > 0.02 or text[first:end].lower() in names)
                keep.append(0 if name or doubt > 0.15 else target)
            out.append((row[0], row[1], keep))
    return out


@torch.no_grad()
def read_by(model, tokenizer, texts: list, labels: list) -> list:
    """Posts in which nobody marked names, as the model reads them with their case: sure words only, others unsaid."""
    model.eval()
    person = torch.tensor([label.split("-")[-1] in D.SETS["PERSON"] for label in labels])
    seen = torch.tensor([label.split("-")[-1] in D.SETS["STREET"] for label in labels])
    rows = [(*D.encoded(tokenizer, text, []), text) for text in texts]
    out = []
    for batch in batches(rows, None):
        ids, marks, _, mask = tensors(batch)
        said = log_probabilities(model, ids, marks, mask).exp()
        named, hidden = (said * person).sum(-1).tolist(), (said * ~seen).sum(-1).tolist()
        for row, name, doubt in zip(batch, named, hidden):
            _, offsets, words = D.pieces(tokenizer, row[3])
            spans = []
            for word, group in itertools.groupby(zip(words, offsets[: D.PIECES_MAX - 2], name[1:], doubt[1:]), key=lambda piece: piece[0]):
                group = list(group)
                likely, doubtful = max(p[2] for p in group), max(p[3] for p in group)
                if doubtful >= SURE[0]:
                    spans.append((group[0][1][0], group[-1][1][1], "PERSON" if likely >= SURE[1] else "UNSAID"))
            out.append((row[3], spans))
    return out


def lowered(sample: tuple) -> tuple:
    """In lower case. The model sees a text in capitals the same way."""
    text, spans = sample
    return (text.lower() if len(text.lower()) == len(text) else text), spans


def renamed(sample: tuple, names: Names, chance: random.Random) -> tuple:
    """A tweet with other people in it."""
    def other(part: str, kind: str | None) -> str:
        if kind != "PERSON" or not part[:1].isalpha():
            return part
        new = names.full() if " " in part else names.given()
        return new.lower() if part.islower() else new.upper() if part.isupper() else new
    return rewritten(sample, other)


def gathered(arguments, tokenizer, start, model, labels: list, sets, turn: int) -> list:
    """Every row that one pass trains on."""
    chance = random.Random(SEEDS[turn])
    data = arguments.data
    names, held = D.known_names(data), {**D.development(data), **{f"{n} check": t for n, t in D.tweets(data, "check").items()}}
    measured = [text for texts in held.values() for text, _ in texts] + D.tricky(data)
    barred = {D.digest(text) for text in measured if len(text) > 20}
    fresh = lambda samples: [s for s in samples if D.digest(s[0]) not in barred]
    real = D.civic(data)
    chance.shuffle(real)
    people = Names(chance, dev=False)
    tagged = lambda sample: with_hashtags(sample, people, chance)
    generator = Generator(SEEDS[turn], D.short_sentences(real[3000:], names))
    posts = {name: fresh(texts) for name, texts in D.tweets(data, "train").items()}
    made = fresh(tagged(generator.text()) for _ in range(MADE[turn]))
    documents = fresh(chance.sample(D.pii_anon(data, False), (1500, 700)[turn]))
    plain = [text for text, _ in fresh((text, []) for text in real[:3000])]
    unmarked = fresh((text, []) for text in chance.sample(D.unmarked_posts(data), UNMARKED[turn]))
    D.refuse_overlap([t for t, _ in sum(posts.values(), []) + made + documents + unmarked] + plain, measured)
    print({name: len(t) for name, t in posts.items()}, "made", len(made), "documents", len(documents), "plain", len(plain), "unmarked", len(unmarked), flush=True)
    rows = doubtful(start, tokenizer, plain, sets, names)
    rows += [D.encoded(tokenizer, *sample) for sample in made + [lowered(s) if chance.random() < 0.35 else s for s in documents]]
    read = read_by(model, tokenizer, [text for text, _ in unmarked], labels) if unmarked else []
    read = [s for s in read if any(kind == "PERSON" for _, _, kind in s[1]) or chance.random() < 0.25]
    rows += [D.encoded(tokenizer, *lowered(sample), unsaid=True) for sample in read]
    for name, texts in posts.items():
        for copy_number in range(COPIES[turn]):
            for sample in texts:
                sample = renamed(sample, people, chance) if chance.random() < RENAMED else sample
                sample = tagged(sample)
                rows.append(D.encoded(tokenizer, *(lowered(sample) if copy_number % 2 else sample), unsaid=True))
    print("read by the first pass", len(read), flush=True)
    if arguments.limit:
        rows = chance.sample(rows, arguments.limit)
    return rows


def train(model, rows: list, sets: torch.Tensor, turn: int, kept) -> None:
    """One pass over the rows; `kept` is called every ten minutes with the step."""
    model.train()
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    fresh = [p for n, p in model.named_parameters() if "classifier" in n or "token_type" in n]
    body = [p for n, p in model.named_parameters() if p.requires_grad and "classifier" not in n and "token_type" not in n]
    optimizer = torch.optim.AdamW([
        {"params": [p for p in body if p.dim() > 1], "lr": RATES[turn]}, {"params": [p for p in body if p.dim() == 1], "lr": RATES[turn], "weight_decay": 0.0},
        {"params": fresh, "lr": RATES[turn] * (1 if turn else 5)},
    ], weight_decay=DECAY)
    plan = batches(rows, random.Random(SEEDS[turn]))
    steps = len(plan)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / (WARM_UP * steps), max(0.0, (steps - s) / (steps * (1 - WARM_UP)))))
    begun, total, saved = time.monotonic(), 0.0, time.monotonic()
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
        if time.monotonic() - saved > 600:
            kept(f"-step-{step + 1}")
            saved = time.monotonic()


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
        rows = gathered(arguments, tokenizer, start, model, labels, sets, turn)
        print("pass", turn + 1, "rows", len(rows), "pieces", sum(len(row[0]) for row in rows), flush=True)
        keep = lambda name: written(model, labels, config, arguments.start, arguments.out / f"pass-{turn + 1}{name}")
        train(model, rows, sets, turn, keep)
        keep("")
    held = D.development(arguments.data)
    check_rounding(model, arguments.out / "pass-2", tokenizer, [text for text, _ in held["wnut"][:300] + held["synthetic"][:300]])


if __name__ == "__main__":
    main()
