//! Stories: what is chosen is what is written; what comes back is noted; nothing in a letter can forge another.

use super::mime::{self, Outgoing};
use super::smtp::Way;
use super::{Letter, Part, UNSUBSCRIBE, bounces, post};
use crate::app::App;
use crate::error::Result;
use crate::key::Key;
use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};
use axum::http::StatusCode;
use store::{DAY, Db, sql};

fn write(app: &App, to: Key, kind: &str, about: Option<Key>, subject: &str) {
    app.db
        .write_here(|tx| {
            let letter = Letter {
                kind,
                about,
                to: Some(to),
                address: "ana@example.org",
                name: "Ana Reyes",
                subject: subject.to_owned(),
                parts: vec![
                    Part::Text(format!("About {subject}.")),
                    Part::Quote("Warm & <kind>".into()),
                    Part::Button("Read it".into(), "/notices".into()),
                ],
                card: None,
            };
            post(tx, "http://127.0.0.1:1", &letter)
        })
        .unwrap();
}

fn count(db: &Db, table: &str) -> i64 {
    db.read_here(|tx| {
        let n = match table {
            "letters" => tx.value::<i64>(sql!("SELECT COUNT(*) FROM letters"), &[])?,
            "held" => tx.value::<i64>(sql!("SELECT COUNT(*) FROM held_letters"), &[])?,
            _ => tx.value::<i64>(sql!("SELECT COUNT(*) FROM notices"), &[])?,
        };
        Ok::<_, store::Error>(n.unwrap_or(0))
    })
    .unwrap()
}

fn run_jobs(app: &App) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crate::jobs::run_due(app));
}

fn all_off(app: &App, cookie: &str, topic: &str, pace: &str) {
    let form = format!("{topic}={pace}&hour=7&weekday=3&zone=Europe%2FVienna");
    assert_eq!(send(app, "/preferences/letters", cookie, Some(&form)).status, StatusCode::SEE_OTHER);
}

#[test]
fn what_is_chosen_is_what_is_written() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana");
        let cookie = cookie_of(&app, ana);

        write(&app, ana, "vouch", None, "One at once");
        assert!(letter_to(&app, "ana@example.org").contains("One at once"));

        // Never: not written at all. What cannot be switched off is, whatever a forged form says.
        all_off(&app, &cookie, "vouches", "never");
        all_off(&app, &cookie, "account", "never");
        write(&app, ana, "vouch", None, "Not this");
        write(&app, ana, "sign-in", None, "But this");
        assert!(letter_to(&app, "ana@example.org").contains("But this"));
        assert_eq!(count(&app.db, "letters"), 2);

        // Daily: kept, then one letter with all of them at seven in Vienna; nothing to say, no letter.
        all_off(&app, &cookie, "vouches", "daily");
        write(&app, ana, "vouch", None, "First of two");
        write(&app, ana, "vouch", None, "Second of two");
        assert_eq!((count(&app.db, "letters"), count(&app.db, "held")), (2, 2));
        // Noon in London on 2 March; seven in Vienna is 18 hours away.
        app.clock.advance(18 * DAY / 24 - 1);
        run_jobs(&app);
        assert_eq!(count(&app.db, "letters"), 2, "a minute early");
        app.clock.advance(1);
        run_jobs(&app);
        assert_eq!((count(&app.db, "letters"), count(&app.db, "held")), (3, 0));
        let digest = letter_to(&app, "ana@example.org");
        assert!(digest.find("First of two").unwrap() < digest.find("Second of two").unwrap(), "{digest}");
        assert!(digest.contains("http://127.0.0.1:1/notices"));
        app.clock.advance(8 * DAY);
        run_jobs(&app);
        assert_eq!(count(&app.db, "letters"), 3, "nothing to say");

        // Weekly, and switched off before it came.
        all_off(&app, &cookie, "vouches", "weekly");
        write(&app, ana, "vouch", None, "Too late");
        all_off(&app, &cookie, "vouches", "never");
        app.clock.advance(8 * DAY);
        run_jobs(&app);
        assert_eq!(count(&app.db, "letters"), 3);

        // A form that cannot be: said, and kept.
        let refused = send(&app, "/preferences/letters", &cookie, Some("asked=weekly&zone=Mars%2FOlympus"));
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("Mars/Olympus") && refused.body.contains("cannot be had that way"));
    });
}

