//! Stories: files of several shapes are brought in once, go on after an interruption, and come out as they went in.

use super::*;
use crate::testing::{app, cookie_of, member, on_both, send};
use std::collections::BTreeMap;

pub(crate) const COM: &[u8] = include_bytes!("../../../../formats/tests/files/wordpress-com.xml");
const OLD: &[u8] = include_bytes!("../../../../formats/tests/files/wordpress-1.0.xml");
const MESSY: &[u8] = include_bytes!("../../../../formats/tests/files/wordpress-messy.xml");
const DISQUS: &[u8] = include_bytes!("../../../../formats/tests/files/disqus.xml");

pub(crate) fn bring(db: &Db, kind: Kind, file: &[u8], name: &str) -> (Report, Vec<String>) {
    let import = db.write_here(|tx| begin(tx, kind, name, None, name, 0)).unwrap();
    let mut notes = Vec::new();
    let report =
        run(db, import, kind, file, i64::MAX, |what, why| notes.push(format!("{what}: {why}")), |_| {}).unwrap();
    (report, notes)
}

/// Every comment by its first words: what it answers, state, kind, author, address, when.
type Seen = BTreeMap<String, (String, String, String, String, String, i64)>;

fn comments(db: &Db) -> Seen {
    db.read_here(|tx| {
        tx.rows(
            sql!(
                "SELECT c.text, COALESCE(p.text, ''), c.state, c.kind, c.author_name, c.author_email, c.created_at,
                   c.number FROM comments c LEFT JOIN comments p ON p.id = c.parent_id"
            ),
            &[],
            |r| {
                let first = |text: String| text.chars().take(40).collect::<String>();
                assert!(r.get::<i64>(7)? > 0, "every comment has its place");
                Ok((first(r.get(0)?), (first(r.get(1)?), r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?)))
            },
        )
    })
    .unwrap()
    .into_iter()
    .collect()
}

fn count(db: &Db, what: &str) -> i64 {
    db.read_here(|tx| match what {
        "posts" => tx.value(sql!("SELECT COUNT(*) FROM posts"), &[]),
        "letters" => tx.value(sql!("SELECT (SELECT COUNT(*) FROM letters) + (SELECT COUNT(*) FROM jobs)"), &[]),
        "made" => tx.value(sql!("SELECT COUNT(*) FROM import_made"), &[]),
        _ => tx.value(sql!("SELECT COUNT(*) FROM comments"), &[]),
    })
    .unwrap()
    .unwrap()
}

#[test]
fn a_wordpress_site_moves_in_once() {
    on_both(|db| {
        let (report, notes) = bring(&db, Kind::Wordpress, COM, "com");
        assert_eq!((report.posts, report.comments, report.failure.as_str()), (3, 4, ""));
        assert_eq!(notes.len(), 2, "{notes:?}");
        let seen = comments(&db);
        let reply = &seen["A year is honest. Did <a href=\"http://gr"];
        assert_eq!((reply.0.as_str(), reply.3.as_str()), ("The monthly one. You have to meet people", "Nadia Moss"));
        assert_eq!(reply.5, 1_296_086_400_000_000);
        assert_eq!(seen["Not yet read by anybody"].1, "held");
        assert_eq!(seen["[...] Nadia asks whether groups work [.."].2, "pingback");
        let posts: Vec<(String, String, String, String, i64)> = db
            .read_here(|tx| {
                tx.rows(sql!("SELECT slug, kind, state, html, comments FROM posts ORDER BY slug"), &[], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?))
                })
            })
            .unwrap();
        let shape: Vec<_> = posts.iter().map(|p| (p.0.as_str(), p.1.as_str(), p.2.as_str(), p.4)).collect();
        assert_eq!(
            shape,
            [
                ("about", "page", "published", 0),
                ("do-networking-groups-work", "discussion", "published", 3),
                ("still-thinking", "discussion", "draft", 0),
            ]
        );
        assert!(posts[1].3.starts_with("<p>I have tried two kinds of group.<br>One met"), "{}", posts[1].3);
        // Again, and again under another digest (the same site exported on another day).
        assert!(bring(&db, Kind::Wordpress, COM, "com").0.before);
        let (again, _) = bring(&db, Kind::Wordpress, COM, "com, a day later");
        assert_eq!((again.posts, again.comments, again.already), (0, 0, 7));
        assert_eq!((count(&db, "posts"), count(&db, "comments")), (3, 4));
        assert_eq!(count(&db, "letters"), 0, "nobody is written to");
        // Arranging what stands as it should writes the post's counts and nothing else.
        let post: Key = db
            .read_here(|tx| tx.value(sql!("SELECT id FROM posts WHERE slug = 'do-networking-groups-work'"), &[]))
            .unwrap()
            .unwrap();
        let before = db.statements();
        db.write_here(|tx| conversations::arrange(tx, post)).unwrap();
        assert!(db.statements() - before <= 2, "{} statements", db.statements() - before);
        // Files of several sites live side by side.
        let (old, _) = bring(&db, Kind::Wordpress, OLD, "old");
        assert_eq!((old.posts, old.comments), (1, 2));
    });
}

