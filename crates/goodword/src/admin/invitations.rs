//! The tree of invitations: who brought whom, and cutting a branch from whoever brought it.

use crate::audit::{self, Subject};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::Frame;
use crate::path::Path;
use crate::roles::Role;
use crate::viewer::Visit;
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use store::{Row, Tx, sql};

/// Rows on a page.
const ROWS: i64 = 50;
/// How deep the tree is followed.
const DEEPEST: i64 = 40;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Whose branch; empty: those whom nobody invited.
    of: String,
    page: String,
}

/// Somebody in the tree.
pub(super) struct Leaf {
    pub id: Key,
    pub name: String,
    pub kind: String,
    pub status: String,
    pub suspended: bool,
    pub joined_at: i64,
    /// How many they invited themselves.
    pub invited: i64,
    /// How many hang from them altogether.
    pub branch: i64,
}

fn leaf(r: &Row<'_>) -> store::Result<Leaf> {
    Ok(Leaf {
        id: r.get(0)?,
        name: r.get(1)?,
        kind: r.get(2)?,
        status: r.get(3)?,
        suspended: r.get(4)?,
        joined_at: r.get(5)?,
        invited: r.get(6)?,
        branch: 0,
    })
}

/// Who was invited by `of` (`None`: by nobody), members before those who have not answered yet; those after one of them,
/// where one is named.
pub(super) fn children(
    tx: &mut Tx<'_>,
    of: Option<Key>,
    after: Option<Key>,
    first: i64,
    rows: i64,
) -> Result<Vec<Leaf>> {
    let now = tx.now();
    let mut found = tx.rows(
        sql!(
            "SELECT p.id, p.name, p.kind, p.status,
               EXISTS (SELECT 1 FROM sanctions s WHERE s.party_id = p.id AND s.kind = 'suspension' AND s.lifted_at IS NULL
                 AND (s.ends_at IS NULL OR s.ends_at > $2)),
               p.joined_at, (SELECT COUNT(*) FROM parties c WHERE c.invited_by = p.id AND c.kind = 'member')
             FROM parties p
             WHERE p.status <> 'erased' AND p.kind IN ('member', 'absent')
               AND ((CAST($1 AS UUID) IS NULL AND p.invited_by IS NULL AND p.kind = 'member') OR p.invited_by = $1)
               AND (CAST($5 AS UUID) IS NULL OR EXISTS (SELECT 1 FROM parties c WHERE c.id = $5 AND (p.kind < c.kind
                 OR (p.kind = c.kind AND (p.joined_at < c.joined_at OR (p.joined_at = c.joined_at AND p.id > c.id))))))
             ORDER BY p.kind DESC, p.joined_at DESC, p.id LIMIT $3 OFFSET $4"
        ),
        &[&of, &now, &rows, &first, &after],
        leaf,
    )?;
    let ids: Vec<Key> = found.iter().filter(|l| l.invited > 0).map(|l| l.id).collect();
    let sizes = tx.rows_in(
        sql!(
            "WITH RECURSIVE branch (root, id, depth) AS (
               SELECT p.id, p.id, CAST(0 AS BIGINT) FROM parties p WHERE p.id IN ($list)
               UNION ALL
               SELECT b.root, c.id, b.depth + 1 FROM branch b JOIN parties c ON c.invited_by = b.id
               WHERE b.depth < $1 AND c.kind = 'member')
             SELECT root, COUNT(*) - 1 FROM branch GROUP BY root"
        ),
        &[&DEEPEST],
        &ids,
        |r| Ok((r.get::<Key>(0)?, r.get::<i64>(1)?)),
    )?;
    for leaf in &mut found {
        leaf.branch = sizes.iter().find(|(id, _)| *id == leaf.id).map_or(0, |(_, n)| *n);
    }
    Ok(found)
}

/// From somebody up to the root: id and name, the root first.
pub(super) fn line_up(tx: &mut Tx<'_>, from: Key) -> Result<Vec<(Key, String)>> {
    let mut line = tx.rows(
        sql!(
            "WITH RECURSIVE up (id, name, invited_by, depth) AS (
               SELECT p.id, p.name, p.invited_by, CAST(0 AS BIGINT) FROM parties p
               WHERE p.id = $1 AND p.status <> 'erased'
               UNION ALL
               SELECT p.id, p.name, p.invited_by, u.depth + 1 FROM up u JOIN parties p ON p.id = u.invited_by
               WHERE u.depth < $2)
             SELECT id, name FROM up ORDER BY depth"
        ),
        &[&from, &DEEPEST],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    line.reverse();
    Ok(line)
}

#[derive(Template)]
#[template(path = "admin/invitations.html")]
struct Tree {
    frame: Frame,
    line: Vec<(Key, String)>,
    leaves: Vec<Leaf>,
    of: Option<Key>,
    page: i64,
    more: bool,
}

impl Tree {
    fn url(&self, page: i64) -> String {
        let of = self.of.map(|k| format!("of={k}&")).unwrap_or_default();
        format!("/admin/invitations?{of}page={page}")
    }

    /// Whose branch is shown.
    fn root(&self) -> Option<&(Key, String)> {
        self.line.last()
    }

    /// Who brought them.
    fn inviter(&self) -> Option<&(Key, String)> {
        self.line.iter().rev().nth(1)
    }
}

pub(super) async fn tree(visit: Visit, Query(asked): Query<Asked>) -> Result<Response> {
    let (of, page) = (asked.of.parse::<Key>().ok(), super::page_of(&asked.page));
    let (frame, (line, mut leaves)) = visit
        .read(move |tx, who| {
            who.moderator()?;
            let line = of.map(|of| line_up(tx, of)).transpose()?.unwrap_or_default();
            if of.is_some() && line.is_empty() {
                return Err(Error::NotFound);
            }
            Ok((line, children(tx, of, None, (page - 1) * ROWS, ROWS + 1)?))
        })
        .await?;
    let rows = usize::try_from(ROWS).unwrap_or(50);
    let more = leaves.len() > rows;
    leaves.truncate(rows);
    visit.html(&Tree { frame, line, leaves, of, page, more })
}

/// Cuts somebody, and with them everybody they brought, from whoever invited them.
pub(super) fn cut(tx: &mut Tx<'_>, by: Key, id: Key) -> Result<()> {
    let cut = tx.execute(
        sql!(
            "UPDATE parties SET invited_by = NULL, version = version + 1
             WHERE id = $1 AND invited_by IS NOT NULL AND kind = 'member'"
        ),
        &[&id],
    )?;
    if cut == 0 {
        return Err(Error::NotFound);
    }
    audit::log(tx, Some(by), "branch detached", Subject::Person(id), "")
}

pub(super) async fn detach(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write_as(Role::Moderator, move |tx, me| cut(tx, me.id, id)).await?;
    Ok(visit
        .see(&format!("/admin/invitations?of={id}"), "Detached. They and whom they invited stand by themselves now."))
}
