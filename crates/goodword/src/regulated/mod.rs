//! Fields in which referral is regulated: off, from member to member only, or open; enforced wherever somebody asks, offers or
//! answers, and said to the asker and to the admins. Not legal advice, and the pages say so.

#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use crate::key::Key;
use crate::{live, roles, say, settings, vouches};
use occupations::Regulated;
use store::{Tx, sql};

/// What a network allows in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nobody is referred.
    Off,
    /// Both the client and the professional are members; nothing is posted beyond them.
    Members,
    /// As in any other field.
    Open,
}

/// Value, title and explanation, for forms.
pub const POLICIES: [(&str, &str, &str); 3] = [
    ("member", "From member to member", "As shipped: client and professional are both members"),
    ("off", "Off", "Nobody is referred in this field here"),
    ("open", "Open", "As in any other field"),
];

impl Policy {
    /// Reads what a form sent or a row holds.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "member" => Some(Self::Members),
            "open" => Some(Self::Open),
            _ => None,
        }
    }
}

/// Why a field is regulated, if it is.
pub fn kind(code: &str) -> Option<Regulated> {
    occupations::by_code(code).and_then(|o| occupations::regulated(o.index))
}

/// The settings that decide a field: its own, that of its kind.
fn names(code: &str) -> (String, &'static str) {
    let group = match kind(code) {
        Some(Regulated::Law) => "regulated law",
        Some(Regulated::Health) => "regulated health",
        Some(Regulated::Settlement) => "regulated settlement",
        None => "",
    };
    (format!("field {code}"), group)
}

/// The field's own setting, else that of its kind, else as shipped.
fn decide(own: Option<&str>, of_kind: Option<&str>, is_regulated: bool) -> Policy {
    let shipped = if is_regulated { Policy::Members } else { Policy::Open };
    own.and_then(Policy::parse).or_else(|| of_kind.and_then(Policy::parse)).unwrap_or(shipped)
}

/// What this network allows in a field.
///
/// # Errors
/// The database's.
pub fn policy(tx: &mut Tx<'_>, code: &str) -> Result<Policy> {
    let (own, group) = names(code);
    let found: Vec<(String, String)> =
        tx.rows(sql!("SELECT name, value FROM settings WHERE name IN ($1, $2)"), &[&own, &group], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let value = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    Ok(decide(value(&own), value(group), !group.is_empty()))
}

/// What this network allows, for the page that says who it is: each kind of field in words, and single fields that differ.
///
/// # Errors
/// The database's.
pub fn summary(tx: &mut Tx<'_>) -> Result<Vec<(String, &'static str)>> {
    let set: Vec<(String, String)> = tx.rows(
        sql!("SELECT name, value FROM settings WHERE name LIKE 'regulated %' OR name LIKE 'field %' ORDER BY name"),
        &[],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let value = |name: &str| set.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let kinds = [
        ("Lawyers", "regulated law"),
        ("Health professionals", "regulated health"),
        ("People who take part in buying a home", "regulated settlement"),
    ];
    let kinds = kinds.map(|(title, name)| (title.to_owned(), in_words(decide(None, value(name), true))));
    let single = set.iter().filter_map(|(name, value)| {
        let code = name.strip_prefix("field ")?;
        Some((live::field_name(code).to_owned(), in_words(Policy::parse(value)?)))
    });
    Ok(kinds.into_iter().chain(single).collect())
}

fn in_words(policy: Policy) -> &'static str {
    match policy {
        Policy::Off => "nobody is referred here",
        Policy::Members => "from member to member only",
        Policy::Open => "as in any other field",
    }
}

/// Refuses a referral that this network does not allow; tells the admins of the first one in a regulated field.
///
/// # Errors
/// [`Error::Forbidden`] with the reason.
pub fn check(tx: &mut Tx<'_>, code: &str, client_is_member: bool) -> Result<()> {
    match policy(tx, code)? {
        Policy::Off => Err(Error::Forbidden(
            "Referral in this field is switched off on this network. Nothing was sent.".into(),
        )),
        Policy::Members if !client_is_member => Err(Error::Forbidden(
            "Referral in this field is regulated in many places; on this network it passes from member to member only. \
             Nothing was sent."
                .into(),
        )),
        _ => tell_admins(tx, code),
    }
}

/// Refuses to show a need in a regulated field, or an answer to one, to more people than the field allows.
///
/// # Errors
/// [`Error::Forbidden`] with the reason.
pub fn check_posting(tx: &mut Tx<'_>, code: &str, beyond_members: bool) -> Result<()> {
    match policy(tx, code)? {
        Policy::Off => Err(Error::Forbidden(
            "Referral in this field is switched off on this network. Nothing was changed.".into(),
        )),
        Policy::Members if beyond_members => Err(Error::Forbidden(
            "Referral in this field passes from member to member only on this network, so the need can be shown to members at \
             most. Nothing was changed."
                .into(),
        )),
        _ => Ok(()),
    }
}

/// Once a field: the admins hear that it is used here.
fn tell_admins(tx: &mut Tx<'_>, code: &str) -> Result<()> {
    let Some(kind) = kind(code) else { return Ok(()) };
    let name = format!("told field {code}");
    let told: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = $1"), &[&name])?;
    if told.is_some() {
        return Ok(());
    }
    settings::put(tx, &name, "yes")?;
    let words = format!(
        "A first referral to {} was asked for here. {} Please check that the setting fits your place.",
        say::a(live::field_noun(code)),
        law(kind)
    );
    for admin in roles::keepers(tx, true)? {
        vouches::notify(tx, admin, "regulated", &words, "/admin/settings")?;
    }
    Ok(())
}

fn law(kind: Regulated) -> &'static str {
    match kind {
        Regulated::Law => {
            "Referral to lawyers is regulated in many places (ABA Model Rule 7.2(b)(4), California Bus. & Prof. Code §6155)."
        }
        Regulated::Health => {
            "Referral to health professionals is regulated in many places (42 U.S.C. §1320a-7b, California Bus. & Prof. Code §650)."
        }
        Regulated::Settlement => "Referral around buying a home is regulated in many places (12 U.S.C. §2607).",
    }
}

