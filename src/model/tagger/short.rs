//! What patterns hide anyway, read short: a link to the end of its host, an account by its mark.
//!
//! The rest of a link or an account is many pieces that say nothing of the words around it. That there
//! is one says something, so its beginning is read; a link without its scheme is taken for words.

use std::ops::Range;

use super::super::tokenize::Pieces;
use crate::text::{Hidden, PiiKind};

/// Whether each piece is read.
pub(super) fn is_read(text: &str, pieces: &Pieces, hidden: &[Hidden]) -> Vec<bool> {
    let short: Vec<_> = hidden.iter().filter_map(|h| Some((h, gist(text, h)?))).collect();
    let read = |&(start, end): &(usize, usize)| {
        let inside = |h: &Hidden| h.start <= start && end <= h.end;
        !short.iter().any(|(h, _)| inside(h))
            || short.iter().any(|(_, gist)| start < gist.end && gist.start < end)
    };
    pieces.spans.iter().map(read).collect()
}

/// The bytes of a hidden stretch that are read; `None` where all of it is.
fn gist(text: &str, hidden: &Hidden) -> Option<Range<usize>> {
    let stretch = text.get(hidden.start..hidden.end)?;
    let within = match hidden.kind {
        PiiKind::Url => head(stretch),
        PiiKind::Handle | PiiKind::Email => mark(stretch),
        _ => return None,
    };
    Some(hidden.start + within.start..hidden.start + within.end)
}

/// A link to the end of its host.
fn head(link: &str) -> Range<usize> {
    let host = link.find("://").map_or(0, |at| at + 3);
    let rest = link.get(host..).unwrap_or_default();
    0..host + rest.find(['/', '?', '#', ':']).unwrap_or(rest.len())
}

/// The "@" of an account or a mailbox, or the first character of one without.
fn mark(account: &str) -> Range<usize> {
    let at = account.find('@').unwrap_or(0);
    at..at + account.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of the pieces of `text`, cut at each change between letters and other signs.
    fn read(text: &str, hidden: &[(&str, PiiKind)]) -> Vec<String> {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for (at, ch) in text.char_indices() {
            let joins = |(_, end): &&mut (usize, usize)| {
                let letter = text[..*end].ends_with(char::is_alphanumeric);
                *end == at && letter && ch.is_alphanumeric()
            };
            match spans.last_mut().filter(joins) {
                Some(open) => open.1 += ch.len_utf8(),
                None => spans.push((at, at + ch.len_utf8())),
            }
        }
        let pieces = Pieces { ids: Vec::new(), words: Vec::new(), spans };
        let hidden: Vec<Hidden> = hidden
            .iter()
            .map(|(stretch, kind)| {
                let start = text.find(stretch).unwrap();
                Hidden { start, end: start + stretch.len(), kind: *kind }
            })
            .collect();
        let read = is_read(text, &pieces, &hidden);
        let kept = pieces.spans.iter().zip(read).filter(|(_, read)| *read);
        kept.map(|(&(start, end), _)| text[start..end].to_owned()).filter(|p| p != " ").collect()
    }

    #[test]
    fn link_is_read_to_the_end_of_its_host_and_an_account_by_its_mark() {
        let link = "https://t.co/aB3?x=1";
        let text = format!("so {link} by @ana_b, or ana@example.org");
        let hidden = [
            (link, PiiKind::Url),
            ("@ana_b", PiiKind::Handle),
            ("ana@example.org", PiiKind::Email),
        ];
        assert_eq!(
            read(&text, &hidden),
            ["so", "https", ":", "/", "/", "t", ".", "co", "by", "@", ",", "or", "@"]
        );
        assert_eq!(
            read("on www.x.example now", &[("www.x.example", PiiKind::Url)]).concat(),
            "onwww.x.examplenow"
        );
        assert_eq!(read("insta: ana.l", &[("ana.l", PiiKind::Handle)]), ["insta", ":", "ana"]);
    }

    #[test]
    fn everything_else_is_read_whole() {
        let text = "call 607-555-0134 or Ana";
        let all = read(text, &[]);
        assert_eq!(read(text, &[("607-555-0134", PiiKind::Phone), ("Ana", PiiKind::Person)]), all);
    }
}
