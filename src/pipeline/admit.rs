//! Admission: from a comment as read to one that has a resident, a window and a place.
//!
//! It looks at one row, public configuration and the clock, and at nothing else; what it refuses
//! is a value with a reason, to be counted.

use jiff::Timestamp;
use serde::Serialize;

use super::{Dated, Places};
use crate::domain::{
    Action, Calendar, Contribution, EventKey, Identity, Labels, Neighborhood, PseudonymKey,
    RawComment, Sensitive, Window,
};

/// What admission goes by: the secret key and the public configuration.
#[derive(Debug)]
pub struct AdmitPlan {
    /// Turns accounts into pseudonyms.
    pub key: PseudonymKey,
    /// The key before it, while both live.
    pub former: Option<PseudonymKey>,
    /// Rows dated before this window may have been counted under a key that is gone.
    pub told_from: Window,
    /// Turns dates into windows.
    pub calendar: Calendar,
    /// Turns places into neighbourhoods.
    pub places: Places,
    /// What a comment without an account is.
    pub accounts: AccountRule,
}

/// What becomes of a comment that no account stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountRule {
    /// It is refused: the release promises privacy to residents.
    Required,
    /// It is a resident of its own: the release promises privacy to comments only, and says so.
    PerComment,
}

/// A comment that counts, before anybody has read it.
#[derive(Debug)]
pub struct Admitted {
    /// Who wrote it, which of their comments it is and which event on it.
    pub identity: Identity,
    /// The same under the key before the present one, while both live.
    pub former: Option<Identity>,
    /// Where it counts when it is new.
    pub window: Window,
    /// How its date stands to that window.
    pub dated: Dated,
    /// Whether it says, replaces or takes back.
    pub act: Act,
}

/// What an admitted row does.
#[derive(Debug)]
pub enum Act {
    /// Says something, or says it anew.
    Say {
        /// Where.
        place: Neighborhood,
        /// What, not yet read.
        text: Sensitive<String>,
        /// Whether it may replace what stands.
        replaces: bool,
    },
    /// Takes the comment back.
    TakeBack,
}

/// Why a comment does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rejection {
    /// No account, in a pipeline that promises privacy to residents.
    NoAccount,
    /// No place, and the pipeline names none for such comments.
    NoPlace,
    /// A place name that is not in the plan.
    UnknownNeighborhood,
    /// A point outside every neighbourhood.
    OutsideNeighborhoods,
    /// Dated after the plan's last window, or no window is open any more.
    OutsideSchedule,
    /// Dated before the pseudonym key was replaced: it cannot be told from a row that was counted
    /// under the key before, which is destroyed.
    BeforeKeyRotation,
}

/// Decides whether and where `raw` counts.
///
/// `first_open` is the oldest window that is not closed; `now` is what the clock says.
///
/// # Errors
/// The reason why it does not count.
///
/// # Privacy
/// A function of this row, public configuration and the clock, so that no resident's row changes
/// what becomes of another's.
pub fn admit(
    raw: RawComment,
    plan: &AdmitPlan,
    first_open: Window,
    now: Timestamp,
) -> Result<Admitted, Rejection> {
    if raw.account.is_none() && plan.accounts == AccountRule::Required {
        return Err(Rejection::NoAccount);
    }
    let window = window_of(raw.posted_at, plan, first_open, now)?;
    let dated = Dated::of(raw.posted_at, now, window, &plan.calendar);
    let identity = plan.key.identity(&raw);
    let former = plan.former.as_ref().map(|key| key.identity(&raw));
    let act = match raw.action {
        Action::Delete => Act::TakeBack,
        Action::Create | Action::Edit => Act::Say {
            place: plan.places.resolve(&raw.place)?,
            text: raw.text,
            replaces: raw.action == Action::Edit,
        },
    };
    Ok(Admitted { identity, former, window, dated, act })
}

