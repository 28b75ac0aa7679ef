//! The plan: what another budget, window or list of topics would let the city see. Public numbers
//! alone; nothing here is a promise or costs anything.

use std::sync::Arc;

use maud::{Markup, html};

use super::{
    Room,
    ranked::{Ranking, Side, key, sides_of_zero},
    refusal::refused,
};
use crate::{
    dashboard::{
        chart::{Breadth, Drawing, Intervals, Lean, Line, Reading, Scale},
        figure::{Entry, Figure, Table},
        numbers::{Origin, Towards, around, exact, signed, whole},
        shelf::{Question, city_opinion},
        trials::{Choice, DAYS, EPSILONS, RESIDENTS, TOPICS, Trial},
        view::{Medium, View, name_of},
    },
    privacy::{Advice, Change, FamilyForecast, Forecast, Scenario},
    release::Document,
};

fn trial(view: &View<'_>) -> Arc<Trial> {
    let filter = &view.filter;
    let choice = Choice {
        epsilon: filter.number("epsilon").filter(|value| EPSILONS.contains(value)),
        days: filter.number("days").filter(|value| DAYS.contains(value)),
        topics: filter.number("topics").filter(|value| TOPICS.contains(value)),
        residents: residents(view),
    };
    view.gallery.trials().of(view.gallery.plan(), choice)
}

/// Residents in a window: the reader's guess, or what the newest release says, to two digits.
fn residents(view: &View<'_>) -> u32 {
    let asked = view.filter.number("residents").filter(|asked| RESIDENTS.contains(asked));
    asked.unwrap_or_else(|| released_residents(view))
}

fn released_residents(view: &View<'_>) -> u32 {
    let Some(document) = newest(view) else { return RESIDENTS[1] };
    let voices: f64 = match city_opinion(document, None) {
        Some(opinion) => opinion.voices.value,
        None => document.opinions.iter().map(|opinion| opinion.voices.value).sum(),
    };
    let voices = voices.clamp(10.0, 1e8);
    let power = 10f64.powf(voices.log10().floor() - 1.0);
    ((voices / power).round() * power) as u32
}

fn newest<'a>(view: &View<'a>) -> Option<&'a Document> {
    let family = view.gallery.shelf().family(view.gallery.plan(), Question::MoodOfPlaces)?;
    view.gallery.shelf().newest(&family.id)
}

/// The room.
pub(super) fn room(view: &View<'_>) -> Room {
    let title = view.pick("What would another plan let us see?", "¿Qué dejaría ver otro plan?");
    let trial = trial(view);
    let main = html! {
        section.answer {
            h1 { (title) }
            (choose(view, &trial.base.scenario))
            (answer(view, &trial))
        }
        div.figures {
            @for id in ["expected", "forecast"] {
                @if let Some(figure) = figure(view, id) { (figure.markup(view)) }
            }
        }
        (advice(view, &trial))
    };
    Room::found(title, main)
}

/// One figure.
pub(super) fn figure(view: &View<'_>, id: &str) -> Option<Figure> {
    let trial = trial(view);
    let forecast = trial.forecast.as_ref().ok()?;
    match id {
        "expected" => expected(view, &trial, forecast),
        "forecast" => Some(table(view, forecast)),
        _ => None,
    }
}

fn choose(view: &View<'_>, now: &Scenario) -> Markup {
    if view.medium == Medium::Paper {
        return html! {};
    }
    let days = f64::from(now.window_days);
    let topics = now.keys.topics.len() as f64;
    let guess = f64::from(released_residents(view));
    let fields = [
        ("epsilon", view.pick("epsilon", "épsilon"), values(EPSILONS, now.budget.epsilon)),
        (
            "days",
            view.pick("days in a window", "días por período"),
            values(DAYS.map(f64::from), days),
        ),
        ("topics", view.pick("topics", "temas"), values(TOPICS.map(|count| count as f64), topics)),
        (
            "residents",
            view.pick("residents in a window", "residentes por período"),
            values(RESIDENTS.map(f64::from), guess),
        ),
    ];
    html! {
        form.choose method="get" action="plan" {
            (view.hidden(&["lang", "topic", "window"]))
            @for (name, label, values) in fields {
                label {
                    (label) " "
                    select name=(name) {
                        @for (value, is_now) in values {
                            @let asked = view.filter.get(name);
                            @let chosen = asked.map_or(is_now, |asked| asked == value);
                            option value=(value) selected[chosen] {
                                (value) @if is_now { (view.pick(" (now)", " (ahora)")) }
                            }
                        }
                    }
                }
            }
            button { (view.pick("Try", "Probar")) }
        }
    }
}

