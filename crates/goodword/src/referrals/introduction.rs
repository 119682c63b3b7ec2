//! The one place where contact details leave: only after everybody concerned has said yes.

use super::letters::{client_letter, member_letter, need_line};
use super::rules::Role;
use super::store::{self, Referral};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::links;
use crate::mail::Part;
use ::store::{Tx, sql};
use formats::vcard::{self, Card};

/// The contact card of one of the two for the other. Nothing else in the program hands one person's address to another:
/// it reads the consents again, and refuses everybody but client and professional of an introduced referral.
///
/// # Errors
/// [`Error::NotFound`] unless the referrer put the name to it, both said yes, and `reader` is the other of the two.
pub fn contact_for(tx: &mut Tx<'_>, referral: Key, reader: Key) -> Result<Card> {
    let r = store::one(tx, referral)?;
    contact_of(tx, &r, reader)
}

/// As [`contact_for`], where the referral was read in this very snapshot.
pub(super) fn contact_of(tx: &mut Tx<'_>, r: &Referral, reader: Key) -> Result<Card> {
    let agreed =
        r.basis.is_some() && r.client_yes_at.is_some() && r.professional_yes_at.is_some() && r.introduced_at.is_some();
    let other = match r.role(reader) {
        Some(Role::Client) if agreed => &r.professional,
        Some(Role::Professional) if agreed => &r.client,
        _ => return Err(Error::NotFound),
    };
    let found = tx.row(
        sql!(
            "SELECT p.email, p.phone, COALESCE(f.town, ''), COALESCE(f.website, '')
             FROM parties p LEFT JOIN profiles f ON f.party_id = p.id WHERE p.id = $1 AND p.status = 'active'"
        ),
        &[&other.id],
        |row| {
            Ok((
                row.get::<Option<String>>(0)?,
                row.get::<Option<String>>(1)?,
                row.get::<String>(2)?,
                row.get::<String>(3)?,
            ))
        },
    )?;
    let (email, phone, town, website) = found.ok_or(Error::NotFound)?;
    let is_professional = other.id == r.professional.id;
    Ok(Card {
        name: other.name.clone(),
        title: if is_professional { crate::live::field_name(&r.field).to_owned() } else { String::new() },
        emails: email.into_iter().collect(),
        phones: phone.into_iter().collect(),
        links: Some(website).filter(|w| !w.is_empty()).into_iter().collect(),
        town,
        note: format!("Introduced by {}", r.referrer.name),
        uid: format!("urn:uuid:{}", other.id.0),
        ..Card::default()
    })
}

fn lines(card: &Card) -> String {
    let mut all = vec![card.name.clone()];
    all.extend(card.emails.iter().chain(&card.phones).chain(&card.links).cloned());
    all.join("\n")
}

/// After the second yes: each gets the other's details, and the referrer reads that it happened.
///
/// # Errors
/// The database's.
pub fn introduce_if_agreed(tx: &mut Tx<'_>, public_url: &str, r: &Referral) -> Result<()> {
    if r.introduced_at.is_none() || r.state != super::rules::State::Introduced {
        return Ok(());
    }
    let (client, professional) = (&r.client, &r.professional);
    let for_client = contact_for(tx, r.id, client.id)?;
    let for_professional = contact_for(tx, r.id, professional.id)?;
    let subject = format!("{} and you", professional.name);
    let mut parts = vec![
        Part::Text(format!("{} said yes too. These are the details; the card is attached.", professional.name)),
        Part::Quote(lines(&for_client)),
        Part::Text(format!(
            "{} has yours and expects to hear from you, or writes first. Nothing has been agreed: it is for the two of you to see.",
            professional.first()
        )),
    ];
    if client.kind == "member" {
        parts.push(Part::Button("What comes next".into(), format!("/referrals/{}", r.id)));
    }
    let notice = format!("{} said yes. You have each other’s details.", professional.name);
    client_letter(tx, public_url, r, "introduction", (subject, &notice), (parts, Some(vcard::write(&for_client))))?;
    let token = links::issue(tx, "mine", professional.id, r.id, 400)?;
    let parts = vec![
        Part::Text(format!(
            "{} agreed to be introduced to you. These are the details; the card is attached.",
            client.name
        )),
        Part::Quote(lines(&for_professional)),
        Part::Text("What they need:".into()),
        Part::Quote(need_line(r)),
        Part::Text(format!("{} put their name to you: the first word within a day counts most.", r.referrer.name)),
        Part::Button("Say how it goes, without signing in".into(), format!("/mine/{token}")),
    ];
    let (subject, notice) =
        (format!("{} and you", client.name), format!("{} agreed to be introduced to you.", client.name));
    let url = format!("/referrals/{}", r.id);
    let card = Some(vcard::write(&for_professional));
    member_letter(tx, public_url, r, professional, "introduction", (subject, &notice), (parts, card), &url)?;
    let mut told = vec![client.id, professional.id];
    for side in [&r.referrer, &r.asker] {
        if !told.contains(&side.id) {
            told.push(side.id);
            let words = format!("{} and {} are introduced. Thank you.", r.client.name, professional.name);
            crate::vouches::notify(tx, side.id, "introduction", &words, &url)?;
        }
    }
    store::event(tx, r.id, None, "details sent", None, None, "")?;
    super::course::schedule_outcome(tx, r)
}
