//! Stories: signing in.

use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};
use store::sql;

#[test]
fn a_member_signs_in_by_letter_once() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let answer = send(&app, "/sign-in", "", Some("email=Ana-Reyes%40example.org&next=%2Fpeople"));
        assert_eq!(answer.location, "/sign-in/sent");
        let link = link_in(&letter_to(&app, "ana-reyes@example.org"), "/sign-in/");
        // Opening it changes nothing, so a mail scanner signs nobody in.
        for _ in 0..2 {
            assert!(send(&app, &link, "", None).body.contains("Ana Reyes"));
        }
        let entered = send(&app, &link, "", Some(""));
        assert_eq!((entered.status.as_u16(), entered.location.as_str()), (303, "/people"));
        let cookie = entered.cookies[0].split(';').next().unwrap().to_owned();
        assert!(entered.cookies[0].contains("HttpOnly") && entered.cookies[0].contains("SameSite=Lax"));
        assert!(send(&app, "/", &cookie, None).body.contains("Ana Reyes"));
        assert_eq!(send(&app, &link, "", Some("")).status.as_u16(), 410, "a second use");
        assert_eq!(send(&app, "/sign-out", &cookie, Some("")).status.as_u16(), 303);
        assert!(!send(&app, "/", &cookie, None).body.contains("Ana Reyes"));
        assert!(send(&app, "/", &cookie_of(&app, ana), None).body.contains("Ana Reyes"));
    });
}

#[test]
fn nobody_learns_who_is_a_member_and_letters_are_limited() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let app = app(db);
        let known = send(&app, "/sign-in", "", Some("email=ana-reyes%40example.org"));
        let unknown = send(&app, "/sign-in", "", Some("email=nobody%40example.org"));
        assert_eq!(known.location, unknown.location);
        assert_eq!(send(&app, "/sign-in", "", Some("email=nonsense")).status.as_u16(), 422);
        for _ in 0..4 {
            send(&app, "/sign-in", "", Some("email=ana-reyes%40example.org"));
        }
        let sixth = send(&app, "/sign-in", "", Some("email=ana-reyes%40example.org"));
        assert_eq!(sixth.status.as_u16(), 429);
        app.clock.advance(2 * 3600 * 1_000_000);
        assert_eq!(send(&app, "/sign-in", "", Some("email=ana-reyes%40example.org")).status.as_u16(), 303);
    });
}

#[test]
fn a_link_runs_out_and_leads_nowhere_else() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let app = app(db);
        send(&app, "/sign-in", "", Some("email=ana-reyes%40example.org&next=https%3A%2F%2Fevil.example"));
        let link = link_in(&letter_to(&app, "ana-reyes@example.org"), "/sign-in/");
        assert_eq!(send(&app, &link, "", Some("")).location, "/");
        send(&app, "/sign-in", "", Some("email=ana-reyes%40example.org"));
        let link = link_in(&letter_to(&app, "ana-reyes@example.org"), "/sign-in/");
        app.clock.advance(31 * 60 * 1_000_000);
        assert_eq!(send(&app, &link, "", None).status.as_u16(), 410);
    });
}

#[test]
fn the_code_in_the_letter_signs_in_the_browser_that_asked_and_no_other() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let app = app(db);
        let ask = || {
            let asked = send(&app, "/sign-in", "", Some("email=ana-reyes%40example.org&next=%2Fpeople"));
            let letter = letter_to(&app, "ana-reyes@example.org");
            let code = letter.split("for this letter: ").nth(1).unwrap()[..9].to_owned();
            (asked.cookies[0].split(';').next().unwrap().to_owned(), code)
        };
        let (cookie, code) = ask();
        let type_in = |cookie: &str, code: &str| send(&app, "/sign-in/code", cookie, Some(&format!("code={code}")));
        assert_eq!(type_in("", &code).status.as_u16(), 422, "no letter was asked for here");
        let wrong = type_in(&cookie, "abcd-efgh");
        assert!(wrong.status.as_u16() == 422 && wrong.body.contains("abcd-efgh"), "what was typed is kept");
        let entered = type_in(&cookie, &code.to_uppercase().replace('-', "+"));
        assert_eq!((entered.status.as_u16(), entered.location.as_str()), (303, "/people"), "{}", entered.body);
        assert_eq!(type_in(&cookie, &code).status.as_u16(), 422, "once");
        // Guessing ends, even when the guess is right.
        let (cookie, code) = ask();
        for _ in 0..5 {
            assert_eq!(type_in(&cookie, "00000000").status.as_u16(), 422);
        }
        assert_eq!(type_in(&cookie, &code).status.as_u16(), 429);
        let (cookie, code) = ask();
        app.clock.advance(31 * 60 * 1_000_000);
        assert_eq!(type_in(&cookie, &code).status.as_u16(), 422, "half an hour");
    });
}

#[test]
fn a_shared_device_is_forgotten_with_the_browser() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let app = app(db);
        send(&app, "/sign-in", "", Some("email=ana-reyes%40example.org"));
        let link = link_in(&letter_to(&app, "ana-reyes@example.org"), "/sign-in/");
        let entered = send(&app, &link, "", Some("shared=on"));
        assert!(!entered.cookies[0].contains("Max-Age"), "{}", entered.cookies[0]);
        let cookie = entered.cookies[0].split(';').next().unwrap().to_owned();
        assert!(send(&app, "/account", &cookie, None).body.contains("until the browser closes"));
        app.clock.advance(13 * 3600 * 1_000_000);
        assert_eq!(send(&app, "/account", &cookie, None).location, "/sign-in?next=/account");
    });
}

