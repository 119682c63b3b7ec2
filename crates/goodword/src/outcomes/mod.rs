//! What came of a referral: three sealed answers, the window they are given in, the moment they open, and what they move.
//!
//! The course of a referral enqueues the question, for at once when it is marked done, lost or not suitable, else for when it
//! is due; an undo of that mark closes the window again, and answers stay sealed. Everything else happens here.

pub(crate) mod api;
mod letters;
mod moves;
mod pages;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use moves::write_moves;
pub use pages::routes;
pub use rules::{Role, tellable};

use crate::error::{Error, Result};
use crate::input::{Check, Words, parse_money};
use crate::key::Key;
use crate::say;
use ::store::Tx;
use rules::Window;
use serde::Deserialize;
use store::Case;

/// One of the three's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `yes`, `partly`, `no`; the referrer's may be `heard nothing`.
    pub answer: &'static str,
    /// Private: `yes`, `perhaps`, `no`.
    pub again: Option<&'static str>,
    /// The professional's: minor units.
    pub amount: Option<i64>,
    /// The referrer may read the amount.
    pub tell_amount: bool,
    /// The client's own words.
    pub words: Words,
    /// `full`, `first`, `anonymous`; `None`: not published.
    pub publish_as: Option<&'static str>,
    /// The client's: no work was done, so nobody's record counts it.
    pub no_work: bool,
}

/// The form, as sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The one big question.
    pub answer: String,
    /// The private one.
    pub again: String,
    /// As typed.
    pub amount: String,
    /// `yes`.
    pub tell: String,
    /// Own words.
    pub words: String,
    /// See [`Answer::publish_as`].
    pub publish: String,
    /// `yes`.
    pub no_work: String,
}

impl Typed {
    /// Checks the form for one of the three; what is not theirs to say is left out.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn read(&self, role: Role) -> Result<Answer> {
        let one_of = |typed: &str, all: &[&'static str]| all.iter().copied().find(|known| *known == typed);
        let mut check = Check::default();
        let answer = one_of(&self.answer, &["yes", "partly", "no"])
            .or_else(|| one_of(&self.answer, &["heard nothing"]).filter(|_| role == Role::Referrer));
        if answer.is_none() {
            check.refuse("answer", "Please choose an answer to this one.");
        }
        let client = role == Role::Client;
        let words = if client { Words::optional("words", &self.words) } else { Ok(Words::default()) };
        let amount = if role == Role::Professional { parse_money("amount", &self.amount) } else { Ok(None) };
        let (words, amount) = (check.take(words)?.unwrap_or_default(), check.take(amount)?.flatten());
        let publish_as =
            one_of(&self.publish, &["full", "first", "anonymous"]).filter(|_| client && !words.as_str().is_empty());
        check.finish()?;
        Ok(Answer {
            answer: answer.unwrap_or("no"),
            again: one_of(&self.again, &["yes", "perhaps", "no"]),
            amount,
            tell_amount: self.tell == "yes" && amount.is_some(),
            words,
            publish_as,
            no_work: client && self.no_work == "yes",
        })
    }
}

/// Asks the three, unless they have been asked already: a letter with a signed link to each, and a notice for members.
///
/// # Errors
/// The database's.
pub fn open_window(tx: &mut Tx<'_>, public_url: &str, referral: Key) -> Result<()> {
    let case = store::case(tx, referral)?;
    if case.opened_at.is_some() {
        return Ok(());
    }
    let now = tx.now();
    let closes = rules::closes_at(now);
    store::set_window(tx, referral, Some((now, closes)))?;
    // The time is part of the kind: a window that was taken back and opened again closes at its own.
    tx.enqueue(&format!("outcome-close-{closes}"), &referral.to_string(), "", closes)?;
    // Answers sealed before a window was taken back still stand.
    let answered: Vec<Role> = store::answers(tx, referral)?.into_iter().map(|a| a.role).collect();
    for role in Role::ALL.into_iter().filter(|role| !answered.contains(role)) {
        letters::ask(tx, public_url, &case, role, closes)?;
    }
    Ok(())
}

/// Enqueues the questions for when they are due by themselves: to be called when a referral is introduced and whenever it
/// moves. A job that finds the referral updated since puts itself off.
///
/// # Errors
/// The database's.
pub fn schedule(tx: &mut Tx<'_>, referral: Key) -> Result<()> {
    let case = store::case(tx, referral)?;
    if let (Some(due), None) = (rules::opens_at(&case.state, case.day_at(), case.updated_at), case.opened_at) {
        tx.enqueue(&format!("outcome-open-{due}"), &referral.to_string(), "", due)?;
    }
    Ok(())
}

