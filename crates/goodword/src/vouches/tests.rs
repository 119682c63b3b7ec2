//! Stories: a word is given, disclosed, hidden, renewed, withdrawn; and given for somebody who is not here.

use crate::live::Live;
use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};
use store::sql;

const GOOD: &str = "field=27-1023.00&basis=hired&words=She+came+twice.&tie=none&confidence=85";

fn vouches(app: &crate::app::App, state: &str) -> i64 {
    app.db.read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM vouches WHERE state = $1"), &[&state])).unwrap().unwrap()
}

/// How many vouches the ranking counts.
fn counted(app: &crate::app::App) -> usize {
    Live::load(&app.db).unwrap().memory().engine.size().edges
}

#[test]
fn a_word_is_given_hidden_renewed_and_withdrawn() {
    on_both(|db| {
        let (ana, carla) = (member(&db, "Ana Reyes"), member(&db, "Carla Moon"));
        let app = app(db);
        let (ana, carla) = (cookie_of(&app, ana), cookie_of(&app, carla));
        let page = send(&app, "/people/carla-moon/vouches/new", &ana, None);
        assert_eq!(page.status.as_u16(), 200, "{}", page.body);
        let given = send(&app, "/people/carla-moon/vouches/new", &ana, Some(GOOD));
        assert_eq!(given.status.as_u16(), 303, "{}", given.body);
        let path = given.location;
        assert!(letter_to(&app, "carla-moon@example.org").contains("She came twice."));
        assert_eq!((vouches(&app, "live"), counted(&app)), (1, 1));
        let again = send(&app, "/people/carla-moon/vouches/new", &ana, Some(GOOD));
        assert_eq!(again.status.as_u16(), 409, "the same word twice is one word");
        // The author alone reads the confidence.
        assert!(send(&app, &path, &ana, None).body.contains("85 in 100"));
        assert!(!send(&app, &path, &carla, None).body.contains("85 in 100"));
        // Only the recipient hides, only the giver withdraws.
        assert_eq!(send(&app, &format!("{path}/hiding"), &ana, Some("")).status.as_u16(), 403);
        assert_eq!(send(&app, &format!("{path}/hiding"), &carla, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &format!("{path}/showing"), &carla, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &format!("{path}/renewal"), &ana, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &format!("{path}/withdrawal"), &ana, Some("")).status.as_u16(), 303);
        assert_eq!(vouches(&app, "withdrawn"), 1);
        assert_eq!(send(&app, &format!("{path}/restoration"), &ana, Some("")).status.as_u16(), 303);
        send(&app, &format!("{path}/withdrawal"), &ana, Some(""));
        app.clock.advance(2 * store::DAY);
        assert_eq!(send(&app, &format!("{path}/restoration"), &ana, Some("")).status.as_u16(), 409);
    });
}

#[test]
fn a_tie_waits_for_the_other_and_may_be_refused() {
    on_both(|db| {
        let (ana, carla, stranger) = (member(&db, "Ana Reyes"), member(&db, "Carla Moon"), member(&db, "Sol Stone"));
        let app = app(db);
        let (ana, carla, stranger) = (cookie_of(&app, ana), cookie_of(&app, carla), cookie_of(&app, stranger));
        let form = GOOD.replace("tie=none", "tie=family");
        let path = send(&app, "/people/carla-moon/vouches/new", &ana, Some(&form)).location;
        assert_eq!((vouches(&app, "pending"), counted(&app)), (1, 0));
        assert_eq!(send(&app, &path, &stranger, None).status.as_u16(), 404);
        assert_eq!(send(&app, &format!("{path}/agreement"), &stranger, Some("")).status.as_u16(), 404);
        assert!(send(&app, &path, &carla, None).body.contains("family"));
        assert_eq!(send(&app, &format!("{path}/refusal"), &carla, Some("")).status.as_u16(), 303);
        assert_eq!((vouches(&app, "refused"), counted(&app)), (1, 0));
        let path = send(&app, "/people/carla-moon/vouches/new", &ana, Some(&form)).location;
        assert_eq!(send(&app, &format!("{path}/agreement"), &carla, Some("")).status.as_u16(), 303);
        assert_eq!((vouches(&app, "live"), counted(&app)), (1, 1));
        assert_eq!(send(&app, &format!("{path}/agreement"), &carla, Some("")).status.as_u16(), 409);
        assert!(send(&app, &path, &stranger, None).body.contains("family"), "the disclosure stands beside the word");
    });
}

