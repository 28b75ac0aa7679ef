//! One city that reads one service: its store, its clock and what the service does to it.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use undertone::{
    connectors::{
        self, Format, Input, Kind, LookUp, Policy, Remote, Service, SourceSpec, Surroundings,
    },
    domain::{
        Calendar, FixedClock, Labels, NamedKey, Pseudonym, PseudonymKey, Sensitive, Sentiment,
        SourceId, Topic, Window,
    },
    pipeline::{
        AccountRule, AdmitPlan, Ingest, IngestError, IngestSummary, Labeller, Limits, Listed,
        MissingPlace, Places, PlacesSpec, Reading, Stop, ingest,
    },
    store::{Said, Store, StoreOptions},
};

use super::{
    Twin,
    server::{Answer, Asked, Server},
    world::{PAGE_ROWS, World},
};

/// Changes an answer, by the number of the request in this run and the answer before it.
type Meddle = Box<dyn Fn(usize, Answer, Option<Answer>) -> Answer + Send>;

struct Played {
    world: World,
    meddle: Meddle,
    asked: Vec<Asked>,
    /// The last answer under each path.
    before: HashMap<String, Answer>,
}

pub struct City {
    store: Store,
    _dir: tempfile::TempDir,
    _server: Option<Server>,
    played: Arc<Mutex<Played>>,
    spec: SourceSpec,
    now: Timestamp,
    waits: Arc<Mutex<Vec<u64>>>,
    accounts: AccountRule,
}

/// Says in which tone by the first word.
struct FirstWord;

impl Labeller for FirstWord {
    fn label(&self, text: &Sensitive<String>) -> Reading {
        let positive = text.expose().starts_with("good");
        let sentiment = if positive { Sentiment::Positive } else { Sentiment::Negative };
        Reading { labels: Labels { sentiment, topics: vec![Topic(0)] }, withheld: false }
    }
}

impl City {
    /// A city that reads `twin` for the first time.
    pub fn of(twin: &Arc<dyn Twin>) -> Self {
        let player = Arc::clone(twin);
        let answers = move |asked: &Asked, world: &World| player.answer(asked, world);
        Self::reading(twin.kind(), twin.path(), twin.names_accounts(), answers)
    }

    /// A city that reads what `answer` gives as `kind`.
    pub fn reading(
        kind: Kind,
        path: &str,
        names_accounts: bool,
        answer: impl Fn(&Asked, &World) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let world = World::new();
        let meddle: Meddle = Box::new(|_, answer, _| answer);
        let played = Played { world, meddle, asked: Vec::new(), before: HashMap::new() };
        let played = Arc::new(Mutex::new(played));
        let shared = Arc::clone(&played);
        let server = Server::start(move |asked| {
            let mut played = shared.lock().unwrap();
            let whole = answer(asked, &played.world);
            let n = played.asked.len();
            let before = played.before.insert(asked.path.clone(), whole.clone());
            played.asked.push(asked.clone());
            (played.meddle)(n, whole, before)
        });
        let service = Service {
            url: match &kind {
                Kind::Bluesky(_) => format!("ws://127.0.0.1:{}/{path}", server.port),
                _ => format!("http://127.0.0.1:{}/{path}", server.port),
            }
            .parse()
            .unwrap(),
            policy: Policy { hosts: vec!["127.0.0.1".into()], loopback: true },
            token: None,
            page_rows: Some(PAGE_ROWS),
            starts_at: "2026-01-05T00:00:00Z".parse().unwrap(),
            reread: SignedDuration::from_hours(24 * 14),
            every: Duration::from_secs(300),
            listen: Some(SignedDuration::ZERO),
            zone: TimeZone::UTC,
            accounts: names_accounts,
        };
        let spec = SourceSpec {
            id: SourceId::new("feed").unwrap(),
            input: Input::Service,
            format: Format::Remote(Box::new(Remote { service, kind })),
        };
        Self::with(spec, names_accounts, played, Some(server))
    }

    /// A city that reads a file.
    pub fn reading_file(format: Format, path: &Path, names_accounts: bool) -> Self {
        let meddle: Meddle = Box::new(|_, answer, _| answer);
        let (asked, before) = (Vec::new(), HashMap::new());
        let played = Arc::new(Mutex::new(Played { world: World::new(), meddle, asked, before }));
        let id = SourceId::new("feed").unwrap();
        let spec = SourceSpec { id, input: Input::File(path.into()), format };
        Self::with(spec, names_accounts, played, None)
    }

