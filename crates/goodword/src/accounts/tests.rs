//! Stories: signing in.

use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};

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
