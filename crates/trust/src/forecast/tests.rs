//! A forecast is the sum of its parts, learns what there is to learn, and never panics.

use super::{Additive, FACTS, History, LEFT_OUT, Learning, Live, Loss, Offsets, Rated, Score, Shrinkage};
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

/// Ratings among twenty people, some at the same moment, a fifth of them bad.
fn market(n: u32) -> Vec<Rated> {
    let mut seed = 7_u32;
    let mut draw = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    (0..n)
        .map(|n| {
            let (rater, ratee) = (draw(20), 20 + draw(20));
            let value = if ratee % 5 == 0 { -0.6 } else { 0.1 + f64::from(rater % 10) / 12.0 };
            Rated { rater: rater.into(), ratee: ratee.into(), value, time: f64::from(n / 3) * 3600.0 }
        })
        .collect()
}

#[test]
fn a_network_learnt_at_once_forecasts_as_one_learnt_bit_by_bit() {
    let mut ratings = market(2_700);
    ratings.sort_by(|a, b| a.time.total_cmp(&b.time).then((a.rater, a.ratee).cmp(&(b.rater, b.ratee))));
    for left_out in [&[][..], &LEFT_OUT] {
        let mut slowly = Live::without(quick(), left_out);
        ratings.chunk_by(|a, b| a.time == b.time).for_each(|moment| slowly.learn(moment));
        slowly.refit();
        let mut shuffled = ratings.clone();
        shuffled.reverse();
        let mut at_once = Live::load(quick(), left_out, shuffled);
        for (rater, ratee) in [(1, 22), (3, 25), (9, 30), (77, 25), (1, 99)] {
            let (a, b) = (slowly.forecast(rater, ratee, 1e7), at_once.forecast(rater, ratee, 1e7));
            assert_eq!((a.value, a.chance, a.evidence), (b.value, b.chance, b.evidence));
            // Past misses were made by models learnt at other times.
            assert!((a.uncertainty - b.uncertainty).abs() < 0.1, "{a:?} {b:?}");
        }
        let before = at_once.forecast(3, 25, 1e7);
        assert!(before.chance < 0.2 && at_once.forecast(3, 22, 1e7).chance > 0.8, "{before:?}");
        at_once.settle();
        assert_eq!(at_once.forecast(3, 25, 1e7), before);
    }
}

#[test]
fn what_is_told_rests_on_two_other_people_at_least() {
    let mut ratings = market(1_200);
    let rated = |rater, ratee, value, time| Rated { rater, ratee, value, time };
    // Rater 100 trusts 101 and 102. Both have rated 200, one of them badly; 201 was rated by 101 alone.
    ratings.extend([rated(100, 101, 0.9, 1e7), rated(100, 102, 0.9, 1e7)]);
    ratings.extend([rated(101, 200, 0.9, 2e7), rated(102, 200, -0.9, 2e7), rated(101, 201, -0.9, 2e7)]);
    ratings.extend([rated(101, 202, -0.9, 2e7), rated(102, 202, -0.9, 2e7)]);
    let live = Live::load(quick(), &LEFT_OUT, ratings);
    let told = |ratee| live.told(100, ratee, 3e7).iter().map(|part| part.number).collect::<Vec<_>>();
    let of_others = |told: &[usize]| told.iter().any(|fact| [1, 3, 5, 6, 8, 11, 28, 32, 39, 42, 43].contains(fact));
    assert!(!of_others(&told(201)), "{:?}", told(201));
    assert!(of_others(&told(200)) && of_others(&told(202)));
    assert!(![5, 6].iter().any(|fact| told(200).contains(fact)), "{:?}", told(200));
    for ratee in 200..203 {
        assert!(told(ratee).iter().all(|fact| !LEFT_OUT.contains(fact) && ![15, 22, 23, 41].contains(fact)));
    }
    assert!(live.history().has_rated(100, 101) && !live.history().has_rated(101, 100));
}

proptest! {
    /// Of all facts a product asks, a warning moves only what every rating moves: the mean of everything.
    #[test]
    fn a_warning_tells_the_warned_nothing_of_its_author(
        all in proptest::collection::vec((0_u8..12, 0_u8..12, -1.0..1.0_f64), 60..120),
        strength in -1.0..-0.1_f64,
    ) {
        let (warned, author, stranger) = (3_u128, 5_u128, 99_u128);
        let mut before = History::default();
        for (n, (rater, ratee, value)) in all.into_iter().enumerate() {
            let (rater, ratee) = (u128::from(rater), u128::from(ratee));
            if (rater, ratee) != (author, warned) {
                before.add(&Rated { rater, ratee, value, time: n as f64 * 1e4 });
            }
        }
        let facts = |of: Option<u128>| {
            let mut history = before.clone();
            if let Some(ratee) = of {
                history.add(&Rated { rater: author, ratee, value: strength, time: 2e6 });
            }
            history.facts(warned, author, 3e6)
        };
        let (to_me, to_another, never) = (facts(Some(warned)), facts(Some(stranger)), facts(None));
        for fact in (0..FACTS.len()).filter(|fact| !LEFT_OUT.contains(fact)) {
            prop_assert_eq!(to_me[fact].to_bits(), to_another[fact].to_bits(), "{}", FACTS[fact]);
            let same = (to_me[fact] - never[fact]).abs() < 0.04 || to_me[fact].is_nan() && never[fact].is_nan();
            prop_assert!(same, "{}: {} {}", FACTS[fact], to_me[fact], never[fact]);
        }
    }
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

/// Few rows of which one fact tells nearly everything, and twenty tell nothing: the line is found, the noise is not learnt.
#[test]
fn few_rows_teach_a_line_and_no_noise() {
    let dice = |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / (1u64 << 24) as f64 - 0.5;
    let row = |n: u64| (0..21).map(move |fact| dice(n * 31 + fact + 1)).collect::<Vec<f64>>();
    let said = |n: u64| 0.3 + 0.8 * row(n)[0] + 0.6 * dice(n * 31 + 29);
    let rows: Vec<f64> = (0..1500).flat_map(row).collect();
    let target: Vec<f64> = (0..1500).map(said).collect();
    let model = Additive::learn(&rows, 21, &target, &[], (Loss::Value, Some(0)), &Learning::default());
    let error =
        |score: &dyn Fn(u64) -> f64| ((5000..7000).map(|n| (score(n) - said(n)).powi(2)).sum::<f64>() / 2000.0).sqrt();
    let (found, best) = (error(&|n| model.score(&row(n))), error(&|n| 0.3 + 0.8 * row(n)[0]));
    assert!(found < 1.01 * best, "{found} against {best}");
    let (base, parts) = model.parts(&row(1));
    assert!((base + parts.iter().sum::<f64>() - model.score(&row(1))).abs() < 1e-12);
    // The same as a chance: a fact that is not known leaves the line at its middle.
    let good: Vec<f64> = target.iter().map(|value| f64::from(*value > 0.3)).collect();
    let chance = Additive::learn(&rows, 21, &good, &[], (Loss::Chance, Some(0)), &Learning::default());
    let at = |x: f64| chance.score(&[&[x][..], &row(2)[1..]].concat());
    assert!(at(0.4) > at(f64::NAN) && at(f64::NAN) > at(-0.4));
}
