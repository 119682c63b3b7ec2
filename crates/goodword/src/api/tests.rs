//! Stories: a program with a token does what its owner can do, once, in pages, and is told what is wrong.

use crate::app::App;
use crate::key::Key;
use crate::testing::{app, cookie_of, member, on_both, send};
use crate::tokens::Scope;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use store::{DAY, sql};
use tower::ServiceExt;

const FLORIST: &str = "27-1023.00";

/// What the API answered.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

/// One request with headers; a body makes it JSON.
pub fn ask(app: &App, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:1");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
        let response = crate::router::router(app.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        let body =
            serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into()));
        Answer { status: parts.status, headers: parts.headers, body }
    })
}

/// An `Authorization` header with all scopes.
pub fn token_of(app: &App, who: Key) -> String {
    token(app, who, &[Scope::Read, Scope::Write, Scope::Introduce])
}

/// An `Authorization` header with these scopes.
pub fn token(app: &App, who: Key, scopes: &[Scope]) -> String {
    let name = crate::input::Name::parse("name", "test").unwrap();
    let (_, secret) = app.db.write_here(|tx| crate::tokens::issue(tx, who, &name, scopes, 90)).unwrap();
    format!("Bearer {secret}")
}

/// As [`ask`], with a token.
pub fn call(app: &App, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
    ask(app, method, path, &[("authorization", token)], body)
}

fn word() -> Value {
    json!({ "field": FLORIST, "basis": "hired", "tie": "none", "confidence": 85, "words": "Twice, both times on the day." })
}

#[test]
fn a_token_opens_what_its_scopes_say_until_it_is_revoked() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let app = app(db);
        let reads = token(&app, ana, &[Scope::Read]);
        assert_eq!(call(&app, &reads, "GET", "/api/v1/me", None).body["handle"], "ana-reyes");
        let refused = call(&app, &reads, "POST", "/api/v1/people/ben-castle/vouches", Some(word()));
        assert_eq!(refused.status.as_u16(), 403, "{}", refused.body);
        assert!(refused.body["detail"].as_str().unwrap().contains("write"));
        let writes = token(&app, ana, &[Scope::Write]);
        assert_eq!(call(&app, &writes, "GET", "/api/v1/me", None).status.as_u16(), 403, "writing is not reading");
        let given = call(&app, &writes, "POST", "/api/v1/people/ben-castle/vouches", Some(word()));
        assert_eq!(given.status.as_u16(), 201, "{}", given.body);
        for bad in ["Bearer gw_nonsense", "Bearer", "Basic YTpi", "Bearer  "] {
            let answer = call(&app, bad, "GET", "/api/v1/recommendations?need=a+florist", None);
            assert_eq!(answer.status.as_u16(), 401, "{bad}: a wrong token is never taken for nobody");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
        // A token is no session: pages do not take it.
        let page = ask(&app, "GET", "/vouches", &[("authorization", &writes)], None);
        assert_eq!(page.status.as_u16(), 303);
        let used: Option<i64> =
            app.db.read_here(|tx| tx.value(sql!("SELECT MAX(used_at) FROM access_tokens"), &[])).unwrap().unwrap();
        assert!(used.is_some(), "its use is noted");
        let cookie = cookie_of(&app, ana);
        let page = send(&app, "/tokens", &cookie, None).body;
        assert!(page.contains("May write") && !page.contains(writes.trim_start_matches("Bearer ")), "shown once only");
        let made = send(&app, "/tokens", &cookie, Some("name=Calendar&scopes=read&days=30")).body;
        let secret = made.split("value=\"gw_").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let mine = format!("Bearer gw_{secret}");
        assert_eq!(call(&app, &mine, "GET", "/api/v1/me", None).status.as_u16(), 200);
        assert_eq!(send(&app, "/tokens", &cookie, Some("name=&days=30")).status.as_u16(), 422);
        let ids: Vec<Key> = app
            .db
            .read_here(|tx| tx.rows(sql!("SELECT id FROM access_tokens WHERE party_id = $1"), &[&ana], |r| r.get(0)))
            .unwrap();
        let bens = cookie_of(&app, ben);
        assert_eq!(send(&app, &format!("/tokens/{}/removal", ids[0]), &bens, Some("")).status.as_u16(), 404);
        for id in ids {
            assert_eq!(send(&app, &format!("/tokens/{id}/removal"), &cookie, Some("")).status.as_u16(), 303);
        }
        assert_eq!(call(&app, &mine, "GET", "/api/v1/me", None).status.as_u16(), 401);
        let short = token_of(&app, ana);
        app.clock.advance(91 * DAY);
        assert_eq!(call(&app, &short, "GET", "/api/v1/me", None).status.as_u16(), 401, "run out");
    });
}

