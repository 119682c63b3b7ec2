//! The referrer's answer: the name put to it, in own words; or a no that only its author reads.

use super::letters;
use super::rules::{Deed, Role};
use super::store::{self, Referral, Side, standing_text};
use crate::error::{Error, Result};
use crate::input::{Check, Email, Name, Words};
use crate::key::Key;
use crate::live::Memory;
use crate::vouches::{Basis, Confidence, Tie, is_worded};
use ::store::{Tx, sql};
use serde::Deserialize;

/// What a referrer may not know, offered as chips.
pub const UNKNOWNS: [(&str, &str); 3] =
    [("price", "What they charge"), ("free", "Whether they are free that day"), ("size", "Jobs this size")];

/// The referrer's form, as sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// How they know the work.
    pub basis: String,
    /// What ties the two.
    pub tie: String,
    /// Percent, or `number`.
    pub confidence: String,
    /// A number of one's own.
    pub percent: String,
    /// Why this person for this need.
    pub words: String,
    /// Chips.
    pub unknown: Vec<String>,
    /// In own words.
    pub unknown_words: String,
    /// The client, where the referrer is the one who knows them.
    pub name: String,
    /// Their address.
    pub email: String,
    /// `unable`: why, for the author alone.
    pub reason: String,
    /// Whom to ask instead.
    pub instead: String,
}

/// The referrer's yes.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How they know the work.
    pub basis: Basis,
    /// What ties the two; "none" is chosen.
    pub tie: Tie,
    /// For this need.
    pub confidence: Confidence,
    /// Own words, for this need.
    pub words: Words,
    /// One a line.
    pub unknowns: String,
    /// The client, where only the referrer knows them.
    pub client: Option<(Name, Email)>,
}

impl Typed {
    /// The confidence as chosen: one with words, or a number of one's own.
    pub fn percent(&self) -> &str {
        let own = self.confidence == "number" || (self.confidence.is_empty() && !self.percent.is_empty());
        if own { &self.percent } else { &self.confidence }
    }

    /// Whether a number of one's own is chosen.
    pub fn is_number(&self) -> bool {
        !self.percent().is_empty() && !is_worded(&self.confidence)
    }

    /// Checks the yes; every refusal at once.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn read(&self, needs_client: bool) -> Result<Answer> {
        let mut check = Check::default();
        let words = check.take(Words::parse("words", &self.words))?;
        let basis = check.take(Basis::parse(&self.basis))?;
        let tie = check.take(Tie::parse(&self.tie))?;
        let confidence = check.take(Confidence::parse(self.percent()))?;
        let more = check.take(Words::optional("unknown_words", &self.unknown_words))?;
        let client = if needs_client {
            let name = check.take(Name::parse("name", &self.name))?;
            name.zip(check.take(Email::parse("email", &self.email))?)
        } else {
            None
        };
        check.finish()?;
        let mut unknowns: Vec<&str> =
            UNKNOWNS.iter().filter(|(id, _)| self.unknown.iter().any(|u| u == id)).map(|(_, text)| *text).collect();
        unknowns.extend(more.iter().flat_map(|m| m.as_str().lines()).filter(|l| !l.trim().is_empty()));
        let unknowns = unknowns.join("\n");
        match (basis, tie, confidence, words) {
            (Some(basis), Some(tie), Some(confidence), Some(words)) => {
                Ok(Answer { basis, tie, confidence, words, unknowns, client })
            }
            _ => Err(Error::BadRequest("The form could not be read.".into())),
        }
    }
}

