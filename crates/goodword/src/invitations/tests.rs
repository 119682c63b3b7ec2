//! Stories: joining by invitation, by oneself, as the first admin.

use crate::testing::{app, app_as, cookie_of, letter_to, link_in, member, on_both, send};
use store::sql;

#[test]
fn an_invited_person_joins_with_a_name_and_goes_on_to_whom_they_trust() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let cookie = cookie_of(&app, ana);
        assert_eq!(send(&app, "/invitations/new", &cookie, Some("name=&email=x")).status.as_u16(), 422);
        let sent = send(&app, "/invitations/new", &cookie, Some("name=Sol&email=sol%40example.net&words=Join+us"));
        assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
        let link = link_in(&letter_to(&app, "sol@example.net"), "/invitations/");
        assert!(send(&app, &link, "", None).body.contains("Ana Reyes"));
        let joined = send(&app, &link, "", Some("name=Sol+Stone"));
        assert_eq!((joined.status.as_u16(), joined.location.as_str()), (303, "/trust"), "{}", joined.body);
        let sol = joined.cookies[0].split(';').next().unwrap().to_owned();
        assert!(send(&app, "/trust", &sol, None).body.contains("Invited you"), "the inviter is suggested");
        assert_eq!(send(&app, &link, "", Some("name=Again")).status.as_u16(), 410);
        assert_eq!(send(&app, "/invitations/0000", "", None).status.as_u16(), 404);
    });
}

#[test]
fn an_unknown_address_joins_where_the_network_is_open_to_it() {
    on_both(|db| {
        let app = app(db);
        send(&app, "/sign-in", "", Some("email=new%40example.net"));
        let link = link_in(&letter_to(&app, "new@example.net"), "/join/");
        assert_eq!(send(&app, &link, "", Some("name=")).status.as_u16(), 422);
        let joined = send(&app, &link, "", Some("name=New+Person"));
        assert_eq!((joined.status.as_u16(), joined.location.as_str()), (303, "/trust"), "{}", joined.body);
        assert_eq!(send(&app, &link, "", Some("name=Again")).status.as_u16(), 410);
        send(&app, "/sign-in", "", Some("email=new%40example.net"));
        link_in(&letter_to(&app, "new@example.net"), "/sign-in/");
    });
}

#[test]
fn the_first_admin_names_the_network_once() {
    on_both(|db| {
        let token = db.write_here(super::first_admin_link).unwrap().unwrap();
        let app = app(db);
        let path = format!("/first-admin/{token}");
        assert_eq!(send(&app, "/first-admin/nonsense", "", None).status.as_u16(), 410);
        assert!(send(&app, &path, "", None).body.contains("Your network begins here"));
        let form = "name=Marisol+Ibarra&email=m%40example.org&network=Westside+Good+Word&operator=Marisol+Ibarra";
        let begun = send(&app, &path, "", Some(form));
        assert_eq!(begun.status.as_u16(), 303, "{}", begun.body);
        assert_eq!(send(&app, &path, "", Some(form)).status.as_u16(), 410);
        let page = send(&app, "/about", "", None).body;
        assert!(page.contains("Westside Good Word") && page.contains("Marisol Ibarra"));
        let admins: Option<i64> =
            app.db.read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM roles WHERE role = 'admin'"), &[])).unwrap();
        assert_eq!(admins, Some(1));
        assert!(app.db.write_here(super::first_admin_link).unwrap().is_none(), "a network with members needs none");
    });
}

#[test]
fn without_mail_an_admin_hands_invitations_on_and_nobody_else_gets_the_link() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Ito"));
        db.write_here(|tx| {
            tx.execute(sql!("INSERT INTO roles (party_id, role, scope) VALUES ($1, 'admin', 'network')"), &[&ana])
        })
        .unwrap();
        let app = app_as(db, |site| site.demo = false);
        let invite = |who, email: &str| {
            send(&app, "/invitations/new", &cookie_of(&app, who), Some(&format!("name=Sol&email={email}")))
        };
        assert_eq!(invite(ben, "kim%40example.net").status.as_u16(), 303);
        let page = invite(ana, "sol%40example.net").body;
        let rest = page.split("http://127.0.0.1:1/invitations/").nth(1).unwrap();
        let link = &format!("/invitations/{}", rest.split('<').next().unwrap());
        assert_eq!(send(&app, link, "", Some("name=Sol+Stone")).location, "/trust");
        assert_eq!(invite(ana, "ben-ito%40example.org").status.as_u16(), 303, "a member needs none");
    });
}

#[test]
fn an_address_gets_one_invitation_and_one_reminder_whoever_invites() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Ito"));
        let app = app(db);
        let letters = || -> i64 {
            let text = sql!("SELECT COUNT(*) FROM letters WHERE kind = 'invitation'");
            app.db.read_here(|tx| tx.value(text, &[])).unwrap().unwrap()
        };
        for who in [ana, ana, ben] {
            let sent = send(&app, "/invitations/new", &cookie_of(&app, who), Some("name=Sol&email=sol%40example.net"));
            assert_eq!((sent.status.as_u16(), letters()), (303, 1), "{}", sent.body);
        }
        app.clock.advance(8 * store::DAY);
        crate::testing::run_jobs(&app);
        assert_eq!(letters(), 2);
    });
}