#[test]
fn devices_are_listed_and_signed_out_one_by_one_or_all_others_at_once() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Ito"));
        let app = app(db);
        let (here, there, third) = (cookie_of(&app, ana), cookie_of(&app, ana), cookie_of(&app, ana));
        let of_ben = cookie_of(&app, ben);
        let page = send(&app, "/account", &here, None).body;
        assert_eq!(page.matches("A device we do not recognise</b>").count(), 3);
        let end = page.split("action=\"").map(|p| p.split('"').next().unwrap()).find(|p| p.ends_with("/end")).unwrap();
        assert_eq!(send(&app, end, &of_ben, Some("")).status.as_u16(), 404, "only one’s own");
        assert_eq!(send(&app, end, &here, Some("")).location, "/account");
        let signed_in = |cookie: &str| send(&app, "/account", cookie, None).status.as_u16() == 200;
        assert!(signed_in(&here) && signed_in(&there) != signed_in(&third), "one of the two others");
        assert_eq!(send(&app, "/account/sessions/end-others", &here, Some("")).location, "/account");
        assert!(signed_in(&here) && !signed_in(&there) && !signed_in(&third) && signed_in(&of_ben));
        // Used now and then, a remembered session lives on.
        let session = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT id FROM sessions WHERE party_id = $1"), &[&ana]))
            .unwrap()
            .unwrap();
        for _ in 0..3 {
            app.clock.advance(50 * store::DAY);
            app.db.write_here(|tx| super::seen(tx, session)).unwrap();
        }
        assert!(signed_in(&here));
        app.clock.advance(61 * store::DAY);
        assert!(!signed_in(&here));
    });
}

#[test]
fn tries_from_one_address_are_limited_whatever_the_e_mail_address() {
    on_both(|db| {
        let app = app(db);
        let ask = |n: u32| send(&app, "/sign-in", "", Some(&format!("email=n{n}%40example.org"))).status.as_u16();
        let refused = (0..70).find(|n| ask(*n) == 429);
        assert_eq!(refused, Some(60));
        app.clock.advance(60 * 1_000_000);
        assert_eq!(ask(100), 303, "one waits a minute");
    });
}

#[test]
fn an_address_changes_once_both_have_said_yes() {
    on_both(|db| {
        let (ana, _) = (member(&db, "Ana Reyes"), member(&db, "Ben Ito"));
        let app = app(db);
        let cookie = cookie_of(&app, ana);
        let begin = |email: &str| send(&app, "/account/email", &cookie, Some(&format!("email={email}")));
        assert_eq!(begin("nonsense").status.as_u16(), 422);
        assert_eq!(begin("ana-reyes%40example.org").status.as_u16(), 422, "hers already");
        assert_eq!(begin("ana%40new.example").location, "/account");
        let link = |address: &str| link_in(&letter_to(&app, address), "/email-changes/");
        let (old, new) = (link("ana-reyes@example.org"), link("ana@new.example"));
        let email = || -> String {
            app.db.read_here(|tx| tx.value(sql!("SELECT email FROM parties WHERE id = $1"), &[&ana])).unwrap().unwrap()
        };
        assert!(send(&app, &new, "", None).body.contains("Is this your address?"));
        assert_eq!(send(&app, &format!("{new}/yes"), "", Some("")).status.as_u16(), 303);
        assert_eq!(email(), "ana-reyes@example.org", "one yes is not enough");
        assert!(send(&app, "/account", &cookie, None).body.contains("once the old address says yes too"));
        assert_eq!(send(&app, &format!("{new}/yes"), "", Some("")).status.as_u16(), 410, "nor the same twice");
        send(&app, &format!("{old}/yes"), "", Some(""));
        assert_eq!(email(), "ana@new.example");
        assert_eq!(send(&app, &old, "", None).status.as_u16(), 410);
        // Somebody else's address: that address alone hears that it is known.
        assert_eq!(begin("ben-ito%40example.org").location, "/account");
        assert!(letter_to(&app, "ben-ito@example.org").contains("nothing was changed"));
        let old = link("ana@new.example");
        send(&app, &format!("{old}/yes"), "", Some(""));
        assert_eq!(email(), "ana@new.example");
        // Addresses that do not count any more are not kept.
        app.clock.advance(31 * store::DAY);
        app.db.write_here(crate::retention::run_job).unwrap();
        let kept: Option<i64> =
            app.db.read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM email_changes"), &[])).unwrap();
        assert_eq!(kept, Some(0));
        // Whoever reads the old address can stop it.
        assert_eq!(begin("thief%40evil.example").location, "/account");
        let (old, new) = (link("ana@new.example"), link("thief@evil.example"));
        send(&app, &format!("{old}/no"), "", Some(""));
        assert_eq!(send(&app, &format!("{new}/yes"), "", Some("")).status.as_u16(), 410);
        assert_eq!(email(), "ana@new.example");
    });
}

#[test]
fn the_operator_lets_a_member_in_who_gets_no_letters() {
    on_both(|db| {
        member(&db, "Ana Reyes");
        let app = app(db);
        for who in ["ana-reyes", "ana-reyes@example.org"] {
            let link = app.db.write_here(|tx| super::link_for(tx, who)).unwrap();
            assert_eq!(send(&app, &link, "", Some("")).status.as_u16(), 303);
            assert_eq!(send(&app, &link, "", Some("")).status.as_u16(), 410, "once");
        }
        assert!(app.db.write_here(|tx| super::link_for(tx, "nobody")).is_err());
    });
}
