//! Every route as everybody: what is found in the sources is held against `access.txt`, and then walked.
//!
//! No answer is a failure of ours; what is somebody's own looks to everybody else like what does not exist, changes by
//! nobody else's request, and none of its words or addresses are in the answer.

use crate::api::openapi;
use crate::app::App;
use crate::key::Key;
use crate::schema::MIGRATIONS;
use crate::testing::{app_as, cookie_of, member, on_both};
use crate::{links, works};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use std::collections::BTreeSet;
use store::whole::tables;
use store::{DAY, Db, sql};
use tower::ServiceExt;

/// Stands in everything that is not for everybody.
const SECRET: &str = "Zanzibar";
const UNKNOWN: &str = "00000000000000000000000000";

struct Line {
    method: String,
    path: String,
    class: String,
    thing: String,
}

fn declared() -> Vec<Line> {
    let lines = include_str!("access.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split(' ').take_while(|word| *word != "=").collect();
            let word = |at: usize| words.get(at).copied().unwrap_or("").to_owned();
            Line { method: word(0), path: word(1), class: word(2), thing: word(3) }
        })
        .collect()
}

/// `.route("…", get(…).post(…))` in the sources, and the operations of the API.
fn found() -> BTreeSet<(String, String)> {
    fn walk(folder: &std::path::Path, all: &mut BTreeSet<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, all);
            } else if path.extension().is_some_and(|e| e == "rs")
                && !path.ends_with("walk.rs")
                && !path.ends_with("tests.rs")
            {
                routes(&std::fs::read_to_string(&path).unwrap(), all);
            }
        }
    }
    fn routes(text: &str, all: &mut BTreeSet<(String, String)>) {
        for part in text.split(".route(").skip(1) {
            let part = part.trim_start();
            let Some(rest) = part.strip_prefix('"') else { continue };
            let (path, rest) = rest.split_once('"').unwrap();
            // To the end of this call: its brackets close.
            let mut depth = 1;
            let end = rest.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            let handlers = &rest[..end.unwrap_or(rest.len())];
            for (name, method) in [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE")] {
                let called =
                    handlers.match_indices(name).any(|(at, _)| !handlers[..at].ends_with(char::is_alphanumeric));
                if called {
                    all.insert((method.to_owned(), path.to_owned()));
                }
            }
        }
    }
    let mut all = BTreeSet::new();
    walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    for (path, methods) in openapi()["paths"].as_object().unwrap() {
        all.extend(methods.as_object().unwrap().keys().map(|m| (m.to_uppercase(), path.clone())));
    }
    all
}

#[test]
fn every_route_says_who_may_use_it() {
    let declared: BTreeSet<(String, String)> = declared().into_iter().map(|l| (l.method, l.path)).collect();
    let found = found();
    let missing: Vec<_> = found.difference(&declared).collect();
    let gone: Vec<_> = declared.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in access.txt: {missing:?}\nno route any more: {gone:?}");
    assert!(found.len() > 200);
}

