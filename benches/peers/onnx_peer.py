#!/usr/bin/env python3
"""Runs ONNX Runtime over JSON lines, for `undertone bench encoder`.

What it is: a graph that onnx_graph.py wrote, the tokenizer of models/minilm (the same library as ours), the mean over
all tokens scaled to length 1. With --batch, what has arrived is sorted by length and cut into batches, so that little
is padded. What it is not: part of the product.

    onnx_peer.py GRAPH.onnx TOKENIZER.json [--batch 16]

The first line out is {"ready": NAME}; then each {"id","text"} in gives {"id","embedding"} out, in order; the embedding
is the hexadecimal of 384 little-endian fp32 numbers, which costs neither side much. What has arrived is answered before
it waits for more.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--batch", type=int, default=1, help="texts given to the session together")
    args = parser.parse_args()
    encoder = Encoder(args.graph, args.tokenizer)
    together = f"{args.batch} texts a call, sorted by length" if args.batch > 1 else "one text a call"
    name = f"ONNX Runtime {onnxruntime.__version__} {args.graph.stem}, {together}"
    print(json.dumps({"ready": name}), flush=True)
    for portion in portions(SORTED_TOGETHER if args.batch > 1 else 1):
        rows = [json.loads(line) for line in portion]
        vectors = encoder.embed([row["text"] for row in rows], args.batch)
        for row, vector in zip(rows, vectors):
            embedding = vector.astype("<f4").tobytes().hex()
            sys.stdout.write(f'{{"id": {json.dumps(row["id"])}, "embedding": "{embedding}"}}\n')
        sys.stdout.flush()


if __name__ == "__main__":
    main()