#[test]
fn a_form_keeps_what_was_typed_and_says_what_is_missing() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        member(&db, "Carla Moon");
        let app = app(db);
        let ana = cookie_of(&app, ana);
        let form = "field=27-1023.00&words=%3Cscript%3Ealert(1)%3C/script%3E&confidence=100";
        let page = send(&app, "/people/carla-moon/vouches/new", &ana, Some(form));
        assert_eq!(page.status.as_u16(), 422);
        assert!(page.body.contains("&#60;script&#62;") && !page.body.contains("<script>alert"));
        for missing in ["how you know the work", "tie between you", "50 to 99"] {
            assert!(page.body.contains(missing), "{missing}");
        }
        assert_eq!(
            send(&app, "/people/ana-reyes/vouches/new", &ana, Some(GOOD)).status.as_u16(),
            403,
            "not for oneself"
        );
        assert_eq!(send(&app, "/people/nobody/vouches/new", &ana, Some(GOOD)).status.as_u16(), 404);
        assert_eq!(send(&app, "/people/carla-moon/vouches/new", "", Some(GOOD)).location, "/sign-in");
        assert_eq!(vouches(&app, "live"), 0);
    });
}

#[test]
fn somebody_not_here_says_yes_or_no_or_nothing() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let ana = cookie_of(&app, ana);
        let form = |who: &str| format!("{GOOD}&name={who}+New&email={who}%40example.net");
        for who in ["yes", "no", "silent"] {
            let sent = send(&app, "/vouches/new", &ana, Some(&form(who)));
            assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
        }
        assert_eq!((vouches(&app, "pending"), counted(&app)), (3, 0));
        let link = link_in(&letter_to(&app, "yes@example.net"), "/vouch-invitations/");
        assert!(send(&app, &link, "", None).body.contains("She came twice."));
        let accepted = send(&app, &format!("{link}/acceptance"), "", Some(""));
        assert_eq!((accepted.status.as_u16(), counted(&app)), (303, 1), "{}", accepted.body);
        // A profile pre-filled from what was said, and one thing asked.
        assert_eq!(accepted.location, "/profile/work/new?welcome=1");
        let theirs = accepted.cookies.iter().find(|c| c.contains("session=")).unwrap().split(';').next().unwrap();
        let asked = send(&app, &accepted.location, theirs, None).body;
        assert!(asked.contains("Welcome, yes") && asked.contains("that you work as a florist"), "{asked}");
        let shown = send(&app, "/profile/work/new", theirs, Some("title=One+garden&field=27-1023.00"));
        assert_eq!(shown.status.as_u16(), 303, "{}", shown.body);
        assert_eq!(send(&app, &format!("{link}/acceptance"), "", Some("")).status.as_u16(), 410);
        let link = link_in(&letter_to(&app, "no@example.net"), "/vouch-invitations/");
        assert_eq!(send(&app, &format!("{link}/refusal"), "", Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &link, "", None).status.as_u16(), 410, "the link says only that they said no");
        assert_eq!(letter_to(&app, "no@example.net"), "");
        let again = send(&app, "/vouches/new", &ana, Some(&form("no")));
        assert_eq!(again.status.as_u16(), 409, "a no holds for later letters too");
        // Silence: one reminder, then everything goes.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (days, letters) in [(8, 2), (31, 0)] {
            app.clock.advance(days * store::DAY);
            runtime.block_on(crate::jobs::run_due(&app));
            let sent: i64 = app
                .db
                .read_here(|tx| {
                    tx.value(sql!("SELECT COUNT(*) FROM letters WHERE address = 'silent@example.net'"), &[])
                })
                .unwrap()
                .unwrap();
            assert_eq!(sent, letters, "after {days} days more");
        }
        assert_eq!(vouches(&app, "pending"), 0);
    });
}

