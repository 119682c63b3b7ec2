//! “Account and sign-in”: the ways a member signs in, and the devices they are signed in on.

use super::Button;
use super::email_change::{self, Waiting};
use super::passkeys::{self, Passkey};
use super::providers::{self, Connected};
use super::sessions::{self, Device};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::mail::Way;
use crate::page::Frame;
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use store::{Tx, sql};

/// `/account` and its devices.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(show))
        .route("/account/sessions/{id}/end", post(end))
        .route("/account/sessions/end-others", post(end_others))
}

#[derive(Template)]
#[template(path = "accounts/account.html")]
struct Account {
    frame: Frame,
    email: Option<String>,
    waiting: Option<Waiting>,
    letters: bool,
    connected: Vec<(String, Connected)>,
    /// Those that could be connected as well.
    others: Vec<Button>,
    providers: bool,
    passkeys: Vec<Passkey>,
    /// Whether there can be any at this address.
    passkeys_work: bool,
    devices: Vec<Device>,
    /// Whether one way to sign in may be taken off.
    removable: bool,
}

async fn show(visit: Visit) -> Result<Response> {
    let letters = letters_leave(&visit.app);
    let (frame, (email, waiting, connected, keys, devices, ways)) = visit
        .read(move |tx, who| {
            let me = who.member()?;
            Ok((
                address(tx, me.id)?,
                email_change::waiting(tx, me.id)?,
                providers::connected(tx, me.id)?,
                passkeys::of(tx, me.id)?,
                sessions::devices(tx, me.id, me.session)?,
                ways_in(tx, me.id, letters)?,
            ))
        })
        .await?;
    let all = &visit.app.site.providers;
    let others = all.buttons().into_iter().filter(|b| connected.iter().all(|c| c.provider != b.id)).collect();
    let connected = connected.into_iter().map(|c| (all.name_of(&c.provider).to_owned(), c)).collect();
    let (removable, providers) = (ways > 1, !all.all().is_empty());
    let passkeys_work = passkeys::Party::of(&visit.app.site.public_url).is_some();
    visit.html(&Account {
        frame,
        email,
        waiting,
        letters,
        connected,
        others,
        providers,
        passkeys: keys,
        passkeys_work,
        devices,
        removable,
    })
}

/// Whether a letter can be a way in.
pub fn letters_leave(app: &App) -> bool {
    app.site.demo || !matches!(app.site.mail, Way::Kept)
}

/// Where letters to somebody go.
///
/// # Errors
/// The database's.
pub fn address(tx: &mut Tx<'_>, party: Key) -> Result<Option<String>> {
    Ok(tx.value::<Option<String>>(sql!("SELECT email FROM parties WHERE id = $1"), &[&party])?.flatten())
}

/// How many ways somebody has to sign in.
///
/// # Errors
/// The database's.
pub fn ways_in(tx: &mut Tx<'_>, party: Key, letters: bool) -> Result<i64> {
    let ways = tx.row(
        sql!(
            "SELECT (SELECT COUNT(*) FROM parties p WHERE p.id = $1 AND p.email IS NOT NULL),
               (SELECT COUNT(*) FROM identities i WHERE i.party_id = $1),
               (SELECT COUNT(*) FROM passkeys k WHERE k.party_id = $1)"
        ),
        &[&party],
        |r| Ok((r.get::<i64>(0)?, r.get::<i64>(1)?, r.get::<i64>(2)?)),
    )?;
    let (address, accounts, passkeys) = ways.unwrap_or_default();
    Ok(if letters { address } else { 0 } + accounts + passkeys)
}

/// After a way in was taken off: one has to be left, or it is put back (the transaction fails).
///
/// # Errors
/// [`Error::Conflict`] when it was the last.
pub fn keep_a_way_in(tx: &mut Tx<'_>, party: Key, letters: bool) -> Result<()> {
    if ways_in(tx, party, letters)? > 0 {
        return Ok(());
    }
    Err(Error::Conflict("This is your only way to sign in. Add another one first, then take this one off.".into()))
}

async fn end(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, member| sessions::revoke(tx, member.id, id)).await?;
    Ok(visit.see("/account", "Signed out there."))
}

async fn end_others(visit: Visit) -> Result<Response> {
    let ended = visit.write(|tx, member| sessions::revoke_others(tx, member.id, member.session)).await?;
    Ok(visit.see("/account", &format!("Signed out on {}.", crate::say::count(ended, "other device"))))
}
