//! My contacts: listed, searched, looked at one by one, deleted.

use super::{Contact, store, upload};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::page::Frame;
use crate::path::Path;
use crate::router::url_encode;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

const ROWS: i64 = 50;

/// `/contacts`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/contacts", get(list))
        .route("/contacts/removal", get(ask_to_remove_all).post(remove_all))
        .route("/contacts/restoration/{at}", post(restore))
        .route("/contacts/{id}", get(one))
        .route("/contacts/{id}/removal", post(remove))
        .merge(upload::routes())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    q: String,
    /// `yes`: only those who are here.
    here: String,
    page: String,
}

#[derive(Template)]
#[template(path = "contacts/list.html")]
struct List {
    frame: Frame,
    q: String,
    here: bool,
    total: i64,
    fits: i64,
    here_count: i64,
    page: i64,
    contacts: Vec<Contact>,
}

impl List {
    fn pages(&self) -> i64 {
        (self.fits + ROWS - 1) / ROWS
    }

    fn url(&self, page: i64) -> String {
        let here = if self.here { "&here=yes" } else { "" };
        format!("/contacts?q={}{here}&page={page}", url_encode(&self.q))
    }
}

async fn list(visit: Visit, Query(search): Query<Search>) -> Result<Response> {
    let q: String = formats::text::clean_line(&search.q).chars().take(120).collect();
    let here = search.here == "yes";
    let page = search.page.parse::<i64>().unwrap_or(1).clamp(1, 10_000);
    let asked = q.clone();
    let (frame, ((total, fits, contacts), here_count)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            Ok((store::list(tx, me, &asked, here, (page - 1) * ROWS, ROWS)?, store::count_here(tx, me)?))
        })
        .await?;
    visit.html(&List { frame, q, here, total, fits, here_count, page, contacts })
}

#[derive(Template)]
#[template(path = "contacts/one.html")]
struct One {
    frame: Frame,
    c: Contact,
}

async fn one(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (frame, c) = visit.read(move |tx, who| store::one(tx, who.member()?.id, id)).await?;
    visit.html(&One { frame, c })
}

async fn remove(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let at = visit.write(move |tx, member| store::delete(tx, member.id, Some(id))).await?;
    Ok(visit.see_with_undo("/contacts", "Deleted.", &format!("/contacts/restoration/{at}")))
}

#[derive(Template)]
#[template(path = "contacts/remove.html")]
struct Remove {
    frame: Frame,
    total: i64,
}

impl Remove {
    fn total_words(&self) -> String {
        crate::say::count(self.total, "person")
    }
}

async fn ask_to_remove_all(visit: Visit) -> Result<Response> {
    let (frame, (total, ..)) = visit.read(|tx, who| store::list(tx, who.member()?.id, "", false, 0, 1)).await?;
    visit.html(&Remove { frame, total })
}

async fn remove_all(visit: Visit) -> Result<Response> {
    let at = visit.write(|tx, member| store::delete(tx, member.id, None)).await?;
    Ok(visit.see_with_undo("/contacts", "All deleted.", &format!("/contacts/restoration/{at}")))
}

async fn restore(visit: Visit, Path(at): Path<i64>) -> Result<Response> {
    let back = visit.write(move |tx, member| store::restore(tx, member.id, at)).await?;
    let said = if back == 0 { "There was nothing to take back any more." } else { "They are back." };
    Ok(visit.see("/contacts", said))
}
