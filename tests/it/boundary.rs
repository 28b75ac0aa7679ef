//! Where a real number becomes an integer that decides: rounded against us, shown at the boundary.
//! And the library behind it: which of its items are named, and what it is built with.

use std::{collections::BTreeSet, fs, path::Path};

use undertone::{
    domain::{Grouping, KeySet, NamedKey, Window},
    privacy::{Budget, FamilySpec, MicroRho, PrivacyPlan, Rho, Spent, admits},
};

const MICRO: u128 = 1_000_000;

/// Compares a double, exactly, with `micro` millionths.
fn against_micro(value: f64, micro: u64) -> std::cmp::Ordering {
    let bits = value.to_bits();
    let (biased, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    assert!((900..1100).contains(&biased), "{value} is outside the range this test can compare");
    // value = mantissa * 2^-shift, so value * 10^6 : micro is mantissa * 10^6 : micro << shift.
    let (mantissa, shift) = (u128::from(fraction | (1 << 52)), 1075 - biased);
    let left = mantissa * MICRO;
    match u32::try_from(shift) {
        Ok(shift) if u128::from(micro).leading_zeros() >= shift => {
            left.cmp(&(u128::from(micro) << shift))
        }
        Ok(_) if micro > 0 => std::cmp::Ordering::Less,
        Ok(_) => std::cmp::Ordering::Greater,
        Err(_) => (left << (-shift)).cmp(&u128::from(micro)),
    }
}

#[test]
fn budget_of_a_double_is_floored_and_cost_of_a_double_is_ceiled_to_the_last_bit() {
    for k in [1, 2, 7, 999, 24_356, 88_152, 100_000, 311_065, 1_000_000, 7_654_321] {
        let nearest = k as f64 / 1e6;
        for value in [nearest.next_down(), nearest, nearest.next_up()] {
            let rho = Rho::new(value).unwrap();
            let (floor, ceil) = (MicroRho::floor(rho).0, MicroRho::ceil(rho).0);
            assert!(against_micro(value, floor).is_ge(), "{value} budgets more than it has");
            assert!(against_micro(value, floor + 1).is_lt(), "{value} budgets less");
            assert!(against_micro(value, ceil).is_le(), "{value} costs less than it should");
            assert!(ceil == 0 || against_micro(value, ceil - 1).is_gt(), "{value} costs more");
        }
        let (below, above) = (MicroRho(k).rho_below().get(), MicroRho(k).rho_above().get());
        assert!(against_micro(below, k).is_le() && against_micro(below.next_up(), k).is_gt());
        assert!(against_micro(above, k).is_ge() && against_micro(above.next_down(), k).is_lt());
    }
}

#[test]
fn budget_of_epsilon_is_the_last_micro_that_the_library_converts_to_no_more() {
    for epsilon in [0.5, 1.0, 2.0, 3.0, 4.0] {
        let budget = Budget::new(epsilon, 1e-6, 13).unwrap();
        assert!(budget.micro.rho_below() <= budget.rho);
        assert!(budget.rho.epsilon(1e-6).unwrap() <= epsilon);
        let more = MicroRho(budget.micro.0 + 1).rho_below();
        assert!(more.epsilon(1e-6).unwrap() > epsilon, "{epsilon} leaves budget unused");
    }
}

#[test]
fn cost_is_the_least_integer_that_covers_the_exact_quotient() {
    for sigma in [1, 2, 59, 60, 85, 427, 1_024, 65_535, 1 << 20] {
        for norm in [1, 2, 50, 100, 1_200, 1_800, 3_599, 3_600] {
            let cost = u128::from(MicroRho::cost(norm, sigma).0);
            let (owed, variances) = (u128::from(norm) * MICRO, 2 * u128::from(sigma).pow(2));
            assert!(cost * variances >= owed, "norm {norm}, sigma {sigma}");
            assert!((cost - 1) * variances < owed, "norm {norm}, sigma {sigma}");
        }
    }
    assert_eq!(MicroRho::cost(3_600, 0), MicroRho(u64::MAX));
}

#[test]
fn share_is_the_largest_integer_within_its_percent() {
    for budget in [1, 99, 100, 101, 88_152, 88_153, u64::MAX / 100] {
        for percent in [1, 33, 45, 99, 100] {
            let share = u128::from(MicroRho(budget).share(percent).0);
            let exact = u128::from(budget) * u128::from(percent);
            assert!(share * 100 <= exact && (share + 1) * 100 > exact, "{percent} % of {budget}");
        }
    }
}

fn plan(budget: Budget, percent: u8, windows_max: u32, sigma: Option<u32>) -> Option<PrivacyPlan> {
    let named = |id: &str| NamedKey { id: id.into(), name: id.into() };
    let keys = KeySet {
        neighborhoods: vec![named("a"), named("b")],
        topics: vec![named("other")],
        districts: vec![],
    };
    let family = FamilySpec {
        id: "pulse".into(),
        name: "pulse".into(),
        grouping: Grouping { neighborhood: true, topic: false, sentiment: true },
        every_windows: 1,
        windows_max,
        share_percent: percent,
        cells_max: 6,
        sigma_units: sigma,
        levels: vec![],
        to_date_windows: None,
        from_window: None,
        until_window: None,
    };
    PrivacyPlan::new(budget, vec![family], &keys).ok()
}

#[test]
fn noise_of_a_family_is_the_least_that_its_share_pays_for() {
    for (epsilon, percent, windows_max) in
        [(1.0, 45, 4), (2.0, 45, 4), (2.0, 10, 1), (3.0, 100, 13), (4.0, 1, 2)]
    {
        let budget = || Budget::new(epsilon, 1e-6, 13).unwrap();
        let found = plan(budget(), percent, windows_max, None).unwrap();
        let family = &found.families()[0];
        let (sigma, share) = (family.sigma_units(), family.share());
        assert!(family.cost_full_voice().times(windows_max) <= share);
        assert!(family.loss_period() <= share.rho_below());
        assert!(plan(budget(), percent, windows_max, Some(sigma)).is_some());
        assert!(plan(budget(), percent, windows_max, Some(sigma - 1)).is_none(), "{sigma}");
    }
}

#[test]
fn plan_that_costs_its_budget_runs_and_one_that_costs_a_micro_more_is_refused() {
    let cost = MicroRho::cost(3_600, 427).times(4);
    let of = |micro| Budget::of_rho(MicroRho(micro), 1e-6, 13).unwrap();
    assert!(plan(of(cost.0), 100, 4, Some(427)).is_some());
    assert!(plan(of(cost.0 - 1), 100, 4, Some(427)).is_none());
}

#[test]
fn resident_is_admitted_up_to_the_last_micro_and_not_beyond() {
    let cost = MicroRho::cost(3_600, 427);
    let budget = Budget::of_rho(cost.times(4), 1e-6, 13).unwrap();
    let plan = plan(budget, 100, 4, Some(427)).unwrap();
    let history: Vec<Spent> =
        (0..3).map(|window| Spent { window: Window(window), family: 0, cost }).collect();
    assert!(admits(&plan, &history, Window(3), 0, cost));
    assert!(!admits(&plan, &history, Window(3), 0, MicroRho(cost.0 + 1)));
}

/// The files that decide hold no floating point at all, tests aside.
#[test]
fn no_file_that_decides_names_a_double() {
    for file in [
        "src/privacy/odometer.rs",
        "src/privacy/voice.rs",
        "src/release/tally.rs",
        "src/store/decide.rs",
        "src/store/batch.rs",
    ] {
        let source = fs::read_to_string(file).unwrap();
        let deciding = source.split("#[cfg(test)]").next().unwrap();
        assert!(!deciding.contains("f64") && !deciding.contains("f32"), "{file}");
    }
}

/// Everything of OpenDP that this program names. A longer list is a larger trusted surface.
const OPENDP_ITEMS: [&str; 10] = [
    "accuracy::discrete_gaussian_scale_to_accuracy",
    "combinators::CompositionMeasure",
    "combinators::ConcentratedMeasure",
    "core::Measurement",
    "domains::AtomDomain",
    "domains::VectorDomain",
    "error::Error",
    "measurements::make_gaussian",
    "measures::ZeroConcentratedDivergence",
    "metrics::L2Distance",
];

#[test]
fn opendp_items_are_the_short_list_and_stand_in_one_file() {
    let home = Path::new("src/privacy/library.rs");
    let source = fs::read_to_string(home).unwrap();
    let (_, tail) = source.split_once("use opendp::{").unwrap();
    let (block, rest) = tail.split_once("\n};").unwrap();
    assert!(!rest.contains("opendp::"), "a path to OpenDP outside its import");
    assert_eq!(flattened(block), OPENDP_ITEMS.map(str::to_owned).into());
    for path in sources(Path::new("src")) {
        let source = fs::read_to_string(&path).unwrap();
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        let names = code.into_iter().any(|line| line.contains("opendp::"));
        assert!(!names || path == home, "{} names opendp", path.display());
    }
}

#[test]
fn opendp_is_built_with_its_stated_features_and_draws_from_openssl() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let opendp = manifest["dependencies"]["opendp"].as_table().unwrap();
    let features: BTreeSet<&str> =
        opendp["features"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
    assert_eq!(features, ["contrib", "use-openssl"].into());
    assert_eq!(opendp["default-features"].as_bool(), Some(false));
    for section in ["dev-dependencies", "build-dependencies", "target", "patch", "replace"] {
        let named = manifest.get(section).is_some_and(|s| s.to_string().contains("opendp"));
        assert!(!named, "{section} names opendp: features of both would be joined");
    }
    let enables = manifest["features"].to_string();
    assert!(!enables.contains("opendp"), "a feature of this crate changes how opendp is built");

    let lock: toml::Table = fs::read_to_string("Cargo.lock").unwrap().parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let depends = |package: &toml::Value, on: &str| {
        let dependencies = package.get("dependencies").and_then(|d| d.as_array());
        dependencies
            .into_iter()
            .flatten()
            .any(|d| d.as_str().unwrap().split(' ').next() == Some(on))
    };
    let opendp: Vec<_> = packages.iter().filter(|p| p["name"].as_str() == Some("opendp")).collect();
    assert_eq!(opendp.len(), 1, "two versions of opendp");
    assert_eq!(opendp[0]["version"].as_str(), Some("0.16.0"));
    assert!(depends(opendp[0], "openssl"), "opendp does not draw from OpenSSL");
    for absent in ["polars", "pyo3-build-config", "opendp_tooling", "cbindgen", "lazy_static"] {
        assert!(!depends(opendp[0], absent), "opendp is built with {absent}");
    }
    let users: Vec<_> =
        packages.iter().filter(|p| depends(p, "opendp")).map(|p| p["name"].as_str()).collect();
    assert_eq!(users, [Some("undertone")], "another package may switch features of opendp on");
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`, for one level of braces.
fn flattened(block: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in block.split(",\n").map(str::trim).filter(|line| !line.is_empty()) {
        let line = line.trim_end_matches(',');
        match line.split_once("::{") {
            Some((head, group)) => {
                let items = group.trim_end_matches('}').split(',').map(str::trim);
                found.extend(items.filter(|i| !i.is_empty()).map(|i| format!("{head}::{i}")));
            }
            None => drop(found.insert(line.to_owned())),
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found
}
