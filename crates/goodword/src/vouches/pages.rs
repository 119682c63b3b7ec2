//! Pages of vouches: mine, one, giving one, and the page for somebody not here yet.

use super::store::{fields_of, history, member_by_handle, one, party, standing_word, with_work, work_of};
use super::{Act, Shown, Typed, about, accept_absent, act, give, give_absent, refuse_absent};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Check, Email, Name};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use crate::{accounts, links, live};
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

/// `/vouches/…` and `/vouch-invitations/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/vouches", get(mine))
        .route("/vouches/new", get(absent_form).post(send_absent))
        .route("/people/{handle}/vouches/new", get(form).post(send))
        .route("/vouches/{id}", get(show))
        .route("/vouches/{id}/{deed}", post(do_deed))
        .route("/vouch-invitations/{token}", get(invitation))
        .route("/vouch-invitations/{token}/acceptance", post(accept))
        .route("/vouch-invitations/{token}/refusal", post(refuse))
        .route("/vouch-invitations/{token}/correction", post(correct))
}

#[derive(Template)]
#[template(path = "vouches/mine.html")]
struct Mine {
    frame: Frame,
    received: bool,
    vouches: Vec<Shown>,
    waiting: Vec<Shown>,
    hidden: usize,
}

#[derive(Deserialize)]
struct Tab {
    #[serde(default)]
    show: String,
}

async fn mine(visit: Visit, Query(tab): Query<Tab>) -> Result<Response> {
    let received = tab.show != "given";
    let (frame, all) = visit.read(move |tx, who| about(tx, who.member()?.id, received)).await?;
    let (waiting, vouches): (Vec<_>, Vec<_>) =
        all.into_iter().filter(|v| v.state != "refused").partition(|v| v.state == "pending");
    let hidden = vouches.iter().filter(|v| v.hidden).count();
    visit.html(&Mine { frame, received, vouches, waiting, hidden })
}

#[derive(Template)]
#[template(path = "vouches/one.html")]
struct One {
    frame: Frame,
    vouch: Shown,
    work: Vec<String>,
    history: Vec<(String, i64)>,
    giver: bool,
    recipient: bool,
    restorable: bool,
}

/// Giver and recipient see all of it; members see a live one that is not hidden.
async fn show(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (frame, (vouch, work, history, giver, recipient)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let vouch = one(tx, id)?.ok_or(Error::NotFound)?;
            let (giver, recipient) = (vouch.from.id == me, vouch.to.id == me);
            if !(giver || recipient) && (vouch.state != "live" || vouch.hidden) {
                return Err(Error::NotFound);
            }
            let work = with_work(tx, id)?;
            let history = if giver || recipient { history(tx, id)? } else { Vec::new() };
            Ok((vouch, work, history, giver, recipient))
        })
        .await?;
    let restorable = vouch.withdrawn_at.is_some_and(|at| frame.now - at < store::DAY);
    visit.html(&One { frame, vouch, work, history, giver, recipient, restorable })
}

async fn do_deed(visit: Visit, Path((id, deed)): Path<(Key, String)>) -> Result<Response> {
    let (deed, said, undo) = match deed.as_str() {
        "renewal" => (Act::Renew, "Renewed: your word counts in full again.", None),
        "withdrawal" => (Act::Withdraw, "Withdrawn. It is not shown and does not count any more.", Some("restoration")),
        "restoration" => (Act::Restore, "Your vouch is live again.", None),
        "hiding" => {
            (Act::Hide, "Hidden: neither shown nor counted. Your profile says that one is hidden.", Some("showing"))
        }
        "showing" => (Act::Show, "Shown again.", Some("hiding")),
        "agreement" => (Act::Agree, "Agreed: it is on your profile now.", None),
        "refusal" => (Act::Refuse, "It will not be shown.", None),
        _ => return Err(Error::NotFound),
    };
    visit.write(move |tx, member| act(tx, member.id, id, deed)).await?;
    let path = format!("/vouches/{id}");
    Ok(match undo {
        Some(undo) => visit.see_with_undo(&path, said, &format!("{path}/{undo}")),
        None => visit.see(&path, said),
    })
}

#[derive(Template)]
#[template(path = "vouches/new.html")]
struct New {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    /// Empty: for somebody who is not here.
    handle: String,
    name: String,
    /// Code and name.
    fields: Vec<(String, String)>,
    work: Vec<(Key, String)>,
    /// Codes of what they say they do.
    trades: Vec<String>,
    /// The conversation it begins from: slug and title.
    from: Option<(String, String)>,
}

impl New {
    fn first(&self) -> &str {
        if self.name.is_empty() { "them" } else { crate::say::first_name(&self.name) }
    }

    fn cites(&self, item: &Key) -> bool {
        self.typed.work.contains(&item.to_string())
    }
}

