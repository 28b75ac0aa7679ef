//! Ways to write an identifier that a person still reads.

/// Whether letters or figures carry a shape, which says how it can be disguised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A mailbox: letters, an at sign and dots.
    Mailbox,
    /// Figures in groups.
    Figures,
    /// Letters and figures that mean the same in any case.
    Code,
    /// Words and figures.
    Words,
    /// As it stands and no other way.
    Fixed,
}

impl Look {
    pub fn disguises(self) -> &'static [Disguise] {
        use Disguise::*;
        match self {
            Look::Mailbox => &[
                Plain,
                Upper,
                ZeroWidth,
                SoftHyphens,
                Bidi,
                FullWidth,
                MathLetters,
                LookAlikes,
                Entities,
                HexEntities,
                Percents,
                Base64,
                SpelledOut,
                InBrackets,
                Spanish,
                SpacedOut,
                Tagged,
                Quoted,
                Newlines,
            ],
            Look::Figures => &[
                Plain,
                ZeroWidth,
                SoftHyphens,
                Bidi,
                FullWidth,
                ArabicFigures,
                DevanagariFigures,
                MathFigures,
                Keycaps,
                NoBreakSpaces,
                LongDashes,
                Entities,
                HexEntities,
                Percents,
                Tagged,
                Quoted,
            ],
            Look::Code => &[
                Plain,
                ZeroWidth,
                SoftHyphens,
                Bidi,
                FullWidth,
                NoBreakSpaces,
                LongDashes,
                Entities,
                HexEntities,
                Percents,
                Tagged,
                Quoted,
            ],
            Look::Words => &[
                Plain,
                Upper,
                Lower,
                ZeroWidth,
                SoftHyphens,
                Bidi,
                FullWidth,
                NoBreakSpaces,
                Entities,
                Tagged,
                Quoted,
            ],
            Look::Fixed => &[Plain],
        }
    }
}

/// One way to write an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disguise {
    Plain,
    Upper,
    Lower,
    ZeroWidth,
    SoftHyphens,
    Bidi,
    FullWidth,
    MathLetters,
    MathFigures,
    LookAlikes,
    ArabicFigures,
    DevanagariFigures,
    Keycaps,
    NoBreakSpaces,
    LongDashes,
    Entities,
    HexEntities,
    Percents,
    Base64,
    SpelledOut,
    InBrackets,
    Spanish,
    SpacedOut,
    Tagged,
    Quoted,
    Newlines,
}

