//! A spam service that speaks Akismet's protocol, asked after a comment is durably held and before anybody reads it. Where it
//! does not answer in time, the rules' own verdict holds: no comment is lost, and nobody waits for it.
//!
//! It is told what is public anyway: name, site, words and address of the page. No e-mail address and no network address.

use super::settings::Rules;
use super::{Event, State, note, order, telling};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use outbound::{Request, Url};
use std::time::Duration;
use store::{Job, Tx, sql};

/// What stands among a comment's reasons while the service is asked.
pub const ASKED: &str = "the spam service is asked";
/// Asks about a comment.
pub const CHECK: &str = "spam-check";
/// Tells what a moderator decided otherwise.
pub const REPORT: &str = "spam-report";
/// A person may be waiting to read it.
const DEADLINE: Duration = Duration::from_secs(5);

/// The address of an Akismet-compatible service, as a moderator typed it: without `/comment-check` at its end.
///
/// # Errors
/// [`Error::Invalid`].
pub fn address(typed: &str) -> Result<String> {
    let typed = formats::text::clean_line(typed);
    let typed = typed.trim_end_matches('/').trim_end_matches("/comment-check");
    if typed.is_empty() {
        return Ok(String::new());
    }
    let url = Url::parse(typed).ok().filter(|u| matches!(u.scheme(), "https" | "http") && u.host().is_some());
    match url {
        Some(_) if typed.len() <= 300 => Ok(typed.to_owned()),
        _ => Err(Error::field("spam_url", "Please type its address, such as https://rest.akismet.com/1.1.")),
    }
}

