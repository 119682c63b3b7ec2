//! Asking a referrer for an introduction, within limits that are said.

use super::letters;
use super::rules::Progress;
use super::store::{self, Draft, Referral, client_by_email};
use crate::error::{Error, Result};
use crate::input::{Email, Name, Title, Words};
use crate::key::Key;
use crate::live;
use ::store::{DAY, Tx, sql};

/// Open asks for one need at a time.
pub const ASKS_A_NEED: i64 = 5;
/// Asks one member sends in seven days.
pub const ASKS_A_WEEK: i64 = 10;
/// Asks one member receives in seven days.
pub const RECEIVED_A_WEEK: i64 = 3;

/// A request for an introduction, as it will be sent.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The need it answers.
    pub need: Key,
    /// Who is asked.
    pub referrer: Key,
    /// Whom to be introduced to.
    pub professional: Key,
    /// The need as it travels.
    pub words: Words,
    /// Where.
    pub place: Title,
    /// Empty unless ticked.
    pub budget: String,
    /// Empty unless ticked.
    pub date: String,
    /// To the referrer alone.
    pub note: Words,
    /// For a client: who they are. Nobody reads it before the referrer's yes.
    pub client: Option<(Name, Email)>,
    /// For oneself: what the referrer may read of what follows. A client chooses it with their own yes.
    pub progress: Option<Progress>,
}

/// What the page before asking needs to know, and what the limits leave.
///
/// # Errors
/// The database's.
pub fn asks_left(tx: &mut Tx<'_>, asker: Key, need: Key) -> Result<i64> {
    let open: i64 = tx
        .value(sql!("SELECT COUNT(*) FROM referrals WHERE need_id = $1 AND state IN ('asked', 'offered')"), &[&need])?
        .unwrap_or(0);
    let since = tx.now() - 7 * DAY;
    let week: i64 = tx
        .value(
            sql!(
                "SELECT COUNT(*) FROM referrals WHERE asker_id = $1 AND origin IN ('asked', 'requested')
                   AND created_at > $2"
            ),
            &[&asker, &since],
        )?
        .unwrap_or(0);
    Ok((ASKS_A_NEED - open).min(ASKS_A_WEEK - week).max(0))
}

/// Refuses what the limits do not allow, saying which limit and why.
pub(super) fn check_limits(tx: &mut Tx<'_>, asker: Key, referrer: &store::Side, need: Option<Key>) -> Result<()> {
    let since = tx.now() - 7 * DAY;
    let week: i64 = tx
        .value(
            sql!(
                "SELECT COUNT(*) FROM referrals WHERE asker_id = $1 AND origin IN ('asked', 'requested')
                   AND created_at > $2"
            ),
            &[&asker, &since],
        )?
        .unwrap_or(0);
    if week >= ASKS_A_WEEK {
        return Err(Error::TooMany(format!(
            "You have asked {ASKS_A_WEEK} times in seven days, which is the most: an ask that many people get is worth less \
             to each of them. Nothing was sent."
        )));
    }
    if let Some(need) = need {
        let open: i64 = tx
            .value(
                sql!("SELECT COUNT(*) FROM referrals WHERE need_id = $1 AND state IN ('asked', 'offered')"),
                &[&need],
            )?
            .unwrap_or(0);
        if open >= ASKS_A_NEED {
            return Err(Error::TooMany(format!(
                "{ASKS_A_NEED} people are being asked about this need already, which is the most at a time: they give their \
                 name for you, and most would do so in vain. Nothing was sent."
            )));
        }
    }
    let paused: bool =
        tx.value(sql!("SELECT asks_paused FROM profiles WHERE party_id = $1"), &[&referrer.id])?.unwrap_or(false);
    if paused {
        return Err(Error::TooMany(format!("{} takes no requests just now. Nothing was sent.", referrer.name)));
    }
    let received: i64 = tx
        .value(
            sql!(
                "SELECT COUNT(*) FROM referrals WHERE referrer_id = $1 AND origin IN ('asked', 'requested')
                   AND created_at > $2"
            ),
            &[&referrer.id, &since],
        )?
        .unwrap_or(0);
    if received >= RECEIVED_A_WEEK {
        return Err(Error::TooMany(format!(
            "{} was asked {RECEIVED_A_WEEK} times in the last seven days, which is the most anybody gets here, so that \
             answering stays a pleasure. Please ask another voice, or come back next week. Nothing was sent.",
            referrer.name
        )));
    }
    Ok(())
}

