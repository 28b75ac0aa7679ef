#!/usr/bin/env python3
"""Trains the encoder that reads Spanish: one forward pass for tone and for a text vector that topics are told from.

What it is: one run from multilingual-e5-small (`import_e5.py`). The four lower layers and the weights of words stay as
they are: what they know of many languages is worth more than what these texts could teach, and their states are
computed once. The eight upper layers and the tone head learn the tone of tweets in six languages and of our own
sentences; that a sentence and its translation have one vector; the built-in topics through their phrases, in either
language; and that texts stay as like to each other as they were.
What it is not: a topic classifier; a city writes or fits its own topics.

    python models/train_tongues.py --data DIR --start models/base-e5 --out TMP --steps 1100 --mix spanish
    python models/train_tongues.py --data DIR --start models/base-e5 --out TMP2 --steps 900 --mix even --mean TMP FORMER

States are kept in TMP/states, corpus by corpus, so a run that was stopped goes on. With no more steps than TMP/state.pt
has it only writes TMP/encoder and what it measured on the rows kept for choices. --mean takes the mean of this run's
weights and of other runs', which start from the same numbers: it knows more than each. FORMER is an encoder as it was shipped. Choices that were made on those rows:
the mean of weights against the last ones; on those that are not English, the temperature.
"""

import argparse
import copy
import random
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn.functional import cross_entropy, normalize

import civic
import corpora
import train_encoder as base
from encoder_data import UNKNOWN, seen
from tongues_data import TONGUES, sets

PREFIX = "query: "
base.FEATURES = ("mean:12", "mean:10", "mean:9", "mean:8", "max:12", "max:10")
base.LAYERS = 12
STAY = 4
TOKENS_MAX = 96
# Texts of a corpus that are read, and those of a step. English tweets are many; these suffice beside the others.
READ_MAX = {"tweets": 9000, "places": 600, "haven": 600, "civic posts": 300, "other posts": 300, "madrid": 600}
# Tweets of a step by tongue, and how fast the top layer learns.
MIXES = {
    "spanish": ({"es": 14, "tweets": 18, "pt": 5, "it": 5, "fr": 3, "de": 3}, 1.2e-4),
    "even": ({"es": 7, "tweets": 22, "pt": 6, "it": 6, "fr": 5, "de": 4}, 1.0e-4),
}
STRETCHES = 3
MIX = {"places": 4, "haven": 4, "civic posts": 2, "other posts": 2, "madrid": 4, "phrases": 6}
MIX_EVERY = 4
PAIRS, PAIR_HEAT, PAIR_SHARE = 6, 0.07, 0.2
OWN_TONE = 0.2
LAYER_RATE, HEAD_RATE = 0.9, 6e-4
ANCHORS_EVERY = 60
KEEP_SECONDS = 120


