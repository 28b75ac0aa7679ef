#!/usr/bin/env python3
"""Runs ONNX Runtime over JSON lines, for `undertone bench encoder` and `undertone bench parity`.

What it is: a graph that onnx_graph.py wrote, the tokenizer of models/minilm (the same library as ours), the mean over
all tokens scaled to length 1. With --batch, what has arrived is sorted by length and cut into batches, so that little
is padded. What it is not: part of the product.

    onnx_peer.py GRAPH.onnx TOKENIZER.json [--batch 16]
    onnx_peer.py GRAPHS/layers.onnx TOKENIZER.json --tone MODELS/minilm

The first line out is {"ready": NAME}; then each {"id","text"} in gives {"id","embedding"} out, in order; the embedding
is the hexadecimal of 384 little-endian fp32 numbers, which costs neither side much. With --tone the answer has the
logits of the tone head too, worked out here from the states after each layer. What has arrived is answered before it
waits for more.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from onnx_graph import tensors

READ_BYTES_MAX = 1 << 16
TOKENS_MAX = 256
SORTED_TOGETHER = 256


def portions(lines_max: int):
    """Lines of standard input that have arrived, at least one and at most `lines_max` at a time."""
    waiting = []
    rest = b""
    while True:
        while waiting:
            yield waiting[:lines_max]
            waiting = waiting[lines_max:]
        arrived = os.read(0, READ_BYTES_MAX)
        if not arrived:
            return
        *waiting, rest = (rest + arrived).split(b"\n")


class Encoder:
    """A session with its tokenizer."""

    def __init__(self, graph: Path, tokenizer: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(TOKENS_MAX)

    def embed(self, texts: list[str], batch: int) -> np.ndarray:
        """[texts, width], each of length 1."""
        ids = [one.ids for one in self.tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        found = [None] * len(ids)
        for first in range(0, len(order), batch):
            together = order[first : first + batch]
            for at, vector in zip(together, self.run([ids[at] for at in together])):
                found[at] = vector
        return found

    def run(self, ids: list[list[int]]) -> np.ndarray:
        lengths = [len(one) for one in ids]
        shape = (len(ids), max(lengths))
        words, mask = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        for row, one in enumerate(ids):
            words[row, : len(one)] = one
            mask[row, : len(one)] = 1
        given = {"input_ids": words, "segment_ids": np.zeros(shape, np.int32), "input_mask": mask}
        (states,) = self.session.run(None, given)
        if min(lengths) == max(lengths):
            means = states.mean(axis=1)
        else:
            means = np.stack([state[:length].mean(axis=0) for state, length in zip(states, lengths)])
        return means / np.linalg.norm(means, axis=1, keepdims=True)


class Tone:
    """The tone head: pooled layers, one after the other, through dense layers."""

    def __init__(self, folder: Path):
        shape = json.loads((folder / "sentiment.json").read_text())
        self.features = [feature.split(":") for feature in shape["features"]]
        self.layers, self.activation = shape["layers"], shape["activation"]
        self.weights = tensors(folder / "sentiment.safetensors")
        if self.activation not in (None, "relu"):
            raise SystemExit(f"no activation {self.activation} here")

    def logits(self, states: list[np.ndarray]) -> np.ndarray:
        """Of one text, from its [tokens, width] after each layer."""
        pools = {"mean": lambda rows: rows.mean(axis=0), "max": lambda rows: rows.max(axis=0), "cls": lambda rows: rows[0]}
        values = np.concatenate([pools[pool](states[int(layer) - 1]) for pool, layer in self.features])
        for at in range(self.layers):
            values = self.weights[f"w{at}"] @ values + self.weights[f"b{at}"]
            if at + 1 < self.layers and self.activation == "relu":
                values = np.maximum(values, 0.0)
        return values


def testify(encoder: Encoder, tone: Tone) -> None:
    """Answers one text a call, with the tone's logits."""
    for portion in portions(1):
        row = json.loads(portion[0])
        ids = np.array([encoder.tokenizer.encode(row["text"]).ids], np.int32)
        given = {"input_ids": ids, "segment_ids": np.zeros_like(ids), "input_mask": np.ones_like(ids)}
        states = [state[0] for state in encoder.session.run(None, given)]
        mean = states[-1].mean(axis=0)
        embedding = (mean / np.linalg.norm(mean)).astype("<f4").tobytes().hex()
        said = {"id": row["id"], "embedding": embedding, "tone": tone.logits(states).tolist()}
        print(json.dumps(said), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--batch", type=int, default=1, help="texts given to the session together")
    parser.add_argument("--tone", type=Path, metavar="DIR", help="folder of the tone head; GRAPH gives all layers")
    args = parser.parse_args()
    encoder = Encoder(args.graph, args.tokenizer)
    together = f"{args.batch} texts a call, sorted by length" if args.batch > 1 else "one text a call"
    name = f"ONNX Runtime {onnxruntime.__version__} {args.graph.stem}, {together}"
    print(json.dumps({"ready": name}), flush=True)
    if args.tone:
        return testify(encoder, Tone(args.tone))
    for portion in portions(SORTED_TOGETHER if args.batch > 1 else 1):
        rows = [json.loads(line) for line in portion]
        vectors = encoder.embed([row["text"] for row in rows], args.batch)
        for row, vector in zip(rows, vectors):
            embedding = vector.astype("<f4").tobytes().hex()
            sys.stdout.write(f'{{"id": {json.dumps(row["id"])}, "embedding": "{embedding}"}}\n')
        sys.stdout.flush()


if __name__ == "__main__":
    main()
