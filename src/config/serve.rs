//! The `[serve]` table, checked: two listeners and the bounds of each.

use std::{
    fmt,
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::SignedDuration;

use super::{ConfigError, beside, raw::RawServe};

/// A round that took longer is shown at the next instant of this rhythm; windows last a day at least.
const VISIBLE_AFTER_MINUTES_MAX: u16 = 720;

/// How `undertone serve` listens and what it bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// Ingest, health and operational metrics: for the city's own systems.
    pub inside: Address,
    /// Releases and the ledger: for everybody.
    pub outside: Address,
    /// From the public closing time of a window to the instant at which its releases are shown.
    pub visible_after: SignedDuration,
    /// What is borne; these alone may change while the service runs.
    pub bounds: Bounds,
}

/// Where a listener listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Host and port.
    Tcp(SocketAddr),
    /// A socket of the file system, behind which a proxy speaks TLS.
    Unix(PathBuf),
}

/// What the service bears. Whatever is over a bound is refused with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Length of a body, also of what it unpacks to.
    pub body_bytes_max: usize,
    /// How many times its length a compressed body may unpack to.
    pub expansion_max: usize,
    /// Rows in one request.
    pub rows_max: usize,
    /// Rows taken in and not yet answered, of all requests together.
    pub waiting_rows_max: NonZeroUsize,
    /// Length of all bodies held at once.
    pub waiting_bytes_max: usize,
    /// Connections of one listener.
    pub connections_max: usize,
    /// From the first byte of a request to its answer.
    pub request: Duration,
    /// Rows that one token may bring in a minute.
    pub rows_per_minute_max: u32,
    /// How far the clock of a signed webhook may be off.
    pub webhook_skew: SignedDuration,
    /// How long requests that have begun may go on after the service is told to end.
    pub drain: Duration,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => write!(f, "http://{address}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Checks `[serve]`.
pub(super) fn build(file: &Path, raw: RawServe) -> Result<Serve, ConfigError> {
    let inside = address(file, "serve.inside", &raw.inside)?;
    let outside = address(file, "serve.outside", &raw.outside)?;
    if inside == outside && inside != Address::Tcp(SocketAddr::from(([127, 0, 0, 1], 0))) {
        let allowed = "another address than serve.inside, so that a firewall can tell them apart";
        return Err(ConfigError::found("serve.outside", &raw.outside, allowed));
    }
    if let Address::Tcp(address) = inside
        && !address.ip().is_loopback()
        && !raw.inside_without_tls
    {
        let allowed = "a loopback address or unix:PATH, with a proxy in front that speaks TLS, or \
                       inside_without_tls = true where the network itself is trusted: tokens and \
                       comments would cross it in the clear";
        return Err(ConfigError::found("serve.inside", &raw.inside, allowed));
    }
    let minutes = raw.visible_after_minutes;
    if !(1..=VISIBLE_AFTER_MINUTES_MAX).contains(&minutes) {
        let allowed = format!("1 to {VISIBLE_AFTER_MINUTES_MAX}");
        return Err(ConfigError::found("serve.visible_after_minutes", minutes, allowed));
    }
    let visible_after = SignedDuration::from_mins(i64::from(minutes));
    Ok(Serve { inside, outside, visible_after, bounds: bounds(&raw)? })
}

fn bounds(raw: &RawServe) -> Result<Bounds, ConfigError> {
    let body_bytes_max = within("body_bytes_max", raw.body_bytes_max, 1_024, 64 << 20)?;
    let rows_max = within("rows_max", raw.rows_max, 1, 4_000)?;
    let waiting_rows_max = within("waiting_rows_max", raw.waiting_rows_max, rows_max, 65_536)?;
    let least = 2 * body_bytes_max;
    let waiting_bytes_max = within("waiting_bytes_max", raw.waiting_bytes_max, least, 4 << 30)?;
    let request_s = within("request_seconds_max", raw.request_seconds_max, 1, 600)?;
    let drain_s = within("drain_seconds_max", raw.drain_seconds_max, 1, 600)?;
    let skew_s = within("webhook_skew_seconds_max", raw.webhook_skew_seconds_max, 1, 3_600)?;
    let rows = within("rows_per_minute_max", raw.rows_per_minute_max, 1, 10_000_000)?;
    Ok(Bounds {
        body_bytes_max,
        expansion_max: within("expansion_max", raw.expansion_max, 1, 1_000)?,
        rows_max,
        waiting_rows_max: NonZeroUsize::new(waiting_rows_max).unwrap_or(NonZeroUsize::MIN),
        waiting_bytes_max,
        connections_max: within("connections_max", raw.connections_max, 1, 10_000)?,
        request: Duration::from_secs(request_s as u64),
        rows_per_minute_max: u32::try_from(rows).unwrap_or(u32::MAX),
        webhook_skew: SignedDuration::from_secs(skew_s as i64),
        drain: Duration::from_secs(drain_s as u64),
    })
}

fn within(key: &str, found: u32, least: usize, most: usize) -> Result<usize, ConfigError> {
    match usize::try_from(found) {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => {
            let allowed = format!("{least} to {most}");
            Err(ConfigError::found(&format!("serve.{key}"), found, allowed))
        }
    }
}

fn address(file: &Path, key: &str, text: &str) -> Result<Address, ConfigError> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Ok(Address::Unix(beside(file, path)));
    }
    text.parse().map(Address::Tcp).map_err(|_| {
        let allowed = "an IP address with a port, such as 127.0.0.1:8801, or unix:PATH";
        ConfigError::found(key, format!("`{text}`"), allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(toml: &str) -> Result<Serve, String> {
        let raw = toml::from_str(toml).unwrap();
        build(Path::new("town.toml"), raw).map_err(|e| format!("{}: {}", e.key, e.fault))
    }

    #[test]
    fn empty_table_is_two_loopback_listeners() {
        let serve = built("").unwrap();
        assert_eq!(serve.inside, Address::Tcp("127.0.0.1:8801".parse().unwrap()));
        assert_eq!(serve.outside, Address::Tcp("127.0.0.1:8802".parse().unwrap()));
        assert_eq!(serve.visible_after, SignedDuration::from_mins(60));
    }

    #[test]
    fn socket_path_is_beside_the_pipeline_file() {
        let serve = built("inside = \"unix:run/inside.sock\"").unwrap();
        assert_eq!(serve.inside, Address::Unix("run/inside.sock".into()));
    }

    #[test]
    fn listener_that_would_carry_tokens_in_the_clear_is_refused_unless_told() {
        let open = "inside = \"0.0.0.0:8801\"";
        assert!(built(open).unwrap_err().contains("serve.inside"));
        assert!(built(&format!("{open}\ninside_without_tls = true")).is_ok());
        assert!(built("outside = \"0.0.0.0:80\"").is_ok());
    }

    #[test]
    fn value_out_of_range_names_its_key() {
        for (line, key) in [
            ("visible_after_minutes = 0", "serve.visible_after_minutes"),
            ("visible_after_minutes = 721", "serve.visible_after_minutes"),
            ("rows_max = 0", "serve.rows_max"),
            ("waiting_rows_max = 1", "serve.waiting_rows_max"),
            ("waiting_bytes_max = 10", "serve.waiting_bytes_max"),
            ("outside = \"127.0.0.1:8801\"", "serve.outside"),
            ("inside = \"localhost\"", "serve.inside"),
        ] {
            assert!(built(line).unwrap_err().starts_with(key), "{line}");
        }
    }
}
