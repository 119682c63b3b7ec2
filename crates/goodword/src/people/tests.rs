//! Stories: looking for people, reading a profile, taking a contact card.

use crate::app::App;
use crate::key::Key;
use crate::testing::{app, cookie_of, member, on_both, send};
use store::sql;

const FLORIST: &str = "27-1023.00";

fn works_as(app: &App, who: Key, field: &str, town: &str) {
    app.db
        .write_here(|tx| {
            let id = tx.id();
            tx.execute(
                sql!(
                    "INSERT INTO professions (id, party_id, field, own_words, licence, position)
                     VALUES ($1, $2, $3, '', '', 0)"
                ),
                &[&id, &who, &field],
            )?;
            tx.execute(sql!("UPDATE profiles SET town = $1 WHERE party_id = $2"), &[&town, &who])?;
            tx.change("party", who.0)
        })
        .unwrap();
    app.live.catch_up(&app.db).unwrap();
}

fn make_private(app: &App, who: Key) {
    app.db
        .write_here(|tx| {
            tx.execute(sql!("UPDATE profiles SET is_public = FALSE WHERE party_id = $1"), &[&who])?;
            tx.change("party", who.0)
        })
        .unwrap();
    app.live.catch_up(&app.db).unwrap();
}

fn vouch(app: &App, from: Key, to: &str, public: bool, words: &str) {
    let cookie = cookie_of(app, from);
    let public = if public { "&public=yes" } else { "" };
    let form = format!("field={FLORIST}&basis=hired&tie=none&confidence=85&words={words}{public}");
    let sent = send(app, &format!("/people/{to}/vouches/new"), &cookie, Some(&form));
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
}

#[test]
fn people_are_found_by_name_trade_and_town() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ána Reyes"), member(&db, "Ben Castellano"));
        let app = app(db);
        works_as(&app, ben, FLORIST, "Mar Vista");
        works_as(&app, ana, "13-2011.00", "Venice");
        let cookie = cookie_of(&app, ana);
        for (query, finds) in [
            ("q=ana", "Ána Reyes"),
            ("q=florist", "Ben Castellano"),
            ("q=flor", "Ben Castellano"),
            ("q=mar+vista", "Ben Castellano"),
            ("town=VENICE", "Ána Reyes"),
            ("field=27-1023.00", "Ben Castellano"),
        ] {
            let body = send(&app, &format!("/people?{query}"), &cookie, None).body;
            assert!(body.contains("1 person, by name") && body.contains(finds), "{query}: {body}");
        }
        for nobody in ["q=zebra", "q=%25", "q=_", "town=%27+OR+1%3D1", "page=99", "q=ben&town=venice"] {
            let body = send(&app, &format!("/people?{nobody}"), &cookie, None).body;
            assert!(body.contains("No results") && body.contains("Clear filters"), "{nobody}");
        }
        // Nonsense in the address is passed over.
        assert!(send(&app, "/people?page=-3&field=nonsense", &cookie, None).body.contains("2 people"));
    });
}

#[test]
fn a_long_list_comes_in_pages() {
    on_both(|db| {
        for n in 0..30 {
            member(&db, &format!("Person {n:02}"));
        }
        let app = app(db);
        let first = send(&app, "/people", "", None).body;
        assert!(first.contains("1 to 25 of 30") && first.contains("Person 24") && !first.contains("Person 25"));
        assert!(first.contains("/people?page=2"));
        let second = send(&app, "/people?page=2", "", None).body;
        assert!(second.contains("26 to 30 of 30") && second.contains("Person 29") && !second.contains("Person 24"));
    });
}

