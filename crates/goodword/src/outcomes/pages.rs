//! Pages of outcomes: the question by signed link or signed in, the answers once they are open, and my own list.

use super::rules::{Role, Window};
use super::store::{self, Case, Move, Stored, Tally, Waiting};
use super::{Again, Typed, answer, part_of, signature};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::links;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::say;
use crate::viewer::Visit;
use ::store::Tx;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;

/// `/outcomes/…` and `/referrals/{id}/outcome`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/outcomes", get(mine))
        .route("/outcomes/{token}", get(by_link).post(send_by_link))
        .route("/outcomes/{token}/stop", post(stop))
        .route("/referrals/{id}/outcome", get(signed_in).post(send_signed_in))
}

/// How somebody came: by the link in a letter, or signed in.
#[derive(Clone)]
enum Door {
    Link(String),
    Member(Key),
}

impl Door {
    fn path(&self) -> String {
        match self {
            Self::Link(token) => format!("/outcomes/{token}"),
            Self::Member(referral) => format!("/referrals/{referral}/outcome"),
        }
    }
}

/// The referral, which of the three it is, and their party.
fn enter(tx: &mut Tx<'_>, door: &Door, me: impl FnOnce() -> Result<Key>) -> Result<(Case, Role, Key)> {
    let (referral, party) = match door {
        Door::Link(token) => {
            let link = links::open(tx, "outcome", token)?;
            (link.subject, link.party)
        }
        Door::Member(referral) => (*referral, me()?),
    };
    let (case, role) = part_of(tx, referral, party)?;
    Ok((case, role, party))
}

/// A question as the page shows it: choices with what is sent and what is read.
type Choices = &'static [(&'static str, &'static str)];

const ANSWERS: Choices = &[("yes", "Yes"), ("partly", "Partly"), ("no", "No")];
const AGAIN: Choices = &[("yes", "Yes"), ("perhaps", "Perhaps"), ("no", "No")];

#[derive(Template)]
#[template(path = "outcomes/ask.html")]
struct Ask {
    frame: Frame,
    case: Case,
    role: Role,
    path: String,
    by_link: bool,
    closes: i64,
    /// µs, where they answered: never what.
    answered_at: Option<i64>,
    town: String,
    typed: Typed,
    errors: Errors,
}

impl Ask {
    fn question(&self) -> String {
        match self.role {
            Role::Client => format!("Was {} the right person for you?", self.case.professional.first()),
            Role::Professional => "Was it a good job for you?".to_owned(),
            Role::Referrer => "Are you glad you made this introduction?".to_owned(),
        }
    }

    fn lead(&self) -> String {
        let case = &self.case;
        let (client, professional, referrer) = (case.client.first(), case.professional.first(), case.referrer.first());
        match self.role {
            Role::Client => {
                format!("{referrer} introduced you to {}, {}.", case.professional.name, say::a(case.trade()))
            }
            Role::Professional => format!("{referrer} introduced you to {}.", case.client.name),
            Role::Referrer => format!("You introduced {client} to {professional}, {}.", say::a(case.trade())),
        }
    }

    fn again_question(&self) -> String {
        match self.role {
            Role::Client => format!("Would you use {} again, or send a friend?", self.case.professional.first()),
            Role::Professional => "Would you like more jobs like this?".to_owned(),
            Role::Referrer => format!("Would you send somebody to {} again?", self.case.professional.first()),
        }
    }

    /// Who reads the big one, and what it does.
    fn read_by(&self) -> String {
        let others = self.case.others(self.role);
        let counts = match self.role {
            Role::Client if self.case.lost_by_client => {
                " You said that no job came of it, so it counts for nobody’s record.".to_owned()
            }
            Role::Client => format!(
                " This one counts for {}’s record as a referrer, and for where {} stands in the ranking{}.",
                self.case.referrer.first(),
                self.case.professional.first(),
                if self.may_say_no_work() { ", unless no work was done" } else { "" }
            ),
            _ => " It moves nobody’s record.".to_owned(),
        };
        format!("Once the answers are open: you, {others}.{counts}")
    }

    /// The client alone can say so, and need not where they said it before or the work was done.
    fn may_say_no_work(&self) -> bool {
        self.is_client() && !self.case.lost_by_client && !matches!(self.case.state.as_str(), "won" | "done")
    }

