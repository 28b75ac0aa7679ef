"""The shipped encoder in torch: token ids in, pooled hidden states out.

What it is: the reference for training and for golden.json; reads only the f16 weights of minilm/ or of e5/.
What it is not: what the product runs (that is Rust); one text gives the same numbers there to f32 rounding.

Pooling runs over all tokens of a text, [CLS] and [SEP] included; texts are cut to 256 tokens.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from emoji_words import spoken
from encoder_data import seen

MODELS = Path(__file__).resolve().parent
# What is read before every text, and the language that an encoder is for.
PREFIXES = {"minilm": "", "e5": "query: "}
LANGUAGES = {"minilm": "en", "e5": "es"}
# Whose vocabulary knows no emoji and reads their names instead.
SPOKEN = {"minilm"}
TOKENS_MAX = 256
HIDDEN = 384
POOLS = ("mean", "max", "cls")
BATCH_TOKENS = 4096


class Encoder:
    """Pools every layer of the encoder; keeps what it computed in a folder when one is given."""

    def __init__(self, cache: Path | None = None, name: str = "minilm"):
        torch.set_num_threads(2)
        self.folder, self.prefix, self.language = MODELS / name, PREFIXES[name], LANGUAGES[name]
        config = BertConfig.from_json_file(str(self.folder / "config.json"))
        self.layers = config.num_hidden_layers
        self.model = BertModel(config, add_pooling_layer=False).eval()
        half = load_file(str(self.folder / "model.safetensors"))
        self.model.load_state_dict({k: torch.from_numpy(v.astype(np.float32)) for k, v in half.items()})
        self.tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        self.cache, self.digest = cache, hashlib.sha256((self.folder / "model.safetensors").read_bytes()).hexdigest()

    def tokens(self, text: str) -> list:
        """Token ids of what the product reads of a text, cut to 256 with [SEP] kept last."""
        text = spoken(seen(text)) if self.folder.name in SPOKEN else seen(text)
        ids = self.tokenizer.encode(self.prefix + text).ids
        return ids if len(ids) <= TOKENS_MAX else ids[: TOKENS_MAX - 1] + ids[-1:]

    @torch.no_grad()
    def pooled(self, texts: list) -> np.ndarray:
        """Pooled states [texts, 3 pools, layers, 384], pools in the order of POOLS; f16 with a cache, else f32."""
        ids = [self.tokens(text) for text in texts]
        key = hashlib.sha256(json.dumps([self.digest, *ids]).encode()).hexdigest()[:24]
        stored = self.cache and self.cache / f"{key}.npy"
        if stored and stored.exists():
            return np.load(stored, mmap_mode="r")
        out = np.zeros((len(texts), len(POOLS), self.layers, HIDDEN), np.float16 if self.cache else np.float32)
        for batch in batches(ids):
            out[batch] = self.run([ids[i] for i in batch])
        if stored:
            self.cache.mkdir(parents=True, exist_ok=True)
            np.save(stored, out)
        return out

    @torch.no_grad()
    def run(self, ids: list) -> np.ndarray:
        """One padded batch, f32 [texts, 3, layers, 384]."""
        longest = max(map(len, ids))
        tokens = torch.zeros((len(ids), longest), dtype=torch.long)
        mask = torch.zeros((len(ids), longest))
        for row, text in enumerate(ids):
            tokens[row, : len(text)] = torch.tensor(text)
            mask[row, : len(text)] = 1
        states = self.model(input_ids=tokens, attention_mask=mask, output_hidden_states=True).hidden_states
        seen = mask[:, :, None]
        rows = []
        for state in states[1:]:
            mean = (state * seen).sum(1) / seen.sum(1)
            top = state.masked_fill(seen == 0, -1e9).max(1).values
            rows.append(torch.stack((mean, top, state[:, 0]), 1))
        return torch.stack(rows, 2).numpy()

    def sentences(self, texts: list) -> np.ndarray:
        """Sentence vectors, f32 [texts, 384]: last layer, mean-pooled, L2-normalised."""
        mean = np.asarray(self.pooled(texts)[:, 0, self.layers - 1], np.float32)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def batches(ids: list) -> list:
    """Rows in order of length, in groups of at most BATCH_TOKENS padded tokens."""
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    groups, group = [], []
    for row in order:
        if group and (len(group) + 1) * len(ids[row]) > BATCH_TOKENS:
            groups.append(group)
            group = []
        group.append(row)
    return groups + [group] if group else groups