#[test]
fn a_repeated_write_happens_once() {
    on_both(|db| {
        let (ana, _) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let app = app(db);
        let token = token_of(&app, ana);
        let once = |key: &str, path: &str, body: Value| {
            ask(&app, "POST", path, &[("authorization", token.as_str()), ("idempotency-key", key)], Some(body))
        };
        let path = "/api/v1/me/jobs";
        let job = json!({ "source": "direct", "won_on": "2026-02-01", "amount": 250_000 });
        let jobs = || call(&app, &token, "GET", path, None).body["items"].as_array().unwrap().len();
        let first = once("k1", path, job.clone());
        assert_eq!(first.status.as_u16(), 201, "{}", first.body);
        let again = once("k1", path, job.clone());
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(
            (again.headers["location"].as_bytes(), again.headers["content-type"].as_bytes()),
            (first.headers["location"].as_bytes(), first.headers["content-type"].as_bytes())
        );
        assert_eq!(jobs(), 1);
        assert_eq!(once("k2", path, job.clone()).status.as_u16(), 201);
        assert_eq!(jobs(), 2, "another key is another job");
        let other = once("k1", path, json!({ "source": "group", "won_on": "2026-02-01" }));
        assert_eq!(other.status.as_u16(), 422, "{}", other.body);
        // A refusal changed nothing: the same key may come again, corrected.
        assert_eq!(once("k3", path, json!({ "source": "nowhere" })).status.as_u16(), 422);
        assert_eq!(once("k3", path, job.clone()).status.as_u16(), 201);
        assert_eq!(once(&"x".repeat(201), path, job.clone()).status.as_u16(), 400);
        // Another one with the same key while the first is being answered; and one that died after its effect.
        let key = |done: bool| {
            app.db
                .write_here(|tx| {
                    let done = done.then(|| tx.now());
                    tx.execute(
                        sql!("UPDATE idempotency_keys SET status = NULL, done_at = $1 WHERE idempotency_key = 'k2'"),
                        &[&done],
                    )
                })
                .unwrap();
        };
        key(false);
        assert_eq!(once("k2", path, job.clone()).status.as_u16(), 409);
        key(true);
        app.clock.advance(120_000_000);
        assert_eq!(once("k2", path, job.clone()).status.as_u16(), 409, "done is never done again");
        let before = jobs();
        key(false);
        assert_eq!(once("k2", path, job.clone()).status.as_u16(), 201, "died before its effect");
        assert_eq!(jobs(), before + 1);
        app.clock.advance(DAY + 1);
        assert_eq!(once("k1", path, job).status.as_u16(), 201, "forgotten after a day");
        assert_eq!(jobs(), before + 2);
    });
}

#[test]
fn lists_come_in_pages_and_edits_are_not_lost() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        for n in 0..7 {
            member(&db, &format!("Person {n}"));
        }
        let app = app(db);
        let token = token_of(&app, ana);
        let mut path = "/api/v1/people?limit=3".to_owned();
        let mut names = Vec::new();
        loop {
            let page = call(&app, &token, "GET", &path, None);
            assert_eq!(page.status.as_u16(), 200, "{}", page.body);
            names.extend(page.body["items"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()));
            let Some(link) = page.headers.get("link") else { break };
            let link = link.to_str().unwrap();
            assert!(link.ends_with("; rel=\"next\"") && page.body["next"].is_string());
            path = link.split(['<', '>']).nth(1).unwrap().to_owned();
        }
        let all = ["Ana Reyes", "Person 0", "Person 1", "Person 2", "Person 3", "Person 4", "Person 5", "Person 6"];
        assert_eq!(names, all);
        for bad in ["limit=0", "limit=101", "cursor=x"] {
            assert_eq!(call(&app, &token, "GET", &format!("/api/v1/people?{bad}"), None).status.as_u16(), 422, "{bad}");
        }
        assert_eq!(call(&app, &token, "GET", "/api/v1/people?limit=x", None).status.as_u16(), 400);

        let profile = call(&app, &token, "GET", "/api/v1/me/profile", None);
        let etag = profile.headers["etag"].to_str().unwrap().to_owned();
        let change =
            json!({ "name": "Ana Reyes", "headline": "Plans weddings", "radius_km": 25, "usual_from": 200_050 });
        let put = |headers: &[(&str, &str)], body: &Value| {
            let mut all = vec![("authorization", token.as_str())];
            all.extend(headers);
            ask(&app, "PUT", "/api/v1/me/profile", &all, Some(body.clone()))
        };
        assert_eq!(put(&[], &change).status.as_u16(), 428);
        let saved = put(&[("if-match", &etag)], &change);
        assert_eq!(saved.status.as_u16(), 200, "{}", saved.body);
        assert_eq!((&saved.body["headline"], &saved.body["radius_km"]), (&json!("Plans weddings"), &json!(25)));
        assert_eq!(saved.body["usual_from"], 200_050);
        assert_eq!(put(&[("if-match", &etag)], &change).status.as_u16(), 412);
        let mut stale = change.clone();
        stale["version"] = json!(1);
        assert_eq!(put(&[], &stale).status.as_u16(), 409);
        let mut wrong = change;
        wrong["headline"] = json!("x".repeat(161));
        wrong["usual_to"] = json!(1);
        let refused = put(&[("if-match", "*")], &wrong);
        assert_eq!(refused.status.as_u16(), 422);
        let fields: Vec<&str> =
            refused.body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["headline", "usual_to"]);
    });
}

