//! The project: what do residents think of it?

use maud::{Markup, html};

use super::{
    Room, doubt,
    ranked::{Ranking, Side, key, measuring, sides_of_zero},
    silent, turnout,
};
use crate::{
    dashboard::{
        asked::ID_CHARS,
        chart::{Breadth, Intervals, Lean, Line, Reading, Scale, Step, Trend},
        figure::{Entry, Figure, Table},
        numbers::{Origin, Towards, count, datum, net_range, net_text, signed},
        shelf::{Question, city_net, city_opinion},
        view::{View, name_of},
    },
    domain::NamedKey,
    estimate::{Net, difference, unread_voices},
    privacy::{FamilySpec, Z_95},
    release::{Document, Interval, Measure, voices},
};

/// What the reader asks about.
pub(super) struct Subject<'a> {
    /// One topic, or everything.
    pub topic: Option<&'a NamedKey>,
    /// The family that answers.
    pub family: Option<&'a FamilySpec>,
    /// The release chosen, or the newest.
    pub document: Option<&'a Document>,
}

impl<'a> Subject<'a> {
    /// From the filter.
    pub fn of(view: &View<'a>) -> Self {
        let (plan, shelf) = (view.gallery.plan(), view.gallery.shelf());
        let asked = view.filter.get("topic");
        let topic = plan.keys.topics.iter().find(|topic| Some(topic.id.as_str()) == asked);
        let question =
            if topic.is_some() { Question::MoodOfTopics } else { Question::MoodOfPlaces };
        let family = shelf.family(plan, question);
        let window = view.filter.number("window");
        let document = family.and_then(|family| shelf.ending(&family.id, window));
        Self { topic, family, document }
    }

    fn topic_id(&self) -> Option<&'a str> {
        self.topic.map(|topic| topic.id.as_str())
    }

    /// Whether the number of the city stands in the release, or is the sum of its places.
    fn origin(&self) -> Origin {
        let stated = self.document.and_then(|document| city_opinion(document, self.topic_id()));
        if stated.is_some() { Origin::Released } else { Origin::Derived }
    }

    fn net(&self) -> Option<Measure> {
        city_net(self.document?, self.topic_id())
    }
}

/// The room.
pub(super) fn room(view: &View<'_>) -> Room {
    let subject = Subject::of(view);
    let title = &view.gallery.plan().title;
    let question = match subject.topic {
        Some(topic) => view.pick(
            format!("What do residents of {title} think of “{}”?", topic.name),
            format!("¿Qué opinan los residentes de {title} sobre «{}»?", topic.name),
        ),
        None => view.pick(
            format!("What do residents of {title} think?"),
            format!("¿Qué opinan los residentes de {title}?"),
        ),
    };
    let main = html! {
        section.answer {
            h1 { (question) }
            (choose(view, &subject))
            (headline(view, &subject))
        }
        div.figures {
            @for id in FIGURES {
                @if let Some(figure) = figure(view, id) { (figure.markup(view)) }
            }
        }
        div.figures.more {
            (silent::section(view))
            (loudest(view, &subject))
        }
    };
    Room::found(question, main)
}

/// The figures of the room.
const FIGURES: [&str; 3] = ["trend", "topics", "participation"];

/// One figure.
pub(super) fn figure(view: &View<'_>, id: &str) -> Option<Figure> {
    match id {
        "trend" => trend(view),
        "topics" => topics(view),
        "participation" => turnout::figure(view),
        "silent" => silent::figure(view),
        _ => None,
    }
}

fn choose(view: &View<'_>, subject: &Subject<'_>) -> Markup {
    if view.medium == crate::dashboard::view::Medium::Paper {
        return html! {};
    }
    let topics = &view.gallery.plan().keys.topics;
    let shelf = view.gallery.shelf();
    let releases: Vec<&Document> =
        subject.family.map(|family| shelf.of(&family.id).collect()).unwrap_or_default();
    html! {
        form.choose method="get" action="./" {
            (view.hidden(&["lang", "odds"]))
            label {
                (view.pick("About", "Sobre")) " "
                select name="topic" {
                    option value="" { (view.pick("everything", "todo")) }
                    @for topic in topics {
                        option value=(topic.id) selected[subject.topic_id() == Some(&topic.id)] { (topic.name) }
                    }
                }
            }
            @if releases.len() > 1 {
                label {
                    (view.pick("Window", "Período")) " "
                    select name="window" {
                        @for document in releases.iter().rev() {
                            @let chosen = subject.document.is_some_and(|d| d.window == document.window);
                            option value=(document.window.last) selected[chosen] { (view.days_of(document)) }
                        }
                    }
                }
            }
            button { (view.pick("Show", "Mostrar")) }
        }
    }
}

