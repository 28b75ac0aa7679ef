//! Everything that may be said of one subject, put together once: what the command line prints and a
//! page shows.

use serde::Serialize;

use super::{
    LeftOut,
    silent::{
        Anchored, OddsFactor, Participation, PublicNumbers, Reweighted, Score, Sides, Span,
        Subject, TippingPoint, declared_odds, no_assumption, tipping_point,
    },
    words::{About, Message},
};
use crate::{
    domain::NamedKey,
    release::{Document, Interval},
};

/// What the releases and the public numbers let one say of a subject.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    /// Of what, by ids.
    pub subject: Subject,
    /// Of what, by names.
    pub about: About,
    /// The span of the release that the voices are from; none where none tells them.
    pub span: Option<[String; 2]>,
    /// Share of the positive side among the voices; none while they are measuring.
    pub voices: Option<Interval>,
    /// Who took part.
    pub participation: Option<Participation>,
    /// With nothing assumed of the silent.
    pub no_assumption: Option<Span>,
    /// How far they would have to differ.
    pub tipping_point: Option<TippingPoint>,
    /// Within the declared factor.
    pub declared_odds: Option<DeclaredOdds>,
    /// Weighted to the census.
    pub reweighted: Option<Reweighted>,
    /// The newest survey brought to the present.
    pub anchored: Option<Anchored>,
    /// Targets of the subject.
    pub scores: Vec<Score>,
    /// The sentences, in the order to be read.
    pub messages: Vec<Message>,
    /// Why something is not said.
    pub left_out: Vec<LeftOut>,
}

/// Bounds with the factor that they hold for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DeclaredOdds {
    /// The factor.
    pub factor: OddsFactor,
    /// Share of the positive side in the whole place.
    pub span: Span,
}

impl Said {
    /// Puts together what `documents`, the published releases, say of `subject`.
    pub fn of(
        documents: &[&Document],
        public: &PublicNumbers,
        subject: &Subject,
        factor: OddsFactor,
    ) -> Self {
        let newest = subject.newest(documents);
        let mut said = Self {
            subject: subject.clone(),
            about: newest.or(documents.first().copied()).map_or_else(About::default, |document| {
                About {
                    place: name(&document.keys.neighborhoods, subject.neighborhood.as_deref()),
                    topic: name(&document.keys.topics, subject.topic.as_deref()),
                }
            }),
            span: newest.map(|d| [d.window.from.clone(), d.window.until.clone()]),
            voices: None,
            participation: None,
            no_assumption: None,
            tipping_point: None,
            declared_odds: None,
            reweighted: None,
            anchored: None,
            scores: Vec::new(),
            messages: Vec::new(),
            left_out: Vec::new(),
        };
        said.who_spoke(documents, public);
        match newest {
            None => said.left_out.push(LeftOut::NoSides),
            Some(document) => {
                said.what_they_said(document);
                said.what_the_silent_could_change(document, public, factor);
                said.reweigh(documents, public);
            }
        }
        said.what_surveys_say(documents, public);
        said.what_targets_say(documents, public);
        said
    }

    fn who_spoke(&mut self, documents: &[&Document], public: &PublicNumbers) {
        let Some(census) = &public.census else {
            return self.left_out.push(LeftOut::NoCensus);
        };
        let Some(document) = Participation::newest(documents) else {
            return self.left_out.push(LeftOut::NoReach);
        };
        match Participation::of(document, census) {
            Err(error) => self.left_out.push(LeftOut::Participation(error)),
            Ok(found) => {
                let place = match &self.subject.neighborhood {
                    None => Some(&found.city),
                    id => found.places.iter().find(|place| place.neighborhood == *id),
                };
                if let Some(place) = place {
                    let (from, until) = (found.from.clone(), found.until.clone());
                    self.messages.push(Message::Heard { place: place.clone(), from, until });
                }
                if self.subject.neighborhood.is_none() {
                    self.messages.extend(found.extremes.clone().map(Message::Extremes));
                }
                self.participation = Some(found);
            }
        }
    }

    fn what_they_said(&mut self, document: &Document) {
        let about = self.about.clone();
        self.voices = Sides::of(document, &self.subject).and_then(|sides| sides.share());
        self.messages.push(match self.voices {
            Some(share) => {
                let (from, until) = (document.window.from.clone(), document.window.until.clone());
                Message::Voices { about, share, from, until }
            }
            None => Message::Measuring { about },
        });
        self.messages.push(Message::OneVoice);
    }

