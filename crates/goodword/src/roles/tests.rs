//! Who may grant what, and that somebody is always left to.

use super::{Role, leave_an_admin, of, put, set};
use crate::error::Error;
use crate::testing::{app, cookie_of, member, on_both, send};
use store::sql;

#[test]
fn roles_are_granted_by_admins_and_the_last_admin_stays() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve] = ["Ana Ruiz", "Ben Castellano", "Eve Adler"].map(|name| member(&app.db, name));
        app.db.write_here(|tx| put(tx, ana, Role::Admin)).unwrap();
        let alone = app.db.write_here(|tx| set(tx, ana, ana, Role::Member));
        assert!(matches!(alone, Err(Error::Conflict(_))), "{alone:?}");
        app.db.write_here(|tx| set(tx, ana, ben, Role::Moderator)).unwrap();
        assert_eq!(app.db.read_here(|tx| of(tx, ben)).unwrap(), Role::Moderator);
        assert!(app.db.write_here(|tx| leave_an_admin(tx, ana)).is_err(), "a moderator is no admin");
        app.db.write_here(|tx| set(tx, ana, ben, Role::Admin)).unwrap();
        app.db.write_here(|tx| set(tx, ben, ana, Role::Member)).unwrap();
        assert_eq!(app.db.read_here(|tx| of(tx, ana)).unwrap(), Role::Member);
        // One role at a time, however it was reached.
        let rows: i64 = app
            .db
            .read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM roles WHERE party_id = $1"), &[&ben]))
            .unwrap()
            .unwrap();
        assert_eq!(rows, 1);
        let log = app
            .db
            .read_here(|tx| {
                tx.rows(sql!("SELECT act, detail FROM audit_log ORDER BY id"), &[], |r| {
                    Ok((r.get::<String>(0)?, r.get::<String>(1)?))
                })
            })
            .unwrap();
        let acts: Vec<&str> = log.iter().map(|(act, _)| act.as_str()).collect();
        assert_eq!(acts, ["role granted", "role granted", "role revoked"]);
        assert_eq!(log[1].1, "moderator → admin");
        let _ = eve;
    });
}

#[test]
fn the_pages_ask_for_the_role_that_the_session_read() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve] = ["Ana Ruiz", "Ben Castellano", "Eve Adler"].map(|name| member(&app.db, name));
        app.db.write_here(|tx| put(tx, ana, Role::Admin)).unwrap();
        app.db.write_here(|tx| put(tx, ben, Role::Moderator)).unwrap();
        let [admin, moderator, plain] = [ana, ben, eve].map(|who| cookie_of(&app, who));
        let status = |path: &str, cookie: &str| send(&app, path, cookie, None).status.as_u16();
        for (path, of_moderator) in
            [("/admin/people", 200), ("/admin/reports", 200), ("/admin/audit", 403), ("/admin/settings", 403)]
        {
            assert_eq!(status(path, &admin), 200, "{path}");
            assert_eq!(status(path, &moderator), of_moderator, "{path}");
            assert_eq!(status(path, &plain), 403, "{path}");
            assert_eq!(status(path, ""), 303, "{path}");
        }
        // A moderator grants nothing.
        let grant = format!("/admin/people/{eve}/role");
        assert_eq!(send(&app, &grant, &moderator, Some("role=admin")).status.as_u16(), 403);
        assert_eq!(send(&app, &grant, &admin, Some("role=moderator")).status.as_u16(), 303);
        assert_eq!(status("/admin/people", &plain), 200, "at once, in the session that was open");
    });
}
