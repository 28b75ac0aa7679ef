#!/usr/bin/env python3
"""Trains the glance: two thin layers that clear a text in which the token classifier would hide nothing.

What it is: the classifier's own embeddings, unmoved, two layers of its width with a third of its inner units, and one
number a piece. It learns what the classifier says, not gold: how likely each piece is hidden, and whether any piece of
the text is. A text of which every piece is below zero is cleared and never reaches the classifier; every other text is
read by the classifier as before. Where zero lies is chosen on posts kept out of training, so that of the pieces which
the classifier hides in them at most MISS are cleared.
What it is not: a second opinion. What the classifier misses, it cannot find. Run it again after the classifier changed.

    python models/glance_tagger.py --data DIR --out TMP      about two hours on one core, a third of it the reading; goes on from TMP/state.pt
    cp TMP/glance.safetensors models/tagger/ && python models/manifest.py

The file holds the layers in f16 and, in f32, how far their activations reach (as reach.py measures it, here over
made-up texts too, since names must be among them).
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertLayer

import corpora
import eval_tagger as E
import tagger_data as D
from pii_generator import Generator
from reach import texts as own_sentences, watch
from train_tagger import batches, lowered, tensors

SEED = 60
LAYERS, INNER = 2, 512
MADE, DOCUMENTS, COPIES = 50_000, 1_500, 3
PIECES = 2_000  # of a batch
RATE, WARM, DECAY = 1e-3, 300, 0.01
WEIGHT = 4.0  # of a piece that the classifier suspects beside one that it does not
WHOLE = 0.5  # weight of the loss over whole texts beside that over pieces
SUSPECTED = 0.45  # the least probability from which on a word is hidden
MISS = 0.001
KEEP_EVERY = 500
REACHED = 300


class Glance(nn.Module):
    """States of the classifier's embeddings in, one number a piece out."""

    def __init__(self, teacher):
        super().__init__()
        fields = {**teacher.config.to_dict(), "intermediate_size": INNER, "attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0}
        config = BertConfig(**fields)
        config._attn_implementation = "sdpa"
        self.layers = nn.ModuleList(BertLayer(config) for _ in range(LAYERS))
        for own, layer in zip(self.layers, teacher.bert.encoder.layer):
            own.load_state_dict(thinned(layer.state_dict()))
        self.out = nn.Linear(config.hidden_size, 1)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seen = (1.0 - mask[:, None, None, :].float()) * -1e4
        for layer in self.layers:
            states = layer(states, attention_mask=seen.to(states.dtype))[0]
        return self.out(states.float())[..., 0]


def thinned(state: dict) -> dict:
    """A layer with those of its inner units that weigh most."""
    up, down = "intermediate.dense.", "output.dense.weight"
    kept = (state[up + "weight"].norm(dim=1) * state[down].norm(dim=0)).topk(INNER).indices
    return {**state, up + "weight": state[up + "weight"][kept], up + "bias": state[up + "bias"][kept], down: state[down][:, kept]}


def texts(data: Path) -> tuple:
    """(texts to learn from, texts for choices), a third in lower case; no text of a development set."""
    chance = random.Random(SEED)
    barred = {D.digest(text) for posts in D.development(data).values() for text, _ in posts} | {D.digest(text) for text in D.tricky(data)}
    civic = D.civic(data)
    chance.shuffle(civic)
    generator = Generator(SEED, D.short_sentences(civic, D.known_names(data)))
    train = [text for posts in D.tweets(data, "train").values() for text, _ in posts] * COPIES
    held = [text for posts in D.tweets(data, "check").values() for text, _ in posts]
    other = [generator.text()[0] for _ in range(MADE)] + D.unmarked_posts(data) + civic
    other += [text for text, _, _ in corpora.civic_posts(data)] + [text for text, _ in D.pii_anon(data, False)[:DOCUMENTS]]
    for text in other:
        (held if D.digest(text)[0] < 10 else train).append(text)
    fresh = lambda part: [text for text in part if D.digest(text) not in barred and text.strip()]
    case = lambda part: [lowered((text, []))[0] if chance.random() < 1 / 3 else text for text in part]
    return case(fresh(train)), case(list(dict.fromkeys(fresh(held))))


@torch.no_grad()
def read_by(teacher, labels: list, tokenizer, part: list) -> list:
    """Rows of (ids, marks, suspicion of each piece); a word is suspected as much as its most suspect piece."""
    visible = torch.tensor([label.split("-")[-1] in E.SEEN for label in labels])
    rows = []
    for text in part:
        ids, marks, words, _ = D.read_short(tokenizer, text)
        rows.append((ids, marks, [0] * len(ids), words))
    out = []
    for batch in batches(rows, None):
        ids, marks, _, mask = tensors(batch)
        with torch.autocast("cpu", torch.bfloat16):
            logits = teacher(input_ids=ids, token_type_ids=marks, attention_mask=mask).logits
        hidden = (logits.float().softmax(-1) * ~visible).sum(-1)
        for row, doubts in zip(batch, hidden.tolist()):
            most: dict = {}
            for word, doubt in zip(row[3], doubts):
                most[word] = max(doubt, most.get(word, 0.0)) if word >= 0 else 0.0
            out.append((row[0], row[1], [round(most[word] * 1000) for word in row[3]]))
    return out


def inside(batch: list, mask: torch.Tensor) -> torch.Tensor:
    """Which places hold a piece of the text, not a special token."""
    inner = mask.bool().clone()
    inner[:, 0] = False
    inner[torch.arange(len(batch)), torch.tensor([len(row[0]) - 1 for row in batch])] = False
    return inner


class Run:
    def __init__(self, arguments):
        torch.manual_seed(SEED)
        self.path, self.steps = arguments.out / "state.pt", arguments.steps
        self.teacher, labels, tokenizer = E.loaded(arguments.model)
        lesson = arguments.out / "lesson.json"
        if not lesson.exists():
            begun = time.monotonic()
            parts = [read_by(self.teacher, labels, tokenizer, part) for part in texts(arguments.data)]
            lesson.write_text(json.dumps(parts))
            print("texts read by the classifier:", [len(part) for part in parts], f"{time.monotonic() - begun:.0f} s", flush=True)
        self.rows, self.held = json.loads(lesson.read_text())
        self.model = Glance(self.teacher)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=DECAY, fused=True)
        self.step = 0
        if self.path.exists():
            kept = torch.load(self.path, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.step = kept["step"]

    def keep(self) -> None:
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step}
        torch.save(state, self.path.with_suffix(".new"))
        self.path.with_suffix(".new").replace(self.path)

    def scores(self, batch: list) -> tuple:
        """(numbers, suspicion, which places count) of a batch."""
        ids, marks, doubts, mask = tensors(batch)
        with torch.no_grad():
            states = self.teacher.bert.embeddings(input_ids=ids, token_type_ids=marks)
        with torch.autocast("cpu", torch.bfloat16):
            numbers = self.model(states, mask)
        return numbers, doubts.float() / 1000, inside(batch, mask)

    def loss(self, batch: list) -> torch.Tensor:
        numbers, doubts, inner = self.scores(batch)
        weight = 1 + WEIGHT * doubts
        pieces = binary_cross_entropy_with_logits(numbers, doubts, weight, reduction="none")
        most = numbers.masked_fill(~inner, -1e4).amax(1)
        any_hidden = (doubts * inner).amax(1)
        whole = binary_cross_entropy_with_logits(most, any_hidden, 1 + WEIGHT * any_hidden)
        return (pieces * inner).sum() / inner.sum() + WHOLE * whole

    def train(self) -> None:
        begun, turn, mean = time.monotonic(), 0, 0.0
        while self.step < self.steps:
            order = batches(self.rows, random.Random(f"{SEED} {self.step} {turn}"))
            turn += 1
            for batch in order:
                if self.step >= self.steps:
                    break
                now = min(1.0, (self.step + 1) / WARM, (self.steps - self.step) / (0.9 * self.steps))
                for group in self.optimizer.param_groups:
                    group["lr"] = RATE * now
                loss = self.loss(batch)
                loss.backward()
                nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)
                mean = 0.98 * mean + 0.02 * loss.item()
                self.step += 1
                if self.step % 100 == 0:
                    print(f"step {self.step}: {mean:.4f}; {time.monotonic() - begun:.0f} s", flush=True)
                if self.step % KEEP_EVERY == 0:
                    self.keep()

    @torch.no_grad()
    def measured(self, rows: list) -> tuple:
        """(most number, most suspicion, suspected pieces, pieces) of each text."""
        self.model.eval()
        out = []
        for batch in batches(rows, None):
            numbers, doubts, inner = self.scores(batch)
            most = numbers.masked_fill(~inner, -1e4).amax(1)
            found = ((doubts >= SUSPECTED) & inner).sum(1)
            out += zip(most.tolist(), (doubts * inner).amax(1).tolist(), found.tolist(), inner.sum(1).tolist())
        self.model.train()
        return out


