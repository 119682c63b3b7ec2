//! The letters: the question, and that the answers are open. Neither holds an answer.

use super::rules::Role;
use super::store::{self, Case};
use crate::error::Result;
use crate::mail::{self, Letter, Part};
use crate::{links, say, vouches};
use ::store::{DAY, Tx};

/// Letters to a client without an account, per referral.
const LETTERS_TO_A_CLIENT: i64 = 5;

/// The question as a subject line.
fn question(case: &Case, role: Role) -> String {
    let (client, professional) = (case.client.first(), case.professional.first());
    match role {
        Role::Client => format!("Was {professional} the right person for you?"),
        Role::Professional => format!("Was {client} a good job for you?"),
        Role::Referrer => format!("Are you glad you introduced {client} and {professional}?"),
    }
}

/// Whether somebody may be written to: members always, a client without an account five times and not after "stop".
fn address<'a>(tx: &mut Tx<'_>, case: &'a Case, role: Role) -> Result<Option<(&'a str, Option<i64>)>> {
    let side = case.side(role);
    let Some(address) = side.email.as_deref() else { return Ok(None) };
    if side.kind == "member" {
        return Ok(Some((address, None)));
    }
    let sent = store::letters_about(tx, case.id, side.id)?;
    let may = sent < LETTERS_TO_A_CLIENT && case.stopped_at.is_none();
    Ok(may.then_some((address, Some(sent + 1))))
}

fn post(
    tx: &mut Tx<'_>,
    public_url: &str,
    case: &Case,
    role: Role,
    subject: String,
    words: Vec<String>,
    button: &str,
) -> Result<()> {
    let Some((address, number)) = address(tx, case, role)? else { return Ok(()) };
    let side = case.side(role);
    let token = links::issue(tx, "outcome", side.id, case.id, store::LINK_DAYS)?;
    let mut words = words.into_iter().map(Part::Text);
    let mut parts: Vec<Part> = words.next().into_iter().collect();
    parts.push(Part::Button(button.to_owned(), format!("/outcomes/{token}")));
    parts.extend(words);
    if let Some(number) = number {
        parts.push(Part::Text(format!(
            "You get at most {LETTERS_TO_A_CLIENT} letters about this; this is number {number}. “No more letters” at the end of \
             that page ends them."
        )));
    }
    let letter = Letter {
        kind: "outcome",
        about: Some(case.id),
        to: Some(side.id),
        address,
        name: &side.name,
        subject,
        parts,
        card: None,
    };
    mail::post(tx, public_url, &letter)?;
    Ok(())
}

/// Asks one of the three. The referrer's letter does not say how it went: the client chose how much of that they read.
pub(super) fn ask(tx: &mut Tx<'_>, public_url: &str, case: &Case, role: Role, closes: i64) -> Result<()> {
    let side = case.side(role);
    let question = question(case, role);
    if side.kind == "member" {
        vouches::notify(tx, side.id, "outcome", &question, &format!("/referrals/{}/outcome", case.id))?;
    }
    let (client, professional, referrer) = (case.client.first(), case.professional.first(), case.referrer.first());
    let who = match role {
        Role::Client => format!(
            "{referrer} introduced you to {professional}, {}. Now that some time has passed: how was it?",
            say::a(case.trade())
        ),
        Role::Professional => {
            format!("{referrer} introduced you to {client}. Now that some time has passed: how was it?")
        }
        Role::Referrer => format!("You introduced {client} and {professional}. “I heard nothing” is an answer too."),
    };
    let now = tx.now();
    let days = (closes - now).div_euclid(DAY);
    let sealed = format!(
        "Three taps, no need to sign in. Your answer is sealed: {} answer too, and nobody reads any of it before all three have \
         answered, or {} have passed. Until then you may change it.",
        case.others(role),
        say::count(days, "day")
    );
    post(tx, public_url, case, role, question, vec![who, sealed], "Answer")
}

/// Tells one of the three that the answers are open: by letter those who answered, on the site every member.
pub(super) fn tell_open(tx: &mut Tx<'_>, public_url: &str, case: &Case, role: Role, answered: bool) -> Result<()> {
    let side = case.side(role);
    let about = match role {
        Role::Client => format!("about {}", case.professional.first()),
        Role::Professional => format!("about the job for {}", case.client.first()),
        Role::Referrer => format!("about {} and {}", case.client.first(), case.professional.first()),
    };
    if side.kind == "member" {
        let words = format!("The answers {about} are open.");
        vouches::notify(tx, side.id, "outcome", &words, &format!("/referrals/{}/outcome", case.id))?;
    }
    if !answered {
        return Ok(());
    }
    let words = vec![
        "You answered, and so did the others, or their time is over. What was not private can be read now.".to_owned(),
    ];
    post(tx, public_url, case, role, format!("The answers {about} are open"), words, "Read them")
}
