//! Needs as JSON: the answer to one, mine, those posted to me, and what people answer.

use super::pages::answer;
use super::posted::{self, Answered, Need, put_answer, set, visibility};
use super::recommend::Recommendations;
use super::{Asked, save, understand};
use crate::api::listing::short;
use crate::api::{Done, Id, Item, Json, List, Moment, Page, Query, Reference, created};
use crate::app::App;
use crate::error::Result;
use crate::input::{Title, Words};
use crate::key::Key;
use crate::viewer::{Visit, Who};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(recommendations))
        .routes(routes!(trades))
        .routes(routes!(mine, keep))
        .routes(routes!(posted_to_me))
        .routes(routes!(show))
        .routes(routes!(widen))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(respond))
}

/// The professionals for a need, with the reasons
///
/// Nothing is saved, and nobody learns of it.
#[utoipa::path(get, path = "/api/v1/recommendations", tag = "Needs", params(Asked),
    responses((status = 200, description = "Two to five people, or nobody yet", body = Recommendations)))]
async fn recommendations(visit: Visit, Query(asked): Query<Asked>) -> Result<Json<Recommendations>> {
    Ok(Json(answer(&visit, &asked).await?.2))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Plain words, such as “somebody for my taxes”.
    #[param(max_length = 160)]
    q: String,
}

/// An occupation that words may mean.
#[derive(Debug, Serialize, ToSchema)]
struct Occupation {
    /// O*NET-SOC code, as `field` wants it.
    code: &'static str,
    name: &'static str,
    description: &'static str,
    /// 0 to 1.
    score: f32,
}

/// Occupations that plain words may mean
#[utoipa::path(get, path = "/api/v1/occupations", tag = "Needs", params(Wanted),
    responses((status = 200, description = "The likeliest first", body = Vec<Occupation>)))]
async fn trades(visit: Visit, Query(wanted): Query<Wanted>) -> Result<Json<Vec<Occupation>>> {
    visit.read(|_, who| who.may_browse()).await?;
    let q = wanted.q;
    short("q", &q, 160)?;
    let told = |m: occupations::Match| Occupation {
        code: m.occupation.code,
        name: m.occupation.plain,
        description: m.occupation.description,
        score: m.score,
    };
    Ok(Json(occupations::search(&q, 7).into_iter().map(told).collect()))
}

/// A saved need.
#[derive(Debug, Serialize, ToSchema)]
struct NeedShown {
    id: Key,
    asker: Reference,
    for_client: bool,
    /// Occupation code.
    field: String,
    words: String,
    place: String,
    /// `private`, `trusted`, `groups`, `members` or `public`; told to the asker alone.
    visibility: Option<String>,
    open: bool,
    created_at: Moment,
    expires_at: Moment,
    /// How many answered.
    answers: i64,
}

impl NeedShown {
    fn of(n: Need, reader: Option<Key>) -> Self {
        Self {
            visibility: (reader == Some(n.asker)).then_some(n.visibility),
            asker: Reference::new(&n.asker_name, &n.asker_handle),
            id: n.id,
            for_client: n.for_client,
            field: n.field,
            words: n.words,
            place: n.place,
            open: n.open,
            created_at: Moment(n.created_at),
            expires_at: Moment(n.expires_at),
            answers: n.answers,
        }
    }
}

impl Item for NeedShown {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// My needs, newest first
#[utoipa::path(get, path = "/api/v1/needs", tag = "Needs", params(Page),
    responses((status = 200, description = "A page of needs", body = List<NeedShown>)))]
async fn mine(visit: Visit, Query(page): Query<Page>) -> Result<Response> {
    needs(visit, page, true).await
}

/// Needs of others that were posted to me
#[utoipa::path(get, path = "/api/v1/needs/posted", tag = "Needs", params(Page),
    responses((status = 200, description = "A page of needs", body = List<NeedShown>)))]
async fn posted_to_me(visit: Visit, Query(page): Query<Page>) -> Result<Response> {
    needs(visit, page, false).await
}

async fn needs(visit: Visit, page: Page, own: bool) -> Result<Response> {
    let (after, rows) = (page.after()?, page.rows()?);
    let (_, all) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let all = if own { posted::mine(tx, me, after, rows)? } else { posted::posted_to(tx, me, after, rows)? };
            Ok(all.into_iter().map(|n| NeedShown::of(n, Some(me))).collect())
        })
        .await?;
    Ok(page.cut(all)?.answer(&visit.path))
}

/// A need to save.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct NeedSent {
    /// In plain words; trade, place, days and budget are read from it.
    #[schema(value_type = Words, required = true)]
    need: String,
    /// An occupation’s code, to correct what was read.
    field: Option<String>,
    /// To correct what was read.
    #[schema(value_type = Option<Title>)]
    place: Option<String>,
    /// First day, ISO.
    from: Option<String>,
    /// Last day, ISO.
    to: Option<String>,
    /// The most to spend, minor units.
    #[schema(minimum = 0)]
    budget: Option<i64>,
    /// For a client of mine.
    for_client: bool,
}

/// Save a need: seen by nobody until I ask somebody or post it
#[utoipa::path(post, path = "/api/v1/needs", tag = "Needs", request_body = NeedSent,
    responses((status = 201, description = "Saved", body = NeedDetail)))]
