//! What moderators decide about somebody: a warning, or a suspension. Never silently: the person gets the reason and a way
//! to appeal, and whoever invited them hears that it happened.

pub(crate) mod api;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::input::Words;
use crate::key::Key;
use crate::mail::{self, Letter, Part};
use crate::roles::{self, Role};
use crate::viewer::Member;
use crate::{links, presence, vouches};
use store::{DAY, Row, Tx, sql};

/// The link to appeal works this long after the decision, in days.
const APPEAL_DAYS: i64 = 90;
/// The longest suspension with an end, in days.
pub const LONGEST: i64 = 730;

/// What was decided about somebody.
#[derive(Clone, Debug)]
pub struct Sanction {
    /// Its id.
    pub id: Key,
    /// About whom.
    pub party: Key,
    /// Their name.
    pub name: String,
    /// Their account is deactivated for as long; otherwise a warning.
    pub suspends: bool,
    /// As told to the person.
    pub reason: String,
    /// Who decided.
    pub by: Key,
    /// Their name: for moderators only.
    pub by_name: String,
    /// µs.
    pub at: i64,
    /// µs; `None`: until somebody lifts it.
    pub ends_at: Option<i64>,
    /// µs.
    pub lifted_at: Option<i64>,
    /// The person's words; empty: none.
    pub appeal: String,
    /// µs.
    pub appealed_at: Option<i64>,
    /// To the appeal.
    pub answer: String,
    /// µs.
    pub answered_at: Option<i64>,
}

impl Sanction {
    /// Whether it holds now.
    pub fn holds(&self, now: &i64) -> bool {
        self.lifted_at.is_none() && self.ends_at.is_none_or(|end| end > *now)
    }
}

fn sanction(r: &Row<'_>) -> store::Result<Sanction> {
    Ok(Sanction {
        id: r.get(0)?,
        party: r.get(1)?,
        name: r.get(2)?,
        suspends: r.get::<String>(3)? == "suspension",
        reason: r.get(4)?,
        by: r.get(5)?,
        by_name: r.get(6)?,
        at: r.get(7)?,
        ends_at: r.get(8)?,
        lifted_at: r.get(9)?,
        appeal: r.get(10)?,
        appealed_at: r.get(11)?,
        answer: r.get(12)?,
        answered_at: r.get(13)?,
    })
}