#[test]
fn one_press_ends_them_without_signing_in_and_from_anywhere() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana");
        write(&app, ana, "vouch", None, "One");
        let letter = letter_to(&app, "ana@example.org");
        let path =
            letter.lines().find_map(|l| l.strip_prefix("No more of these: http://127.0.0.1:1")).unwrap().to_owned();
        assert!(path.starts_with(UNSUBSCRIBE));

        // A scanner opens it: nothing happens.
        assert!(send(&app, &path, "", None).body.contains("No more of these letters"));
        write(&app, ana, "vouch", None, "Two");
        assert_eq!(count(&app.db, "letters"), 2);

        // The mail program's own press, from another site.
        assert_eq!(one_click(&app, &path, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"), 200);
        write(&app, ana, "vouch", None, "Three");
        assert_eq!(count(&app.db, "letters"), 2);
        write(&app, ana, "outcome", None, "Another topic");
        assert_eq!(count(&app.db, "letters"), 3);

        // Undone on the page; and again, sent as the other kind of form.
        assert!(send(&app, &path, "", Some("what=again")).body.contains("We write again"));
        write(&app, ana, "vouch", None, "Four");
        assert_eq!(count(&app.db, "letters"), 4);
        let multipart =
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        assert_eq!(one_click(&app, &path, "multipart/form-data; boundary=x", multipart), 200);
        write(&app, ana, "vouch", None, "Five");
        assert_eq!(count(&app.db, "letters"), 4);

        // A made-up token is nobody's; any other form still may not come from elsewhere.
        assert_eq!(one_click(&app, &format!("{UNSUBSCRIBE}{}", "0".repeat(52)), "text/plain", ""), 404);
        assert_eq!(one_click(&app, "/theme", "application/x-www-form-urlencoded", "theme=dark"), 403);
    });
}

/// As a mail provider's server or web page sends it.
fn one_click(app: &App, path: &str, kind: &str, body: &str) -> u16 {
    use tower::ServiceExt;
    let request = axum::http::Request::post(path)
        .header("host", "127.0.0.1:1")
        .header("origin", "https://mail.example")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", kind)
        .body(axum::body::Body::from(body.to_owned()))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crate::router::router(app.clone()).oneshot(request)).unwrap().status().as_u16()
}

#[test]
fn a_conversation_is_one_thread_and_ends_alone() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana");
        // Somebody who commented with a name and an address, and has no account.
        let guest = app
            .db
            .write_here(|tx| {
                let (id, now) = (Key(tx.id()), tx.now());
                tx.execute(
                    sql!(
                        "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
                         VALUES ($1, 'guest', 'active', 'Gus', 'gus', 'gus@example.org', $2, 1)"
                    ),
                    &[&id, &now],
                )?;
                Ok::<_, crate::error::Error>(id)
            })
            .unwrap();
        let (about, other) = (Key(app.clock.id()), Key(app.clock.id()));
        for who in [ana, guest] {
            write(&app, who, "comment-post", Some(about), "Florists in Venice");
            write(&app, who, "comment-post", Some(about), "Ben wrote about florists");
        }
        let subjects = |who: Key| {
            app.db
                .read_here(|tx| {
                    tx.rows(
                        sql!("SELECT subject FROM letters WHERE party_id = $1 ORDER BY created_at, id"),
                        &[&who],
                        |r| r.get::<String>(0),
                    )
                })
                .unwrap()
        };
        assert_eq!(subjects(ana), ["Florists in Venice", "Re: Florists in Venice"]);
        let letter = letter_to(&app, "ana@example.org");
        assert!(letter.starts_with("Ben wrote about florists"), "{letter}");

        let path = letter.lines().find_map(|l| l.strip_prefix("No more of these: http://127.0.0.1:1")).unwrap();
        assert!(send(&app, path, "", None).body.contains("No more about this conversation"));
        send(&app, path, "", Some("what=these"));
        write(&app, guest, "comment-post", Some(about), "Silent");
        write(&app, guest, "comment-post", Some(other), "Another conversation");
        assert_eq!(subjects(guest).last().unwrap(), "Another conversation");
        assert_eq!(subjects(guest).len(), 3);
        assert_eq!(subjects(ana).len(), 2);
        write(&app, ana, "comment-reply", Some(about), "Others still hear");
        assert_eq!(subjects(ana).len(), 3);
    });
}

