//! Everything that may be said of one subject, put together once: what the command line prints and a
//! page shows.

use serde::Serialize;

use super::{
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
    pub left_out: Vec<String>,
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
            None => said.left_out.push("no release tells the two sides of this subject yet".into()),
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
            return self.left_out.push(
                "participation, tipping point and bounds need [census] in the pipeline file".into(),
            );
        };
        let Some(document) = Participation::newest(documents) else {
            return self.left_out.push("no release counts residents by neighbourhood".into());
        };
        match Participation::of(document, census) {
            Err(error) => self.left_out.push(format!("participation: {error}")),
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
            Some(share) => Message::Voices { about, share },
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
            Err(error) => self.left_out.push(format!("reweighting: {error}")),
            Ok(found) => {
                let about = self.about.clone();
                self.messages.push(Message::Reweighted { about, share: found.share });
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
            Err(error) => self.left_out.push(error.to_string()),
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
                None => self.left_out.push(format!(
                    "target: fewer than {} releases tell the subject with enough voices",
                    target.windows
                )),
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
