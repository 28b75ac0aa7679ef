//! What the silent could change: with nothing assumed of them, within a factor that the reader
//! names, and beside a survey where there is one.

use maud::{Markup, html};

use crate::{
    dashboard::{
        asked::{ODDS_MAX, ODDS_STEP},
        chart::{Breadth, Intervals, Lean, Line, Reading},
        figure::{Entry, Figure, Table},
        numbers::{Origin, Towards, day, exact, percent},
        view::{Medium, View},
    },
    estimate::{
        Said,
        silent::{OddsFactor, Subject},
        words::Message,
    },
    release::{Document, Interval},
};

/// The factor when the reader names none.
const FACTOR: f64 = 2.0;

fn factor(view: &View<'_>) -> f64 {
    view.filter.number("odds").unwrap_or(FACTOR)
}

fn said(view: &View<'_>) -> Option<Said> {
    // What was known when the chosen window was released.
    let chosen: Option<u32> = view.filter.number("window");
    let known = |document: &&Document| chosen.is_none_or(|last| document.window.last <= last);
    let documents: Vec<&Document> = view.gallery.shelf().documents().filter(known).collect();
    let factor = OddsFactor::new(factor(view)).ok()?;
    let asked = view.filter.get("topic");
    let topics = &view.gallery.plan().keys.topics;
    let topic = topics.iter().find(|topic| Some(topic.id.as_str()) == asked);
    let subject = Subject { neighborhood: None, topic: topic.map(|topic| topic.id.clone()) };
    Some(Said::of(&documents, view.gallery.public(), &subject, factor))
}

/// The figure with its slider.
pub(super) fn section(view: &View<'_>) -> Markup {
    let Some(figure) = figure(view) else {
        if view.gallery.shelf().files().is_empty() {
            return html! {};
        }
        return html! {
            section id="silent" {
                h2 { (title(view)) }
                p { (view.pick(
                    "With a census of the neighbourhoods and enough voices on both sides this shows how far those who did not \
                     post would have to differ to turn the answer.",
                    "Con un censo de los barrios y voces suficientes a ambos lados se muestra cuánto tendrían que diferir quienes \
                     no opinaron para cambiar la respuesta.",
                )) }
                @if let Some(said) = said(view) { (left_out(view, &said)) }
            }
        };
    };
    html! {
        section {
            (figure.markup(view))
            @if view.medium == Medium::Site { (slider(view)) }
        }
    }
}

/// What is not said, and why.
fn left_out(view: &View<'_>, said: &Said) -> Markup {
    let language = view.tongue.language();
    let measuring =
        said.messages.iter().find(|message| matches!(message, Message::Measuring { .. }));
    html! {
        @if let Some(message) = measuring { p.source { (view.sentence(message)) } }
        @for reason in &said.left_out {
            p.source { (view.pick("Not said: ", "No se dice: ")) (reason.text(language)) "." }
        }
    }
}

fn title(view: &View<'_>) -> String {
    view.pick("What the silent could change", "Qué podrían cambiar los silenciosos").to_owned()
}

/// The reader names the factor.
fn slider(view: &View<'_>) -> Markup {
    let now = exact(factor(view));
    html! {
        form.choose.slide method="get" action="./#silent" {
            (view.hidden(&["lang", "topic", "window"]))
            label {
                (view.pick(
                    "The odds of the silent differ from those of the voices by at most a factor of ",
                    "Las probabilidades (odds) de los silenciosos difieren de las de las voces como mucho en un factor de ",
                ))
                output data-of="odds" { (now.trim_end_matches(".0")) }
                input type="range" name="odds" min="1" max=(ODDS_MAX) step=(ODDS_STEP) value=(now);
            }
            button { (view.pick("Show", "Mostrar")) }
        }
    }
}

