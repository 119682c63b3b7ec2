//! A conversation on somebody's own site: a script that shows it there, how many comments it has, and what both read. Only
//! what signed-out people may read here anyway; no cookie is looked at; other sites by the list in the rules.

use super::read::{self, Shown, Sort, TOPS};
use super::settings::Rules;
use super::visitor::Visitor;
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::Frame;
use crate::path::Path;
use crate::say;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{Tx, sql};

/// Counts that can be asked for at once.
const COUNTS: usize = 50;

/// `/embed…`, and the page that says how.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/embed.js", get(script))
        .route("/embed/counts", get(counts))
        .route("/embed/conversations/{slug}", get(thread))
        .route("/conversations/{slug}/embed", get(how))
}

/// For `<div data-goodword="…"></div><script src="https://…/embed.js" async></script>`.
async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, include_str!("../../assets/embed.js")).into_response()
}

/// The sites that may show a conversation, as typed: one a line, `*` for any.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sites(Vec<String>);

impl Sites {
    fn read(typed: &str) -> Self {
        let origin = |line: &str| match line.trim() {
            "" => None,
            "*" => Some("*".to_owned()),
            line => {
                let origin = outbound::Url::parse(line).ok()?.origin();
                origin.is_tuple().then(|| origin.ascii_serialization())
            }
        };
        Self(typed.lines().filter_map(origin).collect())
    }

    /// What `Access-Control-Allow-Origin` is for a browser on that site.
    fn allow(&self, origin: &str) -> Option<HeaderValue> {
        if self.0.iter().any(|site| site == "*") {
            return Some(HeaderValue::from_static("*"));
        }
        let known = self.0.iter().any(|site| site == origin);
        HeaderValue::from_str(origin).ok().filter(|_| known)
    }
}

