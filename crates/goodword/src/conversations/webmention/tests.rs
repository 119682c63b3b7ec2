//! Stories with a web server of the other side: what is announced is looked at before anybody sees it, and what a post links
//! to is told where that page says.

use crate::app::App;
use crate::conversations::tests::{begin, moderate};
use crate::key::Key;
use crate::router::url_encode;
use crate::testing::{Answer, app, app_as, cookie_of, letter_to, member, on_both, run_jobs, send};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use store::sql;

/// Pages by path: status, headers and body.
type Pages = HashMap<String, (u16, String, String)>;

/// Another site; everything it was asked, with what was sent.
#[derive(Clone)]
struct Site {
    url: String,
    pages: Arc<Mutex<Pages>>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Site {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let site = Self { url, pages: Arc::default(), asked: Arc::default() };
        let served = site.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut text = Vec::new();
                let mut part = [0; 4096];
                loop {
                    let n = stream.read(&mut part).unwrap_or(0);
                    text.extend_from_slice(&part[..n]);
                    let seen = String::from_utf8_lossy(&text).into_owned();
                    let Some((head, body)) = seen.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|l| {
                        let (name, value) = l.split_once(": ")?;
                        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
                    });
                    if n == 0 || body.len() >= length.unwrap_or(0) {
                        let path = head.split(' ').nth(1).unwrap_or("").to_owned();
                        served.asked.lock().unwrap().push((path.clone(), body.to_owned()));
                        let found = served.pages.lock().unwrap().get(&path).cloned();
                        let (status, headers, body) = found.unwrap_or((404, String::new(), String::new()));
                        let length = body.len();
                        let _ = write!(
                            stream,
                            "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n{body}"
                        );
                        break;
                    }
                }
            }
        });
        site
    }

    fn page(&self, path: &str, status: u16, headers: &str, body: &str) -> String {
        let html = if headers.contains("content-type") { "" } else { "content-type: text/html; charset=utf-8\r\n" };
        self.pages.lock().unwrap().insert(path.to_owned(), (status, format!("{html}{headers}"), body.to_owned()));
        format!("{}{path}", self.url)
    }

    fn asked(&self, path: &str) -> Vec<String> {
        self.asked.lock().unwrap().iter().filter(|(p, _)| p == path).map(|(_, body)| body.clone()).collect()
    }
}

fn announce(app: &App, source: &str, target: &str) -> Answer {
    send(app, "/webmention", "", Some(&format!("source={}&target={}", url_encode(source), url_encode(target))))
}

fn later(app: &App) {
    app.clock.advance(120_000_000);
    run_jobs(app);
}

/// State, kind, name and text of every comment.
fn comments(app: &App) -> Vec<(String, String, String, String)> {
    app.db
        .read_here(|tx| {
            tx.rows(sql!("SELECT state, kind, author_name, html FROM comments ORDER BY number"), &[], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
            })
        })
        .unwrap()
}

