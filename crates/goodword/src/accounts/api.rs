//! One's own account as JSON: addresses, ways to sign in, devices. What only a browser can do (making a passkey, connecting
//! an account elsewhere) is not here.

use super::passkeys::{self, Passkey};
use super::providers::{self, Connected};
use super::sessions::{self, Device};
use super::{account, email_change, throttle};
use crate::api::{Done, Id, Json, Moment};
use crate::app::App;
use crate::error::Result;
use crate::input::{Email, Title};
use crate::key::Key;
use crate::viewer::Visit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(change_address, keep_address))
        .routes(routes!(devices, end_others))
        .routes(routes!(end))
        .routes(routes!(keys))
        .routes(routes!(rename_key, remove_key))
        .routes(routes!(disconnect))
}

/// A new address that waits for a yes.
#[derive(Debug, Serialize, ToSchema)]
struct Changing {
    email: String,
    /// The old address has agreed.
    old_agreed: bool,
    /// The new one has.
    new_agreed: bool,
}

/// An account elsewhere that signs one in.
#[derive(Debug, Serialize, ToSchema)]
struct Connection {
    id: Key,
    /// As the operator calls it.
    provider: String,
    /// What the account is called there.
    label: String,
    created_at: Moment,
    used_at: Moment,
}

/// How I sign in.
#[derive(Debug, Serialize, ToSchema)]
struct Account {
    email: Option<String>,
    changing: Option<Changing>,
    /// A letter can be a way in.
    letters: bool,
    connections: Vec<Connection>,
    passkeys: usize,
    /// One way in can be taken off, since another is left.
    removable: bool,
}

/// My account: address and ways to sign in
#[utoipa::path(get, path = "/api/v1/me/account", tag = "Account",
    responses((status = 200, description = "For me only", body = Account)))]
async fn show(visit: Visit) -> Result<Json<Account>> {
    let letters = account::letters_leave(&visit.app);
    let (_, (email, waiting, connected, passkeys, ways)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            Ok((
                account::address(tx, me)?,
                email_change::waiting(tx, me)?,
                providers::connected(tx, me)?,
                passkeys::of(tx, me)?.len(),
                account::ways_in(tx, me, letters)?,
            ))
        })
        .await?;
    let all = &visit.app.site.providers;
    let told = |c: Connected| Connection {
        id: c.id,
        provider: all.name_of(&c.provider).to_owned(),
        label: c.label,
        created_at: Moment(c.created_at),
        used_at: Moment(c.used_at),
    };
    Ok(Json(Account {
        email,
        changing: waiting.map(|w| Changing { email: w.new_email, old_agreed: w.old_yes, new_agreed: w.new_yes }),
        letters,
        connections: connected.into_iter().map(told).collect(),
        passkeys,
        removable: ways > 1,
    }))
}

/// A new address.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Address {
    #[schema(value_type = Email, required = true)]
    email: String,
}

/// Change my address
///
/// Two letters leave, one to each address. Both have to say yes, in a browser.
#[utoipa::path(post, path = "/api/v1/me/account/email", tag = "Account", request_body = Address,
    responses((status = 202, description = "Both are asked", body = Done)))]
async fn change_address(visit: Visit, Json(sent): Json<Address>) -> Result<Response> {
    throttle::by_address(&visit)?;
    let email = Email::parse("email", &sent.email)?;
    let (url, network) = (visit.app.site.public_url.clone(), visit.app.network());
    visit.write(move |tx, me| email_change::ask(tx, &url, &network, me.id, &email)).await?;
    let said = "Two letters are on their way: one to each address. Both have to say yes.";
    Ok((StatusCode::ACCEPTED, Done::new(said)).into_response())
}

/// Keep my address after all
#[utoipa::path(delete, path = "/api/v1/me/account/email", tag = "Account",
    responses((status = 200, description = "It stays", body = Done)))]
async fn keep_address(visit: Visit) -> Result<Json<Done>> {
    visit.write(|tx, me| email_change::end_all(tx, me.id)).await?;
    Ok(Done::new("Your address stays as it is."))
}

/// A device somebody is signed in on.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceShown {
    id: Key,
    /// “Firefox on Windows”.
    what: String,
    since: Moment,
    /// To the hour.
    seen_at: Moment,
    /// It stays signed in when the browser closes.
    remembered: bool,
    /// The one that asks.
    this: bool,
}

