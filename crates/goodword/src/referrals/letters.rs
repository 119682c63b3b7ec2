//! The letters of a referral: each says who asked for it, what happens next, and that a no is fine.

use super::rules::Role;
use super::store::{Referral, Side};
use crate::error::Result;
use crate::key::Key;
use crate::mail::{self, Letter, Part};
use crate::{links, say, vouches};
use ::store::{DAY, Tx, sql};

/// Links to answer and consent outlive the seven days, so that a late bearer reads what became of it.
const LINK_DAYS: i64 = 30;
/// The page a client comes back to.
const MINE_DAYS: i64 = 400;
/// Letters to a client without an account, per referral.
const LETTERS_TO_A_CLIENT: i64 = 5;

/// Days without an answer: a reminder, the next voice, the end.
pub const REMIND: i64 = 3 * DAY;
/// The asker is offered another voice.
pub const NEXT_VOICE: i64 = 5 * DAY;
/// It is closed.
pub const CLOSE: i64 = 7 * DAY;

fn text(words: impl Into<String>) -> Part {
    Part::Text(words.into())
}

/// The need as it travels: what is known of place, budget and date on its own line.
pub fn need_line(r: &Referral) -> String {
    let need = r.need_now();
    let mut more = vec![r.place.as_str(), r.date.as_str(), r.budget.as_str()];
    more.retain(|m| !m.is_empty() && !need.to_lowercase().contains(&m.to_lowercase()));
    if more.is_empty() { need.to_owned() } else { format!("{need}\n({})", more.join("; ")) }
}

/// A letter to a member, and the same on the site.
///
/// # Errors
/// The database's.
#[expect(clippy::too_many_arguments, reason = "a letter and its notice, said in one place for all callers")]
pub fn member_letter(
    tx: &mut Tx<'_>,
    public_url: &str,
    r: &Referral,
    to: &Side,
    kind: &str,
    (subject, notice): (String, &str),
    (parts, card): (Vec<Part>, Option<String>),
    url: &str,
) -> Result<()> {
    vouches::notify(tx, to.id, kind, notice, url)?;
    let Some(address) = &to.email else { return Ok(()) };
    let letter = Letter { kind, about: Some(r.id), to: Some(to.id), address, name: &to.name, subject, parts, card };
    mail::post(tx, public_url, &letter)?;
    Ok(())
}

/// A letter to the client: to a member as to any member; to somebody without an account at most five, with "stop".
///
/// # Errors
/// The database's.
pub fn client_letter(
    tx: &mut Tx<'_>,
    public_url: &str,
    r: &Referral,
    kind: &str,
    (subject, notice): (String, &str),
    (mut parts, card): (Vec<Part>, Option<String>),
) -> Result<bool> {
    let to = &r.client;
    if to.kind == "member" {
        let url = format!("/referrals/{}", r.id);
        member_letter(tx, public_url, r, to, kind, (subject, notice), (parts, card), &url)?;
        return Ok(true);
    }
    let sent: i64 = tx
        .value(sql!("SELECT COUNT(*) FROM letters WHERE subject_id = $1 AND party_id = $2"), &[&r.id, &to.id])?
        .unwrap_or(0);
    let Some(address) = &to.email else { return Ok(false) };
    if sent >= LETTERS_TO_A_CLIENT || r.client_stopped_at.is_some() {
        return Ok(false);
    }
    let mine = links::issue(tx, "mine", to.id, r.id, MINE_DAYS)?;
    parts.push(Part::Button(
        "Your page: call it off, correct it, stop letters, erase everything".into(),
        format!("/mine/{mine}"),
    ));
    parts.push(text(format!(
        "You get at most {LETTERS_TO_A_CLIENT} letters about this; this is number {}. “Stop” on your page ends them.",
        sent + 1
    )));
    let letter = Letter { kind, about: Some(r.id), to: Some(to.id), address, name: &to.name, subject, parts, card };
    mail::post(tx, public_url, &letter)?;
    Ok(true)
}

fn later(tx: &mut Tx<'_>, r: &Referral, whom: &str) -> Result<()> {
    let (now, key) = (tx.now(), r.id.to_string());
    tx.enqueue(&format!("referral-reminder-{whom}"), &key, "", now + REMIND)?;
    tx.enqueue(&format!("referral-expiry-{whom}"), &key, "", now + CLOSE)?;
    if whom == "referrer" && r.origin == "asked" {
        tx.enqueue("referral-next-voice", &key, "", now + NEXT_VOICE)?;
    }
    Ok(())
}

