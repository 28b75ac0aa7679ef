#!/usr/bin/env python3
"""Makes up personal data in civic sentences, with the spans that hold it: the training and the development set.

What it is: a seeded generator. Frames and lists come from `pii_templates.py`, names from `pii_names.py`, addresses in
other countries' order from the package Faker, and, if given, real civic sentences without names as the rest of a text.
What it is not: personal data; nobody is meant, and the development set shares no part of a name with training.

    python models/pii_generator.py --seed 1 --count 1000 > synthetic.jsonl          (--dev for the held-out names)

One JSON object a line: {"id", "text", "spans": [{"start", "end", "type"}], "keep": []}, offsets in code points.
"""

import argparse
import json
import random
import re

from faker import Faker

import pii_templates as T
from pii_names import Names

HIDDEN = ("PERSON", "ADDRESS", "ID", "EMPLOYER", "MEDICAL", "QUASI")
LOCALES = ("en_US", "en_GB", "en_CA", "en_AU", "de_DE", "fr_FR", "es_ES", "es_MX", "it_IT", "nl_NL", "pt_BR", "sv_SE", "pl_PL", "fi_FI", "da_DK", "no_NO", "cs_CZ", "hu_HU", "sl_SI", "en_NZ")
SLOT = re.compile(r"\{(\w+)\}")
HOMOGLYPHS = str.maketrans({"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "i": "і"})
LEET = str.maketrans({"o": "0", "i": "1", "e": "3", "a": "4", "s": "5"})
frames = lambda block: [line for line in block.strip().split("\n") if line]
KINDS = (
    (frames(T.ABOUT_PEOPLE), 0.47), (frames(T.WITH_ADDRESS), 0.16), (frames(T.WITH_TRAITS), 0.07),
    (frames(T.WITH_IDS), 0.03), (frames(T.CLEAN), 0.27),
)
LISTS = {
    "place": T.PLACES, "lugar": T.LUGARES, "law": T.LAWS, "event": T.EVENTS, "role": T.ROLES, "cargo": T.CARGOS, "org": T.ORGS,
    "drug": T.DRUGS, "work": T.WORKS, "product": T.PRODUCTS, "team": T.TEAMS, "city": T.CITIES, "month": T.MONTHS, "mes": T.MESES,
    "day": T.DAYS, "verb": T.VERBS, "verbo": T.VERBOS, "calle": T.CALLES, "wordy": frames(T.WORDY), "generic": frames(T.GENERIC),
    "palabras": frames(T.PALABRAS), "initial": list("ABCDEFGHJKLMNPRSTW"),
}
VISIBLE_PLACES = ("place", "lugar", "city", "calle")


class Generator:
    """Draws (text, spans) pairs; spans are (start, end, type) in code points.

    `carriers` are real sentences in which nobody is named, `dev` asks for the names kept out of training.
    """

    def __init__(self, seed: int, carriers=(), dev: bool = False):
        self.chance = random.Random(f"pii-{seed}-{dev}")
        self.names = Names(self.chance, dev)
        self.carriers = list(carriers)
        self.fakers = [Faker(locale) for locale in LOCALES]
        for index, fake in enumerate(self.fakers):
            fake.seed_instance(seed * 1000 + index + 500 * dev)

    def text(self) -> tuple:
        """One text as a resident might have typed it."""
        kinds, weights = zip(*KINDS)
        pieces = []
        for _ in range(self.chance.choices((1, 2, 3), (0.72, 0.2, 0.08))[0]):
            frame = self.chance.choice(self.chance.choices(kinds, weights)[0])
            pieces += self.filled(frame) + [(self.chance.choice((" ", " ", "\n", ". ")), None)]
        return noisy(joined(pieces[:-1]), self.chance)

    def filled(self, frame: str) -> list:
        """The pieces (text, type or None) of a frame."""
        pieces, at = [], 0
        for slot in SLOT.finditer(frame):
            pieces.append((frame[at:slot.start()], None))
            pieces += self.slot(slot[1])
            at = slot.end()
        return pieces + [(frame[at:], None)]

    def slot(self, name: str) -> list:
        pick, names = self.chance.choice, self.names
        if name == "name":
            before, who = names.any()
            return [(before, None), (who, "PERSON")]
        if name in ("full", "given", "family"):
            return [(getattr(names, name)(), "PERSON")]
        if name == "street":
            return [(self.street(), "STREET")]
        if name in ("addr", "direc"):
            return [(self.address() if name == "addr" else self.direccion(), "ADDRESS")]
        if name == "id":
            return self.identifier()
        if name == "emp":
            return [(self.employer(), "EMPLOYER")]
        if name in ("med", "medes"):
            known = T.MEDICAL_ES if name == "medes" else self.chance.choices((T.MEDICAL, T.MEDICAL_BARE), (2, 1))[0]
            return [(re.sub(r"^an? ", "", pick(known)), "MEDICAL")]
        if name in ("quasi", "quasies"):
            return [(pick(T.QUASI if name == "quasi" else T.QUASI_ES), "QUASI")]
        if name == "num":
            return [(str(self.chance.randint(2, 99)), None)]
        if name == "c":
            real = self.carriers and self.chance.random() < 0.6
            return [(pick(self.carriers) if real else pick(T.COMMENTS), None)]
        if name == "ce":
            return [(pick(T.COMMENTS_ES), None)]
        return [(pick(LISTS[name]), "STREET" if name in VISIBLE_PLACES else None)]

    def street(self) -> str:
        """A street without a house: the text may show it."""
        named = self.chance.random() < 0.25
        base = self.names.family() if named else self.chance.choice(T.STREET_NAMES)
        return f"{base} {self.chance.choice(T.STREET_ENDS)}" if self.chance.random() < 0.85 or named else base

    def unit(self) -> str:
        chance = self.chance
        door = chance.choice([f"{chance.randint(1, 40)}{chance.choice('ABCD')}", str(chance.randint(1, 999)), chance.choice("ABCDEF")])
        return chance.choice([f", Apt {door}", f" apt. {door}", f", Unit {door}", f" #{door}", f", Suite {door}", f" Apt. {door}", f" unit {door}", f", Floor {chance.randint(1, 30)}"])

    def address(self) -> str:
        """A house, in the order of the United States mostly, else of another country."""
        chance = self.chance
        roll = chance.random()
        if roll < 0.35:
            whole = chance.choice(self.fakers).address()
            return whole.replace("\n", chance.choice(("\n", ", ", " ", ",\n"))).strip()
        if roll < 0.42:
            return chance.choice(self.fakers).street_address().replace("\n", ", ").strip()
        if roll < 0.46:
            return chance.choice([f"PO Box {chance.randint(10, 9999)}", f"RR {chance.randint(1, 9)} Box {chance.randint(10, 400)}", f"P.O. Box {chance.randint(10, 9999)}",
                                  f"HC {chance.randint(1, 90)} Box {chance.randint(1, 99)}", f"{chance.randint(100, 4000)} S {chance.randint(100, 4000)} E"])
        number = str(chance.choice([chance.randint(1, 99), chance.randint(100, 9999), chance.randint(10000, 24000)])) + chance.choice(["", "", "", "", "B", "-A", " 1/2"])
        text = f"{number} {self.street()}"
        text += self.unit() if chance.random() < 0.3 else ""
        if chance.random() < 0.3:
            fake = self.fakers[0]
            text += f", {fake.city()}"
            text += f", {fake.state_abbr()} {fake.zipcode()}" if chance.random() < 0.6 else ""
        return text

    def direccion(self) -> str:
        chance = self.chance
        via, number = chance.choice(T.CALLES), chance.randint(1, 400)
        form = chance.choice([f"{via} {number}", f"{via}, {number}", f"{via} núm. {number}", f"{via} #{number}", f"{via} nº {number}", f"C/ {self.names.family()} {number}",
                              f"Av. {self.names.family()} {number}", f"Calle {chance.randint(1, 90)} # {chance.randint(1, 90)}-{chance.randint(1, 99)}", f"{via} número {number}"])
        tail = chance.choice(["", "", f", {chance.randint(1, 9)}º {chance.choice('ABCD')}", f", interior {chance.randint(1, 30)}", f", depto {chance.randint(1, 99)}",
                              f", piso {chance.randint(1, 9)}", f", colonia {chance.choice(['Centro', 'Roma Norte', 'Del Valle', 'Obrera'])}", f", {chance.randint(10000, 52000)} Madrid"])
        return form + tail

    def identifier(self) -> list:
        """A number or an account name, without the word that announces it."""
        figures = lambda count: "".join(self.chance.choices("0123456789", k=count))
        name = self.names.given().lower().replace(" ", "")
        return [(self.chance.choice([
            f"({figures(3)}) 555-{figures(4)}", f"{figures(3)}-555-{figures(4)}", f"{figures(3)}.555.{figures(4)}", f"+1 {figures(3)} 555 {figures(4)}", f"555-{figures(4)}", f"6{figures(2)} {figures(3)} {figures(3)}",
            f"{name}{figures(2)}@example.org", f"{name}.{self.names.family().lower().replace(' ', '')}@mail.example", f"@{name}_{figures(2)}",
            f"{figures(3)}-{figures(2)}-{figures(4)}", f"{figures(8)}K", f"{figures(4)} {figures(4)} {figures(4)} {figures(4)}", f"{figures(2)}/{figures(2)}/19{figures(2)}",
        ]), "ID")]

    def employer(self) -> str:
        if self.chance.random() < 0.55:
            return self.chance.choice(T.EMPLOYERS)
        return f"{self.chance.choice([self.names.family(), self.chance.choice(T.STREET_NAMES), self.chance.choice(T.CITIES)])} {self.chance.choice(T.EMPLOYER_ENDS)}"


def joined(pieces: list) -> tuple:
    """Text and spans of some pieces."""
    text, spans = "", []
    for piece, kind in pieces:
        if kind and piece:
            spans.append((len(text), len(text) + len(piece), kind))
        text += piece
    return text, spans


def rewritten(sample: tuple, change) -> tuple:
    """The sample with `change(stretch, type or None)` done to each stretch."""
    text, spans = sample
    pieces, at = [], 0
    for start, end, kind in spans:
        pieces += [(change(text[at:start], None), None), (change(text[start:end], kind), kind)]
        at = end
    return joined(pieces + [(change(text[at:], None), None)])


def noisy(sample: tuple, chance: random.Random) -> tuple:
    """What typing does: one case, no marks, slips, letters that look alike."""
    roll = chance.random()
    if roll < 0.24:
        sample = rewritten(sample, lambda part, kind: part.lower())
    elif roll < 0.34:
        sample = rewritten(sample, lambda part, kind: part.upper())
    elif roll < 0.44:
        sample = rewritten(sample, lambda part, kind: part.lower() if kind else part)
    elif roll < 0.47:
        sample = rewritten(sample, lambda part, kind: part.upper() if kind else part)
    elif roll < 0.50:
        sample = rewritten(sample, lambda part, kind: part.title())
    if chance.random() < 0.12:
        sample = rewritten(sample, lambda part, kind: re.sub(r"[.,;:!?'\"]", "", part))
    if chance.random() < 0.08:
        sample = rewritten(sample, lambda part, kind: slip(part, chance))
    if chance.random() < 0.03:
        table = chance.choice((HOMOGLYPHS, LEET))
        sample = rewritten(sample, lambda part, kind: part.translate(table) if kind == "PERSON" else part)
    return sample


def slip(part: str, chance: random.Random) -> str:
    """Now and then a letter twice, left out, or changed with its neighbour."""
    out = list(part)
    for at in range(len(out) - 1):
        if out[at].isalpha() and out[at + 1].isalpha() and chance.random() < 0.03:
            out[at], out[at + 1] = chance.choice([(out[at] * 2, out[at + 1]), (out[at], ""), (out[at + 1], out[at])])
    return "".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--dev", action="store_true")
    arguments = parser.parse_args()
    generator = Generator(arguments.seed, dev=arguments.dev)
    for number in range(arguments.count):
        text, spans = generator.text()
        hidden = [{"start": s, "end": e, "type": kind} for s, e, kind in spans if kind in HIDDEN]
        print(json.dumps({"id": number, "text": text, "spans": hidden, "keep": []}, ensure_ascii=False))


if __name__ == "__main__":
    main()
