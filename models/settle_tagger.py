#!/usr/bin/env python3
"""Fits the probes that tell after an early layer which word pieces the token classifier will surely leave visible.

What it is: for each of some layers a small network over a piece's state: below zero the piece is settled, and the later
layers compute only the others, which still look at it. A settled piece goes on by a stand-in of each later layer: a
scale and a shift by column and a product of low rank, fitted to what the whole layer makes of such pieces. The classifier's own verdicts are
what is learnt: no gold, no weight of the classifier changes. The cut is chosen on texts kept out of the fit, so that
at most MISS of the pieces which the classifier suspects are settled in each layer.
What it is not: training of the classifier. Run it again after its weights changed, then manifest.py.

    python models/settle_tagger.py --data DIR --out models/tagger      about ten minutes on one core
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
MISS = {2: 0.0005, 3: 0.0005, 4: 0.0005}  # by layer, counted from one: the share of suspected pieces it may settle
INNER = 32
SUSPECTED = 0.3  # the least probability that a word is hidden from is .37
LEARNT = 0.1
MADE, UNMARKED, CIVIC, DOCUMENTS = 5_000, 6_000, 4_000, 300
EVERY = (8, 3)  # of the texts to fit on and to choose cuts on, one in so many is taken
EPOCHS = 6
RANK = 32
RIDGE = 1e-2


def gists(text: str) -> list:
    """What patterns hide anyway, and the part of each that is read: a link to the end of its host, an account's mark."""
    out = []
    for found in D.UNSAID.finditer(text):
        start, end, link = found.start(), found.end(), found.group()
        at = link.find("@")
        if at >= 0:
            out.append((start, end, start + at, start + at + 1))
        else:
            first = link.find("://") + 3 if "://" in link else 0
            last = min((link.find(mark, first) for mark in "/?#:" if link.find(mark, first) >= 0), default=len(link))
            out.append((start, end, start, start + last))
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
    """Texts on their way through the layers, with the pieces that are still open, and what the whole layers make of them."""

    @torch.no_grad()
    def __init__(self, model, labels: list, tokenizer, texts: list):
        self.model, self.texts = model, texts
        visible = torch.tensor([label.split("-")[-1] in E.SEEN for label in labels])
        self.suspicion = lambda logits: (logits.float().softmax(-1) * ~visible).sum(-1)
        read = (encoded(tokenizer, text) for text in texts)
        rows = [(ids, marks, [0] * len(ids), words, spans, at) for at, (ids, marks, words, spans) in enumerate(read)]
        layers = model.bert.encoder.layer
        self.batches, self.masks, self.full, self.whole = batches(rows, None), [], [], {number: [] for number in range(len(layers) + 1)}
        for batch in self.batches:
            ids, marks, _, mask = tensors(batch)
            state = model.bert.embeddings(input_ids=ids, token_type_ids=marks)
            self.masks.append(mask.bool())
            self.whole[0].append(state.half())
            for number, layer in enumerate(layers, 1):
                state = self.through(layer, state, mask)
                self.whole[number].append(state.half())
            self.full.append(self.suspicion(model.classifier(state)))
        self.states, self.open = self.whole[0], [mask.clone() for mask in self.masks]

    def through(self, layer, state, mask):
        seen = (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        with torch.autocast("cpu", torch.bfloat16):
            return layer(state, attention_mask=seen)[0].float()

    @torch.no_grad()
    def step(self, number: int, layer, standing) -> None:
        """One layer for the open pieces, its stand-in for the others."""
        if standing is None:
            self.states = self.whole[number]
            return
        fresh = []
        for state, mask, open in zip(self.states, self.masks, self.open):
            moved = self.through(layer, state.float(), mask)
            fresh.append(torch.where(open[..., None], moved, standing(state.float())).half())
        self.states = fresh

    def settled(self, number: int) -> tuple:
        """States of the settled pieces now, and after layer `number` of the whole classifier."""
        rows = [(now[mask & ~open], then[mask & ~open]) for now, then, mask, open in zip(self.states, self.whole[number], self.masks, self.open)]
        return torch.cat([row[0] for row in rows]).float(), torch.cat([row[1] for row in rows]).float()

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


def fitted(states: torch.Tensor, suspicion: torch.Tensor) -> torch.nn.Module:
    """A small network that is above zero for a piece which the classifier may suspect."""
    net = torch.nn.Sequential(torch.nn.Linear(states.shape[1], INNER), torch.nn.ReLU(), torch.nn.Linear(INNER, 1))
    right = (suspicion >= LEARNT).float()
    weight = 0.5 / right.mean()
    steps = EPOCHS * (len(states) // 512 + 1)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(states)).split(512):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(states[chosen])[:, 0], right[chosen], pos_weight=weight)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            rate.step()
    return net.requires_grad_(False)


def standing_in(now: torch.Tensor, then: torch.Tensor) -> dict:
    """What comes near to what a layer makes of settled pieces: scale and shift by column, and then the best of RANK."""
    centred, wanted = now - now.mean(0), then - then.mean(0)
    scale = (centred * wanted).mean(0) / centred.pow(2).mean(0)
    ridge = RIDGE * len(now) * torch.eye(now.shape[1])
    best = torch.linalg.solve(centred.T @ centred + ridge, centred.T @ (wanted - centred * scale))
    _, axes = torch.linalg.eigh(best.T @ (centred.T @ centred) @ best)
    up = axes[:, -RANK:]
    down = (best @ up).T
    shift = then.mean(0) - now.mean(0) * scale - up @ (down @ now.mean(0))
    return {"scale": scale, "shift": shift, "down": down, "up": up}


def stood_in(state: torch.Tensor, by: dict) -> torch.Tensor:
    return state * by["scale"] + by["shift"] + (state @ by["down"].T) @ by["up"].T


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
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(arguments.threads)
    begun = time.monotonic()
    model, labels, tokenizer = E.loaded(arguments.model)
    runs = {name: Run(model, labels, tokenizer, part[::every]) for name, part, every in zip(("fit", "held"), texts(arguments.data), EVERY)}
    print({name: len(run.texts) for name, run in runs.items()}, f"{time.monotonic() - begun:.0f} s", flush=True)
    out, share, cost = {}, {name: 1.0 for name in runs}, {name: 0.0 for name in runs}
    for number, layer in enumerate(model.bert.encoder.layer, 1):
        standing = None
        if number > min(MISS):
            by = standing_in(*runs["fit"].settled(number))
            out.update((f"{number}.{name}", tensor) for name, tensor in by.items())
            standing = lambda state, by=by: stood_in(state, by)
        for name, run in runs.items():
            run.step(number, layer, standing)
            cost[name] += (share[name] * 10 + 2) / 12
        if number not in MISS:
            continue
        net = fitted(*runs["fit"].pieces())
        states, suspicion = runs["held"].pieces()
        doubted = net(states)[:, 0][suspicion >= SUSPECTED].sort().values
        net[2].bias -= doubted[int(len(doubted) * MISS[number])]
        share = {name: run.settle(lambda state: net(state)[..., 0]) for name, run in runs.items()}
        for at, part in enumerate((net[0], net[2])):
            out[f"{number}.{at}.weight"], out[f"{number}.{at}.bias"] = part.weight.data.clone(), part.bias.data.clone()
        print(f"after layer {number}: open {share}, {time.monotonic() - begun:.0f} s", flush=True)
    print("layers computed", cost)
    print({name: lost(run) for name, run in runs.items()}, flush=True)
    save_file({name: tensor.contiguous() for name, tensor in sorted(out.items())}, str(arguments.out / "settled.safetensors"))


if __name__ == "__main__":
    main()
