//! The log as a page and as a file, for admins.

use super::{Filter, Line, acts, csv, lines};
use crate::app::App;
use crate::error::Result;
use crate::page::Frame;
use crate::router::url_encode;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Lines on a page.
const ROWS: usize = 50;
/// Lines in a file at most: later ones first, older ones by `before`.
const FILE: i64 = 50_000;

/// `/admin/audit`.
pub fn routes() -> Router<App> {
    Router::new().route("/admin/audit", get(show)).route("/admin/audit.csv", get(file))
}

#[derive(Template)]
#[template(path = "audit/log.html")]
struct Log {
    frame: Frame,
    filter: Filter,
    lines: Vec<Line>,
    acts: Vec<String>,
    older: Option<String>,
}

impl Log {
    fn query(&self, before: Option<&str>) -> String {
        let pairs = [("act", self.filter.act.as_str()), ("who", &self.filter.who), ("before", before.unwrap_or(""))];
        let parts: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", url_encode(value)))
            .collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

async fn show(visit: Visit, Query(filter): Query<Filter>) -> Result<Response> {
    let asked = filter.clone();
    let (frame, (mut lines, acts)) = visit
        .read(move |tx, who| {
            who.admin()?;
            Ok((lines(tx, &asked, i64::try_from(ROWS + 1).unwrap_or(51))?, acts(tx)?))
        })
        .await?;
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let older = lines.last().filter(|_| more).map(|line| line.id.to_string());
    visit.html(&Log { frame, filter, lines, acts, older })
}

async fn file(visit: Visit, Query(filter): Query<Filter>) -> Result<Response> {
    let (_, lines) = visit
        .read(move |tx, who| {
            who.admin()?;
            lines(tx, &filter, FILE)
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit-log.csv\""),
    ];
    Ok((headers, csv(&lines, &visit.app.site.zone)).into_response())
}