async fn keep(visit: Visit, Json(sent): Json<NeedSent>) -> Result<Response> {
    let asked = Asked {
        need: sent.need,
        field: sent.field.unwrap_or_default(),
        place: sent.place,
        from: sent.from,
        to: sent.to,
        budget: sent.budget.map(|b| crate::api::typed_money(Some(b))),
        for_whom: if sent.for_client { "client".into() } else { String::new() },
        ..Asked::default()
    };
    let app = visit.app.clone();
    let saved = visit
        .write_as_anyone(move |tx, who| {
            let me = who.member()?.id;
            let need = {
                let memory = app.live.memory();
                understand(&asked, &memory, tx.now(), &app.site.zone)?
            };
            let id = save(tx, me, &need)?;
            detail(tx, who, id)
        })
        .await?;
    Ok(created(format!("/api/v1/needs/{}", saved.need.id), saved).into_response())
}

/// What somebody answered.
#[derive(Debug, Serialize, ToSchema)]
struct AnswerShown {
    by: Reference,
    /// `refer`, `volunteer`, `nobody`, `no basis` or `ask`.
    kind: String,
    /// Whom they mean.
    other: Option<Reference>,
    words: String,
    at: Moment,
}

/// A need with the answers this reader may see: all for its asker, else one’s own.
#[derive(Debug, Serialize, ToSchema)]
struct NeedDetail {
    #[serde(flatten)]
    need: NeedShown,
    given: Vec<AnswerShown>,
}

fn detail(tx: &mut Tx<'_>, who: &Who, id: Key) -> Result<NeedDetail> {
    let need = posted::one(tx, who.id(), id)?;
    let given = match who.id() {
        Some(me) => posted::answers(tx, id, me, me == need.asker)?,
        None => Vec::new(),
    };
    let given = given
        .into_iter()
        .map(|a| AnswerShown {
            by: Reference::new(&a.name, &a.handle),
            kind: a.kind,
            other: a.other.map(|(name, handle)| Reference::new(&name, &handle)),
            words: a.words,
            at: Moment(a.at),
        })
        .collect();
    Ok(NeedDetail { need: NeedShown::of(need, who.id()), given })
}

/// A need
#[utoipa::path(get, path = "/api/v1/needs/{id}", tag = "Needs", params(("id" = Key, Path)),
    responses((status = 200, description = "The need", body = NeedDetail)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Json<NeedDetail>> {
    Ok(Json(visit.read(move |tx, who| detail(tx, who, id)).await?.1))
}

/// Who may read a need.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Seen {
    /// `private`, `trusted`, `groups`, `members` or `public`.
    #[schema(required = true)]
    visibility: String,
}

/// Post my need, or say who may read it
#[utoipa::path(put, path = "/api/v1/needs/{id}/visibility", tag = "Needs", params(("id" = Key, Path)),
    request_body = Seen, responses((status = 200, description = "As it is now", body = NeedDetail)))]
async fn widen(visit: Visit, Id(id): Id, Json(sent): Json<Seen>) -> Result<Json<NeedDetail>> {
    let (value, _) = visibility(&sent.visibility)?;
    let now = visit
        .write_as_anyone(move |tx, who| {
            set(tx, who.member()?.id, id, value, "open")?;
            detail(tx, who, id)
        })
        .await?;
    Ok(Json(now))
}

/// Close my need
#[utoipa::path(post, path = "/api/v1/needs/{id}/closing", tag = "Needs", params(("id" = Key, Path)),
    responses((status = 200, description = "Closed", body = Done)))]
async fn close(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| set(tx, me.id, id, "", "closed")).await?;
    Ok(Done::new("Closed. Nobody is asked any more."))
}

/// Open my need again
#[utoipa::path(post, path = "/api/v1/needs/{id}/opening", tag = "Needs", params(("id" = Key, Path)),
    responses((status = 200, description = "Open", body = Done)))]
async fn reopen(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| set(tx, me.id, id, "", "open")).await?;
    Ok(Done::new("Open again."))
}

/// An answer to a posted need; each of the kinds is a full one.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct AnswerSent {
    /// `refer`, `volunteer`, `nobody`, `no basis` or `ask`.
    #[schema(required = true)]
    kind: String,
    /// Handle of whom you mean, for `refer` and `ask`.
    other: String,
    #[schema(value_type = Words)]
    words: String,
}

/// Answer a need that was posted to me
#[utoipa::path(post, path = "/api/v1/needs/{id}/answers", tag = "Needs", params(("id" = Key, Path)),
    request_body = AnswerSent, responses((status = 201, description = "Answered", body = NeedDetail)))]
async fn respond(visit: Visit, Id(id): Id, Json(sent): Json<AnswerSent>) -> Result<Response> {
    let typed = Answered { kind: sent.kind, other: sent.other, words: sent.words };
    let now = visit
        .write_as_anyone(move |tx, who| {
            let me = who.member()?;
            put_answer(tx, me.id, &me.name, id, &typed)?;
            detail(tx, who, id)
        })
        .await?;
    Ok(created(format!("/api/v1/needs/{id}"), now).into_response())
}