class Upper(nn.Module):
    """The layers that learn, with the tone head of the product and the curve of the topics."""

    def __init__(self, whole: base.Model):
        super().__init__()
        self.layers = copy.deepcopy(whole.bert.encoder.layer[STAY:])
        self.units, self.tone, self.scale, self.bias = whole.units, whole.tone, whole.scale, whole.bias

    def read(self, states: torch.Tensor, mask: torch.Tensor) -> tuple:
        """(pooled features of the tone head, unit vector) from the states after the layers that stay."""
        rows = mask[:, :, None].bool()
        hidden = {STAY: states}
        far = (1.0 - mask[:, None, None, :].float()) * -1e9
        for at, layer in enumerate(self.layers, STAY + 1):
            states = layer(states, attention_mask=far)[0]
            hidden[at] = states
        parts = []
        for feature in base.FEATURES:
            pool, at = feature.split(":")
            state = hidden[int(at)].float()
            if pool == "mean":
                parts.append((state * rows).sum(1) / rows.sum(1))
            else:
                parts.append(state.masked_fill(~rows, -1e9).amax(1))
        return torch.cat(parts, 1), normalize(parts[0], dim=1)

    def stretched(self, states: list) -> tuple:
        """What `read` gives, texts of like length together, so that little is padded."""
        order = sorted(range(len(states)), key=lambda at: len(states[at]))
        size = -(-len(order) // STRETCHES)
        found = [self.read(*padded([states[at] for at in order[begin : begin + size]])) for begin in range(0, len(order), size)]
        back = torch.tensor(order).argsort()
        return torch.cat([one[0] for one in found])[back], torch.cat([one[1] for one in found])[back]

    tones = base.Model.tones


class Lower:
    """States after the layers that stay, each text once, in half precision."""

    def __init__(self, whole: base.Model, start: Path, keep: Path):
        self.bert, self.keep = copy.deepcopy(whole.bert).eval(), keep
        self.bert.encoder.layer = self.bert.encoder.layer[:STAY]
        self.tokenizer = Tokenizer.from_file(str(start / "tokenizer.json"))

    @torch.no_grad()
    def of(self, name: str, texts: list) -> list:
        """[tokens, hidden] of every text, kept under a name."""
        path = self.keep / f"{name}.npz"
        if path.exists():
            kept = np.load(path)
            if len(kept["lengths"]) == len(texts):
                return [torch.from_numpy(rows) for rows in np.split(kept["states"], np.cumsum(kept["lengths"])[:-1])]
        ids = [self.tokenizer.encode(PREFIX + text).ids for text in texts]
        ids = [one if len(one) <= TOKENS_MAX else one[: TOKENS_MAX - 1] + one[-1:] for one in ids]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        out = [None] * len(ids)
        for begin in range(0, len(order), 32):
            part = order[begin : begin + 32]
            tokens, mask = base.padded([ids[at] for at in part])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                states = self.bert(input_ids=tokens, attention_mask=mask).last_hidden_state.half()
            for row, at in enumerate(part):
                out[at] = states[row, : len(ids[at])].clone()
        self.keep.mkdir(parents=True, exist_ok=True)
        np.savez(path, states=torch.cat(out).numpy(), lengths=np.array([len(one) for one in out]))
        print(f"states of {name}: {len(out)} texts, {time.process_time():.0f} s of one core", flush=True)
        return out


def padded(states: list) -> tuple:
    longest = max(len(one) for one in states)
    out = torch.zeros((len(states), longest, base.HIDDEN))
    mask = torch.zeros((len(states), longest))
    for row, one in enumerate(states):
        out[row, : len(one)] = one.float()
        mask[row, : len(one)] = 1
    return out, mask


@torch.no_grad()
def read_all(model: Upper, states: list) -> tuple:
    """(logits without dropout, unit vectors) of many texts."""
    was = model.training
    model.eval()
    order = sorted(range(len(states)), key=lambda at: len(states[at]))
    logits, units = torch.zeros((len(states), 3)), torch.zeros((len(states), base.HIDDEN))
    for begin in range(0, len(order), 48):
        part = order[begin : begin + 48]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features, unit = model.read(*padded([states[at] for at in part]))
        logits[part], units[part] = model.tones(features)[0].float(), unit.float()
    model.train(was)
    return logits, units


class Anchors(base.Anchors):
    """The phrases of the built-in topics in one language, and their vectors as the encoder gives them now."""

    def __init__(self, lower: Lower, code: str):
        topics = civic.taxonomy(code)
        self.names = [topic["id"] for topic in topics]
        self.spans, flat = [], []
        for topic in topics:
            own = [f"{topic['name']}. {topic['description']}"] + topic["examples"]
            self.spans.append((len(flat), len(flat) + len(own)))
            flat += own
        self.texts = {text: at for at, text in enumerate(flat)}
        self.states = lower.of(f"phrases-{code}", flat)
        self.vectors = torch.zeros((len(flat), base.HIDDEN))

    def refresh(self, model: Upper) -> None:
        self.vectors = read_all(model, self.states)[1]


class Texts:
    """States of a corpus and its order, shuffled anew each round from the seed alone."""

    def __init__(self, name: str, rows: list, lower: Lower, size: int, seed: int):
        few = random.Random(f"{seed} {name}").sample(rows, len(rows))[: READ_MAX.get(name, len(rows))]
        self.rows, self.size, self.name, self.seed, self.turn = few, size, name, seed, (-1, [])
        self.states = lower.of(name, [seen(row.text) for row in few])

    def batch(self, step: int) -> list:
        turn, at = divmod(step, max(1, len(self.rows) // self.size))
        if self.turn[0] != turn:
            order = random.Random(f"{self.seed} {self.name} {turn}").sample(range(len(self.rows)), len(self.rows))
            self.turn = (turn, order)
        return self.turn[1][at * self.size : (at + 1) * self.size]


class Run:
    """The state of a run, kept on disk so that it can go on."""

    def __init__(self, arguments):
        torch.manual_seed(arguments.seed)
        split, self.pairs = sets(arguments.data)
        print({name: len(rows) for name, rows in split.learn.items()}, "pairs", len(self.pairs), flush=True)
        self.seed = arguments.seed
        self.tweets_of, rate = MIXES[arguments.mix]
        self.whole = base.Model(arguments.start)
        lower = Lower(self.whole, arguments.start, arguments.out / "states")
        self.choose = [row for row in split.choose if row.tone != UNKNOWN and row.aspects is None]
        other = {text for name in TONGUES.values() for text, _ in corpora.umsab(arguments.data, "train", name)}
        self.not_english = torch.tensor([row.text in other for row in self.choose])
        self.choose_states = lower.of("choose", [seen(row.text) for row in self.choose])
        sizes = {**self.tweets_of, **MIX}
        self.texts = {name: Texts(name, split.learn[name], lower, sizes[name], self.seed) for name in sizes}
        self.anchors = {code: Anchors(lower, code) for code in ("en", "es")}
        flat = [seen(row.text) for side in (0, 1) for row in (pair[side] for pair in self.pairs)]
        states = lower.of("pairs", flat)
        self.pair_states = list(zip(states[: len(self.pairs)], states[len(self.pairs) :]))
        self.weights = {name: base.tone_weights(self.texts[name].rows) for name in (*self.tweets_of, "places")}
        self.weights["own"] = base.tone_weights([row for pair in self.pairs for row in pair])
        self.model = Upper(self.whole)
        self.centred()
        self.before = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.model.train()
        self.mean = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        top = len(self.model.layers) - 1
        parts = [{"params": list(layer.parameters()), "base": rate * LAYER_RATE ** (top - at)} for at, layer in enumerate(self.model.layers)]
        parts.append({"params": [p for n, p in self.model.named_parameters() if not n.startswith("layers.")], "base": HEAD_RATE})
        self.optimizer = torch.optim.AdamW([{**part, "lr": part["base"]} for part in parts], betas=(0.9, 0.98), weight_decay=base.DECAY)
        self.step = 0
        self.path = arguments.out / "state.pt"
        if self.path.exists():
            kept = torch.load(self.path, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.before.load_state_dict(kept["before"])
            self.mean, self.step = kept["mean"], kept["step"]
            self.optimizer.load_state_dict(kept["optimizer"])
            torch.manual_seed(self.seed + self.step)
            print(f"goes on from step {self.step}", flush=True)

    @torch.no_grad()
    def centred(self) -> None:
        """Takes the mean of English and of Spanish texts out of the last layer, so that cosines spread from 0."""
        means = []
        for names in (("tweets", "haven", "civic posts"), ("es", "madrid")):
            states = [one for name in names for one in self.texts[name].states[:300]]
            total = torch.zeros(base.HIDDEN)
            for begin in range(0, len(states), 48):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    total += self.model.eval().read(*padded(states[begin : begin + 48]))[0][:, : base.HIDDEN].float().sum(0)
            means.append(total / len(states))
        self.model.layers[-1].output.LayerNorm.bias -= torch.stack(means).mean(0)

    def keep(self) -> None:
        part = self.path.with_suffix(".part")
        torch.save({"model": self.model.state_dict(), "mean": self.mean, "optimizer": self.optimizer.state_dict(),
                    "before": self.before.state_dict(), "step": self.step}, part)
        part.replace(self.path)

    def train(self, steps: int) -> None:
        begun = kept = time.monotonic()
        first, losses = self.step, {}
        while self.step < steps:
            if self.step == first or self.step % ANCHORS_EVERY == 0:
                for anchors in self.anchors.values():
                    anchors.refresh(self.model)
            found = self.tweets() | (self.mix() if self.step % MIX_EVERY == 0 else {})
            losses |= {name: 0.95 * losses.get(name, value) + 0.05 * value for name, value in found.items()}
            for group in self.optimizer.param_groups:
                group["lr"] = group["base"] * min(1.0, (self.step + 1) / 60, (steps - self.step) / (0.3 * steps))
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.step += 1
            with torch.no_grad():
                for name, value in self.model.state_dict().items():
                    self.mean[name].lerp_(value, 0.01)
            if self.step % 20 == 0:
                told = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
                print(f"step {self.step}: {told}; {time.monotonic() - begun:.0f} s, {time.process_time():.0f} s of one core", flush=True)
            if time.monotonic() - kept > KEEP_SECONDS:
                self.keep()
                kept = time.monotonic()

    def tweets(self) -> dict:
        """Tone of tweets in every language, and that hardly any of them is about a topic of the city."""
        rows, states, names = [], [], []
        for name in self.tweets_of:
            for i in self.texts[name].batch(self.step):
                rows.append(self.texts[name].rows[i])
                states.append(self.texts[name].states[i])
                names.append(name)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features, units = self.model.stretched(states)
        tone = 0.0
        for name in self.tweets_of:
            own = [i for i, one in enumerate(names) if one == name]
            tone = tone + len(own) / len(rows) * base.tone_loss(self.model, features[own], [rows[i] for i in own], self.weights[name])
        anchors = self.anchors[("en", "es")[self.step % 2]]
        near = self.model.scale * (anchors.nearness(units, rows) - self.model.bias)
        quiet = nn.functional.softplus(torch.logsumexp(near, 1)).mean()
        (tone + base.QUIET * quiet).backward()
        return {"tone": float(tone.detach())}

    def mix(self) -> dict:
        """Everything about places and cities, and sentences with their translations."""
        rows, states, names = [], [], []
        for name in MIX:
            for i in self.texts[name].batch(self.step // MIX_EVERY):
                rows.append(self.texts[name].rows[i])
                states.append(self.texts[name].states[i])
                names.append(name)
        mixed = len(rows)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            was = self.before.stretched(states)[1].float()
        at = random.Random(f"{self.seed} pairs {self.step}").sample(range(len(self.pairs)), PAIRS)
        for side in (0, 1):
            rows += [self.pairs[i][side] for i in at]
            states += [self.pair_states[i][side] for i in at]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features, units = self.model.stretched(states)
        topic = sum(base.topic_loss(self.model, units, rows, anchors) for anchors in self.anchors.values()) / 2
        places = [i for i, one in enumerate(names) if one == "places"]
        tone = 0.2 * base.tone_loss(self.model, features[places], [rows[i] for i in places], self.weights["places"])
        tone = tone + OWN_TONE * base.tone_loss(self.model, features[mixed:], rows[mixed:], self.weights["own"])
        left, right = units[mixed : mixed + PAIRS], units[mixed + PAIRS :]
        alike, truth = left @ right.T / PAIR_HEAT, torch.arange(PAIRS)
        paired = (cross_entropy(alike, truth) + cross_entropy(alike.T, truth)) / 2 + (1 - (left * right).sum(1)).mean()
        now = units[:mixed]
        likeness = ((now @ now.T - was @ was.T) ** 2).mean()
        (0.5 * topic + tone + PAIR_SHARE * paired + base.LIKENESS * likeness).backward()
        return {"topic": float(topic.detach()), "pairs": float(paired.detach()), "likeness": float(likeness)}


def ended(folder: Path) -> dict:
    """The weights with which another run ended, or which were shipped."""
    if (folder / "state.pt").exists():
        return torch.load(folder / "state.pt", weights_only=True)["mean"]
    shipped = load_file(str(folder / "model.safetensors"))
    out = {}
    for name, value in shipped.items():
        if name.startswith("encoder.layer."):
            at, rest = name.removeprefix("encoder.layer.").split(".", 1)
            if int(at) >= STAY:
                out[f"layers.{int(at) - STAY}.{rest}"] = value.float()
    head = load_file(str(folder / "sentiment.safetensors"))
    names = {"units.weight": "w0", "units.bias": "b0", "tone.weight": "w1", "tone.bias": "b1"}
    return out | {name: head[key].float() for name, key in names.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1100)
    parser.add_argument("--mix", choices=MIXES, default="spanish")
    parser.add_argument("--mean", type=Path, nargs="*", default=[], metavar="RUN", help="folders of other runs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = Run(arguments)
    if run.step < arguments.steps:
        run.train(arguments.steps)
        run.keep()
    truth = torch.tensor([row.tone for row in run.choose])
    best = (0.0, None, 1.0)
    others = [ended(folder) for folder in arguments.mean]
    # The curve of the topics is thrown away, so a shipped encoder has none.
    several = {key: sum(other.get(key, value) for other in others) + value for key, value in run.mean.items()}
    ends = {"last": run.model.state_dict(), "mean": run.mean}
    if others:
        ends = {"mean of runs": {key: value / (len(others) + 1) for key, value in several.items()}}
    for name, state in ends.items():
        kept = {key: value.clone() for key, value in state.items()}
        run.model.load_state_dict(kept)
        logits, _ = read_all(run.model, run.choose_states)
        score, heat = base.macro_recall(logits, truth), base.temperature(logits[run.not_english], truth[run.not_english])
        print(f"{name}: macro recall of the rows for choices {score:.4f}, temperature {heat}", flush=True)
        if score > best[0]:
            best = (score, kept, heat)
    run.model.load_state_dict(best[1])
    for at, layer in enumerate(run.model.layers, STAY):
        run.whole.bert.encoder.layer[at] = layer
    base.write(run.whole, best[2], arguments.start, arguments.out / "encoder")


if __name__ == "__main__":
    main()
