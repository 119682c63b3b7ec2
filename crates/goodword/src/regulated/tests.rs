//! Every policy in every way in, what the asker and the admins are told, and the lawyer's arrangement.

use super::{Policy, decide};
use crate::roles::{Role, put};
use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};
use store::sql;

#[test]
fn a_fields_own_setting_comes_before_its_kinds_and_both_before_the_shipped() {
    for (own, of_kind, regulated, policy) in [
        (None, None, false, Policy::Open),
        (None, None, true, Policy::Members),
        (None, Some("open"), true, Policy::Open),
        (Some("off"), Some("open"), true, Policy::Off),
        (Some("member"), None, false, Policy::Members),
        (Some("nonsense"), Some("nonsense"), true, Policy::Members),
    ] {
        assert_eq!(decide(own, of_kind, regulated), policy, "{own:?} {of_kind:?} {regulated}");
    }
}

#[test]
fn a_lawyer_is_referred_from_member_to_member_with_every_arrangement_disclosed() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve, dana] =
            ["Ana Ruiz", "Ben Castellano", "Eve Adler", "Dana Whit"].map(|name| member(&app.db, name));
        app.db.write_here(|tx| put(tx, dana, Role::Admin)).unwrap();
        let [anas, bens, eves, danas] = [ana, ben, eve, dana].map(|who| cookie_of(&app, who));
        let law = "23-1011.00";
        send(&app, "/profile/professions", &bens, Some("field=23-1011.00"));
        let vouch = |field: &str| format!("field={field}&basis=hired&tie=none&confidence=85&words=Fair+and+quick");
        assert_eq!(send(&app, "/people/ben-castellano/vouches/new", &anas, Some(&vouch(law))).status.as_u16(), 303);
        assert_eq!(send(&app, "/people/ana-ruiz/vouches/new", &bens, Some(&vouch("27-1023.00"))).status.as_u16(), 303);
        let results = "/recommendations?need=a+lawyer+for+a+lease&field=23-1011.00";
        send(&app, "/trust", &eves, Some("person=ana-ruiz"));
        // Loaded anew: members of a test are not announced to the ranking.
        let page = send(&crate::testing::app(app.db.clone()), results, &eves, None).body;
        // Beside each word of one for the other, whichever of the two is the lawyer.
        let arranged = |page: &str| send(&app, page, &eves, None).body;
        assert!(page.contains("Ana and Ben recommend clients to each other"), "{page}");
        assert!(arranged("/people/ben-castellano").contains("Ana and Ben recommend clients to each other"));
        assert!(arranged("/people/ana-ruiz").contains("Ben and Ana recommend clients to each other"));
        assert!(page.contains("from member to member only") && page.contains("not legal advice"), "{page}");

        let offer = |email: &str| {
            let id: crate::key::Key = app
                .db
                .read_here(|tx| tx.value(sql!("SELECT id FROM vouches WHERE from_id = $1"), &[&ana]))
                .unwrap()
                .unwrap();
            format!("vouch={id}&name=Some+Client&email={email}&words=A+lease+to+read&why=Fair+and+quick")
        };
        // Beyond members: refused, nothing sent.
        let refused = send(&app, "/referrals/offer", &anas, Some(&offer("client%40example.org")));
        assert_eq!(refused.status.as_u16(), 403);
        assert!(refused.body.contains("from member to member only"), "{}", refused.body);
        assert_eq!(letter_to(&app, "client@example.org"), "");
        // To a member: goes, the arrangement is on the client's page, and the admin hears of the field once.
        assert_eq!(send(&app, "/referrals/offer", &anas, Some(&offer("eve-adler%40example.org"))).status.as_u16(), 303);
        let letter = letter_to(&app, "eve-adler@example.org");
        let consent = link_in(&letter, "/consents/");
        let page = send(&app, &consent, &eves, None).body;
        assert!(page.contains("Ana and Ben recommend clients to each other"), "{page}");
        // So too where the lawyer is the one who refers.
        let id: crate::key::Key = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT id FROM vouches WHERE from_id = $1"), &[&ben]))
            .unwrap()
            .unwrap();
        let form = format!("vouch={id}&name=E&email=eve-adler%40example.org&words=A+bouquet&why=Fair");
        assert_eq!(send(&app, "/referrals/offer", &bens, Some(&form)).status.as_u16(), 303);
        let page = send(&app, &link_in(&letter_to(&app, "eve-adler@example.org"), "/consents/"), &eves, None).body;
        assert!(page.contains("Ben and Ana recommend clients to each other"), "{page}");
        let told = send(&app, "/notices", &danas, None).body;
        assert!(told.contains("A first referral to a lawyer"), "{told}");

        // A need in the field can be posted to members, not to everybody.
        send(&app, "/needs", &eves, Some("need=a+lawyer+for+a+lease&field=23-1011.00"));
        let need: crate::key::Key =
            app.db.read_here(|tx| tx.value(sql!("SELECT id FROM needs"), &[])).unwrap().unwrap();
        let wish = |to: &str| send(&app, &format!("/needs/{need}/visibility"), &eves, Some(to)).status.as_u16();
        assert_eq!(wish("visibility=public"), 403);
        assert_eq!(wish("visibility=members"), 303);
        // Switched off: neither asked, nor offered, nor answered.
        let off = "network=X&operator=Y&contact=&join=open&open=yes&founders=&law=off&health=member&settlement=member\
                   &fields=&keep_notices=90&keep_letters=90";
        assert_eq!(send(&app, "/admin/settings", &danas, Some(off)).status.as_u16(), 303);
        assert!(send(&app, results, &eves, None).body.contains("switched off here"));
        let again = send(&app, "/referrals/offer", &anas, Some(&offer("dana-whit%40example.org")));
        assert_eq!(again.status.as_u16(), 403);
        let answer = send(&app, &format!("/needs/{need}/answers"), &anas, Some("kind=refer&other=ben-castellano"));
        assert_eq!(answer.status.as_u16(), 403);
        let honest = send(&app, &format!("/needs/{need}/answers"), &anas, Some("kind=nobody"));
        assert_eq!(honest.status.as_u16(), 303, "saying that one knows nobody is always possible");
    });
}

#[test]
fn the_page_about_the_network_says_what_its_settings_say() {
    on_both(|db| {
        let app = app(db);
        let page = || send(&app, "/about", "", None).body;
        let shipped = page();
        assert_eq!(shipped.matches("From member to member only").count(), 3, "{shipped}");
        app.db
            .write_here(|tx| {
                crate::settings::put(tx, "regulated law", "off")?;
                crate::settings::put(tx, "regulated health", "open")?;
                crate::settings::put(tx, "field 27-1023.00", "off")
            })
            .unwrap();
        let now = page();
        assert!(now.contains("<dt>Lawyers</dt><dd>Nobody is referred here</dd>"), "{now}");
        assert!(now.contains("<dt>Health professionals</dt><dd>As in any other field</dd>"), "{now}");
        assert!(now.contains("<dt>Florist</dt><dd>Nobody is referred here</dd>"), "{now}");
        assert_eq!(now.matches("From member to member only").count(), 1);
    });
}
