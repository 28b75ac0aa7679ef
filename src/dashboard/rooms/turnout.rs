//! Who took part: residents of each neighbourhood, as the releases count them.

use maud::html;

use crate::{
    dashboard::{
        chart::{Breadth, Intervals, Lean, Line, Reading},
        figure::{Entry, Figure, Table},
        numbers::{Origin, Towards, whole},
        shelf::Question,
        view::{View, name_of},
    },
    release::CellRow,
};

/// Residents who took part, place by place.
pub(super) fn figure(view: &View<'_>) -> Option<Figure> {
    let (plan, shelf) = (view.gallery.plan(), view.gallery.shelf());
    let family = shelf.family(plan, Question::Reach)?;
    let document = shelf.ending(&family.id, view.filter.number("window"))?;
    let rows: Vec<(&str, &CellRow)> = document
        .cells
        .iter()
        .filter_map(|cell| Some((cell.neighborhood.as_deref()?, cell)))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let mut table = Table::new([
        ("neighborhood", view.pick("neighbourhood", "barrio").to_owned()),
        ("name", view.pick("name", "nombre").to_owned()),
        ("residents", view.pick("residents", "residentes").to_owned()),
        ("residents_low", view.pick("from", "desde").to_owned()),
        ("residents_high", view.pick("to", "hasta").to_owned()),
    ]);
    let mut lines = Vec::new();
    for (id, cell) in rows {
        let name = name_of(&document.keys.neighborhoods, id);
        let released = |value| Entry::Number(value, Origin::Released);
        let residents = cell.voices;
        table.rows.push(vec![
            Entry::Text(id.to_owned()),
            Entry::Text(name.to_owned()),
            released(residents.value),
            released(residents.low),
            released(residents.high),
        ]);
        let shown = |value: f64, towards| whole(value.max(0.0), towards);
        let (low, high) = (shown(residents.low, Towards::Down), shown(residents.high, Towards::Up));
        lines.push(Line {
            name: name.to_owned(),
            href: None,
            reading: Reading::Known {
                value: residents.value.max(0.0),
                band: (residents.low.max(0.0), residents.high.max(0.0)),
                whisker: None,
                lean: Lean::Plain,
                shown: [
                    shown(residents.value, Towards::Nearest),
                    view.pick(format!("{low} to {high}"), format!("{low} a {high}")),
                ],
            },
            groups: String::new(),
            expected: None,
        });
    }
    let most = document.cells.iter().map(|cell| cell.voices.high).fold(1.0, f64::max);
    let title = view.pick("Who took part", "Quién participó").to_owned();
    let chart = Intervals {
        label: title.clone(),
        lines: &lines,
        domain: (0.0, most),
        zero: Some(0.0),
        ends: view.pick(["nobody", "residents"], ["nadie", "residentes"]).map(str::to_owned),
        tick: |value| whole(value, Towards::Nearest),
    };
    Some(Figure {
        id: "participation",
        says: html! {
            (document.family.name) ", " (view.days_of(document)) ". "
            (view.pick(
                "Those who did not post are in none of the numbers above.",
                "Quienes no opinaron no están en ninguna de las cifras de arriba.",
            ))
        },
        drawings: Some([chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)]),
        key: html! { (view.pick(
            "Each resident counts once; the band is the 95 % interval of the privacy noise.",
            "Cada residente cuenta una vez; la banda es el intervalo del 95 % del ruido de privacidad.",
        )) },
        title,
        table,
        releases: vec![document.release_id.clone()],
    })
}