    fn again_read_by(&self) -> &'static str {
        match self.role {
            Role::Client => "Nobody reads this one by itself. It is counted only among five or more.",
            Role::Professional | Role::Referrer => {
                "Nobody reads this one, now or later; counted only among five or more."
            }
        }
    }

    fn words_read_by(&self) -> String {
        format!(
            "Once the answers are open: you, {}. Nobody else, unless you choose a name below.",
            self.case.others(self.role)
        )
    }

    fn first_signature(&self) -> String {
        signature("first", &self.case.client.name, &self.town)
    }

    fn answers(&self) -> Choices {
        ANSWERS
    }

    fn agains(&self) -> Choices {
        AGAIN
    }

    fn is_client(&self) -> bool {
        self.role == Role::Client
    }

    fn is_professional(&self) -> bool {
        self.role == Role::Professional
    }

    fn is_referrer(&self) -> bool {
        self.role == Role::Referrer
    }
}

/// One of the three's answer, as the three read it.
pub(super) struct Told {
    /// "Dana", or "You".
    pub who: String,
    /// What they were asked.
    pub question: String,
    /// In words.
    pub answer: &'static str,
    pub words: String,
    pub amount: Option<String>,
}

#[derive(Template)]
#[template(path = "outcomes/open.html")]
struct Open {
    frame: Frame,
    case: Case,
    by_link: bool,
    revealed_at: Option<i64>,
    told: Vec<Told>,
    silent: Vec<String>,
    moves: Vec<Move>,
    referrer: bool,
    professional: bool,
}

impl Open {
    /// Opened within the hour: what it moved is still being worked out.
    fn is_recent(&self) -> bool {
        self.revealed_at.is_some_and(|at| self.frame.now - at < 3_600_000_000)
    }
}

/// What the three may read of what was answered: never the private ones; an amount only by its author, or by the
/// referrer where that was ticked.
pub(super) fn told(case: &Case, me: Role, answers: &[Stored]) -> (Vec<Told>, Vec<String>) {
    let (mut said, mut silent) = (Vec::new(), Vec::new());
    for role in Role::ALL {
        let name = case.side(role).first().to_owned();
        let Some(stored) = answers.iter().find(|a| a.role == role) else {
            silent.push(if role == me { "you".to_owned() } else { name });
            continue;
        };
        let (mine, professional) = (role == me, case.professional.first());
        let question = match role {
            Role::Client => format!("Was {professional} the right person?"),
            Role::Professional => "Was it a good job?".to_owned(),
            Role::Referrer => "Glad to have made the introduction?".to_owned(),
        };
        let may_read_amount = mine || (me == Role::Referrer && stored.tell_amount);
        said.push(Told {
            who: if mine { "You".to_owned() } else { name },
            question,
            answer: match stored.answer.as_str() {
                "yes" => "Yes",
                "partly" => "Partly",
                "no" => "No",
                _ => "I heard nothing",
            },
            words: stored.words.clone(),
            amount: stored.amount.filter(|_| may_read_amount).map(|n| crate::say::money(n, &stored.currency)),
        });
    }
    (said, silent)
}

/// What a page of an outcome was made from.
enum Read {
    Ahead,
    Ask(i64, Option<i64>, String),
    Open(Vec<Told>, Vec<String>, Vec<Move>),
}

async fn page(visit: &Visit, door: Door, typed: Typed, errors: Errors, status: StatusCode) -> Result<Response> {
    let asked = door.clone();
    let (frame, (case, role, read)) = visit
        .read(move |tx, who| {
            let (case, role, party) = enter(tx, &asked, || Ok(who.member()?.id))?;
            let answers = store::answers(tx, case.id)?;
            let read = match case.window(who.now) {
                Window::Ahead => Read::Ahead,
                Window::Open(closes) => {
                    let at = answers.iter().find(|a| a.role == role).map(|a| a.at);
                    Read::Ask(closes, at, store::town_of(tx, case.id)?)
                }
                // The window is over, and the job that opens the answers has not run yet.
                Window::Closed => Read::Open(Vec::new(), Vec::new(), Vec::new()),
                Window::Revealed => {
                    let (said, silent) = told(&case, role, &answers);
                    Read::Open(said, silent, store::moves(tx, party, Some(case.id))?)
                }
            };
            Ok((case, role, read))
        })
        .await?;
    let (path, by_link) = (door.path(), matches!(door, Door::Link(_)));
    match read {
        Read::Ahead => Err(Error::Gone("These questions are not being asked just now.".into())),
        Read::Ask(closes, answered_at, town) => {
            visit.html_as(status, &Ask { frame, case, role, path, by_link, closes, answered_at, town, typed, errors })
        }
        Read::Open(told, silent, moves) => {
            let revealed_at = case.revealed_at;
            let (referrer, professional) = (role == Role::Referrer, role == Role::Professional);
            visit.html(&Open { frame, case, by_link, revealed_at, told, silent, moves, referrer, professional })
        }
    }
}

