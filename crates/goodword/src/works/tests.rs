//! Stories: showing pieces of work.

use crate::key::Key;
use crate::testing::{app, cookie_of, member, on_both, send};
use store::sql;

#[test]
fn work_is_shown_edited_and_taken_away_by_its_owner_alone() {
    on_both(|db| {
        let (ana, eve) = (member(&db, "Ana Reyes"), member(&db, "Eve Stone"));
        let app = app(db);
        let (anas, eves) = (cookie_of(&app, ana), cookie_of(&app, eve));
        let form = "field=27-1023.00&title=Alvarez+wedding&client_name=Rosa+Alvarez&finished_on=2026-02-20&cost_from=2000&cost_to=4000";
        let made = send(&app, "/profile/work/new", &anas, Some(form));
        assert_eq!(made.status.as_u16(), 303, "{}", made.body);
        let edit = made.location;
        assert_eq!(send(&app, "/profile/work/new", &anas, Some(form)).location, edit, "pressed twice");
        let id = edit.rsplit('/').next().unwrap().to_owned();
        let profile = send(&app, "/people/ana-reyes", &eves, None).body;
        assert!(profile.contains("Alvarez wedding") && profile.contains("February 2026, $2,000 to $4,000"));
        // The client has not agreed to be named.
        assert!(!profile.contains("Rosa") && !send(&app, &format!("/work/{id}"), &eves, None).body.contains("Rosa"));
        for (path, form) in [(edit.clone(), Some(form)), (format!("{edit}/removal"), Some("")), (edit.clone(), None)] {
            assert_eq!(send(&app, &path, &eves, form).status.as_u16(), 404, "{path}");
        }
        let agreed = format!("{form}&client_consented=yes&version=1");
        assert_eq!(send(&app, &edit, &anas, Some(&agreed)).status.as_u16(), 303);
        assert!(send(&app, "/people/ana-reyes", &eves, None).body.contains("For Rosa Alvarez"));
        let stale = send(&app, &edit, &anas, Some(&agreed.replace("Alvarez+wedding", "Stale+title")));
        assert_eq!(stale.status.as_u16(), 409);
        assert!(stale.body.contains("Stale title") && stale.body.contains("Alvarez wedding"));
        send(&app, &format!("{edit}/removal"), &anas, Some(""));
        assert!(!send(&app, "/people/ana-reyes", &eves, None).body.contains("Alvarez wedding"));
        assert_eq!(send(&app, &format!("/work/{id}"), &eves, None).status.as_u16(), 404);
        send(&app, &format!("{edit}/restoration"), &anas, Some(""));
        assert!(send(&app, "/people/ana-reyes", &eves, None).body.contains("Alvarez wedding"));
    });
}

#[test]
fn a_form_with_mistakes_says_all_of_them() {
    on_both(|db| {
        let ana = member(&db, "Ana Reyes");
        let app = app(db);
        let form =
            "field=27-1023.00&title=&started_on=2026-05-01&finished_on=2026-04-01&cost_from=cheap&url=not+an+address";
        let refused = send(&app, "/profile/work/new", &cookie_of(&app, ana), Some(form));
        assert_eq!(refused.status.as_u16(), 422);
        for field in ["title-error", "finished_on-error", "cost_from-error", "url-error"] {
            assert!(refused.body.contains(field), "{field}");
        }
        let none: Option<Key> = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM work_items"), &[])).unwrap();
        assert!(none.is_none());
    });
}
