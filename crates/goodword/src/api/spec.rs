//! The OpenAPI description: collected from the operations themselves, completed with what holds for all of them.

use super::OPERATIONS;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Operations that people signed out may use on an open network.
const OPEN: [&str; 15] = [
    "/api/v1/recommendations",
    "/api/v1/occupations",
    "/api/v1/people",
    "/api/v1/people/{handle}",
    "/api/v1/people/{handle}/vouches",
    "/api/v1/works/{id}",
    "/api/v1/pictures/{id}",
    "/api/v1/needs/{id}",
    "/api/v1/conversations",
    "/api/v1/conversations/{slug}",
    "/api/v1/conversations/{slug}/comments",
    "/api/v1/conversations/{slug}/revisions",
    "/api/v1/comments/{id}/revisions",
    "/api/v1/ranking",
    "/api/v1/comments/{id}",
];

/// What every list of operations on the page about the API begins with.
const ABOUT: &str = "Everything a page can do, by the same rules. Ids are 26 letters and digits, times are RFC 3339 in UTC, \
amounts are whole minor units (cents) beside their currency. What is not yours to see looks like what does not exist: 404.";

static SPEC: LazyLock<Value> = LazyLock::new(build);

/// The description as JSON.
pub fn openapi() -> &'static Value {
    &SPEC
}

/// `GET /api/openapi.json`.
pub async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], SPEC.to_string()).into_response()
}

fn build() -> Value {
    // A description that cannot be written would be a bug found by its snapshot test.
    let mut spec = serde_json::to_value(&OPERATIONS.1).unwrap_or_default();
    spec["info"] = json!({
        "title": "Goodword",
        "version": env!("CARGO_PKG_VERSION"),
        "description": ABOUT,
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    });
    spec["components"]["securitySchemes"] = json!({
        "token": { "type": "http", "scheme": "bearer", "description": "An access token, made at /tokens." },
        "session": { "type": "apiKey", "in": "cookie", "name": "__Host-session",
            "description": "A browser’s session, from pages of this site only." },
    });
    spec["components"]["schemas"]["Problem"] = problem();
    spec["components"]["responses"] = json!({ "Problem": {
        "description": "A refusal, in a sentence (RFC 9457).",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    }});
    if let Some(paths) = spec["paths"].as_object_mut() {
        for (path, methods) in paths {
            for (method, operation) in methods.as_object_mut().into_iter().flatten() {
                complete(path, method, operation);
            }
        }
    }
    spec
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "errors"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "A sentence a person can act on." },
            "errors": { "type": "array", "description": "Each field that was refused.", "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": { "field": { "type": "string" }, "detail": { "type": "string" } },
            }},
        },
    })
}

/// What holds for every operation: its name, who may use it, the refusals, the key that makes it happen once.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let words: Vec<&str> = path.split(['/', '{', '}', '.']).filter(|w| !matches!(*w, "" | "api" | "v1")).collect();
    operation["operationId"] = json!(format!("{method}_{}", words.join("_")));
    let open = method == "get" && OPEN.contains(&path);
    let mut security = vec![json!({ "token": [] }), json!({ "session": [] })];
    if open {
        security.insert(0, json!({}));
    }
    operation["security"] = Value::Array(security);
    let refusal = json!({ "$ref": "#/components/responses/Problem" });
    let mut statuses = vec!["400", "401", "403", "404", "429", "default"];
    if method != "get" {
        statuses.extend(["409", "415", "422"]);
        let parameters = operation.as_object_mut().map(|o| o.entry("parameters").or_insert_with(|| json!([])));
        if let Some(Value::Array(list)) = parameters {
            list.push(json!({
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "The same key again within a day is answered alike, and happens once.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" },
            }));
        }
    }
    for status in statuses {
        operation["responses"][status] = refusal.clone();
    }
}
