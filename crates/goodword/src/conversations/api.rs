//! Conversations as JSON: the list, a post, what was said under it, and all that its readers and authors do with both.

use super::read::{self, Post, Shown};
use super::visitor::{Reader, Visitor};
use super::{authors, edit, list, naming, posts, telling, token, write};
use crate::api::{Done, Id, Json, List, Moment, Page, Query, Reference, created, listing, versioned};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Body, Title, Words};
use crate::key::Key;
use crate::path::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{Tx, sql};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all, begin))
        .routes(routes!(one, correct, take_away))
        .routes(routes!(revisions))
        .routes(routes!(deed))
        .routes(routes!(thread, say))
        .routes(routes!(follow, unfollow))
        .routes(routes!(report_post))
        .routes(routes!(comment, correct_comment, take_comment_away))
        .routes(routes!(comment_revisions))
        .routes(routes!(put_comment_back))
        .routes(routes!(useful, not_useful))
        .routes(routes!(report_comment))
        .merge(super::keeping_api::routes())
}

/// A conversation in a list.
#[derive(Debug, Serialize, ToSchema)]
struct Conversation {
    /// In its address.
    slug: String,
    /// `discussion`, `review` or `page`.
    kind: String,
    title: String,
    /// The first words.
    excerpt: String,
    /// Who began it.
    author: String,
    comments: i64,
    /// The last comment, or when it began.
    active_at: Moment,
    /// People signed out do not read it.
    members_only: bool,
    /// Comments since my last visit.
    new: i64,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Sorting {
    /// The last comment first.
    #[default]
    Active,
    /// The newest first.
    New,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Words of the title or the post.
    #[param(max_length = 120)]
    q: String,
    /// The address of a tag.
    #[param(max_length = 120)]
    tag: String,
    /// By the last comment unless said.
    #[param(inline)]
    sort: Sorting,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

pub(super) fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Conversations, searched by words and tag
#[utoipa::path(get, path = "/api/v1/conversations", tag = "Conversations", params(Wanted),
    responses((status = 200, description = "A page of conversations", body = List<Conversation>)))]
async fn all(visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response> {
    listing::short("q", &wanted.q, 120)?;
    listing::short("tag", &wanted.tag, 120)?;
    let (size, first) = Page { limit: wanted.limit, cursor: wanted.cursor }.counted()?;
    let search = list::Search {
        q: formats::text::clean_line(&wanted.q),
        tag: wanted.tag,
        sort: if matches!(wanted.sort, Sorting::New) { "new".into() } else { String::new() },
        page: 1,
    };
    let (_, (total, found)) = visitor
        .read(move |tx, reader| {
            reader.who.may_browse()?;
            list::find(tx, reader.who.id(), &search, number(first), number(size))
        })
        .await?;
    let end = first + found.len();
    let items = found.into_iter().map(|p| Conversation {
        slug: p.slug,
        kind: p.kind,
        title: p.title,
        excerpt: p.excerpt,
        author: p.name,
        comments: p.comments,
        active_at: Moment(p.active_at),
        members_only: p.members_only,
        new: p.new,
    });
    let next = (number(end) < total).then(|| end.to_string());
    Ok(List { items: items.collect(), next }.answer(&visitor.visit.path))
}

/// A post.
#[derive(Debug, Serialize, ToSchema)]
struct PostShown {
    id: Key,
    /// In its address.
    slug: String,
    /// `discussion`, `review` or `page`.
    kind: String,
    author: Reference,
    title: String,
    /// Markdown as typed, or HTML as brought in.
    text: String,
    /// Safe to show.
    html: String,
    tags: Vec<String>,
    /// Occupation code.
    field: Option<String>,
    /// `public` or `members`.
    visibility: &'static str,
    /// `published`; anything else is seen by its author alone.
    state: String,
    /// It takes no more comments.
    closed: bool,
    comments: i64,
    created_at: Moment,
    edited_at: Option<Moment>,
    version: i64,
}

fn post_shown(tx: &mut Tx<'_>, app: &App, reader: &Reader, slug: &str) -> Result<PostShown> {
    let post = read::post(tx, reader, slug)?;
    let ids: Vec<Key> = post.author_id.into_iter().collect();
    let authors = authors::of(tx, &app.live.memory(), &reader.who, &ids, None)?;
    let handle = post.author_id.and_then(|id| authors.get(&id)?.handle.clone()).unwrap_or_default();
    let text = tx.value(sql!("SELECT text FROM posts WHERE id = $1"), &[&post.id])?.unwrap_or_default();
    Ok(PostShown {
        id: post.id,
        slug: post.slug,
        kind: post.kind,
        author: Reference::new(&post.author_name, &handle),
        title: post.title,
        text,
        html: post.html,
        tags: post.tags.into_iter().map(|(_, name)| name).collect(),
        field: post.field,
        visibility: if post.public { "public" } else { "members" },
        state: post.state,
        closed: post.locked,
        comments: post.comments,
        created_at: Moment(post.created_at),
        edited_at: post.edited_at.map(Moment),
        version: post.version,
    })
}

/// A post
#[utoipa::path(get, path = "/api/v1/conversations/{slug}", tag = "Conversations", params(("slug" = String, Path)),
    responses((status = 200, description = "The post", body = PostShown)))]