/// Asks whoever is to be asked now; nobody when all have said yes.
///
/// # Errors
/// The database's.
pub fn ask_next(tx: &mut Tx<'_>, public_url: &str, r: &Referral) -> Result<()> {
    match r.position().waits_for() {
        Some(Role::Client) => ask_client(tx, public_url, r, false),
        Some(Role::Professional) => ask_professional(tx, public_url, r, false),
        Some(Role::Referrer) => ask_referrer(tx, public_url, r, false),
        _ => Ok(()),
    }
}

/// To the referrer: will you put your name to it?
pub(super) fn ask_referrer(tx: &mut Tx<'_>, public_url: &str, r: &Referral, again: bool) -> Result<()> {
    let token = links::issue(tx, "answer", r.referrer.id, r.id, LINK_DAYS)?;
    let (asker, ben, requested) = (&r.asker, &r.professional, r.origin == "requested");
    // Who hears nothing before a yes: the one the question is about.
    let other = if requested { r.client_name() } else { ben.first().to_owned() };
    let subject = if requested {
        format!("{} asks you for an introduction as {}. A no is fine.", asker.first(), say::a(r.trade()))
    } else {
        format!("{} asks you about {}. A no is fine.", asker.first(), say::a(r.trade()))
    };
    let mut parts = Vec::new();
    if again {
        parts
            .push(text("This is the one reminder. If you do nothing, it closes in four days, and nobody is told why."));
    }
    if requested {
        parts.push(text(format!("{} asks you for an introduction to {}:", asker.name, r.client_name())));
    } else {
        let whose = if r.for_client { format!("A client of {}", asker.name) } else { asker.name.clone() };
        parts.push(text(format!("{whose} is looking for {}, and you know {}’s work:", say::a(r.trade()), ben.name)));
    }
    parts.push(Part::Quote(need_line(r)));
    if !r.note.is_empty() {
        parts.push(text(format!("{} adds, for you alone:", asker.first())));
        parts.push(Part::Quote(r.note.clone()));
    }
    parts.push(text(format!(
        "Would you put your name to {}? One sentence is enough. {} reads it; {other} reads it only if you say yes.",
        ben.name,
        asker.first()
    )));
    parts.push(Part::Button("Answer: yes or no".into(), format!("/answers/{token}")));
    parts.push(text(format!(
        "No need to sign in. If not, {} reads “{} cannot help with this one”, whatever the reason, and {other} hears nothing. \
         You will hear what becomes of it as far as the client agrees.",
        asker.first(),
        r.referrer.first()
    )));
    let notice = if requested {
        format!("{} asks you for an introduction to {}.", asker.name, r.client_name())
    } else {
        format!("{} asks you about {}, {}.", asker.name, ben.name, say::a(r.trade()))
    };
    let url = format!("/answers/{}", r.id);
    member_letter(tx, public_url, r, &r.referrer, "ask", (subject, &notice), (parts, None), &url)?;
    if again { Ok(()) } else { later(tx, r, "referrer") }
}

/// To the client: shall we introduce you?
pub(super) fn ask_client(tx: &mut Tx<'_>, public_url: &str, r: &Referral, again: bool) -> Result<()> {
    let token = links::issue(tx, "consent", r.client.id, r.id, LINK_DAYS)?;
    let ben = &r.professional;
    let giver = if r.asker.id == r.client.id { &r.referrer } else { r.giver() };
    let subject = format!("{} would introduce you to {}. A no is fine.", giver.first(), ben.name);
    let mut parts = Vec::new();
    if again {
        parts.push(text("This is the one reminder; in four days it closes by itself."));
    }
    let own = r.asker.id == r.client.id;
    parts.push(text(match r.origin.as_str() {
        _ if own => format!(
            "You asked {} about {}. {0} put their name to {}, and states a tie between the two, which {} has agreed to have \
             shown. Please read it before your details go out.",
            r.referrer.name,
            say::a(r.trade()),
            ben.name,
            ben.first()
        ),
        "recorded" => format!(
            "{} told us that you spoke on the telephone about {}, and asked us to write to you, once. {0} gave us your address \
             for this and nothing else.",
            giver.name, ben.name
        ),
        "requested" => format!(
            "{} asked {} for an introduction to you, and {1} asked us to write to you, once. {1} gave us your address for this \
             and nothing else.",
            ben.name, giver.name
        ),
        _ => format!(
            "{} asked us to write to you, once, about {}. {0} gave us your address for this and nothing else.",
            giver.name,
            say::a(r.trade())
        ),
    }));
    parts.push(text(format!("{} says of {}:", r.referrer.name, ben.name)));
    parts.push(Part::Quote(r.words.clone()));
    parts.push(Part::Button("Read it all, and say yes or no".into(), format!("/consents/{token}")));
    let deletes = if r.client.kind == "member" { "" } else { " and deletes your address here" };
    parts.push(text(format!(
        "{} does not know your name or address, and gets them only if you say yes. A no is one press{deletes}.",
        ben.first()
    )));
    let notice = format!("{} would introduce you to {}.", giver.name, ben.name);
    client_letter(tx, public_url, r, "consent", (subject, &notice), (parts, None))?;
    if again { Ok(()) } else { later(tx, r, "client") }
}