/// Somebody's things, and everybody's cookies.
struct World {
    things: Vec<(&'static str, Key)>,
    /// Signed out, a stranger, a moderator, an admin.
    others: Vec<(&'static str, String)>,
    /// Those who have a part in a thing, and which they may know of.
    involved: Vec<(&'static str, String, Vec<&'static str>)>,
    /// Dana, whose the things are.
    owner: String,
    /// Good links, by the path they open.
    links: Vec<(&'static str, String)>,
}

fn world(app: &App) -> World {
    let db = &app.db;
    let [dana, ana, ben] = ["Dana Whitfield", "Ana Reyes", "Ben Castle"].map(|n| member(db, n));
    let [eve, mod_, admin] = ["Eve Stone", "Mo Derator", "Ad Min"].map(|n| member(db, n));
    let owner = cookie_of(app, dana);
    let things = db
        .write_here(|tx| {
            for (who, role) in [(mod_, "moderator"), (admin, "admin")] {
                tx.execute(
                    sql!("INSERT INTO roles (party_id, role, scope) VALUES ($1, $2, 'network')"),
                    &[&who, &role],
                )?;
            }
            let now = tx.now();
            let typed = works::Typed {
                field: "27-1023.00".into(),
                title: format!("{SECRET} work"),
                ..works::Typed::default()
            };
            let work = works::add(tx, dana, &works::Draft::read(&typed)?, 0)?;
            works::set_deleted(tx, dana, work, true)?;
            let ids: Vec<Key> = (0..10).map(|_| Key(tx.id())).collect();
            let [need, referral, vouch, encounter, job, group, membership, notice, token, webhook] =
                <[Key; 10]>::try_from(ids).unwrap();
            tx.execute(
                sql!(
                    "INSERT INTO needs (id, asker_id, for_client, field, words, place, date_words, currency, visibility,
                       state, created_at, expires_at, version)
                     VALUES ($1, $2, FALSE, '27-1023.00', 'Zanzibar need', '', '', 'USD', 'private', 'open', $3, $4, 1)"
                ),
                &[&need, &dana, &now, &(now + 90 * DAY)],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO referrals (id, need_id, origin, asker_id, referrer_id, professional_id, client_id,
                       client_name, for_client, field, need_words, shared_place, shared_budget, shared_date,
                       note_to_referrer, state, words, unknowns, client_yes_at, understood, progress, lost_reason,
                       created_at, updated_at, version)
                     VALUES ($1, $2, 'asked', $3, $4, $5, $3, 'Dana', FALSE, '27-1023.00', 'Zanzibar need', '', '', '',
                       'Zanzibar note', 'asked', '', '', $6, '', 'touch', '', $6, $6, 1)"
                ),
                &[&referral, &need, &dana, &ana, &ben, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO vouches (id, from_id, to_id, field, basis, tie, confidence, words, state, is_public,
                       given_at, renewed_at, version)
                     VALUES ($1, $2, $3, '27-1023.00', 'hired', 'money', 85, 'Zanzibar words', 'pending', TRUE, $4, $4, 1)"
                ),
                &[&vouch, &dana, &ana, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO encounters (id, author_id, other_id, kind, happened_on, note, created_at)
                     VALUES ($1, $2, $3, 'met', '2026-01-01', 'Zanzibar note', $4)"
                ),
                &[&encounter, &dana, &ana, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO jobs_won (id, party_id, source, won_on, currency, note, created_at)
                     VALUES ($1, $2, 'direct', '2026-01-01', 'USD', 'Zanzibar note', $3)"
                ),
                &[&job, &dana, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO networking_groups (id, name, folded, kind, about, town, keeper_id, created_at, version)
                     VALUES ($1, 'Tuesday Table', 'tuesday table', 'other', '', '', $2, $3, 1)"
                ),
                &[&group, &dana, &now],
            )?;
            tx.execute(
                sql!("INSERT INTO memberships (id, group_id, party_id, since) VALUES ($1, $2, $3, '2020-01-01')"),
                &[&membership, &group, &dana],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO notices (id, party_id, kind, words, url, created_at)
                     VALUES ($1, $2, 'vouch', 'Zanzibar notice', '/', $3)"
                ),
                &[&notice, &dana, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO access_tokens (id, token_hash, party_id, name, scopes, created_at, expires_at)
                     VALUES ($1, $2, $3, 'Zanzibar token', 'read', $4, $5)"
                ),
                &[&token, &vec![7u8; 32], &dana, &now, &(now + 90 * DAY)],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO webhooks (id, party_id, url, kinds, secret, created_at, disabled_why)
                     VALUES ($1, $2, 'https://zanzibar.example/Zanzibar', '', 'whsec_AAAA', $3, '')"
                ),
                &[&webhook, &dana, &now],
            )?;
            let picture = Key(tx.id());
            tx.execute(
                sql!(
                    "INSERT INTO pictures (id, party_id, work_item_id, content_type, width, height, alt, bytes, created_at)
                     VALUES ($1, $2, $3, 'image/png', 1, 1, '', $4, $5)"
                ),
                &[&picture, &dana, &work, &vec![1u8], &now],
            )?;
            let ids: Vec<Key> = (0..8).map(|_| Key(tx.id())).collect();
            let [contact, file, passkey, connection, device, sanction, conversation, comment] =
                <[Key; 8]>::try_from(ids).unwrap();
            tx.execute(
                sql!(
                    "INSERT INTO contacts (id, owner_id, name, folded, email, phone, digits, firm, title, town, note,
                       created_at)
                     VALUES ($1, $2, 'Zanzibar Jones', 'zanzibar jones', 'jones@zanzibar.example', '', '', '', '', '',
                       'Zanzibar note', $3)"
                ),
                &[&contact, &dana, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO contact_files (id, owner_id, name, kind, text, added, merged, problems, created_at)
                     VALUES ($1, $2, 'Zanzibar.csv', 'table', $3, 0, 0, '[]', $4)"
                ),
                &[&file, &dana, &"Name,Email\nZanzibar Smith,smith@zanzibar.example\n", &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO passkeys (id, party_id, credential_id, algorithm, public_key, sign_count, backed_up, name,
                       created_at)
                     VALUES ($1, $2, $3, -7, $3, 0, FALSE, 'Zanzibar phone', $4)"
                ),
                &[&passkey, &dana, &vec![9u8; 32], &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO identities (id, party_id, provider, issuer, subject, label, created_at, used_at)
                     VALUES ($1, $2, 'example', 'https://id.example', 'dana', 'Zanzibar account', $3, $3)"
                ),
                &[&connection, &dana, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO push_devices (id, party_id, session_id, endpoint, public_key, secret, agent, created_at)
                     VALUES ($1, $2, $1, 'https://push.example/Zanzibar', $3, $3, 'Zanzibar browser', $4)"
                ),
                &[&device, &dana, &vec![4u8; 65], &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO sanctions (id, party_id, kind, reason, by_id, at, appeal, answer)
                     VALUES ($1, $2, 'warning', 'Zanzibar reason', $3, $4, '', '')"
                ),
                &[&sanction, &dana, &mod_, &now],
            )?;
            // Waits for a moderator: only she and moderators know of it.
            tx.execute(
                sql!(
                    "INSERT INTO posts (id, slug, kind, author_id, author_name, author_email, author_url, title, format,
                       text, html, excerpt, folded, visibility, state, held_for, pings_open, comments, roots, last_number,
                       created_at, active_at, version)
                     VALUES ($1, $2, 'discussion', $3, '', '', '', 'Zanzibar talk', 'markdown', 'Zanzibar', 'Zanzibar',
                       'Zanzibar', 'zanzibar', 'public', 'held', '', TRUE, 0, 0, 1, $4, $4, 1)"
                ),
                &[&conversation, &conversation.to_string(), &dana, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO comments (id, post_id, number, root, path, depth, kind, author_id, author_name,
                       author_email, author_url, format, text, html, state, held_for, shown, purpose, useful, replies,
                       created_at, version)
                     VALUES ($1, $2, 1, 1, '00001', 0, 'comment', $3, '', '', '', 'markdown', 'Zanzibar', 'Zanzibar',
                       'held', '', FALSE, 'comment', 0, 0, $4, 1)"
                ),
                &[&comment, &conversation, &dana, &now],
            )?;
            let session: Option<Key> = tx.value(sql!("SELECT id FROM sessions WHERE party_id = $1"), &[&dana])?;
            Ok::<_, crate::error::Error>(vec![
                ("need", need),
                ("referral", referral),
                ("card", referral),
                ("vouch", vouch),
                ("encounter", encounter),
                ("job", job),
                ("group", group),
                ("membership", membership),
                ("notice", notice),
                ("token", token),
                ("webhook", webhook),
                ("work", work),
                ("picture", picture),
                ("session", session.unwrap()),
                ("contact", contact),
                ("file", file),
                ("passkey", passkey),
                ("connection", connection),
                ("device", device),
                ("sanction", sanction),
                ("conversation", conversation),
                ("comment", comment),
            ])
        })
        .unwrap();
    let referral = things.iter().find(|(name, _)| *name == "referral").unwrap().1;
    let links = db
        .write_here(|tx| {
            let mut all = Vec::new();
            for (path, purpose, bearer) in [("/answers/", "answer", ana), ("/mine/", "mine", dana)] {
                all.push((path, links::issue(tx, purpose, bearer, referral, 10)?));
            }
            Ok::<_, crate::error::Error>(all)
        })
        .unwrap();
    let others = vec![
        ("signed out", String::new()),
        ("a stranger", cookie_of(app, eve)),
        ("a moderator", cookie_of(app, mod_)),
        ("an admin", cookie_of(app, admin)),
    ];
    let involved = vec![
        ("the referrer", cookie_of(app, ana), vec!["referral", "card", "vouch"]),
        // Nobody has asked him yet.
        ("the professional", cookie_of(app, ben), vec![]),
    ];
    World { things, others, involved, owner, links }
}

