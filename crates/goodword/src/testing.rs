//! For tests: every story runs on SQLite and on PostgreSQL, each with a database of its own.

use crate::app::{App, Site};
use crate::schema::MIGRATIONS;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::tz::TimeZone;
use outbound::{Outbound, Reach};
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Clock, Db, sql};
use tower::ServiceExt;

/// 2 March 2026, noon UTC: tests begin here.
pub const START: i64 = 1_772_452_800_000_000;

/// Runs `story` on SQLite and, where `GOODWORD_TEST_POSTGRES` names a server, on PostgreSQL.
pub fn on_both(story: impl Fn(Db)) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("t.db").display()), Clock::fixed(START, 42), 2).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    story(db);
    let Ok(server) = std::env::var("GOODWORD_TEST_POSTGRES") else {
        eprintln!("GOODWORD_TEST_POSTGRES is not set: PostgreSQL was not tested (./test sets it)");
        return;
    };
    story(postgres(&server));
}

/// A fresh database on the test server, as a URL. Its name holds process and count; the server is thrown away afterwards.
pub fn new_database(server: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = base.rsplit_once('/').unwrap();
    let mut admin = ::postgres::Client::connect(server, ::postgres::NoTls).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    format!("{host}/{name}?{query}")
}

/// A fresh database on the test server with all tables.
pub fn postgres(server: &str) -> Db {
    let db = Db::open(&new_database(server), Clock::fixed(START, 42), 2).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    db
}

/// An app over `db` as the demo runs it (open, letters kept), without a listener.
pub fn app(db: Db) -> App {
    app_as(db, |_| ())
}

/// As [`app`], with a site that differs.
pub fn app_as(db: Db, change: impl FnOnce(&mut Site)) -> App {
    let mut site = Site {
        demo: true,
        join: true,
        public_url: "http://127.0.0.1:1".into(),
        open: true,
        zone: TimeZone::UTC,
        api_limit: true,
        mail: crate::mail::Way::Kept,
        outbound: Outbound::new(Reach::Anywhere),
        metrics_token: None,
        providers: crate::accounts::Providers::default(),
    };
    change(&mut site);
    App::new(db, site).unwrap()
}

/// One request through the whole router: status, `location`, cookies set, body.
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub cookies: Vec<String>,
    pub body: String,
}

/// Sends a request; `form` makes it a POST.
pub fn send(app: &App, path: &str, cookie: &str, form: Option<&str>) -> Answer {
    ask(app, path, cookie, form.map(|form| ("application/x-www-form-urlencoded", form.as_bytes().to_vec())))
}

/// Sends a POST with any body.
pub fn send_bytes(app: &App, path: &str, cookie: &str, kind: &str, body: Vec<u8>) -> Answer {
    ask(app, path, cookie, Some((kind, body)))
}

fn ask(app: &App, path: &str, cookie: &str, body: Option<(&str, Vec<u8>)>) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut request =
            Request::builder().uri(path).header(header::COOKIE, cookie).header(header::HOST, "127.0.0.1:1");
        let body = if let Some((kind, bytes)) = body {
            request = request.method("POST").header(header::CONTENT_TYPE, kind);
            Body::from(bytes)
        } else {
            Body::empty()
        };
        let response = crate::router::router(app.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let text = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
        let location = text(header::LOCATION);
        let cookies =
            response.headers().get_all(header::SET_COOKIE).iter().map(|v| v.to_str().unwrap().to_owned()).collect();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
        Answer { status, location, cookies, body: String::from_utf8_lossy(&bytes).into_owned() }
    })
}

/// Runs every job that is due.
pub fn run_jobs(app: &App) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crate::jobs::run_due(app));
}

/// Makes a member with a profile, without mail.
pub fn member(db: &Db, name: &str) -> crate::key::Key {
    let handle = formats::name::fold(name).replace(' ', "-");
    db.write_here(|tx| {
        let (id, now) = (tx.id(), tx.now());
        tx.execute(
            sql!(
                "INSERT INTO parties (id, kind, status, handle, name, folded, email, joined_at, version)
                 VALUES ($1, 'member', 'active', $2, $3, $4, $5, $6, 1)"
            ),
            &[&id, &handle, &name, &formats::name::fold(name), &format!("{handle}@example.org"), &now],
        )?;
        tx.execute(
            sql!(
                "INSERT INTO profiles (party_id, headline, bio, keywords, town, wanted, unwanted, currency, website,
                   links, is_public, findable, asks_paused, version)
                 VALUES ($1, '', '', '', '', '', '', 'USD', '', '', TRUE, FALSE, FALSE, 1)"
            ),
            &[&id],
        )?;
        Ok::<_, crate::error::Error>(crate::key::Key(id))
    })
    .unwrap()
}

/// A cookie header that signs `who` in.
pub fn cookie_of(app: &App, who: crate::key::Key) -> String {
    let token = app.db.write_here(|tx| crate::accounts::start_session(tx, who, "test")).unwrap();
    format!("{}={token}", app.site.cookie("session"))
}

/// The newest letter to `address`: its plain text.
pub fn letter_to(app: &App, address: &str) -> String {
    app.db
        .read_here(|tx| {
            tx.value::<String>(
                sql!("SELECT plain FROM letters WHERE address = $1 ORDER BY created_at DESC, id DESC LIMIT 1"),
                &[&address],
            )
        })
        .unwrap()
        .unwrap_or_default()
}

/// The path of the first link in a letter that starts with `start`.
pub fn link_in(letter: &str, start: &str) -> String {
    letter
        .lines()
        .find_map(|line| line.strip_prefix("http://127.0.0.1:1").filter(|path| path.starts_with(start)))
        .unwrap_or_else(|| panic!("no link {start} in: {letter}"))
        .to_owned()
}

mod statements {
    //! Every `sql!` in the sources is prepared on both engines.

    use super::on_both;

    fn literals(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = text;
        // In two pieces, or this line would find itself.
        let start = concat!("sql", "!(");
        while let Some(at) = rest.find(start) {
            rest = rest[at + start.len()..].trim_start();
            let Some(body) = rest.strip_prefix('"') else { continue };
            let end = body.find('"').unwrap();
            found.push(body[..end].to_owned());
            rest = &body[end..];
        }
        found
    }

    fn sources(folder: &std::path::Path, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, all);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("store/src/tests.rs") {
                all.extend(literals(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn every_statement_prepares_on_both_engines() {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut all = Vec::new();
        sources(&here.join("src"), &mut all);
        sources(&here.join("../store/src"), &mut all);
        assert!(all.len() > 30, "only {} statements found", all.len());
        on_both(|db| {
            for text in &all {
                // Examples in documentation end in dots.
                if !text.contains('…') {
                    db.prepare(text).unwrap_or_else(|e| panic!("{text}\n{e}"));
                }
            }
        });
    }
}
