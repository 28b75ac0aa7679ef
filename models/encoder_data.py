"""What the encoder is trained on and measured on, each text on one side only.

What it is: the split of every corpus by the hash of its texts, the labels of the two tasks (tone; what a text is
about), and the check that no training text stands in an evaluation set. `undertone eval` splits in the same way.
What it is not: a copy of any corpus (README.md names the sources).
"""

import hashlib
import json
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import civic
import corpora
from civic_frames import framed
from corpora import CHARACTERS_MIN, POSTS, TITLES

PLACEHOLDER = re.compile(r"<[A-Z_]+>")
ASPECTS = ("general", "price", "transit-location", "safety", "live", "green-nature", "shopping", "nightlife",
           "dining", "multicultural", "quiet", "touristy")
TYPES = 25
PREFIX = 60
UNKNOWN = -1
# A text belongs to the evaluation where the hash of its letters, modulo ten, is one of these.
HELD_TENTHS = (7, 8, 9)
CHOICE_SHARE = 24


@dataclass
class Row:
    """One text with whatever is known of it; `anchor` is the phrase of its topic that it is made of, `hidden` the text redacted."""

    text: str
    tone: int = UNKNOWN
    topic: str | None = None
    aspects: set | None = None
    kind: int = UNKNOWN
    anchor: str | None = None
    hidden: str | None = None


@dataclass
class Sets:
    """Rows to learn from by corpus, rows for choices, and fingerprints nothing may be learnt from."""

    learn: dict = field(default_factory=dict)
    choose: list = field(default_factory=list)
    held: set = field(default_factory=set)


def seen(text: str) -> str:
    """A text as the product's classifier sees it: placeholders of redaction left out."""
    return " ".join(PLACEHOLDER.sub(" ", text).split())


def mark(text: str) -> str:
    """Letters and digits of a text, by which copies are known."""
    return corpora.fingerprint(PLACEHOLDER.sub(" ", text))


def share(text: str, parts: int) -> int:
    """A number below `parts` that depends on the letters of the text alone."""
    return int(hashlib.sha256(mark(text).encode()).hexdigest()[:8], 16) % parts


def held_out(text: str) -> bool:
    return share(text, 10) in HELD_TENTHS


def bodies(data: Path) -> list:
    """(title, description without it) of each New Haven request, each description once."""
    out = {}
    for title, whole in corpora.new_haven(data):
        body = whole[len(title):].strip() if whole.lower().startswith(title.lower()) else whole
        if len(body) >= CHARACTERS_MIN:
            out.setdefault(mark(body), (title.lower().strip(), body))
    return list(out.values())


def types(rows: list) -> list:
    """The most frequent titles, the first the most frequent, by name among equals."""
    counts = Counter(title for title, _ in rows)
    return sorted(counts, key=lambda title: (-counts[title], title))[:TYPES]


def new_haven(data: Path) -> list:
    rows = bodies(data)
    names = types(rows)
    out = []
    for title, body in rows:
        topics = [topic for topic, pattern in TITLES.items() if re.search(pattern, title)]
        kind = names.index(title) if title in names else UNKNOWN
        if len(topics) == 1 or kind != UNKNOWN:
            out.append(Row(body, topic=topics[0] if len(topics) == 1 else None, kind=kind))
    return out


def posts(data: Path) -> list:
    """Each post once; a civic post whose category names no built-in topic is left out."""
    rows = {}
    for text, category, city in corpora.civic_posts(data):
        topic = POSTS.get(category) if city else civic.OTHER
        if topic and len(text) >= CHARACTERS_MIN:
            rows.setdefault(mark(text), Row(text, topic=topic))
    return list(rows.values())


def sentihood(data: Path, split: str) -> list:
    """Every sentence with its aspects; the tone only where its opinions agree."""
    chance = random.Random(f"sentihood-{split}")
    out = []
    for row in json.loads((data / f"sentiment/sentihood/sentihood-{split}.json").read_text(encoding="utf-8")):
        tones = {opinion["sentiment"].lower() for opinion in row["opinions"]}
        one, two = chance.sample(corpora.PLACES, 2)
        text = corpora.clean(row["text"].replace("LOCATION1", one).replace("LOCATION2", two))
        tone = UNKNOWN if len(tones) > 1 else corpora.TONES[tones.pop()] if tones else corpora.TONES["neutral"]
        out.append(Row(text, tone=tone, aspects={opinion["aspect"] for opinion in row["opinions"]}))
    return out


def tweets(data: Path, redacted: Path | None) -> list:
    """The posts, each with what `undertone redact` made of it where that was kept."""
    rows = corpora.semeval(data)
    if redacted is None:
        return [Row(text, tone=tone) for text, tone in rows]
    hidden = [json.loads(line)["redacted"] for line in redacted.read_text(encoding="utf-8").splitlines()]
    return [Row(text, tone=tone, hidden=other) for (text, tone), other in zip(rows, hidden, strict=True)]


def sets(data: Path, redacted: Path | None = None) -> Sets:
    """Reads and splits everything, then checks the split."""
    haven, city_posts = new_haven(data), posts(data)
    own = [Row(text, tone=tone, topic=topic) for text, tone, topic in civic.sentences("fit")]
    phrases = [Row(phrase, topic=topic["id"], anchor=phrase) for topic in civic.taxonomy() for phrase in topic["examples"] + topic["about"]]
    made_up = [Row(text, tone=civic.TONES[tone], topic=topic, anchor=anchor) for text, tone, topic, anchor in framed(2)]
    evaluation = [text for text, _ in corpora.tweeteval_dev(data) + corpora.umsab(data, "val")]
    evaluation += [row.text for row in sentihood(data, "dev")] + [text for text, *_ in civic.sentences("check")]
    evaluation += [row.text for row in haven + city_posts if held_out(row.text)]
    out = Sets(held={mark(text) for text in evaluation} | {mark(text)[:PREFIX] for text in evaluation if len(mark(text)) >= PREFIX})
    learn = {
        "tweets": tweets(data, redacted),
        "places": sentihood(data, "train"),
        "own": own,
        "phrases": phrases,
        "framed": made_up,
        "haven": haven,
        "civic posts": [row for row in city_posts if row.topic != civic.OTHER],
        "other posts": [row for row in city_posts if row.topic == civic.OTHER],
    }
    for name, rows in learn.items():
        kept = [row for row in rows if free(row.text, out.held)]
        if name in ("tweets", "places"):
            out.choose += [row for row in kept if share(row.text, CHOICE_SHARE) == 0]
            kept = [row for row in kept if share(row.text, CHOICE_SHARE) != 0]
        out.learn[name] = kept
    check(out)
    return out


def free(text: str, held: set) -> bool:
    """Whether no held text has the same letters, or the same first ones (shares that were cut short)."""
    letters = mark(text)
    return letters not in held and letters[:PREFIX] not in held


def check(split: Sets) -> None:
    """Stops when a text that is learnt from stands in an evaluation set or among the rows for choices."""
    chosen = {mark(row.text) for row in split.choose}
    for name, rows in split.learn.items():
        bad = [row.text for row in rows if not free(row.text, split.held) or mark(row.text) in chosen]
        if bad:
            raise SystemExit(f"{len(bad)} texts of {name} stand in an evaluation set")


if __name__ == "__main__":
    # The posts as `undertone redact` takes them.
    for text, _ in corpora.semeval(Path(sys.argv[1])):
        print(json.dumps({"text": text}))
