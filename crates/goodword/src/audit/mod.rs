//! The audit log: who did what to whom or what in the network's keeping, and when. Only ever added to.

mod pages;
#[cfg(test)]
mod tests;

pub use pages::routes;

use crate::error::Result;
use crate::key::Key;
use crate::webhooks;
use store::{Tx, sql};

/// What an act was done to.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// A member, a client, a guest.
    Person(Key),
    /// Something else that has an id, by what it is: `report`, `job`, `post`.
    Thing(&'static str, Key),
    /// The network itself, by what of it: `settings`.
    Network(&'static str),
}

/// Notes an act, in the transaction that does it. `detail` holds neither secrets nor anybody's name, address or words:
/// people are in it by id, so that an erased person is gone from here too.
///
/// # Errors
/// The database's.
pub fn log(tx: &mut Tx<'_>, actor: Option<Key>, act: &str, subject: Subject, detail: &str) -> Result<()> {
    let (kind, id) = match subject {
        Subject::Person(id) => ("person", Some(id)),
        Subject::Thing(kind, id) => (kind, Some(id)),
        Subject::Network(kind) => (kind, None),
    };
    let (row, now) = (tx.id(), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO audit_log (id, actor_id, act, subject_kind, subject_id, detail, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &[&row, &actor, &act, &kind, &id, &detail, &now],
    )?;
    match told_as(act) {
        Some(topic) => webhooks::announce(tx, topic, act, &path(subject)),
        None => Ok(()),
    }
}

/// What the network's webhooks are told an act is about; `None` for what is a member's own affair.
fn told_as(act: &str) -> Option<&'static str> {
    Some(match act {
        "account paused" | "account reopened" | "erasure asked for" | "erasure taken back" | "person erased" => {
            "member"
        }
        "report closed" => "report",
        "warning given" | "warning lifted" | "suspension given" | "suspension lifted" | "appeal made"
        | "appeal answered" => "sanction",
        "licence seen" | "licence not seen" | "role granted" | "role revoked" | "settings changed"
        | "branch detached" | "job retried" | "job given up" => "keeping",
        _ => return None,
    })
}

/// Where the admins' pages show it.
fn path(subject: Subject) -> String {
    match subject {
        Subject::Person(id) => format!("/admin/people/{id}"),
        Subject::Thing(kind, id) => format!("/admin/{kind}s/{id}"),
        Subject::Network(kind) => format!("/admin/{kind}"),
    }
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id; later lines have larger ones.
    pub id: Key,
    /// Who did it, by name; `None`: the program itself.
    pub actor: Option<String>,
    /// What.
    pub act: String,
    /// To what kind of thing.
    pub kind: String,
    /// To whom, by name, where it is a person.
    pub person: Option<String>,
    /// Their page in the admin pages, or the id of the thing.
    pub subject: Option<Key>,
    /// More.
    pub detail: String,
    /// µs.
    pub at: i64,
}

/// What to look for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Filter {
    /// One act only.
    pub act: String,
    /// Part of the name of who did it or whom it concerns.
    pub who: String,
    /// Older than this line.
    pub before: String,
}

/// The newest lines first, `limit` at most.
///
/// # Errors
/// The database's.
pub fn lines(tx: &mut Tx<'_>, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let who = crate::people::pattern(&formats::name::fold(&filter.who));
    let before: Option<Key> = filter.before.parse().ok();
    let last = before.unwrap_or(Key(store::Uuid::from_u128(u128::MAX)));
    Ok(tx.rows(
        sql!(
            "SELECT l.id, a.name, l.act, l.subject_kind, p.name, l.subject_id, l.detail, l.at
             FROM audit_log l LEFT JOIN parties a ON a.id = l.actor_id
               LEFT JOIN parties p ON p.id = l.subject_id AND l.subject_kind = 'person'
             WHERE l.id < $1 AND ($2 = '' OR l.act = $2)
               AND ($3 = '' OR a.folded LIKE $3 ESCAPE '!' OR p.folded LIKE $3 ESCAPE '!')
             ORDER BY l.id DESC LIMIT $4"
        ),
        &[&last, &filter.act, &who, &limit],
        |r| {
            Ok(Line {
                id: r.get(0)?,
                actor: r.get(1)?,
                act: r.get(2)?,
                kind: r.get(3)?,
                person: r.get(4)?,
                subject: r.get(5)?,
                detail: r.get(6)?,
                at: r.get(7)?,
            })
        },
    )?)
}

/// The acts that occur, to choose from.
///
/// # Errors
/// The database's.
pub fn acts(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    Ok(tx.rows(sql!("SELECT DISTINCT act FROM audit_log ORDER BY act"), &[], |r| r.get(0))?)
}

/// The log as CSV. A cell that a spreadsheet would run as a formula is quoted with an apostrophe.
pub fn csv(lines: &[Line], zone: &jiff::tz::TimeZone) -> String {
    let mut text = String::from("at,actor,act,kind,subject,person,detail\r\n");
    for line in lines {
        let subject = line.subject.map(|k| k.to_string()).unwrap_or_default();
        let cells = [
            crate::say::machine(&line.at, zone),
            line.actor.clone().unwrap_or_default(),
            line.act.clone(),
            line.kind.clone(),
            subject,
            line.person.clone().unwrap_or_default(),
            line.detail.clone(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn csv_cell(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}
