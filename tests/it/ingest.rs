//! Whole ingest runs: what the store holds afterwards depends on the rows alone.

use std::{
    fs::File,
    io::Write,
    num::NonZeroUsize,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use jiff::Timestamp;
use proptest::{prelude::*, test_runner::RngSeed};
use undertone::{
    connectors::{self, Format, Input, SourceSpec},
    domain::{
        Calendar, FixedClock, Labels, NamedKey, Pseudonym, PseudonymKey, Sensitive, Sentiment,
        SourceId, Topic, Window,
    },
    pipeline::{
        AccountRule, AdmitPlan, BadRow, Counts, Fetched, Ingest, IngestError, IngestSummary,
        Labeller, Limits, Listed, MissingPlace, Opened, Places, PlacesSpec, Position, Progress,
        Reading, Rejection, Source, SourceError, Stop, StopSwitch, ingest,
    },
    store::{Said, Store, StoreOptions},
};

/// Four weeks from 2026-01-05 on, in UTC; the neighbourhoods East and West.
fn plan() -> Arc<AdmitPlan> {
    let listed = ["East", "West"].map(|name| Listed {
        key: NamedKey { id: name.to_lowercase(), name: name.into() },
        aliases: vec![],
    });
    let places =
        PlacesSpec { listed: listed.to_vec(), polygons: None, missing: MissingPlace::Reject };
    Arc::new(AdmitPlan {
        key: PseudonymKey::new([7; 32]),
        former: None,
        told_from: Window(0),
        calendar: Calendar::new("2026-01-05".parse().unwrap(), 7, Some(4), "UTC", 1).unwrap(),
        places: Places::load(&places).unwrap(),
        accounts: AccountRule::Required,
    })
}

/// Labels by single words; the number of words is the topic, so that every text counts.
#[derive(Default)]
struct WordLabeller {
    calls: AtomicU64,
}

impl Labeller for WordLabeller {
    fn label(&self, text: &Sensitive<String>) -> Reading {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let words: Vec<_> = text.expose().split_whitespace().collect();
        let sentiment = match words.first().copied() {
            Some("panic") => std::panic::resume_unwind(Box::new(words.join(" "))),
            Some("hidden") => return Reading::withheld(),
            Some("hola") => return Reading { labels: Labels::unread(), withheld: false },
            // Threads finish in another order than they start in.
            Some("slow") => {
                (0..200).for_each(|_| thread::yield_now());
                Sentiment::Neutral
            }
            Some("good") => Sentiment::Positive,
            _ => Sentiment::Negative,
        };
        let topics = vec![Topic(u16::try_from(words.len() % 5).unwrap())];
        Reading { labels: Labels { sentiment, topics }, withheld: false }
    }
}

/// One pipeline over one file, and the store that it fills.
struct City {
    store: Store,
    _dir: tempfile::TempDir,
    labeller: Arc<WordLabeller>,
    now: Timestamp,
    threads: usize,
    limits: Limits,
}

impl City {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = StoreOptions { key_check: plan().key.check_value(), plan_check: None };
        let (store, _) = Store::open(dir.path(), options).unwrap();
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let labeller = Arc::default();
        Self { store, _dir: dir, labeller, now, threads: 2, limits: Limits::default() }
    }

    fn with(threads: usize, rows_max: usize) -> Self {
        let rows_max = NonZeroUsize::new(rows_max).unwrap();
        let limits = Limits {
            queued_rows_max: rows_max,
            in_flight_rows_max: rows_max,
            batch_rows_max: rows_max,
        };
        Self { threads, limits, ..Self::new() }
    }

    fn open(&self, path: &Path) -> Opened {
        let spec = SourceSpec {
            id: SourceId::new("feed").unwrap(),
            input: Input::File(path.into()),
            format: Format::Jsonl,
        };
        let prepared = connectors::prepare(&spec).unwrap();
        prepared.start(&plan().key, "reading", |mark| mark.find_in(&self.store)).unwrap()
    }

    fn run(&mut self, opened: Opened, stop: Stop) -> Result<IngestSummary, IngestError> {
        let settings = Ingest {
            plan: plan(),
            labeller: self.labeller.clone(),
            clock: Arc::new(FixedClock(self.now)),
            threads: NonZeroUsize::new(self.threads).unwrap(),
            progress: &(),
            stop,
            limits: self.limits,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(ingest(opened, &mut self.store, settings))
    }

    fn read(&mut self, path: &Path) -> IngestSummary {
        let opened = self.open(path);
        self.run(opened, Stop::never()).unwrap()
    }

    /// All that the store holds of residents.
    fn said(&self) -> Vec<(Pseudonym, Vec<Said>)> {
        let all = self.store.said(Window(0)..Window(u32::MAX));
        all.map(Result::unwrap).filter(|(_, said)| !said.is_empty()).collect()
    }
}

/// Asks its run to stop after so many rows.
struct StopsAfter {
    source: Box<dyn Source>,
    rows: usize,
    switch: StopSwitch,
}

impl Source for StopsAfter {
    fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
        if self.rows == 0 {
            self.switch.stop();
        }
        self.rows = self.rows.saturating_sub(1);
        self.source.next()
    }
}