/// Every value of a list and the one in force, in order, with which it is.
fn values<const N: usize>(list: [f64; N], now: f64) -> Vec<(String, bool)> {
    let mut all = list.to_vec();
    if !all.contains(&now) {
        all.push(now);
        all.sort_by(f64::total_cmp);
    }
    let shown = |value: f64| exact(value).trim_end_matches(".0").to_owned();
    all.into_iter().map(|value| (shown(value), value == now)).collect()
}

fn answer(view: &View<'_>, trial: &Trial) -> Markup {
    let guess = whole(f64::from(residents(view)), Towards::Nearest);
    html! {
        @match &trial.forecast {
            Ok(forecast) => {
                p.verdict { (verdict(view, trial, forecast)) }
                p.source { (view.pick(
                    format!("With about {guess} residents in a window: a public guess, spread evenly. Nothing is spent by trying."),
                    format!("Con unos {guess} residentes por período: una conjetura pública, repartida por igual. Probar no gasta nada."),
                )) }
            }
            Err(why) => {
                p.verdict { (view.pick("Such a plan would be refused.", "Un plan así sería rechazado.")) }
                p.finding { (refused(view.tongue, why)) }
            }
        }
    }
}

/// How sharp a neighbourhood would be, before and after.
fn verdict(view: &View<'_>, trial: &Trial, forecast: &Forecast) -> String {
    let half = |forecast: &Forecast| main_family(forecast).and_then(|f| f.even?.net_half_width);
    let before = trial.base.forecast.as_ref().and_then(half);
    let shown = |half: Option<f64>| match half {
        Some(half) => around(half),
        None => view.pick("measuring", "midiendo").to_owned(),
    };
    let (before, after) = (shown(before), shown(half(forecast)));
    if !trial.changed {
        return view.pick(
            format!("Under the plan in force, a typical neighbourhood’s balance is known to {after} in each window."),
            format!("Con el plan vigente, el balance de un barrio típico se conoce con {after} en cada período."),
        );
    }
    view.pick(
        format!("A typical neighbourhood’s balance would be known to {after} in each window, instead of {before}."),
        format!("El balance de un barrio típico se conocería con {after} en cada período, en vez de {before}."),
    )
}

/// The family that answers for neighbourhoods, else the first with a tone.
fn main_family(forecast: &Forecast) -> Option<&FamilyForecast> {
    forecast.families.iter().find(|family| family.even.is_some())
}

/// Expected bands about the real estimates, on one chart.
fn expected(view: &View<'_>, trial: &Trial, forecast: &Forecast) -> Option<Figure> {
    let document = newest(view)?;
    let family = forecast.families.iter().find(|family| family.family == document.family.id)?;
    let before = trial.base.forecast.as_ref()?;
    let before = before.families.iter().find(|family| family.family == document.family.id)?;
    let factor = family.even?.voices / before.even?.voices.max(1e-9);
    let sides = document.opinions.iter().enumerate().filter_map(|(at, opinion)| {
        let id = opinion.neighborhood.clone()?;
        let name = name_of(&document.keys.neighborhoods, &id).to_owned();
        Some(Side { at, id, name, href: None })
    });
    let ranking = Ranking::new(document, sides.collect());
    let title = view.pick("Expected beside real", "Lo esperado junto a lo real").to_owned();
    let mut table = Table::new([
        ("neighborhood", view.pick("neighbourhood", "barrio").to_owned()),
        ("name", view.pick("name", "nombre").to_owned()),
        ("net_sentiment", view.pick("net sentiment", "balance").to_owned()),
        ("half_width", view.pick("half-width now", "semianchura actual").to_owned()),
        (
            "half_width_expected",
            view.pick("half-width expected", "semianchura esperada").to_owned(),
        ),
    ]);
    let mut lines = ranking.lines(view);
    for (line, row) in lines.iter_mut().zip(&ranking.rows) {
        let net = row.opinion.net_sentiment.estimate();
        let half = family.expected.net_half_width(row.opinion.voices.value * factor);
        line.expected = net.map(|net| match half {
            Some(half) => ((net.value - half).max(-1.0), (net.value + half).min(1.0)),
            None => (-1.0, 1.0),
        });
        let number = |value: Option<f64>, origin| {
            value.map_or(Entry::Empty, |value| Entry::Number(value, origin))
        };
        table.rows.push(vec![
            Entry::Text(row.side.id.clone()),
            Entry::Text(row.side.name.clone()),
            number(net.map(|net| net.value), Origin::Released),
            number(net.map(|net| net.half_width()), Origin::Derived),
            number(half, Origin::Derived),
        ]);
    }
    Some(Figure {
        id: "expected",
        says: html! { (view.pick(
            "Above, the interval as released; below it, hatched, the one to expect under the plan that you try.",
            "Arriba, el intervalo publicado; debajo, rayado, el que cabe esperar con el plan que prueba.",
        )) },
        drawings: Some(ranking.drawings(view, &title, &lines)),
        key: html! { span.key { span.swatch.expected {} (view.pick("expected", "esperado")) } " " (key(view, false)) },
        title,
        table,
        releases: vec![document.release_id.clone()],
    })
}

