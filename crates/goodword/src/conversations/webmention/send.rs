//! Mentions of other pages: what a public post of a member links to is told, once for each wording.

use super::{PAGE, REDIRECTS, TRIES, is_html, resolved, text};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use outbound::{Answer, Request, Url};
use std::collections::BTreeSet;
use store::{Job, Tx, sql};

/// Pages one post tells.
const MOST: usize = 30;
/// An author may still think better of it for so long (µs).
const PAUSE: i64 = 60_000_000;

/// To be called when a post was published, changed or taken away: a job finds what is to be told.
///
/// # Errors
/// The database's.
pub fn told(tx: &mut Tx<'_>, post: Key) -> Result<()> {
    let due = tx.now() + PAUSE;
    tx.enqueue("webmention-links", &format!("{post} {due}"), "", due)?;
    Ok(())
}

/// The job: writes down which pages are to be told. Those an earlier wording told are told again, also when the link is
/// gone or the post is: they look for themselves.
pub(super) async fn find(app: &App, job: &Job) -> anyhow::Result<()> {
    let post: Key = job.key.split(' ').next().unwrap_or("").parse()?;
    let (open, public_url, outbound) = (app.open(), app.site.public_url.clone(), app.site.outbound.clone());
    let job = job.clone();
    app.db
        .write(move |tx| {
            let html: Option<String> = tx.value(
                sql!(
                    "SELECT html FROM posts WHERE id = $1 AND state = 'published' AND visibility = 'public'
                       AND author_id IS NOT NULL"
                ),
                &[&post],
            )?;
            let links = html.filter(|_| open).map(|html| targets(&html, &public_url)).unwrap_or_default();
            let now = tx.now();
            for target in links.iter().filter(|target| outbound.check(target).is_ok()) {
                tx.execute(
                    sql!(
                        "INSERT INTO webmentions_sent (id, post_id, target, state, endpoint, why, asked_at)
                         VALUES ($1, $2, $3, 'waiting', '', '', $4)
                         ON CONFLICT (post_id, target) DO UPDATE SET state = 'waiting', asked_at = excluded.asked_at"
                    ),
                    &[&tx.id(), &post, target, &now],
                )?;
            }
            let all: Vec<Key> = tx.rows(
                sql!("SELECT id FROM webmentions_sent WHERE post_id = $1 AND state IN ('waiting', 'told')"),
                &[&post],
                |r| r.get(0),
            )?;
            for id in all {
                tx.enqueue("webmention-tell", &format!("{id} {now}"), "", now)?;
            }
            Ok::<_, Error>(tx.finish_job(&job)?)
        })
        .await?;
    Ok(())
}

/// Where a post's links lead, on other sites.
fn targets(html: &str, public_url: &str) -> BTreeSet<String> {
    let own = Url::parse(public_url).ok().map(|url| url.origin());
    let page = formats::links::page(html);
    (page.links.iter().filter(|link| link.element == "a"))
        .filter_map(|link| Url::parse(&link.href).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https") && Some(url.origin()) != own)
        .map(String::from)
        .take(MOST)
        .collect()
}

/// What a page that is linked to answered.
enum Told {
    /// It has been told, at this address.
    Yes(String),
    /// It takes no mentions.
    TakesNone,
    /// Why not, and at which address, if it has one.
    Refused(String, String),
}

/// The job: tells one page.
pub(super) async fn tell(app: &App, job: &Job) -> anyhow::Result<()> {
    let id: Key = job.key.split(' ').next().unwrap_or("").parse()?;
    let found: Option<(String, String)> = app
        .db
        .read(move |tx| {
            Ok::<_, Error>(tx.row(
                sql!(
                    "SELECT w.target, s.slug FROM webmentions_sent w JOIN posts s ON s.id = w.post_id WHERE w.id = $1"
                ),
                &[&id],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )?)
        })
        .await?;
    let told = match &found {
        None => None,
        Some((target, slug)) => {
            let source = format!("{}/conversations/{slug}", app.site.public_url);
            Some(reach(app, &source, target, job.attempts >= TRIES).await?)
        }
    };
    let job = job.clone();
    app.db
        .write(move |tx| {
            let now = tx.now();
            let (state, endpoint, why) = match &told {
                None => return Ok::<_, Error>(tx.finish_job(&job)?),
                Some(Told::Yes(endpoint)) => ("told", endpoint.as_str(), ""),
                Some(Told::TakesNone) => ("takes none", "", ""),
                Some(Told::Refused(why, endpoint)) => ("refused", endpoint.as_str(), why.as_str()),
            };
            tx.execute(
                sql!("UPDATE webmentions_sent SET state = $1, endpoint = $2, why = $3, tried_at = $4 WHERE id = $5"),
                &[&state, &endpoint, &why, &now, &id],
            )?;
            Ok(tx.finish_job(&job)?)
        })
        .await?;
    Ok(())
}

async fn reach(app: &App, source: &str, target: &str, last: bool) -> anyhow::Result<Told> {
    let out = &app.site.outbound;
    let look = Request::get(target).header(outbound::header::ACCEPT, "text/html, */*;q=0.5").at_most(PAGE);
    let endpoint = match out.send(look.following(REDIRECTS)).await {
        Ok(answer) if answer.status >= 500 && !last => anyhow::bail!("the page answered {}", answer.status),
        Ok(answer) => endpoint(&answer),
        Err(failure) if failure.may_pass() && !last => anyhow::bail!("{failure}"),
        Err(failure) => return Ok(Told::Refused(failure.to_string(), String::new())),
    };
    let Some(endpoint) = endpoint else { return Ok(Told::TakesNone) };
    let send = Request::post_form(&endpoint, &[("source", source), ("target", target)]).at_most(64 * 1024);
    match out.send(send).await {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(Told::Yes(endpoint)),
        Ok(answer) if (answer.status >= 500 || answer.status == 429) && !last => {
            anyhow::bail!("the endpoint answered {}", answer.status)
        }
        Ok(answer) => Ok(Told::Refused(format!("It answered {}.", answer.status), endpoint)),
        Err(failure) if failure.may_pass() && !last => anyhow::bail!("{failure}"),
        Err(failure) => Ok(Told::Refused(failure.to_string(), endpoint)),
    }
}

/// Where a page takes mentions: the first `Link` header, else the first `link` or `a` in it, that says so.
fn endpoint(answer: &Answer) -> Option<String> {
    let says = |link: &formats::links::Link| link.rel.iter().any(|rel| rel == "webmention");
    let headers = answer.headers.get_all(outbound::header::LINK).iter().filter_map(|v| v.to_str().ok());
    if let Some(link) = headers.flat_map(formats::links::header).find(says) {
        return Some(Url::parse(&answer.url).ok()?.join(&link.href).ok()?.into());
    }
    if !is_html(answer) {
        return None;
    }
    let page = formats::links::page(&text(answer));
    resolved(&page, answer)
        .find(|(link, _)| matches!(link.element.as_str(), "a" | "link") && says(link))
        .map(|(_, url)| url.into())
}