/// The vouch on file between the two in this field: what the form begins with.
///
/// # Errors
/// The database's.
pub fn on_file(tx: &mut Tx<'_>, r: &Referral) -> Result<Option<(Typed, String)>> {
    Ok(tx.row(
        sql!(
            "SELECT basis, tie, confidence, words FROM vouches
             WHERE from_id = $1 AND to_id = $2 AND field = $3 AND state = 'live' AND hidden_at IS NULL"
        ),
        &[&r.referrer.id, &r.professional.id, &r.field],
        |row| {
            let typed = Typed {
                basis: row.get(0)?,
                tie: row.get(1)?,
                confidence: row.get::<i64>(2)?.to_string(),
                ..Typed::default()
            };
            Ok((typed, row.get(3)?))
        },
    )?)
}

/// Whether the referrer has to say who the client is: the one who asked does not know them.
pub fn needs_client(r: &Referral) -> bool {
    r.origin == "requested" && r.client.kind != "member" && r.client.email.is_none()
}

/// The referrer puts the name to it; the next one is asked.
///
/// # Errors
/// [`Error::Conflict`] when it was answered already.
pub fn offer(tx: &mut Tx<'_>, public_url: &str, memory: &Memory, id: Key, answer: &Answer) -> Result<Referral> {
    let r = store::one(tx, id)?;
    r.position().after(Some(Role::Referrer), Deed::Offer).ok_or_else(|| answered(&r))?;
    if let Some((name, email)) = &answer.client {
        let client = store::client_by_email(tx, name, email, r.referrer.id)?;
        super::asking::check_parts(r.referrer.id, r.professional.id, client)?;
        let side = store::party(tx, client)?;
        super::asking::check_field(tx, &r.field, &side)?;
        tx.execute(sql!("UPDATE referrals SET client_id = $1, client_name = $2 WHERE id = $3"), &[&client, name, &id])?;
    }
    let now = tx.now();
    let tie_first = answer.tie != Tie::None && !agreed(tx, &r, answer.tie)?;
    let standing = standing_text(memory.standing(r.referrer.id, &r.field, r.professional.id));
    let forecast = memory.forecast(r.professional.id, &r.field, r.referrer.id, now);
    tx.execute(
        sql!(
            "UPDATE referrals SET basis = $1, tie = $2, confidence = $3, words = $4, unknowns = $5, standing = $6,
               forecast = $7, vouch_id = (SELECT v.id FROM vouches v WHERE v.from_id = $9 AND v.to_id = $10
                 AND v.field = $11 AND v.state = 'live'), tie_first = $12,
               client_yes_at = CASE WHEN $12 THEN NULL ELSE client_yes_at END,
               professional_yes_at = CASE WHEN $12 THEN NULL ELSE professional_yes_at END
             WHERE id = $8"
        ),
        &[
            &answer.basis,
            &answer.tie,
            &answer.confidence,
            &answer.words,
            &answer.unknowns,
            &standing,
            &forecast,
            &id,
            &r.referrer.id,
            &r.professional.id,
            &r.field,
            &tie_first,
        ],
    )?;
    let r = store::one(tx, id)?;
    let after = r.position().after(Some(Role::Referrer), Deed::Offer).ok_or_else(|| answered(&r))?;
    store::put(tx, &r, after)?;
    store::event(tx, id, Some(r.referrer.id), "offer", Some(r.state), Some(after.state), "")?;
    let r = store::one(tx, id)?;
    if r.asker.id != r.referrer.id {
        let words = format!("{} put their name to {}.", r.referrer.name, r.professional.name);
        crate::vouches::notify(tx, r.asker.id, "referral", &words, &format!("/referrals/{id}"))?;
    }
    letters::ask_next(tx, public_url, &r)?;
    super::introduction::introduce_if_agreed(tx, public_url, &r)?;
    Ok(r)
}

/// Whether the professional has agreed to this tie being shown: it stands in a live vouch between the two.
fn agreed(tx: &mut Tx<'_>, r: &Referral, tie: Tie) -> Result<bool> {
    let found: Option<i64> = tx.value(
        sql!("SELECT COUNT(*) FROM vouches WHERE from_id = $1 AND to_id = $2 AND state = 'live' AND tie = $3"),
        &[&r.referrer.id, &r.professional.id, &tie],
    )?;
    Ok(found.unwrap_or(0) > 0)
}

