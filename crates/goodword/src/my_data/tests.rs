//! Leaving: the archive, the pause, the erasure with its way back; and that nothing of an erased person is left in any table.

use super::erase::TABLES;
use crate::app::App;
use crate::imports::conversations::Kind;
use crate::imports::conversations::tests::{COM, bring};
use crate::jobs::run_due;
use crate::key::Key;
use crate::roles::{Role, put};
use crate::schema::MIGRATIONS;
use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};
use serde_json::Value as Json;
use std::io::{Cursor, Read};
use store::whole::{Cell, tables};
use store::{DAY, Db, sql};

fn due(app: &App) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run_due(app));
    app.db.number_changes(app.node).unwrap();
    app.live.catch_up(&app.db).unwrap();
}

fn archive(db: &Db, who: Key) -> (Json, String, Vec<String>) {
    let bytes = db.read_here(|tx| super::archive::of(tx, "Test", who)?.zip()).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut read = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let (json, html) = (read("data.json"), read("index.html"));
    (serde_json::from_str(&json).unwrap(), html, names)
}

/// Every table and column in which one of `needles` can be read, in any letter case: the needle, where.
fn places(db: &Db, needles: &[&str]) -> Vec<(String, String)> {
    let needles: Vec<String> = needles.iter().map(|n| n.to_lowercase()).collect();
    let mut found = Vec::new();
    for table in tables(MIGRATIONS).unwrap() {
        db.read_here(|tx| {
            tx.each_row(&table, |row| {
                for (column, cell) in table.columns.iter().zip(&row) {
                    let text = match cell {
                        Cell::Text(text) => text.to_lowercase(),
                        Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).to_lowercase(),
                        _ => continue,
                    };
                    for needle in needles.iter().filter(|n| text.contains(n.as_str())) {
                        let shown: String = text.chars().take(120).collect();
                        found.push((needle.clone(), format!("{}.{}: {shown}", table.name, column.name)));
                    }
                }
                Ok::<_, store::Error>(())
            })
        })
        .unwrap();
    }
    found
}

#[test]
fn every_table_has_an_answer_to_what_becomes_of_an_erased_person() {
    let all = tables(MIGRATIONS).unwrap();
    assert!(all.len() > 40);
    let missing: Vec<&str> =
        all.iter().map(|t| t.name.as_str()).filter(|name| TABLES.iter().all(|(known, _)| known != name)).collect();
    assert!(
        missing.is_empty(),
        "say in my_data/erase.rs what becomes of {missing:?} when somebody is erased (and do it), and in my_data/parts.rs \
         what of it belongs in a person's archive"
    );
}

#[test]
fn an_archive_holds_ones_own_and_what_was_shown_and_not_what_is_sealed() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve] = ["Ana Ruiz", "Ben Castellano", "Eve Adler"].map(|name| member(&app.db, name));
        let [anas, bens, eves] = [ana, ben, eve].map(|who| cookie_of(&app, who));
        let vouch =
            |words: &str, sure: i64| format!("field=27-1023.00&basis=hired&tie=none&confidence={sure}&words={words}");
        send(&app, "/people/ben-castellano/vouches/new", &anas, Some(&vouch("Ana+said+this", 77)));
        send(&app, "/people/ana-ruiz/vouches/new", &bens, Some(&vouch("Ben+said+that", 66)));
        send(&app, "/trust", &eves, Some("person=ben-castellano"));
        let (json, html, names) = archive(&app.db, ben);
        assert_eq!(names.iter().filter(|n| !n.starts_with("pictures/")).count(), 2);
        assert_eq!(json["you"][0]["email"], "ben-castellano@example.org");
        assert_eq!(json["vouches_given"][0]["confidence"], 66, "one's own");
        let received = &json["vouches_received"][0];
        assert_eq!((&received["from"], &received["words"]), (&Json::from("Ana Ruiz"), &Json::from("Ana said this")));
        assert!(received.get("confidence").is_none(), "hers");
        assert_eq!(json["sums"]["Members who rely on your judgement"], "fewer than 5, so it is not said");
        assert!(html.contains("Ana said this") && html.contains("Ben said that") && html.contains("their data too"));
        let text = json.to_string();
        assert!(!text.contains("77") || !text.contains("\"confidence\":77"), "{text}");
        assert!(!text.contains("Eve Adler"), "who trusts him is not said: {text}");
        assert!(json["letters"][0]["subject"].as_str().unwrap().contains("vouched for your work"));
        // Five a day.
        for n in 0..5 {
            assert_eq!(send(&app, "/my-data/archive", &bens, Some("")).status.as_u16(), 200, "{n}");
        }
        assert_eq!(send(&app, "/my-data/archive", &bens, Some("")).status.as_u16(), 429);
        assert_eq!(send(&app, "/my-data/archive", "", Some("")).status.as_u16(), 303, "to sign in");
    });
}

