//! Vouches as JSON: mine, one, given, and what can be done with one.

use super::store::{about_after, history, member_by_handle, one, with_work};
use super::{Act, Shown, Typed, act, edit, give, give_absent};
use crate::api::{Id, Item, Json, List, Moment, Query, Reference, created, yes};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Check, Email, Name, Words};
use crate::key::Key;
use crate::path::Path;
use crate::people::api::Side;
use crate::viewer::Visit;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mine, send_absent))
        .routes(routes!(show, change))
        .routes(routes!(send))
        .routes(routes!(deed))
}

/// Somebody’s word for somebody’s work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Vouch {
    id: Key,
    from: Reference,
    to: Reference,
    /// Occupation code.
    field: String,
    /// How the giver knows the work.
    basis: String,
    /// What else ties the two.
    tie: String,
    words: String,
    /// Percent: told to its giver alone.
    confidence: Option<i64>,
    /// `pending`, `live`, `refused`, `withdrawn` or `lapsed`.
    state: String,
    /// By its recipient: neither shown nor counted.
    hidden: bool,
    /// People signed out may read it.
    public: bool,
    given_at: Moment,
    renewed_at: Moment,
}

impl Vouch {
    /// As `reader` may read it.
    pub(crate) fn of(v: Shown, reader: Option<Key>) -> Self {
        Self {
            confidence: (reader == Some(v.from.id)).then_some(v.confidence),
            from: Reference::new(&v.from.name, &v.from.handle),
            to: Reference::new(&v.to.name, &v.to.handle),
            id: v.id,
            field: v.field,
            basis: v.basis,
            tie: v.tie,
            words: v.words,
            state: v.state,
            hidden: v.hidden,
            public: v.public,
            given_at: Moment(v.given_at),
            renewed_at: Moment(v.renewed_at),
        }
    }
}

impl Item for Vouch {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// A vouch with its work, and its history for its two people.
#[derive(Debug, Serialize, ToSchema)]
struct VouchShown {
    #[serde(flatten)]
    vouch: Vouch,
    /// Titles of the work it cites.
    work: Vec<String>,
    /// Empty for anybody but its two people.
    history: Vec<Happened>,
}

/// Something that happened to a vouch.
#[derive(Debug, Serialize, ToSchema)]
struct Happened {
    /// In words.
    what: &'static str,
    at: Moment,
}

/// A vouch as `me` may see it: members see a live one that is not hidden.
fn shown(tx: &mut Tx<'_>, me: Key, id: Key) -> Result<VouchShown> {
    let vouch = one(tx, id)?.ok_or(Error::NotFound)?;
    let concerned = vouch.from.id == me || vouch.to.id == me;
    if !concerned && (vouch.state != "live" || vouch.hidden) {
        return Err(Error::NotFound);
    }
    let work = with_work(tx, id)?;
    let history = if concerned { history(tx, id)? } else { Vec::new() };
    let history =
        history.into_iter().map(|(kind, at)| Happened { what: super::event_words(&kind), at: Moment(at) }).collect();
    Ok(VouchShown { vouch: Vouch::of(vouch, Some(me)), work, history })
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Mine {
    /// Received unless said.
    #[param(inline)]
    show: Side,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// Vouches I received or gave, newest first
#[utoipa::path(get, path = "/api/v1/vouches", tag = "Vouches", params(Mine),
    responses((status = 200, description = "A page of vouches", body = List<Vouch>)))]
async fn mine(visit: Visit, Query(asked): Query<Mine>) -> Result<Response> {
    let received = matches!(asked.show, Side::Received);
    let page = crate::api::Page { limit: asked.limit, cursor: asked.cursor };
    let (after, rows) = (page.after()?, page.rows()?);
    let (_, all) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            Ok(about_after(tx, me, received, after, rows)?.into_iter().map(|v| Vouch::of(v, Some(me))).collect())
        })
        .await?;
    Ok(page.cut(all)?.answer(&visit.path))
}

/// A vouch
#[utoipa::path(get, path = "/api/v1/vouches/{id}", tag = "Vouches", params(("id" = Key, Path)),
    responses((status = 200, description = "The vouch", body = VouchShown)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Json<VouchShown>> {
    Ok(Json(visit.read(move |tx, who| shown(tx, who.member()?.id, id)).await?.1))
}

/// What one says of somebody’s work.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Word {
    /// Occupation code.
    #[schema(required = true)]
    field: String,
    /// `hired`, `worked beside`, `inspected work`, `knows personally` or `heard of`.
    #[schema(required = true)]
    basis: String,
    /// `none`, `friend`, `money`, `family` or `undescribed`; “none” has to be said.
    #[schema(required = true)]
    tie: String,
    /// How likely a typical client would call them the right person, percent.
    #[schema(required = true, minimum = 50, maximum = 99)]
    confidence: i64,
    #[schema(value_type = Words, required = true)]
    words: String,
    /// Ids of work of theirs that you cite.
    #[schema(value_type = Vec<Key>, max_items = 10)]
    work: Vec<String>,
    /// People signed out may read it.
    public: bool,
    /// Only for somebody who is not here: their name.
    #[schema(value_type = Option<Name>)]
    name: Option<String>,
    /// Only for somebody who is not here: their address.
    #[schema(value_type = Option<Email>)]
    email: Option<String>,
}

