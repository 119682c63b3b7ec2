//! Reports to look at and appeals to answer, as JSON.

use super::people::SanctionShown;
use crate::api::{Done, Id, Item, Json, List, Moment, Page, Query};
use crate::app::App;
use crate::error::Result;
use crate::input::Words;
use crate::key::Key;
use crate::reports::{self, Report};
use crate::roles::Role;
use crate::sanctions;
use crate::viewer::{Member, Visit};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(queue)).routes(routes!(close)).routes(routes!(appeals))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Those that were closed.
    closed: bool,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// What a member asks the moderators to look at.
#[derive(Debug, Serialize, ToSchema)]
struct ReportShown {
    id: Key,
    /// Who reports: their id.
    reporter: Key,
    reporter_name: String,
    /// About whom: their id.
    about: Key,
    about_name: String,
    /// The words in question, where it is about a vouch.
    vouch: Option<String>,
    reason: String,
    words: String,
    at: Moment,
    closed_at: Option<Moment>,
    decision: String,
}

impl From<Report> for ReportShown {
    fn from(r: Report) -> Self {
        Self {
            id: r.id,
            reporter: r.reporter,
            reporter_name: r.reporter_name,
            about: r.about,
            about_name: r.about_name,
            vouch: r.vouch,
            reason: r.reason,
            words: r.words,
            at: Moment(r.at),
            closed_at: r.closed_at.map(Moment),
            decision: r.decision,
        }
    }
}

impl Item for ReportShown {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// Reports: open ones oldest first, closed ones newest first
#[utoipa::path(get, path = "/api/v1/admin/reports", tag = "Keeping", params(Asked),
    responses((status = 200, description = "A page of reports, for moderators", body = List<ReportShown>)))]
async fn queue(visit: Visit, Query(asked): Query<Asked>) -> Result<Response> {
    let page = Page { limit: asked.limit, cursor: asked.cursor };
    let (after, rows, open) = (page.after()?, page.rows()?, !asked.closed);
    let (_, found) = visit
        .read(move |tx, who| {
            who.moderator()?;
            reports::list(tx, open, after, 0, rows)
        })
        .await?;
    Ok(page.cut(found.into_iter().map(ReportShown::from).collect())?.answer(&visit.path))
}

/// What was decided.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Closing {
    /// For moderators; the reporter reads only that it was looked at.
    #[schema(value_type = Words, required = true)]
    decision: String,
    /// A tie that was not disclosed with the word the report is about: `friend`, `money`, `family` or `undescribed`; its
    /// author gets the decision as the reason, and may appeal.
    tie: String,
}

/// Close a report
#[utoipa::path(post, path = "/api/v1/admin/reports/{id}/closing", tag = "Keeping", params(("id" = Key, Path)),
    request_body = Closing, responses((status = 200, description = "Closed, by a moderator whom it is not about", body = Done)))]
async fn close(visit: Visit, Id(id): Id, Json(sent): Json<Closing>) -> Result<Json<Done>> {
    let public_url = visit.app.site.public_url.clone();
    let close = move |tx: &mut Tx<'_>, me: &Member| reports::close(tx, &public_url, me, id, &sent.decision, &sent.tie);
    visit.write_as(Role::Moderator, close).await?;
    Ok(Done::new("Closed. Whoever reported it hears that it was looked at."))
}

/// Appeals that nobody has answered, oldest first
#[utoipa::path(get, path = "/api/v1/admin/appeals", tag = "Keeping",
    responses((status = 200, description = "At most two hundred, for moderators", body = Vec<SanctionShown>)))]
async fn appeals(visit: Visit) -> Result<Json<Vec<SanctionShown>>> {
    let (_, all) = visit
        .read(|tx, who| {
            who.moderator()?;
            sanctions::open_appeals(tx)
        })
        .await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}
