//! Health, where a text ties it to a person. The air that gives a street asthma is a topic.

use super::super::PiiKind;
use super::{Needs, Recognizer, words};

const CONDITION: &str = r"(?:hiv|aids|vih|sida|copd|epoc|cancer|diabetes|diabetic[oa]?|epilepsy|epilepsia|epileptic|asthma|asma|dementia|demencia|alzheimer'?s?|parkinson'?s?|bipolar|schizophreni[ac]|esquizofrenia|depression|depresion|autism|autistic|autis[mt][oa]|adhd|tdah|ptsd|tept|cerebral palsy|multiple sclerosis|esclerosis multiple|lupus|leukemia|leucemia|hepatitis|dialysis|dialisis|pregnant|embarazada|miscarriage|chemo(?:therapy)?|quimio(?:terapia)?|stroke|ictus|heart (?:disease|condition|attack|failure)|blind|ciego|ciega|deaf|sord[oa]|disab(?:led|ility)|discapacidad|insulin|tumou?r|kidney (?:disease|failure)|seizures?|anxiety|ansiedad|addiction|adiccion|rehab|fibromyalgia|fibromialgia|arthritis|artritis|emphysema|enfisema|transplant|trasplante|pacemaker|marcapasos)";

pub(super) fn recognizers() -> Vec<Recognizer> {
    let needs = Needs { words: words::HEALTH, ..Needs::default() };
    let tied = format!(
        r"(?i-u)\b(?:i(?:'m| am| have|'ve| had| got| suffer from)|my|(?:she|he) (?:has|is|had)|(?:she|he)'s|diagnos\w+(?: with)?|tengo|padezco|sufro|soy|mi|tiene|padece)(?:\s(?:a|an|the|been|severe|chronic|terminal|type|with|from|de|una?|son|daughter|wife|husband|mother|father|mom|dad|hij[oa]|madre|padre|is|has|who|es)){{0,4}}\s((?:(?:stage|type|tipo|fase)\s[0-9iv]{{1,3}}\s)?{CONDITION}(?:\s(?:diagnosis|patient|survivor|positive))?)\b"
    );
    vec![Recognizer::new("health-tied", PiiKind::Medical, needs, &tied)]
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use super::*;

    #[test]
    fn health_of_a_person_is_found() {
        assert_hits(&[
            ("I have stage 3 COPD and", "stage 3 COPD", PiiKind::Medical),
            ("Since my HIV diagnosis I", "HIV diagnosis", PiiKind::Medical),
            ("my son is autistic", "autistic", PiiKind::Medical),
            ("tengo diabetes", "diabetes", PiiKind::Medical),
        ]);
    }

    #[test]
    fn health_as_a_topic_stays() {
        assert_no_hits(&["asthma rates near the highway", "ramps for disabled residents"]);
    }
}