async fn one(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let app = visitor.visit.app.clone();
    let (_, post) = visitor.read(move |tx, reader| post_shown(tx, &app, reader, &slug)).await?;
    Ok(versioned(post.version, post))
}

/// A post to publish.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct PostSent {
    #[schema(value_type = Title, required = true)]
    title: String,
    /// Markdown.
    #[schema(value_type = Body, required = true)]
    text: String,
    #[schema(max_items = 5)]
    tags: Vec<String>,
    /// What it is about, if a trade: its occupation code or a word for it.
    field: String,
    /// `public` or `members`.
    #[schema(required = true)]
    visibility: String,
    /// For a change: what it was made from, unless `If-Match` says.
    version: Option<i64>,
}

impl PostSent {
    fn typed(self) -> posts::Typed {
        posts::Typed {
            title: self.title,
            text: self.text,
            // A comma in a tag would part it.
            tags: self.tags.iter().map(|t| t.replace(',', " ")).collect::<Vec<_>>().join(","),
            field: self.field,
            visibility: self.visibility,
            version: self.version.unwrap_or_default(),
            ..posts::Typed::default()
        }
    }
}

/// Begin a conversation
#[utoipa::path(post, path = "/api/v1/conversations", tag = "Conversations", request_body = PostSent,
    responses((status = 201, description = "Published, or held for a moderator", body = PostShown)))]
async fn begin(visitor: Visitor, Json(sent): Json<PostSent>) -> Result<Response> {
    let app = visitor.visit.app.clone();
    let mut typed = sent.typed();
    typed.form = token::issue(&app.secret, Key(app.clock.id()), app.clock.now(), "discussion");
    let post = visitor
        .write(move |tx, reader| {
            let (_, slug, _) = posts::publish(tx, reader, &app.secret, "discussion", &typed)?;
            post_shown(tx, &app, reader, &slug)
        })
        .await?;
    Ok(created(format!("/api/v1/conversations/{}", post.slug), post).into_response())
}

/// Correct a post of mine
///
/// The wording before is kept for its readers.
#[utoipa::path(put, path = "/api/v1/conversations/{slug}", tag = "Conversations", params(("slug" = String, Path)),
    request_body = PostSent, responses((status = 200, description = "As it is now", body = PostShown)))]
async fn correct(
    visitor: Visitor,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Json(sent): Json<PostSent>,
) -> Result<Response> {
    let app = visitor.visit.app.clone();
    let post = visitor
        .write(move |tx, reader| {
            let mut typed = sent.clone().typed();
            let stored = read::post(tx, reader, &slug)?;
            if stored.author_id != Some(reader.who.member()?.id) {
                return Err(Error::NotFound);
            }
            typed.version = crate::api::body::seen_version(&headers, sent.version, stored.version)?;
            posts::correct(tx, reader, &slug, &typed)?;
            post_shown(tx, &app, reader, &slug)
        })
        .await?;
    Ok(versioned(post.version, post))
}

