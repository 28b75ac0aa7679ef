//! The sentences in Spanish.

use super::{
    About, Language, Message,
    dates::{day, day_of, span_of},
    number::{
        at_least, at_most, factor, fixed, grouped, magnitude, people, percent, plain, points, span,
    },
};
use crate::estimate::silent::{Extremes, TippingPoint};

const SPANISH: Language = Language::Spanish;

/// The sentence.
pub(super) fn text(message: &Message) -> String {
    match message {
        Message::Heard { place, from, until } => {
            let days = span_of(SPANISH, from, until);
            format!(
            "{}: del {days} se escuchó a {} residentes, el {} de los {} que viven allí.",
            place.name,
            people(place.heard, SPANISH),
            percent(place.rate, SPANISH),
            grouped(place.residents as f64, SPANISH),
        )
        }
        Message::Extremes(extremes) => unequal(extremes),
        Message::Voices { about, share, from, until } => {
            let days = span_of(SPANISH, from, until);
            let posted =
                format!("De quienes escribieron del {days} y tomaron partido{}", on(about));
            match share.excludes(0.5) {
                true => format!("{posted}, es favorable el {}.", percent(*share, SPANISH)),
                false => format!(
                    "{posted}, ningún lado aventaja al otro por más que el ruido: la parte favorable \
                     es el {}.",
                    percent(*share, SPANISH)
                ),
            }
        }
        Message::Measuring { about } => format!(
            "Aún no hay voces suficientes para decir de qué lado están{}: se sigue midiendo.",
            on(about)
        ),
        Message::NoAssumption { about, span: s } => format!(
            "Si no se supone nada de quienes callan, {} podría estar en cualquier punto del {}.",
            whole(about),
            span(s.low, s.high, SPANISH)
        ),
        Message::Tipping { about, point } => tipping(about, *point),
        Message::Odds { about, factor: g, span: s } => format!(
            "Si la razón a favor entre quienes callan difiere de la suya en un factor de hasta {}, {} \
             está en algún punto del {}; si difiere en más, puede quedar fuera.",
            factor(g.get(), SPANISH),
            whole(about),
            span(s.low, s.high, SPANISH)
        ),
        Message::Reweighted { about, before, share, from, until } => {
            let days = span_of(SPANISH, from, until);
            format!(
            "Ponderado según el censo{}, del {days}: {} en lugar de {}, que es lo que suman los \
             barrios, medidos uno a uno. Eso corrige dónde vive la gente, no quién habla; por eso no \
             es lo que piensa {}.",
            on(about),
            percent(*share, SPANISH),
            percent(*before, SPANISH),
            whole(about)
        )
        }
        Message::Survey { about, date, respondents, share } => {
            let day = day(SPANISH, *date);
            format!(
            "La encuesta del {day} (n = {}) dio un {}{}.",
            grouped(f64::from(*respondents), SPANISH),
            percent(*share, SPANISH),
            on(about)
        )
        }
        Message::Anchored { about, moved, share, from, until, drift } => {
            let days = span_of(SPANISH, from, until);
            let moved = match moved.excludes(0.0) {
                true if moved.value > 0.0 => format!("han subido {}", points(*moved, SPANISH)),
                true => format!("han bajado {}", points(*moved, SPANISH)),
                false => {
                    format!("no se han movido más que el ruido: {}", points(*moved, SPANISH))
                }
            };
            let assumed = match *drift > 1.0 {
                true => format!(
                    "si quienes escriben no cambiaron en más de un factor de {}",
                    factor(*drift, SPANISH)
                ),
                false => "si sigue escribiendo la misma clase de gente".to_owned(),
            };
            format!(
                "Desde la encuesta las voces {moved}; así, del {days} {} está en el {}, \
                 {assumed}.",
                whole(about),
                percent(*share, SPANISH)
            )
        }
        Message::Changed { about, difference, from, until, earlier_from } => {
            let (days, earlier) = (span_of(SPANISH, from, until), day_of(SPANISH, earlier_from));
            let way = if difference.value > 0.0 { "positivo" } else { "negativo" };
            let (by, low, high) = magnitude(*difference, SPANISH);
            format!(
                "{}: el balance de quienes escribieron se volvió más {way} en {by} (entre {low} y {high}) del {days}, \
                 frente al período del {earlier}.",
                named(about)
            )
        }
        Message::Score { about, score, windows } => {
            let reading = match (score.low > 1.0, score.high < 1.0) {
                (true, _) => "mejor que su meta",
                (_, true) => "peor que su meta",
                _ => "no se puede saber si cumple la meta",
            };
            let windows = match windows {
                1 => "un período".to_owned(),
                more => format!("{more} períodos"),
            };
            format!(
                "{} obtiene {} en {windows}; más de 1 es bueno: {reading}.",
                named(about),
                plain(*score, SPANISH)
            )
        }
        Message::OneVoice => {
            "Cada residente pesa una sola voz, por mucho que escriba; quienes no escribieron no están \
             en ninguno de estos números."
                .to_owned()
        }
    }
}

fn unequal(extremes: &Extremes) -> String {
    let Extremes { highest, lowest, ratio, low, high } = extremes;
    let range = match (ratio, high) {
        (Some(ratio), Some(high)) => format!(
            "una parte de sus residentes {} veces la de {lowest} (entre {} y {})",
            fixed(*ratio, 1, SPANISH),
            at_least(*low, 1, SPANISH),
            at_most(*high, 1, SPANISH)
        ),
        _ => format!(
            "una parte de sus residentes mayor que la de {lowest}, al menos {} veces (no puede darse \
             un límite superior)",
            at_least(*low, 1, SPANISH)
        ),
    };
    match *low > 1.0 {
        true => format!("En {highest} participó {range}."),
        false => format!(
            "No puede saberse si los lugares participaron de forma desigual: según lo medido, en \
             {highest} participó {range}."
        ),
    }
}

fn tipping(about: &About, point: TippingPoint) -> String {
    match point {
        TippingPoint::NoSide { share } => format!(
            "Las voces{} no muestran de qué lado están, así que deciden quienes callan: es favorable \
             el {}.",
            on(about),
            percent(share, SPANISH)
        ),
        TippingPoint::Turns { share, silent, differ_by } => {
            let limit = if share.value > 0.5 { "como mucho" } else { "al menos" };
            format!(
                "Para invertir el signo, quienes callan tendrían que diferir de las voces en al menos \
                 {}: tendría que ser favorable {limit} el {}.",
                points(differ_by, SPANISH),
                percent(silent, SPANISH)
            )
        }
        TippingPoint::Holds { share } => format!(
            "El signo se mantiene aunque todos los que callan estuvieran del otro lado: de las voces \
             es favorable el {}, y son más de la mitad de los residentes.",
            percent(share, SPANISH)
        ),
    }
}

/// " sobre Plan de la ribera en Old Quay".
fn on(about: &About) -> String {
    let topic = about.topic.as_ref().map(|topic| format!(" sobre {topic}")).unwrap_or_default();
    let place = about.place.as_ref().map(|place| format!(" en {place}")).unwrap_or_default();
    topic + &place
}

fn whole(about: &About) -> &str {
    about.place.as_deref().unwrap_or("la ciudad")
}

fn named(about: &About) -> String {
    match (&about.place, &about.topic) {
        (Some(place), Some(topic)) => format!("{place}: {topic}"),
        (Some(name), None) | (None, Some(name)) => name.clone(),
        (None, None) => "Toda la ciudad".to_owned(),
    }
}
