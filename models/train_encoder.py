#!/usr/bin/env python3
"""Trains the encoder end to end, so that one forward pass gives tone and a text vector for topics.

What it is: a run from all-MiniLM-L6-v2, with the tone head in the very shape that the product computes (pooled
layers, one hidden layer) and, beside it, what keeps the text vector fit for topics: the built-in topics through
their phrases, linear heads for aspects and types, and the likeness of texts among themselves as it was before.
What it is not: a topic classifier; the helping heads are thrown away, a city writes or fits its own topics.

    python models/encoder_data.py DIR | undertone redact > REDACTED
    python models/train_encoder.py --data DIR --redacted REDACTED --start models/base --out TEACHER --alone --steps 2831
    python models/train_encoder.py --data DIR --redacted REDACTED --start models/base --out ENGLISH --order 1 --teacher TEACHER

A run that was stopped goes on from OUT/state.pt; one that ended only measures. Ends with OUT/encoder (f16) and what it
measured on the rows kept for choices. Choices that were made on those rows: the last weights or their mean along the
run; the temperature.
"""

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, normalize
from transformers import BertConfig, BertModel

import civic
from emoji_words import spoken, worded
from encoder_data import ASPECTS, TYPES, UNKNOWN, Row, Sets, seen, sets
from topics import phrases as topic_phrases

FEATURES = ("mean:6", "mean:5", "mean:4", "mean:3", "max:6", "max:4")
HIDDEN, UNITS, LAYERS = 384, 256, 6
TOKENS_MAX = 128
TWEETS = 32
MIX, MIX_EVERY = {"places": 6, "own": 2, "phrases": 2, "framed": 8, "haven": 6, "civic posts": 2, "other posts": 2}, 2
RATE, LAYER_RATE, HEAD_RATE, DECAY = 1e-4, 0.92, 6e-4, 0.01
WARM, FALL, MEAN = 80, 0.85, 0.97
MEAN_EVERY = 10
# How often a post is read redacted, and how often with its emoticons in words, where that differs.
HIDDEN_SHARE, WORDED_SHARE = 0.4, 0.5
SMOOTH, MASKS = 0.05, 4
LIKENESS, QUIET = 30.0, 0.1
ANCHORS_EVERY = 25
KEEP_EVERY = 200