/// Refuses two parts in one hand.
pub(super) fn check_parts(referrer: Key, professional: Key, client: Key) -> Result<()> {
    if referrer == professional {
        return Err(Error::field("professional", "Nobody can refer themselves."));
    }
    if client == professional {
        return Err(Error::field("professional", "The client and the professional are the same person."));
    }
    if client == referrer {
        return Err(Error::field("referrer", "The client and the referrer are the same person."));
    }
    Ok(())
}

/// A field where referral is regulated passes from member to member only, unless the network's setting says otherwise.
pub(super) fn check_field(tx: &mut Tx<'_>, field: &str, client: &store::Side) -> Result<()> {
    crate::regulated::check(tx, field, client.kind == "member")
}

/// Asks a referrer. The same ask pressed twice is one ask: says whether it is new.
///
/// # Errors
/// [`Error::TooMany`] with the limit and its reason; [`Error::Invalid`] for two parts in one hand;
/// [`Error::NotFound`] for a need or people that are not there for the asker.
pub fn ask(tx: &mut Tx<'_>, public_url: &str, asker: Key, ask: &Ask) -> Result<(Key, bool)> {
    let (field, for_client) = need_of(tx, ask.need, asker)?;
    let referrer = store::member(tx, ask.referrer)?;
    let professional = store::member(tx, ask.professional)?;
    if referrer.id == asker {
        return Err(Error::field("referrer", "You cannot ask yourself; start from “I have somebody for you”."));
    }
    if professional.id == asker {
        return Err(Error::field("professional", "You cannot be introduced to yourself."));
    }
    check_parts(referrer.id, professional.id, asker)?;
    let open: Option<Key> = tx.value(
        sql!(
            "SELECT id FROM referrals WHERE need_id = $1 AND asker_id = $2 AND referrer_id = $3 AND professional_id = $4
               AND state NOT IN ('declined', 'expired', 'cancelled')"
        ),
        &[&ask.need, &asker, &ask.referrer, &ask.professional],
    )?;
    if let Some(open) = open {
        return Ok((open, false));
    }
    check_limits(tx, asker, &referrer, Some(ask.need))?;
    let client = match &ask.client {
        Some((name, email)) => client_by_email(tx, name, email, asker)?,
        None => asker,
    };
    if for_client && client == asker {
        return Err(Error::field("email", "Please give your client’s address, not your own."));
    }
    check_parts(referrer.id, professional.id, client)?;
    let side = store::party(tx, client)?;
    check_field(tx, &field, &side)?;
    let draft = Draft {
        need: Some(ask.need),
        origin: "asked",
        asker,
        referrer: referrer.id,
        professional: professional.id,
        client,
        client_name: ask.client.as_ref().map_or(side.name.as_str(), |(name, _)| name.as_str()),
        for_client,
        field: &field,
        need_words: ask.words.as_str(),
        place: ask.place.as_str(),
        budget: &ask.budget,
        date: &ask.date,
        note: ask.note.as_str(),
        client_yes: client == asker,
        professional_yes: false,
        progress: ask.progress.filter(|_| client == asker),
    };
    let id = store::insert(tx, &draft)?;
    let referral = store::one(tx, id)?;
    letters::ask_referrer(tx, public_url, &referral, false)?;
    Ok((id, true))
}

fn need_of(tx: &mut Tx<'_>, need: Key, asker: Key) -> Result<(String, bool)> {
    tx.row(sql!("SELECT field, for_client FROM needs WHERE id = $1 AND asker_id = $2"), &[&need, &asker], |r| {
        Ok((r.get(0)?, r.get(1)?))
    })?
    .ok_or(Error::NotFound)
}

/// A need of the asker's, as the page before asking shows it.
#[derive(Clone, Debug)]
pub struct NeedShown {
    /// Its words, without sums and exact dates.
    pub words: String,
    /// Where.
    pub place: String,
    /// "about $3,000".
    pub budget: Option<String>,
    /// "12 June 2027".
    pub date: Option<String>,
    /// For a client of the asker's.
    pub for_client: bool,
    /// "florist".
    pub trade: String,
    /// What the referrer reads of what follows, unless the client chooses otherwise.
    pub progress: Progress,
}

