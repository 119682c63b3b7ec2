//! The pages: mine when signed in, and those behind mailed links.

use super::{archive, ask_by_letter, ask_erasure, come_back, count_archive, pause, undo_erasure};
use crate::accounts;
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Email;
use crate::key::Key;
use crate::links;
use crate::page::{Errors, Frame, set_cookie};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Form;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use store::{Tx, sql};

/// `/my-data`, `/privacy/my-data` and the pages behind their letters.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/my-data", get(mine))
        .route("/my-data/archive", post(take))
        .route("/my-data/pause", post(go_away))
        .route("/my-data/erasure", get(before_erasure).post(erase))
        .route("/privacy/my-data", get(ask_form).post(ask))
        .route("/my-data/{token}", get(by_link))
        .route("/my-data/{token}/archive", post(take_by_link))
        .route("/my-data/{token}/erasure", post(erase_by_link))
        .route("/returns/{token}", get(return_form).post(return_now))
        .route("/erasures/{token}", get(undo_form).post(undo))
}

/// What there is, in a few numbers.
#[derive(Default)]
struct Counts {
    given: i64,
    received: i64,
    referrals: i64,
    pictures: i64,
    written: i64,
}

fn counts(tx: &mut Tx<'_>, party: Key) -> Result<Counts> {
    Ok(tx
        .row(
            sql!(
                "SELECT (SELECT COUNT(*) FROM vouches WHERE from_id = $1 AND state IN ('live', 'pending')),
                   (SELECT COUNT(*) FROM vouches WHERE to_id = $1 AND state IN ('live', 'pending')),
                   (SELECT COUNT(*) FROM referrals WHERE asker_id = $1 OR referrer_id = $1 OR client_id = $1
                      OR (professional_id = $1 AND (client_yes_at IS NOT NULL OR tie_first))),
                   (SELECT COUNT(*) FROM pictures WHERE party_id = $1),
                   (SELECT COUNT(*) FROM posts WHERE author_id = $1) + (SELECT COUNT(*) FROM comments WHERE author_id = $1)"
            ),
            &[&party],
            |r| {
                Ok(Counts {
                    given: r.get(0)?,
                    received: r.get(1)?,
                    referrals: r.get(2)?,
                    pictures: r.get(3)?,
                    written: r.get(4)?,
                })
            },
        )?
        .unwrap_or_default())
}

#[derive(Template)]
#[template(path = "my_data/mine.html")]
struct Mine {
    frame: Frame,
    counts: Counts,
    days: i64,
}

async fn mine(visit: Visit) -> Result<Response> {
    let (frame, counts) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            counts(tx, me)
        })
        .await?;
    visit.html(&Mine { frame, counts, days: super::COOLING })
}

/// Counts, reads and packs it: in two transactions, so that reading holds up no writer.
pub(super) async fn packed(visit: &Visit, party: Key) -> Result<Response> {
    let network = visit.app.network();
    let bytes = visit.app.db.read(move |tx| archive::of(tx, &network, party)?.zip()).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"my-data.zip\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

async fn take(visit: Visit) -> Result<Response> {
    let party = visit
        .write(|tx, me| {
            count_archive(tx, me.id)?;
            Ok(me.id)
        })
        .await?;
    packed(&visit, party).await
}

async fn go_away(visit: Visit) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    visit.write(move |tx, me| pause(tx, &url, me.id)).await?;
    let mut response = visit.see("/", "Your account is paused. The way back is in your mail, and by signing in.");
    set_cookie(&visit.app.site, &mut response, "session", "", Some(0));
    Ok(response)
}

#[derive(Template)]
#[template(path = "my_data/erasure.html")]
struct Erasure {
    frame: Frame,
    counts: Counts,
    days: i64,
    /// Where the form goes.
    action: String,
    back: String,
    member: bool,
}

async fn before_erasure(visit: Visit) -> Result<Response> {
    let (frame, counts) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            counts(tx, me)
        })
        .await?;
    let (action, back) = ("/my-data/erasure".to_owned(), "/my-data".to_owned());
    visit.html(&Erasure { frame, counts, days: super::COOLING, action, back, member: true })
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    no_letters: String,
}

async fn erase(visit: Visit, Form(wish): Form<Wish>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    let no_letters = wish.no_letters == "yes";
    visit.write(move |tx, me| ask_erasure(tx, &url, me.id, no_letters)).await?;
    let mut response =
        visit.see("/", "You are away from now on, and erased in seven days. Your mail has a way to take it back.");
    set_cookie(&visit.app.site, &mut response, "session", "", Some(0));
    Ok(response)
}