#[test]
fn sums_over_others_are_told_in_whole_batches_oldest_first() {
    on_both(|db| {
        let ben = member(&db, "Ben Castellano");
        for (n, (sure, again)) in
            [(60, "yes"), (60, "no"), (60, "yes"), (60, "no"), (60, "no"), (95, "yes"), (95, "yes")].iter().enumerate()
        {
            let who = member(&db, &format!("Member {n}"));
            db.write_here(|tx| {
                let [vouch, trust, referral, outcome] = [(); 4].map(|()| tx.id());
                let at = tx.now() + i64::try_from(n).unwrap();
                tx.execute(
                    sql!(
                        "INSERT INTO vouches (id, from_id, to_id, field, basis, tie, confidence, words, state, is_public,
                           given_at, renewed_at, version)
                         VALUES ($1, $2, $3, '27-1023.00', 'hired', 'none', $4, '', 'live', FALSE, $5, $5, 1)"
                    ),
                    &[&vouch, &who, &ben, &i64::from(*sure), &at],
                )?;
                tx.execute(
                    sql!("INSERT INTO trusts (id, from_id, to_id, field, at) VALUES ($1, $2, $3, NULL, $4)"),
                    &[&trust, &who, &ben, &at],
                )?;
                tx.execute(
                    sql!(
                        "INSERT INTO referrals (id, origin, asker_id, referrer_id, professional_id, client_id, client_name,
                           for_client, field, need_words, shared_place, shared_budget, shared_date, note_to_referrer,
                           state, words, unknowns, understood, progress, lost_reason, revealed_at, created_at,
                           updated_at, version)
                         VALUES ($1, 'offered', $2, $2, $3, $2, '', FALSE, '27-1023.00', '', '', '', '', '', 'done', '',
                           '', '', 'touch', '', $4, $4, $4, 1)"
                    ),
                    &[&referral, &who, &ben, &at],
                )?;
                tx.execute(
                    sql!(
                        "INSERT INTO outcomes (id, referral_id, role, party_id, answer, again, currency, tell_amount, words,
                           answered_at, version) VALUES ($1, $2, 'client', $3, 'yes', $4, 'USD', FALSE, '', $5, 1)"
                    ),
                    &[&outcome, &referral, &who, again, &at],
                )
            })
            .unwrap();
        }
        let (json, ..) = archive(&db, ben);
        let sums = &json["sums"];
        assert_eq!(sums["Clients who would use you again"], "2 of 5", "the last two wait for a batch of their own");
        assert_eq!(sums["How sure those who vouch for you are, on average"], "60 in 100, of 5");
        assert_eq!(sums["Members who rely on your judgement"], "5 or a few more");
    });
}

