//! One referral: where it stands, what comes next, what happened.

use super::answering::named_instead;
use super::appointments::{self, Meeting};
use super::consent_page::disclosed;
use super::course::{self, Step, undoable};
use super::rules::{Progress, Role, State, Temperature, reads_all};
use super::store::{self, Referral, Side};
use super::timeline::{self, Line};
use super::{asking, consenting, introduction, letters};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::live::Memory;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use formats::vcard;
use serde::Deserialize;

/// What the client reads who changed what the referrer hears.
pub(super) const HEARD: &str = "Changed: this is what they read from now on.";

/// What one of the people of a referral may see of it; `/mine` shows the same.
pub(super) struct Seen {
    pub r: Referral,
    pub role: Role,
    pub me: Key,
    pub state: State,
    pub lines: Vec<Line>,
    pub disclosed: Vec<String>,
    pub moves: Vec<State>,
    pub undo_until: Option<i64>,
    pub card: Option<vcard::Card>,
    pub meeting: Meeting,
    /// After a no of the referrer: whom they named, and who else vouched.
    pub instead: Vec<Side>,
    /// What it is, or could become; why not more.
    pub temperature: Option<Temperature>,
    pub missing: Vec<&'static str>,
    /// As this person may know it: it changes when something does that they read.
    pub version: i64,
    /// A step that was refused, as it was typed, and why; also a correction.
    pub step: Move,
    pub refused: Errors,
}

/// Reads a referral for somebody; not there for strangers, nor for people who are not asked yet.
pub(super) fn seen(tx: &mut ::store::Tx<'_>, memory: &Memory, id: Key, party: Key) -> Result<Seen> {
    let r = store::one(tx, id)?;
    let role = r.role(party).filter(|role| r.is_known_to(*role)).ok_or(Error::NotFound)?;
    let events = store::events(tx, id)?;
    let lines = timeline::lines(&r, &events, role);
    let undo_until = undoable(&r, &events, party, tx.now()).map(|e| e.at + course::UNDO);
    let card = introduction::contact_of(tx, &r, party).ok();
    let meeting = appointments::seen(tx, &r, role, party)?;
    let disclosed = if r.basis.is_some() { disclosed(tx, &r, role)? } else { Vec::new() };
    let ended_early = r.basis.is_none() && r.state.is_end() && r.asker.id == party && r.origin == "asked";
    let mut instead: Vec<Side> = Vec::new();
    if ended_early {
        instead.extend(named_instead(tx, &r)?);
        let other = asking::next_voice(tx, &r)?;
        instead.extend(other.filter(|o| instead.iter().all(|i| i.id != o.id)));
    }
    let (temperature, missing) = match r.introduced_at {
        Some(_) => (Some(r.temperature()), Vec::new()),
        None => r.could_be(memory).map_or((None, Vec::new()), |(could, missing)| (Some(could), missing)),
    };
    let partly = r.introduced_at.is_some() && !reads_all(role, r.progress);
    let version = if partly { i64::try_from(lines.len()).unwrap_or(0) } else { r.version };
    Ok(Seen {
        version,
        step: Move::default(),
        refused: Errors::default(),
        temperature,
        missing,
        state: r.shown_state(role),
        moves: r.position().moves(role),
        role,
        me: party,
        lines,
        disclosed,
        undo_until,
        card,
        meeting,
        instead,
        r,
    })
}

impl Seen {
    pub fn done(&self, step: &State) -> bool {
        *step < self.state && !self.is_off()
    }

    /// Ended without a job.
    pub fn is_off(&self) -> bool {
        self.state.is_end() && self.state != State::Done
    }

    pub fn can_cancel(&self) -> bool {
        self.r.position().after(Some(self.role), super::rules::Deed::Cancel).is_some()
    }

    /// The client chose what the referrer hears, and may choose again.
    pub fn may_choose(&self) -> bool {
        self.role == Role::Client && self.r.client_yes_at.is_some()
    }

    /// The first moves get a button, the rest stand under "anything else".
    pub fn first_moves(&self) -> &[State] {
        &self.moves[..self.moves.len().min(2)]
    }

    /// Whether the temperature is only supposed so far.
    pub fn supposed(&self) -> bool {
        self.r.introduced_at.is_none()
    }

    pub fn title(&self) -> String {
        let r = &self.r;
        match self.role {
            Role::Professional if r.introduced_at.is_some() => {
                format!("{}, sent by {}", r.client.name, r.referrer.first())
            }
            Role::Professional => format!("A client, by {}", r.referrer.first()),
            _ => format!("{}, {}", r.professional.name, r.trade()),
        }
    }

    /// Who reads what, said where a state is moved.
    pub fn who_sees(&self) -> String {
        let r = &self.r;
        let other = if self.role == Role::Client { r.professional.first() } else { r.client.first() };
        let referrer = match r.progress {
            super::rules::Progress::How => "how it goes",
            super::rules::Progress::Touch => "only that you got in touch",
            super::rules::Progress::Nothing => "nothing of it",
        };
        let who = if self.role == Role::Client { "you" } else { "the client" };
        format!("{other} sees the state. {} sees {referrer}, as {who} chose.", r.referrer.first())
    }

    /// Whom everybody waits for, in words.
    pub fn waiting(&self) -> Option<String> {
        let role = self.r.position().waits_for()?;
        let side = self.r.side(role);
        Some(match (side.id == self.me, role, self.role) {
            (true, ..) => "You are asked.".to_owned(),
            (_, Role::Client, Role::Professional | Role::Referrer) => "The client is being asked.".to_owned(),
            _ => format!("{} is being asked.", side.first()),
        })
    }

