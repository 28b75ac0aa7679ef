#!/usr/bin/env python3
"""Fits the probes that tell after an early layer which word pieces the token classifier will surely leave visible.

What it is: for each of some layers a small network over a piece's state: below zero the piece is settled, its state
stays as it is, and the later layers compute only the others, which still look at it. The classifier's own verdicts are
what is learnt: no gold, no weight of the classifier changes. The cut is chosen on texts kept out of the fit, so that
at most MISS of the pieces which the classifier suspects are settled in each layer.
What it is not: training of the classifier. Run it again after its weights changed, then manifest.py.

    python models/settle_tagger.py --data DIR --out models/tagger      about a quarter of an hour on one core
"""

import argparse
import random
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

import eval_tagger as E
import tagger_data as D
from pii_generator import Generator
from train_tagger import batches, lowered, tensors

SEED = 40
LAYERS = (1, 2, 3, 4)  # after which of the layers, counted from one
INNER = 32
MISS = 0.0005
SUSPECTED = 0.3  # the least probability that a word is hidden from is .37
LEARNT = 0.1
MADE, UNMARKED, CIVIC, DOCUMENTS = 5_000, 6_000, 4_000, 300
EPOCHS = 4


def gists(text: str) -> list:
    """What patterns hide anyway, and the part of each that is read: a link's host, an account's mark."""
    out = []
    for found in D.UNSAID.finditer(text):
        start, end, link = found.start(), found.end(), found.group()
        at = link.find("@")
        if at >= 0:
            out.append((start, end, start + at, start + at + 1))
        else:
            first = link.find("://") + 3 if "://" in link else 0
            last = min((link.find(mark, first) for mark in "/?#:" if link.find(mark, first) >= 0), default=len(link))
            out.append((start, end, start + first, start + last))
    return out


def encoded(tokenizer, text: str) -> tuple:
    """(ids, marks, words, spans) as the product reads a text: with the special tokens, links and accounts read short."""
    ids, offsets, words = D.pieces(tokenizer, text)
    marks, short = D.marks(text, offsets, words), gists(text)
    inside = lambda s, e: any(a <= s and e <= b for a, b, _, _ in short)
    read = [not inside(s, e) or any(s < d and c < e for _, _, c, d in short) for s, e in offsets]
    rows = [row for row, keep in zip(zip(ids, marks, words, offsets), read) if keep][: D.PIECES_MAX - 2]
    ids, marks, words, offsets = (list(column) for column in zip(*rows)) if rows else ([], [], [], [])
    return [2] + ids + [3], [0] + marks + [0], [-1] + words + [-2], [None] + offsets + [None]


def texts(data: Path) -> tuple:
    """(texts to fit on, texts to choose cuts on), every second copy in lower case; no text of a development set."""
    chance = random.Random(SEED)
    barred = {D.digest(text) for posts in D.development(data).values() for text, _ in posts} | {D.digest(text) for text in D.tricky(data)}
    civic = D.civic(data)
    chance.shuffle(civic)
    generator = Generator(SEED, D.short_sentences(civic[CIVIC:], D.known_names(data)))
    train = [text for posts in D.tweets(data, "train").values() for text, _ in posts]
    held = [text for posts in D.tweets(data, "check").values() for text, _ in posts]
    other = [generator.text()[0] for _ in range(MADE)] + chance.sample(D.unmarked_posts(data), UNMARKED) + civic[:CIVIC]
    other += [text for text, _ in chance.sample(D.pii_anon(data, False), DOCUMENTS)]
    for text in other:
        (held if D.digest(text)[0] < 26 else train).append(text)
    both = []
    for part in (train, held):
        fresh = [text for text in dict.fromkeys(part) if D.digest(text) not in barred]
        both.append([lowered((text, []))[0] if at % 2 else text for at, text in enumerate(fresh)])
    return tuple(both)


