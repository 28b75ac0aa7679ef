//! Who sent a request: a token, or the signature of a webhook.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::{problem::Problem, webhook::Signed};
use crate::{
    config::{Proof, Scope, Token, TokenFile},
    domain::SourceId,
};

/// The senders in force; a reload replaces them whole.
#[derive(Clone, Debug, Default)]
pub struct Senders {
    tokens: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    token: Token,
    secret: Secret,
}

#[derive(Clone)]
enum Secret {
    Digest([u8; 32]),
    Webhook(Vec<u8>),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A sender who proved to be one.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub id: String,
    pub sources: Vec<SourceId>,
}

impl Senders {
    /// The senders of a token file. A token whose proof cannot be read proves nobody.
    pub fn new(file: TokenFile) -> Self {
        let known = |token: Token| {
            let secret = match &token.proof {
                Proof::Sha256(digest) => {
                    let mut bytes = [0; 32];
                    hex::decode_to_slice(digest, &mut bytes).ok()?;
                    Secret::Digest(bytes)
                }
                Proof::WebhookSecret(secret) => Secret::Webhook(STANDARD.decode(secret).ok()?),
            };
            Some(Known { token, secret })
        };
        Self { tokens: file.tokens.into_iter().filter_map(known).collect() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Whether this id is one of them.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.tokens.iter().any(|known| known.token.id == id)
    }

    /// Who sent the token in the headers; `None` when there is no token in them.
    ///
    /// # Errors
    /// When it is no token of this pipeline, or one that does not allow `scope`.
    pub(super) fn by_token(
        &self,
        headers: &HeaderMap,
        scope: Scope,
    ) -> Result<Option<Sender>, Problem> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
        let refused = || Problem::unproved("The token is not one of this pipeline.");
        let (kind, given) = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .ok_or_else(|| Problem::unproved("Authorization must read: Bearer TOKEN."))?;
        if !kind.eq_ignore_ascii_case("bearer") {
            return Err(Problem::unproved("Authorization must read: Bearer TOKEN."));
        }
        let digest = Token::digest(given.trim());
        // Every token is compared, whole: neither which one nor how much of it fits shows in time.
        let mut found = None;
        for known in &self.tokens {
            if let Secret::Digest(kept) = &known.secret
                && bool::from(kept.ct_eq(&digest))
            {
                found = Some(&known.token);
            }
        }
        allowed(found.ok_or_else(refused)?, scope).map(Some)
    }

    /// Who signed this body.
    ///
    /// # Errors
    /// When nobody did, or not lately.
    pub(super) fn by_signature(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        (now, skew): (Timestamp, SignedDuration),
    ) -> Result<Sender, Problem> {
        let signed = Signed::of(headers)
            .ok_or_else(|| Problem::unproved("Send a token, or sign the request as a webhook."))?;
        if !signed.is_fresh(now, skew) {
            let detail = "The webhook's time is too far from this machine's clock.";
            return Err(Problem::unproved(detail));
        }
        let mut found = None;
        for known in &self.tokens {
            if let Secret::Webhook(secret) = &known.secret
                && signed.is_signed_by(secret, body)
            {
                found = Some(&known.token);
            }
        }
        let refused = || Problem::unproved("The signature is not that of a webhook known here.");
        allowed(found.ok_or_else(refused)?, Scope::Ingest)
    }
}

fn allowed(token: &Token, scope: Scope) -> Result<Sender, Problem> {
    match token.scopes.contains(&scope) {
        true => Ok(Sender { id: token.id.clone(), sources: token.sources.clone() }),
        false => Err(Problem::not_allowed("This token was not made for this.")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, StatusCode};

    use super::*;

    fn senders() -> Senders {
        let token = |id: &str, scope, proof| Token {
            id: id.into(),
            name: "portal".into(),
            scopes: vec![scope],
            sources: vec![SourceId::new("forum").unwrap()],
            proof,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let digest = |secret| Proof::Sha256(hex::encode(Token::digest(secret)));
        let tokens = vec![
            token("1", Scope::Ingest, digest("ut_1_secret")),
            token("2", Scope::Metrics, digest("ut_2_secret")),
            token("3", Scope::Ingest, Proof::Sha256("not hex".into())),
        ];
        Senders::new(TokenFile { tokens })
    }

    fn by(authorization: &str, scope: Scope) -> Result<Option<String>, StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
        let found = senders().by_token(&headers, scope);
        found.map(|sender| sender.map(|sender| sender.id)).map_err(|problem| problem.status())
    }

    #[test]
    fn token_proves_its_sender_for_its_scope_alone() {
        assert_eq!(by("Bearer ut_1_secret", Scope::Ingest), Ok(Some("1".into())));
        assert_eq!(by("bearer ut_1_secret", Scope::Ingest), Ok(Some("1".into())));
        assert_eq!(by("Bearer ut_2_secret", Scope::Metrics), Ok(Some("2".into())));
        assert_eq!(by("Bearer ut_2_secret", Scope::Ingest), Err(StatusCode::FORBIDDEN));
        for wrong in ["Bearer ut_1_secre", "Bearer ut_1_secrets", "Bearer ", "Basic x", "x"] {
            assert_eq!(by(wrong, Scope::Ingest), Err(StatusCode::UNAUTHORIZED), "{wrong}");
        }
        assert!(senders().by_token(&HeaderMap::new(), Scope::Ingest).unwrap().is_none());
        assert_eq!(senders().len(), 2, "a token without a readable digest is none");
    }
}
