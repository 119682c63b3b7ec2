//! The demo network shows what it is meant to show, on both databases, and never touches a real one.

use super::plant;
use crate::needs::{Asked, recommend, understand};
use crate::testing::{app, cookie_of, member, on_both, send};
use store::sql;

#[test]
fn the_demo_is_planted_once_and_never_over_a_real_network() {
    on_both(|db| {
        plant(&db).unwrap();
        let count = || -> i64 {
            db.read_here(|tx| tx.value(sql!("SELECT COUNT(*) FROM parties WHERE kind = 'member'"), &[]))
                .unwrap()
                .unwrap()
        };
        let people = count();
        assert!((280..=320).contains(&people), "{people}");
        plant(&db).unwrap();
        assert_eq!(count(), people, "opened again, it is the same network");
        let outside: i64 = db
            .read_here(|tx| {
                tx.value(
                    sql!("SELECT COUNT(*) FROM parties WHERE email IS NOT NULL AND email NOT LIKE '%@example.org'"),
                    &[],
                )
            })
            .unwrap()
            .unwrap();
        assert_eq!(outside, 0, "nobody in it has an address that exists");
        // The story the demo is told by: Dana asks for a florist and reaches Carla through people she relies on.
        let app = app(db.clone());
        let need = "a florist for a small June wedding in Santa Monica, about $3,000";
        let found = db
            .read_here(|tx| {
                let memory = app.live.memory();
                let dana = recommend::find_person(tx, "dana-whitlock")?;
                assert!(dana.is_some());
                let asked = Asked { need: need.into(), ..Asked::default() };
                let need = understand(&asked, &memory, tx.now(), &jiff::tz::TimeZone::UTC)?;
                recommend::recommend(tx, &memory, dana, &need, false)
            })
            .unwrap();
        assert!((2..=5).contains(&found.results.len()) && !found.from_founders);
        assert!(found.results.iter().any(|r| r.person.name == "Carla Mendes"));
        assert!(found.farther >= 1, "somebody good does not come that far");
        // The tour says that this page says so.
        let dana = db.read_here(|tx| recommend::find_person(tx, "dana-whitlock")).unwrap().unwrap();
        let page = send(&app, "/people/preston-vail", &cookie_of(&app, dana), None).body;
        assert!(page.contains("They vouched for each other") && page.contains("this one counts half"), "{page}");
    });
    on_both(|db| {
        member(&db, "Somebody Real");
        let refused = plant(&db).unwrap_err().to_string();
        assert!(refused.contains("not made by the demo"), "{refused}");
    });
    // Nor one that `serve` waits on for its first admin.
    on_both(|db| {
        db.write_here(crate::invitations::first_admin_link).unwrap();
        let refused = plant(&db).unwrap_err().to_string();
        assert!(refused.contains("not made by the demo"), "{refused}");
    });
}
