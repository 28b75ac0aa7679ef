//! Defects put in on purpose: for each, the checks that must pass without it and fail with it.

use std::{fs, path::PathBuf, sync::Arc};

use proptest::test_runner::TestRunner;
use serde_json::json;
use undertone::{
    audit::{Report, Settings, audit},
    domain::{
        Calendar, FixedClock, Grouping, KeySet, NamedKey, PseudonymKey, Window,
        mutant::{self, Mutant},
    },
    ledger::{Ledger, SigningKey, read_entries},
    privacy::{Budget, FamilySpec, MicroRho, PrivacyPlan},
    release::{
        Archive, Due, ModelFacts, PrivacyUnit, ReleasePlan, Releaser, Step, check_documents,
    },
    store::{Store, StoreOptions},
};

use crate::neighbours::{Town, check_neighbours, config, stream};

/// A check by its name in `docs/PRIVACY.md`.
struct Check {
    name: &'static str,
    /// Whether the check passes.
    passes: fn() -> bool,
}

const MU: Check = Check { name: "audit: mu of the canary", passes: mu_holds };
const SHAPE: Check = Check { name: "audit: shape of the noise", passes: shape_holds };
const PAIRS: Check = Check { name: "audit: independence of the noise", passes: pairs_hold };
const STREAMS: Check = Check { name: "neighbouring streams", passes: streams_hold };
const SCHEMA: Check = Check { name: "every cell is released", passes: every_cell_is_released };
const VERIFY: Check = Check { name: "ledger verify", passes: ledger_verifies };
const TWICE: Check = Check { name: "asked twice, drawn once", passes: asked_twice_stands };

const TABLE: [(Mutant, &[Check]); 9] = [
    (Mutant::HalvedNoise, &[MU, SHAPE]),
    (Mutant::OneCellMore, &[STREAMS]),
    (Mutant::WindowsIgnored, &[MU, STREAMS]),
    (Mutant::NoiseReused, &[MU, PAIRS]),
    (Mutant::EmptyCellsSkipped, &[SCHEMA, VERIFY]),
    (Mutant::RetryRedraws, &[TWICE]),
    (Mutant::LateReopens, &[STREAMS]),
    (Mutant::DuplicatesAcrossResidents, &[STREAMS]),
    (Mutant::SuppressedCounts, &[STREAMS]),
];

/// The statistical checks fail on a correct program once in a million runs, and each finds its
/// mutant far beyond its bound.
#[test]
fn each_mutant_is_caught_by_the_checks_named_for_it() {
    let mut missed = Vec::new();
    for check in [MU, SHAPE, PAIRS, STREAMS, SCHEMA, VERIFY, TWICE] {
        if !mutant::with(None, check.passes) {
            missed.push(format!("`{}` fails without any mutant", check.name));
        }
    }
    for (mutant, checks) in TABLE {
        for check in checks {
            if mutant::with(Some(mutant), check.passes) {
                missed.push(format!("`{}` passes although {}", check.name, mutant.defect()));
            }
        }
    }
    assert!(missed.is_empty(), "\n{}", missed.join("\n"));
}

#[test]
fn table_of_mutants_in_the_documentation_is_the_one_that_is_tested() {
    assert_eq!(TABLE.map(|(mutant, _)| mutant), Mutant::ALL);
    let documented = fs::read_to_string("docs/PRIVACY.md").unwrap();
    for (mutant, checks) in TABLE {
        let names: Vec<_> = checks.iter().map(|check| check.name).collect();
        let row = format!("| {} | {} |", mutant.defect(), names.join("; "));
        assert!(documented.contains(&row), "docs/PRIVACY.md lacks the row\n{row}");
    }
}

/// One family of which a resident fills one window of any four; rho 1.
fn plan() -> ReleasePlan {
    let list = |ids: [&str; 2]| ids.map(|id| NamedKey { id: id.into(), name: id.into() }).to_vec();
    let keys = KeySet {
        neighborhoods: list(["east", "west"]),
        topics: list(["parks", "other"]),
        districts: vec![],
    };
    let family = FamilySpec {
        id: "pulse".into(),
        name: "pulse".into(),
        grouping: Grouping { neighborhood: true, topic: false, sentiment: true },
        every_windows: 1,
        windows_max: 1,
        share_percent: 100,
        cells_max: 6,
        sigma_units: None,
        levels: vec![],
        to_date_windows: None,
        from_window: None,
        until_window: None,
    };
    let budget = Budget::of_rho(MicroRho(1_000_000), 1e-6, 4).unwrap();
    ReleasePlan {
        deployment: None,
        id: "mutants".into(),
        title: "Mutants".into(),
        unit: PrivacyUnit::Resident,
        identity: json!({}),
        calendar: Calendar::new("2026-01-05".parse().unwrap(), 7, None, "UTC", 0).unwrap(),
        privacy: PrivacyPlan::new(budget, vec![family], &keys).unwrap(),
        keys,
    }
}

