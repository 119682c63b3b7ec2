//! Pages for signing in and out.

use super::{ask_to_sign_in, end_session, open_sign_in, use_sign_in};
use crate::app::{App, Site};
use crate::error::{Error, Result};
use crate::input::Email;
use crate::page::{Errors, Frame, own_path, set_cookie};
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, Query};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use store::sql;

/// `/sign-in` and `/sign-out`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(form).post(send))
        .route("/sign-in/sent", get(sent))
        .route("/sign-in/{token}", get(arrive).post(enter))
        .route("/sign-out", post(leave))
}

#[derive(Deserialize, Default)]
struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignIn {
    frame: Frame,
    errors: Errors,
    email: String,
    next: String,
    /// In the demo: people to continue as (handle, name, what they show).
    cast: Vec<(String, String, String)>,
}

async fn sign_in_page(visit: &Visit, email: String, next: String, errors: Errors) -> Result<SignIn> {
    let demo = visit.app.site.demo;
    let (frame, cast) = visit
        .read(move |tx, _| {
            if !demo {
                return Ok(Vec::new());
            }
            Ok(tx.rows(
                sql!(
                    "SELECT p.handle, p.name, f.headline FROM parties p JOIN profiles f ON f.party_id = p.id
                     JOIN settings s ON s.name = 'demo cast' AND ',' || s.value || ',' LIKE '%,' || p.handle || ',%'
                     ORDER BY p.folded LIMIT 8"
                ),
                &[],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )?)
        })
        .await?;
    Ok(SignIn { frame, errors, email, next, cast })
}

async fn form(visit: Visit, Query(query): Query<Next>) -> Result<Response> {
    let page = sign_in_page(&visit, String::new(), own_path(&query.next).to_owned(), Errors::default()).await?;
    visit.html(&page)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    email: String,
    #[serde(default)]
    next: String,
}

async fn send(visit: Visit, Form(asked): Form<Asked>) -> Result<Response> {
    let next = own_path(&asked.next).to_owned();
    let email = match Errors::split(Email::parse("email", &asked.email))? {
        Ok(email) => email,
        Err(errors) => {
            let page = sign_in_page(&visit, asked.email, next, errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let (url, network, join) = (visit.app.site.public_url.clone(), visit.app.network(), visit.app.join());
    visit.write_as_anyone(move |tx, _| ask_to_sign_in(tx, &url, &network, &email, &next, join)).await?;
    Ok(Redirect::to("/sign-in/sent").into_response())
}

#[derive(Template)]
#[template(path = "accounts/sent.html")]
struct Sent {
    frame: Frame,
}

async fn sent(visit: Visit) -> Result<Response> {
    let frame = visit.frame().await?;
    visit.html(&Sent { frame })
}

#[derive(Template)]
#[template(path = "accounts/arrive.html")]
struct Arrive {
    frame: Frame,
    name: String,
    token: String,
}

/// Opening the link signs nobody in: mail scanners open links too.
async fn arrive(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, (_, name, _)) = visit.read(move |tx, _| open_sign_in(tx, &opened)).await?;
    visit.html(&Arrive { frame, name, token })
}

async fn enter(visit: Visit, Path(token): Path<String>, headers: HeaderMap) -> Result<Response> {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let (session, next) = visit.write_as_anyone(move |tx, _| use_sign_in(tx, &token, &agent)).await?;
    Ok(signed_in(&visit.app.site, &session, &next))
}

/// 303 to `next` with the session's cookie.
pub fn signed_in(site: &Site, session: &str, next: &str) -> Response {
    let mut response = Redirect::to(own_path(next)).into_response();
    set_cookie(site, &mut response, "session", session, Some(super::SESSION_LIFE / 1_000_000));
    response
}

async fn leave(visit: Visit) -> Result<Response> {
    let left = visit.write(|tx, member| end_session(tx, member.id, member.session)).await;
    if let Err(error) = left
        && !matches!(error, Error::SignIn)
    {
        return Err(error);
    }
    let mut response = visit.see("/", "You are signed out.");
    set_cookie(&visit.app.site, &mut response, "session", "", Some(0));
    Ok(response)
}
