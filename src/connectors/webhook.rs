//! What is told to another service: a signed POST through the one door, by the rules of Standard
//! Webhooks. It carries what its caller made of releases; it knows nothing of alerts.
//!
//! # Source
//! Standard Webhooks 1.0: HMAC-SHA256 over id, time and body; the id stays the same however often a
//! message is sent, so that whoever gets it twice knows.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;
use zeroize::Zeroizing;

use super::outbound::{
    Ask, Fault, Outbound, Policy, Secret, SecretError, SecretFrom, Surroundings, pause_after,
};

/// A message is sent so many times before it waits for the next round.
const ATTEMPTS_MAX: u32 = 4;
/// A receiver that asks for more patience gets it in the next round.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// One attempt, from its first byte to the answer's head.
const CALL_MAX: Duration = Duration::from_secs(20);
/// Sizes of a signing secret that the rules allow.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A receiver, as a pipeline file names it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Where messages go. Its host is the only one asked: a redirect is a refusal.
    pub url: Url,
    /// Whether this machine may be asked, without TLS, and then nothing else.
    pub loopback: bool,
    /// Where the signing secret stands: `whsec_` and the base64 of its bytes.
    pub secret: SecretFrom,
}

/// A receiver that may be told.
pub struct Hook {
    url: Url,
    outbound: Outbound,
    key: Zeroizing<Vec<u8>>,
}

/// Why a receiver was not told. It names the host alone: an address may hold a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// Its address is not one to go to.
    #[error("{host} was not asked: {why}")]
    Refused {
        /// Which host.
        host: String,
        /// Which rule it breaks.
        why: String,
    },
    /// Its secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Its secret is none.
    #[error(
        "{named} does not hold a signing secret: `whsec_` and the base64 of 24 to 64 random bytes \
         are wanted, as in whsec_$(head -c 32 /dev/urandom | base64)"
    )]
    Key {
        /// File or variable.
        named: String,
    },
    /// It is there, and will not take this message.
    #[error("{host} {why}")]
    Rejected {
        /// Which host.
        host: String,
        /// What it answered.
        why: String,
    },
    /// It did not take the message.
    #[error("{host} {why}")]
    Undelivered {
        /// Which host.
        host: String,
        /// What happened.
        why: String,
    },
}

impl Webhook {
    /// What it is called in messages.
    pub fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }

    /// Holds its address against the rules. Nothing is read and nothing is asked.
    ///
    /// # Errors
    /// When it may not be asked.
    pub fn check(&self) -> Result<(), WebhookError> {
        self.policy().admit(&self.url).map_err(|fault| refused(self.host(), &fault))
    }

    /// The same, with its secret read.
    ///
    /// # Errors
    /// When it may not be asked, or its secret is none.
    pub fn open(&self, surroundings: &Surroundings) -> Result<Hook, WebhookError> {
        self.check()?;
        let named = || match &self.secret {
            SecretFrom::File(path) => path.display().to_string(),
            SecretFrom::Environment(name) => name.clone(),
        };
        let written = Secret::read(&self.secret)?.after("");
        let key = written.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
        let key = key.map(Zeroizing::new).filter(|key| KEY_BYTES.contains(&key.len()));
        let key = key.ok_or_else(|| WebhookError::Key { named: named() })?;
        let outbound = Outbound::new(self.policy(), None, surroundings.clone());
        Ok(Hook { url: self.url.clone(), outbound, key })
    }

    fn policy(&self) -> Policy {
        let host = self.host();
        let named = self.url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        Policy { hosts: vec![named], loopback: self.loopback }
    }
}

impl Hook {
    /// Sends a message until it is taken, with pauses, a few times and while `go_on` says so. The
    /// receiver may have got it more than once, or have got one that is told here as undelivered.
    ///
    /// # Errors
    /// When it was not taken.
    pub fn deliver(
        &self,
        id: &str,
        body: &str,
        go_on: &dyn Fn() -> bool,
    ) -> Result<(), WebhookError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Err(fault) = self.outbound.post(&self.message(id, body), CALL_MAX) else {
                return Ok(());
            };
            let host = || self.url.host_str().unwrap_or_default().to_owned();
            let why = told(&fault);
            match fault {
                Fault::Refused(_) => return Err(refused(host(), &fault)),
                Fault::Status { .. } if !fault.may_pass() => {
                    return Err(WebhookError::Rejected { host: host(), why });
                }
                _ => {}
            }
            match pause_after(fault, attempt) {
                Ok(pause) if attempt < ATTEMPTS_MAX && pause <= WAIT_MAX && go_on() => {
                    self.outbound.wait(pause);
                    if !go_on() {
                        return Err(WebhookError::Undelivered { host: host(), why });
                    }
                }
                _ => return Err(WebhookError::Undelivered { host: host(), why }),
            }
        }
    }

    /// Signed anew for each attempt: a receiver refuses a signature whose time is long past.
    fn message(&self, id: &str, body: &str) -> Ask {
        let at = self.outbound.now().as_second().to_string();
        let signature = signature(&self.key, [id, &at, body]);
        let headers = vec![
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at),
            ("webhook-signature", signature),
        ];
        Ask { json: Some(body.to_owned()), headers, ..Ask::get(self.url.clone(), "*/*") }
    }
}

fn signature(key: &[u8], parts: [&str; 3]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key length works"); // Unwrap safety: HMAC takes keys of any length
    mac.update(parts.join(".").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn refused(host: String, fault: &Fault) -> WebhookError {
    let why = match fault {
        Fault::Refused(why) => (*why).to_owned(),
        other => other.to_string(),
    };
    WebhookError::Refused { host, why }
}

/// The fault in the words of a webhook: keys of a source would mislead.
fn told(fault: &Fault) -> String {
    match fault {
        Fault::Status { code: 410, .. } => {
            "answered with status 410: it takes no more of these; remove its [alert.webhook]".into()
        }
        Fault::Status { code, .. } => format!("answered with status {code}"),
        Fault::NameNotFound => "has no address that can be found".into(),
        Fault::Broken(kind) => format!("cannot be reached, or broke off ({kind})"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_is_that_of_the_specifications_example() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let parts = ["msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#];
        assert_eq!(signature(&key, parts), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn address_is_held_to_the_rules_of_the_door() {
        let checked = |url: &str, loopback| {
            let secret = SecretFrom::Environment("UNDERTONE_NO_SUCH".into());
            Webhook { url: url.parse().unwrap(), loopback, secret }.check()
        };
        assert!(checked("https://hooks.example.gov/a/b?c=d", false).is_ok());
        assert!(checked("https://hooks.example.gov:8443/", false).is_ok());
        assert!(checked("http://127.0.0.1:4000/", true).is_ok());
        for (url, loopback) in [
            ("http://hooks.example.gov/", false),
            ("https://10.0.0.7/", false),
            ("http://127.0.0.1/", false),
            ("http://hooks.example.gov/", true),
            ("https://me:word@hooks.example.gov/", false),
        ] {
            let error = checked(url, loopback).unwrap_err().to_string();
            assert!(error.contains("was not asked") && !error.contains("word@"), "{error}");
        }
    }
}