/// The answer in a sentence, its range before its number.
fn headline(view: &View<'_>, subject: &Subject<'_>) -> Markup {
    let Some(document) = subject.document else { return nothing_yet(view, subject) };
    let about = subject.topic.map_or_else(String::new, |topic| {
        view.pick(format!(" about “{}”", topic.name), format!(" sobre «{}»", topic.name))
    });
    let measure = subject.net();
    html! {
        p.verdict { (verdict(view, measure, &about)) }
        @match measure {
            Some(Measure::Estimate(net)) => {
                (ruler(view, net))
                p.finding {
                    (view.pick("Net sentiment lies from ", "El balance está entre "))
                    span.nb { (net_range(view.tongue, net, subject.origin())) }
                    (view.pick("; the best estimate is ", "; la mejor estimación es "))
                    strong { (datum(&signed(net.value, Towards::Nearest), net.value, subject.origin())) }
                    ". "
                    small { (view.pick(
                        "−1: all negative; 0: as many positive as negative; +1: all positive.",
                        "−1: todas negativas; 0: tantas positivas como negativas; +1: todas positivas.",
                    )) }
                }
            }
            Some(Measure::Measuring { voices_min }) => {
                p.finding { (view.pick("The whole city is still ", "La ciudad entera sigue ")) (measuring(view, voices_min))
                    (view.pick(" voices.", " voces.")) }
            }
            None => {}
        }
        (doubt::of_city(view, document, subject.topic_id()))
        p.source {
            (view.days_of(document)) " · "
            a href=[view.link("release", &view.carried().with("release", short(document)))] {
                (document.family.name)
            }
        }
    }
}

/// The first characters of a release's id, enough to name it.
pub(super) fn short(document: &Document) -> String {
    document.release_id.chars().take(ID_CHARS).collect()
}

fn verdict(view: &View<'_>, measure: Option<Measure>, about: &str) -> String {
    match measure.map(Lean::of_measure) {
        Some(Lean::For) => view.pick(
            format!("Of the residents who posted, more are positive than negative{about}."),
            format!("Entre los residentes que opinaron, hay más voces positivas que negativas{about}."),
        ),
        Some(Lean::Against) => view.pick(
            format!("Of the residents who posted, more are negative than positive{about}."),
            format!("Entre los residentes que opinaron, hay más voces negativas que positivas{about}."),
        ),
        Some(Lean::Even | Lean::Plain) => view.pick(
            format!("Of the residents who posted, neither side is ahead{about} by more than the noise."),
            format!("Entre los residentes que opinaron, ningún lado va por delante{about} más allá del ruido."),
        ),
        Some(Lean::Measuring) => view.pick(
            format!("Too few residents have posted{about} yet to say anything through the noise."),
            format!("Aún han opinado pocos residentes{about} para decir algo a través del ruido."),
        ),
        None => view.pick(
            "Choose a topic: this plan asks about topics alone.".to_owned(),
            "Elija un tema: este plan solo pregunta por temas.".to_owned(),
        ),
    }
}

fn ruler(view: &View<'_>, net: Interval) -> Markup {
    let line = Line {
        name: view.pick("the whole city", "toda la ciudad").to_owned(),
        href: None,
        reading: Reading::Known {
            value: Some(net.value),
            band: (net.low, net.high),
            whisker: None,
            lean: Lean::of(net),
            shown: net_text(view.tongue, net),
        },
        groups: String::new(),
        expected: None,
    };
    let [value, range] = net_text(view.tongue, net);
    let chart = Intervals {
        label: view.pick(
            format!("Net sentiment of the whole city: {value}, from {range}"),
            format!("Balance de toda la ciudad: {value}, de {range}"),
        ),
        lines: &[line],
        domain: (-1.0, 1.0),
        zero: Some(0.0),
        ends: sides_of_zero(view),
        tick: |value| signed(value, Towards::Nearest),
    };
    html! {
        div.ruler { (chart.draw(Breadth::Wide).inline(Breadth::Wide)) (chart.draw(Breadth::Narrow).inline(Breadth::Narrow)) }
    }
}

/// What a page says before the first release.
fn nothing_yet(view: &View<'_>, subject: &Subject<'_>) -> Markup {
    let calendar = view.gallery.calendar();
    let every = subject.family.map_or(1, |family| family.every_windows);
    let last = crate::domain::Window(every.saturating_sub(1));
    let (_, until) = calendar.span(last);
    let wait = jiff::Span::new().days(i64::from(calendar.lateness_days()));
    let due = until.checked_add(wait).unwrap_or(until);
    let due = crate::dashboard::numbers::day(view.tongue, due);
    html! {
        p.verdict { (view.pick("Nothing has been released yet.", "Aún no se ha publicado nada.")) }
        p.finding {
            (view.pick(
                format!(
                    "Comments are being counted; none is shown. The first release is due on {due}, when its window has \
                     closed: then the noise is drawn once, the charge is written to the ledger, and this page fills."
                ),
                format!(
                    "Se cuentan comentarios; no se muestra ninguno. La primera publicación toca el {due}, cerrado su período: \
                     entonces se sortea el ruido una vez, el cargo queda en el registro y esta página se llena."
                ),
            ))
        }
        p { a href=[view.link_to("plan")] {
            (view.pick("See how sharp it will be.", "Vea qué precisión tendrá."))
        } }
    }
}

