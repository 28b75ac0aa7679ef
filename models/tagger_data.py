"""What the token classifier is trained and measured on: readers, marks of case, target sets, the check for overlap.

What it is: every text as (text, spans) in code points and from there as word pieces with a set of right labels each.
What it is not: part of the product; no text of these sets is committed.
"""

import csv
import functools
import gzip
import hashlib
import html
import itertools
import json
import random
import re
from pathlib import Path

import pii_hashtags
from corpora import lines, new_haven, polis
from pii_generator import Generator

# Labels beside Rampart's 35: a part of an address of whatever sort, and what Rampart does not know.
ADDED_LABELS = ("I-ADDRESS", "I-EMPLOYER", "I-MEDICAL", "I-QUASI")
# Sets of labels any of which is right; index 0 is "not said", which costs nothing.
SETS = {
    "VISIBLE": ("O", "CITY", "STATE"),
    "STREET": ("O", "CITY", "STATE", "STREET_NAME"),
    "PERSON": ("GIVEN_NAME", "SURNAME"),
    "ADDRESS": ("BUILDING_NUMBER", "SECONDARY_ADDRESS", "STREET_NAME", "ADDRESS"),
    "ID": ("EMAIL", "PHONE", "URL", "TAX_ID", "BANK_ACCOUNT", "ROUTING_NUMBER", "GOVERNMENT_ID", "PASSPORT", "DRIVERS_LICENSE", "ZIP_CODE"),
    "EMPLOYER": ("EMPLOYER",), "MEDICAL": ("MEDICAL",), "QUASI": ("QUASI",),
}
TARGETS = {"UNSAID": 0, **{name: index + 1 for index, name in enumerate(SETS)}}
HIDDEN_TARGETS = [TARGETS[name] for name in ("PERSON", "ADDRESS", "ID", "EMPLOYER", "MEDICAL", "QUASI")]
PIECES_MAX = 72
UNSAID = re.compile(r"(?i)@\w+|https?://\S+|www\.\S+|\S+@\S+")  # patterns hide these; the tweet sets label them either way
PII_ANON = {
    "PERSON_NAME": "PERSON", "STREET_ADDRESS": "ADDRESS", "ORGANIZATION_NAME": "UNSAID", "SALARY": "UNSAID", "TIMESTAMP": "UNSAID",
    "HEALTH_CONDITION": "MEDICAL",
}


def conll(path: Path, person: str, places: str) -> list:
    """Sentences of a CoNLL file as (text, spans): persons, and places, which may be seen."""
    sentences, words = [], []
    for line in path.read_text(encoding="utf-8").split("\n") + [""]:
        if line.strip():
            cells = line.split("\t")
            words.append((cells[0], cells[-1]))
        elif words:
            sentences.append(sentence(words, person, places))
            words = []
    return sentences


def sentence(words: list, person: str, places: str, tight: bool = False) -> tuple:
    """Joins words by spaces, but "@" and "#" with the next; tight also joins marks with the one before."""
    text, spans, glue = "", [], True
    for word, label in words:
        after = tight and re.fullmatch(r"[.,!?:;)]|'s|n't|'m|'re|'ll|'ve", word)
        text += "" if glue or after else " "
        start, glue = len(text), word in ("@", "#")
        text += word
        kind = {person: "PERSON", places: "STREET"}.get(label[2:])
        if kind and label.startswith("I-") and spans and spans[-1][2] == kind:
            spans[-1] = (spans[-1][0], len(text), kind)
        elif kind:
            spans.append((start, len(text), kind))
    return text, spans


def tweets(data: Path, split: str) -> dict:
    """Both tagged sets of short posts. A tenth of the train files, by the hash of each text, is "check": what
    thresholds are chosen on, never trained on."""
    file = "dev" if split == "dev" else "train"
    wnut = {"train": "wnut17train.conll", "dev": "emerging.dev.conll"}[file]
    both = {
        "wnut": conll(data / "pii/wnut17" / wnut, "person", "location"),
        "btc": conll(data / "pii/btc" / f"btc.{file}", "PER", "LOC"),
    }
    if split == "dev":
        return both
    return {name: [post for post in posts if (digest(post[0])[0] < 26) == (split == "check")] for name, posts in both.items()}


