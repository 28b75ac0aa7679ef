//! The releaser over a real journal and ledger: what it refuses, and whom it hears how often.

use std::{fs, path::Path, sync::Arc};

use tempfile::TempDir;

use super::{
    Archive, Due, ModelFacts, PrivacyUnit, ReleaseError, ReleasePlan, Releaser, Step,
    tally::{Entered, Question},
};
use crate::{
    domain::{
        Calendar, Contribution, EventKey, FixedClock, Identity, Labels, Neighborhood, OriginKey,
        Pseudonym, PseudonymKey, Sentiment, Topic, Window,
    },
    ledger::{AbandonReason, Ledger, ReserveRequest, SigningKey},
    privacy::{Budget, FamilySpec, PrivacyPlan, keys_for_tests, specs_for_tests},
    store::{Batch, Charge, Rotation, Store, StoreOptions},
};

const FIRST: Due = Due { family: 0, window: Window(0) };

/// One family, `pulse`, released every window.
struct House {
    dir: TempDir,
    plan: ReleasePlan,
    model: ModelFacts,
    key: PseudonymKey,
    signer: SigningKey,
    store: Store,
    ledger: Ledger,
}

impl House {
    /// With the noise that the share allows, or with more.
    fn new(sigma_units: Option<u32>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pulse = specs_for_tests().remove(0);
        let spec = FamilySpec { sigma_units, windows_max: 2, share_percent: 100, ..pulse };
        let budget = Budget::new(2.0, 1e-6, 13).unwrap();
        let keys = keys_for_tests();
        let plan = ReleasePlan {
            deployment: None,
            id: "riverton".into(),
            title: "Riverton".into(),
            unit: PrivacyUnit::Resident,
            identity: serde_json::json!({}),
            calendar: Calendar::new("2026-01-05".parse().unwrap(), 7, None, "UTC", 0).unwrap(),
            privacy: PrivacyPlan::new(budget, vec![spec], &keys).unwrap(),
            keys,
        };
        let options = StoreOptions { key_check: "0123456789abcdef".into(), plan_check: None };
        let (store, _) = Store::open_in_memory(dir.path(), options).unwrap();
        let signer = SigningKey::from_bytes(&[5; 32]);
        let clock = Arc::new(FixedClock("2026-06-01T00:00:00Z".parse().unwrap()));
        let origin = "undertone/riverton";
        let (mut ledger, _) = Ledger::open(dir.path(), origin, signer.clone(), clock).unwrap();
        ledger.record_plan(&plan.public()).unwrap();
        let model = ModelFacts { name: "none".into(), ..ModelFacts::default() };
        let key = PseudonymKey::new([7; 32]);
        Self { dir, plan, model, key, signer, store, ledger }
    }

    fn releaser(&mut self) -> Releaser<'_> {
        Releaser {
            plan: &self.plan,
            model: &self.model,
            key: &self.key,
            signer: &self.signer,
            store: &mut self.store,
            ledger: &mut self.ledger,
            archive: Archive::of(self.dir.path()),
        }
    }

    /// Resident 1 says something in each of these windows, which then close.
    fn speak(&mut self, windows: u32) {
        let said = |window: u32| Contribution {
            former: None,
            resident: RESIDENT,
            origin: OriginKey([window as u8; 16]),
            event: EventKey([window as u8; 16]),
            window: Window(window),
            said: Some((Neighborhood(0), labels())),
            replaces: false,
        };
        let contributions = (0..windows).map(said).collect();
        self.store.commit(Batch { contributions, cursor: None }).unwrap();
        self.store.close_through(Window(windows - 1)).unwrap();
    }

    /// A first attempt that a crash cut short behind its reservation; the next start abandoned it.
    fn abandon_first(&mut self) {
        let family = &self.plan.privacy.families()[0];
        let request = ReserveRequest { family, window: Window(0), attempt: 1 };
        let release_id = self.ledger.reserve(request).unwrap().release_id();
        self.ledger.abandon(release_id, 1, AbandonReason::Interrupted).unwrap();
    }

    /// The question of the first window, put to this house.
    fn first_question(&self) -> Question<'_> {
        let family = &self.plan.privacy.families()[0];
        let release_id = self.ledger.release_id(family, Window(0)).unwrap();
        let (plan, key, entered) = (&self.plan, &self.key, Entered::new());
        Question { plan, key, index: 0, window: Window(0), release_id, entered }
    }

    fn files(&self) -> usize {
        fs::read_dir(self.dir.path().join("releases")).map_or(0, Iterator::count)
    }
}

const RESIDENT: Pseudonym = Pseudonym([1; 16]);

fn labels() -> Labels {
    Labels { sentiment: Sentiment::Positive, topics: vec![Topic(0)] }
}

#[test]
fn scrubbed_window_that_is_asked_again_is_refused_and_not_released_as_zeros() {
    let mut house = House::new(None);
    house.speak(1);
    house.abandon_first();
    house.store.scrub(Window(1)).unwrap();
    let refused = house.releaser().release(FIRST);
    assert!(matches!(refused, Err(ReleaseError::Scrubbed(0))), "{refused:?}");
    assert_eq!((house.ledger.reserves().len(), house.files()), (1, 0));
}

#[test]
fn window_scrubbed_between_charge_and_count_is_refused() {
    let mut house = House::new(None);
    house.speak(1);
    let release_id = house.ledger.release_id(&house.plan.privacy.families()[0], Window(0)).unwrap();
    let charge = crate::store::Charge {
        release_id: release_id.bytes(),
        attempt: 1,
        window: Window(0),
        family: 0,
        costs: vec![(RESIDENT, 1)],
    };
    house.store.charge(charge).unwrap();
    house.store.scrub(Window(1)).unwrap();
    let refused = house.releaser().release(FIRST);
    assert!(matches!(refused, Err(ReleaseError::Scrubbed(0))), "{refused:?}");
    assert_eq!(house.files(), 0);
}

