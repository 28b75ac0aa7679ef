//! Webhooks signed as Standard Webhooks has it: HMAC-SHA256 over id, time and body.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

/// Signatures that one request may carry; senders give two while they change their secret.
const SIGNATURES_MAX: usize = 8;

/// The headers of a signed request.
pub(super) struct Signed<'a> {
    id: &'a str,
    at: &'a str,
    signatures: &'a str,
}

impl<'a> Signed<'a> {
    /// The three headers, where they are there.
    pub fn of(headers: &'a HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let (id, at) = (text("webhook-id")?, text("webhook-timestamp")?);
        Some(Self { id, at, signatures: text("webhook-signature")? })
    }

    /// Whether it was signed near `now`.
    pub fn is_fresh(&self, now: Timestamp, skew: SignedDuration) -> bool {
        let at = self.at.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        at.is_some_and(|at| at.duration_since(now).abs() <= skew)
    }

    /// Whether one of its signatures is that of `secret` over this body; takes as long for a wrong
    /// one as for a right one.
    pub fn is_signed_by(&self, secret: &[u8], body: &[u8]) -> bool {
        let given = self.signatures.split(' ').take(SIGNATURES_MAX);
        given
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
            .fold(false, |fits, signature| {
                fits | self.mac(secret, body).verify_slice(&signature).is_ok()
            })
    }

    fn mac(&self, secret: &[u8], body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any key length works"); // Unwrap safety: HMAC takes keys of any length
        for part in [self.id.as_bytes(), b".", self.at.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(at: &'static str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", HeaderValue::from_static("msg_p5jXN8AQM9LWM0D4loKWxJek"));
        headers.insert("webhook-timestamp", HeaderValue::from_static(at));
        headers.insert("webhook-signature", HeaderValue::from_str(signature).unwrap());
        headers
    }

    /// The example of the specification.
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn signature_of_the_specifications_example_fits_and_others_do_not() {
        let secret = STANDARD.decode(SECRET).unwrap();
        let two = format!("v1,AAAA {SIGNATURE}");
        for given in [SIGNATURE, &two] {
            let headers = headers("1614265330", given);
            assert!(Signed::of(&headers).unwrap().is_signed_by(&secret, BODY), "{given}");
        }
        let good = headers("1614265330", SIGNATURE);
        let signed = Signed::of(&good).unwrap();
        assert!(!signed.is_signed_by(&secret, b"{}"));
        assert!(!signed.is_signed_by(b"another", BODY));
        let later = headers("1614265331", SIGNATURE);
        assert!(!Signed::of(&later).unwrap().is_signed_by(&secret, BODY));
    }

    #[test]
    fn signature_is_fresh_near_the_clock_alone() {
        let headers = headers("1614265330", SIGNATURE);
        let signed = Signed::of(&headers).unwrap();
        let (at, skew) =
            (Timestamp::from_second(1_614_265_330).unwrap(), SignedDuration::from_secs(300));
        for (seconds, fresh) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)]
        {
            let now = at + SignedDuration::from_secs(seconds);
            assert_eq!(signed.is_fresh(now, skew), fresh, "{seconds}");
        }
    }
}
