//! People I know, as JSON: for my eyes only, and nobody is written to by it.

use super::reading::{self, Problem};
use super::{Contact, store};
use crate::api::listing::short;
use crate::api::{Done, Id, Item, Json, List, Page, Query, Signed};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::viewer::Visit;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use formats::contacts::{self, Column, MAX_BYTES};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A file as a JSON string may be twice as long.
const BODY: usize = 2 * MAX_BYTES;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(bring))
        .layer(DefaultBodyLimit::max(BODY))
        .routes(routes!(mine, remove_all))
        .routes(routes!(restore))
        .routes(routes!(show, remove))
}

/// Somebody I know.
#[derive(Debug, Serialize, ToSchema)]
struct ContactShown {
    id: Key,
    name: String,
    email: Option<String>,
    phone: String,
    firm: String,
    title: String,
    town: String,
    note: String,
    /// Their handle, where they are here and may be found by this address.
    here: Option<String>,
}

impl From<Contact> for ContactShown {
    fn from(c: Contact) -> Self {
        Self {
            id: c.id,
            name: c.name,
            email: c.email,
            phone: c.phone,
            firm: c.firm,
            title: c.title,
            town: c.town,
            note: c.note,
            here: c.here.map(|(_, handle)| handle),
        }
    }
}

impl Item for ContactShown {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Part of a name, an address or a firm.
    #[param(max_length = 120)]
    q: String,
    /// Only those who are here.
    here: bool,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// People I know, by name
#[utoipa::path(get, path = "/api/v1/me/contacts", tag = "Contacts", params(Search),
    responses((status = 200, description = "A page of contacts", body = List<ContactShown>)))]
async fn mine(visit: Visit, Query(search): Query<Search>) -> Result<Response> {
    short("q", &search.q, 120)?;
    let page = Page { limit: search.limit, cursor: search.cursor };
    let (after, rows) = (page.after()?, page.rows()?);
    let (q, here) = (formats::text::clean_line(&search.q), search.here);
    let (_, found) = visit.read(move |tx, who| store::after(tx, who.member()?.id, &q, here, after, rows)).await?;
    Ok(page.cut(found.into_iter().map(ContactShown::from).collect())?.answer(&visit.path))
}

/// Somebody I know
#[utoipa::path(get, path = "/api/v1/me/contacts/{id}", tag = "Contacts", params(("id" = Key, Path)),
    responses((status = 200, description = "The contact", body = ContactShown)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Json<ContactShown>> {
    Ok(Json(visit.read(move |tx, who| store::one(tx, who.member()?.id, id)).await?.1.into()))
}

/// What takes a deletion back.
#[derive(Debug, Serialize, ToSchema)]
struct Deleted {
    /// For `POST /api/v1/me/contacts/restoration`, within a day.
    deletion: i64,
}

/// Delete somebody I know
#[utoipa::path(delete, path = "/api/v1/me/contacts/{id}", tag = "Contacts", params(("id" = Key, Path)),
    responses((status = 200, description = "Deleted, for good after a day", body = Deleted)))]
async fn remove(visit: Visit, Id(id): Id) -> Result<Json<Deleted>> {
    let deletion = visit.write(move |tx, me| store::delete(tx, me.id, Some(id))).await?;
    Ok(Json(Deleted { deletion }))
}

/// Delete everybody I know
#[utoipa::path(delete, path = "/api/v1/me/contacts", tag = "Contacts",
    responses((status = 200, description = "Deleted, for good after a day", body = Deleted)))]
async fn remove_all(visit: Visit) -> Result<Json<Deleted>> {
    let deletion = visit.write(move |tx, me| store::delete(tx, me.id, None)).await?;
    Ok(Json(Deleted { deletion }))
}

/// Which deletion.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Back {
    #[schema(required = true)]
    deletion: i64,
}

/// Take a deletion back, within a day
#[utoipa::path(post, path = "/api/v1/me/contacts/restoration", tag = "Contacts", request_body = Back,
    responses((status = 200, description = "What there was is back", body = Done)))]
async fn restore(visit: Visit, Json(back): Json<Back>) -> Result<Json<Done>> {
    let n = visit.write(move |tx, me| store::restore(tx, me.id, back.deletion)).await?;
    Ok(Done::new(&format!("{} back.", crate::say::count(n, "person"))))
}

/// An address book.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Book {
    /// A CSV file (as Google, Outlook or LinkedIn export it) or vCards, as text.
    #[schema(required = true, max_length = 4_000_000)]
    text: String,
    /// For a CSV file whose headings are not understood: heading to `name`, `given`, `family`, `email`, `phone`, `firm`,
    /// `title`, `town` or `note`. Others are ignored then.
    columns: BTreeMap<String, String>,
}

/// A row with something wrong.
#[derive(Debug, Serialize, ToSchema)]
struct BadRow {
    /// Line of the file, or place among its cards, from 1.
    number: u64,
    reason: String,
    /// Taken all the same.
    taken: bool,
}

impl From<Problem> for BadRow {
    fn from(p: Problem) -> Self {
        Self { number: p.number, reason: p.reason, taken: p.is_taken }
    }
}

/// What became of an address book.
#[derive(Debug, Serialize, ToSchema)]
struct Brought {
    added: i64,
    /// Already there; what was empty is filled.
    merged: i64,
    /// There were more rows than are taken at a time, ten thousand: send the rest.
    cut: bool,
    problems: Vec<BadRow>,
}

fn columns(table: &contacts::Table, wanted: &BTreeMap<String, String>) -> Result<Vec<Option<Column>>> {
    if wanted.is_empty() {
        return Ok(table.columns.clone());
    }
    if let Some(odd) = wanted.keys().find(|heading| !table.headings.contains(heading)) {
        return Err(Error::field("columns", format!("There is no column “{}”.", crate::say::shorten(odd, 60))));
    }
    let chosen = |heading: &String| match wanted.get(heading) {
        None => Ok(None),
        Some(word) => Column::parse(word).map(Some).ok_or_else(|| {
            Error::field("columns", format!("“{}” is no kind of column.", crate::say::shorten(word, 60)))
        }),
    };
    table.headings.iter().map(chosen).collect()
}

/// Bring an address book in; nobody is written to
#[utoipa::path(post, path = "/api/v1/me/contacts", tag = "Contacts", request_body = Book,
    responses((status = 200, description = "Who was taken, and each bad row", body = Brought)))]
async fn bring(visit: Visit, Signed(Json(book)): Signed<Json<Book>>) -> Result<Json<Brought>> {
    if book.text.len() > MAX_BYTES {
        return Err(Error::field("text", "This is larger than 4 MB. Please split it."));
    }
    let read = tokio::task::spawn_blocking(move || {
        reading::check(&book.text).map_err(|e| match e {
            Error::Invalid(fields) => {
                Error::Invalid(fields.into_iter().map(|(_, sentence)| ("text", sentence)).collect())
            }
            other => other,
        })?;
        let text = book.text.replace('\0', "");
        if reading::is_cards(&text) {
            return Ok::<_, Error>((reading::cards(&text), false));
        }
        let table = contacts::read(&text);
        let columns = columns(&table, &book.columns)?;
        reading::need_a_name(&columns)?;
        Ok((reading::table(&table, &columns), table.is_cut))
    });
    let ((people, problems), cut) = read.await.map_err(|e| Error::Internal(e.into()))??;
    let kept = visit.write(move |tx, me| store::keep(tx, me.id, &people)).await?;
    let problems = problems.into_iter().map(Into::into).collect();
    Ok(Json(Brought { added: kept.added, merged: kept.merged, cut, problems }))
}
