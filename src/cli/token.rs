//! `undertone keys token`: who may bring comments to `undertone serve`.

use anyhow::anyhow;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use clap::{Subcommand, ValueEnum};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Failure, keys::draw, out, pipeline_arg::PipelineArg};
use crate::{
    config::{Pipeline, Proof, Scope, Token, TokenFile, TokenFileError},
    domain::{Clock, SourceId, SystemClock},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token; it is printed once, and only its digest is kept
    #[command(after_help = "\
Examples:
  undertone keys token create pipelines/demo.toml --name \"feedback portal\"
  undertone keys token create pipelines/demo.toml --name forum --source forum --webhook")]
    Create(Create),
    /// List the tokens, no secret among them
    #[command(after_help = "\
Examples:
  undertone keys token list pipelines/demo.toml
  undertone keys token list pipelines/demo.toml --json")]
    List(List),
    /// Revoke a token; a running service is told by SIGHUP
    #[command(after_help = "\
Examples:
  undertone keys token revoke pipelines/demo.toml --id 5e0c41d2")]
    Revoke(Revoke),
}

#[derive(clap::Args)]
pub(super) struct Create {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// Whose it is, for the list
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What it allows; give it again for more
    #[arg(long, value_enum, default_values_t = [ScopeArg::Ingest])]
    scope: Vec<ScopeArg>,
    /// A source that its rows may name; give it again for more. Left out, the pipeline's own
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
    /// A secret that signs requests (Standard Webhooks) instead of a token that comes with them
    #[arg(long)]
    webhook: bool,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// Id of the token, as the list shows it
    #[arg(long, value_name = "ID")]
    id: String,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScopeArg {
    /// Bring comments, edits, deletions and votes
    Ingest,
    /// Read operational metrics
    Metrics,
}

/// Runs the command.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create(args),
        Command::List(args) => list(&args.pipeline.load()?, args.json),
        Command::Revoke(args) => revoke(args),
    }
}

fn create(args: &Create) -> Result<(), Failure> {
    let pipeline = args.pipeline.load()?;
    let path = pipeline.token_file();
    let mut file = TokenFile::read(&path).map_err(failure)?;
    let sources = match args.source.is_empty() {
        true => vec![pipeline.source.clone()],
        false => {
            let named = args.source.iter().map(SourceId::new).collect::<Result<_, _>>();
            named.map_err(Failure::usage)?
        }
    };
    let scopes: Vec<Scope> = args.scope.iter().map(|scope| scope.scope()).collect();
    if args.webhook && scopes != [Scope::Ingest] {
        return Err(Failure::usage(anyhow!("--webhook goes with --scope ingest alone")));
    }
    let (drawn, secret) = (draw()?, draw()?);
    let id = hex::encode(&drawn[..4]);
    if file.tokens.iter().any(|token| token.id == id) {
        return Err(Failure::internal(anyhow!("two tokens with one id: run the command again")));
    }
    let (shown, proof) = match args.webhook {
        true => {
            let secret = STANDARD.encode(*secret);
            (Zeroizing::new(format!("whsec_{secret}")), Proof::WebhookSecret(secret))
        }
        false => {
            let token = format!("ut_{id}_{}", URL_SAFE_NO_PAD.encode(*secret));
            let digest = hex::encode(Token::digest(&token));
            (Zeroizing::new(token), Proof::Sha256(digest))
        }
    };
    let (name, created_at) = (args.name.clone(), SystemClock.now());
    file.tokens.push(Token { id: id.clone(), name, scopes, sources, proof, created_at });
    file.write(&path).map_err(failure)?;
    if args.json {
        return out::json(&json!({"id": id, "secret": *shown}));
    }
    eprintln!(
        "undertone: token {id} is kept as {} in {}; this is the only time it is shown. A running \
         service learns of it by SIGHUP",
        if args.webhook { "a secret" } else { "its digest" },
        path.display()
    );
    out::text(&format!("{}\n", *shown))
}

fn list(pipeline: &Pipeline, as_json: bool) -> Result<(), Failure> {
    let file = TokenFile::read(&pipeline.token_file()).map_err(failure)?;
    let kind = |token: &Token| match token.proof {
        Proof::Sha256(_) => "token",
        Proof::WebhookSecret(_) => "webhook",
    };
    if as_json {
        let tokens: Vec<_> = file
            .tokens
            .iter()
            .map(|token| {
                json!({
                    "id": token.id, "name": token.name, "kind": kind(token),
                    "scopes": token.scopes, "sources": token.sources,
                    "created_at": token.created_at,
                })
            })
            .collect();
        return out::json(&json!({"tokens": tokens}));
    }
    if file.tokens.is_empty() {
        return out::text("no tokens; `undertone keys token create` makes one\n");
    }
    let mut text = String::new();
    for token in &file.tokens {
        let scopes: Vec<_> = token.scopes.iter().map(|scope| word(*scope)).collect();
        let sources: Vec<_> = token.sources.iter().map(SourceId::as_str).collect();
        text += &format!(
            "{}  {:<8} {:<15} {:<20} {}\n",
            token.id,
            kind(token),
            scopes.join(","),
            sources.join(","),
            token.name
        );
    }
    out::text(&text)
}

fn revoke(args: &Revoke) -> Result<(), Failure> {
    let pipeline = args.pipeline.load()?;
    let path = pipeline.token_file();
    let mut file = TokenFile::read(&path).map_err(failure)?;
    let before = file.tokens.len();
    file.tokens.retain(|token| token.id != args.id);
    if file.tokens.len() == before {
        return Err(Failure::usage(anyhow!(
            "no token has the id `{}`; `undertone keys token list` shows them",
            args.id
        )));
    }
    file.write(&path).map_err(failure)?;
    if args.json {
        return out::json(&json!({"revoked": args.id}));
    }
    out::text(&format!("token {} is revoked; tell a running service by SIGHUP\n", args.id))
}

impl ScopeArg {
    fn scope(self) -> Scope {
        match self {
            ScopeArg::Ingest => Scope::Ingest,
            ScopeArg::Metrics => Scope::Metrics,
        }
    }
}

fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::Ingest => "ingest",
        Scope::Metrics => "metrics",
    }
}

fn failure(error: TokenFileError) -> Failure {
    match error {
        TokenFileError::Write(error) => Failure::internal(error),
        other => Failure::usage(other),
    }
}
