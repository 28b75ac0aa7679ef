#!/usr/bin/env python3
"""Measures how far the activations of an encoder reach; the int8 kernel evens out its columns by it.

What it is: the calibration of minilm/, e5/ and tagger/. For every layer and each of its four products, the largest
absolute input by column over our own sentences (civic-sentences.tsv; for e5/ those in Spanish), alone and ten joined to
one text.
What it is not: training; no weight changes. Run it again after a weight file changed, then manifest.py.

    python models/reach.py minilm       writes minilm/reach.safetensors   (float32, about 64 kB)
    python models/reach.py e5
    python models/reach.py tagger
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from encoder import PREFIXES

MODELS = Path(__file__).resolve().parent
TOKENS_MAX = 256
JOINED = 10


def texts(name: str) -> list:
    """Every sentence alone, as it is and in capitals, and ten at a time."""
    file = "civic-sentences.es.tsv" if name == "e5" else "civic-sentences.tsv"
    rows = (MODELS / file).read_text().splitlines()[1:]
    alone = [row.split("\t")[-1] for row in rows if row.strip()]
    joined = [" ".join(alone[at : at + JOINED]) for at in range(0, len(alone), JOINED)]
    return [PREFIXES.get(name, "") + text for text in alone + [text.upper() for text in alone[::10]] + joined]


def encoder(folder: Path) -> BertModel:
    """The encoder of a folder, in float32."""
    model = BertModel(BertConfig.from_json_file(str(folder / "config.json")), add_pooling_layer=False).eval()
    tensors = {name: value.float() for name, value in load_file(str(folder / "model.safetensors")).items()}
    inner = {name.removeprefix("bert."): value for name, value in tensors.items() if not name.startswith("classifier")}
    model.load_state_dict(inner)
    return model


def watch(layers, reach: dict) -> None:
    """Keeps the largest absolute input of each product in `reach`."""

    def keep(name):
        def hook(_, inputs):
            top = inputs[0].abs().flatten(0, -2).amax(0)
            reach[name] = torch.maximum(reach[name], top) if name in reach else top

        return hook

    for index, layer in enumerate(layers):
        places = {
            "input": layer.attention.self.query,
            "context": layer.attention.output.dense,
            "up": layer.intermediate.dense,
            "down": layer.output.dense,
        }
        for name, place in places.items():
            place.register_forward_pre_hook(keep(f"{index}.{name}"))


def token_types(ids: list, kinds: int, shift: int) -> list:
    """Types that change along the text, so that each is seen; all 0 where there are but BERT's two."""
    return [(at + shift) // 3 % kinds if kinds > 2 and shift % 2 else 0 for at in range(len(ids))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", choices=("minilm", "e5", "tagger"))
    folder = MODELS / parser.parse_args().folder
    torch.set_num_threads(1)
    model = encoder(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    reach: dict = {}
    watch(model.encoder.layer, reach)
    with torch.no_grad():
        for shift, text in enumerate(texts(folder.name)):
            ids = tokenizer.encode(text).ids[:TOKENS_MAX]
            types = token_types(ids, model.config.type_vocab_size, shift)
            model(torch.tensor([ids]), token_type_ids=torch.tensor([types]))
    save_file({name: value.contiguous() for name, value in sorted(reach.items())}, str(folder / "reach.safetensors"))
    print(f"{len(texts(folder.name))} texts; wrote {folder.name}/reach.safetensors")


if __name__ == "__main__":
    main()