#[test]
fn strangers_see_public_people_and_voices_only() {
    on_both(|db| {
        let (ana, ben, eve) = (member(&db, "Ana Reyes"), member(&db, "Ben Castellano"), member(&db, "Eve Stone"));
        let dan = member(&db, "Dan Moss");
        let app = app(db);
        works_as(&app, ben, FLORIST, "Mar Vista");
        make_private(&app, eve);
        vouch(&app, ana, "ben-castellano", true, "public-words");
        vouch(&app, dan, "ben-castellano", false, "members-words");
        vouch(&app, eve, "ben-castellano", true, "private-givers-words");
        let signed_out = send(&app, "/people/ben-castellano", "", None).body;
        assert!(signed_out.contains("public-words") && signed_out.contains("3 vouches"), "{signed_out}");
        assert!(!signed_out.contains("members-words") && !signed_out.contains("private-givers-words"));
        assert!(!signed_out.contains("Eve Stone") && !signed_out.contains("@example.org"));
        let members = send(&app, "/people/ben-castellano", &cookie_of(&app, ana), None).body;
        assert!(members.contains("members-words") && members.contains("private-givers-words"));
        assert!(members.contains("Was their client") && members.contains("No ties") && members.contains("Hired them"));
        assert!(members.contains("confirmed by others") && !members.contains("@example.org"));
        // Confidence is its author's alone.
        assert!(!members.contains("85 in 100"));
        // A private profile and none at all look alike.
        let private = send(&app, "/people/eve-stone", "", None);
        let none = send(&app, "/people/nobody-at-all", "", None);
        assert_eq!((private.status.as_u16(), private.body), (404, none.body));
        assert_eq!(send(&app, "/people/eve-stone/card.vcf", "", None).status.as_u16(), 404);
        assert_eq!(send(&app, "/people/eve-stone/given", "", None).status.as_u16(), 404);
        assert!(!send(&app, "/people", "", None).body.contains("Eve Stone"));
        assert!(!send(&app, "/people/ana-reyes/given", "", None).body.contains("Nothing to read here"));
        assert!(send(&app, "/people/dan-moss/given", "", None).body.contains("Nothing to read here"));
    });
}

#[test]
fn a_hidden_word_is_counted_as_hidden_and_not_shown() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castellano"));
        let app = app(db);
        works_as(&app, ben, FLORIST, "");
        vouch(&app, ana, "ben-castellano", true, "will-be-hidden");
        let id: Key = app.db.read_here(|tx| tx.value(sql!("SELECT id FROM vouches"), &[])).unwrap().unwrap();
        send(&app, &format!("/vouches/{id}/hiding"), &cookie_of(&app, ben), Some(""));
        for cookie in [String::new(), cookie_of(&app, ana)] {
            let body = send(&app, "/people/ben-castellano", &cookie, None).body;
            assert!(body.contains("hides 1 of 1") && !body.contains("will-be-hidden"));
        }
    });
}

#[test]
fn a_card_gives_contact_data_to_oneself_and_to_those_introduced() {
    on_both(|db| {
        let (ana, ben) = (member(&db, "Ana Reyes"), member(&db, "Ben Castellano"));
        let app = app(db);
        works_as(&app, ben, FLORIST, "Mar Vista");
        let card = |cookie: &str| send(&app, "/people/ben-castellano/card.vcf", cookie, None).body;
        let anas = cookie_of(&app, ana);
        for stranger in ["", &anas] {
            let text = card(stranger);
            assert!(text.contains("FN:Ben Castellano") && text.contains("TITLE:Florist"), "{text}");
            assert!(!text.contains("EMAIL"), "{text}");
        }
        assert!(card(&cookie_of(&app, ben)).contains("EMAIL:ben-castellano@example.org"));
    });
}

#[test]
fn contact_data_is_the_twos_after_both_yes_and_nobody_elses() {
    on_both(|db| {
        let (ana, ben, dana) = (member(&db, "Ana Reyes"), member(&db, "Ben Castellano"), member(&db, "Dana Whitfield"));
        let app = app(db);
        let referral = Key(app.clock.id());
        app.db
            .write_here(|tx| {
                let now = tx.now();
                tx.execute(
                    sql!(
                        "INSERT INTO referrals (id, origin, asker_id, referrer_id, professional_id, client_id, client_name,
                           for_client, field, need_words, shared_place, shared_budget, shared_date, note_to_referrer,
                           state, basis, words, unknowns, client_yes_at, professional_yes_at, introduced_at, understood,
                           progress, lost_reason, created_at, updated_at, version)
                         VALUES ($1, 'asked', $2, $3, $4, $2, 'Dana', FALSE, '27-1023.00', '', '', '', '', '', 'introduced',
                           'hired', '', '', $5, $5, $5, '', 'touch', '', $5, $5, 1)"
                    ),
                    &[&referral, &dana, &ana, &ben, &now],
                )
            })
            .unwrap();
        // On the page, in the contact card and what the API says.
        let sees = |of: &str, who: Key| {
            let (cookie, address) = (cookie_of(&app, who), format!("{of}@example.org"));
            let page = send(&app, &format!("/people/{of}"), &cookie, None).body.contains(&address);
            let card = send(&app, &format!("/people/{of}/card.vcf"), &cookie, None).body.contains(&address);
            assert_eq!(page, card, "{of}");
            page
        };
        assert!(sees("ben-castellano", dana) && sees("dana-whitfield", ben), "each has the other's");
        assert!(!sees("ben-castellano", ana) && !sees("dana-whitfield", ana), "the referrer has neither");
        for missing in [
            sql!("UPDATE referrals SET introduced_at = NULL WHERE id = $1"),
            sql!("UPDATE referrals SET introduced_at = 1, basis = NULL WHERE id = $1"),
            sql!("UPDATE referrals SET basis = 'hired', client_yes_at = NULL WHERE id = $1"),
            sql!("UPDATE referrals SET client_yes_at = 1, professional_yes_at = NULL WHERE id = $1"),
        ] {
            app.db.write_here(|tx| tx.execute(missing, &[&referral])).unwrap();
            assert!(!sees("ben-castellano", dana) && !sees("dana-whitfield", ben), "{missing:?}");
        }
    });
}