#[test]
fn a_pause_hides_and_signing_in_brings_back() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben] = ["Ana Ruiz", "Ben Castellano"].map(|name| member(&app.db, name));
        app.db.write_here(|tx| put(tx, ana, Role::Admin)).unwrap();
        let [anas, bens] = [ana, ben].map(|who| cookie_of(&app, who));
        assert_eq!(send(&app, "/my-data/pause", &anas, Some("")).status.as_u16(), 409, "the only admin");
        assert_eq!(send(&app, "/my-data/pause", &bens, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, "/my-data", &bens, None).status.as_u16(), 303, "signed out");
        assert_eq!(send(&app, "/people/ben-castellano", &anas, None).status.as_u16(), 404);
        // The letter's link, and the one that signing in sends, bring him back; opening changes nothing.
        let first = link_in(&letter_to(&app, "ben-castellano@example.org"), "/returns/");
        app.clock.advance(DAY);
        send(&app, "/sign-in", "", Some("email=ben-castellano%40example.org"));
        let second = link_in(&letter_to(&app, "ben-castellano@example.org"), "/returns/");
        assert_ne!(first, second);
        assert_eq!(send(&app, &second, "", None).status.as_u16(), 200);
        assert_eq!(send(&app, "/people/ben-castellano", &anas, None).status.as_u16(), 404);
        let back = send(&app, &second, "", Some(""));
        assert!(back.cookies.iter().any(|c| c.contains("session=")), "{:?}", back.cookies);
        assert_eq!(send(&app, "/people/ben-castellano", &anas, None).status.as_u16(), 200);
        assert_eq!(send(&app, &second, "", Some("")).status.as_u16(), 410, "once");
    });
}

#[test]
fn an_erasure_waits_seven_days_and_can_be_taken_back() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben] = ["Ana Ruiz", "Ben Castellano"].map(|name| member(&app.db, name));
        let [anas, bens] = [ana, ben].map(|who| cookie_of(&app, who));
        assert!(send(&app, "/my-data/erasure", &bens, None).body.contains("They lapse"));
        assert_eq!(send(&app, "/my-data/erasure", &bens, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, "/people/ben-castellano", &anas, None).status.as_u16(), 404, "at once");
        let undo = link_in(&letter_to(&app, "ben-castellano@example.org"), "/erasures/");
        app.clock.advance(6 * DAY);
        due(&app);
        assert_eq!(send(&app, &undo, "", None).status.as_u16(), 200);
        let back = send(&app, &undo, "", Some(""));
        assert!(back.cookies.iter().any(|c| c.contains("session=")));
        app.clock.advance(2 * DAY);
        due(&app);
        assert_eq!(send(&app, "/people/ben-castellano", &anas, None).status.as_u16(), 200, "the job came to nothing");
        assert_eq!(send(&app, &undo, "", Some("")).status.as_u16(), 410);
        // Again, and for good.
        let bens = cookie_of(&app, ben);
        send(&app, "/my-data/erasure", &bens, Some("no_letters=yes"));
        app.clock.advance(8 * DAY);
        due(&app);
        assert_eq!(places(&app.db, &["castellano"]), []);
        let invited = send(&app, "/invitations/new", &anas, Some("name=Ben&email=ben-castellano%40example.org&words="));
        assert_eq!(invited.status.as_u16(), 409, "nobody has us write to him again");
        assert_eq!(places(&app.db, &["ben-castellano@"]), [], "the fingerprint is not the address");
    });
}

