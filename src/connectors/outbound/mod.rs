//! The one door to the network: whom a connector may ask, where that leads, for how long and how
//! much comes back.
//!
//! A host must be on the pipeline file's list, be asked over TLS, and lead to public addresses
//! alone; those addresses are then the ones that are connected to. A redirect is a new request
//! under the same rules. It knows no source and no format.

mod addresses;
mod backoff;
mod client;
mod fault;
mod policy;
mod secret;
mod socket;

pub(super) use backoff::{pause, pause_after};
pub(super) use client::{Ask, Outbound, TokenHeader};
pub(super) use fault::Fault;
pub use policy::Policy;
pub use secret::{Secret, SecretError, SecretFrom};
pub(super) use socket::Socket;

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use crate::domain::{Clock, SystemClock};

/// Waits; a test notes instead how long was asked for.
pub type Wait = Arc<dyn Fn(Duration) + Send + Sync>;

/// Turns a host and a port into addresses.
pub type LookUp = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// What a connector takes from the machine: time, patience and names.
#[derive(Clone)]
pub struct Surroundings {
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// Waits before a request is made again.
    pub wait: Wait,
    /// Looks names up.
    pub look_up: LookUp,
}

impl Surroundings {
    /// Those of the machine.
    pub fn of_the_machine() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            wait: Arc::new(std::thread::sleep),
            look_up: Arc::new(|host, port| {
                std::net::ToSocketAddrs::to_socket_addrs(&(host, port)).map(Iterator::collect)
            }),
        }
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Surroundings(..)")
    }
}