#[test]
fn words_both_ways_are_said_with_their_dates_and_what_they_count() {
    on_both(|db| {
        let (ana, ben, eve) = (member(&db, "Ana Reyes"), member(&db, "Ben Castellano"), member(&db, "Eve Adler"));
        let app = app(db);
        works_as(&app, ana, FLORIST, "Venice");
        let say = |from: Key, to: &str| {
            let form = format!("field={FLORIST}&basis=inspected+work&tie=none&confidence=85&words=Fine+work");
            let sent = send(&app, &format!("/people/{to}/vouches/new"), &cookie_of(&app, from), Some(&form));
            assert_eq!(sent.status.as_u16(), 303, "{}", sent.body);
            sent.location
        };
        let read = |path: &str| send(&app, path, &cookie_of(&app, eve), None).body;
        let half = "They vouched for each other 3 days apart; this one counts half";
        let within = "They vouched for each other within twelve months";
        let first = say(ana, "ben-castellano");
        app.clock.advance(3 * store::DAY);
        let reply = say(ben, "ana-reyes");
        let (anas, bens) = (read("/people/ana-reyes"), read("/people/ben-castellano"));
        assert!(anas.contains(half) && !anas.contains(within), "{anas}");
        assert!(bens.contains(within) && !bens.contains("counts half"), "{bens}");
        assert!(send(&app, &reply, &cookie_of(&app, ana), None).body.contains(half), "the two see it");
        // Beside the word in an answer as well.
        send(&app, "/trust", &cookie_of(&app, eve), Some("person=ben-castellano"));
        let answer = read(&format!("/recommendations?need=a+florist&field={FLORIST}"));
        assert!(answer.contains(half), "{answer}");
        // The halving does not end after a year, and so is said on; what is a year old is no tie of these twelve months.
        app.clock.advance(400 * store::DAY);
        let (anas, bens) = (read("/people/ana-reyes"), read("/people/ben-castellano"));
        assert!(anas.contains(half), "{anas}");
        assert!(!bens.contains(within), "{bens}");
        // One of the two renewed: both would have to be within twelve months.
        send(&app, &format!("{first}/renewal"), &cookie_of(&app, ana), Some(""));
        let (anas, bens) = (read("/people/ana-reyes"), read("/people/ben-castellano"));
        assert!(!anas.contains("vouched for each other") && !bens.contains("vouched for each other"), "{anas}");
        // Referrals are counted either way.
        app.db
            .write_here(|tx| {
                for (from, to) in [(ana, ben), (ben, ana), (ben, ana)] {
                    let (id, now) = (tx.id(), tx.now());
                    tx.execute(
                        sql!(
                            "INSERT INTO referrals (id, origin, asker_id, referrer_id, professional_id, client_id,
                               client_name, for_client, field, need_words, shared_place, shared_budget, shared_date,
                               note_to_referrer, state, words, unknowns, understood, progress, lost_reason,
                               introduced_at, created_at, updated_at, version)
                             VALUES ($1, 'offered', $2, $2, $3, $4, '', FALSE, '27-1023.00', '', '', '', '', '',
                               'introduced', '', '', '', 'touch', '', $5, $5, $5, 1)"
                        ),
                        &[&id, &from, &to, &eve, &now],
                    )?;
                }
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
        let bens = read("/people/ben-castellano");
        assert!(bens.contains("Ben sent Ana 2 referrals") && bens.contains("Ana sent Ben 1 referral in"), "{bens}");
    });
}
