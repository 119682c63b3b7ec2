//! A forecast is the sum of its parts, learns what there is to learn, and never panics.

use super::{Learning, Live, Offsets, Rated, Score, Shrinkage};
use proptest::prelude::*;

fn quick() -> Learning {
    Learning { rounds: 60, ..Learning::default() }
}

/// Rater 1 praises everybody, rater 2 condemns everybody.
fn two_tempers() -> Live {
    let mut live = Live::new(quick());
    for n in 0..1200_u32 {
        let rater = u128::from(1 + n % 2);
        let value = if rater == 1 { 0.8 } else { -0.8 };
        live.learn(&[Rated { rater, ratee: u128::from(10 + n % 97), value, time: f64::from(n) * 3600.0 }]);
    }
    live
}

#[test]
fn the_parts_sum_to_the_forecast() {
    let live = two_tempers();
    let (value, _, parts) = live.parts(1, 12, 5e6);
    let sum = value + parts.iter().map(|part| part.value).sum::<f64>();
    assert!((sum.clamp(-1.0, 1.0) - live.forecast(1, 12, 5e6).value).abs() < 1e-9);
    assert!(!parts.is_empty());
}

#[test]
fn a_generous_rater_is_told_from_a_harsh_one() {
    let live = two_tempers();
    let (generous, harsh) = (live.forecast(1, 500, 5e6), live.forecast(2, 500, 5e6));
    assert!(generous.value > 0.5 && harsh.value < -0.5, "{generous:?} {harsh:?}");
    assert!(generous.chance > 0.7 && harsh.chance < 0.3);
}

#[test]
fn unknown_things_get_the_users_usual_rating() {
    let rows: Vec<Score> =
        (0..40).map(|item| Score { user: item % 2, item, field: 0, value: f64::from(2 + 2 * (item % 2)) }).collect();
    let how = Shrinkage { user: 1.0, item: 5.0, field: 20.0, user_field: f64::INFINITY };
    let offsets = Offsets::learn(&rows, [2, 50, 1], &how);
    assert!(offsets.forecast(0, 45, 0) < 2.5 && offsets.forecast(1, 45, 0) > 3.5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_rating_makes_it_panic(all in proptest::collection::vec((0_u8..6, 0_u8..6, any::<f64>(), any::<f64>()), 0..60)) {
        let mut live = Live::new(quick());
        for (rater, ratee, value, time) in all {
            let forecast = live.forecast(rater.into(), ratee.into(), time);
            prop_assert!(forecast.value.abs() <= 1.0 && (0.0..=1.0).contains(&forecast.chance));
            live.learn(&[Rated { rater: rater.into(), ratee: ratee.into(), value, time }]);
        }
    }
}
