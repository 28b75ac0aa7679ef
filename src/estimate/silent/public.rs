//! Numbers that anybody may know: a census and surveys. A plan does not hold them, so a city can add
//! them while it runs and promises nobody anything else.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::{Aim, Subject, Target};
use crate::{
    domain::{KeySet, NamedKey},
    privacy::Z_95,
    release::Interval,
};

/// Residents of each neighbourhood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Census {
    /// Where the numbers are from; shown beside them.
    pub source: String,
    /// Residents by the id of their neighbourhood.
    pub residents: BTreeMap<String, u64>,
}

/// One probability survey: a sample of residents drawn by chance, not of those who post.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Survey {
    /// Id.
    pub id: String,
    /// The day it is dated: the middle of its fieldwork.
    pub date: Date,
    /// What was asked, for people.
    pub question: String,
    /// The topic whose voices it anchors; none for all topics together.
    pub topic: Option<String>,
    /// Respondents who took a side.
    pub respondents: u32,
    /// Share of them on the positive side.
    pub share: f64,
    /// Standard error of the share, by the survey's own design.
    pub standard_error: f64,
    /// The same of single neighbourhoods, where the survey tells.
    pub areas: Vec<AreaResult>,
    /// Declared drift: the factor by which the odds of posting, one side against the other, may have
    /// changed since the survey.
    pub drift: f64,
}

/// What a survey found in one neighbourhood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AreaResult {
    /// Id of the neighbourhood.
    pub neighborhood: String,
    /// Share on the positive side.
    pub share: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Everything public that stands beside the releases.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PublicNumbers {
    /// Residents, where the city gives them.
    pub census: Option<Census>,
    /// Surveys, the oldest first.
    pub surveys: Vec<Survey>,
    /// What the city aims at.
    pub targets: Vec<Target>,
}

/// Why public numbers do not fit the plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicError {
    /// The census names a place that the plan does not have.
    #[error("census: `{found}` is no neighbourhood of the plan; allowed: {allowed}")]
    CensusUnknown {
        /// What it names.
        found: String,
        /// The plan's ids.
        allowed: String,
    },
    /// The census leaves a place out.
    #[error("census: residents of `{0}` are missing; give a number for every neighbourhood")]
    CensusMissing(String),
    /// A place without residents.
    #[error("census: `{0}` has no residents; allowed: 1 or more")]
    CensusEmpty(String),
    /// Two surveys under one id.
    #[error("survey: the id `{0}` stands twice; ids must differ")]
    SurveyTwice(String),
    /// A topic that the plan does not have.
    #[error("survey `{survey}`: `{topic}` is no topic of the plan; allowed: {allowed}")]
    SurveyTopic {
        /// The survey.
        survey: String,
        /// What it names.
        topic: String,
        /// The plan's ids.
        allowed: String,
    },
    /// A place that the plan does not have, or twice.
    #[error(
        "survey `{survey}`: area `{neighborhood}` is no neighbourhood of the plan, or stands twice; \
         allowed, each once: {allowed}"
    )]
    SurveyArea {
        /// The survey.
        survey: String,
        /// What it names.
        neighborhood: String,
        /// The plan's ids.
        allowed: String,
    },
    /// A target in a place or topic that the plan does not have.
    #[error("target: `{found}` is not in the plan; allowed: {allowed}")]
    TargetSubject {
        /// What it names.
        found: String,
        /// The plan's ids, of neighbourhoods or of topics.
        allowed: String,
    },
    /// A target that no share can be compared with.
    #[error(
        "target: found {0}; allowed: a share between 0 and 1, both left out, and 1 release or more"
    )]
    TargetNumber(f64),
    /// Numbers that no survey can find.
    #[error("survey `{survey}`: found {found} as {key}; allowed: {allowed}")]
    SurveyNumber {
        /// The survey.
        survey: String,
        /// Which number.
        key: &'static str,
        /// As written.
        found: f64,
        /// What it can be.
        allowed: &'static str,
    },
}

impl Census {
    /// Residents of the place, or of the whole city; none where the place is unknown.
    pub fn of(&self, neighborhood: Option<&str>) -> Option<u64> {
        match neighborhood {
            Some(id) => self.residents.get(id).copied(),
            None => Some(self.residents.values().sum()),
        }
    }
}

