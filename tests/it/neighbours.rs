//! Neighbouring streams through the real admission, store, odometer and tally, without noise: what
//! all records of one resident change, in exact integers.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use proptest::{
    prelude::*,
    test_runner::{RngSeed, TestCaseError, TestCaseResult},
};
use serde_json::json;
use undertone::{
    domain::{
        Action, Calendar, Contribution, District, Grouping, KeySet, Labels, Level, NamedKey, Place,
        Pseudonym, PseudonymKey, RawComment, Sensitive, Sentiment, SourceId, Topic, VOICE_UNITS,
        Window,
    },
    pipeline::{AccountRule, Act, AdmitPlan, Listed, MissingPlace, Places, PlacesSpec, admit},
    privacy::{Budget, Family, FamilySpec, LevelSpec, PrivacyPlan},
    release::{Due, PrivacyUnit, Rehearsal, Rehearsed, ReleaseError, ReleasePlan},
    store::{Batch, Store, StoreOptions},
};

/// Windows of the schedule; the budget holds for any three.
const WINDOWS: u32 = 6;
const PERIOD: u32 = 3;
const WINDOW_DAYS: i64 = 7;

/// Account of the resident who is there or is not.
const CANARY: u8 = 0;
/// Everybody else, by the same ids of comments.
const ACCOUNTS: [&str; 5] = ["canary", "Canary", "canary ", "", "a\u{0}b\u{1F600}"];
const ORIGINS: [&str; 5] =
    ["1", "", "canary/1", "\u{0}\n\"", "ﷺ-0x00000000000000000000000000000001"];
const PLACES: [&str; 8] = ["East", "West", "EAST", " west", "North", "nowhere", "East", "West"];

/// One row of a stream.
#[derive(Clone, Debug)]
pub struct Row {
    account: u8,
    origin: u8,
    kind: u8,
    revision: u8,
    /// Days since the schedule began, by the row's own word.
    day: i16,
    place: u8,
    tone: u8,
    topics: u8,
}

/// One step of a stream; all but rows are public and the same with and without the canary.
#[derive(Clone, Debug)]
pub enum Step {
    /// A row is read.
    Row(Row),
    /// What was read becomes durable.
    Commit,
    /// The clock passes the end of a window, and what is due is released.
    Close,
    /// The store is dropped and opened again.
    Restart,
    /// What no later release needs is destroyed.
    Scrub,
}

