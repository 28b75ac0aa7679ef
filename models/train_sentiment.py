#!/usr/bin/env python3
"""Trains the sentiment head on the frozen encoder and writes minilm/sentiment.{safetensors,json}.

What it is: four small networks on pooled states of layers 3 to 6, folded into one network with one
hidden layer (the mean of their logits is again a linear map), then one temperature.
What it is not: fine-tuning; the encoder stays as it is, so that topics and sentiment share one pass.

    python models/train_sentiment.py --data DIR [--cache DIR]

DIR holds `sentiment/semeval2013-2016`, `sentihood`, `umsab` and `tweeteval-dev` (README.md).
Every class weighs the same within a corpus, so the head carries no prior of Twitter.
UMSAB's English train split is not used: nearly all of it stands in tweeteval-dev.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

import civic
import corpora
from encoder import MINILM, POOLS, Encoder

LABELS = ["negative", "neutral", "positive"]
FEATURES = ["mean:6", "mean:5", "mean:4", "mean:3", "max:6", "max:4"]
WEIGHTS = {"semeval": 1.0, "sentihood": 0.15, "civic": 0.05}
WEIGHT_MAX = 20.0
MEMBERS, HIDDEN, EPOCHS, BATCH, RATE = 4, 128, 8, 256, 1e-3


def training(data: Path) -> dict:
    """The corpora trained on, without any text that also stands in a validation set."""
    held = corpora.tweeteval_dev(data) + corpora.umsab(data, "val") + corpora.sentihood(data, "dev")
    seen = {corpora.fingerprint(text) for text, _ in held}
    sets = {
        "semeval": corpora.semeval(data),
        "sentihood": corpora.sentihood(data, "train"),
        "civic": [(text, tone) for text, tone, _ in civic.sentences("fit")],
    }
    return {name: [p for p in rows if corpora.fingerprint(p[0]) not in seen] for name, rows in sets.items()}


def validation(data: Path) -> dict:
    return {
        "tweeteval-dev": corpora.tweeteval_dev(data),
        "sentihood-dev": corpora.sentihood(data, "dev"),
        "umsab-en-val": corpora.umsab(data, "val"),
        "civic-check": [(text, tone) for text, tone, _ in civic.sentences("check")],
    }


def features(encoder: Encoder, rows: list) -> np.ndarray:
    """f32 [texts, features * 384], raw, in the order of FEATURES."""
    pooled = encoder.pooled([text for text, _ in rows])
    parts = []
    for feature in FEATURES:
        pool, layer = feature.split(":")
        parts.append(np.asarray(pooled[:, POOLS.index(pool), int(layer) - 1], np.float32))
    return np.concatenate(parts, 1)


def tones(rows: list) -> np.ndarray:
    return np.array([tone for _, tone in rows])


def row_weights(sets: dict) -> np.ndarray:
    """A corpus weighs WEIGHTS[corpus], shared evenly by its classes and evenly by the texts of a class."""
    parts = []
    for name, rows in sets.items():
        label = tones(rows)
        parts.append(WEIGHTS[name] / (3 * np.bincount(label, minlength=3)[label]))
    weight = np.concatenate(parts)
    return np.minimum(weight / weight.mean(), WEIGHT_MAX).astype(np.float32)


def member(seed: int, inputs: torch.Tensor, labels: torch.Tensor, weight: torch.Tensor) -> nn.Sequential:
    """Trains one network on standardised inputs."""
    torch.manual_seed(seed)
    layers = (nn.Dropout(0.2), nn.Linear(inputs.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(0.5), nn.Linear(HIDDEN, 3))
    network = nn.Sequential(*layers).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
    steps = EPOCHS * -(-len(inputs) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(inputs)).split(BATCH):
            logits = network(inputs[rows])
            loss = nn.functional.cross_entropy(logits, labels[rows], reduction="none", label_smoothing=0.05)
            optimizer.zero_grad()
            (loss * weight[rows]).mean().backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def folded(members: list, mean: np.ndarray, deviation: np.ndarray) -> dict:
    """One network for all members: hidden units side by side, standardisation inside w0 and b0."""
    numpy = lambda parameter: parameter.detach().numpy()
    w0 = np.concatenate([numpy(m[1].weight) for m in members]) / deviation
    b0 = np.concatenate([numpy(m[1].bias) for m in members]) - w0 @ mean
    w1 = np.concatenate([numpy(m[4].weight) for m in members], 1) / len(members)
    b1 = sum(numpy(m[4].bias) for m in members) / len(members)
    return {k: np.ascontiguousarray(v, np.float32) for k, v in dict(w0=w0, b0=b0, w1=w1, b1=b1).items()}


def logits(head: dict, inputs: np.ndarray) -> np.ndarray:
    return np.maximum(inputs @ head["w0"].T + head["b0"], 0) @ head["w1"].T + head["b1"]


def softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def best_temperature(values: np.ndarray, label: np.ndarray) -> float:
    """The temperature of least log loss on a grid of hundredths."""
    loss = lambda t: -np.log(softmax(values / t)[np.arange(len(label)), label]).mean()
    return round(float(min(np.arange(0.3, 3.0, 0.01), key=loss)), 2)


def macro_recall(label: np.ndarray, guess: np.ndarray) -> float:
    return float(np.mean([(guess[label == tone] == tone).mean() for tone in range(3)]))


def calibration_error(label: np.ndarray, chance: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the winning class."""
    top, right = chance.max(1), chance.argmax(1) == label
    which = np.minimum((top * bins).astype(int), bins - 1)
    return float(sum((which == b).mean() * abs(top[which == b].mean() - right[which == b].mean()) for b in set(which)))