#[test]
fn requests_that_make_no_sense_are_told_so() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let token = token_of(&app, ana);
        let post = |kind: &str, body: &str| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let request = Request::builder()
                    .method(Method::POST)
                    .uri("/api/v1/me/jobs")
                    .header("authorization", &token)
                    .header("content-type", kind)
                    .body(Body::from(body.to_owned()))
                    .unwrap();
                crate::router::router(app.clone()).oneshot(request).await.unwrap()
            })
        };
        for (kind, body, status) in [
            ("text/plain", "{}", 415),
            ("application/x-www-form-urlencoded", "source=direct", 415),
            ("application/json", "{", 400),
            ("application/json", "[]", 422),
            ("application/json; charset=utf-8", "{\"sauce\":\"direct\"}", 422),
            ("application/json", "{\"source\":7}", 422),
        ] {
            let answer = post(kind, body);
            assert_eq!(answer.status().as_u16(), status, "{kind} {body}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
        }
        let html = ask(&app, "GET", "/api/v1/me", &[("authorization", &token), ("accept", "text/html")], None);
        assert_eq!(html.status.as_u16(), 406);
        let put = call(&app, &token, "PUT", "/api/v1/people", None);
        assert_eq!((put.status.as_u16(), put.headers["allow"].to_str().unwrap()), (405, "GET,HEAD"));
        assert_eq!(call(&app, &token, "GET", "/api/v1/nothing", None).status.as_u16(), 404);
        for path in ["/api/v1/vouches/x", "/api/v1/vouches/00000000000000000000000000"] {
            let answer = call(&app, &token, "GET", path, None);
            assert_eq!((answer.status.as_u16(), answer.body["title"].as_str().unwrap()), (404, "Not Found"));
        }
        // A browser's session works too, but not from another site.
        let cookie = cookie_of(&app, ana);
        let job = json!({ "source": "direct", "won_on": "2026-02-01" });
        let from = |site: &str| {
            let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", site)];
            ask(&app, "POST", "/api/v1/me/jobs", &headers, Some(job.clone())).status.as_u16()
        };
        assert_eq!((from("same-origin"), from("cross-site")), (201, 403));
        let mut limited = None;
        for n in 0..400 {
            let answer = call(&app, &token, "GET", "/api/v1/me", None);
            if answer.status.as_u16() == 429 {
                assert!(answer.headers.contains_key("retry-after"));
                limited = Some(n);
                break;
            }
        }
        assert!(limited.is_some());
    });
}

