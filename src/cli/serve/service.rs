//! The parts of the service, started and ended in order.

use std::{
    num::NonZeroUsize,
    sync::Arc,
    thread::{self, JoinHandle},
};

use anyhow::anyhow;
use serde_json::json;
use tokio::{sync::watch, task::JoinHandle as Task};

use super::{
    Failure, House, Teller,
    herald::Herald,
    keeper::{Keeper, first_picture},
    polling::{Polled, Polling},
    reload::Reloader,
};
#[cfg(test)]
use crate::config::Address;
use crate::{
    config::{Bounds, TokenFile},
    connectors::Surroundings,
    pipeline::{Intake, IntakeLimits, Unavailable},
    server::{Door, Inside, InsideParts, Outside, Pass, Senders, Showing},
};

/// A service that runs.
pub(super) struct Serving {
    intake: Arc<Intake>,
    inside: Arc<Inside>,
    /// Where the two listeners listen, inside first.
    #[cfg(test)]
    addresses: [Address; 2],
    stop: watch::Sender<bool>,
    doors: Vec<Task<()>>,
    keeper: JoinHandle<Result<(), Failure>>,
    /// The pipeline's own service, where it has one.
    polled: Option<Polled>,
    teller: Teller,
}

impl Serving {
    /// Opens both listeners and starts the keeper of the store.
    pub async fn start(
        house: House,
        threads: NonZeroUsize,
        surroundings: Surroundings,
        teller: Teller,
    ) -> Result<Self, Failure> {
        let pipeline = Arc::clone(&house.pipeline);
        let serve = &pipeline.serve;
        let tokens = TokenFile::read(&pipeline.token_file()).map_err(Failure::usage)?;
        let inside_door = Door::open(&serve.inside).await.map_err(Failure::usage)?;
        let outside_door = Door::open(&serve.outside).await.map_err(Failure::usage)?;
        let polling = Polling::of(&house)?;
        let showing = Showing::new(pipeline.plan.calendar.clone(), serve.visible_after);
        let shown = first_picture(&house, &showing)?;
        let clock = Arc::clone(&house.clock);
        let outside = Outside::new(Arc::clone(&pipeline), Arc::clone(&clock), &shown)
            .map_err(Failure::check)?;
        let limits = IntakeLimits { waiting_rows_max: serve.bounds.waiting_rows_max, threads };
        let (intake, inbox) =
            Intake::start(house.admit_plan(), Arc::clone(&clock), &house.labeller, limits)
                .map_err(Failure::internal)?;
        let inside = Inside::new(InsideParts {
            intake: Arc::clone(&intake),
            clock,
            source: pipeline.source.clone(),
            topics: pipeline.plan.keys.topics.clone(),
            bounds: serve.bounds,
            senders: Senders::new(tokens),
        });
        let (outside_routes, inside_routes) = (outside.routes(), inside.routes());
        let herald = Herald::start(Arc::clone(&pipeline), surroundings, teller);
        let herald = herald.map_err(Failure::internal)?;
        let both = (outside, inside.clone());
        let keeper = Keeper::new(house, showing, shown, both, herald, teller);
        let thread = thread::Builder::new().name("keep".into());
        let keeper = thread.spawn(move || keeper.keep(inbox)).map_err(Failure::internal)?;
        let (stop, stopped) = watch::channel(false);
        let rows_max = serve.bounds.waiting_rows_max;
        let polled = polling.map(|polling| polling.start(&intake, rows_max, teller));
        if let Some(polled) = &polled {
            inside.watch_polls(Arc::clone(&polled.tally));
        }
        let addresses = [inside_door.address().clone(), outside_door.address().clone()];
        let pass = || pass(&serve.bounds, stopped.clone());
        let doors = vec![
            tokio::spawn(inside_door.serve(inside_routes, pass())),
            tokio::spawn(outside_door.serve(outside_routes, pass())),
        ];
        let [here, there] = &addresses;
        let (here, there) = (here.to_string(), there.to_string());
        teller.tell(
            &format!("inside {here}, outside {there}"),
            &json!({"event": "listening", "inside": here, "outside": there}),
        );
        Ok(Self {
            intake,
            inside,
            #[cfg(test)]
            addresses,
            stop,
            doors,
            keeper,
            polled,
            teller,
        })
    }

    /// Where the two listeners listen, inside first.
    #[cfg(test)]
    pub fn addresses(&self) -> &[Address; 2] {
        &self.addresses
    }

    /// Does the regular round, on the keeper's thread.
    pub async fn turn(&self) -> Result<(), Unavailable> {
        self.intake.turn().await
    }

    /// Reads tokens and bounds again; whatever would change privacy, or needs a new start, is
    /// refused as a whole.
    pub fn reload(&self, reloader: &Reloader) {
        match reloader.read() {
            Ok((senders, bounds)) => {
                let reloaded = self.inside.reload(senders, bounds);
                let changed = if reloaded.bounds { "other bounds" } else { "the same bounds" };
                self.teller.tell(
                    &format!("reloaded: {} tokens, {changed}", reloaded.senders),
                    &json!({"event": "reloaded", "tokens": reloaded.senders, "bounds_changed": reloaded.bounds}),
                );
            }
            Err(failure) => self.teller.tell(
                &format!("not reloaded, all stays as it was: {failure}"),
                &json!({"event": "reload_refused", "because": failure.to_string()}),
            ),
        }
    }

    /// Lets nobody in, answers what was taken in, and lets go of the house.
    pub async fn drain(self) -> Result<(), Failure> {
        self.inside.drain();
        self.stop.send_replace(true);
        for door in self.doors {
            let _ = door.await; // a door that broke has nobody left
        }
        if let Some(polled) = self.polled {
            polled.end().await;
        }
        self.intake.end().await;
        let keeper = self.keeper;
        let ended = tokio::task::spawn_blocking(move || keeper.join()).await;
        match ended {
            Ok(Ok(ended)) => ended,
            _ => Err(Failure::internal(anyhow!(
                "the keeper of the store broke off; start again, what was answered is kept"
            ))),
        }
    }
}

fn pass(bounds: &Bounds, stop: watch::Receiver<bool>) -> Pass {
    Pass {
        connections_max: bounds.connections_max,
        request: bounds.request,
        drain: bounds.drain,
        stop,
    }
}
