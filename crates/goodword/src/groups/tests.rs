//! Stories: stating a group, and its keeper's answer.

use crate::key::Key;
use crate::testing::{app, cookie_of, member, on_both, send};
use store::sql;

#[test]
fn a_keeper_confirms_who_belongs_and_what_they_do() {
    on_both(|db| {
        let (ana, ben, eve) = (member(&db, "Ana Reyes"), member(&db, "Ben Castellano"), member(&db, "Eve Stone"));
        let app = app(db);
        let (anas, bens, eves) = (cookie_of(&app, ana), cookie_of(&app, ben), cookie_of(&app, eve));
        let unclear = send(&app, "/profile/groups", &anas, Some("name=Tuesday+Table&since=2022-01-01"));
        assert_eq!(unclear.status.as_u16(), 422);
        assert!(unclear.body.contains("Tuesday Table") && unclear.body.contains("what kind"));
        let start = "name=Tuesday+Table&kind=referral+exchange&since=2022-01-01";
        assert_eq!(send(&app, "/profile/groups", &anas, Some(start)).status.as_u16(), 303);
        send(&app, "/profile/professions", &bens, Some("field=27-1023.00"));
        assert_eq!(
            send(&app, "/profile/groups", &bens, Some("name=tuesday+TABLE&since=2023-05-01")).status.as_u16(),
            303
        );
        assert_eq!(
            send(&app, "/profile/groups", &bens, Some("name=Tuesday+Table&since=2023-05-01")).status.as_u16(),
            409
        );
        assert!(send(&app, "/people/ben-castellano", &anas, None).body.contains("not confirmed yet"));
        let (id, group): (Key, Key) = app
            .db
            .read_here(|tx| {
                tx.row(sql!("SELECT id, group_id FROM memberships WHERE party_id = $1"), &[&ben], |r| {
                    Ok((r.get(0)?, r.get(1)?))
                })
            })
            .unwrap()
            .unwrap();
        // Nobody but the keeper answers, not even the member.
        for other in [&bens, &eves] {
            let tried = send(&app, &format!("/memberships/{id}/answer"), other, Some("answer=yes"));
            assert_eq!(tried.status.as_u16(), 404);
        }
        let page = send(&app, &format!("/groups/{group}"), &anas, None).body;
        assert!(page.contains("Do they belong to it?") && page.contains("works as a florist"), "{page}");
        let yes = "answer=yes&trade=27-1023.00";
        assert_eq!(send(&app, &format!("/memberships/{id}/answer"), &anas, Some(yes)).status.as_u16(), 303);
        let profile = send(&app, "/people/ben-castellano", &eves, None).body;
        assert!(profile.contains("confirmed by a group") && !profile.contains("not confirmed yet"), "{profile}");
        // The group's own page is for members.
        assert_eq!(send(&app, &format!("/groups/{group}"), "", None).status.as_u16(), 303);
        assert_eq!(send(&app, &format!("/profile/groups/{id}/end"), &eves, Some("")).status.as_u16(), 404);
        assert_eq!(send(&app, &format!("/profile/groups/{id}/end"), &bens, Some("")).status.as_u16(), 303);
        assert!(send(&app, "/people/ben-castellano", &eves, None).body.contains("2023 to 2026"));
    });
}
