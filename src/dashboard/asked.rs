//! A request as the gallery understands it: everything that an answer depends on, and nothing else.
//!
//! A value that means nothing in the room is dropped, and one that can be written in several ways is
//! written in one. So two requests that must be answered alike are equal here, no link carries
//! what a reader made up, and whoever keeps answers keeps few.

use super::{
    filter::Filter,
    gallery::{Gallery, Request},
    rooms,
    tongue::Tongue,
    trials::{DAYS, EPSILONS, RESIDENTS, TOPICS},
};
use crate::domain::NamedKey;

/// Characters of an id that name a release.
pub(super) const ID_CHARS_MIN: usize = 8;
/// Characters of an id in links.
pub(super) const ID_CHARS: usize = 12;
/// The factor of the odds moves by so much.
pub(super) const ODDS_STEP: f64 = 0.25;
/// What addresses of figures begin with.
const FIGURE: &str = "figure.";
/// The largest factor that a reader may name.
pub(super) const ODDS_MAX: f64 = 5.0;

/// What a reader asks for, in one way of writing it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    pub(super) path: String,
    pub(super) filter: Filter,
    pub(super) tongue: Tongue,
}

impl Asked {
    /// Reads a request against what there is to see.
    pub(super) fn of(gallery: &Gallery, request: &Request<'_>) -> Self {
        let path = request.path.trim_start_matches('/').to_owned();
        let written = Filter::parse(request.query);
        let named = written.get("lang").and_then(Tongue::from_tag);
        let tongue = named.unwrap_or_else(|| Tongue::accepted(request.accept_language));
        let room = room(&path, &written);
        let mut filter = Filter::default();
        for name in room.map_or(&["lang"][..], choices) {
            let value = written.get(name).and_then(|value| gallery.meaning(name, value));
            filter = value.map_or(filter.clone(), |value| filter.with(name, value));
        }
        if let Some(of) = written.get("of").filter(|_| path.starts_with(FIGURE)) {
            filter = filter.with("of", of);
        }
        Self { path, filter, tongue }
    }

    /// Whether the answer tries a plan, which may take some tenths of a second.
    pub fn tries_a_plan(&self) -> bool {
        room(&self.path, &self.filter) == Some("plan")
    }
}

/// The room that a page or a figure belongs to.
fn room(path: &str, filter: &Filter) -> Option<&'static str> {
    let of = || Some(filter.get("of")?.split_once('.')?.0.to_owned());
    let name = match path.strip_prefix(FIGURE) {
        Some(_) => of().map(|room| if room == "project" { String::new() } else { room })?,
        None => path.to_owned(),
    };
    rooms::ADDRESSES.into_iter().find(|address| *address == name)
}

/// What may be chosen in a room, beside what every room carries.
fn choices(room: &str) -> &'static [&'static str] {
    match room {
        "" => &["lang", "topic", "window", "odds"],
        "places" => &["lang", "topic", "window", "a", "b"],
        "plan" => &["lang", "topic", "window", "epsilon", "days", "topics", "residents"],
        "ledger" => &["lang", "topic", "window", "from"],
        "entry" => &["lang", "topic", "window", "entry"],
        "release" => &["lang", "topic", "window", "release"],
        _ => &["lang", "topic", "window"],
    }
}

impl Gallery {
    /// The one way of writing `value` under `name`; none where it means nothing here.
    fn meaning(&self, name: &str, value: &str) -> Option<String> {
        let keys = &self.plan().keys;
        let known =
            |keys: &[NamedKey]| keys.iter().any(|key| key.id == value).then(|| value.to_owned());
        let listed = |list: &[f64]| {
            let number: f64 = value.parse().ok()?;
            list.contains(&number).then(|| number.to_string())
        };
        match name {
            "lang" => Tongue::from_tag(value).map(|tongue| tongue.tag().to_owned()),
            "topic" => known(&keys.topics),
            "a" | "b" => known(&keys.neighborhoods),
            "window" => {
                let window: u32 = value.parse().ok()?;
                let mut shown = self.shelf().documents().map(|document| document.window.last);
                shown.any(|last| last == window).then(|| window.to_string())
            }
            "odds" => odds(value.parse().ok()?).map(|odds| odds.to_string()),
            "epsilon" => listed(&EPSILONS),
            "days" => listed(&DAYS.map(f64::from)),
            "topics" => listed(&TOPICS.map(|count| count as f64)),
            "residents" => listed(&RESIDENTS.map(f64::from)),
            "from" => value.parse::<usize>().ok().map(|page| self.ledger_page(page).to_string()),
            "entry" => {
                let index: u64 = value.parse().ok()?;
                let mut entries = self.entries();
                entries.any(|(entry, _)| entry.index == index).then(|| index.to_string())
            }
            "release" => {
                let asked = Some(value).filter(|id| id.len() >= ID_CHARS_MIN)?;
                let mut shown = self.shelf().documents();
                let found = shown.find(|document| document.release_id.starts_with(asked))?;
                Some(found.release_id.chars().take(ID_CHARS).collect())
            }
            _ => None,
        }
    }
}

/// The nearest factor that the slider can stand at; none where it is out of reach.
fn odds(asked: f64) -> Option<f64> {
    let within = (1.0..=ODDS_MAX).contains(&asked);
    within.then(|| (asked / ODDS_STEP).round() * ODDS_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_stands_where_the_slider_can() {
        assert_eq!([1.0, 2.3, 2.0, 5.0].map(odds), [Some(1.0), Some(2.25), Some(2.0), Some(5.0)]);
        assert_eq!([0.99, 5.01, f64::NAN, f64::INFINITY].map(odds), [None; 4]);
    }

    #[test]
    fn figure_belongs_to_the_room_that_it_names() {
        let of = |of: &str| Filter::default().with("of", of);
        assert_eq!(room("figure.csv", &of("project.trend")), Some(""));
        assert_eq!(room("figure.svg", &of("plan.expected")), Some("plan"));
        assert_eq!(room("figure.svg", &of("nowhere.expected")), None);
        assert_eq!(room("figure.svg", &Filter::default()), None);
        assert_eq!(room("places", &of("plan.expected")), Some("places"));
        assert_eq!(room("undertone.css", &Filter::default()), None);
    }
}