/// Take a post of mine away, with all that was said under it
#[utoipa::path(delete, path = "/api/v1/conversations/{slug}", tag = "Conversations", params(("slug" = String, Path)),
    responses((status = 200, description = "Taken away", body = Done)))]
async fn take_away(visitor: Visitor, Path(slug): Path<String>) -> Result<Json<Done>> {
    visitor.write(move |tx, reader| posts::take_away(tx, reader, &slug)).await?;
    Ok(Done::new("Taken away; it can be put back."))
}

/// An earlier wording.
#[derive(Debug, Serialize, ToSchema)]
struct Revision {
    /// When it was replaced.
    until: Moment,
    /// Of a post.
    title: Option<String>,
    /// Safe to show.
    html: String,
}

/// Earlier wordings of a conversation’s post, newest first, at most fifty
#[utoipa::path(get, path = "/api/v1/conversations/{slug}/revisions", tag = "Conversations",
    params(("slug" = String, Path)), responses((status = 200, description = "The wordings", body = Vec<Revision>)))]
async fn revisions(visitor: Visitor, Path(slug): Path<String>) -> Result<Json<Vec<Revision>>> {
    let (_, found) = visitor
        .read(move |tx, reader| {
            let post = read::post(tx, reader, &slug)?;
            super::about::history(tx, post.id)
        })
        .await?;
    let told = |(at, title, html)| Revision { until: Moment(at), title: Some(title), html };
    Ok(Json(found.into_iter().map(told).collect()))
}

/// What its author can do with a post.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum PostDeed {
    /// Puts back what one took away.
    Restoration,
    /// It takes no more comments.
    Closing,
    /// It takes comments again.
    Opening,
}

/// Put back, close or open a post of mine
#[utoipa::path(post, path = "/api/v1/conversations/{slug}/{deed}", tag = "Conversations",
    params(("slug" = String, Path), ("deed" = inline(PostDeed), Path)), responses((status = 200, description = "Done", body = Done)))]
async fn deed(visitor: Visitor, Path((slug, deed)): Path<(String, String)>) -> Result<Json<Done>> {
    let said = match deed.as_str() {
        "restoration" => "It is back.",
        "closing" => "It takes no more comments.",
        "opening" => "It takes comments again.",
        _ => return Err(Error::NotFound),
    };
    visitor
        .write(move |tx, reader| match deed.as_str() {
            "restoration" => posts::put_back(tx, reader, &slug),
            deed => posts::lock(tx, reader, &slug, deed == "closing"),
        })
        .await?;
    Ok(Done::new(said))
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
struct CommentShown {
    id: Key,
    /// The address of its post.
    conversation: String,
    /// The comment it answers.
    parent: Option<Key>,
    /// 0 at the top.
    depth: i64,
    /// `null` where it was taken away.
    author: Option<Reference>,
    /// By somebody without an account.
    guest: bool,
    /// A guest’s site.
    website: Option<String>,
    /// Safe to show; empty where it was taken away.
    html: String,
    /// `comment`, `request` (asks to be recommended somebody) or `answer` (names somebody).
    purpose: String,
    /// The professional it names.
    names: Option<Reference>,
    /// `approved`; anything else is seen by its author alone, or keeps the place of what was taken away.
    state: &'static str,
    /// How many members said so.
    useful: i64,
    /// I wrote it.
    mine: bool,
    created_at: Moment,
    edited_at: Option<Moment>,
    version: i64,
}

/// As `reader` may read them.
fn comments_shown(
    tx: &mut Tx<'_>,
    app: &App,
    reader: &Reader,
    slug: &str,
    mut comments: Vec<Shown>,
) -> Result<Vec<CommentShown>> {
    naming::settle(tx, reader.who.id(), &mut comments)?;
    let ids: Vec<Key> = comments.iter().filter(|c| c.browser.is_none()).filter_map(|c| c.author_id).collect();
    let authors: HashMap<Key, authors::Author> = authors::of(tx, &app.live.memory(), &reader.who, &ids, None)?;
    Ok(comments
        .into_iter()
        .map(|c| {
            let mine = reader.wrote(c.author_id, c.browser);
            let (gone, guest) = (c.is_gone(), c.browser.is_some() || c.author_id.is_none());
            let handle = c.author_id.filter(|_| !guest).and_then(|id| authors.get(&id)?.handle.clone());
            CommentShown {
                id: c.id,
                conversation: slug.to_owned(),
                parent: c.parent,
                depth: c.depth,
                author: (!gone).then(|| Reference::new(&c.name, &handle.unwrap_or_default())),
                guest,
                website: (!gone && !c.url.is_empty()).then_some(c.url),
                html: if gone { String::new() } else { c.html },
                purpose: c.purpose,
                names: c.named.filter(|_| !gone).map(|(handle, name)| Reference::new(&name, &handle)),
                state: c.state.as_str(),
                useful: c.useful,
                mine,
                created_at: Moment(c.created_at),
                edited_at: c.edited_at.map(Moment),
                version: c.version,
            }
        })
        .collect())
}

/// What was said under a post, in reading order: each comment before the answers to it
#[utoipa::path(get, path = "/api/v1/conversations/{slug}/comments", tag = "Conversations",
    params(("slug" = String, Path), Page), responses((status = 200, description = "A page of comments", body = List<CommentShown>)))]
