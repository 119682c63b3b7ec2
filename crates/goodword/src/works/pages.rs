//! Pages of work: one piece, mine, and the form.

use super::{Card, Draft, Typed, Work, add, change, of, one, own, set_deleted};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::pictures::{self, Shown};
use crate::viewer::Visit;
use crate::{live, people};
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

/// `/work/{id}` for everybody, `/profile/work/…` for its owner.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/work/{id}", get(show))
        .route("/profile/work", get(mine))
        .route("/profile/work/new", get(new_form).post(create))
        .route("/profile/work/{id}", get(edit_form).post(save))
        .route("/profile/work/{id}/removal", post(remove))
        .route("/profile/work/{id}/restoration", post(restore))
}

#[derive(Template)]
#[template(path = "works/one.html")]
struct One {
    frame: Frame,
    w: Work,
    owner_name: String,
    handle: String,
    mine: bool,
    description: String,
    pictures: Vec<Shown>,
}

async fn show(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (frame, (w, owner, mine, pictures)) = visit
        .read(move |tx, who| {
            who.may_browse()?;
            let w = one(tx, id)?;
            let mine = who.id() == Some(w.owner);
            let owner = people::own(tx, w.owner)?;
            if (w.deleted && !mine) || (who.member.is_none() && !owner.is_public) {
                return Err(Error::NotFound);
            }
            let pictures = pictures::of_work(tx, id)?;
            Ok((w, owner, mine, pictures))
        })
        .await?;
    let description = formats::markdown::render(&w.description);
    visit.html(&One { frame, w, owner_name: owner.name, handle: owner.handle, mine, description, pictures })
}

#[derive(Template)]
#[template(path = "works/mine.html")]
struct Mine {
    frame: Frame,
    works: Vec<Card>,
}

async fn mine(visit: Visit) -> Result<Response> {
    let (frame, works) = visit.read(|tx, who| of(tx, who.member()?.id)).await?;
    visit.html(&Mine { frame, works })
}

#[derive(Template)]
#[template(path = "works/form.html")]
struct Edit {
    frame: Frame,
    errors: Errors,
    clashes: Vec<(&'static str, String)>,
    typed: Typed,
    /// `None`: a new one.
    id: Option<Key>,
    /// Code and name.
    fields: Vec<(String, String)>,
    pictures: Vec<Shown>,
    /// Just joined by an invitation: the one thing asked.
    welcome: bool,
}

impl Edit {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/profile/work/new".to_owned(), |id| format!("/profile/work/{id}"))
    }
}

/// The form, with what was typed or else what is saved.
async fn form(visit: &Visit, id: Option<Key>, typed: Option<Typed>, errors: Errors, stale: bool) -> Result<Edit> {
    let (frame, (saved, fields, pictures)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let saved = id.map(|id| own(tx, me, id)).transpose()?;
            let fields: Vec<String> = tx.rows(
                store::sql!("SELECT field FROM professions WHERE party_id = $1 ORDER BY position"),
                &[&me],
                |r| r.get(0),
            )?;
            let pictures = id.map(|id| pictures::of_work(tx, id)).transpose()?.unwrap_or_default();
            Ok((saved, fields, pictures))
        })
        .await?;
    let saved = saved.as_ref().map(Typed::of);
    let mut clashes = Vec::new();
    let mut typed = match (typed, &saved) {
        (Some(mut typed), Some(saved)) if stale => {
            clashes = typed.clashes(saved);
            typed.version.clone_from(&saved.version);
            typed
        }
        (Some(typed), _) => typed,
        (None, saved) => saved.clone().unwrap_or_default(),
    };
    let mut fields: Vec<(String, String)> =
        fields.into_iter().map(|f| (live::field_name(&f).to_owned(), f)).map(|(n, f)| (f, n)).collect();
    let known = fields.iter().any(|(code, _)| *code == typed.field);
    if !typed.field.is_empty() && !known && live::field(&typed.field).is_some() {
        fields.push((typed.field.clone(), live::field_name(&typed.field).to_owned()));
    }
    if let ([(only, _)], true) = (fields.as_slice(), typed.field.is_empty()) {
        typed.field.clone_from(only);
    }
    Ok(Edit { frame, errors, clashes, typed, id, fields, pictures, welcome: false })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct How {
    welcome: String,
}

async fn new_form(visit: Visit, Query(how): Query<How>) -> Result<Response> {
    let page = form(&visit, None, None, Errors::default(), false).await?;
    visit.html(&Edit { welcome: how.welcome == "1", ..page })
}

async fn edit_form(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let page = form(&visit, Some(id), None, Errors::default(), false).await?;
    visit.html(&page)
}

async fn create(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let draft = match Errors::split(Draft::read(&typed))? {
        Ok(draft) => draft,
        Err(errors) => {
            let page = form(&visit, None, Some(typed), errors, false).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let id = visit.write(move |tx, member| add(tx, member.id, &draft, store::MINUTE)).await?;
    Ok(visit.see(&format!("/profile/work/{id}"), "Saved. A picture says more: add one below."))
}

async fn save(visit: Visit, Path(id): Path<Key>, Form(typed): Form<Typed>) -> Result<Response> {
    let draft = match Errors::split(Draft::read(&typed))? {
        Ok(draft) => draft,
        Err(errors) => {
            let page = form(&visit, Some(id), Some(typed), errors, false).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let version = typed.version.parse().unwrap_or(0);
    let saved = visit.write(move |tx, member| change(tx, member.id, id, &draft, version)).await?;
    if !saved {
        let page = form(&visit, Some(id), Some(typed), Errors::default(), true).await?;
        return visit.html_as(StatusCode::CONFLICT, &page);
    }
    Ok(visit.see(&format!("/work/{id}"), "Saved."))
}

async fn remove(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, member| set_deleted(tx, member.id, id, true)).await?;
    Ok(visit.see_with_undo("/profile/work", "Taken off your profile.", &format!("/profile/work/{id}/restoration")))
}

async fn restore(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, member| set_deleted(tx, member.id, id, false)).await?;
    Ok(visit.see("/profile/work", "It is back on your profile."))
}
