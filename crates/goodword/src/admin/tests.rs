//! The pages for keeping the network: people, the tree of invitations, reports, failed jobs.

use crate::key::Key;
use crate::roles::{Role, put};
use crate::testing::{app, cookie_of, letter_to, member, on_both, send};
use store::sql;

#[test]
fn people_are_found_and_the_tree_of_invitations_is_walked_and_cut() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve, guy] =
            ["Ana Ruiz", "Ben Castellano", "Eve Adler", "Guy Long"].map(|name| member(&app.db, name));
        app.db
            .write_here(|tx| {
                put(tx, ana, Role::Moderator)?;
                for (who, by) in [(ben, ana), (eve, ben), (guy, eve)] {
                    tx.execute(sql!("UPDATE parties SET invited_by = $1 WHERE id = $2"), &[&by, &who])?;
                }
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
        let anas = cookie_of(&app, ana);
        let found = send(&app, "/admin/people?q=castell", &anas, None).body;
        assert!(found.contains("Ben Castellano") && !found.contains("Eve Adler"));
        // By the whole address, which is not shown.
        let found = send(&app, "/admin/people?q=eve-adler%40example.org", &anas, None).body;
        assert!(found.contains(">Eve Adler</a>") && !found.contains(">Ben Castellano</a>"));
        assert!(!send(&app, &format!("/admin/people/{eve}"), &anas, None).body.contains("@example.org"));
        let keepers = send(&app, "/admin/people?show=keepers", &anas, None).body;
        assert!(keepers.contains("Ana Ruiz") && !keepers.contains("Ben Castellano"));

        let root = send(&app, "/admin/invitations", &anas, None).body;
        assert!(root.contains("Ana Ruiz") && root.contains("invited 1, 3 below altogether"), "{root}");
        let branch = send(&app, &format!("/admin/invitations?of={eve}"), &anas, None).body;
        assert!(branch.contains("Guy Long") && branch.contains("Detach from Ben Castellano"), "{branch}");
        let cut = send(&app, &format!("/admin/invitations/{eve}/detachment"), &anas, Some(""));
        assert_eq!(cut.status.as_u16(), 303);
        let root = send(&app, "/admin/invitations", &anas, None).body;
        assert!(root.contains("Eve Adler"), "a root now: {root}");
        assert_eq!(send(&app, &format!("/admin/invitations/{eve}/detachment"), &anas, Some("")).status.as_u16(), 404);
        let bens = cookie_of(&app, ben);
        assert_eq!(send(&app, &format!("/admin/invitations/{guy}/detachment"), &bens, Some("")).status.as_u16(), 403);
    });
}

#[test]
fn a_report_is_read_by_moderators_and_the_reporter_hears_of_its_end() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve] = ["Ana Ruiz", "Ben Castellano", "Eve Adler"].map(|name| member(&app.db, name));
        app.db.write_here(|tx| put(tx, ana, Role::Moderator)).unwrap();
        let [anas, bens, eves] = [ana, ben, eve].map(|who| cookie_of(&app, who));
        let empty = send(&app, "/reports/new", &bens, Some("person=eve-adler&reason=&words="));
        assert_eq!(empty.status.as_u16(), 422);
        assert!(empty.body.contains("Please say what is wrong"));
        let said = "person=eve-adler&reason=unwanted&words=Writes+every+day";
        assert_eq!(send(&app, "/reports/new", &bens, Some(said)).status.as_u16(), 303);
        assert_eq!(send(&app, "/reports/new", "", Some(said)).status.as_u16(), 303, "to sign in");
        assert_eq!(send(&app, "/reports/new?person=nobody", &bens, None).status.as_u16(), 404);
        assert!(send(&app, "/notices", &anas, None).body.contains("A member has reported something"));
        let queue = send(&app, "/admin/reports", &anas, None).body;
        assert!(queue.contains("Writes every day") && queue.contains("Unwanted letters or asks"), "{queue}");
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM person_reports"), &[])).unwrap().unwrap();
        let close = format!("/admin/reports/{id}/closing");
        assert_eq!(send(&app, &close, &eves, Some("decision=No")).status.as_u16(), 403);
        assert_eq!(send(&app, &close, &anas, Some("decision=Warned+her")).status.as_u16(), 303);
        assert_eq!(send(&app, &close, &anas, Some("decision=Again")).status.as_u16(), 409);
        let heard = send(&app, "/notices", &bens, None).body;
        assert!(heard.contains("have looked at what you reported") && !heard.contains("Warned"), "{heard}");
        assert!(send(&app, "/admin/reports?show=closed", &anas, None).body.contains("Warned her"));
        // Ten a week are the most.
        for n in 1..10 {
            assert_eq!(send(&app, "/reports/new", &bens, Some(said)).status.as_u16(), 303, "{n}");
        }
        assert_eq!(send(&app, "/reports/new", &bens, Some(said)).status.as_u16(), 429);
    });
}

