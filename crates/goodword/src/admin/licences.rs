//! Licences that members state, looked up by moderators: one that was seen gives standing in its field.

use crate::error::{Error, Result};
use crate::key::Key;
use crate::viewer::Visit;
use crate::{audit, live, roles, vouches};
use axum::extract::{Form, Path};
use axum::response::Response;
use serde::Deserialize;
use store::{Tx, sql};

/// A licence as stated.
pub(super) struct Licence {
    /// Occupation code.
    pub field: String,
    pub stated: String,
    /// When a moderator saw it, µs.
    pub seen_at: Option<i64>,
}

impl Licence {
    pub(super) fn trade(&self) -> &str {
        live::field_name(&self.field)
    }
}

/// What a member states.
pub(super) fn of(tx: &mut Tx<'_>, id: Key) -> Result<Vec<Licence>> {
    Ok(tx.rows(
        sql!(
            "SELECT field, licence, CASE WHEN confirmed_by = 'licence' THEN confirmed_at END FROM professions
             WHERE party_id = $1 AND licence <> '' ORDER BY position, field"
        ),
        &[&id],
        |r| Ok(Licence { field: r.get(0)?, stated: r.get(1)?, seen_at: r.get(2)? }),
    )?)
}

/// Notes that a licence was seen, or that this was an error. The person is told.
///
/// # Errors
/// [`Error::Forbidden`] about oneself, [`Error::Conflict`] when it is stated differently now.
pub(super) fn note(tx: &mut Tx<'_>, me: Key, id: Key, field: &str, stated: &str, seen: bool) -> Result<()> {
    super::people::member(tx, id)?;
    if id == me {
        return Err(Error::Forbidden("Nobody decides about themselves.".into()));
    }
    let now = tx.now();
    let changed = if seen {
        tx.execute(
            sql!(
                "UPDATE professions SET confirmed_by = 'licence', confirmed_at = $1
                 WHERE party_id = $2 AND field = $3 AND licence = $4 AND licence <> ''"
            ),
            &[&now, &id, &field, &stated],
        )?
    } else {
        tx.execute(
            sql!(
                "UPDATE professions SET confirmed_by = NULL, confirmed_at = NULL
                 WHERE party_id = $1 AND field = $2 AND licence = $3 AND confirmed_by = 'licence'"
            ),
            &[&id, &field, &stated],
        )?
    };
    if changed == 0 {
        return Err(Error::Conflict("They state another licence now. Please look again; nothing was changed.".into()));
    }
    tx.change("profession", id.0)?;
    let act = if seen { "licence seen" } else { "licence not seen" };
    audit::log(tx, Some(me), act, audit::Subject::Person(id), field)?;
    let trade = crate::say::a(live::field_noun(field));
    let words = if seen {
        format!("A moderator has seen your licence: your profile says “licence checked” beside your work as {trade}.")
    } else {
        format!("A moderator took back that your licence as {trade} was seen. Your profile says it as stated by you.")
    };
    vouches::notify(tx, id, "role", &words, "/profile/professions")
}

#[derive(Clone, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    field: String,
    /// As the moderator read it.
    #[serde(default)]
    licence: String,
    #[serde(default)]
    seen: String,
}

pub(super) async fn decide(visit: Visit, Path(id): Path<Key>, Form(typed): Form<Typed>) -> Result<Response> {
    let seen = typed.seen == "yes";
    visit
        .write_as(roles::Role::Moderator, move |tx, me| note(tx, me.id, id, &typed.field, &typed.licence, seen))
        .await?;
    let said = if seen { "Noted: the licence was seen. They are told." } else { "Taken back. They are told." };
    Ok(visit.see(&format!("/admin/people/{id}"), said))
}