#[test]
fn a_renewed_vouch_is_asked_about_again_a_year_later() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        member(&db, "Carla Moon");
        let app = app(db);
        let cookie = cookie_of(&app, ana);
        let path = send(&app, "/people/carla-moon/vouches/new", &cookie, Some(GOOD)).location;
        let asked = || {
            crate::testing::run_jobs(&app);
            app.db
                .read_here(|tx| {
                    tx.value::<i64>(sql!("SELECT COUNT(*) FROM notices WHERE words LIKE '%Does it still hold?'"), &[])
                })
                .unwrap()
        };
        app.clock.advance(366 * store::DAY);
        assert_eq!(asked(), Some(1));
        // At once, while the reminder that was sent is still remembered as done.
        let cookie = cookie_of(&app, ana);
        assert_eq!(send(&app, &format!("{path}/renewal"), &cookie, Some("")).status.as_u16(), 303);
        app.clock.advance(364 * store::DAY);
        assert_eq!(asked(), Some(1), "not before a year is over");
        app.clock.advance(2 * store::DAY);
        assert_eq!(asked(), Some(2));
    });
}

#[test]
fn a_withdrawal_taken_back_gives_no_consent() {
    on_both(|db| {
        let (ana, carla) = (member(&db, "Ana Reyes"), member(&db, "Carla Moon"));
        let app = app(db);
        let (ana, carla) = (cookie_of(&app, ana), cookie_of(&app, carla));
        let form = GOOD.replace("tie=none", "tie=family");
        let path = send(&app, "/people/carla-moon/vouches/new", &ana, Some(&form)).location;
        let there_and_back = || {
            for deed in ["withdrawal", "restoration"] {
                let done = send(&app, &format!("{path}/{deed}"), &ana, Some(""));
                assert_eq!(done.status.as_u16(), 303, "{deed}: {}", done.body);
            }
        };
        there_and_back();
        assert_eq!((vouches(&app, "pending"), counted(&app)), (1, 0), "it waited for her yes, and waits on");
        assert_eq!(send(&app, &format!("{path}/agreement"), &carla, Some("")).status.as_u16(), 303);
        there_and_back();
        assert_eq!((vouches(&app, "live"), counted(&app)), (1, 1), "she had agreed");
    });
}

/// Letters about vouches that ever went to somebody who is not here.
fn invitations(app: &crate::app::App) -> i64 {
    let text = sql!("SELECT COUNT(*) FROM letters WHERE kind = 'vouch-invitation'");
    app.db.read_here(|tx| tx.value(text, &[])).unwrap().unwrap()
}

fn kept_of(app: &crate::app::App, name: &str) -> i64 {
    let text = sql!(
        "SELECT (SELECT COUNT(*) FROM parties WHERE name = $1) + (SELECT COUNT(*) FROM letters WHERE to_name = $1)
           + (SELECT COUNT(*) FROM notices WHERE words LIKE '%' || $1 || '%')
           + (SELECT COUNT(*) FROM vouches v JOIN parties p ON p.id = v.to_id AND p.kind = 'absent' WHERE v.words <> '')"
    );
    app.db.read_here(|tx| tx.value(text, &[&name])).unwrap().unwrap()
}

