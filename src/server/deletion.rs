//! A deletion as a request of its own: the comment in the path, its account in a header.

use axum::http::HeaderMap;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    outcome::Refusal,
    problem::Problem,
    rows::{Reader, Row},
};
use crate::{
    domain::{Action, Place, RawComment, Sensitive, SourceId},
    pipeline::{BadRow, Given},
};

/// A longer account is none, as for every source.
const ACCOUNT_BYTES_MAX: usize = 1_024;

/// Header that names the account of a deletion, percent-encoded where it is not plain ASCII.
pub(super) const ACCOUNT_HEADER: &str = "undertone-account";

/// What a deletion may name besides its path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Deletion {
    /// The source that the comment came through; left out, the pipeline's own.
    #[param(pattern = "^[a-z0-9_-]{1,40}$")]
    pub source: Option<String>,
}

/// The row that takes the comment `origin` back.
pub(super) fn row(
    origin: String,
    deletion: Deletion,
    headers: &HeaderMap,
    reader: &Reader<'_>,
    now: Timestamp,
) -> Result<Row, Problem> {
    let source = deletion.source.map(SourceId::new).transpose();
    let source = source.map_err(|_| {
        Problem::malformed("bad_source", "`source` may hold 1 to 40 of a-z, 0-9, - and _.")
    })?;
    let row = match account(headers) {
        Err(reason) => Err(Refusal::Bad(reason)),
        Ok(_) if origin.trim().is_empty() => Err(Refusal::Bad(BadRow::MissingId)),
        Ok(account) => {
            let raw = RawComment {
                source: source.unwrap_or_else(|| reader.source.clone()),
                origin: Sensitive::new(origin),
                account,
                text: Sensitive::new(String::new()),
                place: Place::Missing,
                posted_at: now,
                revised_at: None,
                action: Action::Delete,
            };
            reader.check(&raw).map(|()| Given::Comment(raw))
        }
    };
    Ok((1, row))
}

/// The account that the headers name, trimmed as sources trim theirs.
fn account(headers: &HeaderMap) -> Result<Option<Sensitive<String>>, BadRow> {
    let Some(value) = headers.get(ACCOUNT_HEADER) else { return Ok(None) };
    let encoded = value.to_str().map_err(|_| BadRow::BadField)?;
    let account = percent_decode_str(encoded).decode_utf8().map_err(|_| BadRow::InvalidUtf8)?;
    let account = account.trim();
    if account.len() > ACCOUNT_BYTES_MAX {
        return Err(BadRow::FieldTooLong);
    }
    Ok((!account.is_empty()).then(|| Sensitive::new(account.to_owned())))
}
