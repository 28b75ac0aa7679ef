//! The plan: what another budget, window or list of topics would let the city see. Public numbers
//! alone; nothing here is a promise or costs anything.

use maud::{Markup, html};

use super::{
    Room,
    ranked::{Ranking, Side, key},
};
use crate::{
    dashboard::{
        figure::{Entry, Figure, Table},
        numbers::{Origin, Towards, exact, whole},
        shelf::{Question, city_opinion},
        view::{Medium, View, name_of},
    },
    privacy::{Change, FamilyForecast, Forecast, Scenario, ScenarioError, Turnout},
    release::Document,
};

/// What a reader may set each number to: a short public list, so that a page costs little.
const EPSILONS: [f64; 6] = [0.5, 1.0, 2.0, 3.0, 4.0, 8.0];
const DAYS: [u16; 5] = [7, 14, 28, 56, 91];
const TOPICS: [usize; 5] = [4, 8, 12, 16, 24];
const RESIDENTS: [f64; 8] = [300.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 20_000.0, 50_000.0, 100_000.0];

/// The plan in force, and the one tried.
struct Trial {
    now: Scenario,
    tried: Result<Scenario, ScenarioError>,
}

impl Trial {
    fn of(view: &View<'_>) -> Self {
        let plan = view.gallery.plan();
        let budget = plan.privacy.budget.clone();
        let residents = residents(view);
        let now = Scenario {
            specs: plan.privacy.families.iter().map(|family| family.declared.clone()).collect(),
            keys: plan.keys.clone(),
            window_days: plan.schedule.window_days,
            turnout: Some(Turnout::new(residents, None, budget.period_windows)),
            budget,
        };
        let tried = changes(view, &now).iter().try_fold(now.clone(), |plan, change| plan.with(change));
        Self { now, tried }
    }

    fn forecast(&self) -> Result<Forecast, String> {
        let tried = self.tried.as_ref().map_err(ToString::to_string)?;
        tried.forecast().map_err(|error| error.to_string())
    }
}

/// Residents in a window: the reader's guess, or what the newest release says, to two digits.
fn residents(view: &View<'_>) -> f64 {
    let asked = view.filter.number::<f64>("residents");
    if let Some(asked) = asked.filter(|asked| RESIDENTS.contains(asked)) {
        return asked;
    }
    released_residents(view).unwrap_or(1_000.0)
}

fn released_residents(view: &View<'_>) -> Option<f64> {
    let document = newest(view)?;
    let voices: f64 = match city_opinion(document, None) {
        Some(opinion) => opinion.voices.value,
        None => document.opinions.iter().map(|opinion| opinion.voices.value).sum(),
    };
    let power = 10f64.powf(voices.max(10.0).log10().floor() - 1.0);
    Some((voices / power).round().max(1.0) * power)
}

fn newest<'a>(view: &View<'a>) -> Option<&'a Document> {
    let family = view.gallery.shelf().family(view.gallery.plan(), Question::MoodOfPlaces)?;
    view.gallery.shelf().newest(&family.id)
}

/// What the reader changed.
fn changes(view: &View<'_>, now: &Scenario) -> Vec<Change> {
    let mut changes = Vec::new();
    let epsilon = view.filter.number::<f64>("epsilon").filter(|value| EPSILONS.contains(value));
    let days = view.filter.number::<u16>("days").filter(|value| DAYS.contains(value));
    let topics = view.filter.number::<usize>("topics").filter(|value| TOPICS.contains(value));
    changes.extend(epsilon.filter(|value| *value != now.budget.epsilon).map(Change::Epsilon));
    changes.extend(days.filter(|value| *value != now.window_days).map(Change::WindowDays));
    changes.extend(topics.filter(|value| *value != now.keys.topics.len()).map(Change::Topics));
    changes
}

