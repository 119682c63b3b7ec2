//! The address of my calendar: made, renewed, ended; and what is behind it.

use super::{entries, feed, renew, revoke, since};
use crate::app::App;
use crate::error::{Error, Result};
use crate::page::Frame;
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

/// `/preferences/calendar` and `/calendar/{token}.ics`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/preferences/calendar", get(show).post(make))
        .route("/preferences/calendar/removal", post(end))
        .route("/calendar/{file}", get(file))
}

#[derive(Template)]
#[template(path = "calendar/feed.html")]
struct Feed {
    frame: Frame,
    since: Option<i64>,
    dates: usize,
    /// Shown once, when it was made: only its digest is kept.
    address: Option<String>,
}

impl Feed {
    /// Opens calendar programs directly.
    fn webcal(&self) -> String {
        let address = self.address.as_deref().unwrap_or_default();
        format!("webcal{}", address.trim_start_matches("https").trim_start_matches("http"))
    }

    fn dates_words(&self) -> String {
        crate::say::count(self.dates, "date")
    }
}

async fn page(visit: &Visit, address: Option<String>) -> Result<Feed> {
    let (frame, (since, dates)) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            Ok((since(tx, me)?, entries(tx, me)?.len()))
        })
        .await?;
    Ok(Feed { frame, since, dates, address })
}

async fn show(visit: Visit) -> Result<Response> {
    let page = page(&visit, None).await?;
    visit.html(&page)
}

async fn make(visit: Visit) -> Result<Response> {
    let token = visit.write(|tx, member| renew(tx, member.id)).await?;
    let page = page(&visit, Some(format!("{}/calendar/{token}.ics", visit.app.site.public_url))).await?;
    visit.html(&page)
}

async fn end(visit: Visit) -> Result<Response> {
    visit.write(|tx, member| revoke(tx, member.id)).await?;
    Ok(visit.see("/preferences/calendar", "That address has ended. Calendars that used it find nothing there."))
}

async fn file(visit: Visit, Path(file): Path<String>) -> Result<Response> {
    let token = file.strip_suffix(".ics").ok_or(Error::NotFound)?.to_owned();
    let (url, network) = (visit.app.site.public_url.clone(), visit.app.network());
    let (_, text) = visit.read(move |tx, _| feed(tx, &url, &network, &token)).await?;
    Ok(calendar_file(text, "goodword.ics"))
}

/// A calendar as a file.
pub fn calendar_file(text: String, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, text).into_response()
}