#[test]
fn nothing_of_an_erased_person_is_left_in_any_table_of_a_lively_network() {
    on_both(|db| {
        crate::demo::plant(&db).unwrap();
        let app = app(db);
        let found = app
            .db
            .read_here(|tx| {
                tx.rows(sql!("SELECT id, name, email, handle FROM parties WHERE handle LIKE 'ana-%'"), &[], |r| {
                    Ok((r.get::<Key>(0)?, r.get::<String>(1)?, r.get::<String>(2)?, r.get::<String>(3)?))
                })
            })
            .unwrap();
        let (ana, name, email, handle) = found.first().cloned().expect("the demo has an Ana");
        let other = member(&app.db, "Olga Onlooker");
        fill_the_rest(&app, ana, &name, &email, &handle, other);
        let own = [name.as_str(), &email, &handle, "zebraword"];
        let before = places(&app.db, &own);
        for text in own {
            assert!(before.iter().any(|(needle, _)| *needle == text.to_lowercase()), "the scan finds “{text}” before");
        }
        let mut tables: Vec<&str> = before.iter().filter_map(|(_, place)| place.split('.').next()).collect();
        tables.sort_unstable();
        tables.dedup();
        assert!(tables.len() >= 15, "she is in many tables: {tables:?}");
        let others_before = outcome_answers(&app, ana);
        assert!(others_before > 0, "her referrals were scored");
        let word: Key = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT to_id FROM vouches WHERE from_id = $1 AND state = 'live'"), &[&ana]))
            .unwrap()
            .unwrap();

        // What others said of introductions of hers is about her, and says only “Ana”.
        let thanks = format!("Thanks, {}.", crate::say::first_name(&name));
        app.db
            .write_here(|tx| {
                tx.execute(
                    sql!(
                        "UPDATE outcomes SET words = $1 WHERE role = 'client' AND referral_id IN (
                           SELECT id FROM referrals WHERE referrer_id = $2)"
                    ),
                    &[&thanks, &ana],
                )?;
                tx.execute(sql!("UPDATE referrals SET need_words = $1 WHERE referrer_id = $2"), &[&thanks, &ana])
            })
            .unwrap();
        app.db.write_here(|tx| super::ask_erasure(tx, "http://x", ana, false)).unwrap();
        app.clock.advance(8 * DAY);
        due(&app);

        assert_eq!(places(&app.db, &own), []);
        let (left, without): (Option<i64>, Option<i64>) = app
            .db
            .read_here(|tx| {
                let said = sql!(
                    "SELECT (SELECT COUNT(*) FROM outcomes WHERE words = $1)
                       + (SELECT COUNT(*) FROM referrals WHERE need_words = $1)"
                );
                Ok::<_, store::Error>((tx.value(said, &[&thanks])?, tx.value(said, &[&"Thanks, Somebody."])?))
            })
            .unwrap();
        assert!(left == Some(0) && without > Some(1), "{left:?} {without:?}");
        let (whole, first, notice, keys) = app
            .db
            .read_here(|tx| {
                Ok::<_, store::Error>((
                    tx.value::<String>(
                        sql!("SELECT note FROM encounters WHERE kind = 'met' AND note LIKE 'Talked%'"),
                        &[],
                    )?,
                    tx.value::<String>(
                        sql!("SELECT note FROM encounters WHERE kind = 'met' AND note LIKE 'Saw%'"),
                        &[],
                    )?,
                    tx.value::<String>(
                        sql!("SELECT words FROM notices WHERE words LIKE '%set a meeting with you'"),
                        &[],
                    )?,
                    tx.value::<i64>(sql!("SELECT COUNT(*) FROM idempotency_keys"), &[])?,
                ))
            })
            .unwrap();
        assert_eq!(whole.as_deref(), Some("Talked about Somebody"), "her name in others’ words");
        let hers = crate::say::first_name(&name);
        assert_eq!(first, Some(format!("Saw {hers}")), "a first name alone is many people’s");
        assert_eq!(notice.as_deref(), Some("Somebody set a meeting with you"), "where we wrote it, it goes");
        assert_eq!(keys, Some(0), "answers to her programs");
        assert_eq!(outcome_answers(&app, ana), others_before, "what scored others stays");
        let told = app
            .db
            .read_here(|tx| {
                tx.value::<i64>(
                    sql!("SELECT COUNT(*) FROM notices WHERE party_id = $1 AND words LIKE 'One vouch for your work lapsed%'"),
                    &[&word],
                )
            })
            .unwrap();
        assert_eq!(told, Some(1));
        // The pages of others still work, and the engine has forgotten her.
        let others = cookie_of(&app, word);
        for path in ["/", "/vouches", "/referrals", "/notices", "/people", "/about"] {
            assert_eq!(send(&app, path, &others, None).status.as_u16(), 200, "{path}");
        }
        assert!(!app.live.memory().is_public(crate::live::id(ana)));
        // Reloaded from the tables the engine is the same: whoever asks for whatever is answered to the bit alike.
        app.live.catch_up(&app.db).unwrap();
        let again = crate::live::Live::load(&app.db).unwrap();
        let (askers, fields) = app
            .db
            .read_here(|tx| {
                let askers =
                    tx.rows(sql!("SELECT id FROM parties WHERE kind = 'member' ORDER BY handle"), &[], |r| r.get(0))?;
                let fields = tx.rows(sql!("SELECT DISTINCT field FROM professions"), &[], |r| r.get(0))?;
                Ok::<(Vec<Key>, Vec<String>), store::Error>((askers, fields))
            })
            .unwrap();
        let (now, anywhere) = (app.clock.now(), crate::live::Reach { farther: true, at: None });
        for (asker, code) in askers.iter().step_by(7).flat_map(|a| fields.iter().map(move |f| (a, f))) {
            let field = crate::live::field(code).unwrap();
            let ask = |live: &crate::live::Live| live.memory().recommend(Some(*asker), field, now, 10, anywhere).0;
            assert_eq!(ask(&app.live), ask(&again), "{code}");
        }
    });
}

