//! The language of a redacted text, as far as the choice of a model needs it.
//!
//! Not a linguist: it tells English from what is not, also in five words. The small words of each
//! language decide, on which a short text lives; a character model decides where they are silent
//! or even.

mod small_words;

use whichlang::{Lang, detect_language};

use self::small_words::{LANGUAGES, languages_of};
use super::RedactedText;

/// Fewest letters in which a language is looked for.
const LETTERS_MIN: usize = 2;
/// Up to so many words, a text of plain letters without any small word passes for English: titles
/// and names, which the character model guesses at random.
const BARE_WORDS_MAX: usize = 2;

/// Letters that hardly any English word puts together.
const FOREIGN: &[&str] = &[
    "isch", "tsch", "schl", "schr", "schm", "schw", "lich", "keit", "gkeit", "zung", "tzt", "cht",
    "gef", "mente", "cion", "zione", "iendo", "ij", "aat", "uij", "eux", "oux", "lho", "nho",
];

/// A language by its ISO 639-1 code, or none that could be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Two letters.
    Known(&'static str),
    /// Withheld or without words.
    Unknown,
}

impl Language {
    /// English.
    pub const ENGLISH: Language = Language::Known("en");

    /// The language of `text`; placeholders say nothing.
    ///
    /// # Privacy
    /// A pure function of the one text.
    pub fn of(text: &RedactedText) -> Self {
        if text.is_withheld() { Language::Unknown } else { detect(text.as_str()) }
    }

    /// As [`Language::of`], where only these are read: a text of one or two plain words that tell
    /// nothing of their language is taken for English if that is among them, else for the first.
    ///
    /// # Privacy
    /// A pure function of the one text and of the list.
    pub fn among(text: &RedactedText, read: &[&'static str]) -> Self {
        match read.first() {
            Some(first) if !read.contains(&"en") && is_bare(text) => Language::Known(first),
            _ => Language::of(text),
        }
    }

    /// The code for machines; "und" when unknown.
    pub fn code(self) -> &'static str {
        match self {
            Language::Known(code) => code,
            Language::Unknown => "und",
        }
    }
}

/// Whether nothing but the number of its words says what language a text is in.
fn is_bare(text: &RedactedText) -> bool {
    let words = words(text.as_str());
    let silent = |word: &String| !languages_of(word).contains(&true);
    !text.is_withheld()
        && letters(&words) >= LETTERS_MIN
        && words.iter().all(silent)
        && plain(&words)
}

fn letters(words: &[String]) -> usize {
    words.iter().map(|word| word.chars().count()).sum()
}

/// One or two words, in plain letters as English has them.
fn plain(words: &[String]) -> bool {
    let foreign =
        |word: &String| !word.is_ascii() || FOREIGN.iter().any(|part| word.contains(part));
    words.len() <= BARE_WORDS_MAX && !words.iter().any(foreign)
}

fn detect(text: &str) -> Language {
    let words = words(text);
    if letters(&words) < LETTERS_MIN {
        return Language::Unknown;
    }
    let guess = iso(detect_language(&words.join(" ")));
    let mut votes = [0_usize; LANGUAGES.len()];
    for word in &words {
        for (vote, speaks) in votes.iter_mut().zip(languages_of(word)) {
            *vote += usize::from(speaks);
        }
    }
    let most = votes.iter().max().copied().unwrap_or_default();
    if most == 0 {
        return if plain(&words) { Language::ENGLISH } else { Language::Known(guess) };
    }
    let leaders = || LANGUAGES.iter().zip(&votes).filter(|(_, vote)| **vote == most);
    let agrees = leaders().any(|(code, _)| *code == guess);
    let first = leaders().next().map_or(guess, |(code, _)| *code);
    Language::Known(if agrees { guess } else { first })
}

/// The words of a text in lower case, without placeholders, links, accounts and figures.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|token| {
            !token.contains("://") && !token.starts_with(['@', '<']) && !token.ends_with('>')
        })
        .flat_map(|token| {
            token.split(|ch: char| !(ch.is_alphanumeric() || ch == '\'' || ch == '’'))
        })
        .map(|word| word.replace('’', "'").trim_matches('\'').to_lowercase())
        .filter(|word| !word.is_empty() && !word.contains(|ch: char| ch.is_ascii_digit()))
        .filter(|word| !matches!(word.as_str(), "http" | "https" | "rt" | "user"))
        .collect()
}

fn iso(lang: Lang) -> &'static str {
    match lang {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        Language::of(&RedactedText::from_public(text)).code()
    }

    #[test]
    fn short_civic_english_is_english() {
        for text in [
            "Fix the potholes",
            "More trees please",
            "fix roads",
            "STOP CUTTING TREES",
            "Lower taxes",
            "bike lanes now",
            "Potholes",
            "Ask <PERSON> about it",
            "no more parking meters",
        ] {
            assert_eq!(code(text), "en", "{text}");
        }
    }

    #[test]
    fn short_civic_text_of_other_languages_is_not_english() {
        for (text, lang) in [
            ("Más árboles en el barrio", "es"),
            ("arreglen la calle", "es"),
            ("no hay agua", "es"),
            ("Plus de pistes cyclables pour la ville", "fr"),
            ("Die Straße ist kaputt", "de"),
            ("Mais ônibus para o bairro", "pt"),
            ("La strada è piena di buche", "it"),
            ("почините дорогу", "ru"),
        ] {
            assert_eq!(code(text), lang, "{text}");
        }
    }

    #[test]
    fn bare_words_are_of_the_first_language_that_is_read_unless_english_is() {
        let of = |text: &str, read: &[&'static str]| {
            Language::among(&RedactedText::from_public(text), read).code()
        };
        for text in ["Farolas", "Baches enormes"] {
            assert_eq!((of(text, &["es"]), of(text, &["es", "en"])), ("es", "en"), "{text}");
        }
        assert_eq!(of("The bus was late again.", &["es"]), "en");
        assert_eq!(of("La calle está rota.", &["en"]), "es");
        assert_eq!(of("<PERSON> 12", &["es"]), "und");
    }

    #[test]
    fn text_without_words_is_unknown() {
        for text in ["", "<PERSON> <PHONE>", "+1 👍", "1234"] {
            assert_eq!(Language::of(&RedactedText::from_public(text)), Language::Unknown, "{text}");
        }
    }
}