fn trend(view: &View<'_>) -> Option<Figure> {
    let subject = Subject::of(view);
    let family = subject.family?;
    let documents: Vec<&Document> = view.gallery.shelf().of(&family.id).collect();
    let topic = subject.topic_id();
    let mut table = Table::new([
        ("from", view.pick("from", "desde").to_owned()),
        ("until", view.pick("until", "hasta").to_owned()),
        ("net_sentiment", view.pick("net sentiment", "balance").to_owned()),
        ("net_low", view.pick("low", "mínimo").to_owned()),
        ("net_high", view.pick("high", "máximo").to_owned()),
    ]);
    let mut steps = Vec::new();
    for document in &documents {
        let measure = city_net(document, topic)?;
        let origin = if city_opinion(document, topic).is_some() {
            Origin::Released
        } else {
            Origin::Derived
        };
        let number = |of: fn(Interval) -> f64| {
            measure.estimate().map_or(Entry::Empty, |net| Entry::Number(of(net), origin))
        };
        table.rows.push(vec![
            Entry::Text(document.window.from.clone()),
            Entry::Text(document.window.until.clone()),
            number(|net| net.value),
            number(|net| net.low),
            number(|net| net.high),
        ]);
        steps.push(step(view, document, measure)?);
    }
    if steps.is_empty() {
        return None;
    }
    let reach = Scale::reach(
        steps.iter().filter_map(|step| step.known).flat_map(|(_, (low, high))| [low, high]),
    );
    let title = view.pick("How it moved", "Cómo ha cambiado").to_owned();
    let chart = Trend {
        label: view.pick(
            format!(
                "Net sentiment of the city in {} windows, with the band of the noise",
                steps.len()
            ),
            format!("Balance de la ciudad en {} períodos, con la banda del ruido", steps.len()),
        ),
        steps: &steps,
        reach,
        ends: sides_of_zero(view).map(|side| side.replace(['←', '→'], "").trim().to_owned()),
        tick: |value| signed(value, Towards::Nearest),
        measuring: view.pick("measuring", "midiendo"),
    };
    Some(Figure {
        id: "trend",
        title,
        says: moved(view, &until(&documents, subject.document), topic),
        drawings: Some([chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)]),
        key: key(view, false),
        table,
        releases: documents.iter().map(|document| document.release_id.clone()).collect(),
    })
}

fn step(view: &View<'_>, document: &Document, measure: Measure) -> Option<Step> {
    let known = measure.estimate().map(|net| (net.value, (net.low, net.high)));
    let days = view.days_of(document);
    let (shown, label) = match measure.estimate() {
        Some(net) => {
            let [value, range] = net_text(view.tongue, net);
            let label =
                view.pick(format!("{days}: {value}, {range}"), format!("{days}: {value}, {range}"));
            (value, label)
        }
        None => (String::new(), format!("{days}: {}", view.pick("measuring", "midiendo"))),
    };
    let window = document.window.last.to_string();
    let href = view.link_with("window", &window);
    Some(Step {
        known,
        lean: Lean::of_measure(measure),
        day: view.day_of(document),
        shown,
        href,
        label,
    })
}

/// The releases up to the chosen one.
fn until<'a>(documents: &[&'a Document], chosen: Option<&Document>) -> Vec<&'a Document> {
    let last = chosen.map_or(u32::MAX, |chosen| chosen.window.last);
    documents.iter().copied().filter(|document| document.window.last <= last).collect()
}

/// Whether the last two windows differ by more than the noise.
fn moved(view: &View<'_>, documents: &[&Document], topic: Option<&str>) -> Markup {
    let net = |document: &&Document| city_opinion(document, topic).and_then(Net::of);
    let [.., before, last] = documents else {
        return html! { (view.pick(
            "One window has been released so far; with the next, a change will show here.",
            "Hasta ahora se ha publicado un período; con el siguiente se verá aquí un cambio.",
        )) };
    };
    let (Some(a), Some(b)) = (net(last), net(before)) else {
        return html! { (view.pick(
            "Each window stands by itself, with the band of its own noise.",
            "Cada período va por sí solo, con la banda de su propio ruido.",
        )) };
    };
    let change = difference(a, b, 0.0, Z_95);
    let range = net_range(view.tongue, change, Origin::Derived);
    html! {
        @match Lean::of(change) {
            Lean::For => (view.pick("It rose since the window before, by ", "Subió desde el período anterior, en ")),
            Lean::Against => (view.pick("It fell since the window before, by ", "Bajó desde el período anterior, en ")),
            _ => (view.pick(
                "No change since the window before beyond the noise: the difference lies from ",
                "Sin cambio desde el período anterior más allá del ruido: la diferencia está entre ",
            )),
        }
        (range) "."
    }
}

