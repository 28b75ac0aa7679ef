"""Reads the public corpora the heads were fitted on and brings their texts into the shape of redacted text.

What it is: one reader a corpus, each giving (text, label) pairs; labels are negative 0, neutral 1, positive 2.
What it is not: a copy of any corpus; none is part of this repository (see README.md for the sources).
"""

import csv
import html
import json
import random
import re
from pathlib import Path

HANDLE = re.compile(r"(?<![\w@])@\w+|(?<!\w)@user\b", re.IGNORECASE)
URL = re.compile(r"https?://\S+|\bwww\.\S+|\bhttp\b", re.IGNORECASE)
TONES = {"negative": 0, "neutral": 1, "positive": 2}
PLACES = ("Elm Park", "the East Side", "Riverside", "Old Town", "Westville", "Mill Hill", "Harbour Ward", "Northgate")

# New Haven: the title names the type of a request; a title that fits two types is left out.
TITLES = {
    "streets": r"pot ?hole|lamp|lights? out|street ?light|plow|snow (related|removal)|sweep|sinkhole|manhole|street repair|icy",
    "walking-and-cycling": r"side ?walk|curb|crosswalk|bike lane",
    "traffic-and-parking": r"traffic|speed|parking|signal",
    "waste": r"trash|recycl|dumping|\bbins?\b|yard waste|leaf|litter|garbage|bulk",
    "blight": r"graffiti|blight|private property|vacant",
    "animals": r"\b(dogs?|cats?|animals?|rats?)\b",
    "parks-and-trees": r"tree|stump|^trim|^removal|limb|branch|park request",
    "water-and-sewer": r"drain|sewer|hydrant|flood|water",
    "noise": r"noise|loud",
    "safety": r"polic|theft|stolen|crime",
    "transit": r"\bbus\b( [^s]| s[^h]|$)",
}
POSTS = {
    "Potholes": "streets", "Streetlights": "streets", "Waste/Garbage": "waste", "Traffic/Parking": "traffic-and-parking",
    "Water": "water-and-sewer", "Sewage": "water-and-sewer", "Air": "environment",
}
CHARACTERS_MIN = 20


def clean(text: str) -> str:
    """Undoes escapes and puts the placeholders of redaction where handles and links stood."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    text = re.sub('"+', '"', html.unescape(text.replace('\\"', '"').replace("\\n", " ")))
    text = HANDLE.sub("<HANDLE>", URL.sub("<URL>", text))
    return " ".join(text.split()).strip('" ')


def fingerprint(text: str) -> str:
    """What two copies of one post share: letters and digits without handles and links."""
    bare = text.replace("<HANDLE>", "").replace("<URL>", "")
    return re.sub(r"[^a-z0-9]", "", bare.lower())


def lines(path: Path) -> list:
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


def pairs(folder: Path, texts: str, labels: str) -> list:
    """A file of texts beside a file of labels, line by line."""
    rows = zip(lines(folder / texts), lines(folder / labels), strict=True)
    return [(clean(text), int(label)) for text, label in rows]


def tweeteval_dev(data: Path) -> list:
    return pairs(data / "sentiment/tweeteval-dev", "val_text.txt", "val_labels.txt")


def umsab(data: Path, split: str, language: str = "english") -> list:
    return pairs(data / "sentiment/umsab" / language, f"{split}_text.txt", f"{split}_labels.txt")


def semeval(data: Path) -> list:
    """Every year and split once; a post with two different labels is left out."""
    labels, texts = {}, {}
    for path in sorted((data / "sentiment/semeval2013-2016").glob("*.tsv")):
        for line in lines(path):
            _, tone, text = line.split("\t")[:3]
            text = clean(text)
            if tone in TONES and fingerprint(text):
                labels.setdefault(fingerprint(text), set()).add(TONES[tone])
                texts.setdefault(fingerprint(text), text)
    return [(texts[key], labels[key].pop()) for key in texts if len(labels[key]) == 1]


def sentihood(data: Path, split: str) -> list:
    """A sentence is neutral without an opinion, and left out when its opinions disagree."""
    rows = json.loads((data / f"sentiment/sentihood/sentihood-{split}.json").read_text(encoding="utf-8"))
    chance = random.Random(f"sentihood-{split}")
    out = []
    for row in rows:
        tones = {opinion["sentiment"] for opinion in row["opinions"]}
        if len(tones) > 1:
            continue
        one, two = chance.sample(PLACES, 2)
        text = clean(row["text"].replace("LOCATION1", one).replace("LOCATION2", two))
        out.append((text, TONES[tones.pop().lower()] if tones else 1))
    return out


def new_haven(data: Path) -> list:
    """(title, whole text) of each request; the whole text stands in a JSON column and may be absent."""
    out = []
    with (data / "civic/seeclickfix-newhaven/issues.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                whole = json.loads(row["category"])["user_value"]
            except (ValueError, KeyError, TypeError):
                whole = row["summary"]
            out.append((clean(row["summary"]), clean(whole)))
    return out


def civic_posts(data: Path) -> list:
    """(text, category, about the city or not) of short posts to an authority."""
    with (data / "civic/civic-tweets-india/finalData.csv").open(encoding="utf-8", newline="") as file:
        return [(clean(r["description"]), r["category"], r["civic_issue"] == "1") for r in csv.DictReader(file)]


def polis(data: Path, name: str) -> list:
    with (data / "civic/polis" / name / "comments.csv").open(encoding="utf-8", newline="") as file:
        return [clean(row["comment-body"]) for row in csv.DictReader(file)]