struct Walker {
    router: Router,
    runtime: tokio::runtime::Runtime,
}

impl Walker {
    fn ask(&self, method: &str, path: &str, cookie: &str) -> (u16, String, String) {
        self.runtime.block_on(async {
            let json = path.starts_with("/api/v1");
            let mut request = Request::builder()
                .method(method)
                .uri(path)
                .header(header::HOST, "127.0.0.1:1")
                .header(header::COOKIE, cookie);
            let mut body = Body::empty();
            if method != "GET" {
                let kind = if json { "application/json" } else { "application/x-www-form-urlencoded" };
                request = request.header(header::CONTENT_TYPE, kind);
                body = Body::from(if json { "{}" } else { "" });
            }
            let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
            let status = response.status().as_u16();
            let location =
                response.headers().get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
            let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
            (status, location, String::from_utf8_lossy(&bytes).into_owned())
        })
    }
}

/// The path with an id, a person and everything else filled in.
fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id)
        .replace("{slug}", if path.contains("{id}") { "slug" } else { id })
        .replace("{delivery}", UNKNOWN)
        .replace("{letter}", UNKNOWN)
        .replace("{person}", UNKNOWN)
        .replace("{handle}", "dana-whitfield")
        .replace("{field}", "27-1023.00")
        .replace("{deed}", "withdrawal")
        .replace("{version}", "x")
        .replace("{name}", "style.css")
        .replace(['{', '}'], "")
}