impl Disguise {
    pub fn as_str(self) -> &'static str {
        match self {
            Disguise::Plain => "plain",
            Disguise::Upper => "upper case",
            Disguise::Lower => "lower case",
            Disguise::ZeroWidth => "zero-width characters",
            Disguise::SoftHyphens => "soft hyphens",
            Disguise::Bidi => "bidirectional marks",
            Disguise::FullWidth => "full-width characters",
            Disguise::MathLetters => "mathematical letters",
            Disguise::MathFigures => "mathematical figures",
            Disguise::LookAlikes => "look-alikes",
            Disguise::ArabicFigures => "Arabic figures",
            Disguise::DevanagariFigures => "Devanagari figures",
            Disguise::Keycaps => "keycaps",
            Disguise::NoBreakSpaces => "no-break spaces",
            Disguise::LongDashes => "long dashes",
            Disguise::Entities => "entities",
            Disguise::HexEntities => "hexadecimal entities",
            Disguise::Percents => "percent-encoding",
            Disguise::Base64 => "base64",
            Disguise::SpelledOut => "spelled out",
            Disguise::InBrackets => "spelled out in brackets",
            Disguise::Spanish => "spelled out in Spanish",
            Disguise::SpacedOut => "spaced out",
            Disguise::Tagged => "inline tags",
            Disguise::Quoted => "quotation marks",
            Disguise::Newlines => "line breaks around it",
        }
    }

    /// Writes `plain` this way.
    pub fn of(self, plain: &str) -> String {
        match self {
            Disguise::Plain => plain.to_owned(),
            Disguise::Upper => plain.to_uppercase(),
            Disguise::Lower => plain.to_lowercase(),
            Disguise::ZeroWidth => seamed(plain, "\u{200b}"),
            Disguise::SoftHyphens => seamed(plain, "\u{ad}"),
            Disguise::Bidi => seamed(plain, "\u{202a}\u{202c}"),
            Disguise::FullWidth => shifted(plain, '!'..='~', 0xff01),
            Disguise::MathLetters => shifted(&plain.to_lowercase(), 'a'..='z', 0x1d41a),
            Disguise::MathFigures => shifted(plain, '0'..='9', 0x1d7d8),
            Disguise::LookAlikes => {
                plain.replace('e', "\u{435}").replace('a', "\u{430}").replace('o', "\u{43e}")
            }
            Disguise::ArabicFigures => shifted(plain, '0'..='9', 0x660),
            Disguise::DevanagariFigures => shifted(plain, '0'..='9', 0x966),
            Disguise::Keycaps => each(plain, |ch| match ch {
                '0'..='9' => format!("{ch}\u{fe0f}\u{20e3}"),
                ch => ch.to_string(),
            }),
            Disguise::NoBreakSpaces => plain.replace(' ', "\u{a0}"),
            Disguise::LongDashes => plain.replace('-', "\u{2013}"),
            Disguise::Entities => each(plain, |ch| coded(ch, format!("&#{};", u32::from(ch)))),
            Disguise::HexEntities => {
                each(plain, |ch| coded(ch, format!("&#x{:X};", u32::from(ch))))
            }
            Disguise::Percents => each(plain, |ch| coded(ch, format!("%{:02X}", u32::from(ch)))),
            Disguise::Base64 => {
                base64::Engine::encode(&base64::engine::general_purpose::STANDARD, plain.as_bytes())
            }
            Disguise::SpelledOut => plain.replace('@', " at ").replace('.', " dot "),
            Disguise::InBrackets => plain.replace('@', " [at] ").replace('.', " (dot) "),
            Disguise::Spanish => plain.replace('@', " arroba ").replace('.', " punto "),
            Disguise::SpacedOut => seamed(plain, " "),
            Disguise::Tagged => halved(plain),
            Disguise::Quoted => format!("\u{201c}{plain}\u{201d}"),
            Disguise::Newlines => format!("\n{plain}\n"),
        }
    }
}

fn each(plain: &str, write: impl Fn(char) -> String) -> String {
    plain.chars().map(write).collect()
}

/// The code of a sign; letters and figures stay, as in what browsers and forms escape.
fn coded(ch: char, code: String) -> String {
    if ch.is_alphanumeric() || ch == ' ' { ch.to_string() } else { code }
}

/// With `seam` between all characters.
fn seamed(plain: &str, seam: &str) -> String {
    plain.chars().map(String::from).collect::<Vec<_>>().join(seam)
}

/// With an inline tag in the middle.
fn halved(plain: &str) -> String {
    let half = plain.chars().count() / 2;
    let (head, tail): (Vec<_>, Vec<_>) = plain.chars().enumerate().partition(|(at, _)| *at < half);
    let text = |part: Vec<(usize, char)>| part.into_iter().map(|(_, ch)| ch).collect::<String>();
    format!("{}<b></b>{}", text(head), text(tail))
}

/// With the characters of a range moved to another block.
fn shifted(plain: &str, from: std::ops::RangeInclusive<char>, to: u32) -> String {
    let first = u32::from(*from.start());
    let shift = |ch: char| match from.contains(&ch) {
        true => char::from_u32(u32::from(ch) - first + to).unwrap_or(ch),
        false => ch,
    };
    plain.chars().map(shift).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises_are_written_as_named() {
        let of = |disguise: Disguise| disguise.of("a@b.1");
        assert_eq!(of(Disguise::Entities), "a&#64;b&#46;1");
        assert_eq!(of(Disguise::Percents), "a%40b%2E1");
        assert_eq!(of(Disguise::FullWidth), "ａ＠ｂ．１");
        assert_eq!(of(Disguise::ArabicFigures), "a@b.١");
        assert_eq!(of(Disguise::Spanish), "a arroba b punto 1");
        assert_eq!(of(Disguise::Tagged), "a@<b></b>b.1");
        assert_eq!(of(Disguise::SpacedOut), "a @ b . 1");
    }
}
