//! The ledger, entry by entry.

use maud::html;

use super::Room;
use crate::{
    dashboard::{gallery::Gallery, numbers::exact, view::View},
    ledger::Fact,
};

/// Entries on one page.
const ENTRIES_MAX: usize = 50;

fn pages_of(entries: usize) -> usize {
    entries.div_ceil(ENTRIES_MAX).max(1)
}

impl Gallery {
    /// The page of the ledger that stands nearest to the one asked for, from 1.
    pub(in crate::dashboard) fn ledger_page(&self, asked: usize) -> usize {
        asked.clamp(1, pages_of(self.entries().count()))
    }
}

/// The page, newest entries first.
pub(super) fn room(view: &View<'_>) -> Room {
    let title = view.pick("The ledger", "El registro");
    let all: Vec<_> = view.gallery.entries().rev().collect();
    let pages = pages_of(all.len());
    let page = view.gallery.ledger_page(view.filter.number("from").unwrap_or(1));
    let shown = all.iter().skip((page - 1) * ENTRIES_MAX).take(ENTRIES_MAX);
    let carried = view.carried();
    let main = html! {
        section.answer {
            h1 { (title) }
            p.finding { (view.pick(
                "Everything that was planned, spent and released, in an order that nobody can rewrite: each entry holds the digest \
                 of the one before it. It is told to the hour, and nothing in it depends on what residents wrote but the digests of \
                 noisy files.",
                "Todo lo planeado, gastado y publicado, en un orden que nadie puede reescribir: cada asiento contiene la huella del \
                 anterior. Se fecha a la hora, y nada en él depende de lo que se escribió salvo las huellas de archivos con ruido.",
            )) }
        }
        @if all.is_empty() {
            p { (view.pick(
                "It has no entries yet. The first run opens it, and records the plan before any comment is counted.",
                "Aún no tiene asientos. La primera ejecución lo abre y anota el plan antes de contar comentario alguno.",
            )) }
        } @else {
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table.ledger {
                    thead { tr {
                        th.n scope="col" { "#" }
                        th scope="col" { (view.pick("when", "cuándo")) }
                        th scope="col" { (view.pick("kind", "tipo")) }
                        th scope="col" { (view.pick("what", "qué")) }
                    } }
                    tbody {
                        @for (entry, _) in shown {
                            @let (kind, what) = described(view, &entry.fact);
                            tr {
                                td.n { a href=[view.link("entry", &carried.with("entry", entry.index.to_string()))] { (entry.index) } }
                                td.nb { (view.instant(entry.at)) }
                                td { (kind) }
                                td.break { (what) }
                            }
                        }
                    }
                }
            }
            @if pages > 1 {
                nav.pages aria-label=(view.pick("Pages of the ledger", "Páginas del registro")) {
                    @for number in 1..=pages {
                        a href=[view.link("ledger", &carried.with("from", number.to_string()))]
                            aria-current=[(number == page).then_some("page")] { (number) } " "
                    }
                }
            }
        }
        p { a href=[view.link_to("privacy")] { (view.pick("Back to privacy", "Volver a privacidad")) } }
    };
    Room::found(title, main)
}

/// Kind and gist of an entry.
pub(super) fn described(view: &View<'_>, fact: &Fact) -> (&'static str, String) {
    match fact {
        Fact::Open { ledger_origin, library, .. } => {
            (view.pick("opened", "apertura"), format!("{ledger_origin}, {library}"))
        }
        Fact::Plan { plan_digest, .. } => {
            (view.pick("plan", "plan"), format!("sha256 {plan_digest}"))
        }
        Fact::Rotate { key, .. } => (
            view.pick("key replaced", "clave nueva"),
            view.pick(
                format!("signed by {} from here on", key.to_base64()),
                format!("desde aquí firma {}", key.to_base64()),
            ),
        ),
        Fact::Reserve(reserve) => (
            view.pick("charged", "cargo"),
            view.pick(
                format!(
                    "{}, window {}: rho {}",
                    reserve.family,
                    reserve.window.0,
                    exact(reserve.loss.get())
                ),
                format!(
                    "{}, período {}: rho {}",
                    reserve.family,
                    reserve.window.0,
                    exact(reserve.loss.get())
                ),
            ),
        ),
        Fact::Commit { file, .. } => (view.pick("committed", "fijado"), file.clone()),
        Fact::Publish { release_id } => {
            (view.pick("published", "publicado"), release_id.to_string())
        }
        Fact::Abandon { release_id, attempt, .. } => (
            view.pick("abandoned", "abandonado"),
            view.pick(
                format!("{release_id}, attempt {attempt}; its charge stays"),
                format!("{release_id}, intento {attempt}; su cargo queda"),
            ),
        ),
        Fact::Rekey { until } => (
            view.pick("pseudonyms renewed", "seudónimos renovados"),
            view.pick(
                format!("both keys live until window {} is open", until.0),
                format!("ambas claves viven hasta que abra el período {}", until.0),
            ),
        ),
        Fact::Erase {} => (
            view.pick("erased", "borrado"),
            view.pick(
                "one account’s record, if there was any",
                "el rastro de una cuenta, si lo había",
            )
            .to_owned(),
        ),
    }
}
