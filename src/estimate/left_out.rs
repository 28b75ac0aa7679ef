//! Why something is not said, in the reader's language.

use serde::Serialize;

use super::{
    silent::{NotAnchored, ParticipationError, WeightError},
    words::Language,
};

/// Why something is not said of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "because", content = "of", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeftOut {
    /// No release tells the two sides of the subject.
    NoSides,
    /// There is no census.
    NoCensus,
    /// No release counts residents by place.
    NoReach,
    /// Who took part cannot be told from the release that counts residents.
    Participation(ParticipationError),
    /// The voices cannot be weighted to the census.
    Reweighting(WeightError),
    /// The survey cannot be brought to the present.
    Survey(NotAnchored),
    /// Too few releases for a target over so many.
    Target {
        /// Releases that the target averages.
        windows: usize,
    },
}

impl LeftOut {
    /// The reason as a part of a sentence.
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::English => self.english(),
            Language::Spanish => self.spanish(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NoSides => "no release tells the two sides of this subject yet".into(),
            Self::NoCensus => {
                "participation, tipping point and bounds need [census] in the pipeline file".into()
            }
            Self::NoReach => "no release counts residents by neighbourhood".into(),
            Self::Participation(error) => format!("participation: {error}"),
            Self::Reweighting(error) => format!("reweighting: {error}"),
            Self::Survey(error) => error.to_string(),
            Self::Target { windows } => {
                format!("target: fewer than {windows} releases tell the subject with enough voices")
            }
        }
    }

    fn spanish(&self) -> String {
        match self {
            Self::NoSides => "ninguna publicación dice aún los dos lados de este asunto".into(),
            Self::NoCensus => "la participación, el punto de inflexión y los límites necesitan \
                               [census] en el archivo del plan"
                .into(),
            Self::NoReach => "ninguna publicación cuenta residentes por barrio".into(),
            Self::Participation(error) => format!("participación: {}", participation(error)),
            Self::Reweighting(error) => format!("reponderación: {}", reweighting(error)),
            Self::Survey(error) => survey(error),
            Self::Target { windows } => format!(
                "objetivo: menos de {windows} publicaciones dicen el asunto con voces suficientes"
            ),
        }
    }
}

fn participation(error: &ParticipationError) -> String {
    match error {
        ParticipationError::Comments => {
            "su unidad es el comentario: la fuente no nombra cuentas y \
                                         nadie sabe cuántos residentes escribieron"
                .into()
        }
        ParticipationError::Grouping(family) => {
            format!("la pregunta `{family}` no cuenta residentes solo por barrio")
        }
        ParticipationError::Census(place) => {
            format!("el censo no tiene residentes de `{place}`")
        }
    }
}

fn reweighting(error: &WeightError) -> String {
    match error {
        WeightError::Shape { found } => {
            format!("un margen nombra {found} celdas o categorías que la tabla no tiene")
        }
        WeightError::Empty => "una categoría tiene residentes y ninguna voz: únala con otra".into(),
        WeightError::Apart => {
            "los márgenes no se pueden cumplir todos: ¿coinciden sus totales?".into()
        }
        WeightError::Grouping => "la publicación no dice los dos lados por barrio".into(),
        WeightError::Measuring(places) => format!("muy pocas voces para ponderar: {places}"),
    }
}

fn survey(error: &NotAnchored) -> String {
    match error {
        NotAnchored::NoReleaseThen(id) => {
            format!("encuesta `{id}`: ninguna publicación del asunto cubre su día")
        }
        NotAnchored::NothingSince(id) => {
            format!("encuesta `{id}`: nada se ha publicado desde entonces; vale su propia cifra")
        }
        NotAnchored::Measuring(id) => format!(
            "encuesta `{id}`: muy pocas voces entonces o ahora para decir cuánto se movieron"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_stands_in_both_languages_with_the_same_names_and_numbers() {
        let reasons = [
            LeftOut::NoSides,
            LeftOut::NoCensus,
            LeftOut::NoReach,
            LeftOut::Participation(ParticipationError::Comments),
            LeftOut::Participation(ParticipationError::Grouping("pulse-x".into())),
            LeftOut::Participation(ParticipationError::Census("old-quay".into())),
            LeftOut::Reweighting(WeightError::Shape { found: 17 }),
            LeftOut::Reweighting(WeightError::Empty),
            LeftOut::Reweighting(WeightError::Apart),
            LeftOut::Reweighting(WeightError::Grouping),
            LeftOut::Reweighting(WeightError::Measuring("Old Quay".into())),
            LeftOut::Survey(NotAnchored::NoReleaseThen("january".into())),
            LeftOut::Survey(NotAnchored::NothingSince("january".into())),
            LeftOut::Survey(NotAnchored::Measuring("january".into())),
            LeftOut::Target { windows: 17 },
        ];
        for reason in reasons {
            let [english, spanish] = Language::ALL.map(|language| reason.text(language));
            assert_ne!(english, spanish);
            for name in ["pulse-x", "old-quay", "17", "Old Quay", "january", "[census]"] {
                assert_eq!(english.contains(name), spanish.contains(name), "{english} / {spanish}");
            }
        }
    }
}