#[test]
fn a_stranger_gets_one_letter_and_one_reminder_whoever_vouches_and_how_often() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let app = app(db);
        let (ana, ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let form = format!("{GOOD}&name=Zed+Young&email=zed%40example.net");
        for _ in 0..6 {
            let path = send(&app, "/vouches/new", &ana, Some(&form)).location;
            assert_eq!(send(&app, &format!("{path}/withdrawal"), &ana, Some("")).status.as_u16(), 303);
            assert_eq!(kept_of(&app, "Zed Young"), 0, "with the last word taken back everything goes");
            let back = send(&app, &format!("{path}/restoration"), &ana, Some(""));
            assert_eq!((back.status.as_u16(), vouches(&app, "live")), (409, 0), "{}", back.body);
        }
        assert_eq!(invitations(&app), 1);
        // Two words wait; the one that is taken back leaves the other to be answered, and reminded of once.
        let path = send(&app, "/vouches/new", &ana, Some(&form)).location;
        let other = GOOD.replace("She+came+twice.", "He+mended+it.");
        let other = send(&app, "/vouches/new", &ben, Some(&format!("{other}&name=Zed&email=zed%40example.net")));
        assert_eq!((other.status.as_u16(), invitations(&app)), (303, 1), "{}", other.body);
        app.clock.advance(8 * store::DAY);
        crate::testing::run_jobs(&app);
        assert_eq!(invitations(&app), 2, "the one reminder");
        let link = link_in(&letter_to(&app, "zed@example.net"), "/vouch-invitations/");
        let page = send(&app, &link, "", None).body;
        assert!(page.contains("She came twice.") && page.contains("He mended it."), "{page}");
        send(&app, &format!("{path}/withdrawal"), &cookie_of(&app, member_named(&app, "Ana Reyes")), Some(""));
        let page = send(&app, &link, "", None).body;
        assert!(!page.contains("She came twice.") && page.contains("He mended it."), "{page}");
        // After 30 days all of it goes, and nobody has us write there again.
        app.clock.advance(31 * store::DAY);
        crate::testing::run_jobs(&app);
        assert_eq!((invitations(&app), kept_of(&app, "Zed Young"), vouches(&app, "pending")), (2, 0, 0));
        let ben = cookie_of(&app, member_named(&app, "Ben Castle"));
        let told = send(&app, "/notices", &ben, None).body;
        assert!(told.contains("Somebody you vouched for did not answer within 30 days"), "{told}");
        let again = send(&app, "/vouches/new", &ben, Some(&form));
        assert_eq!((again.status.as_u16(), invitations(&app)), (409, 2));
        assert!(
            again.body.contains("We do not write again") && again.body.contains("She came twice."),
            "{}",
            again.body
        );
    });
}

fn member_named(app: &crate::app::App, name: &str) -> crate::key::Key {
    let text = sql!("SELECT id FROM parties WHERE name = $1 AND kind = 'member'");
    app.db.read_here(|tx| tx.value(text, &[&name])).unwrap().unwrap()
}

#[test]
fn a_word_for_a_client_waits_for_their_yes_and_a_no_leaves_them_their_referral() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        db.write_here(|tx| {
            let (id, now) = (tx.id(), tx.now());
            tx.execute(
                sql!(
                    "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
                     VALUES ($1, 'client', 'active', 'Wren Client', 'wren client', 'wren@example.net', $2, 1)"
                ),
                &[&id, &now],
            )?;
            crate::links::issue(tx, "mine", crate::key::Key(id), crate::key::Key(id), 30)?;
            Ok::<_, crate::error::Error>(())
        })
        .unwrap();
        let app = app(db);
        let ana = cookie_of(&app, ana);
        let form = format!("{GOOD}&name=Wren&email=wren%40example.net");
        assert_eq!(send(&app, "/vouches/new", &ana, Some(&form)).status.as_u16(), 303);
        assert_eq!((vouches(&app, "pending"), counted(&app), invitations(&app)), (1, 0, 1));
        let link = link_in(&letter_to(&app, "wren@example.net"), "/vouch-invitations/");
        assert!(!send(&app, &link, "", None).body.contains("your name and your address are deleted"));
        assert_eq!(send(&app, &format!("{link}/refusal"), "", Some("")).status.as_u16(), 303);
        let kept: Option<i64> = app
            .db
            .read_here(|tx| {
                tx.value(
                    sql!(
                        "SELECT COUNT(*) FROM links l JOIN parties p ON p.id = l.party_id
                         WHERE l.purpose = 'mine' AND p.email = 'wren@example.net'"
                    ),
                    &[],
                )
            })
            .unwrap();
        assert_eq!(kept, Some(1), "what they are here for goes on");
    });
}

