//! Lists in pages: `limit` and `cursor` in, `next` and a `Link` header out.

use crate::api::Json;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::router::url_encode;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items in a page unless asked otherwise.
const USUAL: usize = 25;
/// The most.
const MOST: usize = 100;

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T: ToSchema> {
    /// In order.
    pub items: Vec<T>,
    /// The cursor of the page after this one; `null` at the end.
    pub next: Option<String>,
}

/// Something in a list, found again by its cursor.
pub trait Item {
    /// What tells it from the others.
    fn cursor(&self) -> String;
}

impl Page {
    /// How many items are wanted.
    ///
    /// # Errors
    /// [`Error::Invalid`] out of range.
    pub fn size(&self) -> Result<usize> {
        let size = self.limit.unwrap_or(USUAL);
        if (1..=MOST).contains(&size) { Ok(size) } else { Err(Error::field("limit", format!("From 1 to {MOST}."))) }
    }

    /// The page of a list that was read whole.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a size out of range or a cursor that names nothing in the list.
    pub fn of<T: ToSchema + Item>(&self, all: Vec<T>) -> Result<List<T>> {
        let size = self.size()?;
        let begin = match self.cursor.as_deref().filter(|c| !c.is_empty()) {
            None => 0,
            Some(cursor) => all.iter().position(|item| item.cursor() == cursor).ok_or_else(lost)? + 1,
        };
        let more = all.len() > begin + size;
        let items: Vec<T> = all.into_iter().skip(begin).take(size).collect();
        let next = items.last().filter(|_| more).map(Item::cursor);
        Ok(List { items, next })
    }

    /// The id to go on after, for lists that the database reads page by page.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cursor that is none.
    pub fn after(&self) -> Result<Option<Key>> {
        self.cursor.as_deref().filter(|c| !c.is_empty()).map(|c| c.parse().map_err(|_| lost())).transpose()
    }

    /// Of a list that is counted, where nothing comes in front: how many items are wanted, and how many come before them.
    ///
    /// # Errors
    /// As [`Page::size`]; [`Error::Invalid`] for a cursor that is none.
    pub fn counted(&self) -> Result<(usize, usize)> {
        let first = match self.cursor.as_deref().filter(|c| !c.is_empty()) {
            None => 0,
            Some(cursor) => cursor.parse().ok().filter(|n| cursor.len() <= 64 && *n <= 1_000_000).ok_or_else(lost)?,
        };
        Ok((self.size()?, first))
    }

    /// How many rows to read for [`Page::cut`].
    ///
    /// # Errors
    /// As [`Page::size`].
    pub fn rows(&self) -> Result<i64> {
        Ok(i64::try_from(self.size()? + 1).unwrap_or(i64::MAX))
    }

    /// The page of [`Page::rows`] that were read after [`Page::after`].
    ///
    /// # Errors
    /// As [`Page::size`].
    pub fn cut<T: ToSchema + Item>(&self, mut found: Vec<T>) -> Result<List<T>> {
        let size = self.size()?;
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| more).map(Item::cursor);
        Ok(List { items: found, next })
    }
}

/// Refuses a word of a query that is longer than its description says.
///
/// # Errors
/// [`Error::Invalid`].
pub fn short(field: &'static str, text: &str, most: usize) -> Result<()> {
    if text.chars().count() > most { Err(Error::field(field, format!("At most {most} characters."))) } else { Ok(()) }
}

/// A cursor that leads nowhere (any more).
pub fn lost() -> Error {
    Error::field("cursor", "This cursor leads nowhere any more; begin the list again.")
}

impl<T: Serialize + ToSchema> List<T> {
    /// The answer, with `Link: …; rel="next"`; `here` is path and query of this page.
    pub fn answer(self, here: &str) -> Response {
        let link = self.next.as_ref().and_then(|next| HeaderValue::from_str(&link(here, next)).ok());
        let mut response = Json(self).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

fn link(here: &str, next: &str) -> String {
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let mut kept: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("cursor=")).collect();
    let cursor = format!("cursor={}", url_encode(next));
    kept.push(&cursor);
    format!("<{path}?{}>; rel=\"next\"", kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, ToSchema)]
    struct N(usize);

    impl Item for N {
        fn cursor(&self) -> String {
            self.0.to_string()
        }
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition() {
        let mut page = Page { limit: Some(4), cursor: None };
        let mut seen = Vec::new();
        loop {
            let list = page.of((0..10).map(N).collect()).unwrap();
            seen.extend(list.items.iter().map(|n| n.0));
            let Some(next) = list.next else { break };
            page.cursor = Some(next);
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        for bad in [Page { limit: Some(0), cursor: None }, Page { limit: None, cursor: Some("x".into()) }] {
            assert!(bad.of((0..3).map(N).collect()).is_err());
        }
        assert_eq!(
            link("/api/v1/vouches?show=given&cursor=1", "a b"),
            "</api/v1/vouches?show=given&cursor=a%20b>; rel=\"next\""
        );
    }
}