#[test]
fn a_part_of_a_name_goes_where_it_is_theirs_and_stays_where_it_is_a_word() {
    use crate::api::tests::{call, token_of};
    use serde_json::json;
    on_both(|db| {
        let [will, eve] = ["Will Stone", "Eve Adler"].map(|name| member(&db, name));
        let app = app(db);
        let (wills, eves) = (token_of(&app, will), token_of(&app, eve));
        let post =
            json!({ "title": "Roofs", "text": "Will Stone knows roofs. Will he come?", "visibility": "members" });
        let slug =
            call(&app, &eves, "POST", "/api/v1/conversations", Some(post)).body["slug"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/conversations/{slug}/comments");
        let say = |token: &str, text: &str, parent: Option<&str>| {
            app.clock.advance(60_000_000);
            let said = call(&app, token, "POST", &path, Some(json!({ "text": text, "parent": parent }))).body;
            said["id"].as_str().unwrap_or_else(|| panic!("{said}")).to_owned()
        };
        let his = say(&wills, "I do.", None);
        let answer = say(&eves, "Thank you, Will. Will you come? I like *Stone* roofs, Mr Stone?", Some(&his));
        let mention = say(&eves, "Ask @will-stone: Will’s roofs are good, and I will.", None);
        let elsewhere = say(&eves, "As Will said. Will Stone, I mean.", None);
        app.db.write_here(|tx| super::ask_erasure(tx, "http://x", will, false)).unwrap();
        app.clock.advance(8 * DAY);
        due(&app);
        let text = |id: &str| -> (String, String) {
            let id: Key = id.parse().unwrap();
            let found = app.db.read_here(|tx| {
                tx.row(sql!("SELECT text, html FROM comments WHERE id = $1"), &[&id], |r| Ok((r.get(0)?, r.get(1)?)))
            });
            found.unwrap().unwrap()
        };
        let (words, html) = text(&answer);
        assert_eq!(words, "Thank you, Somebody. Will you come? I like *Somebody* roofs, Mr Somebody?");
        assert_eq!(
            html.trim_end(),
            "<p>Thank you, Somebody. Will you come? I like <em>Somebody</em> roofs, Mr Somebody?</p>"
        );
        let (words, html) = text(&mention);
        assert!(words.ends_with("Somebody’s roofs are good, and I will.") && !words.contains("will-stone"), "{words}");
        assert!(html.contains("Somebody’s roofs are good, and I will.") && !html.contains("will-stone"), "{html}");
        // His whole name goes everywhere; a part of it stays where nothing says that it is his.
        assert_eq!(text(&elsewhere).0, "As Will said. Somebody, I mean.");
        assert_eq!(text(&his).0, "");
    });
}

fn outcome_answers(app: &App, referrer: Key) -> i64 {
    app.db
        .read_here(|tx| {
            tx.value(
                sql!(
                    "SELECT COUNT(*) FROM outcomes o JOIN referrals r ON r.id = o.referral_id
                     WHERE r.referrer_id = $1 AND o.role = 'client'"
                ),
                &[&referrer],
            )
        })
        .unwrap()
        .unwrap()
}

/// Rows in the tables that the demo leaves empty.
fn fill_the_rest(app: &App, ana: Key, name: &str, email: &str, handle: &str, other: Key) {
    let cookie = cookie_of(app, ana);
    send(app, "/sign-in", "", Some(&format!("email={}", email.replace('@', "%40"))));
    send(app, "/privacy/my-data", "", Some(&format!("email={}", email.replace('@', "%40"))));
    send(
        app,
        "/people/olga-onlooker/vouches/new",
        &cookie,
        Some("field=27-1023.00&basis=hired&tie=none&confidence=85&words=Zebraword+in+a+vouch+that+is+long+enough"),
    );
    app.db
        .write_here(|tx| {
            let now = tx.now();
            // A mark in everything she wrote: sentences of the demo are not hers alone.
            for statement in [
                sql!("UPDATE vouches SET words = words || ' zebraword' WHERE from_id = $1"),
                sql!("UPDATE profiles SET headline = 'zebraword', bio = 'zebraword', wanted = 'zebraword' WHERE party_id = $1"),
                sql!("UPDATE work_items SET title = title || ' zebraword', description = 'zebraword' WHERE party_id = $1"),
                sql!("UPDATE referrals SET words = words || ' zebraword' WHERE referrer_id = $1"),
                sql!("UPDATE referrals SET need_words = 'zebraword', note_to_referrer = 'zebraword' WHERE asker_id = $1"),
                sql!("UPDATE referral_events SET detail = 'zebraword' WHERE actor_id = $1"),
                sql!("UPDATE needs SET words = words || ' zebraword' WHERE asker_id = $1"),
                sql!("UPDATE need_answers SET words = 'zebraword' WHERE author_id = $1"),
                sql!("UPDATE encounters SET note = 'zebraword' WHERE author_id = $1"),
                sql!("UPDATE outcomes SET words = 'zebraword' WHERE party_id = $1"),
                sql!("UPDATE jobs_won SET note = 'zebraword' WHERE party_id = $1"),
            ] {
                tx.execute(statement, &[&ana])?;
            }
            crate::vouches::notify(tx, other, "x", &format!("{name} did something."), &format!("/people/{handle}"))?;
            let referral: Option<Key> = tx.value(sql!("SELECT id FROM referrals WHERE asker_id = $1 LIMIT 1"), &[&ana])?;
            let first = crate::say::first_name(name);
            let path = format!("/referrals/{}", referral.expect("the demo's Ana asked for an introduction"));
            crate::vouches::notify(tx, other, "referral", &format!("{first} set a meeting with you"), &path)?;
            for note in [format!("Talked about {name}"), format!("Saw {first}")] {
                let (id, else_) = (tx.id(), tx.id());
                tx.execute(
                    sql!(
                        "INSERT INTO parties (id, kind, status, name, folded, joined_at, version)
                         VALUES ($1, 'absent', 'active', 'Third Person', 'third person', $2, 1)"
                    ),
                    &[&else_, &now],
                )?;
                tx.execute(
                    sql!(
                        "INSERT INTO encounters (id, author_id, other_id, kind, happened_on, note, created_at)
                         VALUES ($1, $2, $3, 'met', '2026-01-01', $4, $5)"
                    ),
                    &[&id, &other, &else_, &note, &now],
                )?;
            }
            let session: Option<Vec<u8>> =
                tx.value(sql!("SELECT token_hash FROM sessions WHERE party_id = $1 LIMIT 1"), &[&ana])?;
            tx.execute(
                sql!(
                    "INSERT INTO idempotency_keys (owner, idempotency_key, fingerprint, begun_at, headers)
                     VALUES ($1, 'k', $1, $2, '')"
                ),
                &[&session, &now],
            )?;
            let [post, comment, revision, review, held, event, sanction, report, browser] =
                std::array::from_fn(|_| tx.id());
            tx.execute(
                sql!(
                    "INSERT INTO posts (id, slug, kind, author_id, author_name, author_email, author_url, title, format, text,
                       html, excerpt, folded, visibility, state, held_for, pings_open, comments, roots, last_number,
                       created_at, active_at, version)
                     VALUES ($1, 'zebraword', 'review', $2, '', '', '', 'Zebraword', 'markdown', $3, $3, $3, $3, 'public',
                       'published', '', FALSE, 1, 1, 1, $4, $4, 1)"
                ),
                &[&post, &ana, &"A zebraword in a post that is long enough to be seen", &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO guest_browsers (id, token_hash, party_id, name, website, remembered, created_at, expires_at)
                     VALUES ($1, $2, $3, 'zebraword', '', TRUE, $4, $4)"
                ),
                &[&browser, &crate::key::hash_token("b"), &ana, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO comments (id, post_id, number, root, path, depth, kind, author_id, browser_id, author_name,
                       author_email, author_url, format, text, html, state, held_for, shown, purpose, useful, replies,
                       created_at, version)
                     VALUES ($1, $2, 1, 1, '00001', 0, 'comment', $3, $4, 'zebraword', $5, '', 'markdown', 'zebraword',
                       'zebraword', 'approved', '', TRUE, 'comment', 0, 0, $6, 1)"
                ),
                &[&comment, &post, &ana, &browser, &email, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO revisions (id, post_id, comment_id, title, text, editor_id, at)
                     VALUES ($1, $2, NULL, 'zebraword', 'zebraword', $3, $4)"
                ),
                &[&revision, &post, &ana, &now],
            )?;
            tx.execute(
                sql!("INSERT INTO mentions (comment_id, party_id) VALUES ($1, $2)"),
                &[&comment, &ana],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO held_letters (id, party_id, pace, kind, subject, parts, created_at)
                     VALUES ($1, $2, 'daily', 'vouch', $3, $4, $5)"
                ),
                &[&held, &other, &format!("{name} vouched"), &format!("[{{\"Text\":\"{name}\"}}]"), &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO sanctions (id, party_id, kind, reason, by_id, at, appeal, answer)
                     VALUES ($1, $2, 'warning', 'zebraword', $3, $4, 'zebraword', 'zebraword')"
                ),
                &[&sanction, &ana, &other, &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO person_reports (id, reporter_id, about_id, reason, words, at, decision)
                     VALUES ($1, $2, $3, 'other', 'zebraword', $4, '')"
                ),
                &[&report, &other, &ana, &now],
            )?;
            // Her own address book, and her entry in somebody else's.
            for (id, owner, address) in [(review, ana, "somebody@example.org"), (event, other, email)] {
                tx.execute(
                    sql!(
                        "INSERT INTO contacts (id, owner_id, name, folded, email, phone, digits, firm, title, town, note,
                           created_at) VALUES ($1, $2, 'Zebraword', 'zebraword', $3, '', '', '', '', '', '', $4)"
                    ),
                    &[&id, &owner, &address, &now],
                )?;
            }
            Ok::<_, crate::error::Error>(())
        })
        .unwrap();
}

