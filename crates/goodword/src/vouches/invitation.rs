//! The page of somebody who is not here, by the link in their letter: yes, a correction, or no.

use super::absent::{self, waiting};
use super::store::Shown;
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Words;
use crate::page::{Errors, Frame};
use crate::viewer::Visit;
use crate::{accounts, links};
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

/// `/vouch-invitations/…`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/vouch-invitations/{token}", get(show))
        .route("/vouch-invitations/{token}/acceptance", post(accept))
        .route("/vouch-invitations/{token}/refusal", post(refuse))
        .route("/vouch-invitations/{token}/correction", post(correct))
}

#[derive(Template)]
#[template(path = "vouches/invitation.html")]
struct Invitation {
    frame: Frame,
    token: String,
    vouch: Shown,
    /// Words of other people that wait as well.
    others: Vec<Shown>,
    operator: String,
    /// Known for something else, as a client or guest: a no does not end that.
    known: bool,
    typed: String,
    errors: Errors,
}

async fn page(visit: &Visit, token: String, typed: String, errors: Errors) -> Result<Invitation> {
    let opened = token.clone();
    let (frame, (vouch, others, known)) = visit
        .read(move |tx, _| {
            let (link, vouch, others) = waiting(tx, &opened)?;
            Ok((vouch, others, absent::is_known(tx, link.party)?))
        })
        .await?;
    let operator = frame.operator.clone().unwrap_or_else(|| frame.network.clone());
    Ok(Invitation { frame, token, vouch, others, operator, known, typed, errors })
}

async fn show(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let page = page(&visit, token, String::new(), Errors::default()).await?;
    visit.html(&page)
}

/// Yes: the person becomes a member with a profile pre-filled from what was said, is signed in, and is asked one thing.
async fn accept(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let agent = visit.agent.clone();
    let session = visit
        .write_as_anyone(move |tx, _| {
            let (link, vouch, _) = waiting(tx, &token)?;
            absent::accept_absent(tx, link.party, vouch.id)?;
            links::mark_used(tx, &token)?;
            accounts::start_session(tx, link.party, &agent)
        })
        .await?;
    Ok(accounts::signed_in(&visit.app.site, &session, "/profile/work/new?welcome=1"))
}

/// No: pressed twice it is one no.
async fn refuse(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let known = visit
        .write_as_anyone(move |tx, _| {
            let (link, ..) = match waiting(tx, &token) {
                Err(Error::Gone(said)) if said == links::ERASED => return Ok(false),
                found => found?,
            };
            absent::refuse_absent(tx, link.party)?;
            absent::is_known(tx, link.party)
        })
        .await?;
    let said = if known {
        "You said no: what was said of you is deleted, and we will not write about it again."
    } else {
        "Everything has been deleted, your address included. We will not write again."
    };
    Ok(visit.see("/", said))
}

#[derive(Clone, Deserialize)]
struct Correction {
    #[serde(default)]
    words: String,
}

async fn correct(visit: Visit, Path(token): Path<String>, Form(form): Form<Correction>) -> Result<Response> {
    let (opened, typed) = (token.clone(), form.words.clone());
    let asked = visit
        .write_as_anyone(move |tx, _| {
            let (_, vouch, _) = waiting(tx, &opened)?;
            absent::ask_correction(tx, &vouch, &Words::parse("words", &typed)?)?;
            Ok(vouch.from.name)
        })
        .await;
    match Errors::split(asked)? {
        Ok(giver) => {
            let first = crate::say::first_name(&giver);
            let said = format!(
                "Sent to {first}. What {first} changes you read here, by this same link: there is no other letter."
            );
            Ok(visit.see(&format!("/vouch-invitations/{token}"), &said))
        }
        Err(errors) => {
            let page = page(&visit, token, form.words, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
