//! Outcomes as JSON: my own answers, and what was said once the answers are open.

use super::pages::told;
use super::rules::{Role, Window};
use super::store::{self, Case, Move, Tally, Waiting};
use super::{Again, Typed, answer, part_of};
use crate::api::{Id, Json, Moment, typed_money, yes};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::viewer::Visit;
use ::store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine)).routes(routes!(show, send))
}

/// A question that waits for me, or an answer of mine that is still sealed.
#[derive(Debug, Serialize, ToSchema)]
struct Question {
    referral: Key,
    /// Your part: `client`, `professional` or `referrer`.
    role: String,
    professional: String,
    client: String,
    closes_at: Moment,
    /// When you answered; never what.
    answered_at: Option<Moment>,
}

impl From<Waiting> for Question {
    fn from(w: Waiting) -> Self {
        Self {
            referral: w.referral,
            role: w.role,
            professional: w.professional,
            client: w.client,
            closes_at: Moment(w.closes_at),
            answered_at: w.answered_at.map(Moment),
        }
    }
}

/// What an outcome moved, for the one it moved.
#[derive(Debug, Serialize, ToSchema)]
struct Moved {
    referral: Key,
    /// `record` or `ranking`.
    what: String,
    before: f64,
    after: f64,
    why: String,
    at: Moment,
}

impl From<Move> for Moved {
    fn from(m: Move) -> Self {
        Self { referral: m.referral, what: m.what, before: m.before, after: m.after, why: m.why, at: Moment(m.at) }
    }
}

/// What my outcomes came to.
#[derive(Debug, Serialize, ToSchema)]
struct Sum {
    /// Clients asked whose answers are open.
    asked: i64,
    /// Of those, who answered.
    answered: i64,
    /// Scored outcomes.
    scored: i64,
    /// Of those, how many were right; “partly” is a half.
    right: f64,
}

impl From<Tally> for Sum {
    fn from(t: Tally) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "counts of a person's outcomes are small")]
        let right = t.halves as f64 / 2.0;
        Self { asked: t.asked, answered: t.answered, scored: t.scored, right }
    }
}

/// What clients answered in private about me, in whole batches of five.
#[derive(Debug, Serialize, ToSchema)]
struct AgainShown {
    of: usize,
    yes: usize,
    perhaps: usize,
    no: usize,
}

impl From<Again> for AgainShown {
    fn from(a: Again) -> Self {
        Self { of: a.of, yes: a.yes, perhaps: a.perhaps, no: a.no }
    }
}

/// My outcomes.
#[derive(Debug, Serialize, ToSchema)]
struct Mine {
    waiting: Vec<Question>,
    moved: Vec<Moved>,
    as_referrer: Sum,
    as_professional: Sum,
    /// `null` below five answers.
    again: Option<AgainShown>,
}

/// My questions, and what outcomes moved, for myself only
#[utoipa::path(get, path = "/api/v1/me/outcomes", tag = "Outcomes",
    responses((status = 200, description = "For yourself only", body = Mine)))]
async fn mine(visit: Visit) -> Result<Json<Mine>> {
    let (_, mine) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            Ok(Mine {
                waiting: store::waiting(tx, me)?.into_iter().map(Into::into).collect(),
                moved: store::moves(tx, me, None)?.into_iter().map(Into::into).collect(),
                as_referrer: store::tally(tx, Role::Referrer, me, None)?.into(),
                as_professional: store::tally(tx, Role::Professional, me, None)?.into(),
                again: super::again(tx, me)?.map(Into::into),
            })
        })
        .await?;
    Ok(Json(mine))
}

/// One of the three’s answer, once open.
#[derive(Debug, Serialize, ToSchema)]
struct ToldShown {
    /// A first name, or “You”.
    who: String,
    question: String,
    answer: &'static str,
    words: String,
    /// Where you may read it.
    amount: Option<String>,
}

