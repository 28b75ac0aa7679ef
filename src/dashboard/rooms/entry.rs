//! One ledger entry, byte for byte.

use maud::html;

use super::{Room, ledger::described};
use crate::{
    dashboard::view::View,
    ledger::{Digest, leaf_hash},
};

/// The page; none where there is no such entry.
pub(super) fn room(view: &View<'_>) -> Option<Room> {
    let index: u64 = view.filter.number("entry")?;
    let (entry, body) = view.gallery.entries().find(|(entry, _)| entry.index == index)?;
    let title = view.pick(format!("Ledger entry {index}"), format!("Asiento {index} del registro"));
    let (kind, what) = described(view, &entry.fact);
    let carried = view.carried();
    let neighbour = |index: u64| view.link("entry", &carried.with("entry", index.to_string()));
    let readable = serde_json::from_str::<serde_json::Value>(body)
        .map_or_else(|_| body.to_owned(), |value| format!("{value:#}"));
    let last = view.gallery.entries().next_back().map(|(entry, _)| entry.index);
    let main = html! {
        section.answer {
            h1 { (title) }
            p.verdict { (kind) ": " span.break { (what) } }
            p.source { (view.instant(entry.at)) }
        }
        dl.facts {
            dt { (view.pick("Digest of the entry before", "Huella del asiento anterior")) }
            dd.break { code { (entry.prev.to_string()) } }
            dt { (view.pick("Its own digest", "Su propia huella")) }
            dd.break { code { (Digest::of(body.as_bytes()).to_string()) } }
            dt { (view.pick("Leaf of the tree", "Hoja del árbol")) }
            dd.break { code { (leaf_hash(body.as_bytes()).to_string()) } }
        }
        pre.scroll tabindex="0" { code { (readable) } }
        nav.pages aria-label=(view.pick("Entries", "Asientos")) {
            @if index > 0 { a href=[neighbour(index - 1)] { (view.pick("Entry before", "Asiento anterior")) } " " }
            @if last.is_some_and(|last| index < last) { a href=[neighbour(index + 1)] { (view.pick("Entry after", "Asiento siguiente")) } " " }
            a href=[view.link_to("ledger")] { (view.pick("All entries", "Todos los asientos")) }
        }
    };
    Some(Room::found(title, main))
}
