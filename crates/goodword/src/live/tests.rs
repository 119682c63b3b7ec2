//! Stories: what the engine learns at night, on the node that asked and after a restart.

use super::FIT;
use crate::app::App;
use crate::error::Error;
use crate::key::Key;
use crate::testing::{app, member, on_both};
use store::{DAY, Db, sql};
use trust::{Basis, Parameters};

/// Revealed outcomes of referrals by people who hired or only know the professional: equally good. Behind each stands a
/// vouch of four years ago, given in return for one of the week before.
fn outcomes(db: &Db, ends: [Key; 3], n: usize) {
    let [referrer, professional, client] = ends;
    db.write_here(|tx| {
        let now = tx.now();
        let vouch = tx.id();
        for (id, from, to, at) in
            [(tx.id(), professional, referrer, now - 1465 * DAY), (vouch, referrer, professional, now - 1460 * DAY)]
        {
            tx.execute(
                sql!(
                    "INSERT INTO vouches (id, from_id, to_id, field, basis, tie, confidence, words, state, is_public, given_at,
                       renewed_at, version)
                     VALUES ($1, $2, $3, '27-1023.00', 'knows personally', 'none', 85, '', 'withdrawn', FALSE, $4, $4, 1)"
                ),
                &[&id, &from, &to, &at],
            )?;
        }
        for k in 0..n {
            let (id, outcome) = (tx.id(), tx.id());
            let basis = if k % 2 == 0 { "hired" } else { "knows personally" };
            tx.execute(
                sql!(
                    "INSERT INTO referrals (id, origin, asker_id, referrer_id, professional_id, client_id, client_name,
                       for_client, field, need_words, shared_place, shared_budget, shared_date, note_to_referrer, state,
                       basis, tie, confidence, words, unknowns, standing, forecast, understood, progress, revealed_at,
                       lost_reason, created_at, updated_at, version, vouch_id)
                     VALUES ($1, 'offered', $2, $2, $3, $4, 'Dana', FALSE, '27-1023.00', 'flowers', '', '', '', '', 'done',
                       $5, 'none', 85, '', '', 'client', 0.7, 'yes', 'nothing', $6, '', $6, $6, 1, $7)"
                ),
                &[&id, &referrer, &professional, &client, &basis, &now, &(k % 3 == 0).then_some(vouch)],
            )?;
            let answer = if k % 10 < 8 { "yes" } else { "no" };
            tx.execute(
                sql!(
                    "INSERT INTO outcomes (id, referral_id, role, party_id, answer, currency, tell_amount, words,
                       answered_at, version) VALUES ($1, $2, 'client', $3, $4, 'USD', FALSE, '', $5, 1)"
                ),
                &[&outcome, &id, &client, &answer, &now],
            )?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
}

fn night(app: &App) {
    app.clock.advance(DAY);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crate::jobs::run_due(app));
}

fn planned(app: &App) -> Option<i64> {
    let text = sql!("SELECT COUNT(*) FROM jobs WHERE kind = $1 AND done_at IS NULL AND due_at > $2");
    app.db.read_here(|tx| tx.value(text, &[&FIT, &tx.now()])).unwrap()
}

#[test]
fn two_hundred_outcomes_refit_the_priors_at_night_and_fewer_do_not() {
    on_both(|db| {
        let ends = ["Ana Ray", "Ben Cole", "Dana Poe"].map(|name| member(&db, name));
        outcomes(&db, ends, 199);
        let app = app(db);
        app.db.write_here(super::plan_fit).unwrap();
        app.db.write_here(super::plan_fit).unwrap();
        assert_eq!(planned(&app), Some(1), "planned once, whoever asks");
        night(&app);
        assert_eq!(*app.live.memory().engine.parameters(), Parameters::default());
        assert_eq!(planned(&app), Some(1), "and again for the next night");
        outcomes(&app.db, ends, 101);
        night(&app);
        let fitted = app.live.memory().engine.parameters().clone();
        assert_eq!((fitted.outcomes, app.live.figures().fitted_on), (300, 300));
        let personal = fitted.basis(Basis::KnowsPersonally);
        assert!(personal > 2.0 * Parameters::default().basis(Basis::KnowsPersonally), "{:?}", fitted.basis);
        // Old words and replies did as well as others, so they weigh more than the rules supposed.
        let prior = Parameters::default();
        assert!(fitted.half_life > 1.2 * prior.half_life && fitted.reciprocity > 1.2 * prior.reciprocity, "{fitted:?}");
        // And this is what records start from: 8 in 10, here and elsewhere.
        let florists = super::field("27-1023.00").unwrap().0;
        assert!((fitted.base(florists) - 0.8).abs() < 0.01 && fitted.quality_fields.len() == 1, "{fitted:?}");
        // A node that starts now loads what was fitted, and says how it is doing.
        let again = crate::live::Live::load(&app.db).unwrap();
        assert_eq!(*again.memory().engine.parameters(), fitted);
        again.memory().recommend(
            None,
            super::field("27-1023.00").unwrap(),
            app.clock.now(),
            5,
            super::Reach::default(),
        );
        let figures = again.figures();
        assert_eq!((figures.people, figures.asked()), (3, 1));
    });
}