/// JSON for a browser on another site, if that site is on the list; for anything else what everybody may read.
fn answer(sites: &Sites, headers: &HeaderMap, body: &impl Serialize) -> Result<Response> {
    let mut allowed = None;
    if let Some(origin) = headers.get(header::ORIGIN) {
        allowed = sites.allow(origin.to_str().unwrap_or_default());
        if allowed.is_none() {
            return Err(Error::Forbidden("This site is not among those that may show conversations of ours.".into()));
        }
    }
    let body = serde_json::to_string(body).map_err(|e| Error::Internal(e.into()))?;
    let mut response = (StatusCode::OK, body).into_response();
    let mut set = |name: HeaderName, value: HeaderValue| {
        response.headers_mut().insert(name, value);
    };
    set(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    set(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=30"));
    set(header::VARY, HeaderValue::from_static("origin"));
    set(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    if let Some(allowed) = allowed {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    }
    Ok(response)
}

/// A page of a thread.
#[derive(Serialize)]
struct Thread {
    /// Where it is to be read and answered.
    url: String,
    title: String,
    /// Approved ones.
    comments: i64,
    /// Takes no more of them.
    closed: bool,
    page: i64,
    pages: i64,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    /// Its own address.
    url: String,
    /// How deep it stands.
    depth: i64,
    name: String,
    /// Of a guest's own site; '' for none.
    website: String,
    /// `comment`, `pingback`, `trackback`, `webmention`.
    kind: String,
    /// ISO 8601.
    at: String,
    /// Sanitised; '' where it was taken away.
    html: String,
    /// Taken away; it stands here only for its answers.
    gone: bool,
    /// Answers under it that are not on this page.
    further: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    page: i64,
}

async fn thread(
    State(app): State<App>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let (open, base) = (app.open(), app.site.public_url.clone());
    let page = asked.page.clamp(1, 1_000_000);
    let (sites, thread) = app
        .db
        .read(move |tx| {
            let rules = Rules::read(tx)?;
            Ok::<_, Error>((Sites::read(&rules.embed), of_post(tx, open, &base, &slug, page)?))
        })
        .await?;
    answer(&sites, &headers, &thread)
}

fn of_post(tx: &mut Tx<'_>, open: bool, base: &str, slug: &str, page: i64) -> Result<Thread> {
    let found = tx.row(
        sql!(
            "SELECT id, title, comments, locked_at, roots FROM posts
             WHERE slug = $1 AND state = 'published' AND visibility = 'public'"
        ),
        &[&slug],
        |r| {
            Ok((
                r.get::<Key>(0)?,
                r.get::<String>(1)?,
                r.get::<i64>(2)?,
                r.get::<Option<i64>>(3)?.is_some(),
                r.get::<i64>(4)?,
            ))
        },
    )?;
    let (id, title, comments, closed, roots) = found.filter(|_| open).ok_or(Error::NotFound)?;
    let url = format!("{base}/conversations/{slug}");
    let shown = read::page(tx, id, Sort::Oldest, page)?;
    let mut on_page: HashMap<i64, i64> = HashMap::new();
    for comment in &shown {
        *on_page.entry(comment.root).or_default() += 1;
    }
    let rows = shown.into_iter().map(|comment| row(comment, &url, base, &on_page)).collect();
    let pages = ((roots + TOPS - 1) / TOPS).max(1);
    Ok(Thread { url, title, comments, closed, page, pages, rows })
}

fn row(c: Shown, url: &str, base: &str, on_page: &HashMap<i64, i64>) -> Row {
    let gone = c.is_gone();
    let further = if c.depth == 0 { (c.replies + 1 - on_page.get(&c.root).copied().unwrap_or(0)).max(0) } else { 0 };
    let is_web = c.url.starts_with("https://") || c.url.starts_with("http://");
    Row {
        id: c.id.to_string(),
        url: format!("{url}/comments/{}", c.id),
        depth: c.depth,
        at: say::machine(&c.created_at, &TimeZone::UTC),
        // Links to people here lead here.
        html: if gone { String::new() } else { elsewhere(&c.html, base) },
        name: if gone { String::new() } else { c.name },
        website: if gone || !is_web { String::new() } else { c.url },
        kind: c.kind,
        gone,
        further,
    }
}

/// HTML of ours for another site: what our sanitiser left with an address without a host leads here.
fn elsewhere(html: &str, base: &str) -> String {
    html.replace("href=\"/", &format!("href=\"{base}/")).replace("src=\"/", &format!("src=\"{base}/"))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    posts: String,
}

/// How many comments each of some posts has; what is not public is left out.
async fn counts(State(app): State<App>, Query(wanted): Query<Wanted>, headers: HeaderMap) -> Result<Response> {
    let open = app.open();
    let slugs: Vec<String> = wanted.posts.split(',').take(COUNTS).map(str::to_owned).collect();
    let (sites, counts) = app
        .db
        .read(move |tx| {
            let rules = Rules::read(tx)?;
            let counts = if open {
                tx.rows_in(
                    sql!(
                        "SELECT slug, comments FROM posts WHERE state = 'published' AND visibility = 'public'
                           AND slug IN ($list)"
                    ),
                    &[],
                    &slugs,
                    |r| Ok((r.get::<String>(0)?, r.get::<i64>(1)?)),
                )?
            } else {
                Vec::new()
            };
            Ok::<_, Error>((Sites::read(&rules.embed), counts.into_iter().collect::<HashMap<_, _>>()))
        })
        .await?;
    answer(&sites, &headers, &counts)
}

#[derive(Template)]
#[template(path = "conversations/embed.html")]
struct How {
    frame: Frame,
    title: String,
    slug: String,
    base: String,
    sites: Vec<String>,
    /// Signed-out people read it too: only then can it be shown elsewhere.
    public: bool,
    moderator: bool,
}

async fn how(visitor: Visitor, Path(slug): Path<String>) -> Result<Response> {
    let (frame, (post, rules, moderator)) = visitor
        .read(move |tx, reader| Ok((read::post(tx, reader, &slug)?, Rules::read(tx)?, reader.moderator)))
        .await?;
    let app = &visitor.visit.app;
    let page = How {
        frame,
        title: post.title,
        slug: post.slug,
        base: app.site.public_url.clone(),
        sites: Sites::read(&rules.embed).0,
        public: post.public && post.state == "published" && app.open(),
        moderator,
    };
    visitor.visit.html(&page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::tests::begin;
    use crate::testing::{app, cookie_of, member, on_both, send};
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    fn ask(app: &App, path: &str, origin: &str) -> (u16, HeaderMap, String) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut request = Request::builder().uri(path).header(header::HOST, "127.0.0.1:1");
            if !origin.is_empty() {
                request = request.header(header::ORIGIN, origin);
            }
            let answer =
                crate::router::router(app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let body = axum::body::to_bytes(answer.into_body(), 1_000_000).await.unwrap();
            (status, headers, String::from_utf8_lossy(&body).into_owned())
        })
    }

    #[test]
    fn what_is_public_is_shown_to_the_sites_of_the_list_alone() {
        on_both(|db| {
            let app = app(db);
            let ana = member(&app.db, "Ana Reyes");
            let cookie = cookie_of(&app, ana);
            let (open, closed) = (begin(&app, &cookie, "Open"), begin(&app, &cookie, "Closed"));
            app.db
                .write_here(|tx| {
                    tx.execute(sql!("UPDATE posts SET visibility = 'members' WHERE slug = 'closed'"), &[])?;
                    Rules { embed: "https://blog.example".into(), ..Rules::default() }.write(tx)?;
                    let post: Key = tx.value(sql!("SELECT id FROM posts WHERE slug = 'open'"), &[])?.unwrap_or_default();
                    let (shown, held) = (tx.id(), tx.id());
                    for (id, number, words, state) in [(shown, 1i64, "Said openly", "approved"), (held, 2, "Held", "held")] {
                        tx.execute(
                            sql!(
                                "INSERT INTO comments (id, post_id, number, root, path, depth, kind, author_name, author_email,
                                   author_url, format, text, html, state, held_for, shown, purpose, useful, replies,
                                   created_at, version)
                                 VALUES ($1, $2, $3, $3, '', 0, 'comment', 'Grace', 'grace@example.com', 'javascript:x', 'html',
                                   $4, $4, $5, '', FALSE, 'comment', 0, 0, 1, 1)"
                            ),
                            &[&id, &post, &number, &words, &state],
                        )?;
                    }
                    crate::conversations::arrange(tx, post)
                })
                .unwrap();
            let path = format!("/embed{open}");
            let (status, headers, body) = ask(&app, &path, "https://blog.example");
            assert_eq!(status, 200);
            assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://blog.example");
            assert!(
                headers.get(header::SET_COOKIE).is_none() && headers.get("access-control-allow-credentials").is_none()
            );
            assert!(
                headers.get_all(header::VARY).iter().any(|v| v.to_str().unwrap().contains("origin")),
                "{headers:?}"
            );
            assert!(body.contains("Said openly") && body.contains("\"comments\":1"), "{body}");
            for secret in ["Held", "grace@example.com", "javascript"] {
                assert!(!body.contains(secret), "{secret}: {body}");
            }
            let (status, headers, body) = ask(&app, &path, "https://other.example");
            assert_eq!(status, 403);
            assert!(headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none() && !body.contains("Said openly"));
            // Not from a page of another site: what everybody reads.
            assert_eq!(ask(&app, &path, "").0, 200);
            for path in [format!("/embed{closed}"), "/embed/conversations/unknown".into()] {
                assert_eq!(ask(&app, &path, "https://blog.example").0, 404, "{path}");
            }
            let (_, _, counts) = ask(&app, "/embed/counts?posts=open,closed,unknown", "https://blog.example");
            assert_eq!(counts, "{\"open\":1}");
            assert_eq!(ask(&app, "/embed/counts?posts=open", "https://other.example").0, 403);
            assert_eq!(ask(&app, "/embed.js", "").0, 200);
            let how = send(&app, &format!("{open}/embed"), &cookie, None).body;
            assert!(how.contains("data-post=&#34;open&#34;") || how.contains("data-post=\"open\""), "{how}");
            assert!(send(&app, &format!("{closed}/embed"), &cookie, None).body.contains("no other site can show it"));
        });
    }

    #[test]
    fn sites_are_origins_and_nothing_like_them() {
        let sites =
            Sites::read(" https://Blog.example/a/page \nhttp://127.0.0.1:8000\n\nnonsense\nfile:///etc\ndata:,x\nnull");
        assert_eq!(sites.0, ["https://blog.example", "http://127.0.0.1:8000"]);
        assert_eq!(sites.allow("https://blog.example").unwrap(), "https://blog.example");
        for other in
            ["http://blog.example", "https://blog.example.evil.example", "https://blog.example:444", "null", ""]
        {
            assert_eq!(sites.allow(other), None, "{other}");
        }
        assert_eq!(Sites::read("*").allow("https://any.example").unwrap(), "*");
        assert_eq!(Sites::read("").allow("https://any.example"), None);
    }

    #[test]
    fn links_of_ours_lead_here() {
        assert_eq!(
            elsewhere("<a href=\"/people/ana\">@ana</a> <a href=\"https://x.example/\">x</a>", "https://us.example"),
            "<a href=\"https://us.example/people/ana\">@ana</a> <a href=\"https://x.example/\">x</a>"
        );
    }
}