/// The questions about a referral, as one of its three may know them.
#[derive(Debug, Serialize, ToSchema)]
struct OutcomeShown {
    referral: Key,
    role: &'static str,
    /// `ahead`, `open`, `closed` or `revealed`.
    window: &'static str,
    closes_at: Option<Moment>,
    /// When you answered; never what.
    answered_at: Option<Moment>,
    /// Empty until all have answered, or the window is over.
    told: Vec<ToldShown>,
    /// First names of those who did not answer, once open.
    silent: Vec<String>,
    moved: Vec<Moved>,
}

fn shown(tx: &mut Tx<'_>, case: &Case, role: Role, me: Key) -> Result<OutcomeShown> {
    let answers = store::answers(tx, case.id)?;
    let now = tx.now();
    let (window, told, silent, moved) = match case.window(now) {
        Window::Ahead => ("ahead", Vec::new(), Vec::new(), Vec::new()),
        Window::Open(_) => ("open", Vec::new(), Vec::new(), Vec::new()),
        Window::Closed => ("closed", Vec::new(), Vec::new(), Vec::new()),
        Window::Revealed => {
            let (said, silent) = told(case, role, &answers);
            ("revealed", said, silent, store::moves(tx, me, Some(case.id))?)
        }
    };
    Ok(OutcomeShown {
        referral: case.id,
        role: role.as_str(),
        window,
        closes_at: case.closes_at.map(Moment),
        answered_at: answers.iter().find(|a| a.role == role).map(|a| Moment(a.at)),
        told: told
            .into_iter()
            .map(|t| ToldShown { who: t.who, question: t.question, answer: t.answer, words: t.words, amount: t.amount })
            .collect(),
        silent,
        moved: moved.into_iter().map(Into::into).collect(),
    })
}

/// How it was: the questions, and the answers once they are open
#[utoipa::path(get, path = "/api/v1/referrals/{id}/outcome", tag = "Outcomes", params(("id" = Key, Path)),
    responses((status = 200, description = "As you may know it", body = OutcomeShown)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Json<OutcomeShown>> {
    let (_, shown) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let (case, role) = part_of(tx, id, me)?;
            shown(tx, &case, role, me)
        })
        .await?;
    Ok(Json(shown))
}

/// My sealed answer.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct OutcomeSent {
    /// `yes`, `partly` or `no`; a referrer’s may be `heard nothing`.
    #[schema(required = true)]
    answer: String,
    /// Private: `yes`, `perhaps` or `no`.
    again: Option<String>,
    /// A professional’s: minor units.
    #[schema(minimum = 0)]
    amount: Option<i64>,
    /// The referrer may read the amount.
    tell_amount: bool,
    /// A client’s own words.
    #[schema(value_type = Words)]
    words: String,
    /// Under which name the words are published: `full`, `first` or `anonymous`; not at all where left out.
    publish_as: Option<String>,
    /// A client’s: no work was done, so it counts for nobody’s record.
    no_work: bool,
}

/// Seal my answer, or change it while the window is open
#[utoipa::path(put, path = "/api/v1/referrals/{id}/outcome", tag = "Outcomes", params(("id" = Key, Path)),
    request_body = OutcomeSent, responses((status = 200, description = "Sealed", body = OutcomeShown)))]
async fn send(visit: Visit, Id(id): Id, Json(sent): Json<OutcomeSent>) -> Result<Json<OutcomeShown>> {
    let typed = Typed {
        answer: sent.answer,
        again: sent.again.unwrap_or_default(),
        amount: typed_money(sent.amount),
        tell: yes(sent.tell_amount),
        words: sent.words,
        publish: sent.publish_as.unwrap_or_default(),
        no_work: yes(sent.no_work),
    };
    let url = visit.app.site.public_url.clone();
    let now = visit
        .write(move |tx, me| {
            let (case, role) = part_of(tx, id, me.id)?;
            let at = tx.now();
            // A late answer is late, whatever is in it.
            if !matches!(case.window(at), Window::Open(_) | Window::Revealed) {
                return Err(Error::Gone("These questions are not being asked just now; nothing was kept.".into()));
            }
            answer(tx, &url, id, role, me.id, &typed.read(role)?)?;
            let case = store::case(tx, id)?;
            shown(tx, &case, role, me.id)
        })
        .await?;
    Ok(Json(now))
}