impl Survey {
    /// Share on the positive side with its 95 % interval, of the place or the whole city.
    pub fn share_of(&self, neighborhood: Option<&str>) -> Option<Interval> {
        let (value, error) = self.found_in(neighborhood)?;
        let half = Z_95 * error;
        Some(Interval { value, low: (value - half).max(0.0), high: (value + half).min(1.0) })
    }

    /// Whether it asked about the subject.
    pub fn is_about(&self, subject: &Subject) -> bool {
        self.topic == subject.topic && self.found_in(subject.neighborhood.as_deref()).is_some()
    }

    /// Share and standard error of the place, or of the whole city.
    pub(super) fn found_in(&self, neighborhood: Option<&str>) -> Option<(f64, f64)> {
        let Some(id) = neighborhood else { return Some((self.share, self.standard_error)) };
        let area = self.areas.iter().find(|area| area.neighborhood == id)?;
        Some((area.share, area.standard_error))
    }

    fn check(&self, keys: &KeySet) -> Result<(), PublicError> {
        let survey = || self.id.clone();
        let number = |key, found, allowed| {
            Err(PublicError::SurveyNumber { survey: survey(), key, found, allowed })
        };
        if let Some(topic) = &self.topic
            && !keys.topics.iter().any(|key| key.id == *topic)
        {
            let (topic, allowed) = (topic.clone(), ids(&keys.topics));
            return Err(PublicError::SurveyTopic { survey: survey(), topic, allowed });
        }
        if self.respondents == 0 {
            return number("respondents", 0.0, "1 or more");
        }
        if !(1.0..=100.0).contains(&self.drift) {
            return number("drift", self.drift, "a factor from 1 (none) to 100");
        }
        let whole = (self.share, self.standard_error);
        let areas = self.areas.iter().map(|area| (area.share, area.standard_error));
        for (share, error) in std::iter::once(whole).chain(areas) {
            if !(share > 0.0 && share < 1.0) {
                return number("share", share, "between 0 and 1, both left out");
            }
            if !(error > 0.0 && error < 0.5) {
                return number("standard_error", error, "between 0 and 0.5, both left out");
            }
        }
        for (at, area) in self.areas.iter().enumerate() {
            let known = keys.neighborhoods.iter().any(|key| key.id == area.neighborhood);
            let twice =
                self.areas[..at].iter().any(|other| other.neighborhood == area.neighborhood);
            if !known || twice {
                let neighborhood = area.neighborhood.clone();
                let allowed = ids(&keys.neighborhoods);
                return Err(PublicError::SurveyArea { survey: survey(), neighborhood, allowed });
            }
        }
        Ok(())
    }
}

impl PublicNumbers {
    /// Public numbers of a plan with these lists.
    ///
    /// # Errors
    /// When they name what the plan does not have, leave a neighbourhood out, or no survey can have
    /// found them.
    pub fn new(
        census: Option<Census>,
        mut surveys: Vec<Survey>,
        targets: Vec<Target>,
        keys: &KeySet,
    ) -> Result<Self, PublicError> {
        if let Some(census) = &census {
            check_census(census, keys)?;
        }
        for (at, survey) in surveys.iter().enumerate() {
            if surveys[..at].iter().any(|other| other.id == survey.id) {
                return Err(PublicError::SurveyTwice(survey.id.clone()));
            }
            survey.check(keys)?;
        }
        surveys.sort_by_key(|survey| survey.date);
        targets.iter().try_for_each(|target| check_target(target, keys))?;
        Ok(Self { census, surveys, targets })
    }
}

fn check_census(census: &Census, keys: &KeySet) -> Result<(), PublicError> {
    let known = |id: &str| keys.neighborhoods.iter().any(|key| key.id == id);
    if let Some(unknown) = census.residents.keys().find(|id| !known(id)) {
        let (found, allowed) = (unknown.clone(), ids(&keys.neighborhoods));
        return Err(PublicError::CensusUnknown { found, allowed });
    }
    for key in &keys.neighborhoods {
        match census.residents.get(&key.id) {
            None => return Err(PublicError::CensusMissing(key.id.clone())),
            Some(0) => return Err(PublicError::CensusEmpty(key.id.clone())),
            Some(_) => {}
        }
    }
    Ok(())
}