/// The window that a date counts in: a future date counts as now, and a date whose window is
/// closed, or that lies before the plan, counts in the oldest open window.
fn window_of(
    posted_at: Timestamp,
    plan: &AdmitPlan,
    first_open: Window,
    now: Timestamp,
) -> Result<Window, Rejection> {
    let calendar = &plan.calendar;
    if calendar.windows().is_some_and(|windows| first_open.0 >= windows) {
        return Err(Rejection::OutsideSchedule);
    }
    let judged = posted_at.min(now);
    let dated = match calendar.is_before_start(judged) {
        true => None,
        false => Some(calendar.window_at(judged).ok_or(Rejection::OutsideSchedule)?),
    };
    if plan.told_from > Window(0) && dated.is_none_or(|window| window < plan.told_from) {
        return Err(Rejection::BeforeKeyRotation);
    }
    Ok(dated.map_or(first_open, |window| window.max(first_open)))
}

/// An admitted comment once its text has been taken out to be read.
#[derive(Debug)]
pub(super) struct Unlabelled {
    identity: Identity,
    former: Option<Identity>,
    window: Window,
    place: Option<Neighborhood>,
    replaces: bool,
}

impl Admitted {
    /// The names under which the event may have been applied before.
    pub(super) fn events(&self) -> impl Iterator<Item = &EventKey> {
        std::iter::once(&self.identity).chain(&self.former).map(|identity| &identity.event)
    }

    /// Parts the text, if there is one, from what will be kept.
    pub(super) fn part(self) -> (Unlabelled, Option<Sensitive<String>>) {
        let Self { identity, former, window, act, .. } = self;
        let (place, replaces, text) = match act {
            Act::Say { place, text, replaces } => (Some(place), replaces, Some(text)),
            Act::TakeBack => (None, true, None),
        };
        (Unlabelled { identity, former, window, place, replaces }, text)
    }
}

impl Unlabelled {
    /// The contribution under `labels`, which a deletion does not have.
    pub(super) fn contribution(self, labels: Option<Labels>) -> Contribution {
        let Self { identity, former, window, place, replaces } = self;
        let Identity { resident, origin, event } = identity;
        let said = place.zip(labels);
        Contribution { resident, origin, event, former, window, said, replaces }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{NamedKey, Place, SourceId},
        pipeline::{Listed, MissingPlace, PlacesSpec},
    };

    /// Four weeks from 2026-01-05 on, in UTC; one neighbourhood, East.
    fn plan() -> AdmitPlan {
        let starts = "2026-01-05".parse().unwrap();
        let key = NamedKey { id: "east".into(), name: "East".into() };
        let listed = vec![Listed { key, aliases: vec![] }];
        let places = PlacesSpec { listed, polygons: None, missing: MissingPlace::Reject };
        AdmitPlan {
            key: PseudonymKey::new([7; 32]),
            former: None,
            told_from: Window(0),
            calendar: Calendar::new(starts, 7, Some(4), "UTC", 1).unwrap(),
            places: Places::load(&places).unwrap(),
            accounts: AccountRule::Required,
        }
    }

    fn raw(posted_at: &str) -> RawComment {
        RawComment {
            source: SourceId::new("s").unwrap(),
            origin: Sensitive::new("1".into()),
            account: Some(Sensitive::new("ana".into())),
            text: Sensitive::new("a bus, please".into()),
            place: Place::Named("East".into()),
            posted_at: posted_at.parse().unwrap(),
            revised_at: None,
            action: Action::Create,
        }
    }

    fn window(posted_at: &str, first_open: u32, now: &str) -> Result<u32, Rejection> {
        let now = now.parse().unwrap();
        admit(raw(posted_at), &plan(), Window(first_open), now).map(|a| a.window.0)
    }

    const LATER: &str = "2026-06-01T00:00:00Z";

    #[test]
    fn date_in_an_open_window_counts_there() {
        assert_eq!(window("2026-01-14T00:00:00Z", 0, LATER), Ok(1));
    }

    #[test]
    fn date_before_the_oldest_open_window_counts_in_it() {
        assert_eq!(window("2026-01-06T00:00:00Z", 2, LATER), Ok(2));
        assert_eq!(window("1999-01-01T00:00:00Z", 2, LATER), Ok(2));
    }