/// What was decided about somebody, newest first.
///
/// # Errors
/// The database's.
pub fn about(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Sanction>> {
    Ok(tx.rows(
        sql!(
            "SELECT s.id, s.party_id, p.name, s.kind, s.reason, s.by_id, b.name, s.at, s.ends_at, s.lifted_at, s.appeal,
               s.appealed_at, s.answer, s.answered_at
             FROM sanctions s JOIN parties p ON p.id = s.party_id JOIN parties b ON b.id = s.by_id
             WHERE s.party_id = $1 ORDER BY s.at DESC, s.id DESC LIMIT 100"
        ),
        &[&party],
        sanction,
    )?)
}

/// One decision.
///
/// # Errors
/// [`Error::NotFound`].
pub fn one(tx: &mut Tx<'_>, id: Key) -> Result<Sanction> {
    tx.row(
        sql!(
            "SELECT s.id, s.party_id, p.name, s.kind, s.reason, s.by_id, b.name, s.at, s.ends_at, s.lifted_at, s.appeal,
               s.appealed_at, s.answer, s.answered_at
             FROM sanctions s JOIN parties p ON p.id = s.party_id JOIN parties b ON b.id = s.by_id WHERE s.id = $1"
        ),
        &[&id],
        sanction,
    )?
    .ok_or(Error::NotFound)
}

/// Appeals that nobody has answered, oldest first.
///
/// # Errors
/// The database's.
pub fn open_appeals(tx: &mut Tx<'_>) -> Result<Vec<Sanction>> {
    Ok(tx.rows(
        sql!(
            "SELECT s.id, s.party_id, p.name, s.kind, s.reason, s.by_id, b.name, s.at, s.ends_at, s.lifted_at, s.appeal,
               s.appealed_at, s.answer, s.answered_at
             FROM sanctions s JOIN parties p ON p.id = s.party_id JOIN parties b ON b.id = s.by_id
             WHERE s.appealed_at IS NOT NULL AND s.answered_at IS NULL ORDER BY s.appealed_at, s.id LIMIT 200"
        ),
        &[],
        sanction,
    )?)
}

/// A decision as typed.
pub struct Decision {
    /// Deactivates the account; otherwise a warning.
    pub suspends: bool,
    /// About one word of theirs, which weighs less from then on.
    pub about_a_word: bool,
    /// As told to the person.
    pub reason: Words,
    /// For so many days; `None`: until lifted.
    pub days: Option<i64>,
}

/// Decides about a member: told by letter with the reason and a link to appeal.
///
/// # Errors
/// [`Error::Forbidden`] about oneself, or for a moderator about an admin; [`Error::Conflict`] about the last admin or one
/// who is suspended already; [`Error::NotFound`].
pub fn decide(tx: &mut Tx<'_>, public_url: &str, by: &Member, party: Key, decision: &Decision) -> Result<Key> {
    let found = tx.row(
        sql!("SELECT name, email, status, invited_by FROM parties WHERE id = $1 AND kind = 'member' AND status <> 'erased'"),
        &[&party],
        |r| Ok((r.get::<String>(0)?, r.get::<Option<String>>(1)?, r.get::<String>(2)?, r.get::<Option<Key>>(3)?)),
    )?;
    let (name, email, _, inviter) = found.ok_or(Error::NotFound)?;
    if party == by.id {
        return Err(Error::Forbidden("Nobody decides about themselves.".into()));
    }
    if roles::of(tx, party)? > by.role {
        return Err(Error::Forbidden("Only an admin decides about an admin.".into()));
    }
    let now = tx.now();
    if decision.suspends {
        if about(tx, party)?.iter().any(|s| s.suspends && s.holds(&now)) {
            return Err(Error::Conflict("They are suspended already. Nothing was changed.".into()));
        }
        roles::leave_an_admin(tx, party)?;
        roles::put(tx, party, Role::Member)?;
    }
    let id = Key(tx.id());
    let kind = if decision.suspends { "suspension" } else { "warning" };
    let ends_at = decision.days.filter(|_| decision.suspends).map(|days| now + days * DAY);
    tx.execute(
        sql!(
            "INSERT INTO sanctions (id, party_id, kind, reason, by_id, at, ends_at, appeal, answer)
             VALUES ($1, $2, $3, $4, $5, $6, $7, '', '')"
        ),
        &[&id, &party, &kind, &decision.reason, &by.id, &now, &ends_at],
    )?;
    if decision.suspends {
        presence::leave(tx, party)?;
        if let Some(end) = ends_at {
            tx.enqueue("sanction-end", &id.to_string(), "", end)?;
        }
    }
    tell(tx, public_url, party, &name, email.as_deref(), id, decision)?;
    if let (Some(inviter), true) = (inviter, decision.suspends) {
        let words =
            format!("{name}, whom you invited, was suspended by a moderator. They were told why and may appeal.");
        vouches::notify(tx, inviter, "sanction", &words, "/notices")?;
    }
    let detail = decision.days.filter(|_| decision.suspends).map(|d| crate::say::count(d, "day")).unwrap_or_default();
    audit::log(tx, Some(by.id), &format!("{kind} given"), Subject::Person(party), &detail)?;
    Ok(id)
}

fn tell(
    tx: &mut Tx<'_>,
    public_url: &str,
    party: Key,
    name: &str,
    email: Option<&str>,
    id: Key,
    decision: &Decision,
) -> Result<()> {
    let token = links::issue(tx, "appeal", party, id, APPEAL_DAYS)?;
    let path = format!("/appeals/{token}");
    let (subject, lead) = if decision.suspends {
        let how_long = decision.days.map_or_else(
            || "until a moderator lifts it".to_owned(),
            |days| format!("for {}", crate::say::count(days, "day")),
        );
        (
            "Your account is suspended",
            format!(
                "A moderator suspended your account {how_long}. You are not shown or recommended meanwhile, and the words you \
                 gave do not count. Nothing is deleted. The reason, in the moderator’s words:"
            ),
        )
    } else {
        vouches::notify(tx, party, "sanction", "A moderator has a warning for you.", &path)?;
        let lead = if decision.about_a_word {
            "A moderator found that you did not disclose a tie with a word you gave. It is shown beside the word, which weighs \
             less from now on. The reason, in the moderator’s words:"
        } else {
            "A moderator writes to you. Nothing has changed for you so far:"
        };
        ("A warning from the moderators", lead.to_owned())
    };
    let Some(address) = email else { return Ok(()) };
    let letter = Letter {
        kind: "sanction",
        about: Some(id),
        to: Some(party),
        address,
        name,
        subject: subject.to_owned(),
        parts: vec![
            Part::Text(lead),
            Part::Quote(decision.reason.to_string()),
            Part::Button("Read it, or appeal".into(), path),
            Part::Text(format!(
                "If you think this is wrong, say so there, within {APPEAL_DAYS} days. Another moderator reads it where there is \
                 one, and answers you."
            )),
        ],
        card: None,
    };
    mail::post(tx, public_url, &letter)?;
    Ok(())
}

/// Ends a sanction before its time.
///
/// # Errors
/// [`Error::Conflict`] when it holds no longer.
pub fn lift(tx: &mut Tx<'_>, public_url: &str, by: Key, id: Key) -> Result<Key> {
    let sanction = one(tx, id)?;
    let now = tx.now();
    if !sanction.holds(&now) {
        return Err(Error::Conflict("It holds no longer. Nothing was changed.".into()));
    }
    tx.execute(sql!("UPDATE sanctions SET lifted_at = $1, lifted_by = $2 WHERE id = $3"), &[&now, &by, &id])?;
    let act = if sanction.suspends { "suspension lifted" } else { "warning lifted" };
    audit::log(tx, Some(by), act, Subject::Person(sanction.party), "")?;
    if sanction.suspends {
        is_over(tx, public_url, &sanction)?;
    } else {
        vouches::found::tie_taken_back(tx, by, id)?;
    }
    Ok(sanction.party)
}

fn is_over(tx: &mut Tx<'_>, public_url: &str, sanction: &Sanction) -> Result<()> {
    if !presence::come_back(tx, sanction.party)? {
        return Ok(());
    }
    let email: Option<String> =
        tx.value::<Option<String>>(sql!("SELECT email FROM parties WHERE id = $1"), &[&sanction.party])?.flatten();
    let Some(address) = email else { return Ok(()) };
    let letter = Letter {
        kind: "sanction",
        about: Some(sanction.id),
        to: Some(sanction.party),
        address: &address,
        name: &sanction.name,
        subject: "Your account is open again".into(),
        parts: vec![
            Part::Text(
                "The suspension is over. Your profile and the words you gave are shown again and count again.".into(),
            ),
            Part::Button("Sign in".into(), "/sign-in".into()),
        ],
        card: None,
    };
    mail::post(tx, public_url, &letter)?;
    Ok(())
}

/// The person says that a decision is wrong; once.
///
/// # Errors
/// [`Error::Conflict`] when they have appealed already.
pub fn appeal(tx: &mut Tx<'_>, id: Key, words: &Words) -> Result<()> {
    let sanction = one(tx, id)?;
    if sanction.appealed_at.is_some() {
        return Err(Error::Conflict("You have appealed already; the answer comes by letter.".into()));
    }
    let now = tx.now();
    tx.execute(sql!("UPDATE sanctions SET appeal = $1, appealed_at = $2 WHERE id = $3"), &[words, &now, &id])?;
    let words = format!("{} appeals against a decision.", sanction.name);
    for keeper in roles::keepers(tx, false)? {
        vouches::notify(tx, keeper, "appeal", &words, &format!("/admin/people/{}", sanction.party))?;
    }
    audit::log(tx, Some(sanction.party), "appeal made", Subject::Person(sanction.party), "")
}

/// Answers an appeal: the decision stands, or is lifted.
///
/// # Errors
/// [`Error::Forbidden`] for whoever decided, where somebody else can answer; [`Error::Conflict`] when it is answered;
/// [`Error::Invalid`] without words.
pub fn answer(tx: &mut Tx<'_>, public_url: &str, by: Key, id: Key, words: &str, lifts: bool) -> Result<Key> {
    let sanction = one(tx, id)?;
    if sanction.appealed_at.is_none() || sanction.answered_at.is_some() {
        return Err(Error::Conflict("There is no appeal waiting for an answer here.".into()));
    }
    let others = roles::keepers(tx, false)?.into_iter().filter(|k| *k != sanction.by).count();
    if sanction.by == by && others > 0 {
        return Err(Error::Forbidden("You decided this; another moderator answers the appeal.".into()));
    }
    let (words, now) = (Words::parse("answer", words)?, tx.now());
    tx.execute(
        sql!("UPDATE sanctions SET answer = $1, answered_at = $2, answered_by = $3 WHERE id = $4"),
        &[&words, &now, &by, &id],
    )?;
    let verdict = if lifts { "lifted" } else { "stands" };
    audit::log(tx, Some(by), "appeal answered", Subject::Person(sanction.party), verdict)?;
    let email: Option<String> =
        tx.value::<Option<String>>(sql!("SELECT email FROM parties WHERE id = $1"), &[&sanction.party])?.flatten();
    if let Some(address) = email {
        let lead = if lifts {
            "Your appeal was heard: the decision is lifted."
        } else {
            "Your appeal was read. The decision stands."
        };
        let letter = Letter {
            kind: "sanction",
            about: Some(id),
            to: Some(sanction.party),
            address: &address,
            name: &sanction.name,
            subject: "The answer to your appeal".into(),
            parts: vec![Part::Text(lead.into()), Part::Quote(words.to_string())],
            card: None,
        };
        mail::post(tx, public_url, &letter)?;
    }
    if lifts && sanction.holds(&now) {
        lift(tx, public_url, by, id)?;
    }
    Ok(sanction.party)
}

/// The job of this feature: a suspension ends by itself.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, public_url: &str, kind: &str, id: Key) -> Result<()> {
    let (Ok(sanction), now) = (one(tx, id), tx.now()) else { return Ok(()) };
    if kind == "sanction-end" && sanction.lifted_at.is_none() && !sanction.holds(&now) {
        is_over(tx, public_url, &sanction)?;
    }
    Ok(())
}