fn why(app: &App) -> Vec<(String, String)> {
    app.db
        .read_here(|tx| {
            tx.rows(sql!("SELECT state, why FROM webmentions_received ORDER BY asked_at, source"), &[], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
        })
        .unwrap()
}

#[test]
fn a_page_that_links_here_waits_for_a_moderator_and_goes_with_its_link() {
    on_both(|db| {
        let app = app(db);
        let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let (ana, mo) = (cookie_of(&app, ana), cookie_of(&app, mo));
        let path = begin(&app, &ana, "Which groups have you tried?");
        let target = format!("http://127.0.0.1:1{path}");
        let blog = Site::open();
        let words = format!(
            "<title>A &lt;b&gt;answer</title><p>After two years <a href=\"{target}\">this question</a> still <script>alert(1)</script>matters.</p>"
        );
        let source = blog.page("/answer", 200, "", &words);
        let taken = announce(&app, &source, &target);
        assert_eq!(
            (taken.status.as_u16(), blog.asked("/answer").len()),
            (202, 0),
            "nothing is fetched while they wait"
        );
        run_jobs(&app);
        let all = comments(&app);
        assert_eq!(all.len(), 1);
        let (state, kind, name, html) = &all[0];
        assert_eq!((state.as_str(), kind.as_str(), name.as_str()), ("held", "webmention", "A <b>answer"));
        assert!(html.contains("After two years this question still matters.") && !html.contains("script"), "{html}");
        assert!(!send(&app, &path, "", None).body.contains("After two years"), "nobody sees it yet");
        assert!(send(&app, "/moderation", &mo, None).body.contains("After two years"));
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM comments"), &[])).unwrap().unwrap();
        send(&app, &format!("/moderation/comments/{id}"), &mo, Some("to=approved"));
        let page = send(&app, &path, "", None).body;
        assert!(
            page.contains("After two years") && page.contains("webmention") && page.contains("1 comment"),
            "{page}"
        );
        assert!(page.contains("A &#60;b&#62;answer"), "{page}");

        // Announced again and unchanged, it stays as it is; changed, it waits again.
        later(&app);
        announce(&app, &source, &target);
        run_jobs(&app);
        assert_eq!(comments(&app)[0].0, "approved");
        later(&app);
        blog.page("/answer", 200, "", &words.replace("two years", "three years"));
        announce(&app, &source, &target);
        run_jobs(&app);
        let all = comments(&app);
        assert!(all.len() == 1 && all[0].0 == "held" && all[0].3.contains("three years"), "{all:?}");

        // The page is gone: so is its mention.
        later(&app);
        blog.page("/answer", 410, "", "");
        announce(&app, &source, &target);
        run_jobs(&app);
        assert_eq!(comments(&app)[0].0, "removed");
        assert_eq!(why(&app)[0].0, "gone");
        assert!(send(&app, &path, "", None).body.contains("0 comments"));
    });
}

#[test]
fn an_entry_elsewhere_is_shown_as_its_author_says_it_and_the_post_s_author_is_told() {
    on_both(|db| {
        let app = app(db);
        let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let (ana, mo) = (cookie_of(&app, ana), cookie_of(&app, mo));
        let path = begin(&app, &ana, "Which groups have you tried?");
        let target = format!("http://127.0.0.1:1{path}");
        let blog = Site::open();
        let author = |url: &str, name: &str| format!("<a class='p-author h-card' href='{url}'>{name}</a>");
        let entry = |author: &str, words: &str| {
            format!(
                "<title>Blog</title><nav>Menu</nav><article class=h-entry><h1 class=p-name>A reply</h1>{author}
                 <a class=u-in-reply-to href='{target}'>in reply</a><div class=e-content><p>{words}</p></div></article>"
            )
        };
        let whole = blog.page(
            "/whole",
            200,
            "",
            &entry(
                &author("/eve?a=1&amp;b=2", "Eve &lt;img src=x onerror=alert(1)&gt;"),
                "Two groups. &lt;script&gt;alert(1)&lt;/script&gt;<script>alert(2)</script> <b onclick='x()'>One</b> is left.",
            ),
        );
        let bad =
            blog.page("/bad", 200, "", &entry(&author("javascript:alert(1)", "Mallory"), "word ".repeat(400).as_str()));
        let summary = entry("", &"word ".repeat(400))
            .replace("<div class=e", "<p class=p-summary>In short: yes.</p><div class=e");
        let nobody = blog.page("/nobody", 200, "", &summary);
        for source in [&whole, &bad, &nobody] {
            assert_eq!(announce(&app, source, &target).status.as_u16(), 202);
            run_jobs(&app);
            later(&app);
        }
        let shown: Vec<(String, String, String)> = app
            .db
            .read_here(|tx| {
                tx.rows(sql!("SELECT author_name, author_url, html FROM comments ORDER BY number"), &[], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?))
                })
            })
            .unwrap();
        let [(name, url, html), second, third] = &shown[..] else { panic!("{shown:?}") };
        assert_eq!(name, "Eve <img src=x onerror=alert(1)>");
        assert_eq!(url, &format!("{}/eve?a=1&b=2", blog.url));
        assert!(html.contains("Two groups. &lt;script&gt;alert(1)&lt;/script&gt; One is left."), "{html}");
        assert!(!html.contains("alert(2)") && !html.contains("Menu") && !html.contains("[…]"), "{html}");
        assert!(html.contains(&format!("<a href=\"{whole}\"")) && html.contains(">A reply</a>"), "{html}");
        assert_eq!((second.0.as_str(), &second.1), ("Mallory", &bad), "only the web's addresses are homes");
        assert!(second.2.contains("[…]") && second.2.contains("in reply"), "{}", second.2);
        assert_eq!((third.0.as_str(), &third.1), ("A reply", &nobody));
        assert!(third.2.contains("In short: yes.") && !third.2.contains("word"), "{}", third.2);

        // Approved, it is told to whoever follows the post, as its author does unless they say otherwise.
        let ids: Vec<Key> =
            app.db.read_here(|tx| tx.rows(sql!("SELECT id FROM comments ORDER BY number"), &[], |r| r.get(0))).unwrap();
        let approve = |id: &Key| {
            send(&app, &format!("/moderation/comments/{id}"), &mo, Some("to=approved"));
            run_jobs(&app);
        };
        assert!(!letter_to(&app, "ana-reyes@example.org").contains("One is left."));
        approve(&ids[0]);
        let letter = letter_to(&app, "ana-reyes@example.org");
        assert!(letter.contains("One is left.") && letter.contains("wrote on a page elsewhere about"), "{letter}");
        let page = send(&app, &path, "", None).body;
        assert!(
            page.contains("Eve &#60;img") && page.contains("Two groups.") && !page.contains("<img src=x"),
            "{page}"
        );
        send(&app, &format!("{path}/subscription"), &ana, Some("scope=none"));
        approve(&ids[2]);
        assert!(!letter_to(&app, "ana-reyes@example.org").contains("In short: yes."));

        // A month later somebody looks whether it is still there: what changed is left, what is gone goes; and a closed
        // conversation hears of that too.
        send(&app, &format!("{path}/closing"), &ana, Some(""));
        blog.page("/nobody", 200, "", &summary.replace("yes", "no"));
        blog.page("/whole", 404, "", "");
        app.clock.advance(31 * store::DAY);
        run_jobs(&app);
        let states: Vec<String> = comments(&app).into_iter().map(|c| c.0).collect();
        assert_eq!(states, ["removed", "held", "approved"]);
        assert!(comments(&app)[2].3.contains("yes"));
        blog.page("/nobody", 200, "", "No link any more.");
        assert_eq!(announce(&app, &nobody, &target).status.as_u16(), 202);
        assert_eq!(announce(&app, &format!("{}/new", blog.url), &target).status.as_u16(), 400, "closed");
        run_jobs(&app);
        assert_eq!(comments(&app)[2].0, "removed");
    });
}

