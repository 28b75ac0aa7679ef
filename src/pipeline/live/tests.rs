//! Rows of many requests through one keeper, with a labeller that knows one word.

use std::thread::{self, JoinHandle};

use super::*;
use crate::{
    domain::{
        Action, Calendar, FixedClock, NamedKey, Place, PseudonymKey, Sensitive, Sentiment,
        SourceId, Topic,
    },
    pipeline::{AccountRule, Listed, MissingPlace, Places, PlacesSpec, Reading as Read},
    store::{Store, StoreOptions},
};

struct Deaf;

impl Labeller for Deaf {
    fn label(&self, _: &Sensitive<String>) -> Read {
        Read::withheld()
    }
}

fn plan() -> AdmitPlan {
    let key = NamedKey { id: "east".into(), name: "East".into() };
    let listed = vec![Listed { key, aliases: vec![] }];
    let places = PlacesSpec { listed, polygons: None, missing: MissingPlace::Reject };
    AdmitPlan {
        key: PseudonymKey::new([7; 32]),
        former: None,
        told_from: Window(0),
        calendar: Calendar::new("2026-01-05".parse().unwrap(), 7, Some(4), "UTC", 1).unwrap(),
        places: Places::load(&places).unwrap(),
        accounts: AccountRule::Required,
    }
}

fn row(origin: &str, action: Action) -> RawComment {
    RawComment {
        source: SourceId::new("s").unwrap(),
        origin: Sensitive::new(origin.into()),
        account: Some(Sensitive::new("ana".into())),
        text: Sensitive::new("a bus, please".into()),
        place: Place::Named("East".into()),
        posted_at: "2026-01-06T00:00:00Z".parse().unwrap(),
        revised_at: None,
        action,
    }
}

/// An intake over a store in `folder`, and the keeper's thread; the keeper closes window 0 when
/// asked for its round.
fn open(folder: &std::path::Path, rows_max: usize) -> (Arc<Intake>, JoinHandle<Store>) {
    let options = StoreOptions { key_check: "k".into(), plan_check: None };
    let (mut store, _) = Store::open_in_memory(folder, options).unwrap();
    let rows = |rows| NonZeroUsize::new(rows).unwrap();
    let limits = IntakeLimits { waiting_rows_max: rows(rows_max), threads: rows(2) };
    let clock = Arc::new(FixedClock("2026-01-07T00:00:00Z".parse().unwrap()));
    let labeller: Arc<dyn Labeller> = Arc::new(Deaf);
    let (intake, mut inbox) = Intake::start(plan(), clock, &labeller, limits).unwrap();
    let keeper = thread::spawn(move || {
        while let Some(task) = inbox.next_task() {
            match task {
                Task::Rows(rows) => rows.settle(&mut store).unwrap(),
                Task::Turn(done) => {
                    store.close_through(Window(0)).unwrap();
                    done.send(()).unwrap();
                }
            }
        }
        store
    });
    (intake, keeper)
}

fn said(store: &Store) -> Vec<(u32, Sentiment)> {
    let all = store.said(Window(0)..Window(9)).map(|resident| resident.unwrap().1);
    all.flatten().map(|said| (said.window.0, said.labels.sentiment)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_request_are_answered_in_order_and_are_durable() {
    let folder = tempfile::tempdir().unwrap();
    let (intake, keeper) = open(folder.path(), 8);
    let tone = Labels { sentiment: Sentiment::Positive, topics: vec![Topic(0)] };
    let mut nowhere = row("4", Action::Create);
    nowhere.place = Place::Missing;
    let rows = vec![
        Given::Comment(row("1", Action::Create)),
        Given::Comment(nowhere),
        Given::Reaction(row("2", Action::Create), tone),
        Given::Comment(row("1", Action::Create)),
        Given::Comment(row("3", Action::Delete)),
    ];
    let room = intake.room(rows.len()).unwrap();
    let answers = intake.take(rows, room).await.unwrap();
    let expected = [
        Ok(Applied::New),
        Err(Rejection::NoPlace),
        Ok(Applied::New),
        Ok(Applied::Duplicate),
        Ok(Applied::Removed),
    ];
    assert_eq!(answers, expected);
    assert_eq!(intake.counts().withheld, 2);
    let again =
        intake.take(vec![Given::Comment(row("1", Action::Create))], intake.room(1).unwrap());
    assert_eq!(again.await.unwrap(), [Ok(Applied::Duplicate)]);
    assert_eq!(intake.counts().withheld, 2, "a row that is known is not read again");
    drop(intake);
    let mut found = said(&keeper.join().unwrap());
    found.sort_by_key(|(_, sentiment)| *sentiment as u8);
    assert_eq!(found, [(0, Sentiment::Positive), (0, Sentiment::Unread)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_that_comes_after_its_window_closed_counts_in_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (intake, keeper) = open(folder.path(), 8);
    intake.turn().await.unwrap();
    let rows = vec![Given::Comment(row("1", Action::Create))];
    let room = intake.room(1).unwrap();
    assert_eq!(intake.take(rows, room).await.unwrap(), [Ok(Applied::New)]);
    drop(intake);
    assert_eq!(said(&keeper.join().unwrap()), [(1, Sentiment::Unread)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn room_is_bounded_and_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let (intake, keeper) = open(folder.path(), 3);
    let held = intake.room(2).unwrap();
    assert!(intake.room(2).is_none() && intake.room(usize::MAX).is_none());
    drop(held);
    let room = intake.room(3).unwrap();
    intake.take(vec![Given::Comment(row("1", Action::Create))], room).await.unwrap();
    assert_eq!(intake.counts().room_rows, 3);
    drop(intake);
    keeper.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn intake_without_its_keeper_promises_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { key_check: "k".into(), plan_check: None };
    drop(Store::open_in_memory(folder.path(), options).unwrap());
    let rows = NonZeroUsize::new(2).unwrap();
    let limits = IntakeLimits { waiting_rows_max: rows, threads: rows };
    let clock = Arc::new(FixedClock("2026-01-07T00:00:00Z".parse().unwrap()));
    let labeller: Arc<dyn Labeller> = Arc::new(Deaf);
    let (intake, inbox) = Intake::start(plan(), clock, &labeller, limits).unwrap();
    drop(inbox);
    let rows = vec![Given::Comment(row("1", Action::Create))];
    let room = intake.room(1).unwrap();
    assert_eq!(intake.take(rows, room).await, Err(Unavailable));
    assert_eq!(intake.turn().await, Err(Unavailable));
}
