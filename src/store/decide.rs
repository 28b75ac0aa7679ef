//! What one contribution does, decided from the journal's marks and what is known of its comment.
//!
//! Pure but for reads of the state; looks at one comment of one resident and at nothing else.

use std::collections::BTreeMap;

use crate::domain::{
    Contribution, EventKey, Identity, Pseudonym, TOPICS_PER_COMMENT_MAX, Window,
    mutant::{Mutant, active},
};

use super::{
    Applied, StateError, StoreError,
    index::{Origin, View},
    record::Effect,
};

/// What a batch does, comment by comment, and what to tell the caller.
#[derive(Default)]
pub(super) struct Decided {
    /// Effects by the window whose segment they go to.
    pub(super) effects: BTreeMap<Window, Vec<Effect>>,
    /// Residents seen first since the key changed: their former pseudonym and the present one.
    pub(super) links: Vec<(Pseudonym, Pseudonym)>,
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
        if is_applied(view, contribution)? {
            self.applied.push(Applied::Duplicate);
            return Ok(());
        }
        let (identity, known) = known_as(view, contribution)?;
        let (applied, window) = outcome(known, first_open, contribution)?;
        match applied {
            Applied::New | Applied::Replaced | Applied::Removed => {
                self.link(view, &identity, contribution)?;
                let effect = effect_of(identity, contribution);
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

    /// Links a resident who is about to be known under the present key to who they were.
    fn link(
        &mut self,
        view: &mut View<'_>,
        identity: &Identity,
        contribution: &Contribution,
    ) -> Result<(), StateError> {
        let present = contribution.resident;
        if let Some(Identity { resident: former, .. }) = contribution.former
            && identity.resident == present
            && !view.is_linked(&former)?
        {
            view.link(&former, &present);
            self.links.push((former, present));
        }
        Ok(())
    }
}

/// Whether the event was applied, under either key.
fn is_applied(view: &View<'_>, contribution: &Contribution) -> Result<bool, StateError> {
    let former = contribution.former.as_ref().map(|former| view.has_event(&former.event));
    Ok(view.has_event(&contribution.event)? || former.transpose()?.unwrap_or(false))
}

/// The names under which a comment is known, or will be: a comment first known under the former
/// key keeps its resident and origin, so that what is said of it stays in one place.
fn known_as(
    view: &View<'_>,
    contribution: &Contribution,
) -> Result<(Identity, Option<Origin>), StateError> {
    let Contribution { resident, origin, event, former, .. } = *contribution;
    let present = Identity { resident, origin, event };
    if let Some(known) = view.origin(&origin)? {
        return Ok((present, Some(known)));
    }
    let Some(former) = former else { return Ok((present, None)) };
    Ok(match view.origin(&former.origin)? {
        Some(known) => (Identity { event, ..former }, Some(known)),
        None => (present, None),
    })
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

fn effect_of(identity: Identity, contribution: &Contribution) -> Effect {
    let Identity { resident, origin, event } = identity;
    Effect { event, resident, origin, said: contribution.said.clone() }
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
            former: None,
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