    /// When the one who is asked is reminded, when the asker is offered another voice, when it closes (µs).
    pub fn deadlines(&self) -> Option<(i64, Option<i64>, i64)> {
        let role = self.r.position().waits_for()?;
        let since = self.r.updated_at;
        let next = role == Role::Referrer && self.r.origin == "asked" && self.r.asker.id == self.me;
        Some((since + letters::REMIND, next.then_some(since + letters::NEXT_VOICE), since + letters::CLOSE))
    }

    /// What keeps it from being a vouched referral, as one line.
    pub fn lacks(&self) -> Option<String> {
        let named = |m: &&str| m.replacen("the referrer", self.r.referrer.first(), 1);
        let lines: Vec<String> = self.missing.iter().map(named).collect();
        (!lines.is_empty()).then(|| crate::say::list(&lines))
    }

    /// Where this person answers, if they are the one asked.
    pub fn answer_at(&self) -> Option<String> {
        let role = self.r.position().waits_for()?;
        (self.r.side(role).id == self.me).then(|| match role {
            Role::Referrer => format!("/answers/{}", self.r.id),
            _ => format!("/consents/{}", self.r.id),
        })
    }
}

#[derive(Template)]
#[template(path = "referrals/one.html")]
struct One {
    frame: Frame,
    seen: Seen,
    errors: Errors,
    typed: appointments::Typed,
    /// Where forms post: `/referrals/…`.
    base: String,
}

async fn page(visit: &Visit, id: Key) -> Result<One> {
    let app = visit.app.clone();
    let (frame, seen) = visit.read(move |tx, who| seen(tx, &app.live.memory(), id, who.member()?.id)).await?;
    let typed = appointments::Typed::of(&seen.meeting, &frame);
    Ok(One { frame, seen, errors: Errors::default(), typed, base: format!("/referrals/{id}") })
}

pub(super) async fn show(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.html(&page(&visit, id).await?)
}

/// Sets or moves the meeting.
pub(super) async fn meet(
    visit: Visit,
    Path(id): Path<Key>,
    Form(typed): Form<appointments::Typed>,
) -> Result<Response> {
    let (url, form) = (visit.app.site.public_url.clone(), typed.clone());
    let done = visit.write(move |tx, member| appointments::set(tx, &url, id, member.id, &form)).await;
    match Errors::split(done)? {
        Ok(()) => Ok(visit.see(&format!("/referrals/{id}"), "Set. The other gets an invitation by e-mail.")),
        Err(errors) => {
            let page = One { errors, typed, ..page(&visit, id).await? };
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

pub(super) async fn call_off(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    visit.write(move |tx, member| appointments::call_off(tx, &url, id, member.id)).await?;
    Ok(visit.see(&format!("/referrals/{id}"), "The meeting is called off, and the other’s calendar is told."))
}

pub(super) async fn meeting_file(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    let (_, text) = visit.read(move |tx, who| appointments::file(tx, &url, id, who.member()?.id)).await?;
    Ok(crate::calendar::calendar_file(text, "meeting.ics"))
}

/// The other's contact card as a file.
pub(super) fn card_file(card: &vcard::Card) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/vcard; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contact.vcf\""),
    ];
    (headers, vcard::write(card)).into_response()
}

pub(super) async fn card(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (_, card) = visit.read(move |tx, who| introduction::contact_for(tx, id, who.member()?.id)).await?;
    Ok(card_file(&card))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Move {
    pub to: String,
    pub version: i64,
    pub note: String,
}

impl Move {
    /// The step, checked.
    pub fn read(&self) -> Result<Step> {
        Step::read(&self.to, "", &self.note)
    }

    /// Whether this reason is chosen.
    pub fn lost_by(&self, reason: &str) -> bool {
        self.to.strip_prefix("lost: ") == Some(reason)
    }
}

pub(super) async fn move_on(visit: Visit, Path(id): Path<Key>, Form(form): Form<Move>) -> Result<Response> {
    let sent = form.clone();
    let done = visit
        .write(move |tx, member| {
            let step = sent.read()?;
            Ok((course::move_to(tx, id, member.id, &step, sent.version)?, step.to))
        })
        .await;
    let path = format!("/referrals/{id}");
    match Errors::kept(done, "to")? {
        Ok((true, to)) => {
            Ok(visit.see_with_undo(&path, &format!("Moved to “{}”.", to.words()), &format!("{path}/undo")))
        }
        Ok((false, _)) => Ok(visit.see(&path, "That had been done already.")),
        Err((status, refused)) => {
            let mut page = page(&visit, id).await?;
            (page.seen.step, page.seen.refused) = (form, refused);
            visit.html_as(status, &page)
        }
    }
}

/// What the referrer may hear, as chosen again.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Hearing {
    hear: String,
}

pub(super) async fn let_hear(visit: Visit, Path(id): Path<Key>, Form(typed): Form<Hearing>) -> Result<Response> {
    let progress = Progress::read(&typed.hear)?;
    visit.write(move |tx, member| consenting::let_hear(tx, id, member.id, progress)).await?;
    Ok(visit.see(&format!("/referrals/{id}"), HEARD))
}

pub(super) async fn undo(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let back = visit.write(move |tx, member| course::undo(tx, id, member.id)).await?;
    Ok(visit.see(&format!("/referrals/{id}"), &format!("Back at “{}”.", back.words())))
}

pub(super) async fn cancel(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let url = visit.app.site.public_url.clone();
    visit.write(move |tx, member| course::cancel(tx, &url, id, member.id)).await?;
    Ok(visit.see(&format!("/referrals/{id}"), "Called off. The others read “this did not go ahead”."))
}
