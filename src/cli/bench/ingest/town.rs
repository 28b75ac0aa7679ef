//! The service under load: an invented town in a folder of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::{Context, anyhow};
use serde_json::Value;

use super::super::town::TOWN;
use crate::cli::failure::Failure;

/// What this measurement adds to the [`TOWN`].
const QUESTIONS: &str = r#"
[neighborhoods]
list = [{ id = "east", name = "East" }, { id = "west", name = "West" }]

[[family]]
id = "pulse"
name = "mood by neighbourhood"
by = ["neighborhood", "sentiment"]
windows_max = 2
share_percent = 100

[serve]
inside = "127.0.0.1:0"
outside = "127.0.0.1:0"
rows_max = 32
waiting_rows_max = 32
rows_per_minute_max = 10000000
"#;

/// The instant at which the service stands: within the first window.
const WITHIN: &str = "2026-03-04T12:00:00Z";

const SUBJECTS: [&str; 8] = [
    "The new playground by the river",
    "The pothole in front of the school",
    "Leaf blowing at six in the morning",
    "The bus on the west line",
    "The library's opening hours",
    "Street lighting along the canal",
    "The plan for the market square",
    "Parking near the clinic",
];

const VERDICTS: [&str; 8] = [
    "is wonderful and my children love it.",
    "is dangerous and nobody does anything about it.",
    "should be discussed with everybody who lives there.",
    "has become much better since last spring, thank you.",
    "is a disgrace, and I have said so three times already.",
    "works most of the time, but not when it rains.",
    "needs more people and more money, not more meetings.",
    "was explained well at the meeting, and I agree with it.",
];

/// Files of the town, and the token that brings comments to it.
pub(super) struct Town {
    file: PathBuf,
    models: PathBuf,
    program: PathBuf,
    pub token: String,
}

/// A service that runs; killed when it is dropped.
pub(super) struct Service {
    child: Child,
    pub inside: SocketAddr,
}

/// An invented comment, and a line of it: the same for the same number.
pub(super) fn comment(id: u64) -> String {
    let at = |of: u64| (id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> of) as usize % 8;
    format!(
        "{{\"id\":\"b{id}\",\"account\":\"resident-{}\",\"text\":\"{} {} Number {id} says so.\",\
         \"posted_at\":\"2026-03-03T10:00:00Z\",\"neighborhood\":\"{}\"}}\n",
        id % 5_000,
        SUBJECTS[at(60)],
        VERDICTS[at(50)],
        if at(40) % 2 == 0 { "East" } else { "West" },
    )
}

/// How many rows of an answer had this outcome.
pub(super) fn row_of(answer: &[u8], outcome: &str) -> usize {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let rows = answer["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().filter(|row| row["outcome"] == outcome).count()
}

impl Town {
    /// Writes the town and makes its token.
    pub fn build(folder: &Path, models: &Path) -> Result<Self, Failure> {
        let written = || -> anyhow::Result<PathBuf> {
            fs::create_dir_all(folder)?;
            let file = folder.join("bench.toml");
            fs::write(&file, format!("{TOWN}{QUESTIONS}"))?;
            Ok(file)
        };
        let file = written()
            .with_context(|| format!("cannot write {}", folder.display()))
            .map_err(Failure::usage)?;
        let program = std::env::current_exe().map_err(Failure::internal)?;
        let mut town = Self { file, models: models.to_owned(), program, token: String::new() };
        let mut create = town.command(&["keys", "token", "create"], &["--name", "bench", "--json"]);
        let made = create.output().map_err(Failure::internal)?;
        let made: Value = serde_json::from_slice(&made.stdout).map_err(|_| {
            Failure::usage(anyhow!(
                "no token could be made: {}",
                String::from_utf8_lossy(&made.stderr).trim()
            ))
        })?;
        town.token = made["secret"].as_str().unwrap_or_default().to_owned();
        Ok(town)
    }

    fn command(&self, words: &[&str], more: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).arg(&self.file).arg("--models").arg(&self.models).args(more);
        command
    }

    /// Starts the service and waits until it listens.
    pub fn start(&self) -> Result<Service, Failure> {
        let mut command = self.command(&["serve"], &["--as-of", WITHIN, "--json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(Failure::internal)?;
        let stdout = child.stdout.take().ok_or_else(|| Failure::internal(anyhow!("no pipe")))?;
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut line).map_err(Failure::internal)?;
        // What it tells later is read and dropped, so that it never waits for us.
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let listening: Value = serde_json::from_str(&line).unwrap_or_default();
        let inside = listening["inside"].as_str().unwrap_or_default();
        let inside = inside.trim_start_matches("http://").parse().map_err(|_| {
            let _ = child.kill();
            Failure::check(anyhow!("the service did not start; see above"))
        })?;
        Ok(Service { child, inside })
    }
}

impl Service {
    /// Kills it outright.
    pub fn kill(&mut self) -> Result<(), Failure> {
        self.child.kill().and_then(|()| self.child.wait()).map_err(Failure::internal)?;
        Ok(())
    }

    /// Its resident memory.
    pub fn rss_kib(&self) -> Result<u64, Failure> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).map_err(Failure::internal)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        kib.ok_or_else(|| {
            Failure::internal(anyhow!("the system does not tell the service's memory"))
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.kill(); // it may have ended by itself
    }
}
