//! What waits for a member to read, as JSON.

use super::{Notice, mark_all_read, mark_read, of};
use crate::api::{Done, Id, Item, Json, List, Moment, Page, Query};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::viewer::Visit;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
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

/// My notices, unread ones first
#[utoipa::path(get, path = "/api/v1/me/notices", tag = "Notices", params(Page),
    responses((status = 200, description = "A page of notices", body = List<NoticeShown>)))]
async fn mine(visit: Visit, Query(page): Query<Page>) -> Result<Response> {
    let (_, all) = visit.read(|tx, who| of(tx, who.member()?.id, 200)).await?;
    Ok(page.of(all.into_iter().map(NoticeShown::from).collect())?.answer(&visit.path))
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