    fn with(
        spec: SourceSpec,
        names_accounts: bool,
        played: Arc<Mutex<Played>>,
        server: Option<Server>,
    ) -> Self {
        let now = World::new().now;
        let dir = tempfile::tempdir().unwrap();
        let options = StoreOptions { key_check: key().check_value(), plan_check: None };
        let (store, _) = Store::open(dir.path(), options).unwrap();
        let accounts = if names_accounts { AccountRule::Required } else { AccountRule::PerComment };
        let waits = Arc::default();
        Self { store, _dir: dir, _server: server, played, spec, now, waits, accounts }
    }

    /// Changes what the server does from now on; requests are counted from 0 again.
    pub fn meddle(
        &mut self,
        meddle: impl Fn(usize, Answer, Option<Answer>) -> Answer + Send + 'static,
    ) {
        self.played.lock().unwrap().meddle = Box::new(meddle);
    }

    /// What residents write.
    pub fn world(&self) -> WorldGuard<'_> {
        WorldGuard(self.played.lock().unwrap())
    }

    /// What was asked in the last run.
    pub fn asked(&self) -> Vec<Asked> {
        self.played.lock().unwrap().asked.clone()
    }

    /// Seconds that were waited in the last run.
    pub fn waits(&self) -> Vec<u64> {
        self.waits.lock().unwrap().clone()
    }

    /// Lets time pass.
    pub fn pass(&mut self, now: &str) {
        self.now = now.parse().unwrap();
        self.world().now = self.now;
    }

    pub fn close(&mut self, window: Window) {
        self.store.close_through(window).unwrap();
    }

    pub fn service(&mut self) -> &mut Service {
        match &mut self.spec.format {
            Format::Remote(remote) => &mut remote.service,
            _ => panic!("a city of this file reads a service"),
        }
    }

    /// One run, until all is read.
    pub fn run(&mut self) -> Result<IngestSummary, IngestError> {
        self.run_with(Surroundings::of_the_machine().look_up)
    }

    /// The same where names lead elsewhere.
    pub fn run_with(&mut self, look_up: LookUp) -> Result<IngestSummary, IngestError> {
        {
            let mut played = self.played.lock().unwrap();
            (played.asked, played.before) = (Vec::new(), HashMap::new());
        }
        self.waits.lock().unwrap().clear();
        let waits = Arc::clone(&self.waits);
        let clock = Arc::new(FixedClock(self.now));
        let surroundings = Surroundings {
            clock: clock.clone(),
            wait: Arc::new(move |pause: Duration| waits.lock().unwrap().push(pause.as_secs())),
            look_up,
        };
        let prepared = connectors::prepare_in(&self.spec, &surroundings)?;
        let opened = prepared.start(&key(), "reading", |mark| mark.find_in(&self.store))?;
        let settings = Ingest {
            plan: Arc::new(plan(self.accounts)),
            labeller: Arc::new(FirstWord),
            clock,
            threads: NonZeroUsize::MIN,
            progress: &(),
            stop: Stop::never(),
            limits: Limits::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(ingest(opened, &mut self.store, settings))
    }

    /// All that the store holds of residents.
    pub fn said(&self) -> Vec<(Pseudonym, Vec<Said>)> {
        let all = self.store.said(Window(0)..Window(u32::MAX));
        all.map(Result::unwrap).filter(|(_, said)| !said.is_empty()).collect()
    }

    /// How many comments stand.
    pub fn said_count(&self) -> usize {
        self.said().iter().map(|(_, said)| said.len()).sum()
    }
}

pub struct WorldGuard<'a>(MutexGuard<'a, Played>);

impl std::ops::Deref for WorldGuard<'_> {
    type Target = World;
    fn deref(&self) -> &World {
        &self.0.world
    }
}

impl std::ops::DerefMut for WorldGuard<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.0.world
    }
}

fn key() -> PseudonymKey {
    PseudonymKey::new([7; 32])
}

/// Four weeks from 2026-01-05 on, in UTC; comments without a place belong to East.
fn plan(accounts: AccountRule) -> AdmitPlan {
    let listed =
        Listed { key: NamedKey { id: "east".into(), name: "East".into() }, aliases: vec![] };
    let missing = MissingPlace::CountIn("east".into());
    let places = PlacesSpec { listed: vec![listed], polygons: None, missing };
    AdmitPlan {
        key: key(),
        former: None,
        told_from: Window(0),
        calendar: Calendar::new("2026-01-05".parse().unwrap(), 7, Some(4), "UTC", 1).unwrap(),
        places: Places::load(&places).unwrap(),
        accounts,
    }
}