#[test]
fn a_referral_goes_its_way_by_json_alone() {
    on_both(|db| {
        let (dana, ana, ben) = (member(&db, "Dana Whitfield"), member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let sol = member(&db, "Sol Stone");
        let app = app(db);
        let [danas, anas, bens, sols] = [dana, ana, ben, sol].map(|who| token_of(&app, who));
        let trade = format!("/api/v1/me/professions/{FLORIST}");
        assert_eq!(call(&app, &bens, "PUT", &trade, Some(json!({ "since_year": 2014 }))).status.as_u16(), 200);
        let vouch = call(&app, &anas, "POST", "/api/v1/people/ben-castle/vouches", Some(word())).body;
        assert_eq!((&vouch["confidence"], &vouch["state"]), (&json!(85), &json!("live")));
        let read = call(&app, &danas, "GET", &format!("/api/v1/vouches/{}", vouch["id"].as_str().unwrap()), None).body;
        assert_eq!((&read["confidence"], &read["history"]), (&Value::Null, &json!([])), "its giver’s alone");
        let path = format!("/api/v1/me/trust/{ana}");
        assert_eq!(call(&app, &danas, "PUT", &path, Some(json!({}))).body[0]["name"], "Ana Reyes");
        let need = call(
            &app,
            &danas,
            "POST",
            "/api/v1/needs",
            Some(json!({ "need": "A florist for a June wedding, about $3,000" })),
        );
        assert_eq!(need.status.as_u16(), 201, "{}", need.body);
        let found = call(&app, &danas, "GET", "/api/v1/recommendations?need=a+florist", None).body;
        assert_eq!(found["results"][0]["person"]["handle"], "ben-castle", "{found}");
        assert_eq!(found["results"][0]["voices"][0]["person"]["name"], "Ana Reyes");
        let body =
            json!({ "need": need.body["id"], "professional": ben, "referrer": ana, "words": "A florist for June" });
        let asked = call(&app, &danas, "POST", "/api/v1/referrals", Some(body.clone()));
        assert_eq!(asked.status.as_u16(), 201, "{}", asked.body);
        assert_eq!(asked.body["budget"], Value::Null, "travels only if ticked");
        let r = asked.headers["location"].to_str().unwrap().to_owned();
        let same = call(&app, &danas, "POST", "/api/v1/referrals", Some(body));
        assert_eq!(same.body["id"], asked.body["id"]);
        for token in [&sols, &bens] {
            assert_eq!(call(&app, token, "GET", &r, None).status.as_u16(), 404, "not before it is theirs to know");
        }
        for (deed, body) in [
            ("offer", json!({ "words": "x" })),
            ("decline", json!({})),
            ("acceptance", json!({})),
            ("refusal", json!({})),
            ("moves", json!({ "to": "won", "version": 1 })),
            ("undo", json!({})),
            ("cancellation", json!({})),
        ] {
            let answer = call(&app, &sols, "POST", &format!("{r}/{deed}"), Some(body));
            assert_eq!(answer.status.as_u16(), 404, "{deed}: {}", answer.body);
        }
        let offered = call(&app, &anas, "POST", &format!("{r}/offer"), Some(json!({ "words": "She listens first." })));
        assert_eq!((offered.status.as_u16(), &offered.body["state"]), (200, &json!("offered")), "{}", offered.body);
        let bens_view = call(&app, &bens, "GET", &r, None);
        assert_eq!((&bens_view.body["confidence"], &bens_view.body["client"]), (&Value::Null, &Value::Null));
        assert!(!bens_view.body.to_string().contains("Dana"), "{}", bens_view.body);
        let waiting = call(&app, &bens, "GET", "/api/v1/referrals?show=waiting", None).body;
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        let yes = call(&app, &bens, "POST", &format!("{r}/acceptance"), Some(json!({})));
        assert_eq!(yes.body["state"], "introduced", "{}", yes.body);
        assert_eq!(yes.body["contact"]["emails"][0], "dana-whitfield@example.org");
        assert_eq!(call(&app, &anas, "GET", &r, None).body["contact"], Value::Null, "not the referrer’s to have");
        let now = call(&app, &danas, "GET", &r, None);
        let etag = now.headers["etag"].to_str().unwrap().to_owned();
        let headers = [("authorization", danas.as_str()), ("if-match", etag.as_str())];
        let moved =
            ask(&app, "POST", &format!("{r}/moves"), &headers, Some(json!({ "to": "done", "note": "On time" })));
        assert_eq!(moved.body["state"], "done", "{}", moved.body);
        let stale = ask(&app, "POST", &format!("{r}/moves"), &headers, Some(json!({ "to": "lost" })));
        assert_eq!(stale.status.as_u16(), 412);
        let back = call(&app, &danas, "POST", &format!("{r}/undo"), None);
        assert_eq!(back.body["state"], "introduced", "{}", back.body);
        let forward = json!({ "to": "done", "version": back.body["version"] });
        assert_eq!(call(&app, &danas, "POST", &format!("{r}/moves"), Some(forward)).status.as_u16(), 200);
        crate::testing::run_jobs(&app);
        let outcome = format!("{r}/outcome");
        assert_eq!(call(&app, &danas, "GET", &outcome, None).body["window"], "open");
        assert_eq!(call(&app, &sols, "GET", &outcome, None).status.as_u16(), 404);
        for token in [&danas, &anas, &bens] {
            let sealed = call(&app, token, "PUT", &outcome, Some(json!({ "answer": "yes", "again": "yes" })));
            assert_eq!(sealed.status.as_u16(), 200, "{}", sealed.body);
        }
        let open = call(&app, &anas, "GET", &outcome, None).body;
        assert_eq!((&open["window"], open["told"].as_array().unwrap().len()), (&json!("revealed"), 3));
        assert!(!open.to_string().contains("again\":\"yes"), "private answers stay private");
        let notices = call(&app, &bens, "GET", "/api/v1/me/notices", None).body;
        assert!(notices["items"].as_array().unwrap().len() >= 3, "{notices}");
    });
}

#[test]
fn the_description_is_as_it_was_agreed() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let now = format!("{}\n", serde_json::to_string_pretty(super::openapi()).unwrap());
    if std::env::var("GOODWORD_WRITE_OPENAPI").is_ok() {
        std::fs::write(&file, &now).unwrap();
    }
    let agreed = std::fs::read_to_string(&file).unwrap();
    assert!(
        agreed == now,
        "The API changed. If that is meant: GOODWORD_WRITE_OPENAPI=1 cargo test -p goodword api:: and review docs/openapi.json"
    );
}