def report(name: str, label: np.ndarray, values: np.ndarray, temperature: float) -> None:
    """Prints one set; rows of the confusion are the truth, columns the guess."""
    guess = values.argmax(1)
    confusion = [[int(((label == i) & (guess == j)).sum()) for j in range(3)] for i in range(3)]
    before, after = (calibration_error(label, softmax(values / t)) for t in (1.0, temperature))
    print(f"{name}: macro recall {macro_recall(label, guess):.4f}, accuracy {(guess == label).mean():.4f}, "
          f"calibration error {before:.4f} -> {after:.4f}, confusion {confusion}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    encoder = Encoder(arguments.cache)
    sets = training(arguments.data)
    print("trained on", {name: np.bincount(tones(rows), minlength=3).tolist() for name, rows in sets.items()})
    raw = np.concatenate([features(encoder, rows) for rows in sets.values()])
    mean, deviation = raw.mean(0), raw.std(0) + 1e-6
    inputs = torch.from_numpy((raw - mean) / deviation)
    labels = torch.from_numpy(np.concatenate([tones(rows) for rows in sets.values()]))
    weight = torch.from_numpy(row_weights(sets))
    head = folded([member(seed, inputs, labels, weight) for seed in range(MEMBERS)], mean, deviation)
    checks = {name: (tones(rows), logits(head, features(encoder, rows))) for name, rows in validation(arguments.data).items()}
    # Fitted on every second text of the public sets only; the civic check and the other half stay unseen.
    public = [checks[name] for name in checks if name != "civic-check"]
    temperature = best_temperature(np.concatenate([v[::2] for _, v in public]), np.concatenate([l[::2] for l, _ in public]))
    for name, (label, values) in checks.items():
        half = slice(None) if name == "civic-check" else slice(1, None, 2)
        report(name, label, values, temperature)
        report(f"{name}, unseen by the temperature", label[half], values[half], temperature)
    save_file(head, str(MINILM / "sentiment.safetensors"))
    about = {"features": FEATURES, "layers": 2, "activation": "relu", "temperature": temperature, "labels": LABELS}
    (MINILM / "sentiment.json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
