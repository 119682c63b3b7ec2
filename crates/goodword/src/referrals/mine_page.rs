//! The one page that somebody without an account comes back to: to see, move on, call off, correct, stop letters, erase.

use super::one_page::{HEARD, Move, Seen, card_file, seen};
use super::rules::Progress;
use super::{appointments, consenting, course, introduction, store};
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::links;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use ::store::{Tx, sql};
use askama::Template;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "referrals/mine.html")]
struct Mine {
    frame: Frame,
    seen: Seen,
    errors: Errors,
    typed: appointments::Typed,
    base: String,
    /// Without an account: letters can be stopped and everything erased here.
    guest: bool,
    consent_open: bool,
    /// A correction that was refused.
    correction: String,
}

fn opened(tx: &mut Tx<'_>, token: &str) -> Result<(Key, Key)> {
    let link = links::open(tx, "mine", token)?;
    Ok((link.party, link.subject))
}

pub(super) async fn show(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    visit.html(&page(&visit, token, None, Errors::default()).await?)
}

async fn page(visit: &Visit, token: String, typed: Option<appointments::Typed>, errors: Errors) -> Result<Mine> {
    let base = format!("/mine/{token}");
    let app = visit.app.clone();
    let (frame, seen) = visit
        .read(move |tx, _| {
            let (party, id) = opened(tx, &token)?;
            seen(tx, &app.live.memory(), id, party)
        })
        .await?;
    let typed = typed.unwrap_or_else(|| appointments::Typed::of(&seen.meeting, &frame));
    let guest = seen.r.side(seen.role).kind != "member";
    let consent_open = seen.answer_at().is_some();
    Ok(Mine { frame, seen, errors, typed, base, guest, consent_open, correction: String::new() })
}

pub(super) async fn meeting_file(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    let (_, text) = visit
        .read(move |tx, _| {
            let (party, id) = opened(tx, &token)?;
            appointments::file(tx, &url, id, party)
        })
        .await?;
    Ok(crate::calendar::calendar_file(text, "meeting.ics"))
}

pub(super) async fn card(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let (_, card) = visit
        .read(move |tx, _| {
            let (party, id) = opened(tx, &token)?;
            introduction::contact_for(tx, id, party)
        })
        .await?;
    Ok(card_file(&card))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    to: String,
    version: i64,
    note: String,
    correction: String,
    hear: String,
    #[serde(flatten)]
    meeting: appointments::Typed,
}

impl Typed {
    fn step(&self) -> Move {
        Move { to: self.to.clone(), version: self.version, note: self.note.clone() }
    }
}

pub(super) async fn act(
    visit: Visit,
    Path((token, deed)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let base = format!("/mine/{token}");
    let url = visit.app.site.public_url.clone();
    let known =
        ["moves", "meeting", "meeting-removal", "undo", "cancellation", "hearing", "stop", "correction", "erasure"];
    if !known.contains(&deed.as_str()) {
        return Err(Error::NotFound);
    }
    let (done, link, kept) = (deed.clone(), token.clone(), typed.clone());
    let said = visit.write_as_anyone(move |tx, _| {
        let (party, id) = opened(tx, &token)?;
        let r = store::one(tx, id)?;
        Ok(match deed.as_str() {
            "moves" => {
                let step = typed.step().read()?;
                let new = course::move_to(tx, id, party, &step, typed.version)?;
                if new {
                    format!("Moved to “{}”.", step.to.words())
                } else {
                    "That had been done already.".to_owned()
                }
            }
            "meeting" => {
                appointments::set(tx, &url, id, party, &typed.meeting)?;
                "Set. The other gets an invitation by e-mail.".to_owned()
            }
            "meeting-removal" => {
                appointments::call_off(tx, &url, id, party)?;
                "The meeting is called off, and the other’s calendar is told.".to_owned()
            }
            "undo" => format!("Back at “{}”.", course::undo(tx, id, party)?.words()),
            "cancellation" => {
                course::cancel(tx, &url, id, party)?;
                "Called off. The others read “this did not go ahead”.".to_owned()
            }
            "hearing" => {
                consenting::let_hear(tx, id, party, Progress::read(&typed.hear)?)?;
                HEARD.to_owned()
            }
            "stop" => {
                let now = tx.now();
                tx.execute(
                    sql!("UPDATE referrals SET client_stopped_at = $1 WHERE id = $2 AND client_id = $3"),
                    &[&now, &id, &party],
                )?;
                "We write no more letters about this.".to_owned()
            }
            "correction" => {
                let words = Words::parse("correction", &typed.correction)?;
                if r.client.id != party || r.state.is_end() {
                    return Err(Error::Conflict("This has ended; there is nothing to correct any more.".into()));
                }
                tx.execute(
                    sql!("UPDATE referrals SET understood = $1, version = version + 1 WHERE id = $2"),
                    &[&words, &id],
                )?;
                "Corrected: this is how it is read from now on.".to_owned()
            }
            _ => {
                if r.client.id != party || r.client.kind == "member" {
                    return Err(Error::Forbidden("Members erase their account under their profile.".into()));
                }
                // Whatever is still open is called off first, so that nobody waits for somebody who is gone.
                for open in store::of_party(tx, party)?.iter().filter(|o| !o.state.is_end()) {
                    course::cancel(tx, &url, open.id, party)?;
                }
                consenting::erase_client(tx, party)?;
                "Erased: your name, address, telephone and all letters. We will not write again.".to_owned()
            }
        })
    });
    let field = match done.as_str() {
        "meeting" => "on",
        "moves" => "to",
        "correction" => "correction",
        _ => "",
    };
    let said = match said.await {
        said if field.is_empty() => said?,
        said => match Errors::kept(said, field)? {
            Ok(said) => said,
            Err((status, errors)) if field == "on" => {
                return visit.html_as(status, &page(&visit, link, Some(kept.meeting), errors).await?);
            }
            Err((status, refused)) => {
                let mut page = page(&visit, link, None, Errors::default()).await?;
                (page.seen.step, page.seen.refused) = (kept.step(), refused);
                page.correction = kept.correction;
                return visit.html_as(status, &page);
            }
        },
    };
    let gone = done == "erasure" || done == "cancellation";
    Ok(visit.see(if gone { "/" } else { &base }, &said))
}