/// To the professional: do you want this one?
pub(super) fn ask_professional(tx: &mut Tx<'_>, public_url: &str, r: &Referral, again: bool) -> Result<()> {
    let token = links::issue(tx, "consent", r.professional.id, r.id, LINK_DAYS)?;
    let subject = format!("{} put their name to you for a client", r.referrer.name);
    let mut parts = Vec::new();
    if again {
        parts.push(text("This is the one reminder; in four days it closes by itself."));
    }
    parts.push(text(format!("{} recommends you as {} to somebody who needs:", r.referrer.name, say::a(r.trade()))));
    parts.push(Part::Quote(need_line(r)));
    parts.push(text(format!("In {}’s words:", r.referrer.first())));
    parts.push(Part::Quote(r.words.clone()));
    if let (true, Some(tie)) = (r.tie_first, r.tie.as_deref().and_then(crate::needs::recommend::tie_words)) {
        parts.push(text(format!(
            "{} says {tie}. With your yes the client reads this too, and is asked next; that is why you are asked first.",
            r.referrer.first()
        )));
    }
    parts.push(Part::Button("Yes, not now, or not my kind of work".into(), format!("/consents/{token}")));
    let after = if r.tie_first { "After the yes of both" } else { "After your yes" };
    parts.push(text(format!(
        "{after} you get each other’s details. Whatever else you answer, they read only “this did not go ahead”."
    )));
    let notice = format!("{} has a client for you.", r.referrer.name);
    let url = format!("/consents/{}", r.id);
    member_letter(tx, public_url, r, &r.professional, "consent", (subject, &notice), (parts, None), &url)?;
    if again { Ok(()) } else { later(tx, r, "professional") }
}

/// It ended without a job: the same sentence whatever the reason, to those who know of it; after the introduction only to
/// those who may.
///
/// # Errors
/// The database's.
pub fn tell_ended(
    tx: &mut Tx<'_>,
    public_url: &str,
    r: &Referral,
    by: Option<Key>,
    ask_instead: Option<&Side>,
) -> Result<()> {
    let url = format!("/referrals/{}", r.id);
    let at_referrer = r.basis.is_none();
    let words = if at_referrer {
        format!("{} cannot help with this one.", r.referrer.first())
    } else {
        format!("This did not go ahead: {} for “{}”.", r.professional.name, crate::say::shorten(r.need_now(), 60))
    };
    if Some(r.asker.id) != by && r.tells_end(r.asker.id) {
        let mut parts = vec![text(words.clone())];
        if let Some(other) = ask_instead {
            parts.push(text(format!("{} suggests asking {}.", r.referrer.first(), other.name)));
        }
        parts.push(Part::Button("See what else you can do".into(), url.clone()));
        let subject = if at_referrer {
            format!("{} cannot help with this one", r.referrer.first())
        } else {
            "This did not go ahead".to_owned()
        };
        member_letter(tx, public_url, r, &r.asker, "ended", (subject, &words), (parts, None), &url)?;
    }
    let mut told = vec![r.asker.id];
    for role in [Role::Referrer, Role::Professional, Role::Client] {
        let side = r.side(role);
        let knows = r.is_known_to(role) && !(at_referrer && role == Role::Referrer) && r.tells_end(side.id);
        if told.contains(&side.id) || Some(side.id) == by || side.kind != "member" || !knows {
            continue;
        }
        told.push(side.id);
        vouches::notify(tx, side.id, "ended", &words, &url)?;
    }
    // Somebody without an account who said yes is waiting to hear.
    if r.client.kind != "member" && r.client_yes_at.is_some() && Some(r.client.id) != by {
        let subject = "This did not go ahead".to_owned();
        client_letter(tx, public_url, r, "ended", (subject, &words), (vec![text(words.clone())], None))?;
    }
    Ok(())
}
