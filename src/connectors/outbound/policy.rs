//! Whom a pipeline may ask: hosts by name, TLS only, public addresses only.

use std::{
    net::{IpAddr, SocketAddr},
    sync::mpsc,
    thread,
    time::Duration,
};

use url::{Host, Url};

use super::{Fault, LookUp, addresses::is_public};

/// A name that is not looked up by then is not there.
const LOOK_UP_MAX: Duration = Duration::from_secs(10);
/// More addresses of one host are not tried.
const ADDRESSES_MAX: usize = 8;

const INSIDE: &str = "it leads into a private network or this machine";

/// The hosts that may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Names, or `name:port` where the port is not that of TLS.
    pub hosts: Vec<String>,
    /// Whether this machine may be asked, and without TLS: for tests, and for a proxy beside the
    /// program. Nothing else can be asked then.
    pub loopback: bool,
}

impl Policy {
    /// Whether `url` may be asked.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub(in crate::connectors) fn admit(&self, url: &Url) -> Result<(), Fault> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::Refused("its address holds a name or password"));
        }
        let host = url.host_str().unwrap_or_default();
        let named = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let listed = |host: &str| self.hosts.iter().any(|name| name.eq_ignore_ascii_case(host));
        if host.is_empty() || !(listed(&named) || (self.loopback && listed(host))) {
            return Err(Fault::Refused("its host is not in source.service.hosts"));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        if literal.is_some_and(|address| !self.allows(address)) {
            return Err(Fault::Refused(INSIDE));
        }
        match url.scheme() {
            "https" | "wss" => Ok(()),
            "http" | "ws" if self.loopback && is_this_machine(url) => Ok(()),
            _ => Err(Fault::Refused("it is not asked over TLS (https or wss)")),
        }
    }

    /// The addresses of `url`'s host, all of them allowed; they are then connected to as they are,
    /// so that a second look-up cannot lead elsewhere.
    ///
    /// # Errors
    /// When the name is not found in time, or one of its addresses is not allowed.
    pub(super) fn pin(&self, url: &Url, look_up: &LookUp) -> Result<Vec<SocketAddr>, Fault> {
        let port = url.port_or_known_default().ok_or(Fault::Refused("its port is not known"))?;
        let found = match url.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::new(IpAddr::V4(address), port)],
            Some(Host::Ipv6(address)) => vec![SocketAddr::new(IpAddr::V6(address), port)],
            Some(Host::Domain(name)) => looked_up(name.to_owned(), port, look_up)?,
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err(Fault::NameNotFound);
        }
        match found.iter().all(|address| self.allows(address.ip())) {
            true => Ok(found.into_iter().take(ADDRESSES_MAX).collect()),
            false => Err(Fault::Refused(INSIDE)),
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        if self.loopback { address.is_loopback() } else { is_public(address) }
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// The system's look-up has no time limit, so it has a thread that may be left behind.
fn looked_up(name: String, port: u16, look_up: &LookUp) -> Result<Vec<SocketAddr>, Fault> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let look_up = look_up.clone();
    let looking = thread::Builder::new().name("names".into());
    looking
        .spawn(move || sender.send(look_up(&name, port)))
        .map_err(|error| Fault::Broken(error.kind()))?;
    match receiver.recv_timeout(LOOK_UP_MAX) {
        Ok(Ok(found)) => Ok(found),
        _ => Err(Fault::NameNotFound),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn policy(hosts: &[&str], loopback: bool) -> Policy {
        Policy { hosts: hosts.iter().map(|host| (*host).to_owned()).collect(), loopback }
    }

    fn admitted(policy: &Policy, url: &str) -> bool {
        policy.admit(&url.parse().unwrap()).is_ok()
    }

    fn leads_to(addresses: &'static [&'static str]) -> LookUp {
        Arc::new(move |_, port| {
            Ok(addresses.iter().map(|a| SocketAddr::new(a.parse().unwrap(), port)).collect())
        })
    }

    #[test]
    fn host_must_be_listed_and_asked_over_tls() {
        let policy = policy(&["Data.example.gov", "odd.example.gov:8443"], false);
        for url in [
            "https://data.example.gov/x",
            "wss://data.example.gov/x",
            "https://odd.example.gov:8443/",
        ] {
            assert!(admitted(&policy, url), "{url}");
        }
        for url in [
            "http://data.example.gov/",
            "ws://data.example.gov/",
            "ftp://data.example.gov/",
            "https://data.example.gov:8443/",
            "https://odd.example.gov/",
            "https://data.example.gov.evil.example/",
            "https://evil.example/data.example.gov",
            "https://data.example.gov@evil.example/",
            "https://me:secret@data.example.gov/",
            "file:///etc/passwd",
            "https://127.0.0.1/",
            "http://localhost/",
        ] {
            assert!(!admitted(&policy, url), "{url}");
        }
    }

    #[test]
    fn loopback_is_asked_only_where_allowed_and_then_nothing_else_is() {
        let hosts = ["127.0.0.1", "localhost", "data.example.gov"];
        let (open, shut) = (policy(&hosts, true), policy(&hosts, false));
        assert!(admitted(&open, "http://127.0.0.1:4000/") && admitted(&open, "ws://localhost:1/"));
        assert!(!admitted(&open, "http://data.example.gov/"));
        assert!(!admitted(&shut, "http://127.0.0.1:4000/"));
        let url = "https://127.0.0.1/".parse().unwrap();
        assert!(shut.pin(&url, &leads_to(&[])).is_err());
        let url = "https://data.example.gov/".parse().unwrap();
        assert!(open.pin(&url, &leads_to(&["8.8.8.8"])).is_err());
    }

    #[test]
    fn one_private_address_among_a_names_refuses_them_all() {
        let policy = policy(&["data.example.gov"], false);
        let url = "https://data.example.gov/".parse().unwrap();
        let found = policy.pin(&url, &leads_to(&["8.8.8.8", "2606:4700::1"])).unwrap();
        assert_eq!(found[0], "8.8.8.8:443".parse().unwrap());
        for inside in ["10.0.0.7", "169.254.169.254", "::1", "fd00::1"] {
            let addresses: &'static [&'static str] = Box::leak(Box::new(["8.8.8.8", inside]));
            let refused = policy.pin(&url, &leads_to(addresses));
            assert!(matches!(refused, Err(Fault::Refused(_))), "{inside}");
        }
        assert!(matches!(policy.pin(&url, &leads_to(&[])), Err(Fault::NameNotFound)));
    }

    #[test]
    fn address_in_place_of_a_name_is_held_to_the_same_rule() {
        let policy = policy(&["10.0.0.7", "[::1]", "8.8.8.8"], false);
        let pinned = |url: &str| policy.pin(&url.parse().unwrap(), &leads_to(&["8.8.8.8"]));
        assert!(pinned("https://10.0.0.7/").is_err());
        assert!(pinned("https://[::1]/").is_err());
        assert!(pinned("https://0x7f.1/").is_err(), "an address in another spelling");
        assert!(pinned("https://8.8.8.8/").is_ok());
    }
}