#[test]
fn a_messy_file_keeps_what_can_be_kept_and_says_what_not() {
    on_both(|db| {
        let (report, notes) = bring(&db, Kind::Wordpress, MESSY, "messy");
        assert_eq!((report.posts, report.comments), (3, 13), "{notes:#?}");
        let seen = comments(&db);
        assert_eq!(seen["The child, first in the file"].0, "The parent\u{fffd}, second");
        assert_eq!(seen["Grandchild of the parent"].0, "The child, first in the file");
        assert_eq!(seen["My parent is missing"].0, "", "it stands at the top");
        let circle = [&seen["One half of a circle"].0, &seen["The other half"].0];
        assert_eq!(
            circle.iter().filter(|parent| parent.is_empty()).count(),
            1,
            "the circle is opened once: {circle:?}"
        );
        assert_eq!((seen["Rubbish"].1.as_str(), seen["Buy now"].1.as_str()), ("trash", "spam"));
        for left_out in
            ["same number came before", "plug-in’s own note", "no number", "no words", "was left out", "neither a post"]
        {
            assert!(notes.iter().any(|n| n.contains(left_out)), "{left_out}: {notes:#?}");
        }
        assert_eq!(i64::try_from(notes.len()).unwrap(), report.notes);
        let hostile: String = db
            .read_here(|tx| tx.value(sql!("SELECT html FROM comments WHERE text LIKE '<script>%'"), &[]))
            .unwrap()
            .unwrap();
        assert!(hostile.starts_with("<p>Hello <b>there</b></p>") && !hostile.contains("script"), "{hostile}");
        let url: Option<String> =
            db.read_here(|tx| tx.value(sql!("SELECT author_url FROM comments WHERE kind = 'trackback'"), &[])).unwrap();
        assert_eq!(url.as_deref(), Some(""), "a link that is no web address is dropped");
    });
}

#[test]
fn disqus_comments_find_the_post_of_the_same_address() {
    on_both(|db| {
        bring(&db, Kind::Wordpress, COM, "com");
        let (report, notes) = bring(&db, Kind::Disqus, DISQUS, "disqus");
        assert_eq!((report.posts, report.comments, notes.len()), (0, 4, 1), "{notes:?}");
        let seen = comments(&db);
        assert!(seen["<p>The answer comes before what it answe"].0.starts_with("<p>The monthly one."));
        assert_eq!(
            (seen["<p>Cheap pills</p>"].1.as_str(), seen["<p>I take that back</p>"].1.as_str()),
            ("spam", "trash")
        );
        assert_eq!((count(&db, "posts"), count(&db, "comments")), (3, 8));
        bring(&db, Kind::Disqus, DISQUS, "disqus again");
        assert_eq!((count(&db, "posts"), count(&db, "comments")), (3, 8));
    });
    // Without the WordPress file the thread becomes a post of its own.
    on_both(|db| {
        let (report, _) = bring(&db, Kind::Disqus, DISQUS, "disqus");
        assert_eq!((report.posts, report.comments), (1, 4));
    });
}