    fn what_the_silent_could_change(
        &mut self,
        document: &Document,
        public: &PublicNumbers,
        factor: OddsFactor,
    ) {
        let census = public.census.as_ref();
        let residents = census.and_then(|c| c.of(self.subject.neighborhood.as_deref()));
        let sides = Sides::of(document, &self.subject);
        let (Some(residents), Some(sides), Some(_)) = (residents, sides, self.voices) else {
            return;
        };
        let about = || self.about.clone();
        let span = no_assumption(&sides, residents);
        let mut messages = vec![Message::NoAssumption { about: about(), span }];
        self.no_assumption = Some(span);
        self.tipping_point = tipping_point(&sides, residents);
        messages.extend(self.tipping_point.map(|point| Message::Tipping { about: about(), point }));
        let bounds = declared_odds(&sides, residents, factor);
        self.declared_odds = bounds.map(|span| DeclaredOdds { factor, span });
        messages.extend(bounds.map(|span| Message::Odds { about: about(), factor, span }));
        self.messages.extend(messages);
    }

    /// From the newest release that tells the subject by neighbourhood.
    fn reweigh(&mut self, documents: &[&Document], public: &PublicNumbers) {
        let (Some(census), None) = (&public.census, &self.subject.neighborhood) else { return };
        let topic = self.subject.topic.as_deref();
        let by_place = documents.iter().copied().filter(|document| {
            let by = document.family.grouping;
            by.sentiment && by.neighborhood && by.topic == topic.is_some()
        });
        let Some(document) = by_place.max_by_key(|document| document.window.last) else { return };
        match Reweighted::of(document, topic, census) {
            Err(error) => self.left_out.push(LeftOut::Reweighting(error)),
            Ok(found) => {
                self.messages.push(Message::Reweighted {
                    about: self.about.clone(),
                    before: found.before,
                    share: found.share,
                    from: document.window.from.clone(),
                    until: document.window.until.clone(),
                });
                self.reweighted = Some(found);
            }
        }
    }

    fn what_surveys_say(&mut self, documents: &[&Document], public: &PublicNumbers) {
        let about_it = public.surveys.iter().rev().find(|survey| survey.is_about(&self.subject));
        let Some(survey) = about_it else { return };
        let about = self.about.clone();
        let Some(share) = survey.share_of(self.subject.neighborhood.as_deref()) else { return };
        let (date, respondents) = (survey.date, survey.respondents);
        self.messages.push(Message::Survey { about: about.clone(), date, respondents, share });
        match Anchored::of(survey, &self.subject, documents) {
            Err(error) => self.left_out.push(LeftOut::Survey(error)),
            Ok(found) => {
                self.messages.push(Message::Anchored {
                    about,
                    moved: found.moved,
                    share: found.share,
                    from: found.from.clone(),
                    until: found.until.clone(),
                    drift: found.drift,
                });
                self.anchored = Some(found);
            }
        }
    }

    fn what_targets_say(&mut self, documents: &[&Document], public: &PublicNumbers) {
        for target in public.targets.iter().filter(|target| target.subject == self.subject) {
            match target.score(documents) {
                None => self.left_out.push(LeftOut::Target { windows: target.windows }),
                Some(found) => {
                    let (about, windows) = (self.about.clone(), found.windows);
                    self.messages.push(Message::Score { about, score: found.score, windows });
                    self.scores.push(found);
                }
            }
        }
    }
}

