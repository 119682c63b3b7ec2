//! A suspension with notice, appeal and an end; what the ranking and the pages make of it.

use crate::jobs::run_due;
use crate::key::Key;
use crate::roles::{Role, put};
use crate::testing::{app, cookie_of, letter_to, link_in, member, on_both, send};
use store::{DAY, sql};

fn due(app: &crate::app::App) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run_due(app));
}

fn notices(app: &crate::app::App, party: Key) -> Vec<String> {
    app.db
        .read_here(|tx| tx.rows(sql!("SELECT words FROM notices WHERE party_id = $1"), &[&party], |r| r.get(0)))
        .unwrap()
}

#[test]
fn a_suspension_is_told_appealed_answered_by_another_and_ends() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve, guy] =
            ["Ana Ruiz", "Ben Castellano", "Eve Adler", "Guy Inviter"].map(|name| member(&app.db, name));
        app.db
            .write_here(|tx| {
                put(tx, ana, Role::Admin)?;
                put(tx, eve, Role::Moderator)?;
                tx.execute(sql!("UPDATE parties SET invited_by = $1 WHERE id = $2"), &[&guy, &ben])?;
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
        let [anas, bens, eves] = [ana, ben, eve].map(|who| cookie_of(&app, who));
        // Ben's word for Eve stands on her page.
        let vouch = "field=27-1023.00&basis=hired&tie=none&confidence=85&words=Flowers+that+lasted";
        assert_eq!(send(&app, "/people/eve-adler/vouches/new", &bens, Some(vouch)).status.as_u16(), 303);
        assert!(send(&app, "/people/eve-adler", &anas, None).body.contains("Flowers that lasted"));
        let live = |app: &crate::app::App| {
            let memory = app.live.memory();
            let field = crate::live::field("27-1023.00").unwrap();
            let now = app.clock.now();
            memory.recommend(Some(guy), field, now, 5, crate::live::Reach::default()).0.candidates.len()
        };
        let before = live(&app);

        let page = format!("/admin/people/{ben}");
        let empty = send(&app, &format!("{page}/sanctions"), &eves, Some("kind=suspension&reason=&days=30"));
        assert_eq!(empty.status.as_u16(), 422);
        // A moderator cannot decide about an admin, nor anybody about themselves.
        let decided = "kind=suspension&reason=Wrote+to+forty+people&days=30";
        assert_eq!(send(&app, &format!("/admin/people/{ana}/sanctions"), &eves, Some(decided)).status.as_u16(), 403);
        assert_eq!(send(&app, &format!("/admin/people/{eve}/sanctions"), &eves, Some(decided)).status.as_u16(), 403);
        assert_eq!(send(&app, &format!("{page}/sanctions"), &eves, Some(decided)).status.as_u16(), 303);
        assert_eq!(send(&app, &format!("{page}/sanctions"), &eves, Some(decided)).status.as_u16(), 409, "once");

        // Away: signed out, not listed, his word neither shown nor counted.
        assert_eq!(send(&app, "/notices", &bens, None).status.as_u16(), 303);
        assert_eq!(send(&app, "/people/ben-castellano", &anas, None).status.as_u16(), 404);
        assert!(!send(&app, "/people/eve-adler", &anas, None).body.contains("Flowers that lasted"));
        let letter = letter_to(&app, "ben-castellano@example.org");
        assert!(letter.contains("Wrote to forty people") && letter.contains("for 30 days"), "{letter}");
        assert!(notices(&app, guy)[0].contains("whom you invited, was suspended"));
        assert!(!notices(&app, guy)[0].contains("forty"), "the reason is for Ben alone");

        let path = link_in(&letter, "/appeals/");
        assert!(send(&app, &path, "", None).body.contains("Wrote to forty people"));
        assert_eq!(send(&app, &path, "", Some("words=They+asked+me+to")).status.as_u16(), 303);
        assert_eq!(send(&app, &path, "", Some("words=Again")).status.as_u16(), 409);
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM sanctions"), &[])).unwrap().unwrap();
        let answer = format!("/admin/sanctions/{id}/answer");
        // Who decided does not judge the appeal.
        assert_eq!(send(&app, &answer, &eves, Some("answer=No&lift=no")).status.as_u16(), 403);
        assert_eq!(send(&app, &answer, &anas, Some("answer=It+stands&lift=no")).status.as_u16(), 303);
        assert!(letter_to(&app, "ben-castellano@example.org").contains("It stands"));

        // It ends by itself, and everything is back.
        app.clock.advance(31 * DAY);
        due(&app);
        assert_eq!(send(&app, "/people/ben-castellano", &anas, None).status.as_u16(), 200);
        assert!(send(&app, "/people/eve-adler", &anas, None).body.contains("Flowers that lasted"));
        assert_eq!(live(&app), before);
        assert!(letter_to(&app, "ben-castellano@example.org").contains("The suspension is over"));
    });
}

#[test]
fn a_suspended_person_is_not_recommended_until_lifted() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve] = ["Ana Ruiz", "Ben Castellano", "Eve Adler"].map(|name| member(&app.db, name));
        app.db.write_here(|tx| put(tx, ana, Role::Admin)).unwrap();
        let [anas, bens, eves] = [ana, ben, eve].map(|who| cookie_of(&app, who));
        send(&app, "/profile/professions", &bens, Some("field=27-1023.00"));
        let vouch = "field=27-1023.00&basis=hired&tie=none&confidence=85&words=Flowers+that+lasted";
        assert_eq!(send(&app, "/people/ben-castellano/vouches/new", &eves, Some(vouch)).status.as_u16(), 303);
        let shown = |app: &crate::app::App| {
            send(app, "/recommendations?need=a+florist&field=27-1023.00", &anas, None).body.contains("Ben Castellano")
        };
        assert!(shown(&app), "recommended before");
        let decided = "kind=suspension&reason=Wrote+to+forty+people&days=";
        assert_eq!(send(&app, &format!("/admin/people/{ben}/sanctions"), &anas, Some(decided)).status.as_u16(), 303);
        assert!(!shown(&app), "not while suspended");
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM sanctions"), &[])).unwrap().unwrap();
        assert_eq!(send(&app, &format!("/admin/sanctions/{id}/lifting"), &anas, Some("")).status.as_u16(), 303);
        assert!(shown(&app), "and again after");
        // Eve's word is gone while she is away.
        let warned = "kind=warning&reason=Please+answer+your+asks&days=";
        assert_eq!(send(&app, &format!("/admin/people/{eve}/sanctions"), &anas, Some(warned)).status.as_u16(), 303);
        assert!(shown(&app), "a warning changes nothing");
        assert_eq!(send(&app, &format!("/admin/people/{eve}/sanctions"), &anas, Some(decided)).status.as_u16(), 303);
        let answer = send(&app, "/recommendations?need=a+florist&field=27-1023.00", &anas, None).body;
        assert!(answer.contains("Nobody you can reach has vouched"), "nobody vouches for Ben any more: {answer}");
    });
}