    #[test]
    fn date_in_the_future_counts_as_now() {
        assert_eq!(window("2026-02-20T00:00:00Z", 0, "2026-01-13T00:00:00Z"), Ok(1));
        assert_eq!(window("9998-01-01T00:00:00Z", 0, "2026-01-13T00:00:00Z"), Ok(1));
    }

    #[test]
    fn date_that_counts_elsewhere_than_where_it_lies_is_told_apart() {
        let dated = |posted_at: &str, first_open: u32, now: &str| {
            let now = now.parse().unwrap();
            admit(raw(posted_at), &plan(), Window(first_open), now).unwrap().dated
        };
        assert_eq!(dated("2026-01-14T00:00:00Z", 1, LATER), Dated::There);
        assert_eq!(dated("2026-01-14T00:00:00Z", 2, LATER), Dated::TooEarly);
        assert_eq!(dated("1999-01-01T00:00:00Z", 0, LATER), Dated::TooEarly);
        let now = "2026-01-13T00:00:00Z";
        assert_eq!(dated("2026-01-14T00:00:00Z", 0, now), Dated::AfterTheClock);
        assert_eq!(dated("9998-01-01T00:00:00Z", 0, now), Dated::AfterTheClock);
    }

    #[test]
    fn date_after_the_last_window_is_refused() {
        let refused = Err(Rejection::OutsideSchedule);
        assert_eq!(window("2026-02-20T00:00:00Z", 0, LATER), refused);
        assert_eq!(window("2026-01-14T00:00:00Z", 4, LATER), refused);
    }

    #[test]
    fn date_before_a_key_that_is_gone_is_refused() {
        let told_from = |told_from: u32, posted_at: &str| {
            let plan = AdmitPlan { told_from: Window(told_from), ..plan() };
            admit(raw(posted_at), &plan, Window(0), LATER.parse().unwrap()).map(|a| a.window.0)
        };
        let refused = Err(Rejection::BeforeKeyRotation);
        assert_eq!(told_from(1, "2026-01-12T00:00:00Z"), Ok(1));
        assert_eq!(told_from(2, "2026-01-14T00:00:00Z"), refused);
        assert_eq!(told_from(1, "1999-01-01T00:00:00Z"), refused);
        assert_eq!(told_from(0, "1999-01-01T00:00:00Z"), Ok(0));
    }

    #[test]
    fn row_is_known_under_both_keys_while_both_live() {
        let former = PseudonymKey::new([8; 32]);
        let plan = AdmitPlan { former: Some(former.clone()), ..plan() };
        let row = raw("2026-01-14T00:00:00Z");
        let admitted = admit(row.clone(), &plan, Window(0), LATER.parse().unwrap()).unwrap();
        assert_eq!(admitted.former, Some(former.identity(&row)));
        let events: Vec<_> = admitted.events().copied().collect();
        assert_eq!(events, [plan.key.event(&row), former.event(&row)]);
    }

    #[test]
    fn comment_without_an_account_is_refused_or_stands_for_itself_by_the_rule() {
        let mut plan = plan();
        let mut nobody = raw("2026-01-14T00:00:00Z");
        nobody.account = None;
        let now = LATER.parse().unwrap();
        let refused = admit(nobody.clone(), &plan, Window(0), now).unwrap_err();
        assert_eq!(refused, Rejection::NoAccount);
        plan.accounts = AccountRule::PerComment;
        assert!(admit(nobody, &plan, Window(0), now).is_ok());
    }

    #[test]
    fn deletion_needs_no_place_and_says_nothing() {
        let mut deletion = raw("2026-01-14T00:00:00Z");
        deletion.action = Action::Delete;
        deletion.place = Place::Missing;
        let admitted = admit(deletion, &plan(), Window(0), LATER.parse().unwrap());
        let (unlabelled, text) = admitted.unwrap().part();
        assert!(text.is_none());
        let contribution = unlabelled.contribution(None);
        assert!(contribution.said.is_none() && contribution.replaces);
    }
}