async fn new_page(visit: &Visit, handle: String, typed: Typed, errors: Errors) -> Result<New> {
    let (asked, chosen) = (handle.clone(), typed.field.clone());
    let (frame, (name, mut fields, work)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            if asked.is_empty() {
                return Ok((String::new(), Vec::new(), Vec::new()));
            }
            let (to, name) = member_by_handle(tx, &asked)?.ok_or(Error::NotFound)?;
            if to == me {
                return Err(Error::Forbidden("One cannot vouch for oneself.".into()));
            }
            let fields = fields_of(tx, to)?;
            Ok((name, fields, work_of(tx, to)?))
        })
        .await?;
    let trades = fields.clone();
    if !chosen.is_empty() && !fields.contains(&chosen) && live::field(&chosen).is_some() {
        fields.push(chosen);
    }
    let fields = fields.into_iter().map(|f| (live::field_name(&f).to_owned(), f)).map(|(n, f)| (f, n)).collect();
    Ok(New { frame, errors, typed, handle, name, fields, work, trades, from: None })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    field: String,
    /// A comment of the visitor's that names this person.
    comment: String,
}

async fn form(visit: Visit, Path(handle): Path<String>, Query(wanted): Query<Wanted>) -> Result<Response> {
    let mut typed = Typed { field: wanted.field, ..Typed::default() };
    let named = match wanted.comment.parse::<Key>() {
        Ok(comment) => named(&visit, handle.clone(), comment).await?,
        Err(_) => None,
    };
    if let Some(named) = &named {
        typed.words.clone_from(&named.words);
        typed.field = named.field.clone().unwrap_or_default();
    }
    if let Some((word, name)) = standing(&visit, handle.clone()).await? {
        let said = format!("You have vouched for {name} already. Here you can renew or withdraw it.");
        return Ok(visit.see(&format!("/vouches/{word}"), &said));
    }
    let mut page = new_page(&visit, handle, typed, Errors::default()).await?;
    page.from = named.map(|n| (n.slug, n.title));
    // The trade of a conversation, if it is one of theirs.
    if page.from.is_some() && !page.trades.contains(&page.typed.field) {
        page.typed.field.clear();
        page.fields.retain(|(code, _)| page.trades.contains(code));
    }
    if page.typed.field.is_empty()
        && let Some((code, _)) = page.fields.first()
    {
        page.typed.field.clone_from(code);
    }
    visit.html(&page)
}

/// What the visitor wrote of this person in a conversation.
async fn named(visit: &Visit, handle: String, comment: Key) -> Result<Option<crate::conversations::Naming>> {
    let (_, found) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let (to, _) = member_by_handle(tx, &handle)?.ok_or(Error::NotFound)?;
            crate::conversations::naming(tx, me, to, comment)
        })
        .await?;
    Ok(found)
}

/// The visitor's word for somebody with one trade, if it stands already: there is nothing more to say.
async fn standing(visit: &Visit, handle: String) -> Result<Option<(Key, String)>> {
    let (_, found) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let (to, name) = member_by_handle(tx, &handle)?.ok_or(Error::NotFound)?;
            match fields_of(tx, to)?.as_slice() {
                [only] => Ok(standing_word(tx, me, to, only)?.map(|word| (word, name))),
                _ => Ok(None),
            }
        })
        .await?;
    Ok(found)
}