fn file(lines: &[String]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    file
}

fn line(account: u8, id: u8, op: &str, revision: u8, day: u8, text: &str) -> String {
    let place = if (account + id).is_multiple_of(2) { "east" } else { "West" };
    format!(
        r#"{{"id":{id},"account":"a{account}","op":"{op}","revised_at":"2026-03-0{}T00:00:00Z","posted_at":"2026-01-{:02}T00:00:00Z","neighborhood":"{place}","text":"{text}"}}"#,
        1 + revision % 9,
        1 + day % 31,
    )
}

/// Rows with an account (so that those of one resident can be told apart), and bad ones.
fn rows() -> impl Strategy<Value = Vec<(u8, String)>> {
    let op = prop_oneof![4 => Just("create"), 2 => Just("edit"), 1 => Just("delete")];
    let word = prop_oneof![Just("good"), Just("bad"), Just("slow"), Just("hidden"), Just("hola")];
    let text = (word, 1..4_usize).prop_map(|(word, times)| [word].repeat(times).join(" "));
    let event = (0..4_u8, 0..4_u8, op, 0..3_u8, 0..31_u8, text).prop_map(
        |(account, id, op, revision, day, text)| {
            (account, line(account, id, op, revision, day, &text))
        },
    );
    let bad = prop_oneof![
        Just("{\"id\":".to_owned()),
        Just("{\"id\":1,\"text\":\"good\",\"posted_at\":\"2026-01-09T00:00:00Z\"}".to_owned()),
        Just(line(9, 1, "create", 0, 7, "good").replace("\"West\"", "\"Atlantis\"")),
        Just(line(9, 1, "create", 0, 7, "good").replace("\"east\"", "\"Atlantis\"")),
        Just("\u{0}".to_owned()),
    ];
    let row = prop_oneof![8 => event, 1 => bad.prop_map(|bad| (99, bad))];
    proptest::collection::vec(row, 1..60)
}

fn texts(rows: &[(u8, String)]) -> Vec<String> {
    rows.iter().map(|(_, text)| text.clone()).collect()
}

/// The same cases in every run.
fn config(cases: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(20_260_105);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn store_is_the_same_for_any_number_of_threads_and_any_batch(rows in rows()) {
        let file = file(&texts(&rows));
        let mut one = City::with(1, 5);
        let summary = one.read(file.path());
        for (threads, rows_max) in [(3, 7), (2, 256)] {
            let mut other = City::with(threads, rows_max);
            prop_assert_eq!(&other.read(file.path()), &summary);
            prop_assert_eq!(other.said(), one.said());
        }
    }

    #[test]
    fn store_is_the_same_when_residents_rows_are_interleaved_otherwise(rows in rows()) {
        let mut sorted = rows.clone();
        sorted.sort_by_key(|(account, _)| std::cmp::Reverse(*account));
        let (mut one, mut other) = (City::new(), City::new());
        one.read(file(&texts(&rows)).path());
        other.read(file(&texts(&sorted)).path());
        prop_assert_eq!(one.said(), other.said());
    }

    #[test]
    fn store_is_the_same_after_stops_and_second_readings(rows in rows(), stop_after in 0..60_usize) {
        let file = file(&texts(&rows));
        let mut whole = City::with(2, 4);
        let expected = whole.read(file.path());
        let mut stopped = City::with(2, 4);
        let mut rows_settled = 0;
        let opened = stopped.open(file.path());
        let (switch, stop) = Stop::new();
        let source = Box::new(StopsAfter { source: opened.source, rows: stop_after, switch });
        let first = stopped.run(Opened { source, ..opened }, stop).unwrap();
        rows_settled += first.rows;
        rows_settled += stopped.read(file.path()).rows;
        prop_assert_eq!(stopped.said(), whole.said());
        prop_assert_eq!(rows_settled, expected.rows);
        prop_assert_eq!(stopped.read(file.path()).rows, 0);
    }
}

