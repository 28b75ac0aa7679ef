//! What one contribution does, decided from the journal's marks and what is known of its comment.
//!
//! Pure but for reads of the state; looks at one comment of one resident and at nothing else.

use std::collections::BTreeMap;

use crate::domain::{
    Contribution, EventKey, TOPICS_PER_COMMENT_MAX, Window,
    mutant::{Mutant, active},
};

use super::{
    Applied, StoreError,
    index::{Origin, View},
    record::Effect,
};

/// What a batch does, comment by comment, and what to tell the caller.
#[derive(Default)]
pub(super) struct Decided {
    /// Effects by the window whose segment they go to.
    pub(super) effects: BTreeMap<Window, Vec<Effect>>,
    /// Events that change nothing but must be known when they come again.
    pub(super) noted: Vec<EventKey>,
    /// One answer per contribution.
    pub(super) applied: Vec<Applied>,
}

impl Decided {
    /// Decides the next contribution, seeing those before it through `view`.
    pub(super) fn push(
        &mut self,
        view: &mut View<'_>,
        first_open: Window,
        contribution: &Contribution,
    ) -> Result<(), StoreError> {
        refuse_long(contribution)?;
        if view.has_event(&contribution.event)? {
            self.applied.push(Applied::Duplicate);
            return Ok(());
        }
        let known = view.origin(&contribution.origin)?;
        let (applied, window) = outcome(known, first_open, contribution)?;
        match applied {
            Applied::New | Applied::Replaced | Applied::Removed => {
                let effect = effect_of(contribution);
                view.apply_effect(window, &effect);
                self.effects.entry(window).or_default().push(effect);
            }
            Applied::Duplicate | Applied::TooLate => {
                view.note(&contribution.event);
                self.noted.push(contribution.event);
            }
        }
        self.applied.push(applied);
        Ok(())
    }
}

/// What happens, and in which window.
fn outcome(
    known: Option<Origin>,
    first_open: Window,
    contribution: &Contribution,
) -> Result<(Applied, Window), StoreError> {
    let creates = contribution.said.is_some() && !contribution.replaces;
    let window = known.map_or(contribution.window, |origin| origin.window);
    let is_open = window >= first_open || active(Mutant::LateReopens);
    let applied = match (known, contribution.said.is_some()) {
        (None, _) if !is_open && creates => {
            return Err(StoreError::WindowClosed { window, first_open });
        }
        (Some(_), _) if creates => Applied::Duplicate,
        _ if !is_open => Applied::TooLate,
        (Some(origin), _) if !origin.stands => Applied::Duplicate,
        (Some(_), true) => Applied::Replaced,
        (None, true) => Applied::New,
        (_, false) => Applied::Removed,
    };
    Ok((applied, window))
}

fn effect_of(contribution: &Contribution) -> Effect {
    Effect {
        event: contribution.event,
        resident: contribution.resident,
        origin: contribution.origin,
        said: contribution.said.clone(),
    }
}

fn refuse_long(contribution: &Contribution) -> Result<(), StoreError> {
    match &contribution.said {
        Some((_, labels)) if labels.topics.len() > TOPICS_PER_COMMENT_MAX => {
            Err(StoreError::TooManyTopics { topics: labels.topics.len() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Labels, Neighborhood, OriginKey, Pseudonym};

    const OPEN: Window = Window(3);

    fn contribution(said: bool, replaces: bool, window: u32) -> Contribution {
        Contribution {
            resident: Pseudonym([1; 16]),
            origin: OriginKey([2; 16]),
            event: EventKey([3; 16]),
            window: Window(window),
            said: said.then(|| (Neighborhood(0), Labels::unread())),
            replaces,
        }
    }

    fn decide(known: Option<(u32, bool)>, said: bool, replaces: bool, window: u32) -> Applied {
        let known = known.map(|(window, stands)| Origin { window: Window(window), stands });
        outcome(known, OPEN, &contribution(said, replaces, window)).unwrap().0
    }

    #[test]
    fn unknown_comment_counts_unless_its_window_is_closed() {
        assert_eq!(decide(None, true, false, 3), Applied::New);
        assert_eq!(decide(None, true, true, 4), Applied::New);
        assert_eq!(decide(None, false, true, 3), Applied::Removed);
        assert_eq!(decide(None, true, true, 2), Applied::TooLate);
        assert_eq!(decide(None, false, true, 2), Applied::TooLate);
        let refused = outcome(None, OPEN, &contribution(true, false, 2));
        assert!(matches!(refused, Err(StoreError::WindowClosed { .. })));
    }

    #[test]
    fn known_comment_is_judged_by_its_own_window() {
        assert_eq!(decide(Some((3, true)), true, true, 9), Applied::Replaced);
        assert_eq!(decide(Some((3, true)), false, true, 9), Applied::Removed);
        assert_eq!(decide(Some((2, true)), true, true, 9), Applied::TooLate);
        assert_eq!(decide(Some((2, true)), false, false, 9), Applied::TooLate);
    }

    #[test]
    fn known_comment_created_again_is_a_duplicate_in_any_window() {
        assert_eq!(decide(Some((3, true)), true, false, 3), Applied::Duplicate);
        assert_eq!(decide(Some((2, true)), true, false, 2), Applied::Duplicate);
        assert_eq!(decide(Some((3, false)), true, false, 3), Applied::Duplicate);
    }

    #[test]
    fn comment_taken_back_stays_so() {
        assert_eq!(decide(Some((3, false)), true, true, 3), Applied::Duplicate);
        assert_eq!(decide(Some((3, false)), false, true, 3), Applied::Duplicate);
    }

    #[test]
    fn effect_goes_to_the_window_the_comment_already_counts_in() {
        let known = Some(Origin { window: Window(3), stands: true });
        let edit = contribution(true, true, 7);
        assert_eq!(outcome(known, OPEN, &edit).unwrap(), (Applied::Replaced, Window(3)));
    }
}
