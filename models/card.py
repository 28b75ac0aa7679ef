#!/usr/bin/env python3
"""Writes the measured figures into README.md and card.json, from what `undertone eval` printed.

What it is: the only way the table between the two marks in README.md and the lines of card.json come to be.
What it is not: a measurement.

    undertone eval all --data DIR --json > eval.json
    python models/card.py eval.json && python models/manifest.py
"""

import argparse
import json
from pathlib import Path

MODELS = Path(__file__).resolve().parent
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
NAMES = {
    "en": "all-MiniLM-L6-v2 with Undertone's tone head and topic rule",
    "es": "multilingual-e5-small for Spanish with Undertone's tone head and topic rule",
}
# What a release says of the model that reads a language: set, figure, and how it is told.
ENGLISH = (
    ("tweeteval", "macro recall", "sentiment: macro-averaged recall {value:.3f} on TweetEval validation ({texts:,} tweets)"),
    ("sentihood-tone", "macro recall", "sentiment: macro-averaged recall {value:.3f} on SentiHood dev ({texts:,} texts)"),
    ("built-in topics, new-haven", "nearest topic right",
     "topics: nearest topic right for {value:.3f} of {texts:,} New Haven issue descriptions"),
    ("built-in topics, new-haven", "given to other", "topics: {value:.3f} of the same are counted under Other"),
    ("built-in topics, other posts", "about no topic, yet given one",
     "topics: {value:.3f} of {texts:,} posts about nothing civic are given a topic"),
)
SPANISH = (
    ("umsab, Spanish", "macro F1", "sentiment in Spanish: macro-averaged F1 {value:.3f} on UMSAB validation ({texts:,} tweets)"),
    ("umsab, Spanish", "macro recall", "sentiment in Spanish: macro-averaged recall {value:.3f} on the same tweets"),
    ("own sentences, Spanish, topics", "nearest topic right",
     "topics in Spanish: nearest topic right for {value:.3f} of {texts:,} sentences written for it"),
)
TOLD = {"en": ENGLISH, "es": SPANISH}


def asked(wanted: dict | None) -> str:
    if not wanted:
        return ""
    (kind, number), = wanted.items()
    return f"{'>=' if kind == 'at_least' else '<='} {number:.2f}"


def table(reports: list) -> str:
    lines = ["| set | figure | texts | value | 95 % interval | asked |", "|---|---|---|---|---|---|"]
    for report in reports:
        for f in report["figures"]:
            lines.append(f"| {report['set']} | {f['name']} | {f['texts']:,} | {f['value']:.3f} | "
                         f"{f['low']:.3f} to {f['high']:.3f} | {asked(f.get('wanted'))} |")
    lines += ["", "Tones mistaken; rows are the truth (negative / neutral / positive), columns the guess:", "",
              "| set | confusion |", "|---|---|"]
    for report in reports:
        if rows := report.get("confusion"):
            lines.append(f"| {report['set']} | {' / '.join(' '.join(map(str, row)) for row in rows)} |")
    worse = [(report["set"], g) for report in reports for g in report.get("groups", []) if g["served_worse"]]
    lines += ["", "Served more than ten points worse than their whole set:" if worse else
              "No group of at least 40 texts lies more than ten points below its whole set.", ""]
    lines += [f"- {name}, {g['group']}: right {g['value']:.3f} ({g['low']:.3f} to {g['high']:.3f}) of {g['texts']}" for name, g in worse]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("eval", type=Path)
    reports = json.loads(parser.parse_args().eval.read_text())
    figures = {(report["set"], figure["name"]): figure for report in reports for figure in report["figures"]}
    told = lambda rows: [text.format(**figures[name, figure]) for name, figure, text in rows]
    card = {"models": [{"language": code, "name": NAMES[code], "measured": told(TOLD[code])} for code in NAMES]}
    (MODELS / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    readme = MODELS / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(f"{before}{BEGIN}\n{table(reports)}{END}{after}")


if __name__ == "__main__":
    main()
