//! Words for somebody who is not here: invisible and weightless until that person says yes by a link. One letter and one
//! reminder in all, whoever speaks of them; after 30 days, a no, or when the last word is taken back, everything is erased.

use super::store::{self, Shown};
use super::{Act, Word, act, give, notify};
use crate::error::{Error, Result};
use crate::input::{Email, Name, Words};
use crate::key::{Key, hash_token};
use crate::mail::{self, Letter, Part};
use crate::{links, say};
use ::store::{DAY, Tx, sql};

/// They have this long to answer before what was said of them is erased.
const WAIT_DAYS: i64 = 30;

/// Vouches for somebody who is not here. The first word is what they are written to about; others wait beside it.
///
/// # Errors
/// [`Error::Conflict`] when that person refused before, was written to twice already, or this word stands.
pub fn give_absent(
    tx: &mut Tx<'_>,
    public_url: &str,
    from: Key,
    name: &Name,
    email: &Email,
    word: &Word,
) -> Result<Key> {
    let known = party_by_email(tx, email)?;
    if let Some((to, kind)) = &known
        && kind == "member"
    {
        return give(tx, public_url, from, *to, word);
    }
    if has_refused(tx, email)? {
        return Err(Error::Conflict("That person has asked us not to write to them. Nothing was sent.".into()));
    }
    let written = written(tx, email.as_str())?;
    let waits = match &known {
        Some((to, _)) => is_waited_for(tx, *to)?,
        None => false,
    };
    if written >= MOST && !waits {
        return Err(Error::Conflict(
            "That person was written to before, and reminded once, without an answer. We do not write again. Nothing was sent."
                .into(),
        ));
    }
    let to = match known {
        Some((to, _)) => to,
        None => add_absent(tx, name, email, from)?,
    };
    let id = give(tx, public_url, from, to, word)?;
    if written == 0 {
        write(tx, public_url, id, false)?;
    }
    if !waits {
        let now = tx.now();
        tx.enqueue_anew("vouch-reminder", &to.to_string(), "", now + 7 * DAY)?;
        tx.enqueue_anew("vouch-erasure", &to.to_string(), "", now + WAIT_DAYS * DAY)?;
    }
    Ok(id)
}

/// The letter about a word, or the one reminder.
fn write(tx: &mut Tx<'_>, public_url: &str, id: Key, again: bool) -> Result<()> {
    let Some(shown) = store::one(tx, id)? else { return Ok(()) };
    let Some((_, name, Some(address))) = store::party(tx, shown.to.id)? else { return Ok(()) };
    let token = links::issue(tx, "vouch", shown.to.id, id, WAIT_DAYS)?;
    let last = if again {
        "This is the one reminder; we will not write again, and erase everything in a few days."
    } else {
        "If you do nothing we remind you once, and after 30 days everything is erased, your address included."
    };
    let from_name = &shown.from.name;
    let letter = Letter {
        kind: "vouch-invitation",
        about: Some(id),
        to: Some(shown.to.id),
        address: &address,
        name: &name,
        subject: format!("{from_name} would put their name to your work"),
        parts: vec![
            Part::Text(format!(
                "{from_name} gave us your address to ask you one thing. They recommend your work as {}, and nobody can read it \
                 unless you agree.",
                say::a(shown.trade())
            )),
            Part::Button("See exactly what was said".into(), format!("/vouch-invitations/{token}")),
            Part::Text(format!(
                "There you can say yes, ask for a correction, or say no and have everything deleted. {last}"
            )),
        ],
        card: None,
    };
    mail::post(tx, public_url, &letter)?;
    note_written(tx, &address)
}

/// Whose link it is, the word to answer, and others that wait for the same person.
///
/// # Errors
/// [`Error::Gone`] once it was answered, erased or has run out.
pub fn waiting(tx: &mut Tx<'_>, token: &str) -> Result<(links::Link, Shown, Vec<Shown>)> {
    let link = links::open(tx, "vouch", token)?;
    let mut all: Vec<Shown> =
        store::about(tx, link.party, true)?.into_iter().filter(|v| v.state == "pending").collect();
    all.sort_by_key(|v| (v.id != link.subject, v.given_at, v.id));
    let is_member = store::party(tx, link.party)?.is_some_and(|(kind, ..)| kind == "member");
    // Where the word in the letter was taken back another may wait; a member reads those under their own name.
    let first = all.first().is_some_and(|v| v.id == link.subject || !is_member);
    if !first || link.used_at.is_some() {
        return Err(Error::Gone(
            "This has been answered already, or has run out. Nothing more is kept or sent.".into(),
        ));
    }
    let first = all.remove(0);
    Ok((link, first, all))
}