class Model(nn.Module):
    """The encoder, the tone head of the product, and the helpers that are thrown away."""

    def __init__(self, start: Path):
        super().__init__()
        config = BertConfig.from_json_file(str(start / "config.json"))
        config.attention_probs_dropout_prob = 0.0
        config._attn_implementation = "eager"
        self.bert = BertModel(config, add_pooling_layer=False)
        self.bert.load_state_dict({name: value.float() for name, value in load_file(str(start / "model.safetensors")).items()})
        self.units = nn.Linear(HIDDEN * len(FEATURES), UNITS)
        self.tone = nn.Linear(UNITS, 3)
        self.aspects = nn.Linear(HIDDEN, len(ASPECTS))
        self.kinds = nn.Linear(HIDDEN, TYPES)
        self.scale = nn.Parameter(torch.tensor(14.0))
        self.bias = nn.Parameter(torch.tensor(0.38))

    def read(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple:
        """(pooled features of the tone head, unit vector), both f32."""
        states = self.bert(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[1:]
        rows = mask[:, :, None].bool()
        parts = []
        for feature in FEATURES:
            pool, layer = feature.split(":")
            state = states[int(layer) - 1].float()
            if pool == "mean":
                parts.append((state * rows).sum(1) / rows.sum(1))
            else:
                parts.append(state.masked_fill(~rows, -1e9).amax(1))
        return torch.cat(parts, 1), normalize(parts[0], dim=1)

    def tones(self, features: torch.Tensor) -> list:
        """Logits under several dropout masks; one without dropout outside of training."""
        if not self.training:
            return [self.tone(torch.relu(self.units(features)))]
        drop = nn.functional.dropout
        return [self.tone(drop(torch.relu(self.units(drop(features, 0.1))), 0.4)) for _ in range(MASKS)]


class Texts:
    """Token ids of a corpus, and its order: shuffled, then by length within short stretches, from the seed alone."""

    def __init__(self, name: str, rows: list, tokenizer: Tokenizer, size: int, seed: int):
        self.rows, self.size, self.name, self.seed = rows, size, name, seed
        self.ids = [cut(tokenizer, row.text) for row in rows]
        self.hidden = {at: cut(tokenizer, row.hidden) for at, row in enumerate(rows) if row.hidden not in (None, row.text)}
        self.worded = {at: cut(tokenizer, worded(row.text)) for at, row in enumerate(rows) if worded(row.text) != row.text}
        self.rounds: dict = {}

    def batch(self, step: int) -> list:
        per_round = max(1, len(self.rows) // self.size)
        turn, at = divmod(step, per_round)
        if turn not in self.rounds:
            self.rounds = {turn: self.arranged(turn)}
        return self.rounds[turn][at]

    def heard(self, step: int) -> tuple:
        """(numbers of the rows, the rows, token ids as they are read this time) of a step."""
        at = self.batch(step)
        return at, [self.rows[i] for i in at], [self.variant(i, step) for i in at]

    def variant(self, at: int, step: int) -> list:
        chance = random.Random(f"{self.seed} {self.name} {step} {at}")
        for share, others in ((HIDDEN_SHARE, self.hidden), (WORDED_SHARE, self.worded)):
            if at in others and chance.random() < share:
                return others[at]
        return self.ids[at]

    def arranged(self, turn: int) -> list:
        chance = random.Random(f"{self.seed} {self.name} {turn}")
        order = chance.sample(range(len(self.rows)), len(self.rows))
        if len(order) < self.size:
            return [[chance.choice(order) for _ in range(self.size)]]
        out = []
        stretch = self.size * 24
        for begin in range(0, len(order), stretch):
            part = sorted(order[begin : begin + stretch], key=lambda at: len(self.ids[at]))
            out += [part[at : at + self.size] for at in range(0, len(part) - self.size + 1, self.size)]
        chance.shuffle(out)
        while len(out) < len(order) // self.size:
            out.append(chance.sample(order, self.size))
        return out


def cut(tokenizer: Tokenizer, text: str) -> list:
    """Token ids of what the product reads of a text, the first of them and the last."""
    ids = tokenizer.encode(spoken(seen(text))).ids
    return ids if len(ids) <= TOKENS_MAX else ids[: TOKENS_MAX - 1] + ids[-1:]


def padded(ids: list) -> tuple:
    longest = max(map(len, ids))
    tokens = torch.zeros((len(ids), longest), dtype=torch.long)
    mask = torch.zeros((len(ids), longest), dtype=torch.long)
    for row, text in enumerate(ids):
        tokens[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = 1
    return tokens, mask


@torch.no_grad()
def vectors(model: Model, ids: list, batch: int = 64) -> torch.Tensor:
    """Unit vectors of many texts, outside of training."""
    was = model.training
    model.eval()
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    out = torch.zeros((len(ids), HIDDEN))
    for begin in range(0, len(order), batch):
        part = order[begin : begin + batch]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out[part] = model.read(*padded([ids[at] for at in part]))[1].float()
    model.train(was)
    return out


class Anchors:
    """The phrases of the built-in topics and their vectors as the encoder gives them now."""

    def __init__(self, tokenizer: Tokenizer):
        topics = civic.taxonomy()
        self.names = [topic["id"] for topic in topics]
        phrases = [topic_phrases(topic) for topic in topics]
        self.spans, flat = [], []
        for own in phrases:
            self.spans.append((len(flat), len(flat) + len(own)))
            flat += own
        self.texts = {text: at for at, text in enumerate(flat)}
        self.ids = [tokenizer.encode(text).ids for text in flat]
        self.vectors = torch.zeros((len(flat), HIDDEN))

    def refresh(self, model: Model) -> None:
        self.vectors = vectors(model, self.ids)

    def nearness(self, units: torch.Tensor, rows: list) -> torch.Tensor:
        """The mean of nearest phrase and centroid for each topic; a phrase does not count for itself."""
        cosines = units @ self.vectors.T
        hidden = torch.zeros_like(cosines)
        for at, row in enumerate(rows):
            if row.anchor in self.texts:
                hidden[at, self.texts[row.anchor]] = -2.0
        nearest = torch.stack([(cosines + hidden)[:, a:b].amax(1) for a, b in self.spans], 1)
        centroids = normalize(torch.stack([self.vectors[a:b].mean(0) for a, b in self.spans]), dim=1)
        return 0.5 * nearest + 0.5 * units @ centroids.T


def tone_weights(rows: list) -> torch.Tensor:
    """Each tone weighs the same within a corpus."""
    counts = np.bincount([row.tone for row in rows if row.tone != UNKNOWN], minlength=3)
    return torch.tensor(counts.sum() / (3 * np.maximum(counts, 1)), dtype=torch.float32)


def tone_loss(model: Model, features: torch.Tensor, rows: list, weights: torch.Tensor, taught: torch.Tensor | None = None) -> torch.Tensor:
    """Against the labels and, half and half, against what a teacher says of the same rows (probabilities)."""
    known = [at for at, row in enumerate(rows) if row.tone != UNKNOWN]
    if not known:
        return features.sum() * 0
    truth = torch.tensor([rows[at].tone for at in known])
    guesses = model.tones(features[known])
    loss = sum(cross_entropy(logits, truth, weights, label_smoothing=SMOOTH) for logits in guesses) / len(guesses)
    if taught is None:
        return loss
    return (loss + sum(cross_entropy(logits, taught[known]) for logits in guesses) / len(guesses)) / 2


def topic_loss(model: Model, units: torch.Tensor, rows: list, anchors: Anchors) -> torch.Tensor:
    """The right topic, or none, among all of them."""
    near = model.scale * (anchors.nearness(units, rows) - model.bias)
    logits = torch.cat((near, torch.zeros((len(rows), 1))), 1)
    names = anchors.names + [civic.OTHER]
    known = [at for at, row in enumerate(rows) if row.topic]
    return cross_entropy(logits[known], torch.tensor([names.index(rows[at].topic) for at in known])) if known else near.sum() * 0


def helper_loss(model: Model, units: torch.Tensor, rows: list) -> torch.Tensor:
    """Aspects and types read linearly from the unit vector."""
    total = units.sum() * 0
    aspects = [at for at, row in enumerate(rows) if row.aspects is not None]
    if aspects:
        truth = torch.tensor([[float(one in rows[at].aspects) for one in ASPECTS] for at in aspects])
        total = total + 6 * binary_cross_entropy_with_logits(model.aspects(units[aspects] * 10), truth, pos_weight=torch.full((len(ASPECTS),), 2.0))
    kinds = [at for at, row in enumerate(rows) if row.kind != UNKNOWN]
    if kinds:
        truth = torch.tensor([rows[at].kind for at in kinds])
        total = total + 0.7 * cross_entropy(model.kinds(units[kinds] * 10), truth, label_smoothing=SMOOTH)
    return total


def rate(step: int, steps: int) -> float:
    """Rises, stays, falls to nothing."""
    fall = max(1, int(steps * FALL))
    return min(1.0, (step + 1) / WARM, (steps - step) / fall)


def groups(model: Model) -> list:
    """Lower layers move less, the vectors of words least: a city's topics use words no training text has."""
    out = []
    for name, parameter in model.named_parameters():
        if not name.startswith("bert."):
            base = HEAD_RATE
        elif "embeddings" in name:
            base = RATE * LAYER_RATE ** (LAYERS + 1)
        else:
            base = RATE * LAYER_RATE ** (LAYERS - int(name.split("layer.")[1].split(".")[0]))
        decay = DECAY if parameter.dim() > 1 else 0.0
        out.append({"params": [parameter], "base": base, "lr": base, "weight_decay": decay})
    return out


@torch.no_grad()
def logits_of(model: Model, ids: list) -> torch.Tensor:
    """Logits of the tone without dropout."""
    out = torch.zeros((len(ids), 3))
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    for begin in range(0, len(order), 64):
        part = order[begin : begin + 64]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features, _ = model.read(*padded([ids[at] for at in part]))
        out[part] = model.tones(features)[0].float()
    return out


def chosen(model: Model, rows: list, tokenizer: Tokenizer) -> tuple:
    """(logits, truth, corpus is SentiHood) of the rows for choices."""
    rows = [row for row in rows if row.tone != UNKNOWN]
    logits = logits_of(model.eval(), [cut(tokenizer, row.text) for row in rows])
    model.train()
    return logits, torch.tensor([row.tone for row in rows]), torch.tensor([row.aspects is not None for row in rows])


def macro_recall(logits: torch.Tensor, truth: torch.Tensor) -> float:
    guess = logits.argmax(1)
    return float(np.mean([float((guess[truth == tone] == tone).float().mean()) for tone in range(3)]))


def temperature(logits: torch.Tensor, truth: torch.Tensor) -> float:
    losses = {t: float(cross_entropy(logits / t, truth)) for t in np.round(np.arange(0.3, 3.0, 0.01), 2)}
    return float(min(losses, key=losses.get))


def write(model: Model, heat: float, start: Path, out: Path) -> None:
    """What the product loads."""
    out.mkdir(parents=True, exist_ok=True)
    half = lambda tensor: tensor.detach().half().contiguous()
    save_file({name: half(value) for name, value in sorted(model.bert.state_dict().items()) if "position_ids" not in name},
              str(out / "model.safetensors"), {"format": "pt"})
    head = {"w0": model.units.weight, "b0": model.units.bias, "w1": model.tone.weight, "b1": model.tone.bias}
    save_file({name: half(value) for name, value in head.items()}, str(out / "sentiment.safetensors"))
    about = {"features": list(FEATURES), "layers": 2, "activation": "relu", "temperature": heat,
             "labels": ["negative", "neutral", "positive"]}
    (out / "sentiment.json").write_text(json.dumps(about, indent=2) + "\n")


class Run:
    """The state of a run, kept on disk so that it can go on."""

    def __init__(self, arguments, split: Sets):
        torch.manual_seed(arguments.seed)
        self.tokenizer = Tokenizer.from_file(str(arguments.start / "tokenizer.json"))
        self.model = Model(arguments.start).train()
        self.mean = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.optimizer = torch.optim.AdamW(groups(self.model), betas=(0.9, 0.98), fused=True)
        self.anchors = Anchors(self.tokenizer)
        sizes = {"tweets": TWEETS, **MIX}
        self.texts = {name: Texts(name, split.learn[name], self.tokenizer, sizes[name], arguments.order) for name in sizes}
        self.alone = arguments.alone
        self.before = {} if self.alone else self.likeness_before(arguments.out / "before.pt")
        if arguments.former:
            self.blend(arguments.former, arguments.share)
        self.taught = self.lesson(arguments) if arguments.teacher else None
        self.weights = {name: tone_weights(self.texts[name].rows) for name in ("tweets", "places", "own", "framed")}
        self.step = 0
        self.path = arguments.out / "state.pt"
        if self.path.exists():
            kept = torch.load(self.path, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.mean, self.step = kept["mean"], kept["step"]
            torch.set_rng_state(kept["chance"])
            self.anchors.vectors = kept["anchors"]

    def blend(self, former: Path, share: float) -> None:
        """Starts between the untrained encoder and one that was trained: its tone head, and so much of its weights."""
        head = load_file(str(former / "sentiment.safetensors"))
        names = {"units.weight": "w0", "units.bias": "b0", "tone.weight": "w1", "tone.bias": "b1"}
        state = self.model.state_dict()
        for name, value in load_file(str(former / "model.safetensors")).items():
            state[f"bert.{name}"].lerp_(value.float(), share)
        for name, own in names.items():
            state[name].copy_(head[own].float())
        for name, value in state.items():
            self.mean[name].copy_(value)

    def likeness_before(self, path: Path) -> dict:
        """Unit vectors of the untrained encoder, in the second batch's corpora."""
        if path.exists():
            return torch.load(path, weights_only=True)
        before = {name: vectors(self.model, self.texts[name].ids).half() for name in MIX}
        torch.save(before, path)
        return before

    def lesson(self, arguments) -> torch.Tensor:
        """What the teacher says of each post, without dropout."""
        path = arguments.out / "lesson.pt"
        if not path.exists():
            teacher = Model(arguments.start).eval()
            teacher.load_state_dict(torch.load(arguments.teacher / "state.pt", weights_only=True)["mean"])
            torch.save(logits_of(teacher, self.texts["tweets"].ids).softmax(1), path)
        return torch.load(path, weights_only=True)

    def keep(self) -> None:
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "mean": self.mean,
                 "step": self.step, "chance": torch.get_rng_state(), "anchors": self.anchors.vectors}
        torch.save(state, self.path.with_suffix(".new"))
        self.path.with_suffix(".new").replace(self.path)

    def train(self, steps: int) -> None:
        begun, losses = time.monotonic(), {}
        while self.step < steps:
            if self.step % ANCHORS_EVERY == 0:
                self.anchors.refresh(self.model)
            found = self.tweets() | ({} if self.alone or self.step % MIX_EVERY else self.mix())
            losses = {name: 0.95 * losses.get(name, value) + 0.05 * value for name, value in (losses | found).items()}
            now = rate(self.step, steps)
            for group in self.optimizer.param_groups:
                group["lr"] = group["base"] * now
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.step += 1
            if self.step % MEAN_EVERY == 0:
                for name, value in self.model.state_dict().items():
                    self.mean[name].lerp_(value, 1 - MEAN) if value.is_floating_point() else self.mean[name].copy_(value)
            if self.step % 50 == 0:
                told = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
                print(f"step {self.step}: {told}; {time.monotonic() - begun:.0f} s", flush=True)
            if self.step % KEEP_EVERY == 0:
                self.keep()

    def tweets(self) -> dict:
        """Tone of tweets, and that hardly any of them is about a topic of the city."""
        at, rows, ids = self.texts["tweets"].heard(self.step)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features, units = self.model.read(*padded(ids))
        taught = None if self.taught is None else self.taught[at]
        tone = tone_loss(self.model, features, rows, self.weights["tweets"], taught)
        near = self.model.scale * (self.anchors.nearness(units, rows) - self.model.bias)
        quiet = nn.functional.softplus(torch.logsumexp(near, 1)).mean()
        (tone + QUIET * quiet).backward()
        return {"tone": float(tone.detach())}

    def mix(self) -> dict:
        """Everything about places and cities."""
        rows, ids, before, names = [], [], [], []
        for name in MIX:
            texts = self.texts[name]
            for i in texts.batch(self.step // MIX_EVERY):
                rows.append(texts.rows[i])
                ids.append(texts.ids[i])
                before.append(self.before[name][i])
                names.append(name)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            features, units = self.model.read(*padded(ids))
        topic = topic_loss(self.model, units, rows, self.anchors)
        helpers = helper_loss(self.model, units, rows)
        tone = 0.0
        for name, share in (("places", 0.25), ("own", 0.1), ("framed", 0.05)):
            own = [i for i, one in enumerate(names) if one == name]
            tone = tone + share * tone_loss(self.model, features[own], [rows[i] for i in own], self.weights[name])
        was = torch.stack(before).float()
        likeness = ((units @ units.T - was @ was.T) ** 2).mean()
        (0.5 * topic + 0.5 * helpers + tone + LIKENESS * likeness).backward()
        return {"topic": float(topic.detach()), "helpers": float(helpers.detach()), "likeness": float(likeness.detach())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--redacted", type=Path, help="the posts as `undertone redact` answers them")
    parser.add_argument("--alone", action="store_true", help="nothing but posts: to make a teacher of their tone")
    parser.add_argument("--teacher", type=Path, metavar="RUN", help="folder of a run that says of each post what it is")
    parser.add_argument("--former", type=Path, help="a folder of weights trained before, to start between them and --start")
    parser.add_argument("--share", type=float, default=0.6, help="how much of them")
    parser.add_argument("--steps", type=int, default=3500)
    parser.add_argument("--seed", type=int, default=0, help="of the heads before training")
    parser.add_argument("--order", type=int, default=0, help="of the texts")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    split = sets(arguments.data, arguments.redacted)
    print({name: len(rows) for name, rows in split.learn.items()}, "for choices", len(split.choose), flush=True)
    run = Run(arguments, split)
    if run.step < arguments.steps:
        run.train(arguments.steps)
        run.keep()
    ends = {"last": {key: value.clone() for key, value in run.model.state_dict().items()}, "mean": run.mean}
    best = (0.0, None)
    for name, state in ends.items():
        run.model.load_state_dict(state)
        logits, truth, place = chosen(run.model, split.choose, run.tokenizer)
        tweets, places = (macro_recall(logits[of], truth[of]) for of in (~place, place))
        print(f"{name}: tweets {tweets:.4f}, places {places:.4f}, temperature {temperature(logits, truth)}", flush=True)
        if tweets + places > best[0]:
            best = (tweets + places, (state, temperature(logits, truth)))
    kept, heat = best[1]
    run.model.load_state_dict(kept)
    write(run.model, heat, arguments.start, arguments.out / "encoder")


if __name__ == "__main__":
    main()
