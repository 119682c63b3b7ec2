//! How the ranking works, in figures.

use super::explained;
use crate::api::Json;
use crate::app::App;
use crate::error::Result;
use crate::viewer::Visit;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ranking))
}

/// What a word is worth for one reason.
#[derive(Debug, Serialize, ToSchema)]
struct Weight {
    name: &'static str,
    /// 0 to 1.
    share: f64,
}

/// A constant of the ranking.
#[derive(Debug, Serialize, ToSchema)]
struct ConstantShown {
    name: &'static str,
    value: f64,
    /// Where the value comes from.
    source: &'static str,
    /// By public data; otherwise it is stated beforehand.
    measured: bool,
}

/// My own part in the ranking: nobody else sees it.
#[derive(Debug, Serialize, ToSchema)]
struct MyPart {
    /// People whose judgement I rely on.
    relies_on: i64,
    vouches_given: i64,
    /// Of those given.
    work_based: i64,
    vouches_received: i64,
    /// Of those received, by me.
    hidden: i64,
    /// How often my word held.
    record: String,
}

/// How the ranking works here.
#[derive(Debug, Serialize, ToSchema)]
struct RankingShown {
    weights: Vec<Weight>,
    /// Days after which a word weighs half.
    half_life: f64,
    constants: Vec<ConstantShown>,
    /// Of referrals in this network, that are open.
    outcomes: i64,
    /// Outcomes the weights were fitted to; 0: they are stated beforehand.
    fitted_on: usize,
    people: usize,
    /// Vouches and entries of trust lists.
    ties: usize,
    /// Of a member.
    mine: Option<MyPart>,
}

/// How the ranking works: its weights as they stand
#[utoipa::path(get, path = "/api/v1/ranking", tag = "Needs",
    responses((status = 200, description = "Weights and constants", body = RankingShown)))]
async fn ranking(visit: Visit) -> Result<Json<RankingShown>> {
    let told = explained(&visit).await?;
    let figures = visit.app.live.figures();
    let mine = told.own.map(|o| MyPart {
        relies_on: o.trusted,
        vouches_given: o.given,
        work_based: o.given_work_based,
        vouches_received: o.received,
        hidden: o.hidden,
        record: o.record.words(),
    });
    let constant =
        |c: trust::Stated| ConstantShown { name: c.name, value: c.value, source: c.source, measured: c.measured };
    Ok(Json(RankingShown {
        weights: told.weights.into_iter().map(|(name, share)| Weight { name, share }).collect(),
        half_life: told.half_life,
        constants: told.constants.into_iter().map(constant).collect(),
        outcomes: told.outcomes,
        fitted_on: figures.fitted_on,
        people: figures.people,
        ties: figures.edges,
        mine,
    }))
}