async fn thread(visitor: Visitor, Path(slug): Path<String>, Query(page): Query<Page>) -> Result<Response> {
    let size = page.size()?;
    let after: Option<Key> = match page.cursor.as_deref().filter(|c| !c.is_empty()) {
        None => None,
        Some(cursor) => Some(cursor.parse().map_err(|_| listing::lost())?),
    };
    let app = visitor.visit.app.clone();
    let (_, (items, more)) = visitor
        .read(move |tx, reader| {
            let post = read::post(tx, reader, &slug)?;
            let mut found = read::following(tx, post.id, after, number(size) + 1)?.ok_or_else(listing::lost)?;
            let more = found.len() > size;
            found.truncate(size);
            Ok((comments_shown(tx, &app, reader, &slug, found)?, more))
        })
        .await?;
    let next = items.last().filter(|_| more).map(|c| c.id.to_string());
    Ok(List { items, next }.answer(&visitor.visit.path))
}

/// Something to say.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct CommentSent {
    /// Markdown.
    #[schema(required = true, max_length = 65525)]
    text: String,
    /// The comment it answers.
    #[schema(value_type = Option<Key>)]
    parent: Option<String>,
    /// `comment` (unless said), `request` or `answer`.
    purpose: String,
    /// The professional an `answer` names: the name or the address of the page.
    #[schema(max_length = 120)]
    names: String,
    /// Tell me by letter: `replies` to me, every comment of the `post`, or nothing.
    subscribe: String,
}

/// Comment on a post
///
/// Held for a moderator where the rules say so: see `state`.
#[utoipa::path(post, path = "/api/v1/conversations/{slug}/comments", tag = "Conversations", params(("slug" = String, Path)),
    request_body = CommentSent, responses((status = 201, description = "Published or held", body = CommentShown)))]
async fn say(visitor: Visitor, Path(slug): Path<String>, Json(sent): Json<CommentSent>) -> Result<Response> {
    let app = visitor.visit.app.clone();
    let site = write::Site {
        public_url: app.site.public_url.clone(),
        network: app.network(),
        secret: app.secret,
        address: visitor.visit.address,
    };
    let typed = write::Typed {
        text: sent.text,
        reply_to: sent.parent.unwrap_or_default(),
        purpose: sent.purpose,
        named: sent.names,
        subscribe: sent.subscribe,
        form: token::issue(&app.secret, Key(app.clock.id()), app.clock.now(), &slug),
        ..write::Typed::default()
    };
    let said = visitor
        .write(move |tx, reader| {
            reader.who.member()?;
            let done = write::comment(tx, &site, reader, &slug, &typed)?;
            comment_shown(tx, &app, reader, done.id)
        })
        .await?;
    Ok(created(format!("/api/v1/comments/{}", said.id), said).into_response())
}