#[test]
fn second_reading_under_another_name_labels_nothing_and_counts_nothing() {
    let rows: Vec<_> = (0..200).map(|i| line(i % 7, i, "create", 0, i, "good day")).collect();
    let mut city = City::new();
    let first = city.read(file(&rows).path());
    let (said, calls) = (city.said(), city.labeller.calls.load(Ordering::SeqCst));
    let second = city.read(file(&rows).path());
    assert_eq!((first.new, second.new, second.duplicates), (200, 0, 200));
    assert_eq!(city.said(), said);
    assert_eq!(city.labeller.calls.load(Ordering::SeqCst), calls);
}

#[test]
fn file_that_grew_is_read_from_where_it_ended_and_a_half_line_is_read_again() {
    let whole = line(1, 1, "create", 0, 7, "good");
    let next = line(2, 2, "create", 0, 7, "bad");
    let (half, rest) = next.split_at(40);
    let mut grown = tempfile::NamedTempFile::new().unwrap();
    let mut city = City::new();
    write!(grown, "{whole}\n{half}").unwrap();
    let first = city.read(grown.path());
    assert_eq!((first.new, first.bad_rows[&BadRow::NotJson].rows), (1, 1));
    writeln!(grown, "{rest}").unwrap();
    let second = city.read(grown.path());
    assert_eq!((second.lines_passed, second.rows, second.new), (1, 1, 1));
}

#[test]
fn named_pipe_is_read_as_a_stream_without_a_cursor() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    let (fifo, mode) =
        (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR);
    rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, mode, 0).unwrap();
    let rows: Vec<_> = (0..50).map(|i| line(i % 7, i, "create", 0, i, "good day")).collect();
    let (to, text) = (path.clone(), rows.join("\n"));
    let writer = thread::spawn(move || File::create(to).unwrap().write_all(text.as_bytes()));
    let mut city = City::new();
    let opened = city.open(&path);
    assert!(opened.bookmark.is_none() && opened.bytes.is_none());
    assert_eq!(city.run(opened, Stop::never()).unwrap().new, 50);
    writer.join().unwrap().unwrap();
    let mut from_file = City::new();
    from_file.read(file(&rows).path());
    assert_eq!(city.said(), from_file.said());
}

#[test]
fn row_that_panics_is_withheld_and_the_others_are_what_they_were() {
    let mut rows: Vec<_> = (0..40).map(|i| line(i, i, "create", 0, i, "good day")).collect();
    let mut calm = City::new();
    calm.read(file(&rows).path());
    rows.insert(20, line(99, 1, "create", 0, 7, "panic maria@example.org"));
    let mut city = City::new();
    let summary = city.read(file(&rows).path());
    assert_eq!((summary.new, summary.withheld, summary.label_panics), (41, 1, 1));
    let calm = calm.said();
    let others: Vec<_> = city.said().into_iter().filter(|said| calm.contains(said)).collect();
    assert_eq!(others, calm);
    let json = serde_json::to_string(&summary).unwrap();
    assert!(!json.contains("maria"));
}

#[test]
fn summary_counts_every_row_once_under_its_reason() {
    let rows = [
        line(1, 1, "create", 0, 7, "good"),
        line(1, 1, "create", 0, 7, "good"),
        line(1, 1, "edit", 1, 7, "bad"),
        line(2, 1, "create", 0, 7, "hola"),
        line(3, 1, "create", 0, 7, "hidden"),
        line(3, 1, "delete", 1, 7, ""),
        line(4, 2, "create", 0, 7, "x").replace("\"a4\"", "\" \""),
        line(4, 2, "create", 0, 7, "x").replace("\"east\"", "\"Atlantis\""),
        line(4, 2, "create", 0, 7, "x").replace("2026-01", "2026-04"),
        line(4, 2, "create", 0, 7, "x").replace("2026-01", "2027-99"),
        line(4, 2, "create", 0, 7, &"x".repeat(70_000)),
        "?".into(),
    ];
    let summary = City::new().read(file(&rows).path());
    let expected = (12, 3, 1, 1, 1, 1, 1);
    let IngestSummary { rows, new, replaced, removed, duplicates, unread, withheld, .. } = summary;
    assert_eq!((rows, new, replaced, removed, duplicates, unread, withheld), expected);
    for (reason, line) in [
        (Rejection::NoAccount, 7),
        (Rejection::UnknownNeighborhood, 8),
        (Rejection::OutsideSchedule, 9),
    ] {
        assert_eq!(summary.rejected[&reason].first_lines, [line], "{reason:?}");
    }
    for (reason, line) in [(BadRow::BadDate, 10), (BadRow::TextTooLong, 11), (BadRow::NotJson, 12)]
    {
        assert_eq!(summary.bad_rows[&reason].first_lines, [line], "{reason:?}");
    }
}