#[test]
fn opening_every_link_in_every_letter_changes_nothing() {
    on_both(|db| {
        let app = app(db);
        let (dana, ana) = (member(&app.db, "Dana"), member(&app.db, "Ana"));
        write(&app, ana, "vouch", None, "A vouch");
        let invite = "name=Ben&email=ben%40example.org&words=Come";
        let cookie = cookie_of(&app, dana);
        assert_eq!(send(&app, "/invitations/new", &cookie, Some(invite)).status, StatusCode::SEE_OTHER);
        assert_eq!(send(&app, "/sign-in", "", Some("email=ana%40example.org")).status, StatusCode::SEE_OTHER);
        let letters: Vec<String> =
            app.db.read_here(|tx| tx.rows(sql!("SELECT plain FROM letters"), &[], |r| r.get(0))).unwrap();
        assert!(letters.len() >= 3);
        let state = |db: &Db| {
            db.read_here(|tx| {
                let mut all =
                    tx.rows(sql!("SELECT kind, COALESCE(email, ''), version FROM parties ORDER BY id"), &[], |r| {
                        Ok(format!("{}{}{}", r.get::<String>(0)?, r.get::<String>(1)?, r.get::<i64>(2)?))
                    })?;
                for sql in [
                    sql!("SELECT COUNT(*) FROM sessions"),
                    sql!("SELECT COUNT(*) FROM letter_choices"),
                    sql!("SELECT COUNT(*) FROM sign_ins WHERE used_at IS NOT NULL"),
                    sql!("SELECT COUNT(*) FROM links WHERE used_at IS NOT NULL"),
                    sql!("SELECT COUNT(*) FROM links"),
                ] {
                    all.push(tx.value::<i64>(sql, &[])?.unwrap_or(0).to_string());
                }
                Ok::<_, store::Error>(all)
            })
            .unwrap()
        };
        let before = state(&app.db);
        let mut opened = 0;
        for letter in &letters {
            for word in letter.split_whitespace().filter_map(|w| w.strip_prefix("http://127.0.0.1:1/")) {
                let answer = send(&app, &format!("/{word}"), "", None);
                assert!(
                    answer.status.is_success() || answer.status == StatusCode::SEE_OTHER,
                    "{word} {}",
                    answer.status
                );
                opened += 1;
            }
        }
        assert!(opened >= 5, "{opened}");
        assert_eq!(state(&app.db), before);
        // And the second press does what the letter says.
        let path = link_in(&letter_to(&app, "ben@example.org"), "/invitations/");
        assert!(send(&app, &path, "", None).body.contains("Dana"));
    });
}

#[test]
fn letters_that_come_back_are_noted_and_nobody_can_silence_another() {
    on_both(|db| {
        let app = app(db);
        let (ana, admin) = (member(&app.db, "Ana"), member(&app.db, "Olga"));
        app.db
            .write_here(|tx| {
                tx.execute(sql!("INSERT INTO roles (party_id, role, scope) VALUES ($1, 'admin', 'network')"), &[&admin])
            })
            .unwrap();
        write(&app, ana, "vouch", None, "One");
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM letters"), &[])).unwrap().unwrap();
        let report = |id: Key, status: &str| {
            let text = format!(
                "Content-Type: multipart/report; report-type=delivery-status\r\nDelivered-To: bounces+{id}@x.example\r\n\r\n\
                 Final-Recipient: rfc822; ana@example.org\r\nAction: failed\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 no <ana@example.org> here\r\n"
            );
            formats::dsn::read(&text).unwrap()
        };
        let take = |id: Key, status: &str| app.db.write_here(|tx| bounces::take(tx, &report(id, status))).unwrap();

        assert!(!take(Key(app.clock.id()), "5.1.1"), "a made-up id is nobody's");
        write(&app, ana, "vouch", None, "Two");
        assert_eq!(count(&app.db, "letters"), 2);

        assert!(take(id, "5.1.1"));
        assert!(take(id, "5.1.1"), "the same report twice is once");
        write(&app, ana, "vouch", None, "Three");
        assert_eq!(count(&app.db, "letters"), 2, "the address is left alone");
        write(&app, ana, "sign-in", None, "The way back in");
        assert_eq!(count(&app.db, "letters"), 3);
        assert_eq!(count(&app.db, "notices"), 2, "she and the admin are told, once");

        let cookie = cookie_of(&app, ana);
        let page = send(&app, "/preferences/letters", &cookie, None).body;
        assert!(page.contains("5.1.1 550 no &#60;address&#62; here"), "{page}");
        let told: Vec<String> = app
            .db
            .read_here(|tx| {
                tx.rows(
                    sql!(
                        "SELECT words FROM notices UNION ALL SELECT reason FROM bounces
                         UNION ALL SELECT failure FROM letters WHERE failure IS NOT NULL"
                    ),
                    &[],
                    |r| r.get(0),
                )
            })
            .unwrap();
        assert!(
            told.iter().any(|text| text.contains("550")) && !told.iter().any(|text| text.contains('@')),
            "{told:?}"
        );
        send(&app, "/preferences/letters/address", &cookie, Some(""));
        write(&app, ana, "vouch", None, "Four");
        assert_eq!(count(&app.db, "letters"), 4);
    });
}