fn row() -> impl Strategy<Value = Row> {
    let day = prop_oneof![8 => 0..42_i16, 1 => -400..0_i16, 1 => 42..4_000_i16];
    (0..5_u8, 0..5_u8, 0..5_u8, 0..3_u8, day, 0..8_u8, 0..4_u8, 0..8_u8).prop_map(
        |(account, origin, kind, revision, day, place, tone, topics)| Row {
            account: if account > 3 { CANARY } else { account },
            origin,
            kind,
            revision,
            day,
            place,
            tone,
            topics,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => row().prop_map(Step::Row),
        2 => Just(Step::Commit),
        3 => Just(Step::Close),
        1 => Just(Step::Restart),
        1 => Just(Step::Scrub),
    ]
}

/// A short stream that begins with some rows, so that most streams say something.
pub fn stream() -> impl Strategy<Value = Vec<Step>> {
    let rows = proptest::collection::vec(row().prop_map(Step::Row), 2..12);
    let steps = proptest::collection::vec(step(), 4..32);
    (rows, steps).prop_map(|(rows, steps)| [rows, steps].concat())
}

/// The plan, the way in and the key of a small town.
pub struct Town {
    plan: ReleasePlan,
    admit: AdmitPlan,
    key: PseudonymKey,
    starts: Timestamp,
}

impl Town {
    /// The same town every time.
    pub fn new() -> Self {
        let key = PseudonymKey::new([9; 32]);
        let names = [("east", "East"), ("west", "West"), ("north", "North")];
        let named = |(id, name): (&str, &str)| NamedKey { id: id.into(), name: name.into() };
        let listed = names.map(|n| Listed { key: named(n), aliases: vec![] }).to_vec();
        let places = PlacesSpec { listed, polygons: None, missing: MissingPlace::Reject };
        let calendar =
            Calendar::new("2026-01-05".parse().unwrap(), 7, Some(WINDOWS), "UTC", 0).unwrap();
        let topics = [("parks", "Parks"), ("noise", "Noise"), ("other", "Other")];
        let district = |id: &str, of: &[&str]| District {
            key: named((id, id)),
            neighborhoods: of.iter().map(|id| (*id).to_owned()).collect(),
        };
        let keys = KeySet {
            neighborhoods: names.map(named).to_vec(),
            topics: topics.map(named).to_vec(),
            districts: vec![district("upper", &["east", "north"]), district("lower", &["west"])],
        };
        let privacy = PrivacyPlan::new(Budget::new(2.0, 1e-6, PERIOD).unwrap(), families(), &keys);
        Self {
            plan: ReleasePlan {
                deployment: None,
                id: "town".into(),
                title: "Town".into(),
                unit: PrivacyUnit::Resident,
                identity: json!({}),
                calendar: calendar.clone(),
                keys,
                privacy: privacy.unwrap(),
            },
            admit: AdmitPlan {
                former: None,
                told_from: Window(0),
                key: key.clone(),
                calendar,
                places: Places::load(&places).unwrap(),
                accounts: AccountRule::Required,
            },
            key,
            starts: "2026-01-05T00:00:00Z".parse().unwrap(),
        }
    }

    fn raw(&self, row: &Row) -> RawComment {
        let text = |text: &str| Sensitive::new(text.to_owned());
        let account = ACCOUNTS[usize::from(row.account)];
        RawComment {
            source: SourceId::new("town").unwrap(),
            origin: text(ORIGINS[usize::from(row.origin)]),
            account: Some(text(account)),
            text: text("not read here"),
            place: Place::Named(PLACES[usize::from(row.place)].into()),
            posted_at: self.starts + SignedDuration::from_hours(i64::from(row.day) * 24 + 5),
            revised_at: (row.revision > 0)
                .then(|| self.starts + SignedDuration::from_secs(i64::from(row.revision))),
            action: match row.kind {
                0..=2 => Action::Create,
                3 => Action::Edit,
                _ => Action::Delete,
            },
        }
    }

    fn contribution(&self, row: &Row, first_open: Window) -> Option<Contribution> {
        let days = i64::from(first_open.0) * WINDOW_DAYS + 3;
        let now = self.starts + SignedDuration::from_hours(days * 24);
        let admitted = admit(self.raw(row), &self.admit, first_open, now).ok()?;
        let (said, replaces) = match admitted.act {
            Act::Say { place, replaces, .. } => (Some((place, labels(row))), replaces),
            Act::TakeBack => (None, true),
        };
        Some(Contribution {
            former: None,
            resident: admitted.identity.resident,
            origin: admitted.identity.origin,
            event: admitted.identity.event,
            window: admitted.window,
            said,
            replaces,
        })
    }

    fn canary(&self) -> Pseudonym {
        let row = Row {
            account: CANARY,
            origin: 0,
            kind: 0,
            revision: 0,
            day: 0,
            place: 0,
            tone: 0,
            topics: 0,
        };
        self.key.pseudonym(&self.raw(&row))
    }

    /// Everything that the stream releases, with or without the canary, in order.
    pub fn live(&self, steps: &[Step], with_canary: bool) -> Vec<(Due, Rehearsed)> {
        let mut life = Life::begin(self);
        for step in steps {
            match step {
                Step::Row(row) if row.account == CANARY && !with_canary => {}
                Step::Row(row) => life.read(row),
                Step::Commit => life.commit(),
                Step::Close => life.close(),
                Step::Restart => life.restart(),
                Step::Scrub => life.scrub(),
            }
        }
        while life.closed < WINDOWS {
            life.close();
        }
        life.commit();
        life.recount();
        life.released
    }
}

/// Labels are a function of the row alone.
fn labels(row: &Row) -> Labels {
    let Some(sentiment) = Sentiment::READ.get(usize::from(row.tone)) else {
        return Labels::unread();
    };
    let chosen: Vec<Topic> = (0..3).filter(|t| row.topics >> t & 1 == 1).map(Topic).collect();
    let topics = if chosen.is_empty() { vec![Topic(2)] } else { chosen };
    Labels { sentiment: *sentiment, topics }
}

/// A weekly one on three levels, one with more cells than a voice may have, one over two windows,
/// and a running total.
fn families() -> Vec<FamilySpec> {
    let level = |level, percent| LevelSpec { level, percent };
    let mut pulse = family("pulse", 1, 2, 40, 6);
    pulse.levels =
        vec![level(Level::Neighborhood, 70), level(Level::District, 20), level(Level::City, 10)];
    let mut reach = family("reach", 1, 1, 15, 2);
    reach.to_date_windows = Some(PERIOD);
    vec![pulse, family("topics", 1, 1, 25, 2), family("detail", 2, 1, 20, 3), reach]
}

fn family(id: &str, every: u32, windows_max: u32, percent: u8, cells: u8) -> FamilySpec {
    FamilySpec {
        id: id.into(),
        name: id.into(),
        grouping: Grouping {
            neighborhood: id != "topics",
            topic: id == "topics" || id == "detail",
            sentiment: id != "reach",
        },
        every_windows: every,
        windows_max,
        share_percent: percent,
        cells_max: cells,
        sigma_units: None,
        levels: vec![],
        to_date_windows: None,
        from_window: None,
        until_window: None,
    }
}

/// One stream under way.
struct Life<'a> {
    town: &'a Town,
    folder: tempfile::TempDir,
    store: Option<Store>,
    batch: Batch,
    closed: u32,
    released: Vec<(Due, Rehearsed)>,
}

