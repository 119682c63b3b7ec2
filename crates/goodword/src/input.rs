//! What people type, parsed once into types that form, JSON and CSV share. Each knows its length limit, so that
//! `maxlength` and the refusal agree.

use crate::error::{Error, Result};
use store::{Bind, Value};

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal, $lines:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Default)]
        pub struct $name(String);

        impl $name {
            /// The most characters.
            pub const MAX: usize = $max;

            /// Cleans and checks what was typed into `field`; may be empty.
            ///
            /// # Errors
            /// [`Error::Invalid`] with a sentence for the field.
            pub fn optional(field: &'static str, typed: &str) -> Result<Self> {
                let text = if $lines { formats::text::clean_text(typed) } else { formats::text::clean_line(typed) };
                let length = text.chars().count();
                if length > Self::MAX {
                    let sentence =
                        format!("This is {length} characters long; please keep it to {} or fewer.", Self::MAX);
                    return Err(Error::field(field, sentence));
                }
                Ok(Self(text))
            }
        }

        impl Bind for $name {
            fn value(&self) -> Value<'_> {
                Value::Text(&self.0)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::api::text_schema(Self::MAX)
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! required {
    ($($name:ident),*) => {
        $(impl $name {
            /// As [`Self::optional`], but empty is refused.
            ///
            /// # Errors
            /// [`Error::Invalid`] with a sentence for the field.
            pub fn parse(field: &'static str, typed: &str) -> Result<Self> {
                let text = Self::optional(field, typed)?;
                if text.0.is_empty() { Err(Error::field(field, "Please fill this in.")) } else { Ok(text) }
            }
        })*
    };
}

macro_rules! readable {
    ($($name:ident),*) => {
        $(impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        })*
    };
}

text_type!(/** A person's or a group's name. */ Name, 120, false);
text_type!(/** One line: a title, a place, a headline. */ Title, 160, false);
text_type!(/** A few sentences: why somebody is recommended, a need, a note. */ Words, 2_000, true);
text_type!(/** A note to oneself. */ Note, 500, true);
text_type!(/** A telephone number, as its owner writes it. */ Phone, 40, false);
text_type!(/** A page of Markdown: a biography, a description of work. */ Body, 10_000, true);

required!(Name, Title, Words);
readable!(Name, Title, Words, Note, Phone);

/// An e-mail address, folded to lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The most characters (RFC 5321).
    pub const MAX: usize = 254;

    /// Checks what was typed into `field`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a sentence for the field.
    pub fn parse(field: &'static str, typed: &str) -> Result<Self> {
        let text = formats::text::clean_line(typed).to_lowercase();
        let fits = text.len() <= Self::MAX && text.parse::<lettre::Address>().is_ok() && text.is_ascii();
        let dotted = text.rsplit_once('@').is_some_and(|(_, host)| host.contains('.') || host == "localhost");
        if fits && dotted {
            Ok(Self(text))
        } else {
            Err(Error::field(field, "This does not look like an e-mail address, such as ana@example.org."))
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl utoipa::PartialSchema for Email {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::api::text_schema(Self::MAX)
    }
}

impl utoipa::ToSchema for Email {}

impl Bind for Email {
    fn value(&self) -> Value<'_> {
        Value::Text(&self.0)
    }
}

/// An amount in minor units, typed as `3,000`, `$3000` or `2.50`; empty is `None`.
///
/// # Errors
/// [`Error::Invalid`] with a sentence for the field.
pub fn parse_money(field: &'static str, typed: &str) -> Result<Option<i64>> {
    let bare: String = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '$' | '€' | '£' | ',')).collect();
    if bare.is_empty() {
        return Ok(None);
    }
    let refuse = || Error::field(field, "Please type an amount, such as 3000 or 2,500.50.");
    let (whole, cents) = bare.split_once('.').unwrap_or((&bare, "0"));
    if cents.len() > 2 || whole.len() > 10 {
        return Err(refuse());
    }
    let whole: i64 = whole.parse().map_err(|_| refuse())?;
    let cents: i64 = format!("{cents:0<2}").parse().map_err(|_| refuse())?;
    if whole < 0 || cents < 0 {
        return Err(refuse());
    }
    Ok(Some(whole * 100 + cents))
}

/// An ISO date typed into a date field; empty is `None`.
///
/// # Errors
/// [`Error::Invalid`] with a sentence for the field.
pub fn parse_date(field: &'static str, typed: &str) -> Result<Option<String>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let date: jiff::civil::Date =
        typed.parse().map_err(|_| Error::field(field, "Please type a date as year-month-day, such as 2026-06-12."))?;
    if !(1900..=2200).contains(&date.year()) {
        return Err(Error::field(field, "Please check the year."));
    }
    Ok(Some(date.to_string()))
}

/// A web address typed into `field`; `https://` is added where it is missing, empty stays empty.
///
/// # Errors
/// [`Error::Invalid`] for anything but http and https with a host.
pub fn parse_url(field: &'static str, typed: &str) -> Result<String> {
    let text = formats::text::clean_line(typed);
    if text.is_empty() {
        return Ok(text);
    }
    let full = if text.contains("://") { text } else { format!("https://{text}") };
    let lower = full.to_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let host = rest.map(|r| r.split(['/', '?', '#']).next().unwrap_or(""));
    let fits = full.len() <= 300 && !full.contains([' ', '"', '<', '>', '\\']);
    match host {
        Some(host) if fits && host.contains('.') && !host.contains('@') => Ok(full),
        _ => Err(Error::field(field, "This does not look like a web address, such as https://example.org/work.")),
    }
}

/// `10 miles`, `16 km` or `16` (km), as whole km; empty is `None`.
///
/// # Errors
/// [`Error::Invalid`] with a sentence for the field.
pub fn parse_distance(field: &'static str, typed: &str) -> Result<Option<i64>> {
    let text = typed.trim().to_lowercase();
    if text.is_empty() {
        return Ok(None);
    }
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text[digits.len()..].trim();
    let refuse = || Error::field(field, "Please type a distance, such as 10 miles or 15 km.");
    let n: i64 = digits.parse().map_err(|_| refuse())?;
    // 1 mile = 1.609 km.
    let km = match unit {
        "" | "km" | "kilometres" | "kilometers" => n,
        "mi" | "mile" | "miles" => n.saturating_mul(1_609).saturating_add(500) / 1_000,
        _ => return Err(refuse()),
    };
    if (1..=20_000).contains(&km) { Ok(Some(km)) } else { Err(refuse()) }
}

/// Collects the refusals of several fields, so that a person sees all of them at once.
#[derive(Default)]
pub struct Check(Vec<(&'static str, String)>);

impl Check {
    /// Keeps a good value; notes a refusal.
    ///
    /// # Errors
    /// Passes on errors that are not about a field.
    pub fn take<T>(&mut self, parsed: Result<T>) -> Result<Option<T>> {
        match parsed {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid(fields)) => {
                self.0.extend(fields);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Notes a refusal.
    pub fn refuse(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.push((field, sentence.into()));
    }

    /// Fails if anything was refused.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all refusals.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
