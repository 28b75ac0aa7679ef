//! `undertone keys`: the two secrets of a pipeline.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    Failure, house::coarse_clock, out, pipeline_arg::PipelineArg, rekey, token, values,
    vault::Vault,
};
use crate::{
    config::{KeyKind, Pipeline, read_key, write_key},
    domain::{Clock, PseudonymKey, SystemClock},
    ledger::{Ledger, SigningKey, read_entries},
    log::{FolderLock, lock_folder, sync_folder},
};

/// Arguments of `keys`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone keys create pipelines/demo.toml
  undertone keys show pipelines/demo.toml       the public key that auditors pin
  undertone keys rotate pipelines/demo.toml --key signing
  undertone keys rotate pipelines/demo.toml --key pseudonym
  undertone keys token create pipelines/demo.toml --name \"feedback portal\"
  undertone keys token revoke pipelines/demo.toml --id 5e0c41d2

A new pseudonym key gives nobody a new allowance: the former key is kept beside it until nothing
charged under it alone can matter any more, and is then destroyed by a run.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args)]
struct Which {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Draw both keys (files of mode 0600); a run without keys does this by itself
    #[command(after_help = "\
Examples:
  undertone keys create pipelines/demo.toml
  undertone keys create my-city.toml --data data/my-city")]
    Create(#[command(flatten)] Which),
    /// Print the public key and check values, no secret
    #[command(after_help = "\
Examples:
  undertone keys show pipelines/demo.toml
  undertone keys show pipelines/demo.toml --json")]
    Show(#[command(flatten)] Which),
    /// Make, list or revoke the tokens that bring comments to `undertone serve`
    #[command(after_help = "\
Examples:
  undertone keys token create pipelines/demo.toml --name \"feedback portal\"
  undertone keys token list pipelines/demo.toml
  undertone keys token revoke pipelines/demo.toml --id 5e0c41d2")]
    Token {
        #[command(subcommand)]
        command: token::Command,
    },
    /// Replace a key
    #[command(after_help = "\
Examples:
  undertone keys rotate pipelines/demo.toml --key signing
  undertone keys rotate pipelines/demo.toml --key pseudonym
  undertone keys rotate my-archive.toml --key pseudonym --as-of 2026-03-10T00:00:00Z")]
    Rotate {
        #[command(flatten)]
        which: Which,
        /// Which key
        #[arg(long, value_enum)]
        key: Rotated,
        /// Judge windows as if it were this instant, as the runs over an archive do; left out, now
        #[arg(long, value_name = "TIME", value_parser = values::instant)]
        as_of: Option<Timestamp>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Rotated {
    /// Signs releases and checkpoints; the ledger records its successor
    Signing,
    /// Makes pseudonyms; the ledger records that it was replaced, and both live for a while
    Pseudonym,
}

/// The two secrets, open.
pub(super) struct Keys {
    pub pseudonym: PseudonymKey,
    /// The pseudonym key before, while both live; known once the journal is open.
    pub former: Option<PseudonymKey>,
    pub signing: SigningKey,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Create(which) => {
            let pipeline = which.pipeline.load()?;
            refuse_over_data(&pipeline)?;
            for kind in [KeyKind::Pseudonym, KeyKind::Signing] {
                create(&pipeline.key_file(kind), kind)?;
            }
            show(&pipeline, which.json)
        }
        Command::Show(which) => show(&which.pipeline.load()?, which.json),
        Command::Token { command } => token::run(command),
        Command::Rotate { which, key, as_of } => rotate(which, *key, *as_of),
    }
}

impl Keys {
    /// Reads both keys.
    pub fn open(pipeline: &Pipeline) -> Result<Self, Failure> {
        let read = |kind| read_key(&pipeline.key_file(kind), kind).map_err(Failure::usage);
        Ok(Self {
            pseudonym: PseudonymKey::new(*read(KeyKind::Pseudonym)?),
            former: None,
            signing: SigningKey::from_bytes(&*read(KeyKind::Signing)?),
        })
    }

    /// Reads both keys; in a folder that holds nothing yet, draws those that are missing.
    pub fn open_or_create(pipeline: &Pipeline) -> Result<Self, Failure> {
        let fresh = !holds_data(&pipeline.data);
        for kind in [KeyKind::Pseudonym, KeyKind::Signing] {
            let path = pipeline.key_file(kind);
            if fresh && !path.exists() {
                create(&path, kind)?;
                eprintln!("undertone: new {} key in {}", kind.as_str(), path.display());
            }
        }
        Self::open(pipeline)
    }
}

pub(super) fn holds_data(data: &Path) -> bool {
    data.join("journal").exists() || data.join("ledger").exists()
}

/// New keys over old data would split every resident in two and orphan the ledger.
fn refuse_over_data(pipeline: &Pipeline) -> Result<(), Failure> {
    match holds_data(&pipeline.data) {
        true => Err(Failure::refused(anyhow!(
            "{} holds a journal or a ledger made with its own keys, and others would not fit it: `keys \
             show` prints them, a backup restores them, --data starts a new folder",
            pipeline.data.display()
        ))),
        false => Ok(()),
    }
}

fn create(path: &Path, kind: KeyKind) -> Result<(), Failure> {
    write_key(path, kind, &*draw()?).map_err(Failure::usage)
}

/// 256 bits of the system's randomness, for a key or a token.
#[allow(clippy::disallowed_methods)] // the one home of key material
pub(super) fn draw() -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *key).map_err(|error| {
        Failure::internal(anyhow!("the system gives no randomness for a key: {error}"))
    })?;
    Ok(key)
}

fn show(pipeline: &Pipeline, as_json: bool) -> Result<(), Failure> {
    let keys = Keys::open(pipeline)?;
    let public = keys.signing.verifying_key();
    let origin = format!("undertone/{}", pipeline.plan.id);
    let former = rekey::former_check(pipeline)?;
    let facts = json!({
        "public_key": public,
        "verifier": public.verifier(&origin),
        "pseudonym_check": keys.pseudonym.check_value(),
        "former_pseudonym_check": former,
        "files": {
            "pseudonym": pipeline.key_file(KeyKind::Pseudonym),
            "signing": pipeline.key_file(KeyKind::Signing),
        },
    });
    if as_json {
        return out::json(&facts);
    }
    out::text(&format!(
        "public key        {}\nverifier (C2SP)   {}\npseudonym check   {}{}\nfiles             {}\n                  {}\n",
        public.to_base64(),
        public.verifier(&origin),
        keys.pseudonym.check_value(),
        former.map(|check| format!(" (and {check}, the key before)")).unwrap_or_default(),
        pipeline.key_file(KeyKind::Pseudonym).display(),
        pipeline.key_file(KeyKind::Signing).display(),
    ))
}

fn rotate(which: &Which, key: Rotated, as_of: Option<Timestamp>) -> Result<(), Failure> {
    let pipeline = which.pipeline.load()?;
    match key {
        Rotated::Signing => {
            rotate_signing(&pipeline)?;
            eprintln!(
                "undertone: the signing key was replaced and the ledger says so; the old key is kept \
                 beside it. Publish the new public key:"
            );
        }
        Rotated::Pseudonym if holds_data(&pipeline.data) => {
            let until = rekey::rotate(&pipeline, as_of.unwrap_or_else(|| SystemClock.now()))?;
            eprintln!(
                "undertone: the pseudonym key was replaced and the ledger says so; the former key is \
                 kept beside it and destroyed by the first run after which window {} is open",
                until.0
            );
        }
        Rotated::Pseudonym => replace_unused(&pipeline)?,
    }
    show(&pipeline, which.json)
}

/// The new key waits in a file of its own until the ledger knows it, so that a crash in between
/// loses neither; the old one is kept, since it signed what is out.
fn rotate_signing(pipeline: &Pipeline) -> Result<(), Failure> {
    let present = pipeline.key_file(KeyKind::Signing);
    let next = next_key(&present, KeyKind::Signing)?;
    let read = |path: &Path| {
        read_key(path, KeyKind::Signing)
            .map(|key| SigningKey::from_bytes(&key))
            .map_err(Failure::usage)
    };
    let (old, new) = (read(&present)?, read(&next)?);
    // Held until the files are in place. Journal and ledger must agree: a new key must not sign on
    // over an older copy of the ledger.
    let _held = match Vault::open(pipeline) {
        Ok(mut vault) => {
            vault.ledger.rotate(new)?;
            Held::Vault(Box::new(vault))
        }
        Err(failure) => Held::Lock(finish_rotation(pipeline, new).ok_or(failure)?),
    };
    let kept = format!("key.{}", &hex::encode(old.sign(b"undertone-key-name"))[..8]);
    set_aside(&present, &present.with_extension(kept))?;
    put_in_place(&next, &present)
}

/// What keeps other processes out of the folder.
#[allow(dead_code)] // held for its drop
enum Held {
    Vault(Box<Vault>),
    Lock(FolderLock),
}

/// Whether an earlier rotation got as far as the ledger, which then opens with the new key alone.
fn finish_rotation(pipeline: &Pipeline, new: SigningKey) -> Option<FolderLock> {
    read_entries(&pipeline.data).ok()?; // a ledger that is gone must not be begun anew
    let lock = lock_folder(&pipeline.data).ok()?;
    let origin = format!("undertone/{}", pipeline.plan.id);
    Ledger::open(&pipeline.data, &origin, new, coarse_clock()).ok().map(|_| lock)
}

/// Keeps a key under a second name; there is no moment at which it has none.
pub(super) fn set_aside(key: &Path, kept: &Path) -> Result<(), Failure> {
    match std::fs::hard_link(key, kept) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Failure::internal(anyhow!("cannot keep {}: {e}", kept.display())))
        }
        _ => sync_folder_of(key),
    }
}

