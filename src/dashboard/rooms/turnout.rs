//! Who took part: residents of each neighbourhood as the releases count them, against the census
//! where the city gives one.

use maud::{Markup, html};

use crate::{
    dashboard::{
        chart::{Breadth, Drawing, Intervals, Lean, Line, Reading},
        figure::{Entry, Figure, Table},
        numbers::{Origin, Towards, percent, whole},
        shelf::Question,
        view::{View, name_of},
    },
    estimate::{
        silent::{Heard, Participation},
        words::Message,
    },
    release::{CellRow, Document, Interval},
};

/// Residents who took part, place by place.
pub(super) fn figure(view: &View<'_>) -> Option<Figure> {
    let (plan, shelf) = (view.gallery.plan(), view.gallery.shelf());
    let family = shelf.family(plan, Question::Reach)?;
    let document = shelf.ending(&family.id, view.filter.number("window"))?;
    let census = view.gallery.public().census.as_ref();
    let found = census.and_then(|census| Participation::of(document, census).ok());
    match found {
        Some(found) => Some(against_census(view, document, &found)),
        None => counted(view, document),
    }
}

fn against_census(view: &View<'_>, document: &Document, found: &Participation) -> Figure {
    let mut table = table(view);
    table.columns.extend(
        Table::new([
            (
                "census",
                view.pick("residents by the census", "residentes según el censo").to_owned(),
            ),
            ("share", view.pick("share", "parte").to_owned()),
            ("share_low", view.pick("from", "desde").to_owned()),
            ("share_high", view.pick("to", "hasta").to_owned()),
        ])
        .columns,
    );
    let mut lines = Vec::new();
    for place in &found.places {
        let Heard { neighborhood, name, residents, heard, rate } = place;
        let derived = |value| Entry::Number(value, Origin::Derived);
        let id = neighborhood.clone().unwrap_or_default();
        let mut row = row(&id, name, *heard);
        row.push(derived(*residents as f64));
        row.extend([derived(rate.value), derived(rate.low), derived(rate.high)]);
        table.rows.push(row);
        let shown = |value: f64, towards| percent(view.tongue, value.clamp(0.0, 1.0), towards);
        lines.push(line(
            name,
            *rate,
            [
                format!("{}\u{a0}%", shown(rate.value, Towards::Nearest)),
                range(view, shown(rate.low, Towards::Down), shown(rate.high, Towards::Up)),
            ],
        ));
    }
    let (from, until) = (found.from.clone(), found.until.clone());
    let heard = view.sentence(&Message::Heard { place: found.city.clone(), from, until });
    let unequal = found.extremes.clone().map(|found| view.sentence(&Message::Extremes(found)));
    let says = html! { (heard) @if let Some(unequal) = &unequal { " " (unequal) } };
    let most = found.places.iter().map(|place| place.rate.high).fold(0.001, f64::max);
    let title = title(view);
    let drawings = draw(
        &title,
        &lines,
        most,
        view.pick(["nobody", "of all residents"], ["nadie", "de los residentes"]),
        |value| {
            format!(
                "{}\u{a0}%",
                percent(crate::dashboard::tongue::Tongue::English, value, Towards::Nearest)
            )
        },
    );
    let source = view.gallery.public().census.as_ref().map(|census| census.source.clone());
    let key = html! {
        (read(view))
        @if let Some(source) = source { " " (view.pick("Census: ", "Censo: ")) (source) "." }
    };
    built(document, title, says, drawings, key, table)
}

fn counted(view: &View<'_>, document: &Document) -> Option<Figure> {
    let rows: Vec<(&str, &CellRow)> = document
        .cells
        .iter()
        .filter_map(|cell| Some((cell.neighborhood.as_deref()?, cell)))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let mut table = table(view);
    let mut lines = Vec::new();
    for (id, cell) in rows {
        let name = name_of(&document.keys.neighborhoods, id);
        table.rows.push(row(id, name, cell.voices));
        let shown = |value: f64, towards| whole(value.max(0.0), towards);
        let Interval { value, low, high } = cell.voices;
        lines.push(line(
            name,
            cell.voices,
            [
                shown(value, Towards::Nearest),
                range(view, shown(low, Towards::Down), shown(high, Towards::Up)),
            ],
        ));
    }
    let most = document.cells.iter().map(|cell| cell.voices.high).fold(1.0, f64::max);
    let title = title(view);
    let ends = view.pick(["nobody", "residents"], ["nadie", "residentes"]);
    let drawings = draw(&title, &lines, most, ends, |value| whole(value, Towards::Nearest));
    let says = html! {
        (document.family.name) ", " (view.days_of(document)) ". "
        (view.pick(
            "Those who did not post are in none of the numbers above.",
            "Quienes no opinaron no están en ninguna de las cifras de arriba.",
        ))
    };
    let key = html! { (read(view)) " " (view.pick(
        "With a census in the pipeline file this shows the share of residents.",
        "Con un censo en el archivo del plan se muestra la parte de los residentes.",
    )) };
    Some(built(document, title, says, drawings, key, table))
}

fn title(view: &View<'_>) -> String {
    view.pick("Who took part", "Quién participó").to_owned()
}

fn table(view: &View<'_>) -> Table {
    Table::new([
        ("neighborhood", view.pick("neighbourhood", "barrio").to_owned()),
        ("name", view.pick("name", "nombre").to_owned()),
        ("residents", view.pick("residents heard", "residentes oídos").to_owned()),
        ("residents_low", view.pick("from", "desde").to_owned()),
        ("residents_high", view.pick("to", "hasta").to_owned()),
    ])
}

fn row(id: &str, name: &str, heard: Interval) -> Vec<Entry> {
    let released = |value| Entry::Number(value, Origin::Released);
    let mut row = vec![Entry::Text(id.to_owned()), Entry::Text(name.to_owned())];
    row.extend([released(heard.value), released(heard.low), released(heard.high)]);
    row
}

fn line(name: &str, of: Interval, shown: [String; 2]) -> Line {
    let floor = |value: f64| value.max(0.0);
    Line {
        name: name.to_owned(),
        href: None,
        reading: Reading::Known {
            value: Some(floor(of.value)),
            band: (floor(of.low), floor(of.high)),
            whisker: None,
            lean: Lean::Plain,
            shown,
        },
        groups: String::new(),
        expected: None,
    }
}

fn range(view: &View<'_>, low: String, high: String) -> String {
    format!("{low} {} {high}", view.pick("to", "a"))
}

fn draw(
    title: &str,
    lines: &[Line],
    most: f64,
    ends: [&str; 2],
    tick: fn(f64) -> String,
) -> [Drawing; 2] {
    let chart = Intervals {
        label: title.to_owned(),
        lines,
        domain: (0.0, most),
        zero: Some(0.0),
        ends: ends.map(str::to_owned),
        tick,
    };
    [chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)]
}

fn read(view: &View<'_>) -> &'static str {
    view.pick(
        "Each resident counts once; the band is the 95 % interval of the privacy noise.",
        "Cada residente cuenta una vez; la banda es el intervalo del 95 % del ruido de privacidad.",
    )
}

fn built(
    document: &Document,
    title: String,
    says: Markup,
    drawings: [Drawing; 2],
    key: Markup,
    table: Table,
) -> Figure {
    let releases = vec![document.release_id.clone()];
    Figure { id: "participation", title, says, drawings: Some(drawings), key, table, releases }
}
