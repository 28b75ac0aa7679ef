#!/usr/bin/env python3
"""Writes the sentence encoder as ONNX graphs, for `undertone bench encoder`, `bench parity` and `bench pipeline`.

What it is: the weights of models/minilm in the fused operations of ONNX Runtime (the graph that its transformer
optimizer makes of a BERT: EmbedLayerNormalization, Attention, SkipLayerNormalization, BiasGelu), once in fp32 and once
quantized by ONNX Runtime's own `quantize_dynamic`, weights per channel. Embeddings and norms stay fp32. `layers.onnx` and
`layers-int8.onnx` are the same with the states after each layer, which the tone head reads. What it is not: part of the product.

    onnx_graph.py MODELS/minilm OUT
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

FUSED = "com.microsoft"


def tensors(file: Path) -> dict[str, np.ndarray]:
    """The weights of a safetensors file, as fp32."""
    raw = file.read_bytes()
    head = int.from_bytes(raw[:8], "little")
    kinds = {"F16": np.float16, "F32": np.float32}
    found = {}
    for name, about in json.loads(raw[8 : 8 + head]).items():
        if name != "__metadata__":
            start, end = (8 + head + at for at in about["data_offsets"])
            values = np.frombuffer(raw[start:end], kinds[about["dtype"]])
            found[name] = values.reshape(about["shape"]).astype(np.float32)
    return found


class Graph:
    """Nodes and weights, as they are put down."""

    def __init__(self, weights: dict[str, np.ndarray], epsilon: float):
        self.weights, self.epsilon = weights, epsilon
        self.nodes, self.constants = [], []

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def node(self, operation: str, inputs: list[str], output: str, domain: str = FUSED, **attributes) -> str:
        self.nodes.append(helper.make_node(operation, inputs, [output], output, domain=domain, **attributes))
        return output

    def product(self, x: str, name: str, output: str) -> str:
        matrix = self.constant(f"{name}.weight", self.weights[f"{name}.weight"].T)
        return self.node("MatMul", [x, matrix], output, domain="")

    def add_norm(self, x: str, skip: str, dense: str, norm: str, output: str) -> str:
        inputs = [x, skip, self.weight(f"{norm}.weight"), self.weight(f"{norm}.bias"), self.weight(f"{dense}.bias")]
        return self.node("SkipLayerNormalization", inputs, output, epsilon=self.epsilon)

    def layer(self, x: str, at: int, heads: int) -> str:
        here = f"encoder.layer.{at}"
        own = f"{here}.attention.self"
        parts = ("query", "key", "value")
        matrix = np.concatenate([self.weights[f"{own}.{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self.weights[f"{own}.{part}.bias"] for part in parts])
        inputs = [x, self.constant(f"{own}.weight", matrix), self.constant(f"{own}.bias", bias), "mask_index"]
        mixed = self.node("Attention", inputs, f"{own}.out", num_heads=heads)
        output = f"{here}.attention.output"
        mixed = self.product(mixed, f"{output}.dense", f"{output}.product")
        x = self.add_norm(mixed, x, f"{output}.dense", f"{output}.LayerNorm", f"{output}.out")
        up, down = f"{here}.intermediate.dense", f"{here}.output"
        inner = self.product(x, up, f"{up}.product")
        inner = self.node("BiasGelu", [inner, self.weight(f"{up}.bias")], f"{up}.out")
        inner = self.product(inner, f"{down}.dense", f"{down}.product")
        return self.add_norm(inner, x, f"{down}.dense", f"{down}.LayerNorm", f"{down}.out")

    def model(self, layers: int, heads: int, width: int, each: bool = False) -> onnx.ModelProto:
        """The whole graph; gives the states after the last layer, or after each."""
        tables = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        tables = [self.weight(f"embeddings.{table}.weight") for table in tables]
        norm = [self.weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
        inputs = ["input_ids", "segment_ids", *tables, *norm, "input_mask"]
        outputs = ["embedded", "mask_index"]
        self.nodes.append(
            helper.make_node(
                "EmbedLayerNormalization", inputs, outputs, "embed", domain=FUSED, epsilon=self.epsilon
            )
        )
        x = "embedded"
        after = []
        for at in range(layers):
            x = self.layer(x, at, heads)
            after.append(x)
        shape = ["texts", "tokens"]
        given = [
            helper.make_tensor_value_info(name, TensorProto.INT32, shape)
            for name in ("input_ids", "segment_ids", "input_mask")
        ]
        states = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [*shape, width])
            for name in (after if each else after[-1:])
        ]
        graph = helper.make_graph(self.nodes, "minilm", given, states, self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path, help="folder with config.json and model.safetensors")
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    config = json.loads((args.model / "config.json").read_text())
    weights = tensors(args.model / "model.safetensors")
    sizes = [config[name] for name in ("num_hidden_layers", "num_attention_heads", "hidden_size")]
    args.out.mkdir(parents=True, exist_ok=True)
    onnx.save(Graph(weights, config["layer_norm_eps"]).model(*sizes), args.out / "fp32.onnx")
    onnx.save(Graph(weights, config["layer_norm_eps"]).model(*sizes, each=True), args.out / "layers.onnx")
    for exact, in_bytes in (("fp32", "int8"), ("layers", "layers-int8")):
        quantize_dynamic(
            args.out / f"{exact}.onnx",
            args.out / f"{in_bytes}.onnx",
            op_types_to_quantize=["MatMul", "Attention"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )


if __name__ == "__main__":
    main()