#[test]
fn what_does_not_link_here_is_refused() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Reyes");
        let ana = cookie_of(&app, ana);
        let path = begin(&app, &ana, "Open");
        let target = format!("http://127.0.0.1:1{path}");
        let blog = Site::open();
        let elsewhere = blog.page("/elsewhere", 200, "", "<a href=\"http://127.0.0.1:1/conversations/another\">x</a>");
        let comment = blog.page("/comment", 200, "", &format!("<!-- <a href=\"{target}\"> --> {target}"));
        let script = blog.page("/script", 200, "", &format!("<script>'<a href=\"{target}\">'</script>"));
        let plain = blog.page("/plain", 200, "content-type: text/plain\r\n", &format!("See {target} for more"));
        let moved = blog.page("/moved", 302, "location: /there\r\n", "");
        blog.page("/there", 200, "", "<base href=\"http://127.0.0.1:1/conversations/\"><a href=\"open\">x</a>");
        let broken = blog.page("/broken", 403, "", "no");
        for source in [&elsewhere, &comment, &script, &plain, &moved, &broken] {
            assert_eq!(announce(&app, source, &target).status.as_u16(), 202, "{source}");
        }
        run_jobs(&app);
        let shown: Vec<String> = comments(&app).into_iter().map(|c| c.3).collect();
        assert_eq!(shown.len(), 2, "{shown:?}");
        assert!(shown.iter().any(|html| html.contains("/moved")) && shown.iter().any(|html| html.contains("/plain")));
        let states: Vec<String> = why(&app).into_iter().map(|(state, _)| state).collect();
        assert_eq!(states.iter().filter(|s| *s == "gone").count(), 3, "{states:?}");
        assert!(why(&app).iter().any(|(state, why)| state == "refused" && why.contains("403")));

        // What can be refused at once is.
        let private = app
            .db
            .write_here(|tx| tx.execute(sql!("UPDATE posts SET visibility = 'members' WHERE slug = 'open'"), &[]))
            .map(|_| target.clone())
            .unwrap();
        for (source, target) in [
            (elsewhere.as_str(), private.as_str()),
            (&elsewhere, "http://127.0.0.1:1/conversations/unknown"),
            (&elsewhere, "http://127.0.0.1:1/people/ana-reyes"),
            (&elsewhere, "https://other.example/conversations/open"),
            ("http://127.0.0.1:1/about", &target),
            ("file:///etc/passwd", &target),
            ("", ""),
        ] {
            assert_eq!(announce(&app, source, target).status.as_u16(), 400, "{source} {target}");
        }
    });
}