#[derive(Template)]
#[template(path = "my_data/ask.html")]
struct Ask {
    frame: Frame,
    errors: Errors,
    email: String,
    sent: bool,
}

async fn ask_form(visit: Visit) -> Result<Response> {
    let frame = visit.frame().await?;
    visit.html(&Ask { frame, errors: Errors::default(), email: String::new(), sent: false })
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    email: String,
}

async fn ask(visit: Visit, Form(typed): Form<Address>) -> Result<Response> {
    accounts::by_address(&visit)?;
    match Errors::split(Email::parse("email", &typed.email))? {
        Ok(email) => {
            let (url, network) = (visit.app.site.public_url.clone(), visit.app.network());
            visit.write_as_anyone(move |tx, _| ask_by_letter(tx, &url, &network, &email)).await?;
            let frame = visit.frame().await?;
            visit.html(&Ask { frame, errors: Errors::default(), email: String::new(), sent: true })
        }
        Err(errors) => {
            let frame = visit.frame().await?;
            let page = Ask { frame, errors, email: typed.email, sent: false };
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "my_data/by_link.html")]
struct ByLink {
    frame: Frame,
    counts: Counts,
    days: i64,
    token: String,
    name: String,
}

async fn by_link(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, (counts, name)) = visit
        .read(move |tx, _| {
            let link = links::open(tx, "my-data", &opened)?;
            let (name, ..) = super::party(tx, link.party)?;
            Ok((counts(tx, link.party)?, name))
        })
        .await?;
    visit.html(&ByLink { frame, counts, days: super::COOLING, token, name })
}

async fn take_by_link(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let party = visit
        .write_as_anyone(move |tx, _| {
            let link = links::open(tx, "my-data", &token)?;
            count_archive(tx, link.party)?;
            Ok(link.party)
        })
        .await?;
    packed(&visit, party).await
}

async fn erase_by_link(visit: Visit, Path(token): Path<String>, Form(wish): Form<Wish>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    let no_letters = wish.no_letters == "yes";
    visit
        .write_as_anyone(move |tx, _| {
            let link = links::open(tx, "my-data", &token)?;
            ask_erasure(tx, &url, link.party, no_letters)
        })
        .await?;
    Ok(visit.see("/", "Noted. Everything about you is erased in seven days; your mail has a way to take it back."))
}

#[derive(Template)]
#[template(path = "my_data/back.html")]
struct Back {
    frame: Frame,
    name: String,
    action: String,
    /// It is an erasure that is taken back.
    undo: bool,
    member: bool,
}

async fn return_form(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, (name, ..)) = visit
        .read(move |tx, _| {
            let link = links::open(tx, "return", &opened)?;
            super::party(tx, link.party)
        })
        .await?;
    visit.html(&Back { frame, name, action: format!("/returns/{token}"), undo: false, member: true })
}

async fn return_now(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let session = visit
        .write_as_anyone(move |tx, _| {
            let link = links::open(tx, "return", &token)?;
            if link.used_at.is_some() {
                return Err(Error::Gone("This link was used already. Please sign in.".into()));
            }
            links::mark_used(tx, &token)?;
            come_back(tx, link.party)
        })
        .await?;
    Ok(accounts::signed_in(&visit.app.site, &session, "/"))
}

async fn undo_form(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, (name, _, kind)) = visit
        .read(move |tx, _| {
            let link = links::open(tx, "erasure", &opened)?;
            let waiting: Option<bool> =
                tx.value(sql!("SELECT TRUE FROM erasures WHERE party_id = $1 AND done_at IS NULL"), &[&link.party])?;
            waiting.ok_or_else(|| Error::Gone("This was taken back already, or it is done.".into()))?;
            super::party(tx, link.party)
        })
        .await?;
    visit.html(&Back { frame, name, action: format!("/erasures/{token}"), undo: true, member: kind == "member" })
}

async fn undo(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let session = visit
        .write_as_anyone(move |tx, _| {
            let link = links::open(tx, "erasure", &token)?;
            undo_erasure(tx, link.party)
        })
        .await?;
    Ok(match session {
        Some(session) => accounts::signed_in(&visit.app.site, &session, "/my-data"),
        None => visit.see("/", "Taken back. Nothing was erased."),
    })
}
