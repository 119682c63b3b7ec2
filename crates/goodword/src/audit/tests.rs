//! The log's page, filter, pages and file.

use super::{Subject, log};
use crate::roles::{Role, put};
use crate::testing::{app, cookie_of, member, on_both, send};

#[test]
fn the_log_is_filtered_paged_and_taken_away_as_a_file() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben] = ["Ana Ruiz", "Ben Castellano"].map(|name| member(&app.db, name));
        app.db
            .write_here(|tx| {
                put(tx, ana, Role::Admin)?;
                log(tx, Some(ana), "role granted", Subject::Person(ben), "member → moderator")?;
                for n in 0..60 {
                    log(tx, None, "settings changed", Subject::Network("settings"), &format!("=line {n}, \"x\""))?;
                }
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
        let admin = cookie_of(&app, ana);
        let first = send(&app, "/admin/audit", &admin, None).body;
        assert!(first.contains("=line 59") && !first.contains("=line 5,"), "newest first, fifty a page");
        let older = first.split("href=\"").find(|l| l.starts_with("/admin/audit?before=")).unwrap();
        let older = older.split('"').next().unwrap();
        let second = send(&app, older, &admin, None).body;
        assert!(second.contains("=line 5,") && second.contains("Role granted") && !second.contains("=line 59"));
        let found = send(&app, "/admin/audit?who=castell", &admin, None).body;
        assert!(found.contains("Role granted") && !found.contains("=line"), "{found}");
        let none = send(&app, "/admin/audit?act=job+dropped", &admin, None).body;
        assert!(none.contains("No line fits"));
        let file = send(&app, "/admin/audit.csv", &admin, None).body;
        assert_eq!(file.lines().count(), 62);
        // A spreadsheet must not take a cell for a formula.
        assert!(file.contains("\"'=line 59, \"\"x\"\"\""), "{file}");
        assert_eq!(send(&app, "/admin/audit.csv", &cookie_of(&app, ben), None).status.as_u16(), 403);
    });
}