fn comment_shown(tx: &mut Tx<'_>, app: &App, reader: &Reader, id: Key) -> Result<CommentShown> {
    let (comment, post): (Shown, Post) = read::comment(tx, reader, id)?;
    let mut all = comments_shown(tx, app, reader, &post.slug, vec![comment])?;
    all.pop().ok_or(Error::NotFound)
}

/// A comment
#[utoipa::path(get, path = "/api/v1/comments/{id}", tag = "Conversations", params(("id" = Key, Path)),
    responses((status = 200, description = "The comment", body = CommentShown)))]
async fn comment(visitor: Visitor, Id(id): Id) -> Result<Response> {
    let app = visitor.visit.app.clone();
    let (_, comment) = visitor.read(move |tx, reader| comment_shown(tx, &app, reader, id)).await?;
    Ok(versioned(comment.version, comment))
}

/// Earlier wordings of a comment, newest first, at most fifty
#[utoipa::path(get, path = "/api/v1/comments/{id}/revisions", tag = "Conversations", params(("id" = Key, Path)),
    responses((status = 200, description = "The wordings", body = Vec<Revision>)))]
async fn comment_revisions(visitor: Visitor, Id(id): Id) -> Result<Json<Vec<Revision>>> {
    let (_, found) = visitor
        .read(move |tx, reader| {
            read::comment(tx, reader, id)?;
            edit::history(tx, id)
        })
        .await?;
    Ok(Json(found.into_iter().map(|(at, html)| Revision { until: Moment(at), title: None, html }).collect()))
}

/// Another wording.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Wording {
    /// Markdown.
    #[schema(required = true, max_length = 65525)]
    text: String,
    /// What it was made from, unless `If-Match` says.
    version: Option<i64>,
}

/// Correct a comment of mine, within the time for it
#[utoipa::path(put, path = "/api/v1/comments/{id}", tag = "Conversations", params(("id" = Key, Path)),
    request_body = Wording, responses((status = 200, description = "As it is now", body = CommentShown)))]
async fn correct_comment(
    visitor: Visitor,
    Id(id): Id,
    headers: HeaderMap,
    Json(sent): Json<Wording>,
) -> Result<Response> {
    let app = visitor.visit.app.clone();
    let comment = visitor
        .write(move |tx, reader| {
            reader.who.member()?;
            let (stored, _) = edit::own(tx, reader, id)?;
            let version = crate::api::body::seen_version(&headers, sent.version, stored.version)?;
            edit::correct(tx, reader, id, version, &sent.text)?;
            comment_shown(tx, &app, reader, id)
        })
        .await?;
    Ok(versioned(comment.version, comment))
}

/// Take a comment of mine away: its place stays if there are answers
#[utoipa::path(delete, path = "/api/v1/comments/{id}", tag = "Conversations", params(("id" = Key, Path)),
    responses((status = 200, description = "Taken away", body = Done)))]
async fn take_comment_away(visitor: Visitor, Id(id): Id) -> Result<Json<Done>> {
    visitor
        .write(move |tx, reader| {
            reader.who.member()?;
            edit::take_away(tx, reader, id).map(drop)
        })
        .await?;
    Ok(Done::new("Deleted; it can be put back for 30 days."))
}

/// Put a comment of mine back
#[utoipa::path(post, path = "/api/v1/comments/{id}/restoration", tag = "Conversations", params(("id" = Key, Path)),
    responses((status = 200, description = "As it is now", body = CommentShown)))]
async fn put_comment_back(visitor: Visitor, Id(id): Id) -> Result<Json<CommentShown>> {
    let app = visitor.visit.app.clone();
    let comment = visitor
        .write(move |tx, reader| {
            reader.who.member()?;
            edit::put_back(tx, reader, id)?;
            comment_shown(tx, &app, reader, id)
        })
        .await?;
    Ok(Json(comment))
}

async fn mark(visitor: Visitor, id: Key, useful: bool) -> Result<Json<CommentShown>> {
    let app = visitor.visit.app.clone();
    let comment = visitor
        .write(move |tx, reader| {
            edit::mark_useful(tx, reader, id, useful)?;
            comment_shown(tx, &app, reader, id)
        })
        .await?;
    Ok(Json(comment))
}