/// Reads a need for the page before asking.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn need_shown(tx: &mut Tx<'_>, need: Key, asker: Key) -> Result<NeedShown> {
    tx.row(
        sql!(
            "SELECT words, place, budget_from, budget_to, currency, date_from, date_to, date_words, for_client, field
             FROM needs WHERE id = $1 AND asker_id = $2"
        ),
        &[&need, &asker],
        |r| {
            let words: String = r.get(0)?;
            let said: String = r.get(7)?;
            let exact = said.chars().any(|c| c.is_ascii_digit());
            let bare = without_sums(&words);
            let bare = if exact { bare.replace(&said, "").replace("  ", " ") } else { bare };
            let days: (Option<String>, Option<String>) = (r.get(5)?, r.get(6)?);
            let date = match days {
                _ if !said.is_empty() => Some(said),
                (Some(a), Some(b)) if a != b => Some(format!("{} to {}", crate::say::iso(&a), crate::say::iso(&b))),
                (Some(day), _) | (None, Some(day)) => Some(crate::say::iso(&day)),
                (None, None) => None,
            };
            let field: String = r.get(9)?;
            Ok(NeedShown {
                words: bare.trim().trim_end_matches(',').to_owned(),
                place: r.get(1)?,
                budget: crate::say::money_range(r.get(2)?, r.get(3)?, &r.get::<String>(4)?),
                date,
                for_client: r.get(8)?,
                trade: live::field_noun(&field),
                progress: Progress::default_for(&field),
            })
        },
    )?
    .ok_or(Error::NotFound)
}

/// A need's words without sums of money: they travel only if ticked.
pub fn without_sums(words: &str) -> String {
    let bare = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric() && !"$€£".contains(c)).to_lowercase();
    let is_number = |w: &str| bare(w).chars().next().is_some_and(|c| c.is_ascii_digit());
    let tokens: Vec<&str> = words.split_whitespace().collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let word = bare(tokens[i]);
        let unit = tokens.get(i + 1).map(|w| bare(w)).unwrap_or_default();
        let is_unit = matches!(unit.as_str(), "dollars" | "usd" | "euros" | "eur" | "pounds" | "gbp" | "bucks" | "k");
        let signed = word.contains(['$', '€', '£']) && word.chars().any(|c| c.is_ascii_digit());
        if signed || (is_number(tokens[i]) && is_unit) {
            while kept.last().is_some_and(|w| {
                matches!(
                    bare(w).as_str(),
                    "about"
                        | "around"
                        | "under"
                        | "below"
                        | "up"
                        | "to"
                        | "max"
                        | "maximum"
                        | "budget"
                        | "of"
                        | "for"
                        | "roughly"
                        | "at"
                        | "most"
                        | "from"
                        | "between"
                        | "and"
                        | "is"
                        | "a"
                )
            }) {
                kept.pop();
            }
            i += if signed { 1 } else { 2 };
        } else {
            kept.push(tokens[i]);
            i += 1;
        }
    }
    kept.join(" ").trim_end_matches([',', ';', ':']).to_owned()
}

/// Whom to ask next when the one asked has not answered: others who vouched for the same professional in this field and know
/// more than hearsay; never the asker.
///
/// # Errors
/// The database's.
pub fn next_voice(tx: &mut Tx<'_>, referral: &Referral) -> Result<Option<store::Side>> {
    let found: Option<Key> = tx.value(
        sql!(
            "SELECT v.from_id FROM vouches v JOIN parties p ON p.id = v.from_id
               LEFT JOIN profiles f ON f.party_id = p.id
             WHERE v.to_id = $1 AND v.field = $2 AND v.state = 'live' AND v.hidden_at IS NULL AND v.basis <> 'heard of'
               AND p.status = 'active' AND p.kind = 'member' AND NOT COALESCE(f.asks_paused, FALSE)
               AND v.from_id <> $3 AND v.from_id <> $4 AND v.from_id <> $6
               AND NOT EXISTS (SELECT 1 FROM referrals r WHERE r.need_id = $5 AND r.professional_id = $1
                 AND r.referrer_id = v.from_id)
             ORDER BY v.renewed_at DESC, v.id LIMIT 1"
        ),
        &[
            &referral.professional.id,
            &referral.field,
            &referral.referrer.id,
            &referral.client.id,
            &referral.need,
            &referral.asker.id,
        ],
    )?;
    found.map(|id| store::party(tx, id)).transpose()
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_do_not_travel_in_the_words() {
        for (typed, travels) in [
            ("A florist for a small June wedding, about $3,000", "A florist for a small June wedding"),
            ("budget of $500: a logo", "a logo"),
            ("a logo for 500 dollars please", "a logo please"),
            ("a tax advisor for 2 firms", "a tax advisor for 2 firms"),
        ] {
            assert_eq!(super::without_sums(typed), travels);
        }
    }
}
