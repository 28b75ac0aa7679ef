//! HTML as plain text, before anything else looks at it.
//!
//! It is not a browser: tags go, blocks become lines, references become characters, and what is
//! not what the writer said (scripts, styles, quoted posts) goes with its tags. It never fails and
//! takes time in proportion to the text.

use quick_xml::escape::resolve_html5_entity;

/// A longer tag is taken as text.
const TAG_BYTES_MAX: usize = 2_048;
/// A longer reference is taken as text.
const REFERENCE_BYTES_MAX: usize = 40;

/// Elements whose content is dropped.
const DROPPED: [&str; 6] = ["script", "style", "template", "noscript", "head", "aside"];
/// Elements that begin and end a line.
const BLOCKS: [&str; 28] = [
    "address",
    "article",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "tr",
    "ul",
];

/// The words of `html`.
pub(super) fn plain(html: &str) -> String {
    let mut text = Plain::default();
    let mut dropped: Option<(&'static str, usize)> = None;
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        if dropped.is_none() {
            text.push_str(&rest[..at]);
        }
        rest = &rest[at..];
        if let Some(reference) = reference(rest) {
            if dropped.is_none() {
                text.push_str(&reference.text);
            }
            rest = &rest[reference.bytes..];
            continue;
        }
        let Some(tag) = Tag::at(rest) else {
            if dropped.is_none() {
                text.push_str(&rest[..1]);
            }
            rest = &rest[1..];
            continue;
        };
        rest = &rest[tag.bytes..];
        dropped = match (dropped, DROPPED.iter().find(|name| tag.is(name))) {
            (Some((name, depth)), _) if tag.is(name) => match (tag.closes, depth) {
                (true, 1) => None,
                (true, depth) => Some((name, depth - 1)),
                (false, depth) => Some((name, depth + 1)),
            },
            (Some(dropped), _) => Some(dropped),
            (None, Some(name)) if !tag.closes && !tag.is_empty => Some((name, 1)),
            (None, _) => None,
        };
        if dropped.is_none() && BLOCKS.iter().any(|name| tag.is(name)) {
            text.end_line();
        }
    }
    if dropped.is_none() {
        text.push_str(rest);
    }
    text.0.truncate(text.0.trim_end().len());
    text.0
}

/// Text under HTML's rule that white space of any length is one space.
#[derive(Default)]
struct Plain(String);

impl Plain {
    fn push_str(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => {
                    if !self.0.is_empty() && !self.0.ends_with([' ', '\n']) {
                        self.0.push(' ');
                    }
                }
                other => self.0.push(other),
            }
        }
    }

    fn end_line(&mut self) {
        let end = self.0.trim_end_matches(' ').len();
        self.0.truncate(end);
        if !self.0.is_empty() && !self.0.ends_with('\n') {
            self.0.push('\n');
        }
    }
}

struct Reference {
    text: String,
    bytes: usize,
}

/// The character reference that `rest` begins with.
fn reference(rest: &str) -> Option<Reference> {
    let inside = rest.strip_prefix('&')?;
    let end = inside.bytes().take(REFERENCE_BYTES_MAX).position(|byte| byte == b';')?;
    let name = &inside[..end];
    let text = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            let character = code.ok().and_then(char::from_u32).filter(|c| *c != '\0');
            character.unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
        }
        None => resolve_html5_entity(name)?.to_owned(),
    };
    Some(Reference { text, bytes: end + 2 })
}

struct Tag<'a> {
    name: &'a str,
    closes: bool,
    is_empty: bool,
    bytes: usize,
}

impl<'a> Tag<'a> {
    /// The tag, comment or declaration that `rest` begins with.
    fn at(rest: &'a str) -> Option<Self> {
        let inside = rest.strip_prefix('<')?;
        let nothing = |bytes| Self { name: "", closes: false, is_empty: true, bytes };
        if let Some(comment) = inside.strip_prefix("!--") {
            let end = comment.find("-->").map_or(rest.len(), |end| end + 7);
            return Some(nothing(end));
        }
        let closes = inside.starts_with('/');
        let named = inside.strip_prefix('/').unwrap_or(inside);
        let declares = inside.starts_with(['!', '?']);
        if !declares && !named.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let end = tag_end(rest)?;
        if declares {
            return Some(nothing(end));
        }
        let name = named.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let is_empty = rest[..end].ends_with("/>");
        Some(Self { name: &named[..name], closes, is_empty, bytes: end })
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Behind the `>` that ends a tag, which does not stand in an attribute's quotes.
fn tag_end(rest: &str) -> Option<usize> {
    let (mut quote, mut value) = (None, false);
    for (at, byte) in rest.bytes().enumerate().take(TAG_BYTES_MAX) {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if value => quote = Some(byte),
            (None, b'>') => return Some(at + 1),
            (None, byte) => value = byte == b'=' || (value && byte.is_ascii_whitespace()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_of_real_sources_becomes_what_was_said() {
        for (html, text) in [
            ("<p>More <b>trees</b>,<br>please</p><p>Now</p>", "More trees,\nplease\nNow"),
            ("a  \n b&nbsp;c &amp;lt; &#x1F333;&#39;", "a b\u{a0}c &lt; \u{1F333}'"),
            (
                "<a href=\"https://x.example/?a=1>2\"><span class=\"invisible\">https://</span>\
                 <span>x.example</span></a>",
                "https://x.example",
            ),
            ("<aside class=\"quote\"><p>theirs</p></aside><p>mine</p>", "mine"),
            ("<script>if (a < b) { x = \"</p>\" }</script>no<style>p{}</style>", "no"),
            ("1 < 2 & 3 > 2 <- so", "1 < 2 & 3 > 2 <- so"),
            ("<!-- hidden <b> --><!DOCTYPE html>shown<!-- open", "shown"),
            ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
            ("<p title='a \"b\" > c'>x</p>", "x"),
            ("&bogus; &#0; &#xD800; &copy;", "&bogus; \u{fffd} \u{fffd} \u{a9}"),
            ("don't <em>stop</em>", "don't stop"),
            ("", ""),
        ] {
            assert_eq!(plain(html), text, "{html}");
        }
    }

    #[test]
    fn html_without_an_end_is_read_in_time_and_loses_no_word() {
        let open = "<a x=\"".repeat(20_000);
        assert!(plain(&open).len() > 100_000);
        assert_eq!(plain("<p class=\"open"), "<p class=\"open");
        assert_eq!(plain("<aside><aside></aside>in</aside>out"), "out");
    }
}