fn topics(view: &View<'_>) -> Option<Figure> {
    let (plan, shelf) = (view.gallery.plan(), view.gallery.shelf());
    let family = shelf.family(plan, Question::MoodOfTopics)?;
    if family.grouping.neighborhood {
        return None;
    }
    let document = shelf.ending(&family.id, view.filter.number("window"))?;
    let sides = document.opinions.iter().enumerate().filter_map(|(at, opinion)| {
        let id = opinion.topic.clone()?;
        let name = name_of(&document.keys.topics, &id).to_owned();
        Some(Side { at, href: view.link_with("topic", &id), id, name })
    });
    let ranking = Ranking::new(document, sides.collect());
    let title = view.pick("By topic", "Por tema").to_owned();
    let leaning = ranking
        .rows
        .iter()
        .filter(|row| row.opinion.net_sentiment.estimate().is_some_and(|net| net.excludes(0.0)));
    let leaning = leaning.count();
    let all = ranking.rows.len();
    let says = html! {
        (view.pick(
            format!("{leaning} of {all} topics lean one way beyond the noise, "),
            format!("{leaning} de {all} temas se inclinan hacia un lado más allá del ruido, "),
        ))
        (view.days_of(document)) ". "
        (view.pick(
            "A classifier tells the topics; its mistakes are not in the intervals. What it cannot place counts under \
             Other, complaints less often than praise and questions.",
            "Los temas los distingue un clasificador; sus errores no están en los intervalos. Lo que no sabe situar \
             cuenta en «Other», las quejas menos a menudo que los elogios y las preguntas.",
        ))
    };
    let lines = ranking.lines(view);
    Some(Figure {
        id: "topics",
        drawings: ranking.says_something().then(|| ranking.drawings(view, &title, &lines)),
        says,
        key: html! { (key(view, true)) (ranking.groups(view)) },
        table: ranking.table(view, ("topic", view.pick("topic", "tema").to_owned())),
        title,
        releases: vec![document.release_id.clone()],
    })
}

/// How many voices there are, and that nobody has two.
fn loudest(view: &View<'_>, subject: &Subject<'_>) -> Markup {
    let Some(document) = subject.document else { return html! {} };
    let unread = unread_voices(document).filter(|_| subject.topic.is_none());
    html! {
        section.voices {
            h2 { (view.pick("How many voices, and whose", "Cuántas voces, y de quién")) }
            @if let Some((heard, origin)) = heard(subject, document) {
                p {
                    (view.pick("Behind the answer above stand ", "Respaldan la respuesta de arriba "))
                    (count(view.tongue, heard, origin))
                    (view.pick(" voices.", " voces."))
                    @if let Some(unread) = unread {
                        (view.pick(" Not read were ", " No se leyeron "))
                        (count(view.tongue, unread, Origin::Derived))
                        (view.pick(
                            " more: in another language, or withheld to protect somebody.",
                            " más: en otro idioma, o retenidas para proteger a alguien.",
                        ))
                    }
                }
            }
            p {
                (view.pick(
                    "A voice is one resident in one window, however often they write: whoever posts fifty times counts \
                     once, split over what they wrote about. The loudest account weighs what the quietest does.",
                    "Una voz es un residente en un período, escriba cuanto escriba: quien publica cincuenta veces cuenta una, \
                     repartida entre aquello sobre lo que escribió. La cuenta más ruidosa pesa lo mismo que la más callada.",
                ))
            }
        }
    }
}

/// Voices of the city: as released, or the sum of its places.
fn heard(subject: &Subject<'_>, document: &Document) -> Option<(Interval, Origin)> {
    if let Some(opinion) = city_opinion(document, subject.topic_id()) {
        return Some((opinion.voices, Origin::Released));
    }
    let of: Vec<Interval> = document
        .opinions
        .iter()
        .filter(|opinion| opinion.topic.as_deref() == subject.topic_id())
        .map(|opinion| opinion.voices)
        .collect();
    let variance: f64 = of.iter().map(|voices| voices.sigma().powi(2)).sum();
    let sum = of.iter().map(|voices| voices.value).sum();
    (!of.is_empty()).then(|| (voices(sum, variance.sqrt()), Origin::Derived))
}
