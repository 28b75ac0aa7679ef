//! The sentences in English.

use super::{
    About, Language, Message,
    dates::{day, day_of, span_of},
    number::{
        at_least, at_most, factor, fixed, grouped, magnitude, people, percent, plain, points, span,
    },
};
use crate::estimate::silent::{Extremes, TippingPoint};

const ENGLISH: Language = Language::English;

/// The sentence.
pub(super) fn text(message: &Message) -> String {
    match message {
        Message::Heard { place, from, until } => {
            let days = span_of(ENGLISH, from, until);
            format!(
            "{}: {} residents were heard from {days}, {} of the {} who live there.",
            place.name,
            people(place.heard, ENGLISH),
            percent(place.rate, ENGLISH),
            grouped(place.residents as f64, ENGLISH),
        )
        }
        Message::Extremes(extremes) => unequal(extremes),
        Message::Voices { about, share, from, until } => {
            let days = span_of(ENGLISH, from, until);
            let posted =
                format!("Of the people who posted from {days} and took a side{}", on(about));
            match share.excludes(0.5) {
                true => format!("{posted}, {} are positive.", percent(*share, ENGLISH)),
                false => format!(
                    "{posted}, neither side is ahead by more than the noise: {} are positive.",
                    percent(*share, ENGLISH)
                ),
            }
        }
        Message::Measuring { about } => {
            format!("Not enough voices yet to say on which side they are{}: measuring.", on(about))
        }
        Message::NoAssumption { about, span: s } => format!(
            "If nothing is assumed of the silent, {} could be anywhere from {}.",
            whole(about),
            span(s.low, s.high, ENGLISH)
        ),
        Message::Tipping { about, point } => tipping(about, *point),
        Message::Odds { about, factor: g, span: s } => format!(
            "If silent residents' odds differ from theirs by up to a factor of {}, {} is somewhere in \
             {}; if by more, it can lie outside.",
            factor(g.get(), ENGLISH),
            whole(about),
            span(s.low, s.high, ENGLISH)
        ),
        Message::Reweighted { about, before, share, from, until } => {
            let days = span_of(ENGLISH, from, until);
            format!(
            "Reweighted to the census{}, from {days}: {} instead of {}, to which the neighborhoods \
             add up, each measured by itself. That corrects where people live, not which of them \
             speak, so it is not what {} thinks.",
            on(about),
            percent(*share, ENGLISH),
            percent(*before, ENGLISH),
            whole(about)
        )
        }
        Message::Survey { about, date, respondents, share } => {
            let day = day(ENGLISH, *date);
            format!(
            "The survey of {day} (n = {}) said {}{}.",
            grouped(f64::from(*respondents), ENGLISH),
            percent(*share, ENGLISH),
            on(about)
        )
        }
        Message::Anchored { about, moved, share, from, until, drift } => {
            let days = span_of(ENGLISH, from, until);
            let moved = match moved.excludes(0.0) {
                true if moved.value > 0.0 => format!("moved up by {}", points(*moved, ENGLISH)),
                true => format!("moved down by {}", points(*moved, ENGLISH)),
                false => {
                    format!("not moved by more than the noise: {}", points(*moved, ENGLISH))
                }
            };
            let assumed = match *drift > 1.0 {
                true => format!(
                    "if who posts drifted by no more than a factor of {}",
                    factor(*drift, ENGLISH)
                ),
                false => "if the same kind of people still post".to_owned(),
            };
            format!(
                "Since the survey the voices have {moved}; so from {days} {} stands at {}, \
                 {assumed}.",
                whole(about),
                percent(*share, ENGLISH)
            )
        }
        Message::Changed { about, difference, from, until, earlier_from } => {
            let (days, earlier) = (span_of(ENGLISH, from, until), day_of(ENGLISH, earlier_from));
            let way = if difference.value > 0.0 { "positive" } else { "negative" };
            let (by, low, high) = magnitude(*difference, ENGLISH);
            format!(
                "{}: those who posted became more {way} by {by} of net sentiment (between {low} and {high}) from {days}, \
                 against the window of {earlier}.",
                named(about)
            )
        }
        Message::Score { about, score, windows } => {
            let reading = match (score.low > 1.0, score.high < 1.0) {
                (true, _) => "better than its target",
                (_, true) => "worse than its target",
                _ => "can't tell whether the target is met",
            };
            let windows = match windows {
                1 => "one window".to_owned(),
                more => format!("{more} windows"),
            };
            format!(
                "{} scores {} over {windows}; above 1 is good: {reading}.",
                named(about),
                plain(*score, ENGLISH)
            )
        }
        Message::OneVoice => {
            "Each resident weighs one voice, however often they wrote; those who did not post are in \
             none of these numbers."
                .to_owned()
        }
    }
}

fn unequal(extremes: &Extremes) -> String {
    let Extremes { highest, lowest, ratio, low, high } = extremes;
    let range = match (ratio, high) {
        (Some(ratio), Some(high)) => format!(
            "{} times as large a part of its residents as {lowest} (between {} and {})",
            fixed(*ratio, 1, ENGLISH),
            at_least(*low, 1, ENGLISH),
            at_most(*high, 1, ENGLISH)
        ),
        _ => format!(
            "a larger part of its residents than {lowest}, at least {} times (no upper limit can \
             be given)",
            at_least(*low, 1, ENGLISH)
        ),
    };
    match *low > 1.0 {
        true => format!("{highest} took part with {range}."),
        false => format!(
            "It cannot be told whether the places took part unequally: measured, {highest} took part \
             with {range}."
        ),
    }
}

fn tipping(about: &About, point: TippingPoint) -> String {
    match point {
        TippingPoint::NoSide { share } => format!(
            "The voices{} do not tell a side, so the silent decide it: {} positive.",
            on(about),
            percent(share, ENGLISH)
        ),
        TippingPoint::Turns { share, silent, differ_by } => {
            let limit = if share.value > 0.5 { "at most" } else { "at least" };
            format!(
                "To turn the sign, the silent would have to differ from the voices by at least {}: \
                 {limit} {} of them would have to be positive.",
                points(differ_by, ENGLISH),
                percent(silent, ENGLISH)
            )
        }
        TippingPoint::Holds { share } => format!(
            "The sign stands even if all the silent were on the other side: of the voices {} are \
             positive, and they are more than half of all residents.",
            percent(share, ENGLISH)
        ),
    }
}

/// " on Riverfront plan in Old Quay".
fn on(about: &About) -> String {
    let topic = about.topic.as_ref().map(|topic| format!(" on {topic}")).unwrap_or_default();
    let place = about.place.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
    topic + &place
}

fn whole(about: &About) -> &str {
    about.place.as_deref().unwrap_or("the city")
}

fn named(about: &About) -> String {
    match (&about.place, &about.topic) {
        (Some(place), Some(topic)) => format!("{place}: {topic}"),
        (Some(name), None) | (None, Some(name)) => name.clone(),
        (None, None) => "The whole city".to_owned(),
    }
}
