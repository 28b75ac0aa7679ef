//! Asking a run to stop: it finishes what it has read, makes that durable and says so.

use std::io;

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Tells a run when to stop; every clone hears the same switch.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Stops the runs that listen to it.
#[derive(Clone, Debug)]
pub struct StopSwitch(watch::Sender<bool>);

impl Stop {
    /// A switch, and what listens to it.
    pub fn new() -> (StopSwitch, Self) {
        let (sender, receiver) = watch::channel(false);
        (StopSwitch(sender), Self(receiver))
    }

    /// A stop that nobody can ask for.
    pub fn never() -> Self {
        Self::new().1
    }

    /// Stops at the first interrupt (Ctrl-C) or termination signal. To be called on a runtime
    /// with its drivers enabled.
    ///
    /// # Errors
    /// When the system lets no signal be listened to.
    pub fn at_signal() -> io::Result<Self> {
        let (switch, stop) = Self::new();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            switch.stop();
        });
        Ok(stop)
    }

    /// Waits until somebody asks; for ever when nobody can.
    pub async fn requested(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl StopSwitch {
    /// Asks the listeners to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}