fn rows(db: &Db) -> Vec<String> {
    let kept = [
        "vouches",
        "referrals",
        "referral_events",
        "needs",
        "encounters",
        "jobs_won",
        "work_items",
        "memberships",
        "outcomes",
        "webhooks",
        "access_tokens",
        "pictures",
        "networking_groups",
        "contacts",
        "contact_files",
        "passkeys",
        "identities",
        "push_devices",
        "sanctions",
        "posts",
        "comments",
    ];
    let tables = tables(MIGRATIONS).unwrap();
    db.read_here(|tx| {
        let mut all = Vec::new();
        for table in tables.iter().filter(|t| kept.contains(&t.name.as_str())) {
            tx.each_row(table, |row| {
                all.push(format!("{} {row:?}", table.name));
                Ok::<_, store::Error>(())
            })?;
        }
        Ok::<_, store::Error>(all)
    })
    .unwrap()
}

#[test]
fn every_route_as_everybody() {
    on_both(|db| {
        let app = app_as(db, |site| site.api_limit = false);
        let world = world(&app);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let walker = Walker { router: crate::router::router(app.clone()), runtime };
        let before = rows(&app.db);
        let lines = declared();
        // All that is wrong at once: a walk takes a while.
        let mut wrong = Vec::new();
        let mut hold = |holds: bool, what: String| {
            if !holds {
                wrong.push(what);
            }
        };
        // Whoever signs out sees nothing of the rest.
        for line in lines.iter().filter(|l| l.class != "demo" && l.path != "/sign-out") {
            let thing = world.things.iter().find(|(name, _)| *name == line.thing).map(|(_, id)| id.to_string());
            let group = world.things.iter().find(|(name, _)| *name == "group").unwrap().1.to_string();
            let id = thing.clone().unwrap_or_else(|| if line.path.contains("groups") { group } else { UNKNOWN.into() });
            let (path, unknown) = (filled(&line.path, &id), filled(&line.path, UNKNOWN));
            for (who, cookie) in &world.others {
                let at = format!("{} {} as {who}", line.method, path);
                let keeper = matches!(*who, "a moderator" | "an admin");
                // What waits in a conversation is theirs to look at, and to decide about.
                if keeper && matches!(line.thing.as_str(), "conversation" | "comment") {
                    continue;
                }
                let (status, location, body) = walker.ask(&line.method, &path, cookie);
                hold(status < 500, format!("{at} fails: {status}"));
                let may = match line.class.as_str() {
                    "all" => true,
                    "member" | "own" => *who != "signed out",
                    "moderator" => keeper,
                    "admin" => *who == "an admin",
                    _ => false,
                };
                let sent_away = location.starts_with("/sign-in") || status >= 400;
                if !may {
                    hold(sent_away, format!("{at} is let in: {status} {location}"));
                    if matches!(line.class.as_str(), "moderator" | "admin") && *who != "signed out" {
                        hold(status == 403, format!("{at} is not refused but {status}"));
                    }
                }
                if line.class == "own" && *who != "signed out" {
                    let (other, _, text) = walker.ask(&line.method, &unknown, cookie);
                    hold(status == other, format!("{at}: somebody else’s is {status}, an unknown one {other}"));
                    if thing.is_some() {
                        hold(sent_away, format!("{at} is let in: {status} {location}"));
                        let alike = body.replace(&id, "") == text.replace(UNKNOWN, "");
                        hold(alike, format!("{at}: somebody else’s and an unknown one do not look alike"));
                    }
                }
                if !keeper || line.class == "own" {
                    for secret in [SECRET, "dana-whitfield@", "ana-reyes@", "ben-castle@"] {
                        hold(!body.contains(secret), format!("{at} tells {secret}"));
                    }
                }
            }
        }
        // Having a part in one thing opens no other.
        for line in lines.iter().filter(|l| l.class == "own") {
            let Some((name, id)) = world.things.iter().find(|(name, _)| *name == line.thing) else { continue };
            let id = id.to_string();
            for (who, cookie, theirs) in &world.involved {
                let at = format!("{} {} as {who}", line.method, line.path);
                if theirs.contains(name) && line.method != "GET" {
                    continue;
                }
                let (status, _, body) = walker.ask(&line.method, &filled(&line.path, &id), cookie);
                hold(status < 500, format!("{at} fails: {status}"));
                for secret in ["dana-whitfield@", "ana-reyes@", "ben-castle@"] {
                    hold(!body.contains(secret), format!("{at} tells {secret}"));
                }
                if !theirs.contains(name) {
                    let (other, _, text) = walker.ask(&line.method, &filled(&line.path, UNKNOWN), cookie);
                    let alike = status == other && body.replace(&id, "") == text.replace(UNKNOWN, "");
                    hold(
                        alike,
                        format!("{at}: somebody else’s ({status}) and an unknown one ({other}) do not look alike"),
                    );
                    hold(!body.contains(SECRET), format!("{at} tells {SECRET}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        let after = rows(&app.db);
        assert_eq!(before, after, "nobody else’s request changed anything of theirs");
        // The owner finds their own, and the bearer of a link what it is for.
        for line in lines.iter().filter(|l| l.class == "own" && l.method == "GET") {
            let Some((_, id)) = world.things.iter().find(|(name, _)| *name == line.thing && *name != "card") else {
                continue;
            };
            if line.path.ends_with("/outcome") {
                continue;
            }
            let (status, _, body) = walker.ask("GET", &filled(&line.path, &id.to_string()), &world.owner);
            assert_eq!(status, 200, "{}: {body}", line.path);
        }
        for (path, token) in &world.links {
            assert_eq!(walker.ask("GET", &format!("{path}{token}"), "").0, 200, "{path}");
            for (other, _) in world.links.iter().filter(|(other, _)| other != path) {
                assert_eq!(walker.ask("GET", &format!("{other}{token}"), "").0, 404, "{path} opened {other}");
            }
        }
        assert_eq!(rows(&app.db), after, "reading changes nothing");
    });
}

/// Statements a page may run.
const STATEMENTS: u64 = 8;
/// Bytes of a page with style and script, as a browser that comes for the first time gets them.
const BYTES: usize = 50 * 1024;
/// The pages people open most, and how many they may run.
const LEAN: [(&str, u64); 2] = [("/people/{handle}", 3), ("/recommendations", 3)];

#[test]
fn pages_keep_their_budget_of_statements_and_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let db = Db::open(&url, store::Clock::real(), 2).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    crate::demo::plant(&db).unwrap();
    let app = app_as(db, |site| site.api_limit = false);
    let (me, handle): (Key, String) = app
        .db
        .read_here(|tx| {
            tx.row(
                sql!(
                    "SELECT p.id, p.handle FROM parties p JOIN referrals r ON r.asker_id = p.id
                       JOIN vouches v ON v.from_id = p.id JOIN memberships m ON m.party_id = p.id
                     WHERE p.kind = 'member' GROUP BY p.id, p.handle ORDER BY COUNT(*) DESC LIMIT 1"
                ),
                &[],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
        })
        .unwrap()
        .unwrap();
    let things: Vec<Option<Key>> = app
        .db
        .read_here(|tx| {
            let mut all = Vec::new();
            for found in [
                sql!("SELECT id FROM referrals WHERE asker_id = $1 ORDER BY updated_at DESC LIMIT 1"),
                sql!("SELECT id FROM vouches WHERE from_id = $1 AND state = 'live' LIMIT 1"),
                sql!("SELECT id FROM needs WHERE asker_id = $1 LIMIT 1"),
                sql!("SELECT id FROM work_items WHERE party_id = $1 LIMIT 1"),
                sql!("SELECT group_id FROM memberships WHERE party_id = $1 LIMIT 1"),
                sql!(
                    "SELECT c.id FROM comments c LEFT JOIN parties p ON p.id = $1 WHERE c.shown ORDER BY c.id LIMIT 1"
                ),
            ] {
                all.push(tx.value::<Key>(found, &[&me])?);
            }
            Ok::<_, store::Error>(all)
        })
        .unwrap();
    let thing = |path: &str, name: &str| match name {
        "referral" | "card" => things[0],
        "vouch" => things[1],
        "need" => things[2],
        "work" => things[3],
        _ if path.contains("/groups/") => things[4],
        _ if path.contains("/comments/") => things[5],
        _ => None,
    };
    let slug: Option<String> = app
        .db
        .read_here(|tx| {
            tx.value(sql!("SELECT slug FROM posts WHERE state = 'published' ORDER BY comments DESC, id LIMIT 1"), &[])
        })
        .unwrap();
    let slug = slug.unwrap();
    let admin: Key = app
        .db
        .read_here(|tx| {
            tx.value(sql!("SELECT party_id FROM roles WHERE role = 'admin' AND scope = 'network' LIMIT 1"), &[])
        })
        .unwrap()
        .unwrap();
    let (mine, keepers) = (cookie_of(&app, me), cookie_of(&app, admin));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let router = crate::router::router(app.clone());
    let get = |path: &str, cookie: &str| {
        runtime.block_on(async {
            let request = Request::builder()
                .uri(path)
                .header(header::HOST, "127.0.0.1:1")
                .header(header::COOKIE, cookie)
                .header(header::ACCEPT_ENCODING, "br");
            let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let status = response.status().as_u16();
            (status, axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap().len())
        })
    };
    // Those of every page, and those of conversations, which have the most.
    let assets = ["style.css", "goodword.js", "phone.js", "conversations.js"];
    let assets: usize = assets.iter().map(|name| get(&crate::assets::url(name), "").1).sum();
    let (mut walked, mut over) = (BTreeSet::new(), Vec::new());
    for line in declared().iter().filter(|l| l.method == "GET" && !matches!(l.class.as_str(), "link" | "demo")) {
        let id = thing(&line.path, &line.thing);
        if (line.path.contains("{id}") && id.is_none()) || ["{token}", "{name}"].iter().any(|p| line.path.contains(p)) {
            continue;
        }
        let path = line.path.replace("{id}", &id.unwrap_or_default().to_string()).replace("{handle}", &handle);
        let mut path = path.replace("{slug}", &slug).replace("{root}", "1");
        let keeps = matches!(line.class.as_str(), "moderator" | "admin");
        if path.ends_with("/recommendations") {
            path += "?need=a+florist+in+Santa+Monica+for+June";
        }
        let before = app.db.statements();
        let (status, bytes) = get(&path, if keeps { &keepers } else { &mine });
        let ran = app.db.statements() - before;
        if status != 200 {
            continue;
        }

        walked.insert(line.path.clone());
        let allowed = LEAN.iter().find(|(known, _)| *known == line.path).map_or(STATEMENTS, |(_, n)| *n);
        if ran > allowed {
            over.push(format!("{} ran {ran} statements", line.path));
        }
        if !line.path.starts_with("/api/") && bytes + assets > BYTES {
            over.push(format!("{} is {bytes} bytes, {} with style and script", line.path, bytes + assets));
        }
        eprintln!("{ran:>3} statements {bytes:>7} bytes  {}", line.path);
    }
    assert!(walked.len() > 100 && LEAN.iter().all(|(path, _)| walked.contains(*path)), "{walked:?}");
    assert!(over.is_empty(), "{over:#?}");
}
