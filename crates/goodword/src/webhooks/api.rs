//! Webhooks as JSON.

use super::{Delivery, Webhook, deliveries, enable, of, own, ping, redeliver, subscribe, unsubscribe};
use crate::api::{Done, Id, Item, Json, List, Moment, Page, Query, created};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::path::Path;
use crate::viewer::Visit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mine, make))
        .routes(routes!(show, remove))
        .routes(routes!(make_for_network))
        .routes(routes!(secret))
        .routes(routes!(switch_on))
        .routes(routes!(try_it))
        .routes(routes!(calls))
        .routes(routes!(again))
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookShown {
    id: Key,
    url: String,
    /// Empty: everything.
    kinds: Vec<String>,
    /// Told what happens in the network’s keeping.
    network: bool,
    created_at: Moment,
    /// Since when nothing has arrived.
    failing_since: Option<Moment>,
    disabled_at: Option<Moment>,
    disabled_why: String,
}

impl From<Webhook> for WebhookShown {
    fn from(w: Webhook) -> Self {
        Self {
            id: w.id,
            url: w.url,
            kinds: w.kinds,
            network: w.network,
            created_at: Moment(w.created_at),
            failing_since: w.failing_since.map(Moment),
            disabled_at: w.disabled_at.map(Moment),
            disabled_why: w.disabled_why,
        }
    }
}

/// A webhook with what signs its calls.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookMade {
    #[serde(flatten)]
    webhook: WebhookShown,
    /// Signs each call, as Standard Webhooks say.
    secret: String,
}

impl From<Webhook> for WebhookMade {
    fn from(w: Webhook) -> Self {
        Self { secret: w.secret.clone(), webhook: w.into() }
    }
}

/// My webhooks, newest first
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "Webhooks",
    responses((status = 200, description = "At most ten", body = Vec<WebhookShown>)))]
async fn mine(visit: Visit) -> Result<Json<Vec<WebhookShown>>> {
    let (_, all) = visit.read(|tx, who| of(tx, who.member()?.id)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// A webhook to make.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct WebhookSent {
    /// Begins with https://.
    #[schema(required = true, max_length = 2000)]
    url: String,
    /// `vouch`, `ask`, `consent`, `introduction`, `referral`, `ended`, `next-voice`, `outcome`, `need`, `group`,
    /// `invitation`; for the network: `member`, `report`, `sanction`, `keeping`. None: all of them.
    kinds: Vec<String>,
}

/// Make a webhook
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "Webhooks", request_body = WebhookSent,
    responses((status = 201, description = "Made", body = WebhookMade)))]
async fn make(visit: Visit, Json(sent): Json<WebhookSent>) -> Result<Response> {
    made(visit, sent, false).await
}

/// Make a webhook that is told what happens in the network’s keeping
///
/// Acts and ids, never names or words. It is called while its owner is an admin.
#[utoipa::path(post, path = "/api/v1/admin/webhooks", tag = "Keeping", request_body = WebhookSent,
    responses((status = 201, description = "Made, for admins; from then on at /api/v1/webhooks", body = WebhookMade)))]
async fn make_for_network(visit: Visit, Json(sent): Json<WebhookSent>) -> Result<Response> {
    made(visit, sent, true).await
}

async fn made(visit: Visit, sent: WebhookSent, network: bool) -> Result<Response> {
    let outbound = visit.app.site.outbound.clone();
    let hook = visit
        .write(move |tx, me| {
            let id = subscribe(tx, &outbound, me, &sent.url, &sent.kinds, network)?;
            own(tx, me.id, id)
        })
        .await?;
    Ok(created(format!("/api/v1/webhooks/{}", hook.id), WebhookMade::from(hook)).into_response())
}

/// What signs the calls of a webhook.
#[derive(Debug, Serialize, ToSchema)]
struct Secret {
    /// As Standard Webhooks say.
    secret: String,
}

