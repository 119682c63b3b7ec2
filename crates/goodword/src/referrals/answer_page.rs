//! The referrer's page: one sentence and one press, from the mail, without signing in.

use super::answering::{self, Typed, UNKNOWNS, needs_client, on_file};
use super::letters::need_line;
use super::pages::bearer;
use super::rules::Role;
use super::store::{self, Referral};
use crate::error::{Error, Result};
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;

#[derive(Template)]
#[template(path = "referrals/answer.html")]
struct Page {
    frame: Frame,
    which: String,
    errors: Errors,
    typed: Typed,
    /// What the referrer wrote in the vouch, if there is one.
    vouched: Option<String>,
    r: Referral,
    need: String,
    /// The asker does not know who the client is: the referrer says.
    needs_client: bool,
    /// Still to be answered.
    open: bool,
}

impl Page {
    fn ticked(&self, id: &str) -> bool {
        self.typed.unknown.iter().any(|u| u == id)
    }

    /// Whether basis, tie and confidence are on file, so that one sentence is enough.
    fn is_short(&self) -> bool {
        self.vouched.is_some() && !["basis", "tie", "confidence"].iter().any(|f| self.errors.of(f).is_some())
    }

    fn confidence_title(&self) -> &'static str {
        match self.typed.percent().parse().unwrap_or(75) {
            ..68 => "More likely than not",
            68..80 => "Probably",
            80..90 => "Very probably",
            _ => "Almost certainly",
        }
    }

    /// Who hears nothing of a no: the one the question is about.
    fn other(&self) -> String {
        if self.r.origin == "requested" { self.r.client_name() } else { self.r.professional.first().to_owned() }
    }

    /// Whom we ask after the yes, and how long they have.
    fn next(&self) -> String {
        let (position, professional) = (self.r.position(), self.r.professional.first());
        match (position.client_yes, position.professional_yes) {
            (true, _) => format!("{professional}, who has seven days"),
            (false, true) => "the client, who has seven days".to_owned(),
            (false, false) => format!("the client, then {professional}, who have seven days each"),
        }
    }
}

async fn page(visit: &Visit, which: String, typed: Option<Typed>, errors: Errors) -> Result<Page> {
    let asked = which.clone();
    let (frame, (r, filed)) = visit
        .read(move |tx, who| {
            let (party, id) = bearer(tx, who, "answer", &asked)?;
            let r = store::one(tx, id)?;
            if r.referrer.id != party {
                return Err(Error::NotFound);
            }
            let filed = on_file(tx, &r)?;
            Ok((r, filed))
        })
        .await?;
    let (filed, vouched) = filed.unzip();
    let open = r.position().waits_for() == Some(Role::Referrer);
    let typed = typed.or(filed).unwrap_or_default();
    let (need, needs_client) = (need_line(&r), needs_client(&r));
    Ok(Page { frame, which, errors, typed, vouched, r, need, needs_client, open })
}

pub(super) async fn show(visit: Visit, Path(which): Path<String>) -> Result<Response> {
    let page = page(&visit, which, None, Errors::default()).await?;
    visit.html(&page)
}

pub(super) async fn offer(visit: Visit, Path(which): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    let before = page(&visit, which.clone(), Some(typed.clone()), Errors::default()).await?;
    if !before.open {
        return Ok(visit.see(&format!("/answers/{which}"), "That was answered already; nothing was sent twice."));
    }
    let answer = match Errors::split(typed.read(before.needs_client))? {
        Ok(answer) => answer,
        Err(errors) => return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &Page { errors, ..before }),
    };
    let (app, asked) = (visit.app.clone(), which.clone());
    let done = visit
        .write_as_anyone(move |tx, who| {
            let (party, id) = bearer(tx, who, "answer", &asked)?;
            if store::one(tx, id)?.referrer.id != party {
                return Err(Error::NotFound);
            }
            let memory = app.live.memory();
            answering::offer(tx, &app.site.public_url, &memory, id, &answer)
        })
        .await;
    match Errors::split(done)? {
        Ok(r) => {
            let said = format!("Thank you. You put your name to {}.", r.professional.name);
            Ok(visit.see(&format!("/answers/{which}"), &said))
        }
        Err(errors) => visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &Page { errors, ..before }),
    }
}

pub(super) async fn decline(visit: Visit, Path(which): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    let before = page(&visit, which.clone(), Some(typed.clone()), Errors::default()).await?;
    if !before.open {
        return Ok(visit.see(&format!("/answers/{which}"), "That was answered already; nothing was sent twice."));
    }
    let (url, asked) = (visit.app.site.public_url.clone(), which.clone());
    let done = visit
        .write_as_anyone(move |tx, who| {
            let (party, id) = bearer(tx, who, "answer", &asked)?;
            if store::one(tx, id)?.referrer.id != party {
                return Err(Error::NotFound);
            }
            answering::decline(tx, &url, id, &typed)
        })
        .await;
    match Errors::split(done)? {
        Ok(()) => Ok(visit.see(&format!("/answers/{which}"), "That is a full answer. Thank you.")),
        Err(errors) => visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &Page { errors, ..before }),
    }
}
