#!/usr/bin/env python3
"""What writers' texts say against what all participants voted, on Polis exports.

    python3 models/silent_experiment.py --undertone target/release/undertone EXPORT [EXPORT ...]

Each EXPORT is a folder with comments.csv and participants-votes.csv. The table it prints is Markdown.
Standard library only; the random splits are seeded.

A statement's tone is what the classifier says of its text: 1, 0 or -1. Three nets are compared. Of the
texts: the mean tone of the statements that residents wrote, one voice per comment, then one per account. Of
the votes: a participant's voice is the mean, over the statements voted on, of vote times tone (who disagrees
with a negative statement is positive), and the net is the mean over participants. The gap of two groups is
the mean, over statements that twenty of each took a side on, of the distance of their shares of agreement.
"""

import argparse
import csv
import json
import random
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

SPLITS = 200
SEED = 20260105
VOTES_MIN = 20


def main():
    """Prints one row per conversation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--undertone", default="undertone", help="the program, to classify with")
    parser.add_argument("exports", nargs="+", type=Path)
    args = parser.parse_args()
    print("| conversation | participants | wrote | loudest account | net of texts, per comment | per account "
          "| net of votes, all | who wrote | who only voted | between random splits (95 %) | gap of agreement, "
          "wrote against voted | random splits (95 %) |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for export in args.exports:
        print(row(export, args.undertone))


def row(export: Path, undertone: str) -> str:
    """The row of one conversation."""
    statements = read_statements(export / "comments.csv")
    votes, writers = read_votes(export / "participants-votes.csv")
    sign = orientation(statements, votes)
    votes = {who: {at: sign * vote for at, vote in cast.items()} for who, cast in votes.items()}
    tones, read = classify(statements, undertone)
    said = {at: tones[at] for at in tones if not statements[at]["seed"]}
    authors = Counter(s["author"] for s in statements.values() if not s["seed"])
    by_account = defaultdict(list)
    for at, tone in said.items():
        by_account[statements[at]["author"]].append(tone)
    silent = [who for who in votes if who not in writers]
    wrote = [who for who in votes if who in writers]
    rng = random.Random(SEED)
    tone_splits, gap_splits = [], []
    for _ in range(SPLITS):
        drawn = rng.sample(list(votes), len(wrote))
        rest = set(votes) - set(drawn)
        tone_splits.append(difference(net(votes, tones, drawn), net(votes, tones, rest)))
        gap_splits.append(gap(votes, drawn, rest))
    cells = [
        export.name, len(votes), f"{len(wrote)} ({share(len(wrote), len(votes))})",
        f"{share(max(authors.values()), sum(authors.values()))} of {sum(authors.values())}",
        number(mean(said.values()), read), number(mean(map(mean, by_account.values())), read),
        number(net(votes, tones, votes), read), number(net(votes, tones, wrote), read),
        number(net(votes, tones, silent), read),
        "not read" if not read else f"±{quantile([abs(d) for d in tone_splits if d is not None], 0.95):.3f}",
        f"{gap(votes, wrote, silent):.3f}" if gap(votes, wrote, silent) is not None else "too few",
        span([g for g in gap_splits if g is not None]),
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def read_statements(path: Path) -> dict:
    """id -> text, author, seed and counted votes; ragged rows keep the rest of the line as text."""
    found = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        head = next(rows)
        body = head.index("comment-body")
        for fields in rows:
            if len(fields) <= body:
                continue
            named = dict(zip(head, fields))
            found[named["comment-id"]] = {
                "text": ",".join(fields[body:]), "author": named["author-id"],
                "seed": named.get("is-seed", "").lower() == "true",
                "agrees": int(named["agrees"]), "disagrees": int(named["disagrees"])}
    return found


def read_votes(path: Path) -> tuple:
    """participant -> {statement: vote}, and the participants who wrote."""
    votes, writers = {}, set()
    with path.open(encoding="utf-8", newline="") as file:
        for named in csv.DictReader(file):
            cast = {at: int(float(vote)) for at, vote in named.items()
                    if at is not None and at.isdigit() and vote not in ("", None)}
            if not cast:
                continue
            votes[named["participant"]] = cast
            if int(named["n-comments"]) > 0:
                writers.add(named["participant"])
    return votes, writers


def orientation(statements: dict, votes: dict) -> int:
    """1 where the export writes +1 for agreement, as comments.csv counts it, else -1."""
    agrees = sum(s["agrees"] - s["disagrees"] for s in statements.values())
    cast = sum(sum(one.values()) for one in votes.values())
    return 1 if agrees * cast >= 0 else -1


def classify(statements: dict, undertone: str) -> tuple:
    """Statement -> 1, 0 or -1, and whether the classifier reads most of them."""
    lines = "".join(json.dumps({"id": at, "text": s["text"]}) + "\n" for at, s in statements.items())
    done = subprocess.run([undertone, "classify"], input=lines, capture_output=True, text=True, check=True)
    tones = {}
    for line in done.stdout.splitlines():
        labels = json.loads(line)
        scores = labels.get("sentiment")
        if scores:
            top = max(scores, key=scores.get)
            tones[labels["id"]] = {"negative": -1, "neutral": 0, "positive": 1}[top]
    return tones, len(tones) * 2 > len(statements)


def net(votes: dict, tones: dict, group) -> float | None:
    """Mean over participants of their mean of vote times tone."""
    voices = []
    for who in group:
        told = [vote * tones[at] for at, vote in votes[who].items() if at in tones and tones[at] and vote]
        if told:
            voices.append(mean(told))
    return mean(voices)


def gap(votes: dict, one, other) -> float | None:
    """Mean distance of two groups' shares of agreement, over statements enough of both took a side on."""
    sides = [Counter(), Counter()]
    for side, group in zip(sides, (one, other)):
        for who in group:
            side.update((at, vote) for at, vote in votes[who].items() if vote)
    distances = []
    for at in {at for side in sides for at, _ in side}:
        counts = [(side[at, 1], side[at, -1]) for side in sides]
        if all(sum(pair) >= VOTES_MIN for pair in counts):
            shares = [agree / (agree + against) for agree, against in counts]
            distances.append(abs(shares[0] - shares[1]))
    return mean(distances)


def mean(values) -> float | None:
    """The mean; None of nothing."""
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def difference(one, other):
    """one - other where both are."""
    return None if one is None or other is None else one - other


def quantile(values: list, at: float) -> float:
    """A quantile by rank; not a number of nothing."""
    return sorted(values)[min(len(values) - 1, int(at * len(values)))] if values else float("nan")


def span(values: list) -> str:
    """The middle 95 %."""
    return f"{quantile(values, 0.025):.3f} to {quantile(values, 0.975):.3f}" if values else "too few"


def share(part: int, whole: int) -> str:
    """A percentage."""
    return f"{100 * part / whole:.0f} %"


def number(value, read: bool) -> str:
    """A net with its sign."""
    return f"{value:+.3f}" if read and value is not None else "not read"


if __name__ == "__main__":
    main()