/// What each question of the tried plan would be good for.
fn table(view: &View<'_>, forecast: &Forecast) -> Figure {
    let pick = |english: &str, spanish: &str| view.pick(english, spanish).to_owned();
    let mut table = Table::new([
        ("family", pick("question", "pregunta")),
        ("name", pick("name", "nombre")),
        ("every_windows", pick("every so many windows", "cada tantos períodos")),
        ("windows_max", pick("a resident fills at most", "un residente llena como mucho")),
        ("epsilon_period", pick("epsilon a period", "épsilon por período")),
        ("cell_half_width_voices", pick("cell ±, voices", "celda ±, voces")),
        ("voices_even", pick("voices in an even place", "voces en un lugar medio")),
        ("net_half_width_even", pick("net sentiment ± there", "balance ± allí")),
        ("measuring_chance_even", pick("chance of measuring", "probabilidad de medir")),
        ("net_half_width_half", pick("± with half the voices", "± con la mitad de voces")),
    ]);
    for family in &forecast.families {
        let number = |value: f64| Entry::Number(value, Origin::Derived);
        let some = |value: Option<f64>| value.map_or(Entry::Empty, number);
        table.rows.push(vec![
            Entry::Text(family.family.clone()),
            Entry::Text(family.name.clone()),
            number(f64::from(family.every_windows)),
            number(f64::from(family.windows_max)),
            number(family.epsilon_period),
            number(family.expected.cell_half_width_voices),
            some(family.even.map(|even| even.voices)),
            some(family.even.and_then(|even| even.net_half_width)),
            some(family.even.map(|even| even.measuring)),
            some(family.half.and_then(|half| half.net_half_width)),
        ]);
    }
    Figure {
        id: "forecast",
        title: view.pick("Question by question", "Pregunta por pregunta").to_owned(),
        says: html! { (view.pick(
            "How sharp each table of the tried plan would be.",
            "Qué precisión tendría cada tabla del plan que prueba.",
        )) },
        drawings: sharpness(view, forecast),
        key: html! {
            ul.families {
                @for family in &forecast.families {
                    li { b { (family.name) } ": " (in_words(view, family)) }
                }
            }
        },
        table,
        releases: Vec::new(),
    }
}

/// How wide the interval of an even place would be under each question that has a tone.
fn sharpness(view: &View<'_>, forecast: &Forecast) -> Option<[Drawing; 2]> {
    let line = |family: &FamilyForecast| {
        let half = family.even?.net_half_width;
        let reading = match half {
            Some(half) => Reading::Known {
                value: None,
                band: (-half, half),
                whisker: None,
                lean: Lean::Plain,
                shown: [around(half), String::new()],
            },
            None => {
                Reading::Measuring(view.pick("mostly measuring", "casi siempre midiendo").into())
            }
        };
        let (name, groups) = (family.name.clone(), String::new());
        Some(Line { name, href: None, reading, groups, expected: None })
    };
    let lines: Vec<Line> = forecast.families.iter().filter_map(line).collect();
    let halves = forecast.families.iter().filter_map(|family| family.even?.net_half_width);
    let reach = Scale::reach(halves);
    let chart = Intervals {
        label: view
            .pick("Expected interval of an even place", "Intervalo esperado de un lugar medio")
            .to_owned(),
        lines: &lines,
        domain: (-reach, reach),
        zero: Some(0.0),
        ends: sides_of_zero(view),
        tick: |value| signed(value, Towards::Nearest),
    };
    let drawn = [chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)];
    (!lines.is_empty()).then_some(drawn)
}