/// What a second press reads.
fn answered(r: &Referral) -> Error {
    Error::Conflict(if r.basis.is_some() {
        format!("You put your name to {} already; nothing needs doing.", r.professional.name)
    } else {
        "This has been answered or closed already; nothing needs doing.".into()
    })
}

/// The member somebody means by a name: the only one whose name begins so.
fn meant(tx: &mut Tx<'_>, typed: &str, r: &Referral) -> Result<Option<Side>> {
    let folded = formats::name::fold(typed);
    if folded.trim().is_empty() {
        return Ok(None);
    }
    let start = folded.replace(['%', '_', '\\'], " ");
    let found = tx.rows(
        sql!(
            "SELECT id, name FROM parties WHERE kind = 'member' AND status = 'active' AND folded LIKE $1 || '%'
             ORDER BY folded, id LIMIT 6"
        ),
        &[&start],
        |row| Ok((row.get::<Key>(0)?, row.get::<String>(1)?)),
    )?;
    let exact: Vec<&(Key, String)> = found.iter().filter(|(_, name)| formats::name::fold(name) == folded).collect();
    let refuse = |sentence: String| Err(Error::field("instead", sentence));
    let id = match (exact.as_slice(), found.as_slice()) {
        ([(id, _)], _) | ([], [(id, _)]) => *id,
        (_, []) => return refuse("Nobody of that name is here. Leave it empty, or try another name.".into()),
        _ => {
            let names: Vec<String> = found.into_iter().map(|(_, name)| name).collect();
            return refuse(format!("Whom do you mean: {}?", names.join(", ")));
        }
    };
    if [r.referrer.id, r.asker.id, r.professional.id, r.client.id].contains(&id) {
        return refuse("Please name somebody who has no part in this one.".into());
    }
    Ok(Some(store::member(tx, id)?))
}

/// The referrer's no. Why is kept for its author alone; the professional learns nothing.
///
/// # Errors
/// [`Error::Conflict`] when it was answered already, [`Error::Invalid`] for a name nobody has.
pub fn decline(tx: &mut Tx<'_>, public_url: &str, id: Key, typed: &Typed) -> Result<()> {
    let r = store::one(tx, id)?;
    let after = r.position().after(Some(Role::Referrer), Deed::Decline).ok_or_else(|| answered(&r))?;
    let instead = meant(tx, &typed.instead, &r)?;
    let reason = match typed.reason.as_str() {
        "no basis" => "No basis to judge",
        "nobody" => "I know nobody suitable",
        "busy" => "Not now",
        _ => "",
    };
    store::put(tx, &r, after)?;
    store::event(tx, id, Some(r.referrer.id), "decline", Some(r.state), Some(after.state), reason)?;
    if let (Some(need), Some(other)) = (r.need, &instead) {
        let (answer, now) = (tx.id(), tx.now());
        tx.execute(
            sql!(
                "INSERT INTO need_answers (id, need_id, author_id, kind, other_id, words, at)
                 VALUES ($1, $2, $3, 'ask', $4, '', $5)"
            ),
            &[&answer, &need, &r.referrer.id, &other.id, &now],
        )?;
    }
    letters::tell_ended(tx, public_url, &r, Some(r.referrer.id), instead.as_ref())
}

/// Whom the referrer named instead, for the asker's page.
///
/// # Errors
/// The database's.
pub fn named_instead(tx: &mut Tx<'_>, r: &Referral) -> Result<Option<Side>> {
    let found: Option<Key> = tx.value(
        sql!(
            "SELECT other_id FROM need_answers WHERE need_id = $1 AND author_id = $2 AND kind = 'ask'
             ORDER BY at DESC, id DESC LIMIT 1"
        ),
        &[&r.need, &r.referrer.id],
    )?;
    found.map(|id| store::party(tx, id)).transpose()
}