/// Whether a word waits for their yes.
fn is_waited_for(tx: &mut Tx<'_>, party: Key) -> Result<bool> {
    Ok(store::about(tx, party, true)?.iter().any(|v| v.state == "pending"))
}

/// Whether they are here for something else, as a client or guest.
///
/// # Errors
/// The database's.
pub fn is_known(tx: &mut Tx<'_>, party: Key) -> Result<bool> {
    Ok(store::party(tx, party)?.is_some_and(|(kind, ..)| kind != "absent"))
}

/// Somebody not here yet says yes: they become a member, and the word counts. Others wait for their yes on the site.
///
/// # Errors
/// [`Error::Conflict`] when the link was used already.
pub fn accept_absent(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<()> {
    let (kind, name, email) = store::party(tx, party)?.ok_or(Error::NotFound)?;
    if kind != "member" {
        crate::people::make_member(tx, party, &Name::parse("name", &name)?)?;
    }
    if let Some(email) = email {
        tx.execute(sql!("DELETE FROM settings WHERE name = $1"), &[&fingerprint("written", &email)])?;
    }
    let vouch = act(tx, party, id, Act::Agree)?;
    crate::people::add_first_trade(tx, party, &vouch.field)
}

/// Somebody not here yet says no: everything said of them goes, and their address stays only as a hash, so that nobody
/// writes to them again.
///
/// # Errors
/// The database's.
pub fn refuse_absent(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    tell_givers(tx, party, "Somebody you vouched for would rather not be here. What you wrote has been deleted.")?;
    erase_absent(tx, party, true)
}

/// Asks whoever gave a word to correct it; nothing is shown meanwhile.
///
/// # Errors
/// The database's.
pub fn ask_correction(tx: &mut Tx<'_>, vouch: &Shown, words: &Words) -> Result<()> {
    let said = format!("{} asks you to correct your vouch: “{words}”", vouch.to.name);
    notify(tx, vouch.from.id, "vouch", &said, &format!("/vouches/{}", vouch.id))
}

fn tell_givers(tx: &mut Tx<'_>, party: Key, words: &str) -> Result<()> {
    let mut givers: Vec<Key> =
        store::about(tx, party, true)?.iter().filter(|v| v.state == "pending").map(|v| v.from.id).collect();
    givers.sort_unstable();
    givers.dedup();
    givers.into_iter().try_for_each(|giver| notify(tx, giver, "vouch", words, "/vouches?show=given"))
}

/// The reminder, and the erasure, of what was said of somebody. Returns whether they are still not here.
///
/// # Errors
/// The database's.
pub(super) fn run_job(tx: &mut Tx<'_>, public_url: &str, kind: &str, key: Key) -> Result<()> {
    // Jobs of earlier versions are about a vouch, not about its recipient.
    let party = store::one(tx, key)?.map_or(key, |vouch| vouch.to.id);
    let Some((is, _, Some(email))) = store::party(tx, party)? else { return Ok(()) };
    if is == "member" {
        return Ok(());
    }
    if kind == "vouch-reminder" {
        let oldest =
            store::about(tx, party, true)?.into_iter().filter(|v| v.state == "pending").min_by_key(|v| v.given_at);
        return match oldest {
            Some(vouch) if written(tx, &email)? < MOST => write(tx, public_url, vouch.id, true),
            _ => Ok(()),
        };
    }
    let words = "Somebody you vouched for did not answer within 30 days. What you wrote of them has been erased.";
    tell_givers(tx, party, words)?;
    forget(tx, party)
}

/// After a word was taken back: nobody speaks of them any more, so nothing of them is kept.
pub(super) fn after_withdrawal(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    let is_absent = store::party(tx, party)?.is_some_and(|(kind, ..)| kind == "absent");
    if !is_absent || is_waited_for(tx, party)? {
        return Ok(());
    }
    forget(tx, party)
}

/// Erases them, unless somebody has also invited them and waits for an answer: then only what was said goes.
fn forget(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    let now = tx.now();
    let invited: Option<bool> = tx.value(
        sql!(
            "SELECT EXISTS (SELECT 1 FROM links WHERE party_id = $1 AND purpose = 'invitation' AND used_at IS NULL
               AND expires_at > $2)"
        ),
        &[&party, &now],
    )?;
    if invited == Some(true) { erase_words(tx, party, false) } else { erase_absent(tx, party, false) }
}

/// A party for somebody who is not here yet.
///
/// # Errors
/// The database's.
pub fn add_absent(tx: &mut Tx<'_>, name: &Name, email: &Email, by: Key) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO parties (id, kind, status, name, folded, email, invited_by, joined_at, version)
             VALUES ($1, 'absent', 'active', $2, $3, $4, $5, $6, 1)"
        ),
        &[&id, name, &formats::name::fold(name.as_str()), email, &by, &now],
    )?;
    Ok(id)
}