#[test]
fn window_that_was_abandoned_and_not_scrubbed_is_released_at_the_second_attempt() {
    let mut house = House::new(None);
    house.speak(1);
    house.abandon_first();
    assert!(matches!(house.releaser().release(FIRST), Ok(Step::Released(_))));
    let entries = crate::ledger::read_entries(house.dir.path()).unwrap();
    let found = Archive::of(house.dir.path()).published(&entries).unwrap();
    assert_eq!(found[0].envelope.document().ledger.attempt, 2);
}

#[test]
fn resident_is_heard_in_w_windows_of_a_period_even_where_the_share_would_pay_for_more() {
    let mut house = House::new(Some(3_000));
    let family = house.plan.privacy.families()[0].clone();
    let cost = family.cost_full_voice();
    assert!(family.share() > cost.times(10), "the share does not pay for more than W voices");
    house.speak(4);
    let charged: Vec<bool> = (0..4)
        .map(|window| {
            house.releaser().release(Due { family: 0, window: Window(window) }).unwrap();
            let id = house.ledger.release_id(&family, Window(window)).unwrap();
            !house.store.charge_of(id.bytes(), 1).unwrap().unwrap().costs.is_empty()
        })
        .collect();
    assert_eq!(charged, [true, true, false, false]);
    let spent: u64 =
        house.store.spent(&RESIDENT).unwrap().iter().map(|spent| spent.cost_micro).sum();
    assert_eq!(spent, cost.times(2).0);
    assert_stated(house.dir.path(), &family.loss_window().composed(2).unwrap());
}

/// Every release says W, and that a period costs W times what one release does.
fn assert_stated(data: &Path, loss_period: &crate::privacy::Rho) {
    let entries = crate::ledger::read_entries(data).unwrap();
    let found = Archive::of(data).published(&entries).unwrap();
    assert_eq!(found.len(), 4);
    for file in found {
        let privacy = &file.envelope.document().privacy;
        assert_eq!(privacy.windows_max, 2);
        let bits = format!("{:016x}", loss_period.to_bits());
        assert_eq!(privacy.family_per_period.rho_bits, bits);
        assert!(privacy.family_per_period.rho < privacy.all_per_period.rho / 5.0);
    }
}

#[test]
fn voice_that_costs_more_than_was_charged_is_not_counted() {
    let mut house = House::new(None);
    house.speak(1);
    let question = house.first_question();
    let paid = question.charge(&house.store, 1).unwrap();
    assert_eq!(question.sums(&house.store, &paid).unwrap().iter().sum::<i64>(), 60);
    let mut short = Charge { costs: paid.costs.clone(), ..paid };
    short.costs[0].1 -= 1;
    assert_eq!(question.sums(&house.store, &short).unwrap().iter().sum::<i64>(), 0);
}

/// A crash between charge and reservation, and a resident who comes back under a replaced key before
/// the next attempt: the cells of the voice are chosen anew, and it can cost more than was charged.
#[test]
fn resident_who_returns_under_a_new_key_is_not_counted_beyond_the_charge() {
    let mut counted = 0;
    for n in 1..30u8 {
        let mut house = House::new(None);
        let spec = FamilySpec { cells_max: 2, ..house.plan.privacy.families()[0].spec().clone() };
        let budget = house.plan.privacy.budget().clone();
        house.plan.privacy = PrivacyPlan::new(budget, vec![spec], &house.plan.keys).unwrap();
        let (former, present) = (Pseudonym([n; 16]), Pseudonym([n + 100; 16]));
        let said = |n: u8, place: u16, window: u32| Contribution {
            former: None,
            resident: former,
            origin: OriginKey([n; 16]),
            event: EventKey([n; 16]),
            window: Window(window),
            said: Some((Neighborhood(place), labels())),
            replaces: false,
        };
        let places = [0, 1].into_iter().chain([2; 20]);
        let contributions = (1..).zip(places).map(|(n, place)| said(n, place, 0)).collect();
        house.store.commit(Batch { contributions, cursor: None }).unwrap();
        let rotation = Rotation {
            former_check: "0123456789abcdef".into(),
            told_from: Window(1),
            until: Window(20),
        };
        house.store.rekey("fedcba9876543210".into(), rotation).unwrap();
        house.key = PseudonymKey::new([8; 32]);
        house.store.close_through(Window(0)).unwrap();
        let charge = house.first_question().charge(&house.store, 1).unwrap();
        house.store.charge(charge.clone()).unwrap();
        let known =
            Identity { resident: former, origin: OriginKey([99; 16]), event: EventKey([99; 16]) };
        let back = Contribution { former: Some(known), resident: present, ..said(100, 0, 1) };
        house.store.commit(Batch { contributions: vec![back], cursor: None }).unwrap();
        let question = house.first_question();
        let kept = house.store.charge_of(question.release_id.bytes(), 1).unwrap().unwrap();
        let sums = question.sums(&house.store, &kept).unwrap();
        let sigma = u64::from(question.family().sigma_units());
        let owed = sums.iter().map(|units| (units * units) as u64).sum::<u64>() * 1_000_000;
        assert!(owed <= kept.costs[0].1 * 2 * sigma * sigma, "resident {n}: {sums:?}");
        counted += u32::from(owed > 0);
    }
    assert!(counted > 0, "nobody was counted: the test shows nothing");
}
