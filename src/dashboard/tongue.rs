//! The two languages of every page. A sentence stands in both at the place where it is used, so
//! none can be forgotten.

use crate::estimate::words::Language;

/// A language that pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tongue {
    /// English.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

impl Tongue {
    /// Both.
    pub const ALL: [Tongue; 2] = [Tongue::English, Tongue::Spanish];

    /// The tag of RFC 5646.
    pub fn tag(self) -> &'static str {
        self.pick("en", "es")
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        self.pick("English", "Español")
    }

    /// The same language, of sentences about released numbers.
    pub fn language(self) -> Language {
        self.pick(Language::English, Language::Spanish)
    }

    /// Reads a tag such as `es` or `es-MX`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next()?;
        Self::ALL.into_iter().find(|tongue| primary.eq_ignore_ascii_case(tongue.tag()))
    }

    /// The best of an `Accept-Language` header, English when none fits.
    ///
    /// # Source
    /// RFC 9110, section 12.5.4; of equal quality, the first.
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::English);
        for range in header.split(',').take(RANGES_MAX) {
            let mut parts = range.split(';');
            let Some(tongue) = parts.next().and_then(Self::from_tag) else { continue };
            let quality = parts.find_map(|part| part.trim().strip_prefix("q="));
            let quality = quality.map_or(1.0, |text| text.trim().parse().unwrap_or(0.0));
            if quality > best.0 {
                best = (quality, tongue);
            }
        }
        best.1
    }

    /// The one of two that is in this language.
    pub fn pick<T>(self, english: T, spanish: T) -> T {
        match self {
            Self::English => english,
            Self::Spanish => spanish,
        }
    }
}

const RANGES_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_language_is_the_one_of_highest_quality() {
        for (header, tongue) in [
            ("", Tongue::English),
            ("fr-FR, fr", Tongue::English),
            ("es-MX,es;q=0.9,en;q=0.8", Tongue::Spanish),
            ("fr, en;q=0.3, es;q=0.4", Tongue::Spanish),
            ("es;q=0, en;q=0.1", Tongue::English),
            ("en, es", Tongue::English),
            ("ES", Tongue::Spanish),
        ] {
            assert_eq!(Tongue::accepted(header), tongue, "{header}");
        }
    }
}
