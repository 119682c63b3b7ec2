//! Values that many answers hold.

use crate::key::Key;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A time (µs since 1970), as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub i64);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&crate::say::machine(&self.0, &TimeZone::UTC))
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Moment {
    fn name() -> Cow<'static, str> {
        "Moment".into()
    }
}

impl PartialSchema for Key {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("An id: 26 letters and digits."))
            .pattern(Some("^[0-7][0-9a-hjkmnp-tv-z]{25}$"))
            .into()
    }
}

impl ToSchema for Key {
    fn name() -> Cow<'static, str> {
        "Id".into()
    }
}

/// Somebody, as far as this reader may know them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct Reference {
    /// As others see it.
    pub name: String,
    /// In URLs; `null` for somebody without a page.
    pub handle: Option<String>,
}

impl Reference {
    /// A name, and a handle unless it is empty.
    pub fn new(name: &str, handle: &str) -> Self {
        Self { name: name.to_owned(), handle: Some(handle.to_owned()).filter(|h| !h.is_empty()) }
    }
}

/// Nothing to tell but that it is done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Done {
    /// In a sentence.
    pub said: String,
}

impl Done {
    /// The sentence.
    pub fn new(said: &str) -> crate::api::Json<Self> {
        crate::api::Json(Self { said: said.to_owned() })
    }
}

/// The schema of a text people type: the limit that the form and the refusal have too.
pub fn text_schema(max: usize) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(max)).into()
}

/// A yes as forms send it.
pub fn yes(on: bool) -> String {
    if on { "yes".into() } else { String::new() }
}

/// An amount in minor units as forms send it.
pub fn typed_money(minor: Option<i64>) -> String {
    // A negative one stays something that no form takes.
    minor.map(|m| if m < 0 { "-1".into() } else { crate::profile::plain_money(m) }).unwrap_or_default()
}
