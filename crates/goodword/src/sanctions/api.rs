//! What was decided about me, and my appeal, as JSON. Somebody suspended has no token that works: their way is the link in
//! the letter.

use super::{APPEAL_DAYS, Sanction, about, appeal};
use crate::api::{Done, Id, Json, Moment};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::viewer::Visit;
use serde::{Deserialize, Serialize};
use store::DAY;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine)).routes(routes!(send))
}

/// A decision of the moderators, as the one it is about reads it.
#[derive(Debug, Serialize, ToSchema)]
struct SanctionOfMine {
    id: Key,
    /// `warning` or `suspension`.
    kind: &'static str,
    reason: String,
    at: Moment,
    /// `null` for a suspension: until somebody lifts it.
    ends_at: Option<Moment>,
    lifted_at: Option<Moment>,
    /// Your words.
    appeal: String,
    appealed_at: Option<Moment>,
    /// To the appeal.
    answer: String,
    answered_at: Option<Moment>,
}

impl From<Sanction> for SanctionOfMine {
    fn from(s: Sanction) -> Self {
        Self {
            id: s.id,
            kind: if s.suspends { "suspension" } else { "warning" },
            reason: s.reason,
            at: Moment(s.at),
            ends_at: s.ends_at.map(Moment),
            lifted_at: s.lifted_at.map(Moment),
            appeal: s.appeal,
            appealed_at: s.appealed_at.map(Moment),
            answer: s.answer,
            answered_at: s.answered_at.map(Moment),
        }
    }
}

/// What was decided about me, newest first
#[utoipa::path(get, path = "/api/v1/me/sanctions", tag = "Reports",
    responses((status = 200, description = "At most a hundred", body = Vec<SanctionOfMine>)))]
async fn mine(visit: Visit) -> Result<Json<Vec<SanctionOfMine>>> {
    let (_, all) = visit.read(|tx, who| about(tx, who.member()?.id)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Why a decision is wrong.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Appealing {
    #[schema(value_type = Words, required = true)]
    words: String,
}

/// Appeal against a decision about me, once
#[utoipa::path(post, path = "/api/v1/me/sanctions/{id}/appeal", tag = "Reports", params(("id" = Key, Path)),
    request_body = Appealing, responses((status = 200, description = "The answer comes by letter", body = Done)))]
async fn send(visit: Visit, Id(id): Id, Json(sent): Json<Appealing>) -> Result<Json<Done>> {
    visit
        .write(move |tx, me| {
            let decided = about(tx, me.id)?.into_iter().find(|s| s.id == id).ok_or(Error::NotFound)?;
            let words = Words::parse("words", &sent.words)?;
            if tx.now() - decided.at > APPEAL_DAYS * DAY {
                return Err(Error::Gone(format!("An appeal is made within {APPEAL_DAYS} days.")));
            }
            appeal(tx, id, &words)
        })
        .await?;
    Ok(Done::new("Your appeal is with the moderators. The answer comes by letter."))
}
