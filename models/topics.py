"""The topic rule in numpy: how near a sentence vector lies to the phrases of each topic.

What it is: the reference for what the product does with minilm/topics.json and taxonomy.toml.
What it is not: trained; only alpha, scale, bias and margin are fitted, by fit_topics.py.

    s_t = alpha * max_p cos(e, e_p) + (1 - alpha) * cos(e, centroid_t)
    p_t = 1 / (1 + exp(-scale * (s_t - bias)))
    assigned: p_t >= 0.5 and p_t >= p_best - margin, best first, at most 3; none means "other"
"""

import numpy as np

import civic

TOPICS_MAX = 3


def phrases(topic: dict) -> list:
    """What stands for a topic: its name with its description, each example, and each thing that it is about."""
    return [f"{topic['name']}. {topic['description']}"] + topic["examples"] + topic.get("about", [])


class Nearness:
    """The two cosines of every text with every topic, before they are mixed."""

    def __init__(self, encoder, topics: list):
        self.ids = [topic["id"] for topic in topics]
        self.vectors = [encoder.sentences(phrases(topic)) for topic in topics]
        centroids = np.stack([vectors.mean(0) for vectors in self.vectors])
        self.centroids = centroids / np.linalg.norm(centroids, axis=1, keepdims=True)

    def of(self, sentences: np.ndarray) -> tuple:
        """(nearest phrase, centroid), each f32 [texts, topics]."""
        nearest = np.stack([(sentences @ v.T).max(1) for v in self.vectors], 1)
        return nearest, sentences @ self.centroids.T


def probabilities(nearest: np.ndarray, centroid: np.ndarray, rule: dict) -> np.ndarray:
    mixed = rule["alpha"] * nearest + (1 - rule["alpha"]) * centroid
    return 1 / (1 + np.exp(-rule["scale"] * (mixed - rule["bias"])))


def assigned(row: np.ndarray, ids: list, margin: float) -> list:
    """Topic ids of one text, best first; ties go to the earlier topic."""
    best = row.max()
    order = sorted(range(len(ids)), key=lambda i: (-row[i], i))
    kept = [i for i in order if row[i] >= 0.5 and row[i] >= best - margin]
    return [ids[i] for i in kept[:TOPICS_MAX]] or [civic.OTHER]
