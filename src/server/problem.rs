//! Refusals as RFC 9457 problem details: what was wrong and what to do, never a word of a body.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use serde_json::{Value, json};

use super::outcome::RowOutcome;

/// Whoever finds no room is asked to wait so long.
pub(super) const RETRY_AFTER_S: u32 = 2;

/// Why a request, or every row of it, was refused.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after_s: Option<u32>,
    rows: Vec<RowOutcome>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after_s: None, rows: Vec::new() }
    }

    pub fn malformed(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub fn unproved(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unproved_sender", detail)
    }

    pub fn not_allowed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not_allowed", detail)
    }

    pub fn too_large(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, code, detail)
    }

    pub fn not_spoken(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", detail)
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this path.")
    }

    pub fn method() -> Self {
        let detail = "This path has other methods; see /v1/openapi.json.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail)
    }

    pub fn slow() -> Self {
        let detail = "The request did not arrive in time; nothing of it was taken in.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", detail)
    }

    /// Every row was refused.
    pub fn rows(rows: Vec<RowOutcome>) -> Self {
        let detail = "No row could be taken in; `results` says why, row by row.";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "rows_refused", detail);
        Self { rows, ..problem }
    }

    /// There is no room now.
    pub fn full() -> Self {
        let detail = "There is no room for more now; nothing of the request was taken in.";
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "no_room", detail);
        Self { retry_after_s: Some(RETRY_AFTER_S), ..problem }
    }

    /// The sender brings more than it may.
    pub fn too_fast(retry_after_s: u32) -> Self {
        let detail = "This token brings more rows a minute than it may; nothing was taken in.";
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate", detail);
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// The service is ending, or the answer did not come in time.
    pub fn unavailable() -> Self {
        let detail = "No answer could be given. Send the same again later: what was taken in \
                      already counts once.";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        Self { retry_after_s: Some(RETRY_AFTER_S), ..problem }
    }

    /// A defect in this program.
    pub fn internal() -> Self {
        let detail = "This request met a defect in the program. Send the same again: what was \
                      taken in already counts once.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    #[cfg(any(test, fuzzing))]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "type": format!("urn:undertone:problem:{}", self.code.replace('_', "-")),
            "title": self.status.canonical_reason().unwrap_or("Refused"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.rows.is_empty() {
            body["results"] = json!(self.rows);
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(format!("{}\n", self.body())));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let typed = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, typed);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
