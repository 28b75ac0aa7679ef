//! Sentences about released numbers, in the reader's language. No sentence holds a number without its
//! range, or without what it assumes; so that command line and pages say the same, both take them from
//! here.

mod dates;
mod english;
mod number;
mod spanish;

pub use dates::{day, day_short, days};

use std::str::FromStr;

use jiff::civil::Date;
use serde::Serialize;

use super::silent::{Extremes, Heard, OddsFactor, Span, TippingPoint};
use crate::release::Interval;

/// A language of the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

/// A word that names no language there are sentences in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found `{0}`; allowed: en or es")]
pub struct LanguageError(String);

impl Language {
    /// All of them.
    pub const ALL: [Language; 2] = [Language::English, Language::Spanish];

    /// Its code, as in the `lang` attribute of a page.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Spanish => "es",
        }
    }

    /// The one of two that is in this language.
    pub fn pick<T>(self, english: T, spanish: T) -> T {
        match self {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == text)
            .ok_or_else(|| LanguageError(text.to_owned()))
    }
}

/// What a sentence is about, by the names that people know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// The place; none for the whole city.
    pub place: Option<String>,
    /// The topic; none for all of them.
    pub topic: Option<String>,
}

/// One sentence with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum Message {
    /// How many residents were heard, in a place or in the city.
    Heard {
        /// The place.
        place: Heard,
        /// First day counted.
        from: String,
        /// First day after.
        until: String,
    },
    /// How unequally the places take part.
    Extremes(Extremes),
    /// On which side those who posted are.
    Voices {
        /// Of what.
        about: About,
        /// Share of the positive side.
        share: Interval,
        /// First day of the release.
        from: String,
        /// First day after it.
        until: String,
    },
    /// Too few voices to say on which side they are.
    Measuring {
        /// Of what.
        about: About,
    },
    /// What the silent could change if nothing is assumed of them.
    NoAssumption {
        /// Of what.
        about: About,
        /// Share of the positive side in the whole place.
        span: Span,
    },
    /// How far the silent would have to differ to turn the sign.
    Tipping {
        /// Of what.
        about: About,
        /// How far.
        point: TippingPoint,
    },
    /// What the silent could change within a factor that the reader declared.
    Odds {
        /// Of what.
        about: About,
        /// The declared factor.
        factor: OddsFactor,
        /// Share of the positive side in the whole place.
        span: Span,
    },
    /// The voices weighted to the census.
    Reweighted {
        /// Of what.
        about: About,
        /// Share of the positive side, each voice alike.
        before: Interval,
        /// The same after weighting.
        share: Interval,
        /// First day of the release.
        from: String,
        /// First day after it.
        until: String,
    },
    /// What a survey said.
    Survey {
        /// Of what.
        about: About,
        /// Its day.
        date: Date,
        /// Its respondents.
        respondents: u32,
        /// Share of the positive side.
        share: Interval,
    },
    /// The survey brought to the day of the newest release.
    Anchored {
        /// Of what.
        about: About,
        /// How far the voices moved in the share since the survey.
        moved: Interval,
        /// Share of the positive side now.
        share: Interval,
        /// First day of the newest release.
        from: String,
        /// First day after it.
        until: String,
        /// Declared drift in who posts; 1 for none.
        drift: f64,
    },
    /// A change between two windows beyond all their intervals at once.
    Changed {
        /// Of what.
        about: About,
        /// Later less earlier net sentiment, from -2 to 2.
        difference: Interval,
        /// First day of the later window.
        from: String,
        /// First day after it.
        until: String,
        /// First day of the earlier window.
        earlier_from: String,
    },
    /// A measured share against its target.
    Score {
        /// Of what.
        about: About,
        /// Share over target: above 1 is good.
        score: Interval,
        /// Windows averaged.
        windows: usize,
    },
    /// That each resident weighs one voice.
    OneVoice,
}

impl Message {
    /// The sentence in a language.
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::English => english::text(self),
            Language::Spanish => spanish::text(self),
        }
    }
}