#[test]
fn what_waits_for_a_yes_can_be_corrected_by_the_same_link() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castle"));
        let app = app(db);
        let (ana, ben) = (cookie_of(&app, ana), cookie_of(&app, ben));
        let form = format!("{GOOD}&name=Zed+Young&email=zed%40example.net");
        let path = send(&app, "/vouches/new", &ana, Some(&form)).location;
        let link = link_in(&letter_to(&app, "zed@example.net"), "/vouch-invitations/");
        // Refused as typed: the page comes again with it.
        let long = "x".repeat(crate::input::Words::MAX + 1);
        let page = send(&app, &format!("{link}/correction"), "", Some(&format!("words={long}")));
        assert_eq!((page.status.as_u16(), page.body.contains(&long)), (422, true));
        let empty = send(&app, &format!("{link}/correction"), "", Some("words="));
        assert!(empty.status.as_u16() == 422 && empty.body.contains("Please fill this in."), "{}", empty.body);
        let sent = send(&app, &format!("{link}/correction"), "", Some("words=It+was+three+times."));
        assert_eq!((sent.status.as_u16(), sent.location.as_str()), (303, link.as_str()));
        let notice = sent.cookies.iter().find(|c| c.contains("notice=")).unwrap().split(';').next().unwrap();
        assert!(send(&app, &link, notice, None).body.contains("Sent to Ana."));
        let told = send(&app, "/notices", &ana, None).body;
        assert!(told.contains("asks you to correct your vouch: “It was three times.”"), "{told}");
        // Its giver alone changes it, and only until the yes.
        assert!(send(&app, &path, &ana, None).body.contains(&format!("{path}/edit")));
        let shown = send(&app, &format!("{path}/edit"), &ana, None).body;
        assert!(shown.contains("She came twice.") && shown.contains("Change your word for Zed"), "{shown}");
        assert_eq!(send(&app, &format!("{path}/edit"), &ben, Some(GOOD)).status.as_u16(), 404);
        let wrong = send(&app, &format!("{path}/edit"), &ana, Some("field=27-1023.00&words=Kept"));
        assert!(wrong.status.as_u16() == 422 && wrong.body.contains("Kept"), "{}", wrong.body);
        let better = GOOD.replace("She+came+twice.", "He+came+three+times.");
        let changed = send(&app, &format!("{path}/edit"), &ana, Some(&better));
        assert_eq!((changed.status.as_u16(), changed.location.as_str()), (303, path.as_str()), "{}", changed.body);
        let page = send(&app, &link, "", None).body;
        assert!(page.contains("He came three times.") && !page.contains("She came twice."), "{page}");
        assert_eq!((invitations(&app), vouches(&app, "pending")), (1, 1), "no other letter");
        assert_eq!(send(&app, &format!("{link}/acceptance"), "", Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &format!("{path}/edit"), &ana, Some(GOOD)).status.as_u16(), 409);
    });
}

#[test]
fn a_no_pressed_twice_is_one_no() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let ana = cookie_of(&app, ana);
        send(&app, "/vouches/new", &ana, Some(&format!("{GOOD}&name=Zed+Young&email=zed%40example.net")));
        let link = link_in(&letter_to(&app, "zed@example.net"), "/vouch-invitations/");
        for _ in 0..2 {
            let no = send(&app, &format!("{link}/refusal"), "", Some(""));
            assert_eq!((no.status.as_u16(), no.location.as_str()), (303, "/"), "{}", no.body);
        }
        let page = send(&app, &link, "", None);
        assert!(page.status.as_u16() == 410 && page.body.contains("You said no"), "{}", page.body);
        assert_eq!(kept_of(&app, "Zed Young"), 0);
        let forged = send(&app, "/vouch-invitations/none/refusal", "", Some(""));
        assert_eq!(forged.status.as_u16(), 404);
    });
}

#[test]
fn a_number_of_ones_own_and_a_word_given_twice() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        member(&db, "Carla Moon");
        let app = app(db);
        let ana = cookie_of(&app, ana);
        let form = |number: &str| GOOD.replace("confidence=85", &format!("confidence=own&percent={number}"));
        let refused = send(&app, "/people/carla-moon/vouches/new", &ana, Some(&form("100")));
        assert!(refused.status.as_u16() == 422 && refused.body.contains("value=\"100\""), "{}", refused.body);
        let path = send(&app, "/people/carla-moon/vouches/new", &ana, Some(&form("72"))).location;
        assert!(send(&app, &path, &ana, None).body.contains("You said 72 in 100"));
        // A second word in the field: what was typed is kept, and the way to the first one stands beside it.
        let again = GOOD.replace("She+came+twice.", "Said+again.");
        let page = send(&app, "/people/carla-moon/vouches/new", &ana, Some(&again));
        assert_eq!(page.status.as_u16(), 409);
        assert!(page.body.contains("Said again.") && page.body.contains(&format!("href=\"{path}\"")), "{}", page.body);
    });
}