#[test]
fn a_tie_that_was_not_disclosed_is_added_by_a_moderator_and_taken_back_on_appeal() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben, eve, guy] =
            ["Ana Ruiz", "Ben Castellano", "Eve Adler", "Guy Ito"].map(|name| member(&app.db, name));
        app.db.write_here(|tx| put(tx, ana, Role::Moderator)).unwrap();
        let [anas, bens, eves] = [ana, ben, eve].map(|who| cookie_of(&app, who));
        // Eve vouches for Guy and discloses nothing; Ben knows better.
        let vouch: Key = app
            .db
            .write_here(|tx| {
                let (id, now) = (Key(tx.id()), tx.now());
                tx.execute(
                    sql!(
                        "INSERT INTO vouches (id, from_id, to_id, field, basis, tie, confidence, words, state, is_public, given_at,
                           renewed_at, version)
                         VALUES ($1, $2, $3, '27-1023.00', 'hired', 'none', 85, 'Lovely work.', 'live', FALSE, $4, $4, 1)"
                    ),
                    &[&id, &eve, &guy, &now],
                )?;
                tx.change("vouch", id.0)?;
                Ok::<_, crate::error::Error>(id)
            })
            .unwrap();
        let factor = || {
            app.live.catch_up(&app.db).unwrap();
            app.live.memory().record(eve, "27-1023.00", app.clock.now()).unwrap().factor
        };
        let before = factor();
        let said = format!("vouch={vouch}&reason=tie&words=They+are+married");
        assert_eq!(send(&app, "/reports/new", &bens, Some(&said)).status.as_u16(), 303);
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM person_reports"), &[])).unwrap().unwrap();
        let close = format!("/admin/reports/{id}/closing");
        assert!(send(&app, "/admin/reports", &anas, None).body.contains("A tie that was not disclosed"));
        for wrong in ["decision=Married&tie=none", "decision=Married&tie=hats", "decision=&tie=family"] {
            assert_eq!(send(&app, &close, &anas, Some(wrong)).status.as_u16(), 422, "{wrong}");
        }
        assert_eq!(factor(), before, "nothing happened yet");
        assert_eq!(send(&app, &close, &anas, Some("decision=You+are+married&tie=family")).status.as_u16(), 303);
        let letter = letter_to(&app, "eve-adler@example.org");
        assert!(letter.contains("did not disclose a tie") && letter.contains("You are married"), "{letter}");
        let page = send(&app, &format!("/vouches/{vouch}"), &eves, None).body;
        assert!(page.contains("family") && page.contains("was added by a moderator"), "{page}");
        let guys = cookie_of(&app, guy);
        assert!(send(&app, "/notices", &guys, None).body.contains("You may hide it"));
        assert!(factor() < 0.8 * before, "it counts against her record");
        // On appeal the decision is lifted: her own answer stands again, and so does her record.
        let sanction: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM sanctions"), &[])).unwrap().unwrap();
        let lifted = send(&app, &format!("/admin/sanctions/{sanction}/lifting"), &anas, Some(""));
        assert_eq!(lifted.status.as_u16(), 303, "{}", lifted.body);
        assert_eq!(factor(), before);
        let page = send(&app, &format!("/vouches/{vouch}"), &eves, None).body;
        assert!(page.contains("No ties") && page.contains("taken away again"), "{page}");
    });
}