fn name(keys: &[NamedKey], id: Option<&str>) -> Option<String> {
    let id = id?;
    Some(keys.iter().find(|key| key.id == id).map_or_else(|| id.to_owned(), |k| k.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::{
        known::{keys, release, sides},
        silent::{Aim, Census, NotAnchored, Survey, Target},
    };

    fn public() -> PublicNumbers {
        let residents = [("east", 4000), ("west", 16_000)].map(|(id, n)| (id.to_owned(), n));
        let census = Census { source: "2020".into(), residents: residents.into() };
        let survey = Survey {
            id: "january".into(),
            date: "2026-01-08".parse().unwrap(),
            question: "For or against the tolls?".into(),
            topic: Some("tolls".into()),
            respondents: 600,
            share: 0.4,
            standard_error: 0.02,
            areas: Vec::new(),
            drift: 1.25,
        };
        let target = Target {
            subject: subject(None, Some("tolls")),
            aim: Aim::PositiveMin(0.6),
            windows: 2,
        };
        PublicNumbers::new(Some(census), vec![survey], vec![target], &keys()).unwrap()
    }

    fn subject(neighborhood: Option<&str>, topic: Option<&str>) -> Subject {
        Subject { neighborhood: neighborhood.map(str::to_owned), topic: topic.map(str::to_owned) }
    }

    fn topics(week: u32, tolls: (f64, f64)) -> Document {
        release("ts", week, move |_, topic, tone| match topic {
            Some("tolls") => sides(tolls.0, tolls.1)(tone),
            _ => sides(200.0, 100.0)(tone),
        })
    }

    fn factor() -> OddsFactor {
        OddsFactor::new(2.0).unwrap()
    }

    #[test]
    fn everything_is_said_of_a_topic_with_census_survey_and_target() {
        let reach =
            release("n", 1, |place, _, _| if place == Some("east") { 400.0 } else { 800.0 });
        let (then, now) = (topics(0, (500.0, 500.0)), topics(1, (600.0, 400.0)));
        let said =
            Said::of(&[&reach, &then, &now], &public(), &subject(None, Some("tolls")), factor());
        assert!((said.voices.unwrap().value - 0.6).abs() < 1e-12, "the newest");
        let participation = said.participation.as_ref().unwrap();
        assert!((participation.city.rate.value - 0.06).abs() < 1e-12);
        assert_eq!(participation.extremes.as_ref().unwrap().highest, "East");
        let odds = said.declared_odds.unwrap();
        assert!(odds.span.low < 0.6 && odds.span.high > 0.6 && odds.factor == factor());
        assert!(matches!(said.tipping_point, Some(TippingPoint::Turns { .. })));
        let anchored = said.anchored.as_ref().unwrap();
        assert!((anchored.share.value - 0.5).abs() < 1e-9, "odds 2/3 times 3/2");
        assert_eq!(said.scores.len(), 1);
        let spoken: Vec<String> = said
            .messages
            .iter()
            .map(|message| {
                serde_json::to_value(message).unwrap()["says"].as_str().unwrap().to_owned()
            })
            .collect();
        let expected = [
            "heard",
            "extremes",
            "voices",
            "one_voice",
            "no_assumption",
            "tipping",
            "odds",
            "survey",
            "anchored",
            "score",
        ];
        assert_eq!(spoken, expected);
        assert!(said.left_out.is_empty(), "{:?}", said.left_out);
    }

    #[test]
    fn without_public_numbers_the_voices_are_said_and_what_is_missing_is_named() {
        let document = topics(0, (600.0, 400.0));
        let subject = subject(None, Some("tolls"));
        let said = Said::of(&[&document], &PublicNumbers::default(), &subject, factor());
        assert!(said.voices.is_some() && said.declared_odds.is_none());
        assert!(said.left_out.contains(&LeftOut::NoCensus));
    }

    #[test]
    fn few_voices_are_measuring_and_no_bound_is_made_of_them() {
        let document = topics(0, (6.0, 4.0));
        let said = Said::of(&[&document], &public(), &subject(None, Some("tolls")), factor());
        assert!(said.voices.is_none() && said.no_assumption.is_none());
        assert!(said.messages.iter().any(|message| matches!(message, Message::Measuring { .. })));
    }

    #[test]
    fn place_is_said_of_itself_and_the_city_is_reweighted() {
        let moods = release("ns", 0, |place, _, tone| match place {
            Some("east") => sides(500.0, 100.0)(tone),
            _ => sides(100.0, 200.0)(tone),
        });
        let east = Said::of(&[&moods], &public(), &subject(Some("east"), None), factor());
        assert!((east.voices.unwrap().value - 5.0 / 6.0).abs() < 1e-12);
        assert_eq!(east.about.place.as_deref(), Some("East"));
        let heard = east.participation.unwrap().places[0].heard.value;
        assert!((heard - 615.0).abs() < 1e-9, "neutral and unread voices took part too: {heard}");
        let city = Said::of(&[&moods], &public(), &subject(None, None), factor());
        let got = city.reweighted.unwrap();
        let expected = 0.2 * 5.0 / 6.0 + 0.8 / 3.0;
        assert!((got.share.value - expected).abs() < 1e-9 && got.before.value > 0.6);
    }

    #[test]
    fn survey_whose_day_no_release_covers_stands_alone_and_says_why() {
        let late = topics(3, (600.0, 400.0));
        let said = Said::of(&[&late], &public(), &subject(None, Some("tolls")), factor());
        assert!(said.anchored.is_none());
        assert_eq!(
            said.left_out,
            [
                LeftOut::NoReach,
                LeftOut::Survey(NotAnchored::NoReleaseThen("january".into())),
                LeftOut::Target { windows: 2 }
            ]
        );
        assert!(said.messages.iter().any(|message| matches!(message, Message::Survey { .. })));
    }

    #[test]
    fn newest_release_that_groups_by_the_least_tells_a_topic() {
        let detail = release("nts", 5, |_, _, tone| sides(50.0, 50.0)(tone));
        let (old, new) = (topics(1, (5.0, 5.0)), topics(2, (6.0, 4.0)));
        let tolls = subject(None, Some("tolls"));
        let found = tolls.newest(&[&detail, &old, &new]).unwrap();
        assert_eq!(found.release_id, "ts-2");
        let in_east = subject(Some("east"), Some("tolls"));
        assert_eq!(in_east.newest(&[&detail, &new]).unwrap().release_id, "nts-5");
        assert!(in_east.newest(&[&new]).is_none());
    }
}
