//! The page between me and one other person, for those two only.

use super::{Encounter, Referred, Typed, add, between, depth, referrals, set_deleted};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::people::{self, Person};
use crate::viewer::Visit;
use crate::vouches::{self, Shown};
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;

/// `/people/{handle}/us` and `/encounters/{id}/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/people/{handle}/us", get(show).post(note))
        .route("/encounters/{id}/removal", post(remove))
        .route("/encounters/{id}/restoration", post(restore))
}

#[derive(Template)]
#[template(path = "encounters/us.html")]
struct Us {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    p: Person,
    encounters: Vec<Encounter>,
    depth: String,
    given: Vec<Shown>,
    received: Vec<Shown>,
    referrals: Vec<Referred>,
}

async fn page(visit: &Visit, handle: String, typed: Typed, errors: Errors) -> Result<Us> {
    let (frame, (p, encounters, given, received, referrals)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let p = people::by_handle(tx, who, &handle)?;
            if p.id == me {
                return Err(Error::NotFound);
            }
            let encounters = between(tx, me, p.id)?;
            let mine = |all: Vec<Shown>, received: bool| -> Vec<Shown> {
                all.into_iter()
                    .filter(|v| if received { v.from.id == p.id } else { v.to.id == p.id })
                    .filter(|v| v.state == "live")
                    .collect()
            };
            let given = mine(vouches::about(tx, me, false)?, false);
            let received = mine(vouches::about(tx, me, true)?, true);
            let referrals = referrals(tx, me, p.id)?;
            Ok((p.clone(), encounters, given, received, referrals))
        })
        .await?;
    let depth = depth(&encounters);
    Ok(Us { frame, errors, typed, p, encounters, depth, given, received, referrals })
}

async fn show(visit: Visit, Path(handle): Path<String>) -> Result<Response> {
    let page = page(&visit, handle, Typed::default(), Errors::default()).await?;
    visit.html(&page)
}

async fn note(visit: Visit, Path(handle): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    let (asked, kept, zone) = (handle.clone(), typed.clone(), visit.app.site.zone.clone());
    let done = visit
        .write_as_anyone(move |tx, who| {
            let me = who.member()?.id;
            let other = people::by_handle(tx, who, &asked)?;
            if other.id == me {
                return Err(Error::NotFound);
            }
            let today = crate::say::iso_date(tx.now(), &zone);
            add(tx, me, other.id, &typed, &today, store::MINUTE)
        })
        .await;
    match Errors::split(done)? {
        Ok(()) => Ok(visit.see(&format!("/people/{handle}/us"), "Noted.")),
        Err(errors) => {
            let page = page(&visit, handle, kept, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn remove(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let handle = visit.write(move |tx, member| set_deleted(tx, member.id, id, true)).await?;
    Ok(visit.see_with_undo(&format!("/people/{handle}/us"), "Removed.", &format!("/encounters/{id}/restoration")))
}

async fn restore(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let handle = visit.write(move |tx, member| set_deleted(tx, member.id, id, false)).await?;
    Ok(visit.see(&format!("/people/{handle}/us"), "It is back."))
}