impl Word {
    fn typed(self) -> Typed {
        Typed {
            field: self.field,
            basis: self.basis,
            tie: self.tie,
            confidence: self.confidence.to_string(),
            words: self.words,
            work: self.work,
            public: yes(self.public),
            name: self.name.unwrap_or_default(),
            email: self.email.unwrap_or_default(),
            ..Typed::default()
        }
    }
}

/// Vouch for a member’s work
///
/// Live at once, unless a tie was stated: then it waits for their yes.
#[utoipa::path(post, path = "/api/v1/people/{handle}/vouches", tag = "Vouches", params(("handle" = String, Path)),
    request_body = Word, responses((status = 201, description = "Given", body = VouchShown)))]
async fn send(visit: Visit, Path(handle): Path<String>, Json(sent): Json<Word>) -> Result<Response> {
    let word = sent.typed().read()?;
    let url = visit.app.site.public_url.clone();
    let given = visit
        .write(move |tx, me| {
            let (to, _) = member_by_handle(tx, &handle)?.ok_or(Error::NotFound)?;
            let id = give(tx, &url, me.id, to, &word)?;
            shown(tx, me.id, id)
        })
        .await?;
    Ok(created(format!("/api/v1/vouches/{}", given.vouch.id), given).into_response())
}

/// Vouch for somebody who is not here
///
/// One letter asks them; nobody sees the words before they say yes.
#[utoipa::path(post, path = "/api/v1/vouches", tag = "Vouches", request_body = Word,
    responses((status = 201, description = "Given", body = VouchShown)))]
async fn send_absent(visit: Visit, Json(sent): Json<Word>) -> Result<Response> {
    let typed = sent.typed();
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &typed.name))?;
    let email = check.take(Email::parse("email", &typed.email))?;
    let word = check.take(typed.read())?;
    check.finish()?;
    let (Some(name), Some(email), Some(word)) = (name, email, word) else {
        return Err(Error::BadRequest("The body could not be read.".into()));
    };
    let url = visit.app.site.public_url.clone();
    let given = visit
        .write(move |tx, me| {
            let id = give_absent(tx, &url, me.id, &name, &email, &word)?;
            shown(tx, me.id, id)
        })
        .await?;
    Ok(created(format!("/api/v1/vouches/{}", given.vouch.id), given).into_response())
}

/// Change a vouch I gave that still waits for a yes
///
/// They read it by the link they have; no other letter goes out.
#[utoipa::path(put, path = "/api/v1/vouches/{id}", tag = "Vouches", params(("id" = Key, Path)), request_body = Word,
    responses((status = 200, description = "As it is now", body = VouchShown)))]
async fn change(visit: Visit, Id(id): Id, Json(sent): Json<Word>) -> Result<Json<VouchShown>> {
    let word = sent.typed().read()?;
    let now = visit
        .write(move |tx, me| {
            edit(tx, me.id, id, &word)?;
            shown(tx, me.id, id)
        })
        .await?;
    Ok(Json(now))
}

/// What its giver or its recipient can do with a vouch.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Deed {
    /// Giver: it still holds, as of today.
    Renewal,
    /// Giver: takes the word back.
    Withdrawal,
    /// Giver: undoes a withdrawal within a day.
    Restoration,
    /// Recipient: neither shown nor counted.
    Hiding,
    /// Recipient: shown and counted again.
    Showing,
    /// Recipient: agrees to the tie being disclosed.
    Agreement,
    /// Recipient: not to be shown at all.
    Refusal,
}

/// Renew, withdraw or restore a vouch I gave; hide, show, agree to or refuse one I received
#[utoipa::path(post, path = "/api/v1/vouches/{id}/{deed}", tag = "Vouches",
    params(("id" = Key, Path), ("deed" = inline(Deed), Path)), responses((status = 200, description = "As it is now", body = VouchShown)))]
async fn deed(visit: Visit, Path((id, deed)): Path<(String, String)>) -> Result<Json<VouchShown>> {
    let id: Key = id.parse().map_err(|_| Error::NotFound)?;
    let deed = match deed.as_str() {
        "renewal" => Act::Renew,
        "withdrawal" => Act::Withdraw,
        "restoration" => Act::Restore,
        "hiding" => Act::Hide,
        "showing" => Act::Show,
        "agreement" => Act::Agree,
        "refusal" => Act::Refuse,
        _ => return Err(Error::NotFound),
    };
    let now = visit
        .write(move |tx, me| {
            act(tx, me.id, id, deed)?;
            shown(tx, me.id, id)
        })
        .await?;
    Ok(Json(now))
}
