//! The page of a post: what was said, and the form to say something.

use super::read::{self, BRANCH, Post, Sort, TOPS};
use super::settings::Rules;
use super::thread::{Context, Row, lay_out};
use super::visitor::{Reader, Visitor};
use super::write::{self, Done, Typed};
use super::{State, authors, guests, naming, plain, rendered, reviews, token, webmention};
use crate::accounts::Button;
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::pictures::{self, Sent};
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use store::{Tx, sql};

/// `/conversations/{slug}` and what is under it.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/conversations/{slug}", get(show))
        .route("/conversations/{slug}/comments", post(send).layer(DefaultBodyLimit::max(pictures::MAX_FORM)))
        .route("/conversations/{slug}/comments/{id}", get(permalink))
        .route("/conversations/{slug}/threads/{root}", get(branch))
}

#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default)]
struct Asked {
    sort: String,
    page: i64,
    reply_to: String,
    quote: String,
}

/// Who the form speaks to.
enum Speaker {
    /// Signed in, member or guest.
    Account(String),
    /// Remembered: the name.
    Guest(String),
    /// Types the three fields.
    Stranger,
}

#[derive(Template)]
#[template(path = "conversations/post.html")]
struct Page {
    frame: Frame,
    post: Post,
    review: Option<reviews::Review>,
    rows: Vec<Row>,
    waiting: Vec<read::Shown>,
    sort: Sort,
    page: i64,
    pages: i64,
    /// The number of the branch, on a page of one.
    root: Option<i64>,
    new: usize,
    errors: Errors,
    typed: Typed,
    preview: Option<String>,
    /// Name of whom the form answers.
    answering: Option<String>,
    speaker: Speaker,
    /// Why nobody may write, where that is so.
    closed: Option<String>,
    guests: bool,
    subscription: Option<(String, String)>,
    mine: bool,
    moderator: bool,
    edit_minutes: i64,
    providers: Vec<Button>,
}

impl Page {
    fn url(&self, page: i64, sort: Sort) -> String {
        let mut url = format!("/conversations/{}", self.post.slug);
        if let Some(root) = self.root {
            url = format!("{url}/threads/{root}");
        }
        let mut query = Vec::new();
        if sort != Sort::Oldest {
            query.push(format!("sort={}", sort.as_str()));
        }
        if page > 1 {
            query.push(format!("page={page}"));
        }
        if query.is_empty() { url } else { format!("{url}?{}", query.join("&")) }
    }

    fn sorted(&self, sort: &str) -> bool {
        self.sort.as_str() == sort
    }

    fn sort_url(&self, sort: &str) -> String {
        format!("{}#comments", self.url(1, Sort::read(sort)))
    }

    /// A link that opens the form under a comment, also without scripts.
    fn reply_url(&self, id: &Key) -> String {
        let here = self.url(self.page, self.sort);
        let joint = if here.contains('?') { '&' } else { '?' };
        format!("{here}{joint}reply_to={id}#respond")
    }

    fn is_answered(&self, id: &Key) -> bool {
        self.typed.reply_to == id.to_string()
    }

    /// The form stands at the end when it answers nothing that is shown here.
    fn form_at_end(&self) -> bool {
        !self.rows.iter().any(|r| self.is_answered(&r.c.id))
    }

    /// Written by whoever keeps the group that is reviewed here.
    fn keeps_group(&self, row: &Row) -> bool {
        self.review.as_ref().is_some_and(|r| row.c.browser.is_none() && row.c.author_id == Some(r.keeper))
    }

    fn is_account(&self) -> bool {
        matches!(self.speaker, Speaker::Account(_))
    }

    fn back(&self) -> String {
        format!("/conversations/{}#respond", self.post.slug)
    }

    fn types_details(&self) -> bool {
        !matches!(self.speaker, Speaker::Account(_)) && !self.is_remembered()
    }

    fn cannot_write(&self) -> bool {
        !self.guests && self.frame.member.is_none()
    }

    fn subscribed(&self, scope: &str) -> bool {
        self.subscription.as_ref().is_some_and(|(s, _)| s == scope)
    }

    fn daily(&self) -> bool {
        self.subscription.as_ref().is_some_and(|(_, cadence)| cadence == "daily")
    }

    fn is_remembered(&self) -> bool {
        matches!(self.speaker, Speaker::Guest(_))
            && self.errors.of("name").is_none()
            && self.errors.of("email").is_none()
            && self.typed.name.is_empty()
            && self.typed.email.is_empty()
    }
}

/// What a page needs besides the thread itself.
struct Around {
    post: Post,
    review: Option<reviews::Review>,
    rows: Vec<Row>,
    waiting: Vec<read::Shown>,
    rules: Rules,
    closed: Option<String>,
    subscription: Option<(String, String)>,
    reader: Reader,
    answering: Option<String>,
    quoted: String,
    visited: bool,
}

