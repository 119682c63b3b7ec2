//! The page on which client and professional say yes or no.

use super::consenting::{self, ClientYes};
use super::letters::need_line;
use super::pages::bearer;
use super::rules::{Progress, Role};
use super::store::{self, Referral};
use crate::error::{Error, Result};
use crate::input::{Check, Phone, Words};
use crate::links;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "referrals/consent.html")]
struct Page {
    frame: Frame,
    which: String,
    r: Referral,
    is_client: bool,
    need: String,
    /// Ties stated and ties counted.
    disclosed: Vec<String>,
    /// Still to be answered by this person.
    open: bool,
    /// Said yes before.
    agreed: bool,
    /// Their address belongs to no account.
    guest: bool,
    errors: Errors,
    typed: Typed,
}

impl Page {
    /// The need was corrected in the form that is shown again.
    fn is_corrected(&self) -> bool {
        self.typed.correction != self.r.need_now()
    }

    fn also_hears(&self) -> String {
        self.r.also_hears()
    }
}

async fn page(visit: &Visit, which: String, typed: Option<Typed>, errors: Errors) -> Result<Page> {
    let asked = which.clone();
    let (frame, (r, role, disclosed)) = visit
        .read(move |tx, who| {
            let (party, id) = bearer(tx, who, "consent", &asked)?;
            let r = store::one(tx, id)?;
            let role = r.role(party).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
            if !matches!(role, Role::Client | Role::Professional) {
                return Err(Error::NotFound);
            }
            let disclosed = disclosed(tx, &r, role)?;
            Ok((r, role, disclosed))
        })
        .await?;
    let is_client = role == Role::Client;
    let agreed = if is_client { r.client_yes_at } else { r.professional_yes_at }.is_some();
    let open = r.position().waits_for() == Some(role);
    let guest = r.side(role).kind != "member";
    let typed = typed.unwrap_or_else(|| Typed {
        correction: r.need_now().to_owned(),
        hear: r.progress.as_str().to_owned(),
        ..Typed::default()
    });
    Ok(Page { frame, which, need: need_line(&r), is_client, disclosed, open, agreed, guest, errors, typed, r })
}

/// What was disclosed and what the system counts, as one list of facts for this part.
pub(super) fn disclosed(tx: &mut ::store::Tx<'_>, r: &Referral, role: Role) -> Result<Vec<String>> {
    let (referrer, lawyer) =
        ((r.referrer.id, r.referrer.name.as_str()), (r.professional.id, r.professional.name.as_str()));
    let arrangement = crate::regulated::arrangement(tx, &r.field, referrer, lawyer)?;
    let mut facts: Vec<String> = r
        .tie
        .as_deref()
        .filter(|_| r.reads_tie(role))
        .and_then(crate::needs::recommend::tie_words)
        .map(|words| format!("{} says {words}", r.referrer.first()))
        .into_iter()
        .collect();
    if !r.reads_tie(role) {
        let (referrer, professional) = (r.referrer.first(), r.professional.first());
        facts.push(format!("{referrer} stated a tie: you read which, once {professional} agrees to its being shown"));
    }
    facts.extend(store::counted(tx, &r.referrer, &r.professional, r.id)?);
    facts.extend(arrangement);
    Ok(facts)
}

pub(super) async fn show(visit: Visit, Path(which): Path<String>) -> Result<Response> {
    let page = page(&visit, which, None, Errors::default()).await?;
    visit.html(&page)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    correction: String,
    hear: String,
    phone: String,
    why: String,
}

pub(super) async fn accept(visit: Visit, Path(which): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    let (url, asked, sent) = (visit.app.site.public_url.clone(), which.clone(), typed.clone());
    let done = visit
        .write_as_anyone(move |tx, who| {
            let (party, id) = bearer(tx, who, "consent", &asked)?;
            let need = store::one(tx, id)?.need_words;
            let mut check = Check::default();
            let correction = check.take(Words::optional("correction", &sent.correction))?;
            let phone = check.take(Phone::optional("phone", &sent.phone))?;
            check.finish()?;
            let yes = ClientYes {
                correction: correction.filter(|words| !words.as_str().is_empty() && words.as_str() != need),
                progress: Progress::parse(&sent.hear),
                phone: phone.filter(|phone| !phone.as_str().is_empty()),
            };
            consenting::accept(tx, &url, id, party, &yes)
        })
        .await;
    let new = match Errors::split(done)? {
        Ok(new) => new,
        Err(errors) => {
            let page = page(&visit, which, Some(typed), errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let said = if new { "Thank you: that is your yes." } else { "You had said yes already; nothing was sent twice." };
    Ok(visit.see(&format!("/consents/{which}"), said))
}

/// Why not, as kept for its author.
pub(super) fn reason(sent: &str) -> &'static str {
    match sent {
        "not now" => "Not now",
        "not my kind" => "Not my kind of work",
        _ => "",
    }
}

pub(super) async fn refuse(visit: Visit, Path(which): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    let why = reason(&typed.why);
    let url = visit.app.site.public_url.clone();
    let done = visit
        .write_as_anyone(move |tx, who| {
            let (party, id) = bearer(tx, who, "consent", &which)?;
            let r = store::one(tx, id)?;
            consenting::refuse(tx, &url, id, party, why)?;
            Ok((r.client.id == party, r.role(party).is_some_and(|role| r.side(role).kind == "member")))
        })
        .await;
    // A second press finds nobody any more, and is as good as the first.
    let (is_client, member) = match done {
        Err(Error::Gone(words)) if words == links::ERASED => return Ok(visit.see("/", links::ERASED)),
        done => done?,
    };
    Ok(match (is_client, member) {
        (true, false) => {
            visit.see("/", "That was all. Your name and address are deleted; they read “this did not go ahead”.")
        }
        _ => visit.see("/", "That is a full answer. They read “this did not go ahead”, and nothing else."),
    })
}