/// What the asker reads beside an answer in a regulated field. From memory: the answer keeps its budget of statements.
pub fn notice(memory: &live::Memory, code: &str) -> Option<String> {
    let (own, group) = names(code);
    let value = |name: &str| memory.settings.get(name).map(String::as_str);
    let policy = decide(value(&own), value(group), !group.is_empty());
    let Some(kind) = kind(code) else {
        let off = "Referral in this field is switched off on this network: you can look, but nobody can be asked.";
        return (policy == Policy::Off).then(|| off.to_owned());
    };
    let here = match policy {
        Policy::Off => "It is switched off here: you can look, but nobody can be asked.",
        Policy::Members => "Here it passes from member to member only, and nobody may be paid for it.",
        Policy::Open => "Nobody may be paid for it here.",
    };
    let lawyers =
        if kind == Regulated::Law { " A reciprocal arrangement with a lawyer is always disclosed." } else { "" };
    Some(format!("{} {here}{lawyers} This is not legal advice.", law(kind)))
}

/// What is said of a lawyer and somebody who recommend clients to each other, wherever the word of one for the other is read.
pub fn arrangement_words(one: &str, other: &str) -> String {
    format!("{one} and {other} recommend clients to each other")
}

/// What the client reads where a lawyer and somebody else, either of them the referrer, refer to each other: disclosed always,
/// not only as a count.
///
/// # Errors
/// The database's.
pub fn arrangement(
    tx: &mut Tx<'_>,
    code: &str,
    referrer: (Key, &str),
    professional: (Key, &str),
) -> Result<Option<String>> {
    let both: Option<bool> = tx.value(
        sql!(
            "SELECT ($3 OR EXISTS (SELECT 1 FROM professions WHERE party_id IN ($1, $2) AND field = '23-1011.00'))
               AND (EXISTS (SELECT 1 FROM referrals WHERE referrer_id = $1 AND professional_id = $2 AND introduced_at IS NOT NULL)
               OR EXISTS (SELECT 1 FROM vouches WHERE from_id = $1 AND to_id = $2 AND state = 'live'))
               AND (EXISTS (SELECT 1 FROM referrals WHERE referrer_id = $2 AND professional_id = $1 AND introduced_at IS NOT NULL)
               OR EXISTS (SELECT 1 FROM vouches WHERE from_id = $2 AND to_id = $1 AND state = 'live'))"
        ),
        &[&referrer.0, &professional.0, &(kind(code) == Some(Regulated::Law))],
    )?;
    Ok((both == Some(true)).then(|| {
        format!(
            "{}. Nobody is bound to: you may choose anybody",
            arrangement_words(say::first_name(referrer.1), say::first_name(professional.1))
        )
    }))
}