/// What signs its calls
///
/// With this, somebody could speak as this site: a token needs the scope `write` to read it.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/secret", tag = "Webhooks", params(("id" = Key, Path)),
    responses((status = 200, description = "The secret", body = Secret)))]
async fn secret(visit: Visit, Id(id): Id) -> Result<Json<Secret>> {
    let (_, hook) = visit.read(move |tx, who| own(tx, who.member()?.id, id)).await?;
    Ok(Json(Secret { secret: hook.secret }))
}

/// A webhook
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "Webhooks", params(("id" = Key, Path)),
    responses((status = 200, description = "The webhook", body = WebhookShown)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Json<WebhookShown>> {
    let (_, hook) = visit.read(move |tx, who| own(tx, who.member()?.id, id)).await?;
    Ok(Json(hook.into()))
}

/// Take a webhook away
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "Webhooks", params(("id" = Key, Path)),
    responses((status = 200, description = "Taken away", body = Done)))]
async fn remove(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| unsubscribe(tx, me.id, id)).await?;
    Ok(Done::new("Taken away, with its deliveries."))
}

/// Switch a webhook on again
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/enabling", tag = "Webhooks", params(("id" = Key, Path)),
    responses((status = 200, description = "On", body = Done)))]
async fn switch_on(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| enable(tx, me.id, id)).await?;
    Ok(Done::new("On again."))
}

/// Call it once, to try it
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/ping", tag = "Webhooks", params(("id" = Key, Path)),
    responses((status = 202, description = "On its way", body = Done)))]
async fn try_it(visit: Visit, Id(id): Id) -> Result<Response> {
    visit.write(move |tx, me| ping(tx, me.id, id)).await?;
    Ok((StatusCode::ACCEPTED, Done::new("On its way.")).into_response())
}

/// A call, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryShown {
    /// Also `webhook-id`.
    id: Key,
    kind: String,
    /// As sent.
    body: String,
    /// `waiting`, `delivered` or `failed`.
    state: String,
    attempts: i64,
    created_at: Moment,
    tried_at: Option<Moment>,
    /// Of the last answer.
    status: Option<i64>,
    /// Its beginning, or why there was none.
    answer: String,
}

impl From<Delivery> for DeliveryShown {
    fn from(d: Delivery) -> Self {
        Self {
            id: d.id,
            kind: d.kind,
            body: d.body,
            state: d.state,
            attempts: d.attempts,
            created_at: Moment(d.created_at),
            tried_at: d.tried_at.map(Moment),
            status: d.status,
            answer: d.answer,
        }
    }
}

impl Item for DeliveryShown {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// Calls of a webhook, newest first, kept for 30 days
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "Webhooks", params(("id" = Key, Path), Page),
    responses((status = 200, description = "A page of calls", body = List<DeliveryShown>)))]
async fn calls(visit: Visit, Id(id): Id, Query(page): Query<Page>) -> Result<Response> {
    let (after, rows) = (page.after()?, page.rows()?);
    let (_, all) = visit.read(move |tx, who| deliveries(tx, who.member()?.id, id, after, rows)).await?;
    Ok(page.cut(all.into_iter().map(DeliveryShown::from).collect())?.answer(&visit.path))
}

/// Send a call again, as it was
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{delivery}/redelivery", tag = "Webhooks",
    params(("id" = Key, Path), ("delivery" = Key, Path)), responses((status = 202, description = "On its way again", body = Done)))]
async fn again(visit: Visit, Path((id, delivery)): Path<(String, String)>) -> Result<Response> {
    let parsed = id.parse::<Key>().ok().zip(delivery.parse::<Key>().ok());
    let (id, delivery) = parsed.ok_or(Error::NotFound)?;
    visit.write(move |tx, me| redeliver(tx, me.id, id, delivery)).await?;
    Ok((StatusCode::ACCEPTED, Done::new("On its way again.")).into_response())
}