/// Id and kind of the party with an address.
///
/// # Errors
/// The database's.
pub fn party_by_email(tx: &mut Tx<'_>, email: &Email) -> Result<Option<(Key, String)>> {
    Ok(tx.row(sql!("SELECT id, kind FROM parties WHERE email = $1 AND status = 'active'"), &[email], |r| {
        Ok((r.get(0)?, r.get(1)?))
    })?)
}

/// What stands for an address after it is erased: that it asked not to be written to, or how often it was.
fn fingerprint(what: &str, email: &str) -> String {
    let hash: String = hash_token(email).iter().map(|b| format!("{b:02x}")).collect();
    format!("{what} {hash}")
}

/// One letter and one reminder.
const MOST: i64 = 2;

/// How many letters about vouches went to an address of somebody who is not here.
fn written(tx: &mut Tx<'_>, email: &str) -> Result<i64> {
    let known: Option<String> =
        tx.value(sql!("SELECT value FROM settings WHERE name = $1"), &[&fingerprint("written", email)])?;
    Ok(known.and_then(|n| n.parse().ok()).unwrap_or(0))
}

fn note_written(tx: &mut Tx<'_>, email: &str) -> Result<()> {
    let n = written(tx, email)? + 1;
    crate::settings::put(tx, &fingerprint("written", email), &n.to_string())
}

/// Whether an address asked us not to write to it.
///
/// # Errors
/// The database's.
pub fn has_refused(tx: &mut Tx<'_>, email: &Email) -> Result<bool> {
    let found: Option<String> =
        tx.value(sql!("SELECT value FROM settings WHERE name = $1"), &[&fingerprint("refused", email.as_str())])?;
    Ok(found.is_some())
}

/// Nobody here has us write to this address again: only its fingerprint is kept.
///
/// # Errors
/// The database's.
pub fn refuse_letters(tx: &mut Tx<'_>, email: &str) -> Result<()> {
    tx.execute(
        sql!("INSERT INTO settings (name, value) VALUES ($1, 'yes') ON CONFLICT (name) DO NOTHING"),
        &[&fingerprint("refused", email)],
    )?;
    Ok(())
}

/// Deletes every word for somebody who is not here, taken back or not, with the notices that name them.
fn erase_words(tx: &mut Tx<'_>, party: Key, refused: bool) -> Result<()> {
    let vouches: Vec<Key> = tx.rows(sql!("SELECT id FROM vouches WHERE to_id = $1"), &[&party], |r| r.get(0))?;
    for vouch in vouches {
        tx.execute(sql!("DELETE FROM notices WHERE url = $1"), &[&format!("/vouches/{vouch}")])?;
    }
    tx.execute(
        sql!(
            "UPDATE vouches SET state = CASE WHEN state = 'pending' THEN 'refused' ELSE state END, words = '',
               version = version + 1 WHERE to_id = $1 AND state <> 'live'"
        ),
        &[&party],
    )?;
    // After a no the link goes on saying so to whoever presses it again.
    if !refused {
        tx.execute(sql!("DELETE FROM links WHERE party_id = $1 AND purpose = 'vouch'"), &[&party])?;
    }
    tx.execute(
        sql!(
            "UPDATE letters SET address = '', to_name = '', plain = '', html = ''
             WHERE party_id = $1 AND kind = 'vouch-invitation'"
        ),
        &[&party],
    )?;
    Ok(())
}

/// Deletes what was said of somebody who is not here, and their name and address. Of a client or guest only the former: they
/// are here for something else.
///
/// # Errors
/// The database's.
pub fn erase_absent(tx: &mut Tx<'_>, party: Key, refused: bool) -> Result<()> {
    if let (true, Some((_, _, Some(email)))) = (refused, store::party(tx, party)?) {
        refuse_letters(tx, &email)?;
    }
    erase_words(tx, party, refused)?;
    let gone = tx.execute(
        sql!(
            "UPDATE parties SET status = 'erased', name = 'Somebody', folded = 'somebody', email = NULL,
               version = version + 1 WHERE id = $1 AND kind = 'absent'"
        ),
        &[&party],
    )?;
    if gone > 0 {
        tx.execute(sql!("DELETE FROM links WHERE party_id = $1 AND purpose <> 'vouch'"), &[&party])?;
        tx.execute(
            sql!("UPDATE letters SET address = '', to_name = '', plain = '', html = '' WHERE party_id = $1"),
            &[&party],
        )?;
    }
    Ok(())
}
