//! Stories: how somebody gets work.

use crate::key::Key;
use crate::testing::{app, cookie_of, member, on_both, send};
use store::sql;

#[test]
fn jobs_are_noted_totalled_and_private() {
    on_both(|db| {
        let (ana, eve) = (member(&db, "Ana Reyes"), member(&db, "Eve Stone"));
        let app = app(db);
        let (anas, eves) = (cookie_of(&app, ana), cookie_of(&app, eve));
        let refused = send(&app, "/profile/jobs", &anas, Some("amount=lots&note=kept-note"));
        assert_eq!(refused.status.as_u16(), 422);
        assert!(refused.body.contains("kept-note") && refused.body.contains("Please say where it came from"));
        for form in [
            "source=referral&won_on=2026-01-05&amount=3%2C000&note=secret-client",
            "source=referral&won_on=2026-02-05&amount=1500",
            "source=direct&won_on=2026-02-06",
        ] {
            for _ in ["pressed", "pressed again"] {
                assert_eq!(send(&app, "/profile/jobs", &anas, Some(form)).status.as_u16(), 303);
            }
        }
        let page = send(&app, "/profile/jobs", &anas, None).body;
        assert!(page.contains("3 jobs") && page.contains("$4,500") && page.contains("secret-client"), "{page}");
        assert!(!page.contains("style="));
        for cookie in ["", &eves, &anas] {
            assert!(!send(&app, "/people/ana-reyes", cookie, None).body.contains("secret-client"));
        }
        assert!(!send(&app, "/profile/jobs", &eves, None).body.contains("secret-client"));
        let id: Key = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT id FROM jobs_won WHERE source = 'direct'"), &[]))
            .unwrap()
            .unwrap();
        assert_eq!(send(&app, &format!("/profile/jobs/{id}/removal"), &eves, Some("")).status.as_u16(), 404);
        send(&app, &format!("/profile/jobs/{id}/removal"), &anas, Some(""));
        assert!(send(&app, "/profile/jobs", &anas, None).body.contains("2 jobs"));
        send(&app, &format!("/profile/jobs/{id}/restoration"), &anas, Some(""));
        assert!(send(&app, "/profile/jobs", &anas, None).body.contains("3 jobs"));
    });
}
