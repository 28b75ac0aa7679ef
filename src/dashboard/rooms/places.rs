//! The neighbourhoods: who differs from whom.

use maud::{Markup, html};

use super::{
    Room, doubt,
    ranked::{Ranking, Side, key, measuring, swatches},
};
use crate::{
    dashboard::{
        chart::{Area, Breadth, CityMap, Lean},
        figure::Figure,
        numbers::{Origin, net_range, net_text},
        shelf::Question,
        view::{Medium, View, name_of},
    },
    domain::NamedKey,
    release::{Document, Measure},
};

/// What the reader looks at: one release, and one topic or all.
struct Scene<'a> {
    topic: Option<&'a NamedKey>,
    document: Option<&'a Document>,
    ranking: Option<Ranking<'a>>,
}

impl<'a> Scene<'a> {
    fn of(view: &View<'a>) -> Self {
        let (plan, shelf) = (view.gallery.plan(), view.gallery.shelf());
        let asked = view.filter.get("topic");
        let topic = plan.keys.topics.iter().find(|topic| Some(topic.id.as_str()) == asked);
        // A plan that asks of no topic by place answers about everything.
        let topic = topic.filter(|_| shelf.family(plan, Question::Detail).is_some());
        let question = if topic.is_some() { Question::Detail } else { Question::MoodOfPlaces };
        let family = shelf.family(plan, question);
        let window = view.filter.number("window");
        let document = family.and_then(|family| shelf.ending(&family.id, window));
        let ranking = document.map(|document| {
            let wanted = topic.map(|topic| topic.id.as_str());
            let sides = document.opinions.iter().enumerate().filter_map(|(at, opinion)| {
                let id = opinion.neighborhood.clone()?;
                let name = name_of(&document.keys.neighborhoods, &id).to_owned();
                let href = view.link_with("a", &id);
                (opinion.topic.as_deref() == wanted).then_some(Side { at, id, name, href })
            });
            Ranking::new(document, sides.collect())
        });
        Self { topic, document, ranking }
    }
}

/// The room.
pub(super) fn room(view: &View<'_>) -> Room {
    let scene = Scene::of(view);
    let title = &view.gallery.plan().title;
    let question = match scene.topic {
        Some(topic) => view.pick(
            format!("Where in {title} do residents think otherwise about “{}”?", topic.name),
            format!("¿Dónde en {title} se opina distinto sobre «{}»?", topic.name),
        ),
        None => view.pick(
            format!("Which neighbourhoods of {title} differ?"),
            format!("¿Qué barrios de {title} difieren?"),
        ),
    };
    let main = html! {
        section.answer {
            h1 { (question) }
            (choose(view, &scene))
            (answer(view, &scene))
        }
        div.figures.beside {
            @for id in ["map", "ranking"] {
                @if let Some(figure) = figure(view, id) { (figure.markup(view)) }
            }
        }
        (pair(view, &scene))
    };
    Room::found(question, main)
}

/// One figure.
pub(super) fn figure(view: &View<'_>, id: &str) -> Option<Figure> {
    let scene = Scene::of(view);
    match id {
        "map" => map(view, &scene),
        "ranking" => ranked(view, &scene),
        _ => None,
    }
}

fn choose(view: &View<'_>, scene: &Scene<'_>) -> Markup {
    if view.medium == Medium::Paper {
        return html! {};
    }
    let (plan, shelf) = (view.gallery.plan(), view.gallery.shelf());
    let detail = shelf.family(plan, Question::Detail).is_some();
    let windows = scene.document.map(|document| shelf.of(&document.family.id).collect::<Vec<_>>());
    let windows = windows.unwrap_or_default();
    if !detail && windows.len() < 2 {
        return html! {};
    }
    html! {
        form.choose method="get" action="places" {
            (view.hidden(&["lang", "a", "b"]))
            @if detail {
                label {
                    (view.pick("About", "Sobre")) " "
                    select name="topic" {
                        option value="" { (view.pick("everything", "todo")) }
                        @for topic in &plan.keys.topics {
                            @let chosen = scene.topic.is_some_and(|chosen| chosen.id == topic.id);
                            option value=(topic.id) selected[chosen] { (topic.name) }
                        }
                    }
                }
            }
            @if windows.len() > 1 {
                label {
                    (view.pick("Window", "Período")) " "
                    select name="window" {
                        @for document in windows.iter().rev() {
                            @let chosen = scene.document.is_some_and(|d| d.window == document.window);
                            option value=(document.window.last) selected[chosen] { (view.days_of(document)) }
                        }
                    }
                }
            }
            button { (view.pick("Show", "Mostrar")) }
        }
    }
}

