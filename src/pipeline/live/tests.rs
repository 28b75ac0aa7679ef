//! Rows of many requests through one keeper, with a labeller that knows one word.

use std::thread::{self, JoinHandle};

use super::*;
use crate::{
    domain::{
        Action, Calendar, FixedClock, NamedKey, Place, PseudonymKey, Sensitive, Sentiment,
        SourceId, Topic,
    },
    pipeline::{
        AccountRule, BadRow, Bookmark, Fetched, Listed, MissingPlace, Opened, Places, PlacesSpec,
        Position, Reading as Read, Source, SourceError, Stop,
    },
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

/// Rows of a source, each with how far it is read behind it; then it breaks off, or ends.
struct Spoken(std::vec::IntoIter<Fetched>, bool);

impl Source for Spoken {
    fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
        match self.0.next() {
            Some(fetched) => Ok(Some(fetched)),
            None if self.1 => Ok(None),
            None => Err(SourceError::Header { input: "source".into() }),
        }
    }
}

fn opened(rows: Vec<Fetched>, ends: bool) -> Opened {
    let key = PseudonymKey::new([7; 32]);
    let bookmark =
        Bookmark::of_service("https://a.example/", "r", SourceId::new("s").unwrap(), key);
    let source = Box::new(Spoken(rows.into_iter(), ends));
    Opened { source, bookmark: Some(bookmark), from: Position::default(), bytes: None }
}

fn fetched(origin: &str, at: u64) -> Fetched {
    let position = Position { offset: at, lines: at };
    Fetched::Comment { raw: row(origin, Action::Create), line: at, position }
}

fn bad(at: u64) -> Fetched {
    let position = Position { offset: at, lines: at };
    Fetched::Bad { reason: BadRow::MissingText, line: at, position }
}

fn cursor_of(store: &Store) -> Position {
    opened(vec![], true).bookmark.unwrap().find_in(store).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn source_is_read_with_its_cursor_and_what_came_before_it_broke_off_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (intake, keeper) = open(folder.path(), 8);
    let tally = Arc::new(PollTally::default());
    let eight = NonZeroUsize::new(8).unwrap();
    let mut poll = Poll::new(Arc::clone(&intake), eight, Arc::clone(&tally));
    let rows = vec![fetched("1", 1), bad(2), fetched("2", 3), fetched("1", 4), bad(5)];
    let ended = poll.round(opened(rows.clone(), false), &mut Stop::never()).await;
    assert!(matches!(ended, Err(PollError::Source(_))), "{ended:?}");
    let counted = |pairs: &[(&str, u64)]| {
        pairs.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
    };
    assert_eq!(tally.counts().rows, counted(&[("new", 2), ("duplicate", 1), ("missing_text", 2)]));
    assert_eq!(poll.position().offset, 5);
    assert_eq!(intake.counts().room_rows, 8, "room was kept");
    let ended = poll.round(opened(rows, true), &mut Stop::never()).await;
    assert_eq!(ended.unwrap(), RoundEnd::CaughtUp);
    assert_eq!(tally.counts().rows["duplicate"], 4, "read again, counted once");
    drop((poll, intake));
    let store = keeper.join().unwrap();
    assert_eq!((said(&store).len(), cursor_of(&store).offset), (2, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn cursor_moves_with_what_is_kept_and_never_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { key_check: "k".into(), plan_check: None };
    let (mut store, _) = Store::open_in_memory(folder.path(), options).unwrap();
    let rows = NonZeroUsize::new(4).unwrap();
    let limits = IntakeLimits { waiting_rows_max: rows, threads: rows };
    let clock = Arc::new(FixedClock("2026-01-07T00:00:00Z".parse().unwrap()));
    let labeller: Arc<dyn Labeller> = Arc::new(Deaf);
    let (intake, mut inbox) = Intake::start(plan(), clock, &labeller, limits).unwrap();
    let mut poll = Poll::new(Arc::clone(&intake), rows, Arc::default());
    let round = tokio::spawn(async move {
        let rows = vec![fetched("1", 1), fetched("2", 2), fetched("3", 3)];
        let ended = poll.round(opened(rows, true), &mut Stop::never()).await;
        (ended, poll.position())
    });
    // Two rows are settled, then the keeper is gone, as after a failed disk.
    let store = tokio::task::spawn_blocking(move || {
        for kept in 1..=2 {
            for _ in 0..2 {
                match inbox.next_task().unwrap() {
                    Task::Rows(rows) => rows.settle(&mut store).unwrap(),
                    Task::Turn(_) => panic!("nobody asked for a round"),
                }
            }
            assert_eq!((said(&store).len(), cursor_of(&store).offset), (kept, kept as u64));
        }
        drop(inbox);
        store
    });
    let store = store.await.unwrap();
    let (ended, position) = round.await.unwrap();
    assert!(matches!(ended, Err(PollError::Gone(_))), "{ended:?}");
    assert_eq!((position, said(&store).len()), (cursor_of(&store), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn source_that_says_nothing_is_left_when_asked_to_stop() {
    struct Silent(std::sync::mpsc::Receiver<()>);
    impl Source for Silent {
        fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
            let _ = self.0.recv();
            Ok(None)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (intake, keeper) = open(folder.path(), 8);
    let mut poll = Poll::new(Arc::clone(&intake), NonZeroUsize::MIN, Arc::default());
    let (switch, mut stop) = Stop::new();
    let (speak, silence) = std::sync::mpsc::channel();
    let source = Box::new(Silent(silence));
    let opened = Opened { source, ..opened(vec![], true) };
    switch.stop();
    assert_eq!(poll.round(opened, &mut stop).await.unwrap(), RoundEnd::Stopped);
    drop((speak, poll, intake));
    keeper.join().unwrap();
}
