//! Rules about the source itself, checked as a test.
//!
//! Keeps the modules of `src/` acyclic, each large dependency behind one module, sensitive values
//! closed outside two floors, and files short enough to read in a sitting.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Ground first. A module may name itself and the modules listed beside it, each of which stands
/// above it in this table; so the graph cannot have a cycle.
///
/// Two wings: `text` and `model` see what residents wrote, `privacy` to `estimate` never do. They
/// meet in `pipeline` only; `config` names the model to build it, never to feed it, and `server` hands
/// requests to `pipeline` without naming either.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("text", &["domain"]),
    ("model", &["domain", "text"]),
    ("privacy", &["domain"]),
    ("log", &["domain"]),
    ("ledger", &["domain", "privacy", "log"]),
    ("store", &["domain", "privacy", "log"]),
    ("release", &["domain", "privacy", "log", "ledger", "store"]),
    ("estimate", &["domain", "privacy", "release"]),
    (
        "pipeline",
        &["domain", "text", "model", "privacy", "log", "ledger", "store", "release", "estimate"],
    ),
    ("audit", &["domain", "privacy", "ledger", "store", "release"]),
    ("dashboard", &["domain", "privacy", "ledger", "release", "estimate"]),
    ("connectors", &["domain", "pipeline"]),
    (
        "config",
        &[
            "domain",
            "text",
            "model",
            "privacy",
            "log",
            "ledger",
            "store",
            "release",
            "estimate",
            "pipeline",
            "dashboard",
            "connectors",
        ],
    ),
    (
        "server",
        &[
            "domain",
            "privacy",
            "log",
            "ledger",
            "store",
            "release",
            "estimate",
            "pipeline",
            "dashboard",
            "connectors",
            "config",
        ],
    ),
    (
        "cli",
        &[
            "domain",
            "text",
            "model",
            "privacy",
            "log",
            "ledger",
            "store",
            "release",
            "estimate",
            "pipeline",
            "audit",
            "dashboard",
            "connectors",
            "config",
            "server",
        ],
    ),
    // Built for tests alone.
    ("fuzz", &["domain", "text", "connectors", "server"]),
];

/// The one module that may name a third-party crate.
const HOMES: &[(&str, &str)] = &[
    ("candle_core", "model"),
    ("candle_nn", "model"),
    ("candle_transformers", "model"),
    ("rust_bert", "model"),
    ("tch", "model"),
    ("tokenizers", "model"),
    ("phonenumber", "text"),
    ("whichlang", "text"),
    ("opendp", "privacy"),
    ("sled", "store"),
    ("geo", "pipeline"),
    ("feed_rs", "connectors"),
    ("quick_xml", "connectors"),
    ("rustls", "connectors"),
    ("tungstenite", "connectors"),
    ("ureq", "connectors"),
    ("webpki_roots", "connectors"),
    ("rstar", "pipeline"),
    ("axum", "server"),
    ("hyper", "server"),
    ("hyper_util", "server"),
    ("tower_http", "server"),
    ("utoipa", "server"),
    ("flate2", "server"),
    ("clap", "cli"),
    ("maud", "dashboard"),
    ("indicatif", "cli"),
    ("anyhow", "cli"),
];

const LINES_MAX: usize = 600;