/// 500 trials a side on one thread, which is the one that the mutant is switched on for.
fn audited() -> Report {
    let folder = tempfile::tempdir_in(memory()).unwrap();
    let settings = Settings {
        trials_per_side: 500,
        sampler_draws: 1_000,
        false_alarm: 1e-6,
        threads: 1,
        folder: folder.path().join("audit"),
        is_over: &|| false,
        progress: &|_| {},
    };
    audit(Some(&plan()), &settings).unwrap()
}

fn mu_holds() -> bool {
    audited().plans[0].filters.iter().all(|filter| filter.mu_lower <= filter.mu_promised)
}

fn shape_holds() -> bool {
    audited().plans[0].shapes.iter().all(|shape| shape.holds)
}

fn pairs_hold() -> bool {
    audited().plans[0].pairs.iter().all(|pairs| pairs.holds)
}

fn streams_hold() -> bool {
    let town = Town::new();
    let mut runner = TestRunner::new(config(400, 20_260_303));
    runner.run(&stream(), |steps| check_neighbours(&town, &steps)).is_ok()
}

fn every_cell_is_released() -> bool {
    let city = City::released();
    let plan = plan();
    let (file, cells) = (city.files().remove(0), plan.privacy.families()[0].schema().len());
    let release = Archive::of(city.folder.path()).release(&file).unwrap();
    release.envelope.document().cells.len() == cells
}

fn ledger_verifies() -> bool {
    let city = City::released();
    let entries = read_entries(city.folder.path()).unwrap();
    // The verifier is another program: it runs without the mutant.
    mutant::with(None, || check_documents(&entries, &Archive::of(city.folder.path())).is_ok())
}

fn asked_twice_stands() -> bool {
    let mut city = City::released();
    let before = city.bytes();
    let again = city.ask();
    matches!(again, Some(Step::Stood)) && city.bytes() == before
}

/// A data folder in which one window was released that nobody spoke in.
struct City {
    folder: tempfile::TempDir,
    plan: ReleasePlan,
    store: Store,
    ledger: Ledger,
}

impl City {
    fn released() -> Self {
        let (folder, plan) = (tempfile::tempdir_in(memory()).unwrap(), plan());
        let options = StoreOptions { key_check: key().check_value(), plan_check: None };
        let (mut store, _) = Store::open_in_memory(folder.path(), options).unwrap();
        let clock = Arc::new(FixedClock("2040-01-01T00:00:00Z".parse().unwrap()));
        let (mut ledger, _) =
            Ledger::open(folder.path(), "undertone/mutants", signer(), clock).unwrap();
        ledger.record_plan(&plan.public()).unwrap();
        store.close_through(Window(0)).unwrap();
        let mut city = Self { folder, plan, store, ledger };
        assert!(matches!(city.ask(), Some(Step::Released(_))));
        city
    }

    fn ask(&mut self) -> Option<Step> {
        let model = ModelFacts { name: "none".into(), ..ModelFacts::default() };
        let mut releaser = Releaser {
            plan: &self.plan,
            model: &model,
            key: &key(),
            signer: &signer(),
            store: &mut self.store,
            ledger: &mut self.ledger,
            archive: Archive::of(self.folder.path()),
        };
        releaser.release(Due { family: 0, window: Window(0) }).ok()
    }

    fn files(&self) -> Vec<String> {
        let folder = Archive::of(self.folder.path()).folder().to_owned();
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    fn bytes(&self) -> Vec<Vec<u8>> {
        let archive = Archive::of(self.folder.path());
        self.files().iter().map(|name| fs::read(archive.folder().join(name)).unwrap()).collect()
    }
}

fn key() -> PseudonymKey {
    PseudonymKey::new([7; 32])
}

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}