def cut(rows: list) -> float:
    """The largest number below which at most MISS of the suspected pieces stand."""
    suspected = sum(row[2] for row in rows)
    missed = 0
    for most, _, found, _ in sorted(rows):
        if found and missed + found > MISS * suspected:
            return most - 1e-4
        missed += found
    return 0.0


def told(rows: list, at: float) -> str:
    cleared = [row for row in rows if row[0] < at]
    pieces, suspected = sum(row[3] for row in rows), sum(row[2] for row in rows)
    return (f"{len(rows)} texts, cleared {len(cleared) / len(rows):.3f} ({sum(row[3] for row in cleared) / pieces:.3f} of the pieces; "
            f"without a hidden piece {sum(row[2] == 0 for row in rows) / len(rows):.3f}), "
            f"suspected pieces cleared {sum(row[2] for row in cleared)} of {suspected}")


@torch.no_grad()
def reached(run: Run, labels: list, tokenizer) -> dict:
    """The largest absolute input of each product by column, over our own sentences and made-up texts."""
    generator = Generator(SEED + 1)
    reach: dict = {}
    watch(run.model.layers, reach)
    for batch in batches(read_by(run.teacher, labels, tokenizer, own_sentences("tagger") + [generator.text()[0] for _ in range(REACHED)]), None):
        run.scores(batch)
    return reach


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path(__file__).resolve().parent / "tagger")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = Run(arguments)
    run.train()
    run.keep()
    _, labels, tokenizer = E.loaded(arguments.model)
    posts = [text for posts in D.tweets(arguments.data, "check").values() for text, _ in posts]
    at = cut(run.measured(read_by(run.teacher, labels, tokenizer, posts)))
    print(f"cleared below {at:.2f}; kept out:", told(run.measured(run.held), at))
    for name, posts in D.development(arguments.data).items():
        print(f"{name}:", told(run.measured(read_by(run.teacher, labels, tokenizer, [text for text, _ in posts])), at), flush=True)
    state = {name.replace("layers.", "layer."): value.half() for name, value in run.model.state_dict().items()}
    state["out.bias"] = (run.model.out.bias.detach() - at).half()
    state |= {f"reach.{name}": value for name, value in reached(run, labels, tokenizer).items()}
    save_file({name: value.contiguous() for name, value in sorted(state.items())}, str(arguments.out / "glance.safetensors"), {"format": "pt"})


if __name__ == "__main__":
    main()
