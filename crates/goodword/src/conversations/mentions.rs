//! Mentions: `@ana-reyes` in a comment becomes a link to that member, who is told.

use crate::error::Result;
use crate::key::Key;
use std::collections::HashMap;
use store::{Tx, sql};

/// People one comment may mention: more is shouting.
const MOST: usize = 10;

/// Handles that a text names, in order, without doubles.
fn handles(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        before = rest[..at].chars().next_back().unwrap_or(before);
        let handle = handle_at(&rest[at + 1..]);
        let word = rest[..at].rsplit(char::is_whitespace).next().unwrap_or("");
        if !handle.is_empty()
            && begins(before)
            && !word.contains("://")
            && !found.iter().any(|f| f == handle)
            && found.len() < MOST
        {
            found.push(handle.to_owned());
        }
        before = '@';
        rest = &rest[at + 1..];
    }
    found
}

/// Whether an `@` after this begins a mention: not in an address.
fn begins(before: char) -> bool {
    before.is_whitespace() || matches!(before, '(' | '[' | '"' | '“' | '*' | '_' | '>' | ',' | '/')
}

fn handle_at(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')).unwrap_or(text.len());
    text[..end.min(80)].trim_end_matches('-')
}

/// The members a text mentions: handle and party.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, text: &str) -> Result<HashMap<String, Key>> {
    let named = handles(text);
    Ok(tx
        .rows_in(
            sql!("SELECT handle, id FROM parties WHERE kind = 'member' AND status = 'active' AND handle IN ($list)"),
            &[],
            &named,
            |r| Ok((r.get::<String>(0)?, r.get::<Key>(1)?)),
        )?
        .into_iter()
        .collect())
}

/// Turns known mentions in sanitised HTML into links; leaves tags, links and code alone.
pub fn link(html: &str, known: &HashMap<String, Key>) -> String {
    if known.is_empty() {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len() + 64 * known.len());
    let (mut rest, mut inside) = (html, 0usize);
    while let Some(at) = rest.find(['<', '@']) {
        out.push_str(&rest[..at]);
        let before = out.chars().next_back().unwrap_or(' ');
        rest = &rest[at..];
        if rest.starts_with('<') {
            let end = rest.find('>').map_or(rest.len(), |e| e + 1);
            let tag = &rest[..end];
            let shuts = tag.starts_with("</");
            let name = tag.trim_start_matches(['<', '/']);
            if ["a ", "a>", "code", "pre"].iter().any(|n| name.starts_with(n)) {
                inside = if shuts { inside.saturating_sub(1) } else { inside + 1 };
            }
            out.push_str(tag);
            rest = &rest[end..];
            continue;
        }
        let handle = handle_at(&rest[1..]);
        if inside == 0 && begins(before) && known.contains_key(handle) {
            out.push_str(&format!("<a href=\"/people/{handle}\">@{handle}</a>"));
            rest = &rest[1 + handle.len()..];
        } else {
            out.push('@');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// A handle taken out of a text or of its HTML: what mentioned somebody mentions nobody.
fn without(text: &str, handle: &str) -> String {
    let text = text.replace(&format!("<a href=\"/people/{handle}\">@{handle}</a>"), &format!("@{handle}"));
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('@') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if handle_at(rest) == handle {
            out.push_str("somebody");
            rest = &rest[handle.len()..];
        }
    }
    out.push_str(rest);
    out
}

/// Takes somebody who is erased out of what others wrote of them with an `@`.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, party: Key, handle: &str) -> Result<()> {
    if handle.is_empty() {
        return Ok(());
    }
    let texts = |r: &store::Row<'_>| Ok((r.get::<Key>(0)?, r.get::<String>(1)?, r.get::<String>(2)?));
    let comments = tx.rows(
        sql!(
            "SELECT c.id, c.text, c.html FROM mentions m JOIN comments c ON c.id = m.comment_id WHERE m.party_id = $1"
        ),
        &[&party],
        texts,
    )?;
    for (id, text, html) in comments {
        tx.execute(
            sql!("UPDATE comments SET text = $1, html = $2 WHERE id = $3"),
            &[&without(&text, handle), &without(&html, handle), &id],
        )?;
    }
    let posts = tx.rows(
        sql!("SELECT id, text, html FROM posts WHERE text LIKE $1 ESCAPE '!'"),
        &[&crate::people::pattern(&format!("@{handle}"))],
        texts,
    )?;
    for (id, text, html) in posts {
        tx.execute(
            sql!("UPDATE posts SET text = $1, html = $2 WHERE id = $3"),
            &[&without(&text, handle), &without(&html, handle), &id],
        )?;
    }
    tx.execute(sql!("DELETE FROM mentions WHERE party_id = $1"), &[&party])?;
    Ok(())
}

/// Keeps who is mentioned, to be told when the comment is published; whoever was mentioned before stays known, so that
/// nobody is told twice.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Tx<'_>, comment: Key, known: &HashMap<String, Key>) -> Result<()> {
    for party in known.values() {
        tx.execute(
            sql!("INSERT INTO mentions (comment_id, party_id) VALUES ($1, $2) ON CONFLICT (comment_id, party_id) DO NOTHING"),
            &[&comment, party],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_found_and_addresses_are_not() {
        assert_eq!(
            handles("Thanks @ana-reyes, and (@ben). @ana-reyes! mail me@ben.example @@x https://x.example/@eve"),
            ["ana-reyes", "ben"]
        );
        let known = HashMap::from([("ana".to_owned(), Key::default()), ("b-2".to_owned(), Key::default())]);
        assert_eq!(
            link(
                "<p>@ana: see <a href=\"https://x.example/@ana\">@ana</a> <code>@ana</code> x@ana @anna @b-2-</p>",
                &known
            ),
            "<p><a href=\"/people/ana\">@ana</a>: see <a href=\"https://x.example/@ana\">@ana</a> <code>@ana</code> x@ana \
             @anna <a href=\"/people/b-2\">@b-2</a>-</p>"
        );
    }
}