/// A file of one post with 1,200 comments, each the reply of the one before.
fn long() -> Vec<u8> {
    let mut file = String::from(
        "<rss><channel><link>https://long.example</link><item><title>Long</title><wp:post_id>1</wp:post_id>\
         <wp:status>publish</wp:status><wp:post_type>post</wp:post_type>",
    );
    for n in 1..=1_200 {
        let parent = n - 1;
        file.push_str(&format!(
            "<wp:comment><wp:comment_id>{n}</wp:comment_id><wp:comment_content>number {n}</wp:comment_content>\
             <wp:comment_approved>1</wp:comment_approved><wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"
        ));
    }
    file.push_str("</item></channel></rss>");
    file.into_bytes()
}

#[test]
fn an_interrupted_import_goes_on_or_is_dropped() {
    let file = long();
    on_both(|db| {
        let dies = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let import = db.write_here(|tx| begin(tx, Kind::Wordpress, "long", None, "long", 0)).unwrap();
            let progress = |entries: i64| assert!(entries < 600, "the process dies here");
            let _ = run(&db, import, Kind::Wordpress, &file[..], i64::MAX, |_, _| {}, progress);
        }));
        assert!(dies.is_err());
        let before = count(&db, "comments");
        assert!((500..700).contains(&before), "{before}");
        assert!(drop_running(&db, Kind::Wordpress, "long").unwrap());
        assert_eq!((count(&db, "posts"), count(&db, "comments"), count(&db, "made")), (0, 0, 0));
        // Again, in slices as the job does it.
        let import = db.write_here(|tx| begin(tx, Kind::Wordpress, "long", None, "long", 0)).unwrap();
        let mut slices = 0;
        let report = loop {
            let report = run(&db, import, Kind::Wordpress, &file[..], 300, |_, _| {}, |_| {}).unwrap();
            slices += 1;
            if report.done {
                break report;
            }
        };
        assert_eq!((report.posts, report.comments, report.already, slices), (1, 1_200, 0, 5));
        let deepest: Option<i64> = db.read_here(|tx| tx.value(sql!("SELECT MAX(depth) FROM comments"), &[])).unwrap();
        assert_eq!(deepest, Some(1_199), "parents are kept to any depth");
        assert!(!drop_running(&db, Kind::Wordpress, "long").unwrap(), "what is done is not dropped");
        // A file that was cut short says so and keeps what came before.
        let (cut, _) = bring(&db, Kind::Wordpress, &COM[..COM.len() - 400], "cut");
        assert!(cut.failure.contains("cut short") && cut.comments == 4, "{cut:?}");
    });
}

