//! A small city in a temporary folder, and the program run over it as a person would.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

/// A folder with a pipeline file, its input and what a run writes.
pub struct Town {
    folder: tempfile::TempDir,
}

/// Two windows of a week in spring 2026; both are past at any later clock.
const PIPELINE: &str = r#"
[pipeline]
id = "town"
title = "Town"
data = "data"

[source]
kind = "jsonl"
name = "forum"
path = "comments.jsonl"
unit = "resident"

[schedule]
starts_on = 2026-03-02
window_days = 7
windows = 2
period_windows = 2
zone = "America/New_York"

[neighborhoods]
list = [{ id = "east", name = "East" }, { id = "west", name = "West", aliases = ["Westside"] }]

[topics]
builtin = ["streets", "parks-and-trees", "noise"]

[budget]
epsilon = 2.0

[[family]]
id = "pulse"
name = "mood by neighbourhood"
by = ["neighborhood", "sentiment"]
windows_max = 2
share_percent = 60

[[family]]
id = "topics"
name = "mood by topic"
by = ["topic", "sentiment"]
every_windows = 2
windows_max = 1
share_percent = 40
"#;

impl Town {
    /// A town with this input.
    pub fn new(input: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("town.toml"), PIPELINE).unwrap();
        fs::write(folder.path().join("comments.jsonl"), input).unwrap();
        Self { folder }
    }

    /// A town of `residents` who write `each` comments over both windows.
    pub fn of(residents: usize, each: usize) -> Self {
        Self::new(lines((0..residents * each).map(|at| comment(at, at % residents))).as_bytes())
    }

    /// The town's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder a run writes.
    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Replaces text in the pipeline file.
    pub fn edit_pipeline(&self, from: &str, to: &str) {
        let path = self.path().join("town.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the pipeline has no `{from}`");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// `undertone run`, ready to be started.
    pub fn run_command(&self) -> Command {
        let mut command = undertone();
        command.arg("run").arg(self.path().join("town.toml")).arg("--models").arg(models());
        command
    }

    /// Runs to the end.
    pub fn run(&self) -> Ran {
        Ran::from(self.run_command().output().unwrap())
    }

    /// `undertone ledger verify`.
    pub fn verify(&self) -> Ran {
        Ran::from(
            undertone().args(["ledger", "verify", "--data"]).arg(self.data()).output().unwrap(),
        )
    }

    /// Name and bytes of every release file.
    pub fn releases(&self) -> Vec<(String, Vec<u8>)> {
        let Ok(entries) = fs::read_dir(self.data().join("releases")) else { return Vec::new() };
        let mut found: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
            })
            .collect();
        found.sort();
        found
    }
}

/// How a run of the program ended.
pub struct Ran {
    /// Exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Asserts the exit code, with all output when it differs.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error says something.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "`{words}` is not in:\n{}", self.stderr);
        self
    }
}

/// The program under test.
pub fn undertone() -> Command {
    Command::new(env!("CARGO_BIN_EXE_undertone"))
}

/// The folder of the weights.
pub fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// Runs the program with `input` on its standard input.
pub fn filter(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = undertone()
        .args(arguments)
        .arg("--models")
        .arg(models())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A program that ends early closes the pipe; what it said is what counts.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran::from(output)
}

/// One comment of the town: number `at`, by resident `who`, in one of two windows.
pub fn comment(at: usize, who: usize) -> Value {
    const SAID: [&str; 6] = [
        "The new playground in the park is wonderful, thank you.",
        "The potholes on our street are awful and nobody fixes them.",
        "When does the library open on Saturdays?",
        "Leaf blowers at six in the morning are terrible.",
        "I love the trees along the avenue.",
        "Has the paving schedule been published yet?",
    ];
    json!({
        "id": format!("c{at}"),
        "account": format!("resident-{who}"),
        "kind": "comment",
        "text": SAID[(at * 7 + who) % SAID.len()],
        "posted_at": format!("2026-03-{:02}T1{}:00:00-05:00", 3 + at % 13, at % 10),
        "neighborhood": if who.is_multiple_of(3) { "East" } else { "Westside" },
    })
}

/// JSON lines.
pub fn lines(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
