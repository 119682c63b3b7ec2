//! Pages for inviting, joining, and for the first admin.

use super::{accept, check_first_admin, found_network, invite, join, joining, open};
use crate::accounts;
use crate::app::App;
use crate::error::Result;
use crate::input::{Check, Email, Name, Words};
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::roles::Role;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

/// `/invitations/…`, `/join/…`, `/first-admin/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/invitations/new", get(form).post(send))
        .route("/invitations/{token}", get(arrive).post(enter))
        .route("/join/{token}", get(join_form).post(join_now))
        .route("/first-admin/{token}", get(admin_form).post(begin))
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct Typed {
    name: String,
    email: String,
    words: String,
    network: String,
    operator: String,
}

#[derive(Template)]
#[template(path = "invitations/new.html")]
struct New {
    frame: Frame,
    errors: Errors,
    typed: Typed,
}

async fn form(visit: Visit, Query(typed): Query<Typed>) -> Result<Response> {
    let (frame, _) = visit.read(|_, who| who.member().cloned()).await?;
    visit.html(&New { frame, errors: Errors::default(), typed })
}

async fn send(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &typed.name))?;
    let email = check.take(Email::parse("email", &typed.email))?;
    let words = check.take(Words::optional("words", &typed.words))?;
    let (Some(name), Some(email), Some(words)) = (name, email, words) else {
        let errors = Errors::split(check.finish())?.err().unwrap_or_default();
        let (frame, _) = visit.read(|_, who| who.member().cloned()).await?;
        return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &New { frame, errors, typed });
    };
    let (url, network) = (visit.app.site.public_url.clone(), visit.app.network());
    let (address, called) = (email.as_str().to_owned(), name.to_string());
    let (path, role) = visit
        .write(move |tx, member| Ok((invite(tx, &url, &network, member.id, &name, &email, &words)?, member.role)))
        .await?;
    if accounts::letters_leave(&visit.app) {
        let said =
            format!("One letter is on its way to {address}, if nobody with that address is here or invited yet.");
        return Ok(visit.see("/invitations/new", &said));
    }
    // Whoever holds the link joins under that address, so only an admin hands it on.
    match path {
        Some(path) if role == Role::Admin => {
            let (frame, url) = (visit.frame().await?, format!("{}{path}", visit.app.site.public_url));
            visit.html(&ByHand { frame, name: called, path, url })
        }
        _ => {
            let said =
                "Letters do not leave this server yet. An admin who invites the same address gets a link to hand on.";
            Ok(visit.see("/invitations/new", said))
        }
    }
}

#[derive(Template)]
#[template(path = "invitations/by_hand.html")]
struct ByHand {
    frame: Frame,
    name: String,
    path: String,
    url: String,
}

#[derive(Template)]
#[template(path = "invitations/join.html")]
struct Join {
    frame: Frame,
    errors: Errors,
    action: String,
    name: String,
    inviter: String,
}

async fn arrive(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, (name, inviter)) = visit.read(move |tx, _| open(tx, &opened)).await?;
    visit.html(&Join { frame, errors: Errors::default(), action: format!("/invitations/{token}"), name, inviter })
}

async fn enter(visit: Visit, Path(token): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    match Errors::split(Name::parse("name", &typed.name))? {
        Ok(name) => {
            let agent = visit.agent.clone();
            let session = visit.write_as_anyone(move |tx, _| accept(tx, &token, &name, &agent)).await?;
            Ok(accounts::signed_in(&visit.app.site, &session, "/trust"))
        }
        Err(errors) => again(&visit, errors, format!("/invitations/{token}"), typed.name).await,
    }
}

async fn join_form(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, _) = visit.read(move |tx, _| joining(tx, &opened)).await?;
    visit.html(&Join {
        frame,
        errors: Errors::default(),
        action: format!("/join/{token}"),
        name: String::new(),
        inviter: String::new(),
    })
}

async fn join_now(visit: Visit, Path(token): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    match Errors::split(Name::parse("name", &typed.name))? {
        Ok(name) => {
            let agent = visit.agent.clone();
            let session = visit.write_as_anyone(move |tx, _| join(tx, &token, &name, &agent)).await?;
            Ok(accounts::signed_in(&visit.app.site, &session, "/trust"))
        }
        Err(errors) => again(&visit, errors, format!("/join/{token}"), typed.name).await,
    }
}

async fn again(visit: &Visit, errors: Errors, action: String, name: String) -> Result<Response> {
    let frame = visit.frame().await?;
    let page = Join { frame, errors, action, name, inviter: String::new() };
    visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

#[derive(Template)]
#[template(path = "invitations/first_admin.html")]
struct FirstAdmin {
    frame: Frame,
    errors: Errors,
    token: String,
    typed: Typed,
    mail: bool,
}

impl FirstAdmin {
    /// Name, label, hint, value and type of each field.
    fn fields(&self) -> [(&'static str, &'static str, &'static str, &str, &'static str); 4] {
        let typed = &self.typed;
        [
            ("name", "Your name", "You become the first member, and its admin.", &typed.name, "text"),
            ("email", "Your e-mail address", "Sign-in links go there.", &typed.email, "email"),
            ("network", "What is the network called?", "It stands at the top of every page.", &typed.network, "text"),
            (
                "operator",
                "Who runs it?",
                "A person or a firm; named on the page about privacy.",
                &typed.operator,
                "text",
            ),
        ]
    }
}

async fn admin_form(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, ()) = visit.read(move |tx, _| check_first_admin(tx, &opened)).await?;
    let mail = !matches!(visit.app.site.mail, crate::mail::Way::Kept);
    visit.html(&FirstAdmin { frame, errors: Errors::default(), token, typed: Typed::default(), mail })
}

async fn begin(visit: Visit, Path(token): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &typed.name))?;
    let email = check.take(Email::parse("email", &typed.email))?;
    let network = check.take(Name::parse("network", &typed.network))?;
    let operator = check.take(Name::parse("operator", &typed.operator))?;
    let (Some(name), Some(email), Some(network), Some(operator)) = (name, email, network, operator) else {
        let errors = Errors::split(check.finish())?.err().unwrap_or_default();
        let frame = visit.frame().await?;
        let mail = !matches!(visit.app.site.mail, crate::mail::Way::Kept);
        return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &FirstAdmin { frame, errors, token, typed, mail });
    };
    let agent = visit.agent.clone();
    let session = visit
        .write_as_anyone(move |tx, _| found_network(tx, &token, &name, &email, &network, &operator, &agent))
        .await?;
    Ok(accounts::signed_in(&visit.app.site, &session, "/invitations/new"))
}
