//! One release: what it says of itself.

use maud::{Markup, html};

use super::{
    Room,
    privacy::why,
    stated::{adjacency, stated},
};
use crate::{
    dashboard::{numbers::exact, view::View},
    release::{Document, LossFacts},
};

/// The page; none where there is no such release.
pub(super) fn room(view: &View<'_>) -> Option<Room> {
    let asked = view.filter.get("release")?;
    let document =
        view.gallery.shelf().documents().find(|document| document.release_id.starts_with(asked))?;
    let title = format!("{}, {}", document.family.name, view.days_of(document));
    let privacy = &document.privacy;
    let file = document.file_name();
    let entry = document.ledger.reserve_index.to_string();
    let carried = view.carried();
    let main = html! {
        section.answer {
            h1 { (title) }
            p.finding { (view.pick("Asked ", "Se preguntó ")) (why(view, document.family.grouping)) "." }
        }
        dl.facts {
            dt { (view.pick("Noise", "Ruido")) }
            dd { (stated(view, &privacy.mechanism)) "; " (noise(view, document)) "; " (privacy.library) }
            dt { (view.pick("Cost of this release", "Coste de esta publicación")) }
            dd { (loss(view, &privacy.this_release)) }
            dt { (view.pick("Cost of this question in a period", "Coste de esta pregunta por período")) }
            dd { (loss(view, &privacy.family_per_period)) }
            dt { (view.pick("Most of everything in a period", "Máximo de todo por período")) }
            dd { (loss(view, &privacy.all_per_period)) }
            dt { (view.pick("Most since the first window", "Máximo desde el primer período")) }
            dd { (loss(view, &privacy.lifetime)) }
            dt { (view.pick("What is hidden", "Qué se oculta")) }
            dd { (adjacency(view, document)) }
            dt { (view.pick("Not covered", "No cubierto")) }
            dd { ul { @for line in &privacy.not_covered { li { (stated(view, line)) } } } }
            dt { (view.pick("After the noise", "Después del ruido")) }
            dd { ul { @for line in &privacy.post_processing { li { (stated(view, line)) } } } }
            dt { (view.pick("Who labelled", "Quién clasificó")) }
            dd { (document.model.name)
                ul lang="en" { @for line in &document.model.measured { li { (line) } } } }
            dt { (view.pick("Charge in the ledger", "Cargo en el registro")) }
            dd { a href=[view.link("entry", &carried.with("entry", entry.as_str()))] {
                (view.pick("entry ", "asiento ")) (entry) } }
            dt { (view.pick("The signed file", "El archivo firmado")) }
            dd {
                a href={ "releases/" (file) } { (file) } ", "
                (document.noisy_units().len())
                (view.pick(" noisy numbers, empty cells among them", " números con ruido, también los de celdas vacías"))
            }
        }
        p { a href=[view.link_to("privacy")] { (view.pick("Back to privacy", "Volver a privacidad")) } }
    };
    Some(Room::found(title, main))
}

fn noise(view: &View<'_>, document: &Document) -> Markup {
    let privacy = &document.privacy;
    let sigma =
        |value: f64| html! { data.released value=(exact(value)) { (format!("{value:.2}")) } };
    html! {
        "sigma " (sigma(privacy.sigma_voices)) (view.pick(" voices", " voces"))
        @for wider in &privacy.wider_levels {
            ", " (sigma(wider.sigma_voices)) " (" (wider.level.as_str()) ")"
        }
    }
}

fn loss(view: &View<'_>, loss: &LossFacts) -> Markup {
    html! {
        "ρ " data.released value=(exact(loss.rho)) { (exact(loss.rho)) } ", "
        (view.pick("epsilon ", "épsilon ")) data.released value=(exact(loss.epsilon)) { (exact(loss.epsilon)) }
        (view.pick(" at delta ", " con delta ")) (format!("{:e}", loss.delta))
    }
}
