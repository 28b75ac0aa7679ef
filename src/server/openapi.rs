//! OpenAPI 3.1 documents of both listeners, generated from the code that answers.
//!
//! The schema of a comment is the published one, word for word: there is no second.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use super::{clouds::EVENT_TYPE, inside};

const COMMENT: &str = include_str!("../../docs/schema/comment.schema.json");

/// RFC 9457 problem details. Nothing in them repeats what was sent.
#[derive(Serialize, ToSchema)]
#[allow(dead_code)] // never built: utoipa reads the type
pub(super) struct ProblemDetails {
    /// What kind of problem: a URN.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What was wrong, and what to do.
    detail: String,
    /// What became of each row, where rows were read.
    #[schema(required = false)]
    results: Vec<super::outcome::RowOutcome>,
}

/// One row or an array of rows; see the document itself.
#[derive(ToSchema)]
#[allow(dead_code)] // as above
pub(super) struct Rows {}

/// A CloudEvent that carries a row; see the document itself.
#[derive(ToSchema)]
#[allow(dead_code)] // as above
pub(super) struct Event {}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Undertone, inside",
        description = "Takes public comments in and forgets their words. Not for the public: see the outside listener for what is released.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(inside::post_comments, inside::delete_comment, inside::ready, inside::metrics),
    components(schemas(Rows, Event, ProblemDetails)),
    tags(
        (name = "ingest", description = "Comments, edits, deletions and votes."),
        (name = "operation", description = "Health and metrics.")
    )
)]
struct InsideApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Undertone, outside",
        description = "Differentially private releases and the ledger of what they cost, as they stood at the last public instant.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(list, release, entries, checkpoint)
)]
struct OutsideApi;

/// What is shown, and since when.
#[utoipa::path(get, path = "/v1/releases", tag = "releases", responses((status = 200, description = "The list.", body = Value)))]
#[allow(dead_code)] // a picture answers; utoipa reads this
fn list() {}

/// One release, byte for byte as signed; its schema is `undertone release schema`.
#[utoipa::path(get, path = "/v1/releases/{name}", tag = "releases", params(("name" = String, Path, description = "A name of the list.", min_length = 1)), responses((status = 200, description = "The release.", body = Value), (status = 404, description = "Nothing of this name is shown.", body = ProblemDetails, content_type = "application/problem+json")))]
#[allow(dead_code)] // as above
fn release() {}

/// The ledger's file of entries, for `undertone ledger verify`.
#[utoipa::path(get, path = "/v1/ledger/entries", tag = "ledger", responses((status = 200, description = "Frames of entries.", body = String, content_type = "application/octet-stream")))]
#[allow(dead_code)] // as above
fn entries() {}

/// The signed head over those entries (C2SP checkpoint).
#[utoipa::path(get, path = "/v1/ledger/checkpoint", tag = "ledger", responses((status = 200, description = "The checkpoint.", body = String, content_type = "text/plain")))]
#[allow(dead_code)] // as above
fn checkpoint() {}

/// The document of the inside listener.
pub fn inside_document() -> Value {
    let mut document = of(InsideApi::openapi());
    let schemas = &mut document["components"]["schemas"];
    let mut comment: Value = serde_json::from_str(COMMENT).unwrap_or_default();
    if let Some(comment) = comment.as_object_mut() {
        for key in ["$schema", "$id", "examples"] {
            comment.remove(key);
        }
    }
    schemas["Comment"] = comment;
    schemas["Vote"] = json!({
        "title": "A reaction without words",
        "description": "It says a tone by its stance, about a topic of the plan that it names itself: what it is about is never taken from another resident's comment.",
        "type": "object",
        "required": ["id", "account", "posted_at", "kind", "stance", "topic"],
        "properties": {
            "id": {"type": ["string", "integer"], "minLength": 1, "maxLength": 1024},
            "source": {"type": "string", "pattern": "^[a-z0-9_-]{1,40}$"},
            "account": {"type": ["string", "integer"], "minLength": 1, "maxLength": 1024},
            "kind": {"const": "vote"},
            "op": {"enum": ["create", "edit", "delete"], "default": "create"},
            "stance": {"enum": [-1, 0, 1]},
            "topic": {"description": "Id of a topic of the plan.", "type": "string"},
            "reply_to": {"description": "What it reacts to; not read.", "type": "string"},
            "posted_at": {"type": "string", "format": "date-time"},
            "revised_at": {"type": "string", "format": "date-time"},
            "neighborhood": {"type": "string", "minLength": 1},
            "lat": {"type": "number", "minimum": -90, "maximum": 90},
            "lon": {"type": "number", "minimum": -180, "maximum": 180},
        },
    });
    let row = json!({"anyOf": [
        {"$ref": "#/components/schemas/Comment"},
        {"$ref": "#/components/schemas/Vote"},
    ]});
    schemas["Rows"] = json!({
        "anyOf": [row, {"type": "array", "minItems": 1, "items": row}],
    });
    schemas["Event"] = json!({
        "description": "CloudEvents 1.0, structured. In binary mode the same stands in ce- headers.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1},
            "source": {"type": "string", "minLength": 1},
            "type": {"const": EVENT_TYPE},
            "data": row,
        },
    });
    document["components"]["securitySchemes"] = json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "Made by `undertone keys token create`.",
        },
    });
    document
}

/// The document of the outside listener.
pub fn outside_document() -> Value {
    of(OutsideApi::openapi())
}

fn of(mut api: utoipa::openapi::OpenApi) -> Value {
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    serde_json::to_value(api).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_of_openapi_3_1_and_name_every_route() {
        let inside = inside_document();
        assert_eq!(inside["openapi"], "3.1.0");
        let paths: Vec<_> = inside["paths"].as_object().unwrap().keys().collect();
        assert_eq!(paths, ["/metrics", "/readyz", "/v1/comments", "/v1/comments/{origin}"]);
        assert_eq!(inside["components"]["schemas"]["Comment"]["required"][0], "id");
        assert!(inside["components"]["schemas"]["RowOutcome"].is_object());
        let outside = outside_document();
        assert_eq!(outside["paths"].as_object().unwrap().len(), 4);
    }
}
