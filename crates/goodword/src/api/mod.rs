//! The JSON API: what every feature's `api.rs` shares, and the layers around them.
//!
//! A feature's `api.rs` translates its own verbs to JSON; who may do what is decided where the pages decide it.

pub mod body;
mod docs;
pub mod limits;
pub mod listing;
pub mod once;
mod spec;
#[cfg(test)]
pub mod tests;
#[cfg(test)]
mod twins;
mod values;
#[cfg(test)]
mod verbs;

pub use body::{Id, Json, Query, Signed, created, versioned};
pub use listing::{Item, List, Page};
pub use spec::openapi;
pub use values::{Done, Moment, Reference, text_schema, typed_money, yes};

use crate::app::App;
use crate::error::Error;
use crate::{
    about, accounts, admin, calendar, contacts, conversations, encounters, groups, imports, invitations, jobs_won,
    mail, my_data, needs, notices, outcomes, people, phone, pictures, profile, referrals, reports, sanctions, tokens,
    trusts, vouches, webhooks, works,
};
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::LazyLock;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// `/api/…`.
pub fn routes(app: &App) -> Router<App> {
    OPERATIONS
        .0
        .clone()
        .route_layer(middleware::from_fn_with_state(app.clone(), once::layer))
        .route_layer(middleware::from_fn_with_state(app.clone(), limits::layer))
        .route_layer(middleware::from_fn(negotiate))
        .route("/api", get(docs::show))
        .route("/api/openapi.json", get(spec::show))
}

/// The operations and their description, collected once.
static OPERATIONS: LazyLock<(Router<App>, OpenApi)> = LazyLock::new(|| all().split_for_parts());

/// Every feature's operations.
fn all() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(people::api::routes())
        .merge(profile::api::routes())
        .merge(works::api::routes())
        .merge(pictures::api::routes())
        .merge(groups::api::routes())
        .merge(encounters::api::routes())
        .merge(jobs_won::api::routes())
        .merge(trusts::api::routes())
        .merge(needs::api::routes())
        .merge(vouches::api::routes())
        .merge(referrals::api::routes())
        .merge(referrals::meeting_api::routes())
        .merge(outcomes::api::routes())
        .merge(calendar::api::routes())
        .merge(contacts::api::routes())
        .merge(notices::api::routes())
        .merge(mail::api::routes())
        .merge(phone::api::routes())
        .merge(invitations::api::routes())
        .merge(webhooks::api::routes())
        .merge(reports::api::routes())
        .merge(sanctions::api::routes())
        .merge(accounts::api::routes())
        .merge(my_data::api::routes())
        .merge(tokens::api::routes())
        .merge(admin::api::routes())
        .merge(conversations::api::routes())
        .merge(imports::conversations::api::routes())
        .merge(about::api::routes())
}

/// Answers are JSON, and a file where a file is asked for.
async fn negotiate(request: Request, next: Next) -> Response {
    let accepts = request.headers().get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).all(|value| {
        value.split(',').any(|kind| {
            let kind = kind.split(';').next().unwrap_or("").trim();
            matches!(kind, "*/*" | "application/*" | "application/json" | "application/problem+json" | "")
        })
    });
    if !accepts {
        return Error::Refused(StatusCode::NOT_ACCEPTABLE, "Answers here are application/json.".into()).into_response();
    }
    next.run(request).await
}
