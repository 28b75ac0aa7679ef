#!/usr/bin/env python3
"""What the English encoder reads where a post has an emoji: its name in words, for its vocabulary knows none of them.

What it is: the table minilm/emoji.tsv (an emoji, a tab, its words) and the reference for what the product does with it.
What it is not: a reading of moods; the encoder learns what the words mean from posts, ":)" and ":(" among them.

    python models/emoji_words.py           writes the table, with the names that Unicode gives (CLDR)

A run of one emoji counts once; colours of skin and the marks that choose a picture are dropped; flags of countries, figures in
frames and plain marks ("TM") say nothing and are left out. Of two emoji that begin alike the longer one is read.
"""

import functools
import re
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "minilm" / "emoji.tsv"
MARKS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


@functools.cache
def table() -> dict:
    return dict(row.split("\t") for row in TABLE.read_text(encoding="utf-8").splitlines())


@functools.cache
def pattern() -> re.Pattern:
    return re.compile("|".join(map(re.escape, sorted(table(), key=len, reverse=True))))


def spoken(text: str) -> str:
    """The text with the words of each emoji in its place, apart from what stands beside it."""
    if text.isascii():
        return text
    text = MARKS.sub("", text)
    out, end, before = [], 0, None
    for found in pattern().finditer(text):
        between = text[end : found.start()]
        if found[0] != before or between.strip():
            out += [between, f" {table()[found[0]]} "]
        end, before = found.end(), found[0]
    return "".join([*out, text[end:]])


# Posts of the training sets have no emoji; what they have instead teaches the words of some.
EMOTICONS = tuple((re.compile(rf"(?<![\w:]){shape}(?![\w)(])"), f" {words} ") for shape, words in (
    (r"[:=]-?\)+", "slightly smiling face"), (r"[:=]-?D+", "grinning face"), (r";-?\)+", "winking face"),
    (r"[:=]'-?\(+", "crying face"), (r"[:=]-?\(+", "frowning face"), (r"[:=]-?[/\\](?!/)", "confused face"),
    (r"[:=]-?[Pp]", "face with tongue"), (r"<3+", "red heart"),
))


def worded(text: str) -> str:
    """The text with emoticons as the words of the emoji that are like them: for training alone."""
    return functools.reduce(lambda text, one: one[0].sub(one[1], text), EMOTICONS, text)


def names() -> dict:
    import emoji

    out = {}
    for one, about in emoji.EMOJI_DATA.items():
        name = about["en"].strip(":").replace("_", " ").replace("-", " ").replace("’", "'")
        key = MARKS.sub("", one)
        flag = any(0x1F1E6 <= ord(character) <= 0x1F1FF or ord(character) >= 0xE0000 for character in key)
        if not key or flag or key == "\U0001f3f4" or "\u20e3" in key or key.isascii() or key in "©®™" or "skin tone" in name:
            continue
        # Of several spellings of one picture the shortest name is the plain one.
        if key not in out or len(name) < len(out[key]):
            out[key] = name
    return {key: out[key] for key in sorted(out)} | {"♡": "red heart", "♥": "red heart"}


if __name__ == "__main__":
    TABLE.write_text("".join(f"{key}\t{words}\n" for key, words in sorted(names().items())), encoding="utf-8")
    print(f"{len(table.__wrapped__())} emoji")
