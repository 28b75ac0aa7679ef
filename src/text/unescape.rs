//! Undoes what markup and links do to characters: entities, percent-encoding, inline tags.
//!
//! One level each, entities first. It never changes a text, only what the patterns read.

use super::glyphs::{Glyph, Glyphs};

/// Longest entity or tag that is looked at.
const ENTITY_CHARS_MAX: usize = 12;
const TAG_CHARS_MAX: usize = 400;

/// Tags that break a word; all other known tags join what stands around them.
const BLOCK_TAGS: &[&str] =
    &["p", "br", "div", "li", "ul", "ol", "td", "tr", "h1", "h2", "h3", "blockquote", "hr", "img"];
const INLINE_TAGS: &[&str] = &[
    "a", "b", "i", "u", "s", "em", "strong", "span", "code", "font", "small", "sup", "sub", "wbr",
];

const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("commat", '@'),
    ("period", '.'),
    ("num", '#'),
    ("lowbar", '_'),
    ("hyphen", '-'),
    ("dash", '-'),
    ("ndash", '-'),
    ("mdash", '-'),
    ("colon", ':'),
    ("sol", '/'),
    ("plus", '+'),
    ("lpar", '('),
    ("rpar", ')'),
    ("shy", '\u{ad}'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

/// Whether a text holds anything to undo.
pub(super) fn is_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(3).any(|w| match w[0] {
        b'&' => w[1] == b'#' || (w[1].is_ascii_alphabetic() && text.contains(';')),
        b'%' => w[1].is_ascii_hexdigit() && w[2].is_ascii_hexdigit(),
        b'<' => w[1] == b'/' || w[1].is_ascii_alphabetic(),
        _ => false,
    })
}

/// Drops tags, decodes entities, then decodes percent-encoding.
pub(super) fn unescape(glyphs: &[Glyph]) -> Glyphs {
    percents(&rewrite(glyphs, |rest| tag(rest).or_else(|| entity(rest))))
}

/// Replaces what `decode` recognises at a position by its characters; all of them stand for the
/// whole stretch.
fn rewrite(glyphs: &[Glyph], decode: impl Fn(&[Glyph]) -> Option<(usize, Option<char>)>) -> Glyphs {
    let mut out = Glyphs::new(Vec::with_capacity(glyphs.len()));
    let mut at = 0;
    while at < glyphs.len() {
        if let Some((taken, ch)) = decode(&glyphs[at..]) {
            let (start, end) = (glyphs[at].start, glyphs[at + taken - 1].end);
            out.extend(ch.map(|ch| Glyph { ch, start, end }));
            at += taken;
        } else {
            out.push(glyphs[at]);
            at += 1;
        }
    }
    out
}

fn tag(rest: &[Glyph]) -> Option<(usize, Option<char>)> {
    if rest.first()?.ch != '<' {
        return None;
    }
    let close = rest.iter().take(TAG_CHARS_MAX).position(|glyph| glyph.ch == '>')?;
    let inside = rest.get(1..close)?.iter().map(|glyph| glyph.ch);
    let name: String = inside
        .skip_while(|ch| *ch == '/')
        .take_while(char::is_ascii_alphanumeric)
        .map(|ch| ch.to_ascii_lowercase())
        .collect();
    if BLOCK_TAGS.contains(&name.as_str()) {
        return Some((close + 1, Some(' ')));
    }
    INLINE_TAGS.contains(&name.as_str()).then_some((close + 1, None))
}

fn entity(rest: &[Glyph]) -> Option<(usize, Option<char>)> {
    if rest.first()?.ch != '&' {
        return None;
    }
    let close = rest.iter().take(ENTITY_CHARS_MAX).position(|glyph| glyph.ch == ';')?;
    let name: String = rest.get(1..close)?.iter().map(|glyph| glyph.ch).collect();
    let ch = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None => ENTITIES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?.1,
    };
    Some((close + 1, Some(ch)))
}

fn percents(glyphs: &[Glyph]) -> Glyphs {
    let mut out = Glyphs::new(Vec::with_capacity(glyphs.len()));
    let mut at = 0;
    while at < glyphs.len() {
        match percent(&glyphs[at..]) {
            Some((taken, ch)) => {
                let (start, end) = (glyphs[at].start, glyphs[at + taken - 1].end);
                out.push(Glyph { ch, start, end });
                at += taken;
            }
            None => {
                out.push(glyphs[at]);
                at += 1;
            }
        }
    }
    out
}

/// One character of one to four percent-encoded bytes of UTF-8.
fn percent(rest: &[Glyph]) -> Option<(usize, char)> {
    let mut bytes = Vec::with_capacity(4);
    for triple in rest.chunks(3).take(4) {
        let [mark, high, low] = triple else { break };
        let (Some(high), Some(low)) = (high.ch.to_digit(16), low.ch.to_digit(16)) else { break };
        if mark.ch != '%' {
            break;
        }
        bytes.push(u8::try_from(high * 16 + low).ok()?);
        if let Some(ch) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            return Some((bytes.len() * 3, ch));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::{View, glyphs_of};
    use super::*;

    fn read(text: &str) -> String {
        View::of(&unescape(&glyphs_of(text))).text().to_owned()
    }

    #[test]
    fn entities_and_percents_are_decoded_once() {
        assert_eq!(read("a&#64;b&period;c &#x40; %40 %C3%B1 100%"), "a@b.c @ @ ñ 100%");
        assert_eq!(read("&amp;amp; &unknown; %ZZ"), "&amp; &unknown; %ZZ");
    }

    #[test]
    fn inline_tags_join_and_block_tags_part() {
        assert_eq!(read("@<span>bo</span>b<br/>x"), "@bob x");
        assert_eq!(read("<bob@example.org>"), "<bob@example.org>");
    }
}