/// The same network as WordPress, without what names the moment.
fn written(db: &Db) -> String {
    let mut out = Vec::new();
    export::write_wordpress(db, "https://goodword.example", &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_exported_and_brought_into_a_new_network_is_exported_the_same() {
    on_both(|db| {
        for (kind, file, name) in [
            (Kind::Wordpress, COM, "com"),
            (Kind::Wordpress, OLD, "old"),
            (Kind::Wordpress, MESSY, "messy"),
            (Kind::Disqus, DISQUS, "disqus"),
        ] {
            bring(&db, kind, file, name);
        }
        let first = written(&db);
        let ids: Vec<&str> = first.lines().filter(|l| l.starts_with("<wp:comment_id>")).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(ids.len(), unique.len(), "numbers of two sites do not meet");
        on_both(|fresh| {
            let (report, notes) = bring(&fresh, Kind::Wordpress, first.as_bytes(), "round");
            assert_eq!((report.failure.as_str(), notes), ("", vec![]));
            assert_eq!(comments(&fresh), comments(&db));
            let again = written(&fresh);
            for (n, (was, is)) in first.lines().zip(again.lines()).enumerate() {
                assert_eq!(is, was, "line {n}");
            }
            assert_eq!(again.len(), first.len());
        });
        let mut json = Vec::new();
        export::write_json(&db, "https://goodword.example", &mut json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let total: usize =
            json["posts"].as_array().unwrap().iter().map(|p| p["comments"].as_array().unwrap().len()).sum();
        assert_eq!(total, ids.len());
    });
}

#[test]
fn an_admin_sends_a_file_and_reads_the_report_and_nobody_else_does() {
    on_both(|db| {
        let (admin, ben) = (member(&db, "Ada"), member(&db, "Ben"));
        db.write_here(|tx| {
            tx.execute(sql!("INSERT INTO roles (party_id, role, scope) VALUES ($1, 'admin', 'network')"), &[&admin])
        })
        .unwrap();
        let app = app(db);
        let (ada, ben) = (cookie_of(&app, admin), cookie_of(&app, ben));
        assert_eq!(send(&app, "/imports", &ben, None).status, 403);
        assert!(send(&app, "/imports", &ada, None).body.contains("None yet."));
        let body = |file: &[u8]| {
            let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"blog <b>.xml\"\r\n\r\n";
            [head.as_bytes(), file, b"\r\n--x--\r\n"].concat()
        };
        let upload = |cookie: &str, file: &[u8]| {
            crate::testing::send_bytes(&app, "/imports", cookie, "multipart/form-data; boundary=x", body(file))
        };
        assert_eq!(upload(&ben, COM).status, 403);
        assert_eq!(upload(&ada, b"").status, 422);
        let sent = upload(&ada, COM);
        assert_eq!(sent.status, 303, "{}", sent.body);
        assert!(send(&app, &sent.location, &ada, None).body.contains("being read"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(crate::jobs::run_due(&app));
        let page = send(&app, &sent.location, &ada, None).body;
        assert!(page.contains("blog &#60;b&#62;.xml") && page.contains("attachments are not kept"), "{page}");
        assert_eq!(count(&app.db, "comments"), 4);
        assert_eq!(upload(&ada, COM).location, sent.location, "the same file leads to its report");
        // Taken along again, by admins alone, and noted.
        let xml = send(&app, "/imports/export", &ada, Some("format=wordpress")).body;
        assert!(xml.contains("nadia@example.org") && xml.trim_end().ends_with("</rss>"), "{xml}");
        let json = send(&app, "/imports/export", &ada, Some("format=json")).body;
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["posts"].as_array().unwrap().len(), 3);
        assert_eq!(send(&app, "/imports/export", &ben, Some("format=json")).status, 403);
        assert!(send(&app, "/admin/audit", &ada, None).body.contains("Conversations taken"));
        assert_eq!(send(&app, &sent.location, &ben, None).status, 403);
        assert_eq!(send(&app, &format!("{}/removal", sent.location), &ada, Some("")).status, 409, "it has ended");
        // Another file, dropped before its job ran.
        let other = upload(&ada, OLD);
        assert_eq!(send(&app, &format!("{}/removal", other.location), &ada, Some("")).status, 303);
        runtime.block_on(crate::jobs::run_due(&app));
        assert_eq!(count(&app.db, "comments"), 4);
    });
}

#[test]
fn a_program_with_an_admins_token_brings_a_file_in_and_takes_all_along() {
    use crate::api::tests::{call, token};
    use crate::tokens::Scope;
    use axum::body::Body;
    use axum::http::{Request, header};
    use serde_json::{Value, json};
    use tower::ServiceExt;
    on_both(|db| {
        let (admin, mo) = (member(&db, "Ada"), member(&db, "Mo"));
        db.write_here(|tx| {
            crate::roles::put(tx, admin, crate::roles::Role::Admin)?;
            crate::roles::put(tx, mo, crate::roles::Role::Moderator)
        })
        .unwrap();
        let app = app(db);
        let scopes = [Scope::Read, Scope::Write, Scope::Keep];
        let (ada, mo) = (token(&app, admin, &scopes), token(&app, mo, &scopes));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let upload = |token: &str, kind: &str, key: &str, file: &'static [u8]| {
            runtime.block_on(async {
                let request = Request::post("/api/v1/admin/imports?name=blog.xml")
                    .header(header::HOST, "127.0.0.1:1")
                    .header(header::AUTHORIZATION, token)
                    .header(header::CONTENT_TYPE, kind)
                    .header("idempotency-key", key);
                let request = request.body(Body::from(file)).unwrap();
                let response = crate::router::router(app.clone()).oneshot(request).await.unwrap();
                let status = response.status().as_u16();
                let bytes = axum::body::to_bytes(response.into_body(), 1_000_000).await.unwrap();
                (status, serde_json::from_slice::<Value>(&bytes).unwrap())
            })
        };
        assert_eq!(upload(&mo, "application/xml", "a", COM).0, 403);
        assert_eq!(upload(&ada, "application/json", "b", COM).0, 415);
        assert_eq!(upload(&ada, "application/xml", "c", b"").0, 422);
        let (status, begun) = upload(&ada, "application/xml; charset=utf-8", "d", COM);
        assert_eq!(status, 202, "{begun}");
        assert_eq!(upload(&ada, "application/xml", "d", MESSY).0, 422, "the key was another file's");
        let path = format!("/api/v1/admin/imports/{}", begun["id"].as_str().unwrap());
        assert_eq!(call(&app, &ada, "GET", &path, None).body["state"], json!("being read"));
        runtime.block_on(crate::jobs::run_due(&app));
        let seen = call(&app, &ada, "GET", &path, None).body;
        assert_eq!(
            (&seen["state"], &seen["posts"], &seen["comments"], &seen["notes"], &seen["file"]),
            (&json!("done"), &json!(3), &json!(4), &json!(2), &json!("blog.xml"))
        );
        let first = call(&app, &ada, "GET", &format!("{path}/notes?limit=1"), None).body;
        let next = first["next"].as_str().unwrap();
        let second = call(&app, &ada, "GET", &format!("{path}/notes?limit=1&cursor={next}"), None).body;
        assert!(first["items"][0] != second["items"][0] && second["next"].is_null(), "{first} {second}");
        assert_eq!(upload(&ada, "text/xml", "e", COM).1, begun, "the same file is once");
        assert_eq!(call(&app, &ada, "DELETE", &path, None).status, 409, "it has ended");
        let other = upload(&ada, "application/octet-stream", "f", OLD).1;
        let other = format!("/api/v1/admin/imports/{}", other["id"].as_str().unwrap());
        assert_eq!(call(&app, &mo, "DELETE", &other, None).status, 403);
        assert_eq!(call(&app, &ada, "DELETE", &other, None).status, 200);
        runtime.block_on(crate::jobs::run_due(&app));
        assert_eq!(count(&app.db, "comments"), 4);
        let states: Vec<Value> = call(&app, &ada, "GET", "/api/v1/admin/imports", None)
            .body
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["state"].clone())
            .collect();
        assert_eq!(states, [json!("dropped"), json!("done")]);
        let taken = call(&app, &ada, "POST", "/api/v1/admin/imports/export", Some(json!({}))).body;
        assert_eq!(taken["posts"].as_array().unwrap().len(), 3);
        let format = json!({ "format": "wordpress" });
        let taken = call(&app, &ada, "POST", "/api/v1/admin/imports/export", Some(format)).body;
        assert!(taken.as_str().unwrap().trim_end().ends_with("</rss>"));
        for path in [path.as_str(), "/api/v1/admin/imports"] {
            assert_eq!(call(&app, &mo, "GET", path, None).status, 403, "{path}");
        }
        assert_eq!(call(&app, &mo, "POST", "/api/v1/admin/imports/export", Some(json!({}))).status, 403);
    });
}