fn check_target(target: &Target, keys: &KeySet) -> Result<(), PublicError> {
    let Subject { neighborhood, topic } = &target.subject;
    for (id, known) in [(neighborhood, &keys.neighborhoods), (topic, &keys.topics)] {
        if let Some(id) = id
            && !known.iter().any(|key| key.id == *id)
        {
            return Err(PublicError::TargetSubject { found: id.clone(), allowed: ids(known) });
        }
    }
    let (Aim::PositiveMin(share) | Aim::NegativeMax(share)) = target.aim;
    match (share > 0.0 && share < 1.0, target.windows) {
        (false, _) => Err(PublicError::TargetNumber(share)),
        (true, 0) => Err(PublicError::TargetNumber(0.0)),
        (true, _) => Ok(()),
    }
}

/// Ids as a message lists them.
fn ids(keys: &[NamedKey]) -> String {
    keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeySet {
        let key = |id: &str| NamedKey { id: id.into(), name: id.into() };
        KeySet {
            neighborhoods: vec![key("east"), key("west")],
            topics: vec![key("parks"), key("other")],
            districts: Vec::new(),
        }
    }

    fn census(residents: &[(&str, u64)]) -> Census {
        let residents = residents.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect();
        Census { source: "2020".into(), residents }
    }

    fn survey() -> Survey {
        Survey {
            id: "march".into(),
            date: "2026-03-10".parse().unwrap(),
            question: "Are the parks good?".into(),
            topic: Some("parks".into()),
            respondents: 600,
            share: 0.61,
            standard_error: 0.02,
            areas: vec![AreaResult {
                neighborhood: "east".into(),
                share: 0.4,
                standard_error: 0.05,
            }],
            drift: 1.0,
        }
    }

    #[test]
    fn census_must_name_each_neighbourhood_of_the_plan_once_and_no_other() {
        let refused = |residents| {
            PublicNumbers::new(Some(census(residents)), Vec::new(), Vec::new(), &keys())
                .unwrap_err()
        };
        assert_eq!(refused(&[("east", 4)]), PublicError::CensusMissing("west".into()));
        let unknown = &[("east", 4), ("west", 5), ("north", 6)];
        let told = refused(unknown).to_string();
        assert_eq!(told, "census: `north` is no neighbourhood of the plan; allowed: east, west");
        assert_eq!(refused(&[("east", 4), ("west", 0)]), PublicError::CensusEmpty("west".into()));
        let whole =
            PublicNumbers::new(Some(census(&[("east", 4), ("west", 5)])), vec![], vec![], &keys());
        let census = whole.unwrap().census.unwrap();
        assert_eq!((census.of(None), census.of(Some("west"))), (Some(9), Some(5)));
    }

    #[test]
    fn survey_that_no_plan_or_sample_can_have_is_refused_by_its_key() {
        let refused = |change: fn(&mut Survey)| {
            let mut survey = survey();
            change(&mut survey);
            PublicNumbers::new(None, vec![survey], vec![], &keys()).unwrap_err().to_string()
        };
        assert!(
            refused(|s| s.topic = Some("tolls".into()))
                .contains("`tolls` is no topic of the plan; allowed: parks, other")
        );
        assert!(refused(|s| s.share = 61.0).contains("found 61 as share"));
        assert!(refused(|s| s.standard_error = f64::NAN).contains("standard_error"));
        assert!(refused(|s| s.respondents = 0).contains("respondents"));
        assert!(refused(|s| s.drift = 0.8).contains("drift"));
        assert!(refused(|s| s.areas.push(s.areas[0].clone())).contains("area `east` is no"));
        let twice = PublicNumbers::new(None, vec![survey(), survey()], vec![], &keys());
        assert_eq!(twice.unwrap_err(), PublicError::SurveyTwice("march".into()));
    }

    #[test]
    fn surveys_stand_in_the_order_of_their_days_and_tell_what_they_are_about() {
        let early = Survey { id: "jan".into(), date: "2026-01-10".parse().unwrap(), ..survey() };
        let public = PublicNumbers::new(None, vec![survey(), early], vec![], &keys()).unwrap();
        assert_eq!(
            public.surveys.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(),
            ["jan", "march"]
        );
        let parks = |place: Option<&str>| Subject {
            neighborhood: place.map(str::to_owned),
            topic: Some("parks".into()),
        };
        assert!(survey().is_about(&parks(None)) && survey().is_about(&parks(Some("east"))));
        assert!(
            !survey().is_about(&parks(Some("west"))) && !survey().is_about(&Subject::default())
        );
    }
}
