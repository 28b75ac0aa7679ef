"""Hashtags: cutting one into words as the product does, and making names into them for training.

What it is: the rule that `src/model/tagger/hashtags.rs` follows too (fewest and longest words of the tokenizer's own
vocabulary, the writer's capitals first), and lists of what people write around a name in a hashtag.
What it is not: a gazetteer; the vocabulary's words only say where a word may end.
"""

import random
import re
import unicodedata

from pii_generator import joined

# What a word of so many letters costs: short ones are seldom words, and letters that are no word cost each.
SHORT = {1: 40, 2: 32, 3: 22}
LONG, STRANGE, STRANGE_LETTER = 16, 20, 6
LETTERS_MIN, LETTERS_MAX = 4, 60
BEFORE = ("RIP", "Team", "Vote", "Ask", "JusticeFor", "Free", "ThankYou", "Thanks", "WeLove", "ILove", "HappyBirthday", "Go", "Bye", "Save", "Stop", "Recall", "Fire", "PrayFor",
          "Remember", "Meet", "Hey", "Dear", "Mayor", "Saint", "KingOf", "Help", "Find", "Support", "StandWith", "ImWith", "Respect", "Welcome", "Watch", "My", "Not", "Never")
AFTER = ("Fan", "Fans", "Army", "Day", "Speech", "2016", "2024", "ForMayor", "ForCouncil", "Out", "Forever", "News", "Tour", "Live", "Navy", "IsRight", "Lies", "Trial", "Wedding", "Show",
         "MustGo", "Facts", "Problems", "Follow", "Family", "Foundation", "S", "Jr", "Party", "Rocks", "OnTour", "WatchIt", "Story", "Quotes", "Gate")
PLAIN = ("street lights|pot holes|save the park|bus stop|city council|world cup|breaking news|good morning|throw back thursday|climate change|town hall|budget vote|fix our roads|black friday|"
         "main street|lincoln park|elm street|washington avenue|public transit|bike lanes|happy friday|no filter|job fair|fire department|police reform|affordable housing|real estate|music video|"
         "game day|voter registration|snow storm|st patricks day|columbus day|madison square|san jose|new york|los angeles|game of thrones|harry potter|star wars|follow back|"
         "summer reading|farmers market|rent control|school board|clean water|dog park|traffic jam|night market|spring break|now playing|love this city|we want answers|best day ever|"
         "may day|june teenth|grant money|mark your calendars|hope for the best|grace period|art walk|will power|rose garden|joy of cooking|jack pot|summer nights|may the fourth").split("|")


def cost(word: str, vocabulary) -> int:
    if word in vocabulary:
        return SHORT.get(len(word), LONG)
    return STRANGE + STRANGE_LETTER * len(word)


def segmented(word: str, vocabulary) -> list:
    """The cheapest way to read letters in one case as words; of two alike, the one whose last word is longer."""
    best, back = [0], [0]
    for end in range(1, len(word) + 1):
        price, start = min((best[start] + cost(word[start:end], vocabulary), start) for start in range(end))
        best.append(price)
        back.append(start)
    words, end = [], len(word)
    while end:
        words.append(word[back[end]:end])
        end = back[end]
    return words[::-1]


def cut(tag: str, vocabulary) -> list:
    """The words of a hashtag of letters and figures, without its mark; together they are the tag again."""
    borders = [at for at in range(1, len(tag)) if is_border(tag, at)]
    marked = any(tag[at - 1].islower() and tag[at].isupper() for at in borders)
    out = []
    for start, end in zip([0, *borders], [*borders, len(tag)]):
        part = tag[start:end]
        letters = part.isascii() and part.isalpha()
        words = segmented(part.lower(), vocabulary) if letters and not marked and LETTERS_MIN <= len(part) <= LETTERS_MAX else [part]
        for word in words:
            out.append(tag[start:start + len(word)])
            start += len(word)
    return out


def is_border(tag: str, at: int) -> bool:
    """Whether a word may start here: after figures, at figures, at a capital that a small letter comes before or after."""
    before, here, after = tag[at - 1], tag[at], tag[at + 1:at + 2]
    figure = lambda letter: unicodedata.category(letter).startswith("N")
    return figure(before) != figure(here) or (here.isupper() and (before.islower() or after.islower()))


def cased(words: list, chance: random.Random) -> str:
    roll = chance.random()
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined.lower() if roll < 0.4 else joined.upper() if roll < 0.5 else joined


def tag_of(name: str, chance: random.Random) -> list:
    """A name as a hashtag: pieces (text, type or None); the words around it are left unsaid."""
    parts = re.findall(r"[^\W\d_]+", name)
    before = [chance.choice(BEFORE)] if chance.random() < 0.3 else []
    after = [chance.choice(AFTER)] if chance.random() < 0.25 else []
    roll = chance.random()
    change = str.lower if roll < 0.45 else str.upper if roll < 0.55 else lambda word: word
    capital = lambda word: change(word[:1].upper() + word[1:])
    pieces = [("#", "UNSAID")] + [(change(word), "UNSAID") for word in before]
    return pieces + [(capital(part), "PERSON") for part in parts] + [(change(word), "UNSAID") for word in after]


def plain_tag(chance: random.Random) -> list:
    return [("#" + cased(chance.choice(PLAIN).split(), chance), None)]


def with_hashtags(sample: tuple, names, chance: random.Random, rate: float = 0.12) -> tuple:
    """Now and then a person of the sample as a hashtag, or another hashtag at its end."""
    if chance.random() > rate:
        return sample
    text, spans = sample
    people = [span for span in spans if span[2] == "PERSON" and re.fullmatch(r"[A-Za-z'. -]{3,30}", text[span[0]:span[1]]) and text[span[0] - 1:span[0]] not in ("#", "@")]
    if people and chance.random() < 0.5:
        chosen = chance.choice(people)
        pieces, at = [], 0
        for start, end, kind in spans:
            pieces.append((text[at:start], None))
            pieces += tag_of(text[start:end], chance) if (start, end, kind) == chosen else [(text[start:end], kind)]
            at = end
        return joined(pieces + [(text[at:], None)])
    pieces, at = [], 0
    for start, end, kind in spans:
        pieces += [(text[at:start], None), (text[start:end], kind)]
        at = end
    pieces += [(text[at:], None), (" ", None)]
    for _ in range(chance.choice((1, 1, 2))):
        whole = names.full() if chance.random() < 0.7 else names.given()
        person = chance.random() < 0.45 and re.fullmatch(r"[A-Za-z'. -]{4,30}", whole)
        pieces += (tag_of(whole, chance) if person else plain_tag(chance)) + [(" ", None)]
    return joined(pieces[:-1])