fn outgoing(kind: &str, subject: &str, name: &str) -> Outgoing {
    Outgoing {
        id: Key(store::Uuid::from_u128(7)),
        kind: kind.into(),
        address: "ana@example.org".into(),
        name: name.into(),
        subject: subject.into(),
        plain: "Hello".into(),
        html: "<p>Hello</p>".into(),
        attachment: None,
        unsubscribe: Some("0".repeat(52)),
        earlier: vec![Key(store::Uuid::from_u128(5)), Key(store::Uuid::from_u128(6))],
        created_at: 0,
    }
}

fn set(letter: &Outgoing, network: &str) -> (String, Vec<String>) {
    let way = Way::smtp("smtp://localhost", "Goodword <goodword@example.org>", Some("bounces@example.org")).unwrap();
    let Way::Smtp(relay) = way else { panic!("no relay") };
    let message = mime::message(letter, &relay, "https://goodword.example", network).unwrap();
    assert_eq!(message.envelope().from().unwrap().to_string(), format!("bounces+{}@example.org", letter.id));
    let text = String::from_utf8(message.formatted()).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    (text.clone(), head.lines().map(str::to_owned).collect())
}

#[test]
fn headers_thread_file_and_unsubscribe() -> Result<()> {
    let (_, head) = set(&outgoing("comment-reply", "Florists", "Ana Reyes"), "Venice (West) \"Side\"");
    let id = |n: u128| format!("<{}@goodword.example>", Key(store::Uuid::from_u128(n)));
    for line in [
        format!("Message-ID: {}", id(7)),
        format!("In-Reply-To: {}", id(6)),
        format!("References: {} {}", id(5), id(6)),
        "List-Id: Venice West Side <replies.goodword.example>".to_owned(),
        format!("List-Unsubscribe: <https://goodword.example/unsubscribing/{}>", "0".repeat(52)),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned(),
        "Auto-Submitted: auto-generated".to_owned(),
    ] {
        assert!(head.contains(&line), "{line} in {head:#?}");
    }
    Ok(())
}

#[test]
fn nothing_in_a_letter_adds_a_header() {
    let evil = "x\r\nBcc: evil@example.org\r\n\r\n<script>\u{2028}Bcc: evil@example.org\u{85}\u{0}";
    let (text, head) = set(&outgoing("ask", evil, evil), evil);
    let names: Vec<&str> = head.iter().filter_map(|line| line.split(':').next()).collect();
    assert!(!names.iter().any(|name| name.eq_ignore_ascii_case("bcc")), "{head:#?}");
    assert_eq!(names.iter().filter(|name| name.eq_ignore_ascii_case("to")).count(), 1);
    assert!(!text.contains("\nBcc"), "{text}");
    // An address cannot either: it is parsed.
    let mut letter = outgoing("ask", "x", "Ana");
    letter.address = "ana@example.org\r\nBcc: evil@example.org".into();
    let way = Way::smtp("smtp://localhost", "Goodword <goodword@example.org>", None).unwrap();
    let Way::Smtp(relay) = way else { panic!("no relay") };
    assert!(mime::message(&letter, &relay, "https://goodword.example", "x").is_err());
}

#[test]
fn an_invitation_travels_as_alternative_and_as_file() {
    let mut letter = outgoing("appointment", "Meeting", "Ana");
    letter.attachment = Some("BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n".into());
    let (text, _) = set(&letter, "x");
    assert!(text.contains("Content-Type: text/calendar; charset=utf-8; method=CANCEL"), "{text}");
    assert!(text.contains("filename=\"invitation.ics\""), "{text}");
}
