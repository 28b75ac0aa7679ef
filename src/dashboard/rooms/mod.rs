//! The four rooms, and the pages behind them.

mod doubt;
mod entry;
mod ledger;
mod places;
mod plan;
mod privacy;
mod project;
mod ranked;
mod refusal;
mod release;
mod silent;
mod stated;
mod turnout;
mod verify;

use maud::Markup;

use super::{
    figure::Figure,
    filter::Filter,
    page::{self, Page},
    tongue::Tongue,
    view::View,
};

pub(super) use verify::embedded;

/// A room with its names.
pub(super) struct Named {
    /// Its address.
    pub address: &'static str,
    english: &'static str,
    spanish: &'static str,
}

impl Named {
    /// Its place in a file that holds every room.
    pub fn id(&self) -> &'static str {
        if self.address.is_empty() { "project" } else { self.address }
    }

    /// Its name.
    pub fn name(&self, tongue: Tongue) -> &'static str {
        tongue.pick(self.english, self.spanish)
    }
}

/// The rooms in the order of the entrance.
pub(super) const NAMED: [Named; 4] = [
    Named { address: "", english: "Project", spanish: "Proyecto" },
    Named { address: "places", english: "Neighbourhoods", spanish: "Barrios" },
    Named { address: "privacy", english: "Privacy", spanish: "Privacidad" },
    Named { address: "plan", english: "Plan", spanish: "Plan" },
];

/// Every address of a page.
pub(super) const ADDRESSES: [&str; 7] =
    ["", "places", "privacy", "plan", "ledger", "entry", "release"];

/// A room's content under its title.
pub(super) struct Room {
    /// HTTP status: 404 where the reader asked for something that is not there.
    pub status: u16,
    /// Title.
    pub title: String,
    /// Content.
    pub main: Markup,
}

impl Room {
    fn found(title: impl Into<String>, main: Markup) -> Self {
        Self { status: 200, title: title.into(), main }
    }
}

/// The page of a room.
pub(super) fn page(view: &View<'_>) -> Page {
    match room(view) {
        Some(room) => page::html_page(view, room.status, &room.title, &room.main),
        None => page::missing(view),
    }
}

/// The content of a room.
pub(super) fn room(view: &View<'_>) -> Option<Room> {
    match view.room {
        "" => Some(project::room(view)),
        "places" => Some(places::room(view)),
        "privacy" => Some(privacy::room(view)),
        "plan" => Some(plan::room(view)),
        "ledger" => Some(ledger::room(view)),
        "entry" => entry::room(view),
        "release" => release::room(view),
        _ => None,
    }
}

/// A figure of a room as a file; the filter names both.
pub(super) fn figure_file(view: &View<'_>, form: &str) -> Option<Page> {
    let of = view.filter.get("of")?.to_owned();
    let (room, id) = of.split_once('.')?;
    let address = ADDRESSES.into_iter().find(|address| match room {
        "project" => address.is_empty(),
        _ => *address == room,
    })?;
    let filter: Filter = view.filter.without(&["of"]);
    let view = View { filter, room: address, ..*view };
    let figure: Figure = match room {
        "project" => project::figure(&view, id),
        "places" => places::figure(&view, id),
        "privacy" => privacy::figure(&view, id),
        "plan" => plan::figure(&view, id),
        _ => None,
    }?;
    let (content_type, body) = figure.file(&view, form)?;
    let mut page = page::file(content_type, body.into_bytes());
    let name = figure.file_name(&view, form);
    page.headers.push(("content-disposition", format!("attachment; filename=\"{name}\"")));
    Some(page)
}