impl<'a> Life<'a> {
    fn begin(town: &'a Town) -> Self {
        let folder = in_memory_folder();
        let store = Some(open(town, folder.path()));
        Self { town, folder, store, batch: Batch::default(), closed: 0, released: Vec::new() }
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    fn read(&mut self, row: &Row) {
        let contribution = self.town.contribution(row, Window(self.closed));
        self.batch.contributions.extend(contribution);
    }

    fn commit(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.store().commit(batch).unwrap();
    }

    fn close(&mut self) {
        if self.closed == WINDOWS {
            return;
        }
        self.commit();
        let window = Window(self.closed);
        self.store().close_through(window).unwrap();
        self.closed += 1;
        let Town { plan, key, .. } = self.town;
        for (family, _) in
            plan.privacy.families().iter().enumerate().filter(|(_, f)| f.is_due_at(window))
        {
            let due = Due { family, window };
            let rehearsed = Rehearsal { plan, key }.release(self.store(), due).unwrap();
            self.released.push((due, rehearsed));
        }
    }

    fn restart(&mut self) {
        self.commit();
        drop(self.store.take());
        self.store = Some(open(self.town, self.folder.path()));
    }

    /// As the releaser: what the longest span still needs stays.
    fn scrub(&mut self) {
        let closed = self.closed;
        let needed = self.town.plan.privacy.families().iter().map(|f| f.spec().needed_from(closed));
        let needed = needed.min().unwrap();
        self.store().scrub(Window(needed)).unwrap();
        self.store().forget_charges_before(Window(closed.saturating_sub(PERIOD))).unwrap();
    }

    /// What was released stands: nothing that came later changed a closed window.
    fn recount(&self) {
        let Town { plan, key, .. } = self.town;
        for (due, before) in &self.released {
            let store = self.store.as_ref().unwrap();
            match (Rehearsal { plan, key }).recount(store, *due, &before.charge) {
                Ok(counts) => assert_eq!(counts, before.counts, "a closed window changed"),
                Err(ReleaseError::Scrubbed(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn open(town: &Town, folder: &Path) -> Store {
    let options = StoreOptions { key_check: town.key.check_value(), plan_check: None };
    Store::open_in_memory(folder, options).unwrap().0
}

/// Every step is synced; on a file system in memory that costs little.
fn in_memory_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// What a change of one release costs, at the least, after a look at its shape: on each level one
/// voice, times the factor of a running total, over at most k cells, or nothing at all.
fn changed(family: &Family, change: &[i64], charged: bool) -> Result<u128, TestCaseError> {
    let factors: Vec<i64> = (0..PERIOD).map(|age| i64::from(family.factor(age))).collect();
    let (mut from, mut cost, mut added) = (0, 0, Vec::new());
    for layer in family.layers() {
        let level: Vec<i64> =
            change[from..from + layer.cells].iter().copied().filter(|d| *d != 0).collect();
        from += layer.cells;
        let norm: u128 = level.iter().map(|d| u128::from(d.unsigned_abs()).pow(2)).sum();
        prop_assert!(level.iter().all(|d| *d > 0), "the canary took from others: {:?}", level);
        prop_assert!(level.len() <= usize::from(family.spec().cells_max), "{:?}", level);
        prop_assert!(norm <= u128::from(family.sensitivity_units()).pow(2));
        added.push(level.iter().sum::<i64>());
        let variances = 2 * u128::from(layer.sigma_units).pow(2);
        cost += (norm * 1_000_000).div_ceil(variances);
    }
    prop_assert_eq!(from, change.len());
    let whole = |voices: &i64| factors.iter().any(|f| *voices == f * i64::from(VOICE_UNITS));
    let allowed = if charged { added.iter().all(whole) } else { added.iter().all(|a| *a == 0) };
    prop_assert!(allowed && added.windows(2).all(|pair| pair[0] == pair[1]), "{:?}", added);
    Ok(cost)
}

/// The bound, in integers: one stream with all records of the canary, one with none.
pub fn check_neighbours(town: &Town, steps: &[Step]) -> TestCaseResult {
    let (with, without) = (town.live(steps, true), town.live(steps, false));
    prop_assert_eq!(with.len(), without.len(), "the schedule depends on the canary");
    let families = town.plan.privacy.families();
    let canary = town.canary();
    let mut spent: Vec<(Due, u128)> = Vec::new();
    for ((due, x), (_, other)) in with.iter().zip(&without) {
        let charged = x.charge.costs.iter().filter(|(who, _)| *who == canary).count();
        prop_assert!(other.charge.costs.iter().all(|(who, _)| *who != canary));
        let mut others = x.charge.costs.clone();
        others.retain(|(who, _)| *who != canary);
        prop_assert_eq!(&others, &other.charge.costs, "the canary changed whom else is heard");

        let family = &families[due.family];
        let change: Vec<i64> = x.counts.iter().zip(&other.counts).map(|(a, b)| a - b).collect();
        let cost = changed(family, &change, charged > 0)?;
        let paid: u64 =
            x.charge.costs.iter().filter(|(who, _)| *who == canary).map(|(_, cost)| cost).sum();
        prop_assert!(cost <= u128::from(paid), "{} paid for {}", paid, cost);
        spent.push((*due, cost));
    }
    let micro = |micro: undertone::privacy::MicroRho| u128::from(micro.0);
    for start in 0..WINDOWS {
        let in_run = |due: &Due| (start..start + PERIOD).contains(&due.window.0);
        let run: Vec<_> = spent.iter().filter(|(due, _)| in_run(due)).collect();
        let total: u128 = run.iter().map(|(_, cost)| cost).sum();
        prop_assert!(total <= micro(town.plan.privacy.budget().micro), "{} in a period", total);
        for (index, family) in families.iter().enumerate() {
            let own: u128 = run.iter().filter(|(d, _)| d.family == index).map(|(_, c)| c).sum();
            prop_assert!(own <= micro(family.share()), "{} spends {}", family.id(), own);
        }
    }
    Ok(())
}

/// Fixed seeds: the same pairs every time.
pub fn config(cases: u32, seed: u64) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(10_000, 20_260_301))]

    #[test]
    fn neighbouring_streams_differ_by_one_voice_a_release_and_one_budget_a_period(
        steps in stream(),
    ) {
        check_neighbours(&Town::new(), &steps)?;
    }
}

/// The same rows in an order that keeps each resident's own.
fn reordered(steps: &[Step]) -> Vec<Step> {
    let mut found = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let flush = |rows: &mut Vec<Row>, found: &mut Vec<Step>| {
        rows.sort_by_key(|row| std::cmp::Reverse(row.account));
        found.extend(rows.drain(..).map(Step::Row));
    };
    for step in steps {
        match step {
            Step::Row(row) => rows.push(row.clone()),
            Step::Commit => {}
            other => {
                flush(&mut rows, &mut found);
                found.push(other.clone());
            }
        }
    }
    flush(&mut rows, &mut found);
    found
}

/// The same rows with a restart and a commit after each, and nothing destroyed.
fn broken_up(steps: &[Step]) -> Vec<Step> {
    let public = steps.iter().filter(|step| matches!(step, Step::Row(_) | Step::Close));
    public.flat_map(|step| [step.clone(), Step::Commit, Step::Restart]).collect()
}

/// The same rows in as few batches as there are windows.
fn in_one_go(steps: &[Step]) -> Vec<Step> {
    steps.iter().filter(|step| matches!(step, Step::Row(_) | Step::Close)).cloned().collect()
}

proptest! {
    #![proptest_config(config(500, 20_260_302))]

    /// Threads and batches ahead of the store are held by
    /// `store_is_the_same_for_any_number_of_threads_and_any_batch`.
    #[test]
    fn order_batches_and_restarts_do_not_change_what_is_counted(steps in stream()) {
        let town = Town::new();
        let as_read = town.live(&steps, true);
        prop_assert_eq!(&town.live(&reordered(&steps), true), &as_read, "order of rows");
        prop_assert_eq!(&town.live(&in_one_go(&steps), true), &as_read, "size of batches");
        prop_assert_eq!(&town.live(&broken_up(&steps), true), &as_read, "restarts");
    }
}