impl From<Device> for DeviceShown {
    fn from(d: Device) -> Self {
        Self {
            id: d.id,
            what: d.what,
            since: Moment(d.since),
            seen_at: Moment(d.seen_at),
            remembered: d.remembered,
            this: d.this,
        }
    }
}

/// Where I am signed in, this device first
#[utoipa::path(get, path = "/api/v1/me/account/sessions", tag = "Account",
    responses((status = 200, description = "At most a hundred", body = Vec<DeviceShown>)))]
async fn devices(visit: Visit) -> Result<Json<Vec<DeviceShown>>> {
    let (_, all) = visit.read(|tx, who| sessions::devices(tx, who.member()?.id, who.member()?.session)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Sign out everywhere but here
#[utoipa::path(delete, path = "/api/v1/me/account/sessions", tag = "Account",
    responses((status = 200, description = "Signed out; with a token, on every device", body = Done)))]
async fn end_others(visit: Visit) -> Result<Json<Done>> {
    let ended = visit.write(|tx, me| sessions::revoke_others(tx, me.id, me.session)).await?;
    Ok(Done::new(&format!("Signed out on {}.", crate::say::count(ended, "device"))))
}

/// Sign out one device
#[utoipa::path(delete, path = "/api/v1/me/account/sessions/{id}", tag = "Account", params(("id" = Key, Path)),
    responses((status = 200, description = "Signed out", body = Done)))]
async fn end(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    visit.write(move |tx, me| sessions::revoke(tx, me.id, id)).await?;
    Ok(Done::new("Signed out there."))
}

/// A passkey; its key is with its device.
#[derive(Debug, Serialize, ToSchema)]
struct PasskeyShown {
    id: Key,
    name: String,
    /// Kept by a keychain, not by one device alone.
    backed_up: bool,
    created_at: Moment,
    used_at: Option<Moment>,
}

impl From<Passkey> for PasskeyShown {
    fn from(p: Passkey) -> Self {
        Self {
            id: p.id,
            name: p.name,
            backed_up: p.backed_up,
            created_at: Moment(p.created_at),
            used_at: p.used_at.map(Moment),
        }
    }
}

/// My passkeys, oldest first
#[utoipa::path(get, path = "/api/v1/me/account/passkeys", tag = "Account",
    responses((status = 200, description = "At most twenty", body = Vec<PasskeyShown>)))]
async fn keys(visit: Visit) -> Result<Json<Vec<PasskeyShown>>> {
    let (_, all) = visit.read(|tx, who| passkeys::of(tx, who.member()?.id)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// A name.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Named {
    #[schema(value_type = Title, required = true)]
    name: String,
}

/// Rename a passkey
#[utoipa::path(put, path = "/api/v1/me/account/passkeys/{id}", tag = "Account", params(("id" = Key, Path)),
    request_body = Named, responses((status = 200, description = "Renamed", body = Done)))]
async fn rename_key(visit: Visit, Id(id): Id, Json(sent): Json<Named>) -> Result<Json<Done>> {
    let name = Title::parse("name", &sent.name)?;
    visit.write(move |tx, me| passkeys::rename(tx, me.id, id, &name)).await?;
    Ok(Done::new("Renamed."))
}

/// Take a passkey off
#[utoipa::path(delete, path = "/api/v1/me/account/passkeys/{id}", tag = "Account", params(("id" = Key, Path)),
    responses((status = 200, description = "Taken off", body = Done)))]
async fn remove_key(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    let letters = account::letters_leave(&visit.app);
    visit
        .write(move |tx, me| {
            passkeys::remove(tx, me.id, id)?;
            account::keep_a_way_in(tx, me.id, letters)
        })
        .await?;
    Ok(Done::new("Taken off: it opens nothing here any more."))
}

/// Disconnect an account elsewhere
#[utoipa::path(delete, path = "/api/v1/me/account/connections/{id}", tag = "Account", params(("id" = Key, Path)),
    responses((status = 200, description = "Disconnected", body = Done)))]
async fn disconnect(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    let letters = account::letters_leave(&visit.app);
    visit
        .write(move |tx, me| {
            providers::disconnect(tx, me.id, id)?;
            account::keep_a_way_in(tx, me.id, letters)
        })
        .await?;
    Ok(Done::new("Disconnected: it opens nothing here any more."))
}