def unmarked_posts(data: Path) -> list:
    """Posts of SemEval 2013-2016 as they were written, in which nobody marked names."""
    texts = {}
    for path in sorted((data / "sentiment/semeval2013-2016").glob("*.tsv")):
        for line in lines(path):
            text = html.unescape(line.split("\t")[2]).replace("\\u2019", "'").replace("\\u002c", ",").replace('\\""', '"').strip()
            if 30 < len(text) < 200 and "\\" not in text:
                texts.setdefault(digest(text), text)
    return list(texts.values())


def pii_anon(data: Path, dev: bool) -> list:
    """Documents in Latin letters; one in ten, by the hash of its id, is development."""
    out = []
    with gzip.open(data / "pii/pii-anon/piianon_format.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["script"] != "Latn" or (hashlib.sha256(row["record_id"].encode()).digest()[0] < 26) != dev:
                continue
            spans = sorted((a["start"], a["end"], PII_ANON.get(a["entity_type"], "ID")) for a in row["annotations"])
            apart = [s for i, s in enumerate(spans) if i == 0 or s[0] >= spans[i - 1][1]]
            out.append((row["text"], apart))
    return out


def civic(data: Path) -> list:
    """Real civic comments in English and Spanish; they may hold names that nobody marked."""
    texts = [f"{title}. {whole}" if random.Random(whole).random() < 0.3 else whole for title, whole in new_haven(data)]
    for name in ("american-assembly.bowling-green", "bg2050-volunteers", "15-per-hour-seattle", "scoop-hivemind.affordable-housing"):
        texts += polis(data, name)
    with open(next((data / "civic/decide-madrid").rglob("*comments*.csv")), encoding="utf-8", newline="") as file:
        texts += [row.get("text") or row.get("body") or row.get("comment") or "" for row in csv.DictReader(file)]
    return [text[:260] for text in dict.fromkeys(t.strip() for t in texts) if 15 < len(text) < 700]


def short_sentences(texts: list, names: set) -> list:
    """Sentences of 4 to 18 words in which no word looks like a name: what the generator puts names beside."""
    out = []
    for text in texts:
        for part in re.split(r"(?<=[.!?])\s+", text):
            words = part.split()
            named = any(re.sub(r"\W|'s$", "", w).lower() in names and w[:1].isupper() for w in words)
            titled = sum(w[:1].isupper() for w in words[1:]) > 2
            if 4 <= len(words) <= 18 and not named and not titled and not re.search(r"\d{3}|@|http", part):
                out.append(part)
    return out


def known_names(data: Path) -> set:
    """First names of the Names Corpus (Kantrowitz)."""
    lists = ((data / "pii/names" / name).read_text(encoding="latin-1").split("\n") for name in ("female.txt", "male.txt"))
    return {name.strip().lower() for names in lists for name in names if name.strip() and not name.startswith("#")}


def pieces(tokenizer, text: str) -> tuple:
    """(ids, offsets, words) of a text, hashtags cut into words. The product computes the same."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    if "#" not in text:
        return encoding.ids, encoding.offsets, encoding.word_ids
    vocabulary = vocabulary_of(tokenizer)
    ids, offsets, words = [], [], []
    for _, group in itertools.groupby(zip(encoding.ids, encoding.offsets, encoding.word_ids), key=lambda piece: piece[2]):
        group = list(group)
        start, end = group[0][1][0], group[-1][1][1]
        word = text[start:end]
        number = words[-1] + 1 if words else 0
        if not (word.isalnum() and word[0].isalpha() and text[start - 1:start] == "#" and not text[max(0, start - 2):start - 1].isalnum()):
            ids += [piece[0] for piece in group]
            offsets += [piece[1] for piece in group]
            words += [number] * len(group)
            continue
        for part in pii_hashtags.cut(word, vocabulary):
            inner = tokenizer.encode(part, add_special_tokens=False)
            ids += inner.ids
            offsets += [(start + a, start + b) for a, b in inner.offsets]
            words += [number] * len(inner.ids)
            start, number = start + len(part), number + 1
    return ids, offsets, words


@functools.lru_cache(maxsize=None)
def vocabulary_of(tokenizer) -> frozenset:
    return frozenset(tokenizer.get_vocab())


def marks(text: str, spans: list, words: list) -> list:
    """Case of each piece's word: 1 with a capital first, 2 all in capitals, else 0; 0 throughout a text in capitals.

    The tokenizer drops case; the model gets it back as the token type. The product computes the same.
    """
    upper, lower = sum(c.isupper() for c in text), sum(c.islower() for c in text)
    if upper * 10 >= (upper + lower) * 9:
        return [0] * len(spans)
    ends = {}
    for (start, end), word in zip(spans, words):
        first, last = ends.get(word, (start, end))
        ends[word] = (min(first, start), max(last, end))
    return [mark(text[slice(*ends[word])]) for word in words]


def mark(word: str) -> int:
    if not word[:1].isupper():
        return 0
    letters = [c for c in word if c.isalpha()]
    return 2 if len(letters) > 1 and all(c.isupper() for c in letters) else 1


def encoded(tokenizer, text: str, spans: list, unsaid: bool = False) -> tuple:
    """(ids, marks, targets) with the special tokens, cut to PIECES_MAX."""
    ids, offsets, words = pieces(tokenizer, text)
    kinds = [TARGETS["VISIBLE"]] * len(text)
    for found in UNSAID.finditer(text) if unsaid else ():
        kinds[found.start():found.end()] = [0] * (found.end() - found.start())
    for start, end, kind in spans:
        kinds[start:end] = [TARGETS[kind] if kinds[start] else 0] * (end - start)
    cases = marks(text, offsets, words)
    targets = [max(kinds[start:end], default=0) if 0 not in kinds[start:end] else 0 for start, end in offsets]
    targets = [0 if target == TARGETS["PERSON"] and text[start:end] == "#" else target for target, (start, end) in zip(targets, offsets)]
    n = PIECES_MAX - 2
    return [2] + ids[:n] + [3], [0] + cases[:n] + [0], [0] + targets[:n] + [0]


def gists(text: str) -> list:
    """What patterns hide anyway, and the part of each that is read: a link to the end of its host, an account's mark."""
    out = []
    for found in UNSAID.finditer(text):
        start, end, link = found.start(), found.end(), found.group()
        at = link.find("@")
        if at >= 0:
            out.append((start, end, start + at, start + at + 1))
        else:
            first = link.find("://") + 3 if "://" in link else 0
            last = min((link.find(mark, first) for mark in "/?#:" if link.find(mark, first) >= 0), default=len(link))
            out.append((start, end, start, start + last))
    return out


def read_short(tokenizer, text: str) -> tuple:
    """(ids, marks, words, spans) as the product reads a text: with the special tokens, links and accounts read short."""
    ids, offsets, words = pieces(tokenizer, text)
    cases, short = marks(text, offsets, words), gists(text)
    inside = lambda s, e: any(a <= s and e <= b for a, b, _, _ in short)
    read = [not inside(s, e) or any(s < d and c < e for _, _, c, d in short) for s, e in offsets]
    rows = [row for row, keep in zip(zip(ids, cases, words, offsets), read) if keep][: PIECES_MAX - 2]
    ids, cases, words, offsets = (list(column) for column in zip(*rows)) if rows else ([], [], [], [])
    return [2] + ids + [3], [0] + cases + [0], [-1] + words + [-2], [None] + offsets + [None]


def digest(text: str) -> bytes:
    """The hash of a text in lower case, letters and figures only."""
    return hashlib.sha256(re.sub(r"\W+", " ", text.lower()).strip().encode()).digest()


def refuse_overlap(train: list, held: list) -> None:
    """Stops when a text that is measured on is also trained on."""
    seen = {digest(text) for text in held if len(text) > 20}
    both = sum(digest(text) in seen for text in train)
    if both:
        raise SystemExit(f"{both} training texts are also texts of a development set; remove them before training")


def development(data: Path) -> dict:
    """What is measured on and never trained on."""
    generator = Generator(7, dev=True)
    return {**tweets(data, "dev"), "synthetic": [generator.text() for _ in range(1500)], "pii_anon": pii_anon(data, True)[:300]}


def tricky(data: Path) -> list:
    return [json.loads(line)["text"] for line in (data / "pii/tricky-examples.jsonl").open(encoding="utf-8")]