/// Seals one of the three's answer, in place of an earlier one of theirs; the last of the three opens all.
///
/// # Errors
/// [`Error::Forbidden`] for anybody else, [`Error::Gone`] before the window opens and after it closes.
pub fn answer(
    tx: &mut Tx<'_>,
    public_url: &str,
    referral: Key,
    role: Role,
    party: Key,
    answer: &Answer,
) -> Result<Window> {
    store::hold(tx, referral)?;
    let case = store::case(tx, referral)?;
    if case.side(role).id != party {
        return Err(Error::NotFound);
    }
    match case.window(tx.now()) {
        Window::Open(_) => {}
        // The last of the three, pressed twice.
        Window::Revealed if stored_alike(tx, referral, role, answer)? => return Ok(Window::Revealed),
        Window::Ahead => return Err(Error::Gone("These questions are not being asked just now.".into())),
        Window::Closed | Window::Revealed => {
            return Err(Error::Gone(
                "The answers are open now, so no more are taken and none can be changed. Nothing was kept of this one."
                    .into(),
            ));
        }
    }
    store::put(tx, referral, role, party, answer)?;
    reveal_if_due(tx, public_url, referral)?;
    let now = tx.now();
    Ok(store::case(tx, referral)?.window(now))
}

fn stored_alike(tx: &mut Tx<'_>, referral: Key, role: Role, answer: &Answer) -> Result<bool> {
    let stored = store::answers(tx, referral)?.into_iter().find(|a| a.role == role);
    Ok(stored.is_some_and(|s| {
        s.answer == answer.answer
            && s.again.as_deref() == answer.again
            && s.amount == answer.amount
            && s.words == answer.words.as_str()
            && s.no_work == answer.no_work
    }))
}

/// Opens the answers when all three are there or the window is over; else leaves them sealed.
///
/// # Errors
/// The database's.
pub fn reveal_if_due(tx: &mut Tx<'_>, public_url: &str, referral: Key) -> Result<bool> {
    let case = store::case(tx, referral)?;
    let answers = store::answers(tx, referral)?;
    let Some(closes) = case.closes_at else { return Ok(false) };
    let now = tx.now();
    if !rules::opens(answers.len(), closes, now) || !store::set_revealed(tx, referral)? {
        return Ok(false);
    }
    tx.cancel_job(&format!("outcome-close-{closes}"), &referral.to_string())?;
    // From here on the ranking counts it; what it moved is worked out once the engine knows it.
    tx.change("outcome", referral.0)?;
    tx.enqueue("outcome-moves", &referral.to_string(), "", now)?;
    if !answers.is_empty() {
        let answered: Vec<Role> = answers.iter().map(|a| a.role).collect();
        for role in Role::ALL {
            letters::tell_open(tx, public_url, &case, role, answered.contains(&role))?;
        }
    }
    Ok(true)
}

/// A client's words about a professional, published because the client ticked so.
#[derive(Clone, Debug)]
pub struct Published {
    /// Theirs.
    pub words: String,
    /// "Dana Whitfield", "Dana, Santa Monica" or "a client".
    pub by: String,
    /// Occupation code.
    pub field: String,
    /// µs: when the answers opened.
    pub at: i64,
}

/// Under which name words are published.
pub fn signature(publish_as: &str, name: &str, town: &str) -> String {
    // A street and its number are no town.
    let town = if town.contains(|c: char| c.is_ascii_digit()) { "" } else { town };
    match (publish_as, town) {
        ("full", _) => name.to_owned(),
        ("first", "") => say::first_name(name).to_owned(),
        ("first", town) => format!("{}, {town}", say::first_name(name)),
        _ => "a client".to_owned(),
    }
}

/// What clients said in private, in whole batches of five.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// Counted answers: a multiple of five.
    pub of: usize,
    /// Would.
    pub yes: usize,
    /// Perhaps.
    pub perhaps: usize,
    /// Would not.
    pub no: usize,
}

/// Whether clients would use a professional again or send a friend; `None` below five answers.
///
/// # Errors
/// The database's.
pub fn again(tx: &mut Tx<'_>, professional: Key) -> Result<Option<Again>> {
    let all = store::again(tx, professional)?;
    let told = all.get(..rules::tellable(all.len())).unwrap_or_default();
    let count = |what: &str| told.iter().filter(|a| a.as_str() == what).count();
    Ok((!told.is_empty()).then(|| Again {
        of: told.len(),
        yes: count("yes"),
        perhaps: count("perhaps"),
        no: count("no"),
    }))
}

/// The jobs this feature enqueued, but `outcome-moves`, which needs the engine.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, public_url: &str, kind: &str, referral: Key) -> Result<()> {
    let case = match store::case(tx, referral) {
        Err(Error::NotFound) => return Ok(()),
        found => found?,
    };
    if kind.starts_with("outcome-close") {
        reveal_if_due(tx, public_url, referral)?;
        return Ok(());
    }
    match rules::opens_at(&case.state, case.day_at(), case.updated_at) {
        Some(due) if due <= tx.now() => open_window(tx, public_url, referral),
        Some(_) => schedule(tx, referral),
        None => Ok(()),
    }
}

/// For pages: the referral and which of the three somebody is; anybody else is told that there is no such page, and so are
/// client and professional before they were introduced: until then they may not know of it.
fn part_of(tx: &mut Tx<'_>, referral: Key, party: Key) -> Result<(Case, Role)> {
    let case = store::case(tx, referral)?;
    let role = case.role(party).filter(|role| case.introduced || *role == Role::Referrer).ok_or(Error::NotFound)?;
    Ok((case, role))
}
