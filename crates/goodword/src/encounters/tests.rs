//! Stories: the page between two people.

use crate::key::Key;
use crate::testing::{app, cookie_of, member, on_both, send};
use store::sql;

#[test]
fn the_fact_is_for_both_the_note_for_its_author() {
    on_both(|db| {
        let (ana, ben, eve) = (member(&db, "Ana Reyes"), member(&db, "Ben Castellano"), member(&db, "Eve Stone"));
        let app = app(db);
        let (anas, bens, eves) = (cookie_of(&app, ana), cookie_of(&app, ben), cookie_of(&app, eve));
        let wrong = send(&app, "/people/ben-castellano/us", &anas, Some("happened_on=2030-01-01&note=kept-note"));
        assert_eq!(wrong.status.as_u16(), 422);
        assert!(wrong.body.contains("kept-note") && wrong.body.contains("still to come"));
        for form in [
            "kind=met&happened_on=2026-02-01&note=anas-note",
            "kind=one+to+one&happened_on=2026-02-10",
            "kind=work+seen&happened_on=2026-02-11",
        ] {
            for _ in ["pressed", "pressed again"] {
                assert_eq!(send(&app, "/people/ben-castellano/us", &anas, Some(form)).status.as_u16(), 303);
            }
        }
        // The same day noted by the other too counts once.
        send(&app, "/people/ana-reyes/us", &bens, Some("kind=met&happened_on=2026-02-01&note=bens-note"));
        let hers = send(&app, "/people/ben-castellano/us", &anas, None).body;
        assert!(hers.contains("Met once, talked one to one once, no job together yet, work seen once."), "{hers}");
        assert!(hers.contains("anas-note") && !hers.contains("bens-note") && hers.contains("You saw Ben"));
        let his = send(&app, "/people/ana-reyes/us", &bens, None).body;
        assert!(his.contains("bens-note") && !his.contains("anas-note") && his.contains("Ana saw your work"));
        let other = send(&app, "/people/ben-castellano/us", &eves, None).body;
        assert!(other.contains("Nothing noted between you yet") && !other.contains("note\">anas"));
        assert_eq!(send(&app, "/people/ana-reyes/us", &anas, None).status.as_u16(), 404, "with oneself");
        assert_eq!(send(&app, "/people/ana-reyes/us", "", None).status.as_u16(), 303, "signed out");
        let id: Key = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT id FROM encounters WHERE kind = 'one to one'"), &[]))
            .unwrap()
            .unwrap();
        for stranger in [&bens, &eves] {
            assert_eq!(send(&app, &format!("/encounters/{id}/removal"), stranger, Some("")).status.as_u16(), 404);
        }
        assert_eq!(
            send(&app, &format!("/encounters/{id}/removal"), &anas, Some("")).location,
            "/people/ben-castellano/us"
        );
        assert!(!send(&app, "/people/ben-castellano/us", &anas, None).body.contains("talked one to one"));
        send(&app, &format!("/encounters/{id}/restoration"), &anas, Some(""));
        assert!(send(&app, "/people/ben-castellano/us", &anas, None).body.contains("talked one to one"));
    });
}
