//! Telling: alerts into their files, each once, and from there to the webhooks, each at least once.
//!
//! # Privacy
//! An alert is worked out from releases that may be seen already; no caller may bring others. So
//! neither a file nor a webhook tells of a release before the outside listener does (decision 0012).

use serde_json::{Value, json};

use super::super::Failure;
use crate::{
    config::{Pipeline, Subscription},
    connectors::{Surroundings, Webhook, WebhookError},
    estimate::{Fired, words::Language},
    ledger::read_entries,
    pipeline::{AlertBook, AlertError, Outbox, message_id},
    release::{Archive, Document, ReleaseFile},
    server::Shown,
};

/// What was told.
#[derive(Default)]
pub(in crate::cli) struct Told {
    /// All that ever fired.
    pub all: Vec<Fired>,
    /// What no file held before.
    pub new: Vec<Fired>,
    /// Messages that webhooks took.
    pub delivered: usize,
    /// Messages that are kept for the next time.
    pub undelivered: usize,
    /// Why.
    pub faults: Vec<String>,
    /// Releases that are published and not shown yet.
    pub not_shown_yet: usize,
}

/// Looks at everything that may be seen in the data folder and tells what is new.
pub(in crate::cli) fn look(
    pipeline: &Pipeline,
    surroundings: &Surroundings,
) -> Result<Told, Failure> {
    if pipeline.alerts.is_empty() {
        return Ok(Told::default());
    }
    let data = &pipeline.data;
    let entries = read_entries(data).map_err(Failure::check)?;
    let published = Archive::of(data).published(&entries).map_err(Failure::check)?;
    let all = published.len();
    let visible = match Shown::recorded(data)? {
        Some(shown) => shown.releases.into_iter().map(|release| release.file).collect(),
        None => published,
    };
    let told = tell(pipeline, &visible, surroundings, &|| true).map_err(Failure::check)?;
    Ok(Told { not_shown_yet: all.saturating_sub(visible.len()), ..told })
}

/// Tells what is new in `visible`, releases that may be seen, and sends what webhooks have not taken
/// yet, while `go_on` says so.
///
/// # Errors
/// When the files of the alerts cannot be read or written.
pub(in crate::cli) fn tell(
    pipeline: &Pipeline,
    visible: &[ReleaseFile],
    surroundings: &Surroundings,
    go_on: &dyn Fn() -> bool,
) -> Result<Told, AlertError> {
    if pipeline.alerts.is_empty() {
        return Ok(Told::default());
    }
    let book = AlertBook::open(&pipeline.data)?;
    let documents: Vec<&Document> = visible.iter().map(|file| file.envelope.document()).collect();
    let (mut told, mut outboxes) = (Told::default(), Vec::new());
    for Subscription { alert, webhook } in &pipeline.alerts {
        if let Some(webhook) = webhook {
            // Before anything is told: what fires from here on is to be sent.
            outboxes.push((webhook, Outbox::open(&book, &alert.id)?));
        }
        let fired = alert.fired(&documents);
        told.new.extend(book.tell_once(&alert.id, &fired)?);
        told.all.extend(fired);
    }
    for (webhook, mut outbox) in outboxes {
        send(pipeline, webhook, &mut outbox, surroundings, go_on, &mut told)?;
    }
    Ok(told)
}

fn send(
    pipeline: &Pipeline,
    webhook: &Webhook,
    outbox: &mut Outbox<'_>,
    surroundings: &Surroundings,
    go_on: &dyn Fn() -> bool,
    told: &mut Told,
) -> Result<(), AlertError> {
    let pending = outbox.pending()?;
    if pending.is_empty() {
        return Ok(());
    }
    let id = outbox.id().to_owned();
    let named = |error: &WebhookError| format!("alert `{id}`: {error}");
    let hook = match webhook.open(surroundings) {
        Ok(hook) => hook,
        Err(error) => {
            told.undelivered += pending.len();
            told.faults.push(named(&error));
            return Ok(());
        }
    };
    for (at, one) in pending.iter().enumerate() {
        if !go_on() {
            told.undelivered += pending.len() - at;
            return Ok(());
        }
        match hook.deliver(&message_id(one), &body(pipeline, one), go_on) {
            Ok(()) => {
                outbox.mark(one)?;
                told.delivered += 1;
            }
            Err(error) => {
                told.faults.push(named(&error));
                // A receiver that is not there now is not asked again for each message.
                let is_there = matches!(error, WebhookError::Rejected { .. });
                if !is_there {
                    told.undelivered += pending.len() - at;
                    return Ok(());
                }
                told.undelivered += 1;
            }
        }
    }
    Ok(())
}

/// What a webhook is told: the alert as its file has it, whose it is, and its sentence in every
/// language. Nothing in it is not in a release, or worked out from releases.
fn body(pipeline: &Pipeline, fired: &Fired) -> String {
    let mut data = json!(fired);
    let message = fired.message();
    let says: serde_json::Map<String, Value> = Language::ALL
        .map(|language| (language.code().to_owned(), message.text(language).into()))
        .into_iter()
        .collect();
    data["pipeline"] = json!(pipeline.plan.id);
    data["title"] = json!(pipeline.plan.title);
    data["says"] = Value::Object(says);
    json!({"type": "undertone.alert", "data": data}).to_string()
}