/// Shares of the positive side among the voices and within the city.
pub(super) fn figure(view: &View<'_>) -> Option<Figure> {
    let said = said(view)?;
    let (voices, nothing) = (said.voices?, said.no_assumption?);
    let mut rows = Rows { view, lines: Vec::new(), table: table(view) };
    let pick = |english: &str, spanish: &str| view.pick(english, spanish).to_owned();
    rows.add(
        "voices",
        pick("voices that took a side", "voces con postura"),
        Some(voices.value),
        voices,
    );
    if let Some(odds) = said.declared_odds {
        let name = view.pick(
            format!("city, odds within ×{}", odds.factor.get()),
            format!("ciudad, odds hasta ×{}", odds.factor.get()),
        );
        rows.bounds("declared_odds", name, odds.span.low, odds.span.high);
    }
    rows.bounds(
        "no_assumption",
        pick("city, nothing assumed", "ciudad, sin suponer nada"),
        nothing.low,
        nothing.high,
    );
    if let Some(found) = &said.reweighted {
        let name = pick("voices, reweighted", "voces, reponderadas");
        rows.add("reweighted", name, Some(found.share.value), found.share);
    }
    let survey = said.messages.iter().find_map(|message| match message {
        Message::Survey { date, share, .. } => Some((*date, *share)),
        _ => None,
    });
    if let Some((date, share)) = survey {
        let date = day(view.tongue, date);
        let name = view.pick(format!("survey, {date}"), format!("encuesta, {date}"));
        rows.add("survey", name, Some(share.value), share);
    }
    if let Some(found) = &said.anchored {
        let name = pick("survey and change since", "encuesta y cambio desde");
        rows.add("anchored", name, Some(found.share.value), found.share);
    }
    let Rows { lines, table, .. } = rows;
    let chart = Intervals {
        label: title(view),
        lines: &lines,
        domain: (0.0, 1.0),
        zero: Some(0.5),
        ends: view
            .pick(["all negative", "all positive"], ["todas negativas", "todas positivas"])
            .map(str::to_owned),
        tick: |value| format!("{:.0}\u{a0}%", 100.0 * value),
    };
    let told = said.messages.iter().filter(|message| {
        !matches!(message, Message::OneVoice | Message::Heard { .. } | Message::Extremes(_))
    });
    Some(Figure {
        id: "silent",
        title: title(view),
        says: html! { @for message in told { span.sentence { (view.sentence(message)) " " } } },
        drawings: Some([chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)]),
        key: html! { (view.pick(
            "Shares of the positive side among those who took one. A bar without a tick is a range of what is possible: no point \
             in it is likelier than another.",
            "Parte del lado positivo entre quienes tomaron uno. Una barra sin marca es un rango de lo posible: ningún punto suyo es \
             más probable que otro.",
        )) (left_out(view, &said)) },
        table,
        releases: Vec::new(),
    })
}

fn table(view: &View<'_>) -> Table {
    Table::new([
        ("what", view.pick("what", "qué").to_owned()),
        ("name", view.pick("name", "nombre").to_owned()),
        ("share", view.pick("positive share", "parte positiva").to_owned()),
        ("share_low", view.pick("from", "desde").to_owned()),
        ("share_high", view.pick("to", "hasta").to_owned()),
    ])
}

/// Rows of chart and table together.
struct Rows<'a> {
    view: &'a View<'a>,
    lines: Vec<Line>,
    table: Table,
}

impl Rows<'_> {
    fn bounds(&mut self, id: &'static str, name: String, low: f64, high: f64) {
        self.add(id, name, None, Interval { value: f64::midpoint(low, high), low, high });
    }

    fn add(&mut self, id: &'static str, name: String, value: Option<f64>, of: Interval) {
        let derived = |value| Entry::Number(value, Origin::Derived);
        self.table.rows.push(vec![
            Entry::Text(id.to_owned()),
            Entry::Text(name.clone()),
            value.map_or(Entry::Empty, derived),
            derived(of.low),
            derived(of.high),
        ]);
        let shown = |value: f64, towards| percent(self.view.tongue, value, towards);
        let from_even = |value: f64| value - 0.5;
        let lean = Interval { value: 0.0, low: from_even(of.low), high: from_even(of.high) };
        let (low, high) = (shown(of.low, Towards::Down), shown(of.high, Towards::Up));
        self.lines.push(Line {
            name,
            href: None,
            reading: Reading::Known {
                value,
                band: (of.low, of.high),
                whisker: None,
                lean: Lean::of(lean),
                shown: [
                    value.map_or_else(String::new, |value| {
                        format!("{}\u{a0}%", shown(value, Towards::Nearest))
                    }),
                    format!("{low} {} {high}", self.view.pick("to", "a")),
                ],
            },
            groups: String::new(),
            expected: None,
        });
    }
}