async fn send(visit: Visit, Path(handle): Path<String>, Form(typed): Form<Typed>) -> Result<Response> {
    let word = match Errors::split(typed.read())? {
        Ok(word) => word,
        Err(errors) => {
            let page = new_page(&visit, handle, typed, errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let url = visit.app.site.public_url.clone();
    let (id, waits) = visit
        .write(move |tx, member| {
            let (to, _) = member_by_handle(tx, &handle)?.ok_or(Error::NotFound)?;
            let id = give(tx, &url, member.id, to, &word)?;
            Ok((id, word.tie != super::Tie::None))
        })
        .await?;
    let said = if waits {
        "Your words wait for their yes, because of the tie you stated. You will be told."
    } else {
        "You put your name to it. They have been told."
    };
    Ok(visit.see_with_undo(&format!("/vouches/{id}"), said, &format!("/vouches/{id}/withdrawal")))
}

async fn absent_form(visit: Visit, Query(typed): Query<Typed>) -> Result<Response> {
    let mut page = new_page(&visit, String::new(), typed, Errors::default()).await?;
    page.fields = search_fields(&page.typed.field);
    visit.html(&page)
}

/// Trades to choose from for words typed: works without JavaScript.
fn search_fields(words: &str) -> Vec<(String, String)> {
    if let Some(found) = occupations::by_code(words) {
        return vec![(found.code.to_owned(), found.plain.to_owned())];
    }
    if words.trim().is_empty() {
        return Vec::new();
    }
    occupations::search(words, 5)
        .iter()
        .map(|m| (m.occupation.code.to_owned(), m.occupation.plain.to_owned()))
        .collect()
}

async fn send_absent(visit: Visit, Form(mut typed): Form<Typed>) -> Result<Response> {
    // A trade typed in words stands for its likeliest occupation, shown again before it counts.
    let unclear = live::field(&typed.field).is_none() && !typed.field.trim().is_empty();
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &typed.name))?;
    let email = check.take(Email::parse("email", &typed.email))?;
    let found = search_fields(&typed.field);
    if let (true, Some((code, plain))) = (unclear, found.first()) {
        check.refuse("field", format!("We read that as “{plain}”. Please check and send again."));
        typed.field.clone_from(code);
    }
    let word = check.take(typed.read())?;
    let (Some(name), Some(email), Some(word), Ok(())) = (name, email, word, Errors::split(check.finish())?) else {
        let errors = refusals(&typed, unclear, &found);
        let mut page = new_page(&visit, String::new(), typed, errors).await?;
        page.fields = found;
        return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let url = visit.app.site.public_url.clone();
    let id = visit.write(move |tx, member| give_absent(tx, &url, member.id, &name, &email, &word)).await?;
    Ok(visit.see(&format!("/vouches/{id}"), "One letter is on its way. Nobody sees your words before they say yes."))
}

fn refusals(typed: &Typed, unclear: bool, found: &[(String, String)]) -> Errors {
    let mut all = Vec::new();
    let mut add = |result: Result<()>| {
        if let Err(Error::Invalid(fields)) = result {
            all.extend(fields);
        }
    };
    add(Name::parse("name", &typed.name).map(drop));
    add(Email::parse("email", &typed.email).map(drop));
    if let (true, Some((_, plain))) = (unclear, found.first()) {
        add(Err(Error::field("field", format!("We read that as “{plain}”. Please check and send again."))));
    }
    add(typed.read().map(drop));
    Errors(all)
}

#[derive(Template)]
#[template(path = "vouches/invitation.html")]
struct Invitation {
    frame: Frame,
    token: String,
    vouch: Shown,
    operator: String,
}

async fn invitation(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let opened = token.clone();
    let (frame, vouch) = visit
        .read(move |tx, _| {
            let link = links::open(tx, "vouch", &opened)?;
            one(tx, link.subject)?.filter(|v| v.state == "pending").ok_or_else(ended)
        })
        .await?;
    let operator = frame.operator.clone().unwrap_or_else(|| frame.network.clone());
    visit.html(&Invitation { frame, token, vouch, operator })
}

fn ended() -> Error {
    Error::Gone("This has been answered already, or has run out. Nothing more is kept or sent.".into())
}

/// Yes: the person becomes a member with a profile pre-filled from what was said, is signed in, and is asked one thing.
async fn accept(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let agent = visit.agent.clone();
    let session = visit
        .write_as_anyone(move |tx, _| {
            let link = links::open(tx, "vouch", &token)?;
            let vouch = one(tx, link.subject)?.filter(|v| v.state == "pending").ok_or_else(ended)?;
            let (_, name, _) = party(tx, link.party)?.ok_or_else(ended)?;
            accept_absent(tx, link.party, vouch.id, &Name::parse("name", &name)?)?;
            links::mark_used(tx, &token)?;
            accounts::start_session(tx, link.party, &agent)
        })
        .await?;
    Ok(accounts::signed_in(&visit.app.site, &session, "/profile/work/new?welcome=1"))
}

async fn refuse(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    visit
        .write_as_anyone(move |tx, _| {
            let link = links::open(tx, "vouch", &token)?;
            one(tx, link.subject)?.filter(|v| v.state == "pending").ok_or_else(ended)?;
            refuse_absent(tx, link.party, link.subject)
        })
        .await?;
    Ok(visit.see("/", "Everything has been deleted, your address included. We will not write again."))
}

#[derive(Deserialize)]
struct Correction {
    #[serde(default)]
    words: String,
}

/// Asks the giver to correct what they wrote; nothing is shown meanwhile.
async fn correct(visit: Visit, Path(token): Path<String>, Form(form): Form<Correction>) -> Result<Response> {
    let words = crate::input::Words::parse("words", &form.words)?;
    visit
        .write_as_anyone(move |tx, _| {
            let link = links::open(tx, "vouch", &token)?;
            let vouch = one(tx, link.subject)?.filter(|v| v.state == "pending").ok_or_else(ended)?;
            let said = format!("{} asks you to correct your vouch: “{words}”", vouch.to.name);
            super::notify(tx, vouch.from.id, "vouch", &said, &format!("/vouches/{}", vouch.id))
        })
        .await?;
    Ok(Redirect::to("/about").into_response())
}
