//! One reader's view: what they chose, in which language, on which medium; and the links that
//! carry it on.

use base64::Engine as _;
use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};

use super::{
    figure::Figure,
    filter::Filter,
    gallery::Gallery,
    numbers::{day_short, days, instant},
    rooms,
    tongue::Tongue,
};
use crate::{domain::NamedKey, estimate::words::Message, release::Document};

/// What a reader chose that means something in every room.
const CARRIED: [&str; 3] = ["lang", "topic", "window"];

/// Where pages are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// From a server: links carry the filter.
    Site,
    /// One file with every room in it.
    Paper,
}

/// One reader's view of the gallery.
pub(super) struct View<'a> {
    /// What there is to see.
    pub gallery: &'a Gallery,
    /// The reader's language.
    pub tongue: Tongue,
    /// What they chose.
    pub filter: Filter,
    /// Where it is read.
    pub medium: Medium,
    /// The room's address.
    pub room: &'static str,
}

impl View<'_> {
    /// The one of two sentences that is in the reader's language.
    pub fn pick<T>(&self, english: T, spanish: T) -> T {
        self.tongue.pick(english, spanish)
    }

    /// The address of a room under a filter; none where the medium has no such page.
    pub fn link(&self, room: &str, filter: &Filter) -> Option<String> {
        match self.medium {
            Medium::Site => {
                let room = if room.is_empty() { "./" } else { room };
                Some(format!("{room}{}", filter.query()))
            }
            Medium::Paper => {
                // What the whole file was written for has its place in it, and nothing else has.
                let here = filter.without(&["lang"]) == self.filter.without(&["lang"]);
                let named = rooms::NAMED.iter().find(|named| here && named.address == room)?;
                Some(format!("#{}", named.id()))
            }
        }
    }

    /// This room with one value more, or another.
    pub fn link_with(&self, name: &str, value: &str) -> Option<String> {
        self.link(self.room, &self.filter.with(name, value))
    }

    /// Another room under the same language, topic and window.
    pub fn link_to(&self, room: &str) -> Option<String> {
        self.link(room, &self.carried())
    }

    /// What a reader chose that means something in every room.
    pub fn carried(&self) -> Filter {
        self.filter.only(&CARRIED)
    }

    /// Within a form: choices that it does not ask for, and keeps.
    pub fn hidden(&self, names: &[&str]) -> Markup {
        html! {
            @for name in names {
                @if let Some(value) = self.filter.get(name) { input type="hidden" name=(name) value=(value); }
            }
        }
    }

    /// Where a figure is downloaded: from the server, or out of the page itself.
    pub fn figure_link(&self, figure: &Figure, form: &str) -> String {
        match self.medium {
            Medium::Site => {
                let filter = self.filter.with("of", format!("{}.{}", self.room_name(), figure.id));
                format!("figure.{form}{}", filter.query())
            }
            Medium::Paper => {
                let (kind, body) = figure.file(self, form).unwrap_or_default();
                let encoded = base64::engine::general_purpose::STANDARD.encode(body);
                format!("data:{};base64,{encoded}", kind.replace(' ', ""))
            }
        }
    }

    /// The room's name in addresses of figures.
    pub fn room_name(&self) -> &'static str {
        if self.room.is_empty() { "project" } else { self.room }
    }

    /// The days of a release.
    pub fn days_of(&self, document: &Document) -> String {
        match span(document) {
            Some((from, until)) => days(self.tongue, from, until),
            None => format!("{} – {}", document.window.from, document.window.until),
        }
    }

    /// Its first day, short.
    pub fn day_of(&self, document: &Document) -> String {
        span(document)
            .map_or(document.window.from.clone(), |(from, _)| day_short(self.tongue, from))
    }

    /// A sentence about released numbers, no number parted from its sign.
    pub fn sentence(&self, message: &Message) -> String {
        message.text(self.tongue.language()).replace(" %", "\u{a0}%")
    }

    /// An instant on the city's clock.
    pub fn instant(&self, at: Timestamp) -> String {
        instant(self.tongue, at, self.gallery.zone())
    }
}

/// First day and first day after of a release.
pub(super) fn span(document: &Document) -> Option<(Date, Date)> {
    Some((document.window.from.parse().ok()?, document.window.until.parse().ok()?))
}

/// The public name of an id.
pub(super) fn name_of<'a>(keys: &'a [NamedKey], id: &'a str) -> &'a str {
    keys.iter().find(|key| key.id == id).map_or(id, |key| key.name.as_str())
}
