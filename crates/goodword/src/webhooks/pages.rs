//! Pages of webhooks: mine, and one with its deliveries.

use super::{Delivery, Webhook, deliveries, enable, of, own, ping, reaches_out, redeliver, subscribe, unsubscribe};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::roles::Role;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

/// Calls on a page.
const LISTED: i64 = 200;

/// `/webhooks`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/webhooks", get(mine).post(make))
        .route("/webhooks/{id}", get(show))
        .route("/webhooks/{id}/removal", post(remove))
        .route("/webhooks/{id}/enabling", post(switch_on))
        .route("/webhooks/{id}/ping", post(try_it))
        .route("/webhooks/{id}/deliveries/{delivery}/redelivery", post(again))
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    url: String,
    /// `network`, or nothing.
    of: String,
    kinds: Vec<String>,
    network_kinds: Vec<String>,
}

impl Typed {
    fn network(&self) -> bool {
        self.of == "network"
    }

    fn kinds(&self) -> &[String] {
        if self.network() { &self.network_kinds } else { &self.kinds }
    }
}

#[derive(Template)]
#[template(path = "webhooks/mine.html")]
struct Mine {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    hooks: Vec<Webhook>,
    /// Nothing leaves this network.
    held: bool,
}

impl Mine {
    fn wants(&self, kind: &str) -> bool {
        self.typed.kinds.iter().any(|k| k == kind)
    }

    fn wants_of_network(&self, kind: &str) -> bool {
        self.typed.network_kinds.iter().any(|k| k == kind)
    }

    /// Whether they may be told of the network.
    fn is_admin(&self) -> bool {
        self.frame.member.as_ref().is_some_and(|me| me.role == Role::Admin)
    }
}

async fn page(visit: &Visit, typed: Typed, errors: Errors) -> Result<Mine> {
    let (frame, hooks) = visit.read(|tx, who| of(tx, who.member()?.id)).await?;
    Ok(Mine { frame, errors, typed, hooks, held: !reaches_out(&visit.app) })
}

async fn mine(visit: Visit) -> Result<Response> {
    let page = page(&visit, Typed::default(), Errors::default()).await?;
    visit.html(&page)
}

async fn make(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let (outbound, asked) = (visit.app.site.outbound.clone(), typed.clone());
    let made =
        visit.write(move |tx, me| subscribe(tx, &outbound, me, &asked.url, asked.kinds(), asked.network())).await;
    match Errors::split(made)? {
        Ok(id) => Ok(visit.see(&format!("/webhooks/{id}"), "Made. Try it: one call tells whether it arrives.")),
        Err(errors) => {
            let page = page(&visit, typed, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "webhooks/one.html")]
struct One {
    frame: Frame,
    hook: Webhook,
    deliveries: Vec<Delivery>,
}

async fn show(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (frame, (hook, deliveries)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            Ok((own(tx, me, id)?, deliveries(tx, me, id, None, LISTED)?))
        })
        .await?;
    visit.html(&One { frame, hook, deliveries })
}

async fn remove(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, me| unsubscribe(tx, me.id, id)).await?;
    Ok(visit.see("/webhooks", "Taken away, with its deliveries."))
}

async fn switch_on(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, me| enable(tx, me.id, id)).await?;
    Ok(visit.see(&format!("/webhooks/{id}"), "On again."))
}

async fn try_it(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, me| ping(tx, me.id, id)).await?;
    Ok(visit.see(&format!("/webhooks/{id}"), "On its way. Look again in a moment."))
}

async fn again(visit: Visit, Path((id, delivery)): Path<(Key, Key)>) -> Result<Response> {
    visit.write(move |tx, me| redeliver(tx, me.id, id, delivery)).await?;
    Ok(visit.see(&format!("/webhooks/{id}"), "On its way again."))
}
