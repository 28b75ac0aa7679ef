//! Rows between reading and committing, each with its outcome or the promise of its labels.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::{
    Dated, IngestError, Position,
    admit::Unlabelled,
    label::Labelled,
    labellers::Labellers,
    reader::{Refusal, Row, Verdict},
};
use crate::domain::Contribution;

/// A row whose outcome may still be in the making.
pub(super) struct InFlight {
    line: u64,
    position: Position,
    dated: Dated,
    state: State,
}

enum State {
    Done(Outcome),
    Waiting(Unlabelled, oneshot::Receiver<Labelled>),
}

/// A row of which everything is known.
pub(super) struct Settled {
    pub line: u64,
    pub position: Position,
    pub dated: Dated,
    pub outcome: Outcome,
}

/// What became of a row.
pub(super) enum Outcome {
    Refused(Refusal),
    AppliedBefore,
    TakenBack(Contribution),
    Said(Contribution, Labelled),
}

impl InFlight {
    /// Takes up a row; asks for labels where it needs any.
    pub async fn start(row: Row, applied_before: bool, labellers: &Labellers) -> Self {
        let Row { line, position, verdict } = row;
        let dated = match &verdict {
            Verdict::Admitted(admitted) => admitted.dated,
            Verdict::Refused(_) => Dated::There,
        };
        let state = match verdict {
            Verdict::Refused(refusal) => State::Done(Outcome::Refused(refusal)),
            Verdict::Admitted(_) if applied_before => State::Done(Outcome::AppliedBefore),
            Verdict::Admitted(admitted) => match admitted.part() {
                (unlabelled, Some(text)) => State::Waiting(unlabelled, labellers.ask(text).await),
                (deletion, None) => State::Done(Outcome::TakenBack(deletion.contribution(None))),
            },
        };
        Self { line, position, dated, state }
    }

    /// Waits until everything is known. Nothing is lost when the wait is given up.
    async fn wait(&mut self) -> Result<(), IngestError> {
        if let State::Waiting(_, answer) = &mut self.state {
            let labelled = answer.await.map_err(|_| IngestError::BrokenOff("label"))?;
            let done = State::Done(Outcome::AppliedBefore);
            if let State::Waiting(unlabelled, _) = std::mem::replace(&mut self.state, done) {
                let contribution = unlabelled.contribution(Some(labelled.reading.labels.clone()));
                self.state = State::Done(Outcome::Said(contribution, labelled));
            }
        }
        Ok(())
    }
}

/// Waits for the first row and takes it out; for ever when there is none.
pub(super) async fn settle_first(rows: &mut VecDeque<InFlight>) -> Result<Settled, IngestError> {
    if let Some(first) = rows.front_mut() {
        first.wait().await?;
    }
    match rows.pop_front() {
        Some(InFlight { line, position, dated, state: State::Done(outcome) }) => {
            Ok(Settled { line, position, dated, outcome })
        }
        _ => std::future::pending().await,
    }
}
