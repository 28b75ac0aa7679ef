//! The planted identifiers: invented, one for every shape.

use super::disguises::Look;

/// An invented identifier of one shape.
pub(super) struct Shape {
    /// What messages call it.
    pub name: &'static str,
    /// How it can be disguised.
    pub look: Look,
    /// What stands before it.
    pub before: &'static str,
    /// The identifier.
    pub planted: &'static str,
    /// What stands after it.
    pub after: &'static str,
}

const fn shape(
    name: &'static str,
    look: Look,
    before: &'static str,
    planted: &'static str,
    after: &'static str,
) -> Shape {
    Shape { name, look, before, planted, after }
}

/// Ordinary names, which only a tagger can find.
pub(super) const NAMES: &[Shape] = &[
    shape("name", Look::Fixed, "my neighbor ", "Jennifer Thompson", " told me about it"),
    shape("name", Look::Fixed, "I spoke with ", "Maria Hernandez", " last week"),
    shape("name", Look::Fixed, "please call ", "Robert Williams", " back"),
];

/// Every shape that the patterns know.
pub(super) const SHAPES: &[Shape] = &[
    shape("e-mail", Look::Mailbox, "write to ", "kestrel.vane@example.org", " today"),
    shape("e-mail with a plus", Look::Code, "it is ", "kestrel+trees@mail.example.co.uk", "."),
    shape("telephone", Look::Figures, "call ", "202-555-0143", " after six"),
    shape("telephone with brackets", Look::Figures, "call ", "(202) 555-0143 x12", " after six"),
    shape("telephone without groups", Look::Figures, "call ", "2025550143", " after six"),
    shape("telephone of seven figures", Look::Figures, "dial ", "555-0143", " after six"),
    shape("telephone with a country code", Look::Figures, "at ", "+44 20 7946 0958", " please"),
    shape("telephone, Spanish", Look::Figures, "al ", "612 34 56 78", " gracias"),
    shape(
        "telephone in words",
        Look::Words,
        "call ",
        "two zero two five five five zero one four three",
        " now",
    ),
    shape(
        "telephone in Spanish words",
        Look::Words,
        "al ",
        "seis uno dos tres cuatro cinco seis siete ocho",
        " ya",
    ),
    shape("card", Look::Figures, "with ", "4111 1111 1111 1111", " twice"),
    shape("card with a wrong check", Look::Figures, "with ", "4111-1111-1111-1112", " twice"),
    shape("bank account", Look::Code, "to ", "GB29 NWBK 6016 1331 9268 19", " please"),
    shape(
        "bank account with a wrong check",
        Look::Code,
        "to ",
        "ES91 2100 0418 4502 0005 1333",
        " please",
    ),
    shape("social security number", Look::Figures, "my ", "219-09-9999", " leaked"),
    shape("DNI", Look::Code, "mi ", "12345678Z", " aqui"),
    shape("NIE", Look::Code, "mi ", "X1234567L", " aqui"),
    shape("national insurance number", Look::Code, "my ", "AB 12 34 56 C", " leaked"),
    shape("driver's licence", Look::Code, "license no. ", "D1234562", " was asked"),
    shape("passport", Look::Code, "passport ", "X1234567", " was asked"),
    shape("IPv4 address", Look::Code, "from ", "203.0.113.77", " again"),
    shape("IPv6 address", Look::Code, "from ", "2001:db8::ff00:42:8329", " again"),
    shape("MAC address", Look::Code, "from ", "00:1B:44:11:3A:B7", " again"),
    shape("coordinates", Look::Code, "at ", "41.31229, -72.91705", " again"),
    shape("plus code", Look::Code, "at ", "86HJV9HG+7F", " again"),
    shape("three words", Look::Code, "at ", "///filled.count.soap", " again"),
    shape("date of birth", Look::Code, "born on ", "4-Feb-1951", " here"),
    shape("plate", Look::Code, "car ", "KLM-4821", " races"),
    shape("handle", Look::Code, "thanks ", "@kestrel_vane", " for it"),
    shape(
        "handle of a federated network",
        Look::Code,
        "thanks ",
        "@kestrel@social.example",
        " for it",
    ),
    shape("handle of a forum", Look::Code, "as u/", "kestrel_vane", " wrote"),
    shape("handle of a decentralised network", Look::Code, "as ", "kestrel.bsky.social", " wrote"),
    shape("web address", Look::Code, "see ", "https://example.com/kestrel", " there"),
    shape("bare host with a path", Look::Code, "see ", "example.com/kestrel", " there"),
    shape("account number", Look::Code, "account ", "0045-99218-07", " twice"),
    shape("case number", Look::Code, "case #", "BX-22-0193", " twice"),
    shape("parcel number", Look::Code, "APN ", "0123-456-078-000", " twice"),
    shape("house", Look::Words, "outside ", "1206 Birch Ave, Unit 2", " again"),
    shape("house spelled out", Look::Words, "at ", "twenty-one Willow Court", " again"),
    shape("house in Spanish", Look::Words, "en la ", "calle Reforma núm. 245, interior 3", " hoy"),
    shape("post box", Look::Words, "to ", "PO Box 88", " please"),
    shape("street of a home", Look::Words, "I live on ", "Willow Court", " here"),
    shape("telephone with an extension", Look::Figures, "call ", "202.555.0143 ext. 9", " please"),
    shape("parcel number in groups", Look::Code, "parcel ", "12-34-567-890", " twice"),
    shape("handle on a messenger", Look::Code, "my telegram: ", "kestrel_vane9", " for it"),
    shape("handle of a room", Look::Code, "ask ", "@kestrel:matrix.example.org", " for it"),
    shape("profile address", Look::Code, "see ", "t.me/kestrel_vane", " there"),
    shape("age", Look::Code, "she is ", "age 84", " here"),
    shape("postal code", Look::Code, "ZIP ", "90210", " here"),
    shape("rural route", Look::Words, "at ", "RR 4 Box 118", " please"),
    shape("highway contract", Look::Words, "at ", "HC 61 Box 22", " please"),
    shape("grid house", Look::Words, "at ", "455 South 300 East", " again"),
    shape("house with a unit", Look::Words, "outside ", "77 Linden Blvd Apt 4C", " again"),
    shape("name after a title", Look::Fixed, "ask Mrs. ", "Kestrelwing", " about it"),
];
