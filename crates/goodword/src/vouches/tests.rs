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
        assert_eq!(send(&app, "/people/ana-reyes/vouches/new", &ana, Some(GOOD)).status.as_u16(), 422);
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
        assert_eq!(send(&app, &link, "", None).status.as_u16(), 404, "the link went with the address");
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