#[test]
fn what_an_import_brought_is_its_authors_to_take_and_to_have_erased() {
    on_both(|db| {
        let app = app(db);
        bring(&app.db, Kind::Wordpress, COM, "com");
        let ben = member(&app.db, "Ben Castle");
        let mentioned = cookie_of(&app, ben);
        let words = "The monthly one. You have to meet people";
        let page = "/conversations/do-networking-groups-work";
        assert!(send(&app, page, "", None).body.contains(words));
        // Whoever wrote it has no account here; the address is enough.
        send(&app, "/privacy/my-data", "", Some("email=gregor%40example.org"));
        let link = link_in(&letter_to(&app, "gregor@example.org"), "/my-data/");
        assert!(send(&app, &link, "", None).body.contains("Gregor"));
        let gregor: Key = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT id FROM parties WHERE email = 'gregor@example.org'"), &[]))
            .unwrap()
            .unwrap();
        let (json, ..) = archive(&app.db, gregor);
        let written = json["comments"].as_array().unwrap();
        assert!(written.iter().any(|c| c["text"].as_str().unwrap().contains(words)), "{written:?}");
        assert!(!json.to_string().contains("Nadia"), "what others wrote is theirs");
        // Somebody answers, and mentions a member.
        app.db
            .write_here(|tx| {
                let found: Option<(Key, Key)> = tx.row(
                    sql!("SELECT id, post_id FROM comments WHERE author_email = 'gregor@example.org' LIMIT 1"),
                    &[],
                    |r| Ok((r.get(0)?, r.get(1)?)),
                )?;
                let (_, post) = found.unwrap();
                let id = tx.id();
                tx.execute(
                    sql!(
                        "INSERT INTO comments (id, post_id, number, root, path, depth, kind, author_name, author_email,
                           author_url, format, text, html, state, held_for, shown, purpose, useful, replies, created_at,
                           version)
                         VALUES ($1, $2, 90, 90, '0002q', 0, 'comment', 'Guest', '', '', 'markdown',
                           'Ask @ben-castle, not @ben-castle-two', $3, 'approved', '', TRUE, 'comment', 0, 0, 1, 1)"
                    ),
                    &[&id, &post, &"<p>Ask <a href=\"/people/ben-castle\">@ben-castle</a></p>"],
                )?;
                tx.execute(sql!("INSERT INTO mentions (comment_id, party_id) VALUES ($1, $2)"), &[&id, &ben])
            })
            .unwrap();
        let counted = |app: &App| -> (i64, i64) {
            app.db
                .read_here(|tx| {
                    tx.row(
                        sql!("SELECT comments, roots FROM posts WHERE slug = 'do-networking-groups-work'"),
                        &[],
                        |r| Ok((r.get(0)?, r.get(1)?)),
                    )
                })
                .unwrap()
                .unwrap()
        };
        let before = counted(&app);
        assert_eq!(send(&app, &format!("{link}/erasure"), "", Some("")).status.as_u16(), 303);
        send(&app, "/my-data/erasure", &mentioned, Some("sure=yes"));
        app.clock.advance(8 * DAY);
        due(&app);
        assert_eq!(places(&app.db, &["gregor@example.org", "gregor ", words]), []);
        let after = send(&app, page, "", None).body;
        assert!(!after.contains(words) && after.contains("This comment was removed."), "a tombstone keeps the answers");
        assert_eq!(counted(&app), (before.0 - 1, before.1), "the counts follow");
        let told: (String, String) = app
            .db
            .read_here(|tx| {
                tx.row(sql!("SELECT text, html FROM comments WHERE number = 90"), &[], |r| Ok((r.get(0)?, r.get(1)?)))
            })
            .unwrap()
            .unwrap();
        assert_eq!(told, ("Ask @somebody, not @ben-castle-two".into(), "<p>Ask @somebody</p>".into()));
        // The same file, exported on another day, does not bring it back.
        let (again, _) = bring(&app.db, Kind::Wordpress, COM, "com, a day later");
        assert_eq!((again.comments, again.failure.as_str()), (0, ""));
        assert_eq!(places(&app.db, &["gregor@example.org", words]), []);
    });
}

