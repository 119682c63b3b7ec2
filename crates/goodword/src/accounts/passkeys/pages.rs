//! What the script of passkeys asks, and the plain forms to name and take off.

use super::verify::{Made, Used};
use super::{Party, add, answered, challenge, credential_ids, enter_with, late, remove, rename};
use crate::accounts::sessions::{Stay, in_words};
use crate::accounts::{account, enter, throttle};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Title;
use crate::key::Key;
use crate::page::{Errors, Frame, own_path};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

/// `/account/passkeys/…` and `/sign-in/passkey…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/account/passkeys", post(make))
        .route("/account/passkeys/challenge", post(before_making))
        .route("/account/passkeys/{id}", get(one).post(name))
        .route("/account/passkeys/{id}/removal", post(take_off))
        .route("/sign-in/passkey", post(sign_in))
        .route("/sign-in/passkey/challenge", post(before_signing_in))
}

fn party(app: &App) -> Result<Party> {
    Party::of(&app.site.public_url).ok_or(Error::NotFound)
}

/// What the browser needs to ask an authenticator; bytes in base64url.
#[derive(Serialize)]
struct Options {
    challenge: String,
    rp: String,
    network: String,
    user: String,
    name: String,
    exclude: Vec<String>,
}

async fn before_making(visit: Visit) -> Result<Json<Options>> {
    let (us, network) = (party(&visit.app)?, visit.app.network());
    visit
        .write(move |tx, member| {
            let challenge = BASE64.encode(challenge(tx, Some(member.id))?);
            let exclude = credential_ids(tx, member.id)?.iter().map(|id| BASE64.encode(id)).collect();
            let user = BASE64.encode(member.id.0.as_bytes());
            let (rp, network, name) = (us.id.clone(), network.clone(), member.name.clone());
            Ok(Options { challenge, rp, network, user, name, exclude })
        })
        .await
        .map(Json)
}

/// What the script hands over: bytes in base64url.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Handed {
    credential: String,
    client_data: String,
    authenticator: String,
    public_key: String,
    signature: String,
    next: String,
    shared: String,
}

fn bytes(field: &str) -> Result<Vec<u8>> {
    BASE64
        .decode(field)
        .map_err(|_| Error::BadRequest("The browser sent something unreadable. Please try again.".into()))
}

async fn make(visit: Visit, Form(handed): Form<Handed>) -> Result<Response> {
    let us = party(&visit.app)?;
    let (client_data, authenticator) = (bytes(&handed.client_data)?, bytes(&handed.authenticator)?);
    let (public_key, name) = (bytes(&handed.public_key)?, in_words(&visit.agent));
    let data = client_data.clone();
    if !visit.write(move |tx, member| answered(tx, &data, Some(member.id))).await? {
        return Err(late());
    }
    visit
        .write(move |tx, member| {
            let made = Made { client_data: &client_data, authenticator: &authenticator, public_key: &public_key };
            add(tx, member.id, &us, &made, &name)
        })
        .await?;
    Ok(visit.see("/account", "Your passkey signs you in from now on."))
}

async fn before_signing_in(visit: Visit) -> Result<Json<Options>> {
    throttle::by_address(&visit)?;
    let (us, network) = (party(&visit.app)?, visit.app.network());
    let challenge = visit.write_as_anyone(|tx, _| challenge(tx, None)).await?;
    let (challenge, rp) = (BASE64.encode(challenge), us.id);
    Ok(Json(Options { challenge, rp, network, user: String::new(), name: String::new(), exclude: Vec::new() }))
}

#[derive(Template)]
#[template(path = "accounts/passkeys/unknown.html")]
struct Unknown {
    frame: Frame,
    next: String,
}

async fn sign_in(visit: Visit, Form(handed): Form<Handed>) -> Result<Response> {
    throttle::by_address(&visit)?;
    let us = party(&visit.app)?;
    let (credential, client_data) = (bytes(&handed.credential)?, bytes(&handed.client_data)?);
    let (authenticator, signature) = (bytes(&handed.authenticator)?, bytes(&handed.signature)?);
    let (agent, stay, next) =
        (visit.agent.clone(), Stay::unless_shared(&handed.shared), own_path(&handed.next).to_owned());
    let data = client_data.clone();
    if !visit.write_as_anyone(move |tx, _| answered(tx, &data, None)).await? {
        return Err(late());
    }
    let session = visit
        .write_as_anyone(move |tx, _| {
            let used = Used { client_data: &client_data, authenticator: &authenticator, signature: &signature };
            enter_with(tx, &us, &credential, &used, &agent, stay)
        })
        .await?;
    match session {
        Some(session) => Ok(enter(&visit.app.site, &session, stay, &next)),
        None => {
            let frame = visit.frame().await?;
            visit.html_as(StatusCode::FORBIDDEN, &Unknown { frame, next })
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/passkeys/name.html")]
struct Naming {
    frame: Frame,
    errors: Errors,
    id: Key,
    name: String,
}

async fn one(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (frame, name) = visit
        .read(move |tx, who| {
            let all = super::of(tx, who.member()?.id)?;
            all.into_iter().find(|p| p.id == id).map(|p| p.name).ok_or(Error::NotFound)
        })
        .await?;
    visit.html(&Naming { frame, errors: Errors::default(), id, name })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Typed {
    name: String,
}

async fn name(visit: Visit, Path(id): Path<Key>, Form(typed): Form<Typed>) -> Result<Response> {
    match Errors::split(Title::parse("name", &typed.name))? {
        Ok(name) => {
            visit.write(move |tx, member| rename(tx, member.id, id, &name)).await?;
            Ok(visit.see("/account", "Renamed."))
        }
        Err(errors) => {
            let frame = visit.frame().await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &Naming { frame, errors, id, name: typed.name })
        }
    }
}

async fn take_off(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let letters = account::letters_leave(&visit.app);
    visit
        .write(move |tx, member| {
            remove(tx, member.id, id)?;
            account::keep_a_way_in(tx, member.id, letters)
        })
        .await?;
    Ok(visit.see(
        "/account",
        "Taken off: it opens nothing here any more. Your device may still list it; delete it there too.",
    ))
}
