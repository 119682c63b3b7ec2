//! Pages of vouches: mine, one, giving one, changing one that waits.

use super::store::{cited, fields_of, history, member_by_handle, one, party, standing_word, with_work, work_of};
use super::{Act, Shown, Typed, about, act, edit, give, give_absent, waiting_of};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Check, Email, Name};
use crate::key::Key;
use crate::live;
use crate::needs::recommend;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

/// `/vouches/…`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/vouches", get(mine))
        .route("/vouches/new", get(absent_form).post(send_absent))
        .route("/people/{handle}/vouches/new", get(form).post(send))
        .route("/vouches/{id}", get(show))
        .route("/vouches/{id}/edit", get(edit_form).post(save_edit))
        .route("/vouches/{id}/{deed}", post(do_deed))
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
    /// Its recipient is not here, or was erased.
    absent: bool,
    /// Beside the word: the tie, and what the system counts.
    facts: Vec<String>,
}

/// Giver and recipient see all of it; members see a live one that is not hidden.
async fn show(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let app = visit.app.clone();
    let (frame, (vouch, work, history, giver, recipient, kind, facts)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let vouch = one(tx, id)?.ok_or(Error::NotFound)?;
            let (giver, recipient) = (vouch.from.id == me, vouch.to.id == me);
            if !(giver || recipient) && (vouch.state != "live" || vouch.hidden) {
                return Err(Error::NotFound);
            }
            let work = with_work(tx, id)?;
            let history = if giver || recipient { history(tx, id)? } else { Vec::new() };
            let kind = party(tx, vouch.to.id)?.map(|(kind, ..)| kind);
            let row = recommend::vouch_rows(tx, &[id], who.now)?.remove(&id);
            let facts = row.map(|mut row| {
                row.reply = recommend::reply(&app.live.memory(), id);
                recommend::disclosures(&row, &vouch.from.name, &vouch.to.name)
            });
            Ok((vouch, work, history, giver, recipient, kind, facts.unwrap_or_default()))
        })
        .await?;
    let restorable = kind.is_some() && vouch.withdrawn_at.is_some_and(|at| frame.now - at < store::DAY);
    let absent = kind.as_deref() != Some("member");
    visit.html(&One { frame, vouch, work, history, giver, recipient, restorable, absent, facts })
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
    let gone = visit
        .write(move |tx, member| {
            let vouch = act(tx, member.id, id, deed)?;
            Ok(party(tx, vouch.to.id)?.is_none())
        })
        .await?;
    let path = format!("/vouches/{id}");
    Ok(match undo {
        Some(_) if gone => visit.see(&path, "Withdrawn. What you wrote is deleted, with their name and address."),
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
    /// The visitor's word in this field that stands already.
    standing: Option<Key>,
    /// The word that is changed, while it waits for a yes.
    editing: Option<Key>,
}

impl New {
    fn first(&self) -> &str {
        if self.name.is_empty() { "them" } else { crate::say::first_name(&self.name) }
    }

    fn action(&self) -> String {
        match self.editing {
            Some(id) => format!("/vouches/{id}/edit"),
            None if self.handle.is_empty() => "/vouches/new".to_owned(),
            None => format!("/people/{}/vouches/new", self.handle),
        }
    }

    fn back(&self) -> String {
        match self.editing {
            Some(id) => format!("/vouches/{id}"),
            None if self.handle.is_empty() => "/vouches?show=given".to_owned(),
            None => format!("/people/{}", self.handle),
        }
    }

    fn cites(&self, item: &Key) -> bool {
        self.typed.work.contains(&item.to_string())
    }
}

async fn new_page(visit: &Visit, handle: String, typed: Typed, errors: Errors) -> Result<New> {
    let (asked, field, chosen) = (handle.clone(), typed.field.clone(), typed.field.clone());
    let (frame, (name, mut fields, work, standing)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            if asked.is_empty() {
                return Ok((String::new(), Vec::new(), Vec::new(), None));
            }
            let (to, name) = member_by_handle(tx, &asked)?.ok_or(Error::NotFound)?;
            if to == me {
                return Err(Error::Forbidden("One cannot vouch for oneself.".into()));
            }
            let fields = fields_of(tx, to)?;
            Ok((name, fields, work_of(tx, to)?, standing_word(tx, me, to, &field)?))
        })
        .await?;
    let trades = fields.clone();
    if !chosen.is_empty() && !fields.contains(&chosen) && live::field(&chosen).is_some() {
        fields.push(chosen);
    }
    let fields = fields.into_iter().map(|f| (live::field_name(&f).to_owned(), f)).map(|(n, f)| (f, n)).collect();
    Ok(New { frame, errors, typed, handle, name, fields, work, trades, from: None, standing, editing: None })
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
    let (url, asked) = (visit.app.site.public_url.clone(), handle.clone());
    let waits = word.tie != super::Tie::None;
    let given = visit
        .write(move |tx, member| {
            let (to, _) = member_by_handle(tx, &asked)?.ok_or(Error::NotFound)?;
            give(tx, &url, member.id, to, &word)
        })
        .await;
    let id = match Errors::kept(given, "field")? {
        Ok(id) => id,
        Err((status, errors)) => {
            let page = new_page(&visit, handle, typed, errors).await?;
            return visit.html_as(status, &page);
        }
    };
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
    let given = visit.write(move |tx, member| give_absent(tx, &url, member.id, &name, &email, &word)).await;
    let id = match Errors::kept(given, "email")? {
        Ok(id) => id,
        Err((status, errors)) => {
            let mut page = new_page(&visit, String::new(), typed, errors).await?;
            page.fields = found;
            return visit.html_as(status, &page);
        }
    };
    let said = "Nobody sees your words before they say yes. They get one letter and one reminder in all, whoever vouches for them.";
    Ok(visit.see(&format!("/vouches/{id}"), said))
}