#[test]
fn modules_name_only_modules_below_them() {
    for (i, (_, below)) in MAY_NAME.iter().enumerate() {
        for name in *below {
            assert!(MAY_NAME[..i].iter().any(|(m, _)| m == name), "{name} is not below");
        }
    }
    let mut errors = Vec::new();
    for (path, here, source) in modules() {
        let Some((_, below)) = MAY_NAME.iter().find(|(m, _)| *m == here) else {
            errors.push(format!("{}: `{here}` is not in MAY_NAME", path.display()));
            continue;
        };
        for name in crate_paths(&source) {
            let known = MAY_NAME.iter().any(|(m, _)| *m == name);
            if known && name != here && !below.contains(&name.as_str()) {
                errors.push(format!("{}: `{here}` may not name `{name}`", path.display()));
            }
        }
    }
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

#[test]
fn each_third_party_crate_has_one_home() {
    let mut errors = Vec::new();
    for_each_line(|here, path, n, line| {
        for (dep, home) in HOMES {
            let named = line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            if named.into_iter().any(|word| word.starts_with(&format!("{dep}::"))) && here != *home
            {
                errors.push(format!("{}:{n}: `{dep}` belongs to `{home}`", path.display()));
            }
        }
    });
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

#[test]
fn only_redaction_and_keyed_hashes_expose_sensitive_text() {
    let mut errors = Vec::new();
    for_each_line(|here, path, n, line| {
        if line.contains(".expose()") && here != "text" && here != "domain" {
            errors.push(format!("{}:{n}", path.display()));
        }
    });
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

/// One door to the network: no connector opens a connection or looks a name up by itself.
#[test]
fn only_outbound_reaches_the_network() {
    const REACHES: [&str; 5] =
        ["TcpStream", "ToSocketAddrs", "ureq::", "tungstenite::", "rustls::"];
    let mut errors = Vec::new();
    for_each_line(|here, path, n, line| {
        let reaches = REACHES.iter().any(|word| line.contains(word));
        if reaches && here == "connectors" && !path.starts_with("src/connectors/outbound") {
            errors.push(format!("{}:{n}", path.display()));
        }
    });
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

#[test]
fn exact_counts_are_made_in_one_place() {
    let mut makers = Vec::new();
    for_each_line(|here, path, n, line| {
        if line.contains("ExactCounts::new(") && here != "privacy" {
            makers.push(format!("{}:{n}", path.display()));
        }
    });
    assert_eq!(makers.len(), 1, "\n{}", makers.join("\n"));
    assert!(makers[0].starts_with("src/release/tally.rs"), "{}", makers[0]);
}

#[test]
fn doors_for_tests_are_shut_without_their_feature() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let default = manifest.lines().find(|line| line.starts_with("default =")).unwrap();
    assert_eq!(default, r#"default = ["pipeline"]"#);
    let floor = fs::read_to_string("src/release/mod.rs").unwrap();
    let gated = "#[cfg(all(feature = \"pipeline\", feature = \"mutants\"))]\n";
    for item in ["mod rehearsal;", "pub use rehearsal::"] {
        assert!(floor.contains(&format!("{gated}{item}")), "`{item}` is open to all");
    }
    let switch = fs::read_to_string("src/domain/mutant.rs").unwrap();
    assert!(
        switch.contains("#[cfg(feature = \"mutants\")]\nmod switch"),
        "mutants are open to all"
    );
}

#[test]
fn ambient_time_and_randomness_are_allowed_only_where_named() {
    const ALLOWED: &[&str] = &[
        "src/domain/clock.rs",
        "src/domain/crash.rs",
        "src/cli/keys.rs",
        "src/fuzz/long.rs",
        "src/connectors/outbound/secret.rs",
        "src/store/tests/crash.rs",
    ];
    let mut errors = Vec::new();
    for_each_line(|_, path, n, line| {
        if line.contains("allow(clippy::disallowed_methods)")
            && !ALLOWED.iter().any(|allowed| path == Path::new(allowed))
        {
            errors.push(format!("{}:{n}", path.display()));
        }
    });
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

#[test]
fn unsafe_code_lives_in_the_kernels_products_alone_and_says_why_it_is_sound() {
    const HOME: &str = "src/model/kernel/gemm/";
    let mut errors = Vec::new();
    for (path, source) in sources(Path::new("src")) {
        let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
        for (n, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let opens = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe trait", "unsafe extern"];
            let blocks = opens.iter().any(|open| code.contains(open)) || code.ends_with("unsafe");
            let allows = code.contains("allow(unsafe_code)");
            if (blocks || allows) && !path.starts_with(HOME) {
                errors.push(format!("{}:{}: unsafe away from home", path.display(), n + 1));
            }
            let comments = lines[..n].iter().rev().skip_while(|line| !line.starts_with("//"));
            let said = comments.take_while(|line| line.starts_with("//"));
            let near = lines[n.saturating_sub(12)..n].iter().any(|line| line.starts_with("//"));
            let argued =
                near && said.into_iter().any(|c| c.contains("SAFETY:") || c.contains("# Safety"));
            if blocks && !argued {
                errors.push(format!("{}:{}: no safety argument", path.display(), n + 1));
            }
        }
    }
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

#[test]
fn files_fit_a_sitting() {
    for (path, source) in sources(Path::new("src")) {
        let lines = source.lines().count();
        assert!(lines <= LINES_MAX, "{}: {lines} lines, over {LINES_MAX}", path.display());
    }
}

#[test]
fn opendp_is_built_with_the_trusted_features_alone() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let line = manifest.lines().find(|line| line.starts_with("opendp")).unwrap();
    let wanted = r#"opendp = { version = "=0.16.0", default-features = false, features = ["contrib", "use-openssl"] }"#;
    assert_eq!(line, wanted);
}

/// Calls `check` with the module, path, line number and text of every line that is not a comment.
fn for_each_line(mut check: impl FnMut(&str, &Path, usize, &str)) {
    for (path, here, source) in modules() {
        for (n, line) in source.lines().enumerate() {
            check(&here, &path, n + 1, line);
        }
    }
}

/// Path, top module and source, comments blanked, of every file but the two crate roots, which
/// may name everything.
fn modules() -> Vec<(PathBuf, String, String)> {
    let mut found = Vec::new();
    for (path, source) in sources(Path::new("src")) {
        let here = path.iter().nth(1).unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if here == "lib" || here == "main" {
            continue;
        }
        let blank = |line| if str::trim_start(line).starts_with("//") { "" } else { line };
        found.push((path, here, source.lines().map(blank).collect::<Vec<_>>().join("\n")));
    }
    found
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            found.push((path, source));
        }
    }
    found.sort();
    found
}

/// First segment of every path from the crate root, in `crate::a::b` and in
/// `use crate::{a::{b, c}, d}`.
fn crate_paths(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tail in source.split("crate::").skip(1) {
        let Some(group) = tail.strip_prefix('{') else {
            found.push(first_word(tail).to_owned());
            continue;
        };
        let (mut depth, mut item) = (1, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && c == ',') {
                found.push(first_word(item.trim()).to_owned());
                item.clear();
            } else {
                item.push(c);
            }
            if depth == 0 {
                break;
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("")
}

#[test]
fn crate_paths_reads_grouped_imports() {
    let source = "use crate::{\n    domain::{Cell, Window},\n    text::redact,\n};\nfn f(x: crate::store::Db) {}";
    assert_eq!(crate_paths(source), ["domain", "text", "store"]);
}

/// Where the items stand that carry a lemma of the proof.
const CARRIERS: [&str; 15] = [
    "src/domain/calendar.rs",
    "src/domain/labels.rs",
    "src/ledger/amend.rs",
    "src/pipeline/admit.rs",
    "src/pipeline/label.rs",
    "src/privacy/family.rs",
    "src/privacy/layer.rs",
    "src/privacy/micro.rs",
    "src/privacy/odometer.rs",
    "src/privacy/prefix.rs",
    "src/privacy/running.rs",
    "src/privacy/voice.rs",
    "src/release/tally.rs",
    "src/store/erase.rs",
    "src/store/rotation.rs",
];

#[test]
fn each_item_that_the_proof_rests_on_says_so() {
    for path in CARRIERS {
        let source = fs::read_to_string(path).unwrap();
        assert!(source.contains("# Privacy"), "{path} carries a lemma and has no `# Privacy`");
    }
}