/// Reads a page: of the whole post, or of one branch.
fn around(tx: &mut Tx<'_>, app: &App, reader: &Reader, slug: &str, asked: &Asked, root: Option<i64>) -> Result<Around> {
    let mut post = read::post(tx, reader, slug)?;
    let memory = app.live.memory();
    let rules = Rules::remembered(&memory);
    let (page, sort) = (asked.page.clamp(1, 1_000_000), Sort::read(&asked.sort));
    let mut comments = match root {
        None => read::page(tx, post.id, sort, page)?,
        Some(root) => read::branch(tx, post.id, root, (page - 1) * BRANCH, BRANCH)?,
    };
    if root.is_some() && comments.is_empty() {
        return Err(Error::NotFound);
    }
    let me = reader.who.id();
    let facts = naming::settle(tx, me, &mut comments)?;
    let waiting = read::waiting(tx, reader, post.id)?;
    let mut parties: Vec<Key> = comments.iter().filter(|c| c.browser.is_none()).filter_map(|c| c.author_id).collect();
    parties.extend(post.author_id);
    let mut authors = authors::of(tx, &memory, &reader.who, &parties, post.field.as_deref())?;
    drop(memory);
    let visit = post.visit;
    let now = tx.now();
    let first = (page - 1) * TOPS;
    let context = Context {
        reader,
        authors: &authors,
        rules: &rules,
        now,
        // This visit's beginning, or the one before it if this is a later page of the same visit.
        since: visit.map(|(seen, before)| if seen < now - read::VISIT { seen } else { before }),
        useful: &facts.useful,
        vouched: &facts.vouched,
        numbering: match (root, sort) {
            (None, Sort::Oldest) => Some((first + 1, 1)),
            (None, Sort::Newest) => Some((post.roots - first, -1)),
            _ => None,
        },
        announce: root.is_none(),
    };
    let rows = lay_out(comments, &context);
    let (answering, quoted) = answered(tx, reader, &asked.reply_to, !asked.quote.is_empty())?;
    post.author = post.author_id.and_then(|a| authors.remove(&a)).unwrap_or_default();
    let closed = match write::is_open(&post, &rules, now) {
        Err(Error::Conflict(words)) if !reviews::may_answer(tx, &post, me)? => Some(words),
        _ => None,
    };
    let review = if post.kind == "review" { reviews::of_post(tx, post.id)? } else { None };
    let subscription = post.subscription.take();
    let visited = me.is_some() && visit.is_none_or(|(seen, _)| seen < now - 60_000_000);
    Ok(Around {
        post,
        review,
        rows,
        waiting,
        rules,
        closed,
        subscription,
        reader: reader.clone(),
        answering,
        quoted,
        visited,
    })
}

/// Whom the form answers, and their words as a quotation where that was asked for.
fn answered(tx: &mut Tx<'_>, reader: &Reader, id: &str, quote: bool) -> Result<(Option<String>, String)> {
    let Ok(id) = id.parse::<Key>() else { return Ok((None, String::new())) };
    let Ok((comment, _)) = read::comment(tx, reader, id) else { return Ok((None, String::new())) };
    if !quote {
        return Ok((Some(comment.name), String::new()));
    }
    let (format, text): (String, String) = tx
        .row(sql!("SELECT format, text FROM comments WHERE id = $1"), &[&id], |r| Ok((r.get(0)?, r.get(1)?)))?
        .unwrap_or_default();
    let words = if format == "html" { plain(&format, &text) } else { text };
    let quoted: String = words.lines().map(|line| format!("> {line}\n")).collect();
    Ok((Some(comment.name), format!("{quoted}\n")))
}

async fn page(
    visitor: &Visitor,
    slug: String,
    asked: Asked,
    root: Option<i64>,
    typed: Option<Typed>,
    errors: Errors,
) -> Result<Page> {
    let app = visitor.visit.app.clone();
    let wanted =
        Asked { reply_to: typed.as_ref().map_or(asked.reply_to.clone(), |t| t.reply_to.clone()), ..asked.clone() };
    let (frame, around) = visitor.read(move |tx, reader| around(tx, &app, reader, &slug, &wanted, root)).await?;
    let app = &visitor.visit.app;
    if around.visited
        && let Some(me) = around.reader.who.id()
    {
        let post = around.post.id;
        app.db.write(move |tx| read::remember_visit(tx, me, post)).await?;
    }
    let sort = Sort::read(&asked.sort);
    let total = if root.is_some() { around.rows.first().map_or(0, |r| r.c.replies + 1) } else { around.post.roots };
    let size = if root.is_some() { BRANCH } else { TOPS };
    let pages = if root.is_some() { branch_pages(&around, asked.page, total) } else { (total + size - 1) / size };
    let speaker = match (around.reader.account(), &around.reader.guest) {
        (Some((_, name)), _) => Speaker::Account(name.to_owned()),
        (None, Some(guest)) => Speaker::Guest(guest.name.clone()),
        (None, None) => Speaker::Stranger,
    };
    let preview = typed
        .as_ref()
        .filter(|t| t.action == "preview")
        .map(|t| rendered("markdown", &formats::text::clean_text(&t.text)));
    let mut typed =
        typed.unwrap_or(Typed { reply_to: asked.reply_to, text: around.quoted.clone(), ..Typed::default() });
    typed.form = token::issue(&app.secret, Key(app.clock.id()), frame.now, &around.post.slug);
    let mine = around.post.author_id.is_some() && around.post.author_id == around.reader.who.id();
    Ok(Page {
        frame,
        new: around.rows.iter().filter(|r| r.new).count(),
        review: around.review,
        rows: around.rows,
        waiting: around.waiting,
        sort,
        page: asked.page.max(1),
        pages: pages.max(1),
        root,
        errors,
        preview,
        answering: around.answering,
        speaker,
        closed: around.closed,
        guests: around.rules.guests,
        edit_minutes: around.rules.edit_minutes,
        subscription: around.subscription,
        mine,
        moderator: around.reader.moderator,
        providers: if around.reader.account().is_none() { app.site.providers.buttons() } else { Vec::new() },
        post: around.post,
        typed,
    })
}