#[test]
fn new_rows_that_count_elsewhere_than_their_date_are_told_apart_and_once() {
    let rows = [
        line(1, 1, "create", 0, 7, "good"),
        line(2, 1, "create", 0, 7, "good").replace("2026-01", "1999-01"),
        line(2, 1, "create", 0, 7, "good").replace("2026-01", "1999-01"),
        line(3, 1, "create", 0, 25, "bad"),
        line(4, 1, "create", 0, 7, "bad").replace("2026-01", "2999-01"),
    ];
    let mut city = City::new();
    city.now = "2026-01-20T00:00:00Z".parse().unwrap();
    let summary = city.read(file(&rows).path());
    assert_eq!(summary.new, 4);
    assert_eq!((summary.dated_too_early.rows, summary.dated_after_the_clock.rows), (1, 2));
    assert_eq!(summary.dated_too_early.first_lines, [2]);
    assert_eq!(summary.dated_after_the_clock.first_lines, [4, 5]);
}

#[test]
fn input_that_fails_part_of_the_way_keeps_what_was_read() {
    struct Fails(Box<dyn Source>);
    impl Source for Fails {
        fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
            let error = std::io::ErrorKind::TimedOut.into();
            let (input, line) = ("test".into(), 3);
            self.0
                .next()?
                .map_or(Err(SourceError::Read { input, line, error }), |row| Ok(Some(row)))
        }
    }
    let rows: Vec<_> = (0..3).map(|i| line(i, i, "create", 0, i, "good")).collect();
    let file = file(&rows);
    let mut city = City::new();
    let opened = city.open(file.path());
    let source = Box::new(Fails(opened.source));
    let failed = city.run(Opened { source, ..opened }, Stop::never());
    assert!(matches!(failed, Err(IngestError::Source(SourceError::Read { line: 3, .. }))));
    assert_eq!(city.said().len(), 3);
}

#[test]
fn progress_is_told_of_every_batch_up_to_the_last_byte() {
    #[derive(Default)]
    struct Last(std::sync::Mutex<Counts>);
    impl Progress for Last {
        fn advanced(&self, counts: &Counts) {
            let mut last = self.0.lock().unwrap();
            assert!(counts.rows >= last.rows && counts.bytes >= last.bytes);
            *last = *counts;
        }
    }
    let rows: Vec<_> = (0..50).map(|i| line(i, i, "create", 0, i, "good")).collect();
    let file = file(&rows);
    let mut city = City::with(2, 8);
    let (opened, progress) = (city.open(file.path()), Last::default());
    let bytes = opened.bytes.unwrap();
    let settings = Ingest {
        plan: plan(),
        labeller: city.labeller.clone(),
        clock: Arc::new(FixedClock(city.now)),
        threads: NonZeroUsize::MIN,
        progress: &progress,
        stop: Stop::never(),
        limits: city.limits,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(ingest(opened, &mut city.store, settings)).unwrap();
    let last = *progress.0.lock().unwrap();
    assert_eq!((last.rows, last.new, last.bytes), (50, 50, bytes));
}

#[test]
fn termination_signal_stops_a_run_before_the_end_of_an_endless_input() {
    struct Endless(u64);
    impl Source for Endless {
        fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
            self.0 += 1;
            if self.0 == 500 {
                let me = rustix::process::getpid();
                rustix::process::kill_process(me, rustix::process::Signal::TERM).unwrap();
            }
            let position = Position { offset: self.0, lines: self.0 };
            Ok(Some(Fetched::Bad { reason: BadRow::NotJson, line: self.0, position }))
        }
    }
    let mut city = City::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let settings = |stop| Ingest {
        plan: plan(),
        labeller: Arc::new(WordLabeller::default()),
        clock: Arc::new(FixedClock(city.now)),
        threads: NonZeroUsize::MIN,
        progress: &(),
        stop,
        limits: Limits::default(),
    };
    let source = Box::new(Endless(0));
    let opened = Opened { source, bookmark: None, from: Position::default(), bytes: None };
    let summary = runtime.block_on(async {
        let settings = settings(Stop::at_signal().unwrap());
        ingest(opened, &mut city.store, settings).await.unwrap()
    });
    assert!(summary.stopped && summary.rows > 0);
}
