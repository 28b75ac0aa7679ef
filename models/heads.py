"""The tone head in numpy: pooled features in, probabilities out.

What it is: the reference for what the product does with minilm/sentiment.safetensors.
What it is not: trained here; `train_encoder.py` trains it together with the encoder.
"""

import numpy as np


def logits(head: dict, inputs: np.ndarray) -> np.ndarray:
    """One hidden layer with ReLU; f16 weights are widened first."""
    wide = {name: value.astype(np.float32) for name, value in head.items()}
    return np.maximum(inputs @ wide["w0"].T + wide["b0"], 0) @ wide["w1"].T + wide["b1"]


def softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