/// Pages of a branch: its first row says how long it is; on a later page only whether there is more.
fn branch_pages(around: &Around, page: i64, total: i64) -> i64 {
    let full = i64::try_from(around.rows.len()).unwrap_or(0) == BRANCH;
    if page <= 1 { (total + BRANCH - 1) / BRANCH } else { page + i64::from(full) }
}

async fn show(visitor: Visitor, Path(slug): Path<String>, Query(asked): Query<Asked>) -> Result<Response> {
    let page = page(&visitor, slug, asked, None, None, Errors::default()).await?;
    let takes_mentions = page.post.public && page.post.state == "published";
    let mut response = visitor.visit.html(&page)?;
    if let Some(link) = webmention::advertisement(&visitor.visit.app.site.public_url).filter(|_| takes_mentions) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

async fn branch(
    visitor: Visitor,
    Path((slug, root)): Path<(String, i64)>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let page = page(&visitor, slug, asked, Some(root), None, Errors::default()).await?;
    visitor.visit.html(&page)
}

async fn permalink(visitor: Visitor, Path((_, id)): Path<(String, Key)>) -> Result<Response> {
    let (_, to) = visitor
        .read(move |tx, reader| {
            read::comment(tx, reader, id)?;
            read::address(tx, id)
        })
        .await?;
    Ok(Redirect::to(&to).into_response())
}

async fn send(visitor: Visitor, Path(slug): Path<String>, sent: Sent<Typed>) -> Result<Response> {
    let (typed, picture) = sent.put(&visitor.visit, |t| (&mut t.text, &mut t.alt)).await;
    if let Err(error) = picture {
        return refused(&visitor, slug, typed, error).await;
    }
    if typed.action == "preview" {
        let page = page(&visitor, slug, Asked::default(), None, Some(typed), Errors::default()).await?;
        return visitor.visit.html(&page);
    }
    let app = &visitor.visit.app;
    let site = write::Site {
        public_url: app.site.public_url.clone(),
        network: app.network(),
        secret: app.secret,
        address: visitor.visit.address,
    };
    let (kept, wanted) = (typed.clone(), slug.clone());
    let done = visitor.write(move |tx, reader| write::comment(tx, &site, reader, &wanted, &typed)).await;
    match done {
        Ok(done) => Ok(answer(&visitor, &done)),
        Err(error) => refused(&visitor, slug, kept, error).await,
    }
}

fn answer(visitor: &Visitor, done: &Done) -> Response {
    let words = match done.state {
        State::Unconfirmed => "One more step: we wrote to you. Press the button in that letter and it is published.",
        State::Approved => "Published.",
        _ => "Kept. A moderator has a look first; until then you alone see it here.",
    };
    tracing::debug!(comment = %done.id, state = done.state.as_str(), "posted");
    let mut response = visitor.visit.see(&done.to, words);
    if let Some((token, remember)) = &done.cookie {
        guests::keep(&visitor.visit.app, &mut response, token, *remember);
    }
    response
}

/// Shows the form again with everything in it, and why.
async fn refused(visitor: &Visitor, slug: String, mut typed: Typed, error: Error) -> Result<Response> {
    let Err((status, errors)) = Errors::kept::<()>(Err(error), "text")? else { return Err(Error::NotFound) };
    // An answer to something that is gone is offered for everybody.
    if typed.reply_to.parse::<Key>().is_err()
        || status == StatusCode::CONFLICT && errors.of("text").is_some_and(|e| e.contains("taken away"))
    {
        typed.reply_to.clear();
    }
    let page = page(visitor, slug, Asked::default(), None, Some(typed), errors).await?;
    visitor.visit.html_as(status, &page)
}