pub(super) fn sync_folder_of(path: &Path) -> Result<(), Failure> {
    sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(Failure::internal)
}

/// Replaces a pseudonym key under which nobody is known yet.
fn replace_unused(pipeline: &Pipeline) -> Result<(), Failure> {
    let path = pipeline.key_file(KeyKind::Pseudonym);
    let old = PseudonymKey::new(*read_key(&path, KeyKind::Pseudonym).map_err(Failure::usage)?);
    set_aside(&path, &path.with_extension(format!("key.{}", &old.check_value()[..8])))?;
    let next = next_key(&path, KeyKind::Pseudonym)?;
    put_in_place(&next, &path)
}

/// Draws the key that will stand at `path`, into a file of its own, unless one waits there.
pub(super) fn next_key(path: &Path, kind: KeyKind) -> Result<PathBuf, Failure> {
    let next = path.with_extension("key.next");
    if !next.exists() {
        create(&next, kind)?;
    }
    Ok(next)
}

/// Moves the waiting key over the one in force, durably.
pub(super) fn put_in_place(next: &Path, path: &Path) -> Result<(), Failure> {
    std::fs::rename(next, path)
        .map_err(|e| Failure::internal(anyhow!("cannot move {}: {e}", next.display())))?;
    sync_folder_of(path)
}
