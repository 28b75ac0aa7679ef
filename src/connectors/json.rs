//! JSON pages, row by row: what is wrong with one row leaves the others as they are.
//!
//! The page is cut into rows without looking into them; each row is then read into a type that has
//! no field for what is not needed. Parsers' own messages quote what they read, so none is kept.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::scalar::Scalar;
use crate::pipeline::BadRow;

/// Deeper nesting is refused before it is parsed.
pub(super) const DEPTH_MAX: usize = 32;

/// The text of a page: byte order marks before it go, bytes that are no UTF-8 are replaced, so that
/// they spoil their own row only, and numbers with leading zeros, which are no JSON, are put in
/// quotes.
pub(super) fn text_of(body: &[u8]) -> Zeroizing<String> {
    let mut body = body;
    while let Some(marked) = body.strip_prefix(b"\xEF\xBB\xBF") {
        body = marked;
    }
    let text = String::from_utf8_lossy(body);
    let zeros = leading_zeros(&text);
    if zeros.is_empty() {
        return Zeroizing::new(text.into_owned());
    }
    let mut mended = Zeroizing::new(String::with_capacity(text.len() + 2 * zeros.len()));
    let mut at = 0;
    for number in zeros {
        mended.push_str(&text[at..number.start]);
        mended.push('"');
        mended.push_str(&text[number.clone()]);
        mended.push('"');
        at = number.end;
    }
    mended.push_str(&text[at..]);
    mended
}

/// Where numbers such as `006` stand outside of strings. All borders are those of ASCII.
fn leading_zeros(text: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    let (mut in_string, mut escaped, mut begins) = (false, false, true);
    while let Some(&byte) = bytes.get(at) {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
        } else if byte == b'"' {
            (in_string, begins) = (true, false);
        } else if begins && byte == b'0' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
            let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !matches!(bytes.get(at + digits), Some(b'.' | b'e' | b'E')) {
                found.push(at..at + digits);
            }
            at += digits;
            begins = false;
            continue;
        } else {
            begins = matches!(byte, b'[' | b',' | b':') || byte.is_ascii_whitespace();
        }
        at += 1;
    }
    found
}

/// The rows of a page: an array, or the array under the first of `keys` that an object has.
pub(super) fn rows<'a>(text: &'a str, keys: &[&str]) -> Option<Vec<&'a RawValue>> {
    match text.trim_start().as_bytes().first()? {
        b'[' => serde_json::from_str(text).ok(),
        _ => {
            let object = fields(text)?;
            let rows = keys.iter().find_map(|key| object.get(*key))?;
            serde_json::from_str(rows.get()).ok()
        }
    }
}

/// The fields of an object, not looked into.
pub(super) fn fields(text: &str) -> Option<BTreeMap<Cow<'_, str>, &RawValue>> {
    serde_json::from_str(text).ok()
}

/// One row as a type that has only the fields that are needed.
pub(super) fn row<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, BadRow> {
    of_text(raw.get())
}

/// The same of a line or message.
pub(super) fn of_text<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, BadRow> {
    if nests_deeper(text.as_bytes(), DEPTH_MAX) {
        return Err(BadRow::TooDeep);
    }
    if !text.trim_start().starts_with('{') {
        return Err(BadRow::NotJson);
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => BadRow::BadField,
        _ => BadRow::NotJson,
    })
}

/// The named field of a row, and no other.
pub(super) fn field(
    fields: &BTreeMap<Cow<'_, str>, &RawValue>,
    name: &str,
) -> Result<Option<Scalar>, BadRow> {
    let Some(raw) = fields.get(name) else { return Ok(None) };
    serde_json::from_str(raw.get()).map_err(|_| BadRow::BadField)
}

/// Whether brackets outside of strings nest deeper than `depth_max`.
pub fn nests_deeper(json: &[u8], depth_max: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    json.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > depth_max
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_leading_zeros_become_texts_and_nothing_else_changes() {
        for (from, to) in [
            (r#"{"service_code":006,"x":0,"y":0.5}"#, r#"{"service_code":"006","x":0,"y":0.5}"#),
            (r#"[007, 00 ,"a:006"]"#, r#"["007", "00" ,"a:006"]"#),
            (r#"{"a":"\":006","b":1006,"c":-06}"#, r#"{"a":"\":006","b":1006,"c":-06}"#),
            ("{\"\u{e9}\":06}", "{\"\u{e9}\":\"06\"}"),
        ] {
            assert_eq!(&*text_of(from.as_bytes()), to);
        }
        assert_eq!(&*text_of(b"\xEF\xBB\xBF[\"\xff\"]"), "[\"\u{fffd}\"]");
    }

    #[test]
    fn broken_row_leaves_its_neighbours_as_they_are() {
        #[derive(Deserialize)]
        struct Only {
            id: u8,
        }
        let deep = format!("{{\"id\":3,\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
        let page =
            format!(r#"{{"meta":1,"rows":[{{"id":1}},{{"id":"\ud800"}},{deep},{{"id":4}},5]}}"#);
        let rows = rows(&page, &["issues", "rows"]).unwrap();
        let read: Vec<_> = rows.iter().map(|raw| row::<Only>(raw).map(|only| only.id)).collect();
        assert_eq!((read[0], read[3]), (Ok(1), Ok(4)));
        assert_eq!((read[2], read[4]), (Err(BadRow::TooDeep), Err(BadRow::NotJson)));
        assert!(read[1].is_err());
    }

    #[test]
    fn page_that_is_no_list_of_rows_is_none() {
        for page in ["", "<html>", "{}", "{\"rows\":{}}", "[1", "null", "{\"rows\":[1}"] {
            assert!(rows(page, &["rows"]).is_none(), "{page}");
        }
    }
}
