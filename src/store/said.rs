//! What residents said, one resident at a time.

use std::ops::Range;

use crate::domain::{Pseudonym, Window};

use super::{Said, StateError, Store, StoreError, index};

type Item = Result<(Pseudonym, Said), StateError>;

/// Yields each resident once with all they said, in ascending order of pseudonyms.
struct ByResident<I> {
    comments: I,
    /// The first comment of the next resident, read already.
    ahead: Option<(Pseudonym, Said)>,
    failed: bool,
}

impl Store {
    /// Every resident who has standing comments in `windows`, in an order of pseudonyms, each with
    /// those comments in an order that does not depend on when they came. Whoever wrote under two
    /// pseudonym keys is one resident, under the present one.
    ///
    /// Holds one resident in memory at a time. Comments of scrubbed windows are gone.
    ///
    /// # Errors
    /// Each item may be an error of the derived state; it is then the last one.
    ///
    /// # Privacy
    /// Exact and unbounded: only the bounding of voices may read it.
    pub fn said(
        &self,
        windows: Range<Window>,
    ) -> impl Iterator<Item = Result<(Pseudonym, Vec<Said>), StoreError>> + '_ {
        let (within, rekeyed) = (windows.clone(), self.rotation().is_some());
        let comments = index::said(&*self.state).filter(move |item| {
            item.as_ref().map_or(true, |(_, said)| windows.contains(&said.window))
        });
        let residents = ByResident { comments, ahead: None, failed: false };
        residents.filter_map(move |resident| match resident {
            Ok(resident) if rekeyed => {
                let united = self.united(resident, |said| within.contains(&said.window));
                united.map_err(StoreError::from).transpose()
            }
            resident => Some(resident),
        })
    }
}

impl<I: Iterator<Item = Item>> ByResident<I> {
    fn next_comment(&mut self) -> Result<Option<(Pseudonym, Said)>, StateError> {
        match self.ahead.take() {
            Some(comment) => Ok(Some(comment)),
            None => self.comments.next().transpose(),
        }
    }

    fn next_resident(&mut self) -> Result<Option<(Pseudonym, Vec<Said>)>, StateError> {
        let Some((resident, first)) = self.next_comment()? else { return Ok(None) };
        let mut all = vec![first];
        while let Some((next, said)) = self.next_comment()? {
            if next != resident {
                self.ahead = Some((next, said));
                break;
            }
            all.push(said);
        }
        Ok(Some((resident, all)))
    }
}

impl<I: Iterator<Item = Item>> Iterator for ByResident<I> {
    type Item = Result<(Pseudonym, Vec<Said>), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let resident = self.next_resident();
        self.failed = resident.is_err();
        resident.map_err(StoreError::from).transpose()
    }
}