/// The room.
pub(super) fn room(view: &View<'_>) -> Room {
    let title = view.pick("What would another plan let us see?", "¿Qué dejaría ver otro plan?");
    let trial = Trial::of(view);
    let forecast = trial.forecast();
    let main = html! {
        section.answer {
            h1 { (title) }
            (choose(view, &trial))
            (answer(view, &trial, &forecast))
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
    let trial = Trial::of(view);
    let forecast = trial.forecast().ok()?;
    match id {
        "expected" => expected(view, &trial, &forecast),
        "forecast" => Some(table(view, &forecast)),
        _ => None,
    }
}

fn choose(view: &View<'_>, trial: &Trial) -> Markup {
    if view.medium == Medium::Paper {
        return html! {};
    }
    let now = &trial.now;
    let number = |values: &[f64], now: f64| -> Vec<(String, bool)> {
        let mut all: Vec<f64> = values.to_vec();
        if !all.contains(&now) {
            all.push(now);
            all.sort_by(f64::total_cmp);
        }
        all.into_iter().map(|value| (exact(value).trim_end_matches(".0").to_owned(), value == now)).collect()
    };
    let list = |values: &[usize]| values.iter().map(|value| *value as f64).collect::<Vec<_>>();
    let days: Vec<usize> = DAYS.iter().map(|days| usize::from(*days)).collect();
    let guess = released_residents(view).unwrap_or(1_000.0);
    let fields = [
        ("epsilon", view.pick("epsilon", "épsilon"), number(&EPSILONS, now.budget.epsilon)),
        ("days", view.pick("days in a window", "días por período"), number(&list(&days), f64::from(now.window_days))),
        ("topics", view.pick("topics", "temas"), number(&list(&TOPICS), now.keys.topics.len() as f64)),
        ("residents", view.pick("residents in a window", "residentes por período"), number(&RESIDENTS, guess)),
    ];
    html! {
        form.choose method="get" action="plan" {
            @if let Some(tongue) = view.filter.get("lang") { input type="hidden" name="lang" value=(tongue); }
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

fn answer(view: &View<'_>, trial: &Trial, forecast: &Result<Forecast, String>) -> Markup {
    let guess = whole(residents(view), Towards::Nearest);
    html! {
        @match forecast {
            Ok(forecast) => {
                p.verdict { (verdict(view, trial, forecast)) }
                p.source { (view.pick(
                    format!("With about {guess} residents in a window: a public guess, spread evenly. Nothing is spent by trying."),
                    format!("Con unos {guess} residentes por período: una conjetura pública, repartida por igual. Probar no gasta nada."),
                )) }
            }
            Err(why) => {
                p.verdict { (view.pick("Such a plan would be refused.", "Un plan así sería rechazado.")) }
                p.finding { (why) }
            }
        }
    }
}

/// How sharp a neighbourhood would be, before and after.
fn verdict(view: &View<'_>, trial: &Trial, forecast: &Forecast) -> String {
    let half = |forecast: &Forecast| main_family(forecast).and_then(|f| f.even?.net_half_width);
    let before = trial.now.forecast().ok().and_then(|forecast| half(&forecast));
    let shown = |half: Option<f64>| match half {
        Some(half) => format!("±{half:.2}"),
        None => view.pick("measuring", "midiendo").to_owned(),
    };
    let (before, after) = (shown(before), shown(half(forecast)));
    if changes(view, &trial.now).is_empty() {
        return view.pick(
            format!("Under the plan in force an even neighbourhood is known to {after} a window."),
            format!("Con el plan vigente, un barrio medio se conoce con {after} por período."),
        );
    }
    view.pick(
        format!("An even neighbourhood would be known to {after} a window, instead of {before}."),
        format!("Un barrio medio se conocería con {after} por período, en vez de {before}."),
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
    let before = trial.now.forecast().ok()?;
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
        ("half_width_expected", view.pick("half-width expected", "semianchura esperada").to_owned()),
    ]);
    let mut lines = ranking.lines(view);
    for (line, row) in lines.iter_mut().zip(&ranking.rows) {
        let net = row.opinion.net_sentiment.estimate();
        let half = family.expected.net_half_width(row.opinion.voices.value * factor);
        line.expected = net.map(|net| match half {
            Some(half) => ((net.value - half).max(-1.0), (net.value + half).min(1.0)),
            None => (-1.0, 1.0),
        });
        let number = |value: Option<f64>, origin| value.map_or(Entry::Empty, |value| Entry::Number(value, origin));
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
        drawings: None,
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

fn in_words(view: &View<'_>, family: &FamilyForecast) -> String {
    let cell = whole(family.expected.cell_half_width_voices, Towards::Up);
    match family.even {
        None => view.pick(format!("counts to ±{cell} residents."), format!("cuenta con ±{cell} residentes.")),
        Some(even) => match even.net_half_width {
            Some(half) => view.pick(
                format!("net sentiment to ±{half:.2} where residents are spread evenly."),
                format!("balance con ±{half:.2} si los residentes se reparten por igual."),
            ),
            None => view.pick(
                "will mostly read “measuring”: its share would be spent on nothing.".to_owned(),
                "dirá casi siempre «midiendo»: su parte se gastaría en nada.".to_owned(),
            ),
        },
    }
}

fn advice(view: &View<'_>, trial: &Trial) -> Markup {
    let advice = trial.now.advice();
    if advice.is_empty() || view.tongue != crate::dashboard::tongue::Tongue::English {
        return html! {};
    }
    html! {
        section {
            h2 { "What would help the plan in force most" }
            ol { @for advice in advice.iter().take(5) {
                li { (advice.change) ": ±" (format!("{:.2}", advice.blur)) " on average, "
                    (format!("{:.0}", 100.0 * advice.measuring)) " % measuring." }
            } }
        }
    }
}