#[test]
fn a_failed_letter_is_seen_tried_again_and_given_up() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Ruiz");
        app.db.write_here(|tx| put(tx, ana, Role::Admin)).unwrap();
        let anas = cookie_of(&app, ana);
        send(&app, "/sign-in", "", Some("email=ana-ruiz%40example.org"));
        assert!(letter_to(&app, "ana-ruiz@example.org").contains("Sign in"));
        app.db
            .write_here(|tx| {
                let job = tx.claim_job(1_000)?.expect("the letter");
                tx.fail_job(&job, "550 5.1.1 <ana-ruiz@example.org>: no such mailbox")
            })
            .unwrap();
        let page = send(&app, "/admin/jobs", &anas, None).body;
        assert!(page.contains("no such mailbox") && !page.contains("ana-ruiz@example.org"), "{page}");
        let action = page.split("action=\"").find(|l| l.contains("/retry\"")).unwrap().split('"').next().unwrap();
        assert_eq!(send(&app, action, &anas, Some("")).status.as_u16(), 303);
        assert!(app.db.write_here(|tx| tx.claim_job(1_000)).unwrap().is_some(), "due at once");
        assert_eq!(send(&app, &action.replace("/retry", "/drop"), &anas, Some("")).status.as_u16(), 303);
        assert_eq!(send(&app, action, &anas, Some("")).status.as_u16(), 409);
        assert_eq!(letter_to(&app, "ana-ruiz@example.org"), "", "what was not sent is not kept either");
        assert!(send(&app, "/admin/jobs", &anas, None).body.contains("None."));
        let storage = send(&app, "/admin/storage", &anas, None).body;
        assert!(storage.contains(if app.db.is_embedded() { "SQLite" } else { "PostgreSQL" }), "{storage}");
        assert!(send(&app, "/admin", &anas, None).body.contains("Nothing waits for you"));
    });
}

#[test]
fn a_licence_seen_by_a_moderator_is_said_audited_and_ends_with_the_licence() {
    on_both(|db| {
        let app = app(db);
        let [ana, ben] = ["Ana Ruiz", "Ben Castellano"].map(|name| member(&app.db, name));
        app.db.write_here(|tx| put(tx, ana, Role::Moderator)).unwrap();
        let [anas, bens] = [ana, ben].map(|who| cookie_of(&app, who));
        let state = |number: &str| {
            let form = format!("field=47-2111.00&own_words=&since=&licence={number}");
            assert_eq!(send(&app, "/profile/professions", &bens, Some(&form)).status.as_u16(), 303);
        };
        state("C-10+12345");
        let path = format!("/admin/people/{ben}");
        let profile = || send(&app, "/people/ben-castellano", &anas, None).body;
        assert!(profile().contains("says so themselves"));
        assert!(send(&app, &path, &anas, None).body.contains("C-10 12345"));
        let seen = "field=47-2111.00&licence=C-10+12345&seen=yes";
        let at = format!("{path}/licences");
        assert_eq!(send(&app, &at, &bens, Some(seen)).status.as_u16(), 403, "not by themselves");
        let other = send(&app, &at, &anas, Some("field=47-2111.00&licence=C-10+1&seen=yes"));
        assert_eq!(other.status.as_u16(), 409, "not another number than the one that is stated");
        assert_eq!(send(&app, &at, &anas, Some(seen)).status.as_u16(), 303);
        assert!(profile().contains("licence checked"));
        let field = crate::live::field("47-2111.00").unwrap();
        assert!(app.live.memory().engine.is_confirmed(crate::live::id(ben), field), "it gives standing");
        let told = send(&app, "/notices", &bens, None).body;
        assert!(told.contains("A moderator has seen your licence") && told.contains("an electrician"), "{told}");
        let acts: i64 = app
            .db
            .read_here(|tx| {
                tx.value(
                    sql!("SELECT COUNT(*) FROM audit_log WHERE act = 'licence seen' AND actor_id = $1 AND subject_id = $2"),
                    &[&ana, &ben],
                )
            })
            .unwrap()
            .unwrap();
        assert_eq!(acts, 1);
        let json = send(&app, &format!("/api/v1/admin/people/{ben}"), &anas, None).body;
        assert!(json.contains("\"licence\":\"C-10 12345\""), "{json}");
        // Another number is another licence; and an error is taken back.
        state("C-10+99999");
        assert!(!profile().contains("licence checked"));
        let again = "field=47-2111.00&licence=C-10+99999&seen=";
        assert_eq!(send(&app, &at, &anas, Some(&format!("{again}yes"))).status.as_u16(), 303);
        assert_eq!(send(&app, &at, &anas, Some(&format!("{again}no"))).status.as_u16(), 303);
        assert!(profile().contains("says so themselves"));
    });
}
