//! Stories: a private list, and what it does to the answer.

use crate::testing::{app, cookie_of, member, on_both, send};

#[test]
fn a_list_is_private_short_and_starts_the_ranking() {
    on_both(|db| {
        let me = member(&db, "Dana Whitlock");
        let others: Vec<_> = (0..6).map(|i| member(&db, &format!("Person Number{i}"))).collect();
        let app = app(db);
        let dana = cookie_of(&app, me);
        assert!(send(&app, "/trust", &dana, None).body.contains("Nobody yet"));
        for other in &others[..5] {
            assert_eq!(send(&app, &format!("/trust/{other}"), &dana, Some("")).status.as_u16(), 303);
        }
        // The same twice is once; a sixth does not fit; oneself neither.
        assert_eq!(send(&app, &format!("/trust/{}", others[0]), &dana, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, &format!("/trust/{}", others[5]), &dana, Some("")).status.as_u16(), 409);
        assert_eq!(send(&app, &format!("/trust/{me}"), &dana, Some("")).status.as_u16(), 403);
        assert_eq!(app.live.memory().engine.size().edges, 5);
        let page = send(&app, "/trust", &dana, None).body;
        assert!(page.contains("5 of 5") && page.contains("Person Number4"));
        // Nobody else sees it: neither those on it nor anybody signed out.
        let other = cookie_of(&app, others[0]);
        assert!(!send(&app, "/trust", &other, None).body.contains("Dana"));
        assert_eq!(send(&app, "/trust", "", None).status.as_u16(), 303);
        let limited = send(&app, &format!("/trust/{}/fields", others[0]), &dana, Some("fields=florist"));
        assert_eq!(limited.status.as_u16(), 303, "{}", limited.body);
        assert!(send(&app, "/trust", &dana, None).body.contains("Only for florist"));
        assert_eq!(send(&app, &format!("/trust/{}/fields", others[5]), &dana, Some("fields=")).status.as_u16(), 404);
        assert_eq!(send(&app, &format!("/trust/{}/removal", others[0]), &dana, Some("")).status.as_u16(), 303);
        assert_eq!(app.live.memory().engine.size().edges, 4);
    });
}