fn in_words(view: &View<'_>, family: &FamilyForecast) -> String {
    let cell = whole(family.expected.cell_half_width_voices, Towards::Up);
    match family.even {
        None => view.pick(
            format!("counts to ±{cell} residents."),
            format!("cuenta con ±{cell} residentes."),
        ),
        Some(even) => match even.net_half_width {
            Some(half) => {
                let half = around(half);
                view.pick(
                    format!("net sentiment to {half} where residents are spread evenly."),
                    format!("balance con {half} si los residentes se reparten por igual."),
                )
            }
            None => view.pick(
                "will mostly read “measuring”: its share would be spent on nothing.".to_owned(),
                "dirá casi siempre «midiendo»: su parte se gastaría en nada.".to_owned(),
            ),
        },
    }
}

fn advice(view: &View<'_>, trial: &Trial) -> Markup {
    let Trial { base, .. } = trial;
    if base.advice.is_empty() {
        return html! {};
    }
    let line = |advice: &Advice| {
        let change = changed(view, &base.scenario, &advice.of);
        let (blur, measuring) = (advice.blur, 100.0 * advice.measuring);
        view.pick(
            format!("{change}: ±{blur:.2} on average, {measuring:.0}\u{a0}% measuring."),
            format!("{change}: ±{blur:.2} de media, {measuring:.0}\u{a0}% midiendo."),
        )
    };
    html! {
        section {
            h2 { (view.pick("What would help the plan in force most", "Qué ayudaría más al plan vigente")) }
            ol { @for advice in base.advice.iter().take(ADVICE_MAX) { li { (line(advice)) } } }
        }
    }
}

const ADVICE_MAX: usize = 5;

/// A change as a city would read it; the command line says it by the keys of the pipeline file.
fn changed(view: &View<'_>, now: &Scenario, change: &Change) -> String {
    let (places, topics) = (now.keys.neighborhoods.len(), now.keys.topics.len());
    let (epsilon_now, days_now) = (now.budget.epsilon, now.window_days);
    match change {
        Change::Epsilon(epsilon) => view.pick(
            format!("epsilon {epsilon} instead of {epsilon_now}"),
            format!("épsilon {epsilon} en vez de {epsilon_now}"),
        ),
        Change::WindowsMax(most) => view.pick(
            format!("each resident counted in at most {most} releases of a question"),
            format!("cada residente contado como mucho en {most} publicaciones de una pregunta"),
        ),
        Change::WindowsMaxHalved => view
            .pick(
                "each resident counted in half as many releases of a period",
                "cada residente contado en la mitad de publicaciones de un período",
            )
            .to_owned(),
        Change::WindowDays(days) => view.pick(
            format!("windows of {days} days instead of {days_now}"),
            format!("períodos de {days} días en vez de {days_now}"),
        ),
        Change::Neighborhoods(count) => view.pick(
            format!("{count} neighbourhoods instead of {places}"),
            format!("{count} barrios en vez de {places}"),
        ),
        Change::Topics(count) => view.pick(
            format!("{count} topics instead of {topics}"),
            format!("{count} temas en vez de {topics}"),
        ),
        Change::Residents(residents) => view.pick(
            format!("{residents} residents in a window"),
            format!("{residents} residentes por período"),
        ),
        Change::Share(at, percent) => {
            let (name, was) = (&now.specs[*at].name, now.specs[*at].share_percent);
            view.pick(
                format!("a larger share for “{name}”, {percent}\u{a0}% instead of {was}\u{a0}%, the others less"),
                format!("una parte mayor para «{name}», {percent}\u{a0}% en vez de {was}\u{a0}%, las demás menos"),
            )
        }
        Change::Without(at) => {
            let name = &now.specs[*at].name;
            view.pick(
                format!("without “{name}”, its share divided among the others"),
                format!("sin «{name}», su parte repartida entre las demás"),
            )
        }
    }
}