/// A word that waits for a yes, to be changed.
async fn edit_form(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (_, typed) = visit
        .read(move |tx, who| {
            let vouch = waiting_of(tx, who.member()?.id, id)?;
            let work = cited(tx, id)?;
            Ok(Typed::of(&vouch, &work))
        })
        .await?;
    let page = edit_page(&visit, id, typed, Errors::default()).await?;
    visit.html(&page)
}

async fn edit_page(visit: &Visit, id: Key, typed: Typed, errors: Errors) -> Result<New> {
    let (_, to) = visit.read(move |tx, who| Ok(waiting_of(tx, who.member()?.id, id)?.to)).await?;
    let mut page = new_page(visit, to.handle, typed, errors).await?;
    if page.handle.is_empty() {
        page.name = to.name;
        page.fields = search_fields(&page.typed.field);
    }
    page.editing = Some(id);
    Ok(page)
}

async fn save_edit(visit: Visit, Path(id): Path<Key>, Form(mut typed): Form<Typed>) -> Result<Response> {
    // As for a new word: a trade in words stands for its likeliest occupation, shown again before it counts.
    let unclear = live::field(&typed.field).is_none();
    let found = if unclear { search_fields(&typed.field) } else { Vec::new() };
    let read = match found.first() {
        Some((code, plain)) => {
            typed.field.clone_from(code);
            Err(Error::field("field", format!("We read that as “{plain}”. Please check and send again.")))
        }
        None => typed.read(),
    };
    let done = match read {
        Ok(word) => visit.write(move |tx, member| edit(tx, member.id, id, &word)).await,
        // Whose it is comes before what is wrong with it.
        Err(refused) => visit.read(move |tx, who| waiting_of(tx, who.member()?.id, id)).await.and(Err(refused)),
    };
    match Errors::split(done)? {
        Ok(()) => Ok(visit
            .see(&format!("/vouches/{id}"), "Changed. They read it by the link they have; no other letter goes out.")),
        Err(errors) => {
            let page = edit_page(&visit, id, typed, errors).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
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