/// The answer in a sentence: how many pairs differ, and the ends of the ranking.
fn answer(view: &View<'_>, scene: &Scene<'_>) -> Markup {
    let (Some(document), Some(ranking)) = (scene.document, &scene.ranking) else {
        let places = view.gallery.plan().keys.neighborhoods.len();
        return html! {
            p.verdict { (view.pick("Nothing has been released yet.", "Aún no se ha publicado nada.")) }
            p.finding { (view.pick(
                format!("Every one of the {places} neighbourhoods is measuring. When the first window has closed, each gets its \
                         interval here, and two are called different only where the noise cannot explain it."),
                format!("Los {places} barrios están midiendo. Cerrado el primer período, cada uno tendrá aquí su intervalo, y dos \
                         se llamarán distintos solo donde el ruido no lo explique."),
            )) }
        };
    };
    let known: Vec<&str> = ranking
        .rows
        .iter()
        .filter(|row| row.at_once.is_some())
        .map(|row| row.side.id.as_str())
        .collect();
    let pairs = known.len() * known.len().saturating_sub(1) / 2;
    let apart = known
        .iter()
        .enumerate()
        .flat_map(|(at, a)| known[at + 1..].iter().map(move |b| (*a, *b)))
        .filter(|(a, b)| ranking.difference(a, b).is_some_and(|d| d.interval.excludes(0.0)))
        .count();
    let verdict = match (pairs, apart) {
        (0, _) => view.pick(
            "Too few voices yet to compare neighbourhoods through the noise.".to_owned(),
            "Aún hay pocas voces para comparar barrios a través del ruido.".to_owned(),
        ),
        (_, 0) => view.pick(
            "No two neighbourhoods can be told apart.".to_owned(),
            "No se distingue ningún barrio de otro.".to_owned(),
        ),
        _ => view.pick(
            format!("{apart} of {pairs} pairs of neighbourhoods differ by more than the noise."),
            format!("{apart} de {pairs} pares de barrios difieren más de lo que explica el ruido."),
        ),
    };
    html! {
        p.verdict { (verdict) }
        (doubt::of_city(view, document, scene.topic.map(|topic| topic.id.as_str())))
        p.source { (view.days_of(document)) " · "
            a href=[view.link("release", &view.carried().with("release", super::project::short(document)))] {
                (document.family.name)
            }
        }
    }
}

fn ranked(view: &View<'_>, scene: &Scene<'_>) -> Option<Figure> {
    let (document, ranking) = (scene.document?, scene.ranking.as_ref()?);
    let title = view.pick("Side by side", "Lado a lado").to_owned();
    let lines = ranking.lines(view);
    let leaning = ranking
        .rows
        .iter()
        .filter(|row| row.opinion.net_sentiment.estimate().is_some_and(|net| net.excludes(0.0)));
    let (leaning, all) = (leaning.count(), ranking.rows.len());
    Some(Figure {
        id: "ranking",
        says: html! { (view.pick(
            format!("{leaning} of {all} neighbourhoods lean one way beyond the noise."),
            format!("{leaning} de {all} barrios se inclinan hacia un lado más allá del ruido."),
        )) },
        drawings: Some(ranking.drawings(view, &title, &lines)),
        key: html! { (key(view, true)) (ranking.groups(view)) },
        table: ranking
            .table(view, ("neighborhood", view.pick("neighbourhood", "barrio").to_owned())),
        title,
        releases: vec![document.release_id.clone()],
    })
}

fn map(view: &View<'_>, scene: &Scene<'_>) -> Option<Figure> {
    let outlines = view.gallery.outlines();
    if outlines.is_empty() {
        return None;
    }
    let places = &view.gallery.plan().keys.neighborhoods;
    let areas: Vec<Area<'_>> =
        places.iter().enumerate().map(|(at, place)| area(view, scene, at, place)).collect();
    let title = view.pick("On the map", "En el mapa").to_owned();
    let chart = CityMap {
        label: view.pick(
            format!("Map of {} neighbourhoods; choose one to compare it", areas.len()),
            format!("Mapa de {} barrios; elija uno para compararlo", areas.len()),
        ),
        areas: &areas,
    };
    let ranking = scene.ranking.as_ref();
    let table = ranking.map(|ranking| {
        ranking.table(view, ("neighborhood", view.pick("neighbourhood", "barrio").to_owned()))
    });
    Some(Figure {
        id: "map",
        says: html! { (view.pick(
            "A place is coloured only where its whole interval lies on one side.",
            "Un barrio se colorea solo si todo su intervalo queda a un lado.",
        )) },
        drawings: Some([chart.draw(Breadth::Wide), chart.draw(Breadth::Narrow)]),
        key: swatches(view),
        table: table.unwrap_or_default(),
        title,
        releases: scene.document.iter().map(|document| document.release_id.clone()).collect(),
    })
}