#[test]
fn every_operation_says_what_it_takes_and_answers() {
    let spec = super::openapi();
    assert_eq!(spec["openapi"], "3.1.0");
    let mut names = std::collections::HashSet::new();
    for (path, methods) in spec["paths"].as_object().unwrap() {
        for (method, o) in methods.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(o["summary"].as_str().is_some_and(|s| !s.is_empty()), "{at} has no summary");
            assert!(names.insert(o["operationId"].as_str().unwrap().to_owned()), "{at}: its name is taken");
            let good: Vec<&String> =
                o["responses"].as_object().unwrap().keys().filter(|s| s.starts_with('2')).collect();
            assert_eq!(good.len(), 1, "{at}");
            let content = o["responses"][good[0]]["content"].as_object().unwrap();
            assert!(!content.is_empty() && content.values().all(|c| c["schema"].is_object()), "{at}");
        }
    }
    assert!(names.len() > 130, "{}", names.len());
    // The same limit in the form, the refusal and here.
    let words = &spec["components"]["schemas"]["Words"]["maxLength"];
    assert_eq!(words.as_u64(), Some(crate::input::Words::MAX as u64));
}

/// Two of one name would be one in the description.
#[test]
fn every_schema_has_a_name_of_its_own() {
    fn names(folder: &std::path::Path, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names(&path, all);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                for part in std::fs::read_to_string(&path).unwrap().split("ToSchema)]").skip(1) {
                    let head = part.split('{').next().unwrap();
                    let named = head.split("schema(as = ").nth(1).and_then(|n| n.split([',', ')']).next());
                    let word = |kind: &str| head.split(kind).nth(1).and_then(|n| n.split([' ', '<', '(', ';']).next());
                    all.extend(named.or_else(|| word("struct ")).or_else(|| word("enum ")).map(str::to_owned));
                }
            }
        }
    }
    let mut all = Vec::new();
    names(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    // What stands inline, in queries.
    all.retain(|name| name != "Which");
    all.sort();
    assert!(all.len() > 80);
    let twice: Vec<&[String]> = all.windows(2).filter(|w| w[0] == w[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn the_page_about_the_api_names_every_operation() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let db = store::Db::open(&url, store::Clock::fixed(crate::testing::START, 42), 2).unwrap();
    db.migrate(crate::schema::MIGRATIONS).unwrap();
    let app = app(db);
    let page = send(&app, "/api", "", None);
    assert_eq!(page.status.as_u16(), 200);
    for path in super::openapi()["paths"].as_object().unwrap().keys() {
        assert!(page.body.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert_eq!(ask(&app, "GET", "/api/openapi.json", &[], None).body["info"]["title"], "Goodword");
}

#[test]
fn the_ranking_is_explained_to_programs_and_ones_own_part_to_oneself() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let app = app(db);
        let (anas, bens) = (token_of(&app, ana), token_of(&app, ben));
        call(&app, &bens, "POST", "/api/v1/people/ana-reyes/vouches", Some(word()));
        let told = call(&app, &anas, "GET", "/api/v1/ranking", None).body;
        assert_eq!(
            (&told["mine"]["vouches_received"], &told["mine"]["vouches_given"]),
            (&json!(1), &json!(0)),
            "{told}"
        );
        assert_eq!(told["weights"][0]["name"], json!("Hired them"));
        assert!(told["constants"].as_array().unwrap().len() > 5);
        assert!(ask(&app, "GET", "/api/v1/ranking", &[], None).body["mine"].is_null());
    });
}