async fn by_link(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    page(&visit, Door::Link(token), Typed::default(), Errors::default(), StatusCode::OK).await
}

async fn signed_in(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    page(&visit, Door::Member(id), Typed::default(), Errors::default(), StatusCode::OK).await
}

async fn send(visit: Visit, door: Door, typed: Typed) -> Result<Response> {
    let (asked, url, sent) = (door.clone(), visit.app.site.public_url.clone(), typed.clone());
    let done = visit
        .write_as_anyone(move |tx, who| {
            let (case, role, party) = enter(tx, &asked, || Ok(who.member()?.id))?;
            // A late answer is late, whatever is in it.
            if !matches!(case.window(who.now), Window::Open(_) | Window::Revealed) {
                return Err(Error::Gone("The time to answer is over; nothing was kept of this one.".into()));
            }
            let answer_given = sent.read(role)?;
            answer(tx, &url, case.id, role, party, &answer_given)
        })
        .await;
    let said = match Errors::split(done)? {
        Err(errors) => return page(&visit, door, typed, errors, StatusCode::UNPROCESSABLE_ENTITY).await,
        Ok(Window::Revealed) => "Thank you. All three have answered: here is what was said.",
        Ok(_) => "Sealed. Thank you. You will hear when the answers open.",
    };
    Ok(visit.see(&door.path(), said))
}

async fn send_by_link(visit: Visit, Path(token): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    send(visit, Door::Link(token), typed).await
}

async fn send_signed_in(visit: Visit, Path(id): Path<Key>, Form(typed): Form<Typed>) -> Result<Response> {
    send(visit, Door::Member(id), typed).await
}

/// No more letters about this one, for a client without an account.
async fn stop(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let asked = token.clone();
    visit
        .write_as_anyone(move |tx, _| {
            let (case, role, _) = enter(tx, &Door::Link(asked.clone()), || Err(Error::NotFound))?;
            if role != Role::Client {
                return Err(Error::NotFound);
            }
            store::set_stopped(tx, case.id)
        })
        .await?;
    Ok(visit.see(&format!("/outcomes/{token}"), "No more letters about this one. This page stays open to you."))
}

#[derive(Template)]
#[template(path = "outcomes/mine.html")]
struct Mine {
    frame: Frame,
    waiting: Vec<Waiting>,
    sealed: Vec<Waiting>,
    moves: Vec<Move>,
    referrer: Tally,
    professional: Tally,
    again: Option<Again>,
}

impl Mine {
    /// "Your word held in 5 of 6 …", or too few.
    fn sum(&self, sum: &Tally) -> String {
        super::moves::sum_words(*sum)
    }

    fn question(&self, w: &Waiting) -> String {
        let (client, professional) = (crate::say::first_name(&w.client), crate::say::first_name(&w.professional));
        match w.role.as_str() {
            "client" => format!("Was {professional} the right person for you?"),
            "professional" => format!("Was it a good job for you, with {client}?"),
            _ => format!("Are you glad you introduced {client} and {professional}?"),
        }
    }
}

/// For oneself only: questions waiting, answers sealed, and what outcomes moved.
async fn mine(visit: Visit) -> Result<Response> {
    let (frame, (all, moves, referrer, professional, again)) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            Ok((
                store::waiting(tx, me)?,
                store::moves(tx, me, None)?,
                store::tally(tx, Role::Referrer, me, None)?,
                store::tally(tx, Role::Professional, me, None)?,
                super::again(tx, me)?,
            ))
        })
        .await?;
    let (sealed, waiting) = all.into_iter().partition(|w| w.answered_at.is_some());
    visit.html(&Mine { frame, waiting, sealed, moves, referrer, professional, again })
}
