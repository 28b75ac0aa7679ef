"""Made-up civic sentences: something a topic is about (`about` in taxonomy.toml), in a frame that has a tone and no topic.

What it is: training text that holds topic and tone apart, so that praise of a topic lies as near to it as a complaint.
Every frame and subject was written for this file; nobody wrote the sentences.
What it is not: evaluation; a frame sounds stiff, and one hand wrote them all. Some turns of phrase stand in Riverton too.
"""

import random

import civic

FRAMES = {
    "negative": (
        "{x}, and nothing is done about it.", "We have complained about {x} for years.", "I am fed up with {x}.",
        "{x} again, it is a disgrace.", "The way the city handles {x} is a joke.", "{x}: unacceptable.",
        "Nobody takes {x} seriously here.", "It is a shame what became of {x}.", "I am really worried about {x}.",
        "{x} makes life miserable on our block.", "Why do we have to put up with {x}?", "My mother cries because of {x}.",
        "I have lost all patience with {x}.", "Terrible experience with {x} this week.", "{x} gets worse every month.",
        "They promised to deal with {x} and lied.", "How can anybody be content with {x}?", "{x} is our biggest problem.",
        "The decision on {x} is unfair and simply wrong.", "Sick of hearing excuses about {x}.", "{x} has ruined our summer.",
        "I oppose what you plan for {x}.", "Your answer about {x} was rude and useless.", "We are angry about {x}.",
        "Cutting corners on {x} will cost us all.", "{x} is dangerous, somebody will be hurt.", "Nothing but trouble with {x}.",
        "I would not wish {x} on anyone.", "The mess around {x} is embarrassing for the whole town.",
    ),
    "neutral": (
        "Who is responsible for {x}?", "Question about {x}.", "When will something be decided about {x}?", "I am writing about {x}.",
        "Is there a map that shows {x}?", "Where can I read more about {x}?", "What are the rules for {x}?",
        "How does one report {x}?", "The next meeting is about {x}.", "Does the survey ask about {x}?", "{x} is on Thursday's agenda.",
        "Please put {x} on the list.", "Whom do I ask about {x}?", "Is {x} part of this project or of another one?",
        "For the record: {x}.", "I saw the notice about {x}.", "How many residents does {x} concern?", "{x}, second request.",
        "Could you tell me the phone number for {x}?", "The newsletter will have a page on {x}.", "Are there figures on {x}?",
        "In my view the plan should say more on {x}.", "What does the state do about {x}?", "Will {x} be discussed again?",
    ),
    "positive": (
        "Thank you for what you did about {x}.", "So glad about {x}!", "{x}: excellent work.", "Finally good news about {x}.",
        "The people who look after {x} are wonderful.", "I love what has changed with {x}.", "{x} has never been better.",
        "Great job on {x}, keep it up.", "My children are happy about {x}.", "We are proud of how our town treats {x}.",
        "I fully support the plan for {x}.", "{x} was handled quickly and kindly.", "What a difference: {x}!",
        "Well done with {x}.", "A big thank you to the crew, {x} could not have gone smoother.", "{x} made my week.",
        "It is a pleasure to see {x}.", "Best idea in years: {x}.", "Much better than before, I mean {x}.",
        "The helpful staff sorted out {x} in a day.", "I am grateful for {x}.", "More of this, please: {x}.",
        "{x} shows that the city listens.", "Everybody on our street smiles about {x}.", "We enjoyed {x} a lot.",
    ),
}
# Sentences that say nothing of a topic, before or after.
BEFORE = (
    "Hello.", "Good morning.", "I have lived here for {n} years.", "As a parent of {m}:", "From a neighbor:", "Just moved here.", "Dear all,",
    "I am {a} years old.", "This is my first comment.", "Short note from {place}.", "Greetings from {place}.", "Speaking for my household:",
)
AFTER = {
    "negative": ("I am seriously upset.", "Do better.", "My neighbors feel the same.", "Shame on you.", "We pay for this?", "I give up.",
                 "It did not have to come to this.", "How much longer?", "Not acceptable.", "I wrote three times already."),
    "neutral": ("Thanks in advance.", "Please let me know.", "I live on {place}.", "Just asking.", "I could not find it on the site.",
                "I will be at the meeting.", "It is for my class.", "A friend asked me."),
    "positive": ("I could not be happier.", "Keep going!", "It made me smile.", "My whole family says thanks.", "Five stars.",
                 "You deserve praise.", "Lovely to live here.", "Wonderful.", "We are delighted.", "I tell everybody."),
}
PLACES = ("Grant Avenue", "the north side", "Elm Street", "Lincoln Road", "Harbor Court", "the old quarter", "Second Street", "Maple Drive",
          "Mill Lane", "Chestnut Street", "our block", "the east end", "Station Road", "Pine Street", "Oak Hill")


def subjects() -> dict:
    """Topic to what it may be about."""
    return {topic["id"]: topic["about"] for topic in civic.taxonomy()}


def framed(each: int, seed: str = "frames") -> list:
    """(text, tone, topic, subject): every subject so many times in each tone."""
    chance = random.Random(seed)
    fill = lambda text: text.format(n=chance.randint(2, 40), m=chance.choice(("two", "three", "one child")), a=chance.randint(15, 88), place=chance.choice(PLACES))
    out = []
    for topic, names in subjects().items():
        for name in names:
            for tone, frames in FRAMES.items():
                for frame in chance.sample(frames, each):
                    where = f" {chance.choice(('on', 'near', 'by', 'around'))} {chance.choice(PLACES)}" if chance.random() < 0.3 else ""
                    body = frame.replace("{x}", name + where)
                    parts = [body[0].upper() + body[1:]]
                    if chance.random() < 0.3:
                        parts.insert(0, fill(chance.choice(BEFORE)))
                    if chance.random() < 0.45:
                        parts.append(fill(chance.choice(AFTER[tone])))
                    text = " ".join(parts)
                    out.append((text.lower() if chance.random() < 0.15 else text, tone, topic, name))
    return out
