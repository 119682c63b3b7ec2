//! What waits for a member to read, as JSON.

use super::{Notice, after, mark_all_read, mark_read};
use crate::api::{Done, Id, Item, Json, List, Moment, Page, Query};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::viewer::Visit;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine)).routes(routes!(read_all)).routes(routes!(read_one))
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeShown {
    id: Key,
    words: String,
    at: Moment,
    read: bool,
}

impl From<Notice> for NoticeShown {
    fn from(n: Notice) -> Self {
        Self { id: n.id, words: n.words, at: Moment(n.at), read: n.read }
    }
}

impl Item for NoticeShown {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those that were not read.
    unread: bool,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// My notices, newest first
#[utoipa::path(get, path = "/api/v1/me/notices", tag = "Notices", params(Wanted),
    responses((status = 200, description = "A page of notices", body = List<NoticeShown>)))]
async fn mine(visit: Visit, Query(wanted): Query<Wanted>) -> Result<Response> {
    let page = Page { limit: wanted.limit, cursor: wanted.cursor };
    let (since, rows) = (page.after()?, page.rows()?);
    let (_, all) = visit.read(move |tx, who| after(tx, who.member()?.id, wanted.unread, since, rows)).await?;
    Ok(page.cut(all.into_iter().map(NoticeShown::from).collect())?.answer(&visit.path))
}

/// Mark all my notices as read
#[utoipa::path(post, path = "/api/v1/me/notices/reading", tag = "Notices",
    responses((status = 200, description = "Marked", body = Done)))]
async fn read_all(visit: Visit) -> Result<Json<Done>> {
    visit.write(|tx, me| mark_all_read(tx, me.id)).await?;
    Ok(Done::new("All marked as read."))
}

/// Where a notice points.
#[derive(Debug, Serialize, ToSchema)]
struct Pointed {
    /// A path on this site.
    url: String,
}

/// Mark one as read
#[utoipa::path(post, path = "/api/v1/me/notices/{id}/reading", tag = "Notices", params(("id" = Key, Path)),
    responses((status = 200, description = "Where it points", body = Pointed)))]
async fn read_one(visit: Visit, Id(id): Id) -> Result<Json<Pointed>> {
    let url = visit.write(move |tx, me| mark_read(tx, me.id, id)).await?;
    Ok(Json(Pointed { url }))
}