/// What the service is asked or told about a comment.
struct About {
    url: String,
    fields: Vec<(&'static str, String)>,
}

fn about(tx: &mut Tx<'_>, public_url: &str, comment: Key) -> Result<Option<About>> {
    let rules = Rules::read(tx)?;
    let (url, key) = (rules.spam_url, rules.spam_key);
    if url.is_empty() {
        return Ok(None);
    }
    Ok(tx.row(
        sql!(
            "SELECT COALESCE(NULLIF(c.author_name, ''), p.name, ''), c.author_url, c.text, s.slug, c.parent_id, c.created_at
             FROM comments c JOIN posts s ON s.id = c.post_id LEFT JOIN parties p ON p.id = c.author_id
             WHERE c.id = $1 AND s.visibility = 'public'"
        ),
        &[&comment],
        |r| {
            let (slug, parent): (String, Option<Key>) = (r.get(3)?, r.get(4)?);
            let fields = vec![
                ("api_key", key.clone()),
                ("blog", public_url.to_owned()),
                ("permalink", format!("{public_url}/conversations/{slug}")),
                ("comment_type", if parent.is_some() { "reply" } else { "comment" }.to_owned()),
                ("comment_author", r.get(0)?),
                ("comment_author_url", r.get(1)?),
                ("comment_content", r.get(2)?),
                ("comment_date_gmt", crate::say::machine(&r.get::<i64>(5)?, &jiff::tz::TimeZone::UTC)),
                ("blog_charset", "UTF-8".to_owned()),
                // The protocol asks for one; we keep none.
                ("user_ip", "127.0.0.1".to_owned()),
            ];
            Ok(About { url: url.clone(), fields })
        },
    )?)
}

async fn call(app: &App, about: &About, what: &str) -> Result<String, String> {
    let fields: Vec<(&str, &str)> = about.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let request = Request::post_form(&format!("{}/{what}", about.url), &fields)
        .header(outbound::header::USER_AGENT, concat!("Goodword/", env!("CARGO_PKG_VERSION")))
        .at_most(4 * 1024)
        .within(DEADLINE);
    match app.site.outbound.send(request).await {
        Ok(answer) if answer.status == 200 => Ok(String::from_utf8_lossy(&answer.body).trim().to_owned()),
        Ok(answer) => Err(format!("it answered {}", answer.status)),
        Err(failure) => Err(failure.to_string()),
    }
}

/// The jobs [`CHECK`] and [`REPORT`]: each is done whatever the service answers.
///
/// # Errors
/// The database's.
pub async fn run(app: &App, job: &Job) -> anyhow::Result<()> {
    let checks = job.kind == CHECK;
    let comment: Key = if checks { job.key.parse()? } else { job.payload.split(' ').next().unwrap_or("").parse()? };
    let public_url = app.site.public_url.clone();
    let about = app.db.read(move |tx| about(tx, &public_url, comment)).await?;
    let what = match (checks, job.payload.ends_with(" spam")) {
        (true, _) => "comment-check",
        (false, true) => "submit-spam",
        (false, false) => "submit-ham",
    };
    let answer = match &about {
        None => Err("it is not to be asked".to_owned()),
        Some(about) => call(app, about, what).await,
    };
    if let Err(why) = &answer {
        tracing::info!(what, why, "the spam service gave no answer");
    }
    let done = job.clone();
    app.db
        .write(move |tx| {
            if checks {
                settle(tx, comment, answer.as_deref().ok())?;
            }
            tx.finish_job(&done).map_err(Error::from)
        })
        .await?;
    Ok(())
}

/// Moves a comment on that waited for the service alone; one that a moderator decided meanwhile stays where it is.
fn settle(tx: &mut Tx<'_>, comment: Key, answer: Option<&str>) -> Result<()> {
    let found: Option<(Key, String)> =
        tx.row(sql!("SELECT post_id, held_for FROM comments WHERE id = $1 AND state = 'held'"), &[&comment], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let Some((post, reasons)) = found.filter(|(_, reasons)| reasons.lines().any(|line| line == ASKED)) else {
        return Ok(());
    };
    let mut reasons: Vec<&str> = reasons.lines().filter(|line| *line != ASKED).collect();
    let kind = match answer {
        Some("true") => "spam service: spam",
        Some("false") => "spam service: nothing found",
        _ => "spam service: no answer",
    };
    let to = match answer {
        Some("true") => {
            reasons.push("the spam service calls it spam");
            State::Spam
        }
        _ if reasons.is_empty() => State::Approved,
        _ => State::Held,
    };
    let reason = reasons.join("\n");
    tx.execute(sql!("UPDATE comments SET held_for = $1 WHERE id = $2"), &[&reason, &comment])?;
    order::put(tx, comment, to)?;
    let from = State::Held.as_str();
    note(tx, &Event { post, comment: Some(comment), actor: None, kind, from, to: to.as_str(), reason: "" })?;
    telling::enqueue(tx, comment, to)
}

/// After a moderator's decision: the service learns where it was wrong. Only of what it has seen.
///
/// # Errors
/// The database's.
pub fn learn(tx: &mut Tx<'_>, comment: Key, event: Key, from: State, to: State) -> Result<()> {
    let verdict = match (from, to) {
        (_, State::Spam) => "spam",
        (State::Spam, State::Approved | State::Held) => "ham",
        _ => return Ok(()),
    };
    let seen: Option<i64> = tx.value(
        sql!("SELECT 1 FROM moderation_events WHERE comment_id = $1 AND kind LIKE 'spam service:%' LIMIT 1"),
        &[&comment],
    )?;
    if seen.is_some() {
        let now = tx.now();
        tx.enqueue(REPORT, &event.to_string(), &format!("{comment} {verdict}"), now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{begin, hidden, id_in, moderate, say};
    use super::*;
    use crate::testing::{Answer, app, cookie_of, letter_to, link_in, member, on_both, run_jobs, send};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, channel};

    /// A service that answers by what it reads: path and body of each request are handed on.
    fn service() -> (String, Receiver<(String, String)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/1.1", listener.local_addr().unwrap());
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    reader.read_line(&mut head).unwrap();
                }
                let lower = head.to_lowercase();
                let length = lower.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().parse().unwrap();
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let body = String::from_utf8(body).unwrap();
                let path = head.split(' ').nth(1).unwrap().to_owned();
                let (status, answer) = match path.as_str() {
                    _ if body.contains("broken") => ("500 x", "oops"),
                    _ if body.contains("nonsense") => ("200 OK", "invalid"),
                    "/1.1/comment-check" if body.contains("pills") => ("200 OK", "true"),
                    "/1.1/comment-check" => ("200 OK", "false"),
                    _ => ("200 OK", "Thanks for making the web a better place."),
                };
                write!(reader.get_mut(), "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{answer}", answer.len())
                    .unwrap();
                if tell.send((path, body)).is_err() {
                    return;
                }
            }
        });
        (url, told)
    }

    #[test]
    fn addresses_as_people_type_them() {
        assert_eq!(address(" https://rest.akismet.com/1.1/comment-check ").unwrap(), "https://rest.akismet.com/1.1");
        assert_eq!(address("").unwrap(), "");
        for bad in ["akismet", "ftp://x.example", "javascript:alert(1)"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_service_is_asked_after_the_comment_is_kept_and_loses_none() {
        on_both(|db| {
            let app = app(db);
            let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
            moderate(&app, mo);
            let (ana, mo) = (cookie_of(&app, ana), cookie_of(&app, mo));
            let (url, told) = service();
            let rules = |url: &str| {
                let form = format!(
                    "guests=yes&hold_first=nobody&links=2&flood=0&hourly=0&spam_url={}&spam_key=a+key",
                    crate::router::url_encode(url)
                );
                send(&app, "/moderation/rules", &mo, Some(&form)).status.as_u16()
            };
            assert_eq!(rules("nonsense"), 422);
            let privacy = || send(&app, "/privacy", "", None).body;
            assert!(privacy().contains("A guest’s e-mail address") && !privacy().contains("is asked of a service"));
            assert_eq!(rules(&url), 303);
            assert!(privacy().contains("is asked of a service") && privacy().contains(&url), "{}", privacy());
            let path = begin(&app, &mo, "Checked");
            let open = |words: &str| send(&app, &path, "", None).body.contains(words);
            let said = |answer: Answer| {
                assert_eq!(answer.status.as_u16(), 303, "{}", answer.body);
                id_in(&answer.location)
            };

            // A member nobody has read yet: kept first, asked then, shown after.
            let one = said(say(&app, &ana, &path, "text=Plain+words"));
            assert!(!open("Plain words"));
            run_jobs(&app);
            assert!(open("Plain words"));
            let (asked, body) = told.recv().unwrap();
            assert_eq!(asked, "/1.1/comment-check");
            assert!(body.contains("api_key=a+key") && body.contains("comment_content=Plain+words"), "{body}");
            assert!(body.contains("comment_author=Ana+Reyes") && body.contains("user_ip=127.0.0.1"), "{body}");
            assert!(!body.contains("ana-reyes%40") && !body.contains("email"), "{body}");
            // Once known, members are not sent anywhere.
            said(say(&app, &ana, &path, "text=pills+are+what+I+sell"));
            assert!(open("pills are what I sell"));

            // A guest: confirmed first, then asked; spam goes to spam, and a moderator’s no is told.
            let guest = |words: &str, name: &str| {
                let id = said(say(&app, "", &path, &format!("text={words}&name={name}&email={name}%40example.com")));
                let letter = letter_to(&app, &format!("{}@example.com", name.to_lowercase()));
                send(&app, &link_in(&letter, "/conversations/guests/"), "", Some("answer=yes"));
                run_jobs(&app);
                id
            };
            let two = guest("Cheap+pills", "Spammer");
            assert!(!open("Cheap pills"));
            assert!(!told.recv().unwrap().1.contains("Spammer%40"));
            assert!(send(&app, "/moderation?tab=spam", &mo, None).body.contains("the spam service calls it spam"));
            send(&app, &format!("/moderation/comments/{two}"), &mo, Some("to=approved"));
            run_jobs(&app);
            assert!(open("Cheap pills"));
            assert_eq!(told.recv().unwrap().0, "/1.1/submit-ham");
            send(&app, &format!("/moderation/comments/{one}"), &mo, Some("to=spam"));
            run_jobs(&app);
            assert_eq!(told.recv().unwrap().0, "/1.1/submit-spam");

            // Broken, nonsensical or gone, it stops nobody; what the rules hold stays held.
            for (words, name) in [("broken+today", "Bea"), ("nonsense+today", "Nell")] {
                guest(words, name);
                assert!(open(&words.replace('+', " ")), "{words}");
                told.recv().unwrap();
            }
            guest("See+https://a.example+https://b.example", "Lou");
            assert!(!open("a.example"));
            assert!(send(&app, "/moderation", &mo, None).body.contains("has 2 links"));
            told.recv().unwrap();
            assert_eq!(rules("http://127.0.0.1:9"), 303);
            guest("nobody+there", "Nan");
            assert!(open("nobody there"));
            // Nothing for members alone leaves the house.
            let form = hidden(&send(&app, "/conversations/new", &mo, None).body, "form");
            let typed = format!("title=Inside&text=Us.&visibility=members&form={form}");
            let inside = send(&app, "/conversations/new", &mo, Some(&typed)).location;
            rules(&url);
            let eve = cookie_of(&app, member(&app.db, "Eve Stone"));
            said(say(&app, &eve, &inside, "text=Among+us"));
            assert!(send(&app, &inside, &mo, None).body.contains("Among us"));
            assert!(told.try_recv().is_err());
        });
    }
}
