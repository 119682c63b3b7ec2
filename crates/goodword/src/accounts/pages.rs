//! Pages for signing in and out.

use super::letters::{Door, Typed, ask_to_sign_in, open_sign_in, use_code, use_sign_in};
use super::sessions::{self, Stay};
use super::{Button, account, email_change, passkeys, providers, throttle};
use crate::app::{App, Site};
use crate::error::Result;
use crate::input::Email;
use crate::key::new_token;
use crate::page::{Errors, Frame, own_path, set_cookie};
use crate::path::Path;
use crate::phone;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use store::sql;

/// `/sign-in`, `/sign-out` and `/account`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(form).post(send))
        .route("/sign-in/sent", get(sent))
        .route("/sign-in/code", post(typed_code))
        .route("/sign-in/{token}", get(arrive).post(use_link))
        .route("/sign-out", post(leave))
        .merge(account::routes())
        .merge(email_change::routes())
        .merge(passkeys::routes())
        .merge(providers::routes())
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
    shared: bool,
    passkeys: bool,
    providers: Vec<Button>,
    /// In the demo: people to continue as (handle, name, what they show).
    cast: Vec<(String, String, String)>,
}

async fn sign_in_page(visit: &Visit, asked: Asked, errors: Errors) -> Result<SignIn> {
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
    let (providers, next) = (visit.app.site.providers.buttons(), own_path(&asked.next).to_owned());
    let passkeys = passkeys::Party::of(&visit.app.site.public_url).is_some();
    let shared = !asked.shared.is_empty();
    Ok(SignIn { frame, errors, email: asked.email, next, shared, passkeys, providers, cast })
}

async fn form(visit: Visit, Query(query): Query<Next>) -> Result<Response> {
    let page = sign_in_page(&visit, Asked { next: query.next, ..Asked::default() }, Errors::default()).await?;
    visit.html(&page)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    email: String,
    next: String,
    shared: String,
}

async fn send(visit: Visit, jar: CookieJar, Form(asked): Form<Asked>) -> Result<Response> {
    let next = own_path(&asked.next).to_owned();
    let email = match Errors::split(Email::parse("email", &asked.email))? {
        Ok(email) => email,
        Err(errors) => {
            let page = sign_in_page(&visit, asked, errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    throttle::by_address(&visit)?;
    let app = &visit.app;
    let door = Door { public_url: app.site.public_url.clone(), network: app.network(), join: app.join() };
    let browser = asking(&visit, &jar).unwrap_or_else(|| new_token(&app.clock));
    let kept = browser.clone();
    visit.write_as_anyone(move |tx, _| ask_to_sign_in(tx, &door, &email, &next, &kept)).await?;
    let shared = if asked.shared.is_empty() { "" } else { "?shared=on" };
    let mut response = Redirect::to(&format!("/sign-in/sent{shared}")).into_response();
    set_cookie(&app.site, &mut response, "asking", &browser, Some(30 * 60));
    Ok(response)
}

/// The secret of a browser that asked for a letter.
fn asking(visit: &Visit, jar: &CookieJar) -> Option<String> {
    jar.get(&visit.app.site.cookie("asking")).map(|c| c.value().to_owned()).filter(|b| b.len() == 52)
}

#[derive(Template)]
#[template(path = "accounts/sent.html")]
struct Sent {
    frame: Frame,
    errors: Errors,
    code: String,
    shared: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Code {
    code: String,
    shared: String,
}

async fn sent(visit: Visit, Query(query): Query<Code>) -> Result<Response> {
    let frame = visit.frame().await?;
    visit.html(&Sent { frame, errors: Errors::default(), code: String::new(), shared: !query.shared.is_empty() })
}

async fn typed_code(visit: Visit, jar: CookieJar, Form(typed): Form<Code>) -> Result<Response> {
    throttle::by_address(&visit)?;
    let (browser, stay) = (asking(&visit, &jar).unwrap_or_default(), Stay::unless_shared(&typed.shared));
    let (code, agent) = (typed.code.clone(), visit.agent.clone());
    match visit.write_as_anyone(move |tx, _| use_code(tx, &browser, &code, &agent, stay)).await? {
        Typed::Entered(session, next) => Ok(enter(&visit.app.site, &session, stay, &next)),
        Typed::Wrong => {
            let errors =
                Errors(vec![("code", "That is not the code of the newest letter. It stands under its button.".into())]);
            let (frame, shared) = (visit.frame().await?, !typed.shared.is_empty());
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &Sent { frame, errors, code: typed.code, shared })
        }
    }
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct Device {
    shared: String,
}

async fn use_link(visit: Visit, Path(token): Path<String>, Form(device): Form<Device>) -> Result<Response> {
    let (agent, stay) = (visit.agent.clone(), Stay::unless_shared(&device.shared));
    let (session, next) = visit.write_as_anyone(move |tx, _| use_sign_in(tx, &token, &agent, stay)).await?;
    Ok(enter(&visit.app.site, &session, stay, &next))
}

/// 303 to `next` with the cookie of a remembered session.
pub fn signed_in(site: &Site, session: &str, next: &str) -> Response {
    enter(site, session, Stay::Long, next)
}

/// 303 to `next` with the session's cookie.
pub fn enter(site: &Site, session: &str, stay: Stay, next: &str) -> Response {
    let mut response = Redirect::to(own_path(next)).into_response();
    set_cookie(site, &mut response, "session", session, stay.cookie_age());
    response
}

async fn leave(visit: Visit, Query(back): Query<Next>) -> Result<Response> {
    visit
        .write_as_anyone(|tx, who| match who.session() {
            Some((party, session)) => sessions::end(tx, party, session),
            None => Ok(()),
        })
        .await?;
    let mut response = visit.see(own_path(&back.next), "You are signed out.");
    set_cookie(&visit.app.site, &mut response, "session", "", Some(0));
    phone::clear_device(&mut response)?;
    Ok(response)
}