#[test]
fn one_host_announces_so_many_an_hour_and_members_only_networks_take_none() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Reyes");
        let ana = cookie_of(&app, ana);
        let target = format!("http://127.0.0.1:1{}", begin(&app, &ana, "Open"));
        let blog = Site::open();
        let all: Vec<u16> =
            (0..22).map(|n| announce(&app, &format!("{}/{n}", blog.url), &target).status.as_u16()).collect();
        assert_eq!((all[19], all[20], all[21]), (202, 429, 429));
    });
    on_both(|db| {
        let app = app_as(db, |site| site.open = false);
        let ana = member(&app.db, "Ana Reyes");
        let ana = cookie_of(&app, ana);
        let target = format!("http://127.0.0.1:1{}", begin(&app, &ana, "Closed"));
        assert_eq!(announce(&app, "http://127.0.0.1:9/x", &target).status.as_u16(), 400);
    });
}

#[test]
fn pages_a_public_post_links_to_are_told_where_they_say() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Reyes");
        let cookie = cookie_of(&app, ana);
        let blog = Site::open();
        blog.page("/take", 202, "", "");
        let by_header = blog.page(
            "/header",
            200,
            "link: </take?by=header>; rel=\"other webmention\"\r\n",
            "<a href=/no rel=webmention>",
        );
        let by_link = blog.page(
            "/link",
            200,
            "",
            "<!-- <link rel=webmention href=/no> --><link rel=\"webmention\" href=\"/take\">",
        );
        let by_a = blog.page(
            "/a/deep",
            200,
            "",
            "<p><a rel='nofollow webmention' href='../take'>mention</a><link rel=webmention href=/no>",
        );
        let none = blog.page("/none", 200, "", "<p>nothing here");
        let moved = blog.page("/moved", 301, "location: /link\r\n", "");
        blog.page("/no", 500, "", "");
        let text = format!(
            "Read <{by_header}> and [this]({by_link}), <{by_a}>, <{none}>, <{moved}>, <http://127.0.0.1:1/conversations/x>.\n\n    {}/code",
            blog.url
        );
        let form = crate::conversations::tests::hidden(&send(&app, "/conversations/new", &cookie, None).body, "form");
        let typed = format!("title=Links&text={}&visibility=public&form={form}", url_encode(&text));
        let done = send(&app, "/conversations/new", &cookie, Some(&typed));
        assert_eq!(done.status.as_u16(), 303, "{}", done.body);
        later(&app);
        assert_eq!(blog.asked("/header").len(), 0, "so many links wait for a moderator, and nobody is told before");
        let mo = member(&app.db, "Mo Field");
        moderate(&app, mo);
        let post: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM posts"), &[])).unwrap().unwrap();
        let mo = cookie_of(&app, mo);
        send(&app, &format!("/moderation/posts/{post}"), &mo, Some("to=approved"));
        run_jobs(&app);
        assert_eq!(blog.asked("/header").len(), 0, "a minute to think better of it");
        later(&app);
        let source = url_encode_form("http://127.0.0.1:1/conversations/links");
        let says = |target: &str| format!("source={source}&target={}", url_encode_form(target));
        assert_eq!(blog.asked("/take?by=header"), [says(&by_header)]);
        let mut told = blog.asked("/take");
        told.sort();
        let mut wanted = [says(&by_link), says(&by_a), says(&moved)];
        wanted.sort();
        assert_eq!(told, wanted);
        assert_eq!(blog.asked("/no").len(), 0);
        let states = |state: &str| -> i64 {
            app.db
                .read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM webmentions_sent WHERE state = $1"), &[&state]))
                .unwrap()
                .unwrap()
        };
        assert_eq!((states("told"), states("takes none")), (3, 1));
        assert_eq!(states("refused"), 1, "the one found by its header answers 404 there");
        // Taken away: those who know of it are told once more, and find nothing.
        send(&app, "/conversations/links/removal", &cookie, Some(""));
        later(&app);
        assert_eq!((blog.asked("/take").len(), blog.asked("/take?by=header").len()), (6, 1));
        // What only members read tells nobody.
        let form = crate::conversations::tests::hidden(&send(&app, "/conversations/new", &cookie, None).body, "form");
        let typed = format!("title=Private&text={}&visibility=members&form={form}", url_encode(&by_link));
        send(&app, "/conversations/new", &cookie, Some(&typed));
        later(&app);
        assert_eq!(blog.asked("/take").len(), 6);
    });
}

fn url_encode_form(text: &str) -> String {
    url_encode(text).replace('/', "%2F")
}