/// Say that a comment was useful
#[utoipa::path(put, path = "/api/v1/comments/{id}/useful", tag = "Conversations", params(("id" = Key, Path)),
    responses((status = 200, description = "As it is now", body = CommentShown)))]
async fn useful(visitor: Visitor, Id(id): Id) -> Result<Json<CommentShown>> {
    mark(visitor, id, true).await
}

/// Take that back
#[utoipa::path(delete, path = "/api/v1/comments/{id}/useful", tag = "Conversations", params(("id" = Key, Path)),
    responses((status = 200, description = "As it is now", body = CommentShown)))]
async fn not_useful(visitor: Visitor, Id(id): Id) -> Result<Json<CommentShown>> {
    mark(visitor, id, false).await
}

/// What is wrong with it: moderators alone read this.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Complaint {
    /// `spam`, `rude`, `untrue`, `private` or `other`.
    #[schema(required = true)]
    reason: String,
    #[schema(value_type = Words)]
    words: String,
}

/// Report a post to the moderators
#[utoipa::path(post, path = "/api/v1/conversations/{slug}/reports", tag = "Conversations", params(("slug" = String, Path)),
    request_body = Complaint, responses((status = 200, description = "Told", body = Done)))]
async fn report_post(visitor: Visitor, Path(slug): Path<String>, Json(sent): Json<Complaint>) -> Result<Json<Done>> {
    visitor
        .write(move |tx, reader| {
            reader.who.member()?;
            let post = read::post(tx, reader, &slug)?;
            super::about::tell(tx, reader, &post, None, &sent.reason, &sent.words)
        })
        .await?;
    Ok(Done::new("A moderator will look at it."))
}

/// Report a comment to the moderators
#[utoipa::path(post, path = "/api/v1/comments/{id}/reports", tag = "Conversations", params(("id" = Key, Path)),
    request_body = Complaint, responses((status = 200, description = "Told", body = Done)))]
async fn report_comment(visitor: Visitor, Id(id): Id, Json(sent): Json<Complaint>) -> Result<Json<Done>> {
    visitor
        .write(move |tx, reader| {
            reader.who.member()?;
            edit::tell_of(tx, reader, id, &sent.reason, &sent.words).map(drop)
        })
        .await?;
    Ok(Done::new("A moderator will look at it."))
}

/// What to be told of, and how.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Subscription {
    /// `post`: every comment; `replies`: answers to me.
    #[schema(required = true)]
    scope: String,
    /// `at once` unless said, or `daily`.
    cadence: String,
}

/// Be told of comments by letter
#[utoipa::path(put, path = "/api/v1/conversations/{slug}/subscription", tag = "Conversations", params(("slug" = String, Path)),
    request_body = Subscription, responses((status = 200, description = "From now on", body = Done)))]
async fn follow(visitor: Visitor, Path(slug): Path<String>, Json(sent): Json<Subscription>) -> Result<Json<Done>> {
    visitor
        .write(move |tx, reader| {
            let me = reader.who.member()?.id;
            let post = read::post(tx, reader, &slug)?;
            if !matches!(sent.scope.as_str(), "post" | "replies") {
                return Err(Error::field("scope", "Either “post” or “replies”."));
            }
            if !matches!(sent.cadence.as_str(), "" | "at once" | "daily") {
                return Err(Error::field("cadence", "Either “at once” or “daily”."));
            }
            let cadence = if sent.cadence == "daily" { "daily" } else { "at once" };
            telling::subscribe(tx, post.id, me, &sent.scope, cadence, true)
        })
        .await?;
    Ok(Done::new("You are told from now on."))
}

/// Be told no more
#[utoipa::path(delete, path = "/api/v1/conversations/{slug}/subscription", tag = "Conversations",
    params(("slug" = String, Path)), responses((status = 200, description = "No more letters", body = Done)))]
async fn unfollow(visitor: Visitor, Path(slug): Path<String>) -> Result<Json<Done>> {
    visitor
        .write(move |tx, reader| {
            let me = reader.who.member()?.id;
            let post = read::post(tx, reader, &slug)?;
            telling::unsubscribe(tx, post.id, me)
        })
        .await?;
    Ok(Done::new("No more letters about this conversation."))
}