#[test]
fn somebody_without_an_account_takes_and_erases_by_letter_and_nobody_learns_who_is_known() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Ruiz");
        app.db
            .write_here(|tx| {
                let (id, now) = (tx.id(), tx.now());
                tx.execute(
                    sql!(
                        "INSERT INTO parties (id, kind, status, name, folded, email, invited_by, joined_at, version)
                         VALUES ($1, 'client', 'active', 'Clara Client', 'clara client', 'clara@example.org', $2, $3, 1)"
                    ),
                    &[&id, &ana, &now],
                )
            })
            .unwrap();
        assert_eq!(send(&app, "/privacy/my-data", "", Some("email=nonsense")).status.as_u16(), 422);
        let known = send(&app, "/privacy/my-data", "", Some("email=clara%40example.org"));
        let unknown = send(&app, "/privacy/my-data", "", Some("email=nobody%40example.org"));
        assert_eq!((known.status.as_u16(), known.body), (200, unknown.body), "the same answer");
        assert_eq!(letter_to(&app, "nobody@example.org"), "");
        let link = link_in(&letter_to(&app, "clara@example.org"), "/my-data/");
        assert!(send(&app, &link, "", None).body.contains("Clara Client"));
        let taken = send(&app, &format!("{link}/archive"), "", Some(""));
        assert!(taken.status.as_u16() == 200 && taken.body.starts_with("PK"), "a zip");
        assert_eq!(send(&app, &format!("{link}/erasure"), "", Some("")).status.as_u16(), 303);
        app.clock.advance(8 * DAY);
        due(&app);
        assert_eq!(places(&app.db, &["clara"]), []);
        assert_eq!(send(&app, &link, "", None).status.as_u16(), 404);
        // Three letters a day, known or not.
        for n in 0..3 {
            let again = send(&app, "/privacy/my-data", "", Some("email=nobody%40example.org"));
            assert_eq!(again.status.as_u16(), 200, "{n}");
        }
        let more = send(&app, "/privacy/my-data", "", Some("email=nobody%40example.org"));
        assert_eq!(more.status.as_u16(), 429);
    });
}