/// Messages with their sentences in every language, for machines.
pub fn in_all_languages(messages: &[Message]) -> serde_json::Value {
    let sentences = |language: Language| -> Vec<String> {
        messages.iter().map(|message| message.text(language)).collect()
    };
    Language::ALL.into_iter().map(|l| (l.code(), serde_json::Value::from(sentences(l)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(value: f64) -> Interval {
        Interval { value, low: value - 0.021, high: value + 0.019 }
    }

    fn about() -> About {
        About { place: None, topic: Some("Riverfront plan".into()) }
    }

    fn heard() -> Heard {
        Heard {
            neighborhood: Some("old-quay".into()),
            name: "Old Quay".into(),
            residents: 5000,
            heard: Interval { value: 1234.4, low: 1210.2, high: 1258.6 },
            rate: Interval { value: 0.0612, low: 0.0604, high: 0.0621 },
        }
    }

    fn voices(value: f64) -> Message {
        let (from, until) = ("2026-03-30".to_owned(), "2026-04-27".to_owned());
        Message::Voices { about: about(), share: share(value), from, until }
    }

    fn all() -> Vec<Message> {
        let (about, span) = (about(), Span { low: 0.314, high: 0.618 });
        let (from, until) = ("2026-03-30".to_owned(), "2026-04-27".to_owned());
        let silent = Interval { value: 0.53, low: 0.51, high: 0.54 };
        let differ_by = Interval { value: 0.07, low: 0.05, high: 0.09 };
        let date = "2026-03-10".parse().unwrap();
        vec![
            Message::Heard { place: heard(), from: from.clone(), until: until.clone() },
            Message::Extremes(Extremes {
                highest: "Cedar Hill".into(),
                lowest: "Old Quay".into(),
                ratio: Some(3.17),
                low: 2.44,
                high: Some(4.01),
            }),
            voices(0.46),
            voices(0.5),
            Message::Measuring { about: about.clone() },
            Message::NoAssumption { about: about.clone(), span },
            Message::Tipping {
                about: about.clone(),
                point: TippingPoint::Turns { share: share(0.46), silent, differ_by },
            },
            Message::Tipping {
                about: about.clone(),
                point: TippingPoint::NoSide { share: share(0.5) },
            },
            Message::Tipping {
                about: about.clone(),
                point: TippingPoint::Holds { share: share(0.9) },
            },
            Message::Odds { about: about.clone(), factor: OddsFactor::new(2.0).unwrap(), span },
            Message::Reweighted {
                about: about.clone(),
                before: share(0.46),
                share: share(0.47),
                from: from.clone(),
                until: until.clone(),
            },
            Message::Survey { about: about.clone(), date, respondents: 600, share: share(0.61) },
            Message::Anchored {
                about: about.clone(),
                moved: Interval { value: -0.05, low: -0.08, high: -0.02 },
                share: share(0.56),
                from: from.clone(),
                until: until.clone(),
                drift: 1.25,
            },
            Message::Changed {
                about: about.clone(),
                difference: Interval { value: -0.32, low: -0.51, high: -0.13 },
                from,
                until,
                earlier_from: "2026-03-02".into(),
            },
            Message::Score { about: about.clone(), score: share(0.98), windows: 4 },
            Message::Score { about, score: share(1.2), windows: 4 },
            Message::OneVoice,
        ]
    }

    #[test]
    fn voices_and_odds_read_as_the_design_words_them() {
        let english = |message: Message| message.text(Language::English);
        assert_eq!(
            english(voices(0.46)),
            "Of the people who posted from 30 March to 26 April 2026 and took a side on Riverfront \
             plan, 46 % (43 to 48 %) are positive."
        );
        let odds = Message::Odds {
            about: about(),
            factor: OddsFactor::new(2.0).unwrap(),
            span: Span { low: 0.314, high: 0.618 },
        };
        assert_eq!(
            english(odds),
            "If silent residents' odds differ from theirs by up to a factor of 2, the city is \
             somewhere in 31 to 62 %; if by more, it can lie outside."
        );
    }

    #[test]
    fn silent_turn_the_sign_of_the_negative_from_a_share_on_and_of_the_positive_up_to_one() {
        let tipping = |value: f64, silent: f64| {
            let differ_by = Interval { value: 0.07, low: 0.05, high: 0.09 };
            let (share, silent) = (share(value), share(silent));
            let point = TippingPoint::Turns { share, silent, differ_by };
            Language::ALL.map(|language| Message::Tipping { about: about(), point }.text(language))
        };
        let [english, spanish] = tipping(0.46, 0.53);
        assert!(english.contains("by at least 7 points"), "{english}");
        assert!(english.contains("at least 53 % (50 to 55 %) of them"), "{english}");
        assert!(spanish.contains("favorable al menos el 53 %"), "{spanish}");
        let [english, spanish] = tipping(0.54, 0.47);
        assert!(english.contains("at most 47 %"), "{english}");
        assert!(spanish.contains("favorable como mucho el 47 %"), "{spanish}");
    }

    #[test]
    fn every_message_has_its_own_words_in_both_languages() {
        for message in all() {
            let [english, spanish] = Language::ALL.map(|language| message.text(language));
            assert!(
                english != spanish && english.ends_with('.') && spanish.ends_with('.'),
                "{english}"
            );
            assert!(!english.contains("NaN") && !english.contains("  "), "{english}");
        }
    }

    #[test]
    fn sentence_with_a_percentage_tells_its_range_too() {
        for message in all() {
            for language in Language::ALL {
                let text = message.text(language);
                let numbers = text.matches('%').count();
                assert!(numbers != 1 || text.contains(" to ") || text.contains(" a "), "{text}");
            }
        }
    }

    #[test]
    fn interval_that_crosses_the_middle_is_said_to_tell_no_side() {
        let even = voices(0.5);
        assert!(even.text(Language::English).contains("neither side is ahead"));
        let score = Message::Score { about: about(), score: share(0.99), windows: 2 };
        assert!(score.text(Language::English).contains("can't tell"));
    }

    #[test]
    fn language_is_read_from_its_code() {
        assert_eq!("es".parse(), Ok(Language::Spanish));
        assert!("fr".parse::<Language>().unwrap_err().to_string().contains("en or es"));
    }
}
