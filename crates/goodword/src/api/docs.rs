//! The page about the API, drawn from its description: plain HTML, nothing fetched.

use super::openapi;
use crate::error::Result;
use crate::page::Frame;
use crate::viewer::Visit;
use askama::Template;
use axum::response::Response;
use serde_json::Value;
use std::sync::LazyLock;

/// Operations on one kind of thing.
struct Group {
    name: String,
    anchor: String,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: String,
    summary: String,
    about: String,
    /// People signed out may use it on an open network.
    open: bool,
    scope: &'static str,
    fields: Vec<Field>,
    /// Name of the shape of the body.
    body: Option<String>,
    /// Status and what it holds.
    answers: Vec<(String, Kind)>,
}

/// A parameter of an operation, or a field of a shape.
struct Field {
    name: String,
    place: &'static str,
    required: bool,
    kind: Kind,
    about: String,
}

/// What a value is, in words, and the shape it refers to.
#[derive(Default)]
struct Kind {
    words: String,
    shape: Option<String>,
}

struct Shape {
    name: String,
    about: String,
    fields: Vec<Field>,
    /// Where it is no object.
    kind: Kind,
}

struct Drawn {
    about: String,
    groups: Vec<Group>,
    shapes: Vec<Shape>,
}

static DRAWN: LazyLock<Drawn> = LazyLock::new(draw);

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

fn shape_of(schema: &Value) -> Option<String> {
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    Some(name.to_owned())
}

/// “text, at most 120 characters”, “list of Vouch”.
fn kind(schema: &Value) -> Kind {
    if let Some(shape) = shape_of(schema) {
        return Kind { words: String::new(), shape: Some(shape) };
    }
    if let Some(choices) = schema["enum"].as_array() {
        let all: Vec<String> = choices.iter().map(text).collect();
        return Kind { words: format!("one of {}", all.join(", ")), shape: None };
    }
    for many in ["oneOf", "anyOf", "allOf"] {
        let found = schema[many].as_array().and_then(|all| all.iter().find(|s| s["type"] != "null"));
        if let Some(found) = found {
            let inner = kind(found);
            return Kind { words: format!("{} or null", inner.words).trim().to_owned(), ..inner };
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let main = types.iter().find(|t| **t != "null").copied().unwrap_or("");
    let mut words = match main {
        "string" if schema["format"] == "date-time" => "time".to_owned(),
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "yes or no".to_owned(),
        "array" => {
            let inner = kind(&schema["items"]);
            return Kind { words: format!("list of {}", inner.words).trim_end().to_owned(), shape: inner.shape };
        }
        other => other.to_owned(),
    };
    let bound = |name: &str| schema[name].as_i64();
    match (bound("minimum"), bound("maximum"), bound("maxLength")) {
        (Some(low), Some(high), _) => words += &format!(", {low} to {high}"),
        (Some(low), None, _) => words += &format!(", from {low}"),
        (.., Some(most)) => words += &format!(", at most {most} characters"),
        _ => {}
    }
    if types.contains(&"null") {
        words += " or null";
    }
    Kind { words, shape: None }
}

fn fields(schema: &Value) -> Vec<Field> {
    let mut all = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        match shape_of(part) {
            Some(shape) => all.push(Field {
                name: "…".into(),
                place: "",
                required: true,
                kind: Kind { words: "everything of".into(), shape: Some(shape) },
                about: String::new(),
            }),
            None => all.extend(fields(part)),
        }
    }
    let required = |name: &str| schema["required"].as_array().is_some_and(|r| r.iter().any(|n| n == name));
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        all.push(Field {
            name: name.clone(),
            place: "",
            required: required(name),
            kind: kind(field),
            about: text(&field["description"]),
        });
    }
    all
}

fn parameters(operation: &Value) -> Vec<Field> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.map(|p| Field {
        name: text(&p["name"]),
        place: match p["in"].as_str() {
            Some("path") => "in the path",
            Some("header") => "a header",
            _ => "in the query",
        },
        required: p["required"] == true,
        kind: kind(&p["schema"]),
        about: text(&p["description"]),
    })
    .collect()
}

fn operation(path: &str, method: &str, o: &Value) -> Operation {
    let json = |part: &Value| part["content"]["application/json"]["schema"].clone();
    let answers = o["responses"].as_object().into_iter().flatten();
    let method_is = method.to_uppercase().parse().unwrap_or_default();
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&o["summary"]),
        about: text(&o["description"]),
        open: o["security"][0].as_object().is_some_and(serde_json::Map::is_empty),
        scope: crate::tokens::Scope::needed(&method_is, path).as_str(),
        fields: parameters(o),
        body: shape_of(&json(&o["requestBody"])),
        answers: answers.filter(|(s, _)| s.starts_with('2')).map(|(s, r)| (s.clone(), kind(&json(r)))).collect(),
    }
}

fn draw() -> Drawn {
    let spec = openapi();
    let mut groups: Vec<Group> = Vec::new();
    for (path, methods) in spec["paths"].as_object().into_iter().flatten() {
        for (method, o) in methods.as_object().into_iter().flatten() {
            let name = text(&o["tags"][0]);
            let at = groups.iter().position(|g| g.name == name).unwrap_or_else(|| {
                let anchor = formats::name::fold(&name).replace(' ', "-");
                groups.push(Group { name, anchor, operations: Vec::new() });
                groups.len() - 1
            });
            groups[at].operations.push(operation(path, method, o));
        }
    }
    let shapes = spec["components"]["schemas"].as_object().into_iter().flatten();
    let shapes = shapes.map(|(name, s)| Shape {
        name: name.clone(),
        about: text(&s["description"]),
        fields: fields(s),
        kind: kind(s),
    });
    Drawn { about: text(&spec["info"]["description"]), groups, shapes: shapes.collect() }
}

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Docs {
    frame: Frame,
    drawn: &'static Drawn,
    public_url: String,
}

/// `GET /api`.
pub async fn show(visit: Visit) -> Result<Response> {
    let frame = visit.frame().await?;
    let public_url = visit.app.site.public_url.clone();
    visit.html(&Docs { frame, drawn: &DRAWN, public_url })
}
