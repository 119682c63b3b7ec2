//! Conversations through the JSON API: a program says, reads, corrects and looks after what its owner may, and learns no
//! guest's address.

use super::tests::{GUEST, begin, id_in, later, moderate, run_jobs, say};
use crate::app::App;
use crate::key::Key;
use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};
use crate::tokens::Scope;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tower::ServiceExt;

fn token(app: &App, who: Key, scopes: &[Scope]) -> String {
    let name = crate::input::Name::parse("name", "test").unwrap();
    app.db.write_here(|tx| crate::tokens::issue(tx, who, &name, scopes, 90)).unwrap().1
}

/// Status and body of one request; an empty token is nobody's.
fn call(app: &App, token: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:1");
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request = request.header(header::CONTENT_TYPE, "application/json");
        let body = Body::from(body.map_or_else(String::new, |b| b.to_string()));
        let response = crate::router::router(app.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    })
}

#[test]
fn a_program_takes_part_as_its_owner_does() {
    on_both(|db| {
        let app = app(db);
        let (ana, ben) = (member(&app.db, "Ana Reyes"), member(&app.db, "Ben Castle"));
        let all = [Scope::Read, Scope::Write];
        let (ana, ben) = (token(&app, ana, &all), token(&app, ben, &all));
        let here = "/api/v1/conversations";
        let sent = json!({ "title": "By a program", "text": "Does *that* work?", "tags": ["pricing"], "visibility": "public" });
        let (status, post) = call(&app, &ana, "POST", here, Some(sent));
        assert_eq!((status, &post["slug"], &post["version"]), (201, &json!("by-a-program"), &json!(1)), "{post}");
        let path = format!("{here}/by-a-program");
        assert_eq!(call(&app, &ana, "POST", here, Some(json!({ "title": "x", "text": "", "visibility": "" }))).0, 422);
        assert_eq!(call(&app, "", "POST", here, Some(json!({}))).0, 401);

        // Thirty comments in pages of eleven, each before the answers to it.
        let mut ids = Vec::new();
        for i in 0..30 {
            later(&app, 30);
            let parent = if i % 3 == 0 { Value::Null } else { json!(ids[i - i % 3]) };
            let body = json!({ "text": format!("Number {i}"), "parent": parent });
            let (status, said) = call(&app, &ben, "POST", &format!("{path}/comments"), Some(body));
            assert_eq!((status, &said["state"], &said["mine"]), (201, &json!("approved"), &json!(true)), "{said}");
            ids.push(said["id"].as_str().unwrap().to_owned());
        }
        let (mut read, mut cursor) = (Vec::new(), String::new());
        loop {
            let (status, page) = call(&app, "", "GET", &format!("{path}/comments?limit=11&cursor={cursor}"), None);
            assert_eq!(status, 200, "signed out too: it is public");
            read.extend(page["items"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(read, ids);
        assert_eq!(call(&app, "", "GET", &format!("{path}/comments?cursor=nonsense"), None).0, 422);

        // Corrected from what is there, by its author, within the time; taken away and put back.
        let one = format!("/api/v1/comments/{}", ids[29]);
        let put = |token: &str, version: i64| {
            call(&app, token, "PUT", &one, Some(json!({ "text": "Number 29, corrected", "version": version })))
        };
        assert_eq!(put(&ana, 1).0, 404);
        assert_eq!(call(&app, &ben, "PUT", &one, Some(json!({ "text": "x" }))).0, 428);
        assert_eq!(put(&ben, 1).1["html"], json!("<p>Number 29, corrected</p>\n"));
        assert_eq!(put(&ben, 1).0, 409);
        assert_eq!(call(&app, &ana, "DELETE", &one, None).0, 404);
        assert_eq!(call(&app, &ben, "DELETE", &one, None).0, 200);
        assert_eq!(call(&app, &ana, "GET", &one, None).0, 404);
        assert_eq!(call(&app, &ben, "POST", &format!("{one}/restoration"), None).1["state"], json!("approved"));
        let useful = |token: &str, method: &str| call(&app, token, method, &format!("{one}/useful"), None);
        assert_eq!(useful(&ana, "PUT").1["useful"], json!(1));
        assert_eq!(useful(&ben, "PUT").0, 403);
        assert_eq!(useful(&ana, "DELETE").1["useful"], json!(0));
        assert_eq!(call(&app, &ana, "POST", &format!("{one}/reports"), Some(json!({ "reason": "rude" }))).0, 200);
        assert_eq!(call(&app, &ana, "POST", &format!("{path}/reports"), Some(json!({ "reason": "" }))).0, 422);
        let follow = |body: Value| call(&app, &ben, "PUT", &format!("{path}/subscription"), Some(body)).0;
        assert_eq!(
            [follow(json!({ "scope": "post", "cadence": "daily" })), follow(json!({ "scope": "all" }))],
            [200, 422]
        );
        assert_eq!(call(&app, &ben, "DELETE", &format!("{path}/subscription"), None).0, 200);

        // The post: found, corrected, closed, taken away, put back, by its author alone.
        assert_eq!(
            call(&app, "", "GET", &format!("{here}?q=THAT+work"), None).1["items"][0]["slug"],
            json!("by-a-program")
        );
        assert_eq!(
            call(&app, "", "GET", &format!("{here}?tag=pricing&limit=1"), None).1["items"][0]["comments"],
            json!(30)
        );
        assert_eq!(call(&app, "", "GET", &format!("{here}?q=nothing"), None).1["items"], json!([]));
        let edit = |token: &str| {
            let body = json!({ "title": "By a program", "text": "It does.", "visibility": "members", "version": 1 });
            call(&app, token, "PUT", &path, Some(body))
        };
        assert_eq!([edit(&ben).0, edit(&ana).0, edit(&ana).0], [404, 200, 409]);
        for (method, to) in [("GET", path.clone()), ("GET", format!("{path}/comments")), ("GET", one.clone())] {
            assert_eq!(call(&app, "", method, &to, None).0, 404, "for members now: {to}");
        }
        assert_eq!(call(&app, &ben, "POST", &format!("{path}/closing"), None).0, 404);
        assert_eq!(call(&app, &ana, "POST", &format!("{path}/closing"), None).0, 200);
        later(&app, 30);
        assert_eq!(call(&app, &ben, "POST", &format!("{path}/comments"), Some(json!({ "text": "Late" }))).0, 409);
        assert_eq!(call(&app, &ana, "POST", &format!("{path}/nonsense"), None).0, 404);
        assert_eq!(call(&app, &ana, "DELETE", &path, None).0, 200);
        assert_eq!(call(&app, &ben, "GET", &path, None).0, 410);
        assert_eq!(call(&app, &ana, "POST", &format!("{path}/restoration"), None).0, 200);
    });
}

#[test]
fn moderating_needs_the_scope_and_the_role_and_no_guests_address_comes_out() {
    on_both(|db| {
        let app = app(db);
        let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let own = [Scope::Read, Scope::Write];
        let (anas, mos) = (token(&app, ana, &own), token(&app, mo, &[Scope::Read, Scope::Write, Scope::Keep]));
        let plain = token(&app, mo, &own);
        let ana = cookie_of(&app, ana);
        let path = begin(&app, &ana, "Looked after");
        let said = say(&app, "", &path, &format!("text=From+outside&{GUEST}"));
        let link = link_in(&letter_to(&app, "grace@example.com"), "/conversations/guests/");
        send(&app, &link, "", Some("answer=yes"));
        let id = id_in(&said.location);

        assert_eq!(call(&app, &plain, "GET", "/api/v1/moderation", None).0, 403, "without the scope");
        assert_eq!(call(&app, &anas, "GET", "/api/v1/moderation", None).0, 403, "without the role");
        let (status, queue) = call(&app, &mos, "GET", "/api/v1/moderation?limit=1", None);
        assert_eq!((status, &queue["items"][0]["id"]), (200, &json!(id)), "{queue}");
        assert_eq!(queue["items"][0]["reasons"], json!(["first comment by this person"]));
        let decide = |token: &str, to: &str| {
            call(&app, token, "POST", &format!("/api/v1/moderation/comments/{id}"), Some(json!({ "to": to })))
        };
        assert_eq!(
            [decide(&anas, "approved").0, decide(&plain, "approved").0, decide(&mos, "perhaps").0],
            [403, 403, 422]
        );
        let (status, decided) = decide(&mos, "approved");
        assert_eq!(status, 200);
        assert_eq!(decide(&mos, "approved").0, 409);
        let undo = format!("/api/v1/moderation/decisions/{}/undoing", decided["id"].as_str().unwrap());
        assert_eq!([call(&app, &mos, "POST", &undo, None).0, call(&app, &mos, "POST", &undo, None).0], [200, 404]);
        assert_eq!(decide(&mos, "approved").0, 200);
        assert_eq!(decide(&mos, "left").0, 409, "nothing is reported");
        let author = queue["items"][0]["author_id"].as_str().unwrap();
        let block =
            |method: &str, body| call(&app, &mos, method, &format!("/api/v1/moderation/blocks/{author}"), body).0;
        assert_eq!(block("PUT", Some(json!({ "reason": "ads" }))), 200);
        assert_eq!([block("DELETE", None), block("DELETE", None)], [200, 404]);
        // Elsewhere the moderator's token is a member's.
        assert_eq!(call(&app, &mos, "DELETE", &format!("/api/v1{path}"), None).0, 404);
        run_jobs(&app);
        for to in [
            format!("/api/v1{path}/comments"),
            format!("/api/v1/comments/{id}"),
            "/api/v1/moderation?show=spam".into(),
            "/api/v1/moderation".into(),
            "/api/v1/me/notices".into(),
        ] {
            let (status, body) = call(&app, &mos, "GET", &to, None);
            assert_eq!(status, 200, "{to}");
            assert!(!body.to_string().contains("grace@"), "{to}: {body}");
        }
        let comment = call(&app, "", "GET", &format!("/api/v1/comments/{id}"), None).1;
        assert_eq!((&comment["guest"], &comment["author"]["name"]), (&json!(true), &json!("Grace Hall")));
        assert_eq!(comment["website"], json!("https://grace.example"));
    });
}

#[test]
fn groups_are_reviewed_and_compared_by_programs_too() {
    on_both(|db| {
        let app = app(db);
        let (ana, kim) = (member(&app.db, "Ana Reyes"), member(&app.db, "Kim Keeper"));
        let token = token(&app, ana, &[Scope::Read, Scope::Write]);
        let kim = cookie_of(&app, kim);
        for name in ["Westside+Circle", "Harbor+Exchange"] {
            let typed = format!("name={name}&kind=referral+exchange&town=Venice&since=2020-01-01");
            send(&app, "/profile/groups", &kim, Some(&typed));
        }
        let groups: Vec<Key> = app
            .db
            .read_here(|tx| {
                tx.rows(store::sql!("SELECT id FROM networking_groups ORDER BY folded DESC"), &[], |r| r.get(0))
            })
            .unwrap();
        let path = format!("/api/v1/groups/{}/reviews", groups[0]);
        let bad = call(
            &app,
            &token,
            "POST",
            &path,
            Some(json!({ "attended": "member", "text": "x", "visibility": "public" })),
        );
        assert_eq!(bad.0, 422, "{}", bad.1);
        let review = json!({ "attended": "ex-member", "joined_on": "2022-01-01", "left_on": "2024-01-01", "fee": 8_500, "hours": 6,
            "good_jobs": 3, "again": false, "text": "Friendly people.", "visibility": "members" });
        let (status, done) = call(&app, &token, "POST", &path, Some(review.clone()));
        assert_eq!(status, 201, "{done}");
        assert_eq!(call(&app, &token, "POST", &path, Some(review)).0, 409, "once");
        let (_, all) = call(&app, &token, "GET", &path, None);
        assert_eq!(
            (&all["figures"]["jobs"]["n"], &all["figures"]["fee"]["median"]),
            (&json!(1), &json!(8_500.0)),
            "{all}"
        );
        assert_eq!((&all["reviews"][0]["fee"], &all["figures"]["again"]), (&json!(8_500), &Value::Null));
        assert!(!all.to_string().contains("\"again\":false"), "that is private");
        let pair = format!("/api/v1/groups/comparison?a={}&b={}", groups[0], groups[1]);
        assert_eq!(call(&app, &token, "GET", &pair, None).1[1]["reviews"], json!(0));
        assert_eq!(call(&app, "", "GET", &pair, None).0, 401);
        let page = send(&app, &format!("/groups/{}", groups[0]), &kim, None).body;
        assert!(page.contains("1 person") && page.contains(&format!("/groups/{}/reviews", groups[0])), "{page}");
    });
}

#[test]
fn a_moderators_program_sets_the_rules_and_reads_the_log_and_earlier_wordings() {
    on_both(|db| {
        let app = app(db);
        let (ana, mo) = (member(&app.db, "Ana Reyes"), member(&app.db, "Mo Field"));
        moderate(&app, mo);
        let all = [Scope::Read, Scope::Write];
        let (anas, mos) = (token(&app, ana, &all), token(&app, mo, &[Scope::Read, Scope::Write, Scope::Keep]));
        let rules = "/api/v1/moderation/rules";
        let (status, before) = call(&app, &mos, "GET", rules, None);
        assert_eq!((status, &before["flood"], &before["hold_first"]), (200, &json!(15), &json!("guests")), "{before}");
        let mut wanted = before.clone();
        wanted["flood"] = json!(0);
        wanted["hold_words"] = json!("casino");
        wanted["spam_url"] = json!("https://spam.example/1.1");
        wanted["spam_key"] = json!("sesame");
        let (status, now) = call(&app, &mos, "PUT", rules, Some(wanted.clone()));
        assert_eq!((status, &now["flood"], &now["hold_words"]), (200, &json!(0), &json!("casino")), "{now}");
        assert!(!now.to_string().contains("sesame"), "what the service knows us by is told to nobody");
        let key = || {
            let rules = app.db.read_here(crate::conversations::settings::Rules::read).unwrap();
            (rules.spam_key, rules.hold_words)
        };
        assert_eq!(key(), ("sesame".into(), "casino".into()));
        // Left out, the key stays; what makes no sense changes nothing.
        wanted.as_object_mut().unwrap().remove("spam_key");
        wanted["hold_words"] = json!("loans");
        wanted["spam_url"] = json!("");
        assert_eq!(call(&app, &mos, "PUT", rules, Some(wanted.clone())).0, 200);
        assert_eq!(key(), ("sesame".into(), "loans".into()));
        for (field, bad) in [
            ("flood", json!(-1)),
            ("links", json!(1001)),
            ("spam_url", json!("ftp://spam.example")),
            ("hold_words", json!("x".repeat(5001))),
            ("hold_first", json!("somebody")),
        ] {
            let mut bad_one = wanted.clone();
            bad_one[field] = bad;
            let (status, said) = call(&app, &mos, "PUT", rules, Some(bad_one));
            assert!(matches!(status, 400 | 422), "{field}: {status} {said}");
        }
        assert_eq!(key().1, "loans");
        assert_eq!(call(&app, &anas, "PUT", rules, Some(wanted)).0, 403);

        // The log, page by page; blocks; what a post and a comment said before.
        let sent = json!({ "title": "First words", "text": "One.", "visibility": "public" });
        let (_, post) = call(&app, &anas, "POST", "/api/v1/conversations", Some(sent));
        let path = format!("/api/v1/conversations/{}", post["slug"].as_str().unwrap());
        let (status, said) = call(&app, &anas, "POST", &format!("{path}/comments"), Some(json!({ "text": "Said." })));
        assert_eq!(status, 201, "{said}");
        let comment = format!("/api/v1/comments/{}", said["id"].as_str().unwrap());
        let other = json!({ "title": "Second words", "text": "Two.", "visibility": "public", "version": 1 });
        assert_eq!(call(&app, &anas, "PUT", &path, Some(other)).0, 200);
        let other = json!({ "text": "Said again.", "version": said["version"] });
        assert_eq!(call(&app, &anas, "PUT", &comment, Some(other)).0, 200);
        let (_, was) = call(&app, "", "GET", &format!("{path}/revisions"), None);
        assert_eq!((&was[0]["title"], &was[0]["html"]), (&json!("First words"), &json!("<p>One.</p>\n")), "{was}");
        let (_, was) = call(&app, "", "GET", &format!("{comment}/revisions"), None);
        assert_eq!(was[0]["html"], json!("<p>Said.</p>\n"), "{was}");
        let decide = format!("/api/v1/moderation/comments/{}", said["id"].as_str().unwrap());
        let decision = json!({ "to": "removed", "reason": "Not here." });
        assert_eq!(call(&app, &mos, "POST", &decide, Some(decision)).0, 200);
        assert_eq!(call(&app, "", "GET", &format!("{comment}/revisions"), None).0, 404, "nor what it said before");
        let block = format!("/api/v1/moderation/blocks/{ana}");
        assert_eq!(call(&app, &mos, "PUT", &block, Some(json!({ "reason": "For a week." }))).0, 200);
        let (_, blocked) = call(&app, &mos, "GET", "/api/v1/moderation/blocks", None);
        assert_eq!((&blocked[0]["id"], &blocked[0]["reason"]), (&json!(ana), &json!("For a week.")), "{blocked}");
        let (mut log, mut next) = (Vec::new(), String::new());
        loop {
            let (status, page) =
                call(&app, &mos, "GET", &format!("/api/v1/moderation/decisions?limit=1&cursor={next}"), None);
            assert_eq!(status, 200, "{page}");
            log.push(page["items"][0].clone());
            let Some(more) = page["next"].as_str() else { break };
            next = more.to_owned();
        }
        let kinds: Vec<&str> = log.iter().map(|l| l["decision"].as_str().unwrap()).collect();
        assert_eq!(kinds[0], "blocked");
        assert_eq!(kinds[kinds.len() - 2..], ["rules changed", "rules changed"], "{kinds:?}");
        let removed = log.iter().find(|l| l["reason"] == json!("Not here.")).unwrap();
        assert_eq!((&removed["by"], &removed["comment_id"]), (&json!("Mo Field"), &said["id"]));
        let undo = format!("/api/v1/moderation/decisions/{}/undoing", removed["id"].as_str().unwrap());
        assert_eq!(call(&app, &mos, "POST", &undo, Some(json!({}))).0, 200, "the log names what can be undone");
        for path in ["/api/v1/moderation/decisions", "/api/v1/moderation/blocks", rules] {
            assert_eq!(call(&app, &anas, "GET", path, None).0, 403, "{path}");
        }
    });
}
