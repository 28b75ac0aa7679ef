"""What the encoder of several languages is trained on, each text on one side only.

What it is: the corpora of encoder_data.py, and beside them tweets in five more languages, our own sentences in Spanish
and in English side by side, and comments from Madrid without labels; checked against every evaluation set.
What it is not: a copy of any corpus (README.md names the sources).
"""

import csv
from pathlib import Path

import civic
import corpora
import encoder_data
from corpora import CHARACTERS_MIN
from encoder_data import PREFIX, Row, Sets, free, mark, share

# The tongues of the tweets beside English, by the name of their folder.
TONGUES = {"es": "spanish", "pt": "portuguese", "fr": "french", "it": "italian", "de": "german"}
LEARNT = ("tweets", "places", "haven", "civic posts", "other posts")
CHOICE_SHARE = 12
# Of the English rows for choices; the others are left out of everything.
ENGLISH_CHOICES = 500


def madrid(data: Path) -> list:
    """Comments on proposals of Madrid, each once; what is known of them is that they are Spanish."""
    rows = {}
    with (data / "civic/decide-madrid/data/comments.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = corpora.clean(row["text"])
            if len(text) >= CHARACTERS_MIN:
                rows.setdefault(mark(text), Row(text))
    return list(rows.values())


def pairs() -> list:
    """(English row, Spanish row) of our own sentences of the split `fit`, which say the same."""
    sides = [[Row(text, tone=tone, topic=topic) for text, tone, topic in civic.sentences("fit", code)] for code in ("en", "es")]
    if [(row.tone, row.topic) for row in sides[0]] != [(row.tone, row.topic) for row in sides[1]]:
        raise SystemExit("civic-sentences.es.tsv does not follow civic-sentences.tsv row by row")
    return list(zip(*sides))


def phrases(code: str) -> list:
    return [Row(phrase, topic=topic["id"], phrase=True) for topic in civic.taxonomy(code) for phrase in topic["examples"]]


def sets(data: Path) -> tuple:
    """(sets as in encoder_data, pairs); a text that an evaluation set holds is learnt from nowhere."""
    english = encoder_data.sets(data)
    out = Sets(held=set(english.held))
    evaluation = [text for name in TONGUES.values() for text, _ in corpora.umsab(data, "val", name)]
    evaluation += [text for text, *_ in civic.sentences("check", "es")]
    out.held |= {mark(text) for text in evaluation} | {mark(text)[:PREFIX] for text in evaluation if len(mark(text)) >= PREFIX}
    out.choose = [row for row in english.choose if free(row.text, out.held)][:ENGLISH_CHOICES]
    learn = {name: english.learn[name] for name in LEARNT}
    learn |= {code: [Row(text, tone=tone) for text, tone in corpora.umsab(data, "train", name)] for code, name in TONGUES.items()}
    learn |= {"phrases": phrases("en") + phrases("es"), "madrid": madrid(data)}
    for name, rows in learn.items():
        kept = [row for row in rows if free(row.text, out.held)]
        if name in TONGUES:
            out.choose += [row for row in kept if share(row.text, CHOICE_SHARE) == 0]
            kept = [row for row in kept if share(row.text, CHOICE_SHARE) != 0]
        out.learn[name] = kept
    chosen = {mark(row.text) for row in out.choose}
    out.learn = {name: [row for row in rows if mark(row.text) not in chosen] for name, rows in out.learn.items()}
    own = [pair for pair in pairs() if all(free(row.text, out.held) for row in pair)]
    encoder_data.check(out)
    encoder_data.check(Sets(learn={"own": [row for pair in own for row in pair]}, choose=out.choose, held=out.held))
    return out, own
