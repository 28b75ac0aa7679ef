#!/usr/bin/env python3
"""Writes minilm/golden.json: what the shipped weights say of twenty texts, for the product to compare itself with.

What it is: tokens, sentiment probabilities, topic probabilities and assigned topics, computed in torch
with the f16 weights widened to f32. Compare probabilities within 1e-3, the rest exactly
(no text lies within 2e-3 of a decision).
What it is not: a quality check; the texts were chosen to cover shapes, not to be easy.

    python models/golden.py
"""

import json

import numpy as np
from safetensors.numpy import load_file

import civic
from encoder import HIDDEN, MINILM, POOLS, Encoder
from heads import logits, softmax
from topics import Nearness, assigned, probabilities

TEXTS = (
    "There is a huge pothole on Carver Lane and nobody fixes it.",
    "Thank you for the new playground, my kids love it!",
    "When is the next council meeting?",
    "The bus was late again and the shelter has no roof.",
    "THE NOISE FROM THE BAR IS UNBEARABLE, WE CANNOT SLEEP",
    "<PERSON> at the registry office was very kind and helpful.",
    "<HANDLE> garbage has not been collected at <ADDRESS> for two weeks <URL>",
    "We need more affordable housing and fewer luxury towers.",
    "ok",
    "I hate Mondays.",
    "The storm drain is blocked, the street floods and cars park on the sidewalk.",
    "Property tax bills are sent out in July.",
    "The nurses at the clinic were wonderful to my father.",
    "Two cars were broken into last night and the police never came.",
    "Why does a city this rich let people sleep in tents under the bridge?",
    "The city should put solar panels on the roofs of all schools.",
    "Loved the concert in the park, but the queue for food was awful.",
    "caf\u00e9 cr\u00e8me \u2013 na\u00efve r\u00e9sum\u00e9 \U0001f600 50\u20ac",
    "Stray dogs and rats run around the overflowing garbage bins.",
    "The small shops on Main Street are great and the new owners are friendly. " * 24,
)


def main() -> None:
    encoder = Encoder()
    near = Nearness(encoder, civic.taxonomy())
    rule = json.loads((MINILM / "topics.json").read_text())
    about = json.loads((MINILM / "sentiment.json").read_text())
    head = load_file(str(MINILM / "sentiment.safetensors"))
    rows = []
    for text in TEXTS:
        ids = encoder.tokens(text)
        pooled = encoder.run([ids])[0]
        parts = [pooled[POOLS.index(pool), int(layer) - 1] for pool, layer in (f.split(":") for f in about["features"])]
        sentiment = softmax(logits(head, np.concatenate(parts)) / about["temperature"])
        sentence = pooled[POOLS.index("mean"), -1]
        assert sentence.shape == (HIDDEN,)
        chance = probabilities(*near.of((sentence / np.linalg.norm(sentence))[None]), rule)[0]
        rows.append({
            "text": text,
            "tokens": len(ids),
            "sentiment": [round(float(p), 6) for p in sentiment],
            "topics": {one: round(float(p), 6) for one, p in zip(near.ids, chance)},
            "assigned": assigned(chance, near.ids, rule["margin"]),
        })
    (MINILM / "golden.json").write_text(json.dumps({"texts": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