fn area<'a>(view: &View<'a>, scene: &Scene<'_>, at: usize, place: &'a NamedKey) -> Area<'a> {
    let rings = view.gallery.outlines().iter().filter(|outline| outline.neighborhood == at);
    let rows = scene.ranking.iter().flat_map(|ranking| &ranking.rows);
    let measure =
        rows.filter(|row| row.side.id == place.id).map(|row| row.opinion.net_sentiment).next();
    let said = match measure {
        Some(Measure::Estimate(net)) => {
            let [value, range] = net_text(view.tongue, net);
            format!("{value} ({range})")
        }
        Some(Measure::Measuring { voices_min }) => measuring(view, voices_min),
        None => view.pick("measuring", "midiendo").to_owned(),
    };
    let chosen = [view.filter.get("a"), view.filter.get("b")].contains(&Some(place.id.as_str()));
    Area {
        rings: rings.map(|outline| outline.ring.as_slice()).collect(),
        name: &place.name,
        lean: measure.map_or(Lean::Measuring, Lean::of_measure),
        label: format!("{}: {said}", place.name),
        href: measure.and_then(|_| view.link_with("a", &place.id)),
        chosen,
    }
}

/// Two neighbourhoods in a sentence.
fn pair(view: &View<'_>, scene: &Scene<'_>) -> Markup {
    let Some(ranking) = scene.ranking.as_ref().filter(|ranking| ranking.rows.len() > 1) else {
        return html! {};
    };
    let id = |at: usize| ranking.rows[at].side.id.as_str();
    let known = |name: &str| {
        let asked = view.filter.get(name)?;
        ranking.rows.iter().position(|row| row.side.id == asked)
    };
    let rows = ranking.rows.len();
    let a = known("a").unwrap_or(0);
    let last = ranking.rows.iter().rposition(|row| row.at_once.is_some()).unwrap_or(rows - 1);
    let b = known("b").unwrap_or(if last == a { (a + 1) % rows } else { last });
    html! {
        section.pair id="pair" {
            h2 { (view.pick("Two of them", "Dos de ellos")) }
            @if view.medium == Medium::Site {
                form.choose method="get" action="places" {
                    (view.hidden(&["lang", "topic", "window"]))
                    @for (name, chosen, label) in [
                        ("a", a, view.pick("Compare", "Comparar")),
                        ("b", b, view.pick("with", "con")),
                    ] {
                        label {
                            (label) " "
                            select name=(name) {
                                @for (at, row) in ranking.rows.iter().enumerate() {
                                    option value=(row.side.id) selected[at == chosen] { (row.side.name) }
                                }
                            }
                        }
                    }
                    button { (view.pick("Compare", "Comparar")) }
                }
            }
            p.finding { (difference(view, ranking, id(a), id(b))) }
        }
    }
}

fn difference(view: &View<'_>, ranking: &Ranking<'_>, a: &str, b: &str) -> Markup {
    let name = |id: &str| {
        let row = ranking.rows.iter().find(|row| row.side.id == id);
        row.map_or_else(|| id.to_owned(), |row| row.side.name.clone())
    };
    let (first, second) = (name(a), name(b));
    if a == b {
        return html! { (view.pick("Choose two different neighbourhoods.", "Elija dos barrios distintos.")) };
    }
    let Some(found) = ranking.difference(a, b) else {
        return html! { (view.pick(
            format!("{first} and {second} cannot be compared yet: one of them is measuring."),
            format!("{first} y {second} aún no se pueden comparar: uno de ellos está midiendo."),
        )) };
    };
    let pairs = found.pairs;
    html! {
        @match Lean::of(found.interval) {
            Lean::For => (view.pick(
                format!("{first} is more positive than {second}, by "),
                format!("{first} es más positivo que {second}, en "),
            )),
            Lean::Against => (view.pick(
                format!("{first} is more negative than {second}, by "),
                format!("{first} es más negativo que {second}, en "),
            )),
            _ => (view.pick(
                format!("{first} and {second} cannot be told apart: the difference lies from "),
                format!("{first} y {second} no se distinguen: la diferencia está entre "),
            )),
        }
        span.nb { (net_range(view.tongue, found.interval, Origin::Derived)) } ". "
        small { (view.pick(
            format!("This holds for all {pairs} pairs at once with 95 %."),
            format!("Vale para los {pairs} pares a la vez con el 95 %."),
        )) }
    }
}