class Run:
    """Texts on their way through the layers, with the pieces that are still open."""

    @torch.no_grad()
    def __init__(self, model, labels: list, tokenizer, texts: list):
        self.model, self.texts = model, texts
        visible = torch.tensor([label.split("-")[-1] in E.SEEN for label in labels])
        self.suspicion = lambda logits: (logits.float().softmax(-1) * ~visible).sum(-1)
        read = (encoded(tokenizer, text) for text in texts)
        rows = [(ids, marks, [0] * len(ids), words, spans, at) for at, (ids, marks, words, spans) in enumerate(read)]
        self.batches, self.states, self.masks, self.open, self.full = batches(rows, None), [], [], [], []
        for batch in self.batches:
            ids, marks, _, mask = tensors(batch)
            state = model.bert.embeddings(input_ids=ids, token_type_ids=marks)
            self.states.append(state.half())
            self.masks.append(mask.bool())
            self.open.append(mask.bool())
            for layer in model.bert.encoder.layer:
                state = self.through(layer, state, mask)
            said = self.suspicion(model.classifier(state)) * mask
            said[:, 0] = 0
            said[torch.arange(len(batch)), mask.sum(-1) - 1] = 0
            self.full.append(said)

    def through(self, layer, state, mask):
        seen = (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        with torch.autocast("cpu", torch.bfloat16):
            return layer(state, attention_mask=seen)[0].float()

    @torch.no_grad()
    def step(self, layer) -> None:
        """One layer for the open pieces; the others keep their state."""
        for at, state in enumerate(self.states):
            fresh = self.through(layer, state.float(), self.masks[at])
            self.states[at] = torch.where(self.open[at][..., None], fresh.half(), state)

    def pieces(self) -> tuple:
        """States and full suspicions of the open pieces that have a label."""
        rows = [(state[open], full[open]) for state, full, open in zip(self.states, self.full, self.labelled())]
        return torch.cat([row[0] for row in rows]).float(), torch.cat([row[1] for row in rows])

    def labelled(self) -> list:
        out = []
        for batch, open in zip(self.batches, self.open):
            open = open.clone()
            open[:, 0] = False
            open[torch.arange(len(batch)), torch.tensor([len(row[0]) - 1 for row in batch])] = False
            out.append(open)
        return out

    @torch.no_grad()
    def settle(self, probe) -> float:
        """Closes what the probe settles, special tokens among it; gives the share of pieces still open."""
        self.open = [open & (probe(state.float()) >= 0) for state, open in zip(self.states, self.labelled())]
        return sum(int(open.sum()) for open in self.open) / sum(int(mask.sum()) for mask in self.masks)

    @torch.no_grad()
    def found(self, full: bool = False) -> list:
        """For each text its words as (start, end, suspicion)."""
        out = [None] * len(self.texts)
        for batch, state, open, whole in zip(self.batches, self.states, self.open, self.full):
            said = whole if full else self.suspicion(self.model.classifier(state.float())) * open
            for row, doubts in zip(batch, said.tolist()):
                joined = {}
                for span, word, doubt in list(zip(row[4], row[3], doubts))[1:len(row[0]) - 1]:
                    first, last, most = joined.get(word, (*span, 0.0))
                    joined[word] = (min(first, span[0]), max(last, span[1]), max(most, doubt))
                out[row[5]] = list(joined.values())
        return out


def fitted(states: torch.Tensor, suspicion: torch.Tensor, inner: int) -> torch.nn.Module:
    """A small network that is above zero for a piece which the classifier may suspect."""
    net = torch.nn.Sequential(torch.nn.Linear(states.shape[1], inner), torch.nn.ReLU(), torch.nn.Linear(inner, 1)) if inner else torch.nn.Linear(states.shape[1], 1)
    right = (suspicion >= LEARNT).float()
    weight = 0.5 / right.mean()
    steps = EPOCHS * (len(states) // 512 + 1)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(states))
        for chosen in order.split(512):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(states[chosen])[:, 0], right[chosen], pos_weight=weight)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            rate.step()
    return net


def lost(run: Run) -> str:
    """How many of the words that the whole classifier hides are not hidden now, and the reverse."""
    hidden = missed = more = 0
    for before, now in zip(run.found(full=True), run.found()):
        for (_, _, was), (_, _, is_) in zip(before, now):
            hidden, missed, more = hidden + (was >= 0.37), missed + (was >= 0.37 > is_), more + (is_ >= 0.37 > was)
    return f"{missed} of {hidden} hidden words lost, {more} more"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path(__file__).resolve().parent / "tagger")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--inner", type=int, default=INNER)
    parser.add_argument("--miss", type=float, default=MISS)
    parser.add_argument("--layers", default=",".join(map(str, LAYERS)))
    parser.add_argument("--limit", type=int, default=0)
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    begun = time.monotonic()
    model, labels, tokenizer = E.loaded(arguments.model)
    fit, held = texts(arguments.data)
    if arguments.limit:
        fit, held = fit[:: max(1, len(fit) // arguments.limit)], held
    dev = D.development(arguments.data)
    measured = {name: dev[name] for name in ("btc", "wnut", "synthetic")}
    runs = {"fit": Run(model, labels, tokenizer, fit), "held": Run(model, labels, tokenizer, held)}
    runs.update({name: Run(model, labels, tokenizer, [text for text, _ in samples]) for name, samples in measured.items()})
    print({name: len(run.texts) for name, run in runs.items()}, f"{time.monotonic() - begun:.0f} s", flush=True)
    tensors_out, chosen = {}, [int(n) for n in arguments.layers.split(",")]
    cost = {name: 0.0 for name in runs}
    share = {name: 1.0 for name in runs}
    for number, layer in enumerate(model.bert.encoder.layer, 1):
        for name, run in runs.items():
            run.step(layer)
            cost[name] += (share[name] * 10 + 2) / 12 if share[name] < 1 else 1
        if number not in chosen:
            continue
        states, suspicion = runs["fit"].pieces()
        net = fitted(states, suspicion, arguments.inner)
        with torch.no_grad():
            states, suspicion = runs["held"].pieces()
            doubted = net(states)[:, 0][suspicion >= SUSPECTED].sort().values
            cut = doubted[int(len(doubted) * arguments.miss)]
        probe = lambda state, net=net, cut=cut: net(state)[..., 0] - cut
        for name, run in runs.items():
            share[name] = run.settle(probe)
        last = net[-1] if arguments.inner else net
        last.bias.data -= cut
        parts = [net[0], net[2]] if arguments.inner else [net]
        for at, part in enumerate(parts):
            tensors_out[f"{number}.{at}.weight"], tensors_out[f"{number}.{at}.bias"] = part.weight.detach().clone(), part.bias.detach().clone()
        last.bias.data += cut
        print(f"after layer {number}: open " + ", ".join(f"{name} {value:.3f}" for name, value in share.items()), f"{time.monotonic() - begun:.0f} s", flush=True)
    print("layers computed: " + ", ".join(f"{name} {value:.2f}" for name, value in cost.items()))
    for name, run in runs.items():
        print(name, lost(run))
    for name, samples in measured.items():
        for whole in (True, False):
            found = runs[name].found(full=whole)
            print(name, "whole" if whole else "settled", [(t, *(f"{k} {v:.4f}" for k, v in E.score(samples, found, t)[0].items() if k in ("PERSON", "ADDRESS")), f"over {E.score(samples, found, t)[1]:.4f}") for t in (0.3, 0.37, 0.43, 0.63)], flush=True)
    save_file(tensors_out, str(arguments.out / "settled.safetensors"))


if __name__ == "__main__":
    main()
