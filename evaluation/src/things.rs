//! `evaluation ratings`: things rated by people, and the outcome of an author in a field.
//!
//! The engine's part is `forecast::Offsets` (user + thing + user×field) and `forecast::Records`; agreement between
//! users is not in the engine and is labelled comparability. Shrinkage is chosen on a tenth of the training part.

use crate::bootstrap::Bootstrap;
use crate::load::{Rating, Ratings};
use crate::metrics::{calibration_error, mae, order, rmse, skill};
use crate::network::Dice;
use crate::report::{Figures, Report};
use std::collections::HashMap;
use trust::forecast::{Fading, Offsets, Outcome, Records, Score, Shrinkage};

const SEED: u64 = 20_261_123;

/// Forecasts of the test rows by one method.
type Said = Vec<f64>;

fn scores(rows: &[Rating]) -> Vec<Score> {
    rows.iter().map(|r| Score { user: r.user, item: r.item, field: r.category, value: r.rating }).collect()
}

fn error(rows: &[Rating], said: &[f64]) -> f64 {
    rows.iter().zip(said).map(|(r, said)| (r.rating - said) * (r.rating - said)).sum()
}

/// The shrinkage with the least error on the validation rows: without the field first, then with it.
fn chosen(learn: &[Rating], check: &[Rating], sizes: [usize; 3]) -> (Shrinkage, Shrinkage) {
    let known = scores(learn);
    let try_out = |how: &Shrinkage| {
        let offsets = Offsets::learn(&known, sizes, how);
        let said: Said = check.iter().map(|r| offsets.forecast(r.user, r.item, r.category)).collect();
        error(check, &said)
    };
    let least = |all: Vec<Shrinkage>| {
        let mut best = (f64::INFINITY, all[0]);
        for how in all {
            let error = try_out(&how);
            if error < best.0 {
                best = (error, how);
            }
        }
        best.1
    };
    let plain = least(
        [1.0, 3.0, 6.0, 10.0]
            .into_iter()
            .flat_map(|user| {
                [1.0, 2.0, 3.0, 4.0, 6.0].map(|item| Shrinkage { user, item, field: 20.0, user_field: f64::INFINITY })
            })
            .collect(),
    );
    if sizes[2] < 2 {
        return (plain, plain);
    }
    let deep = least([3.0, 6.0, 10.0, 20.0].map(|user_field| Shrinkage { user_field, ..plain }).to_vec());
    (plain, deep)
}

/// Comparability: residuals of users who judged the same things alike.
fn agreement(known: &[Rating], offsets: &Offsets, asked: &[Rating], strength: f64) -> Said {
    let residual = |r: &Rating| r.rating - offsets.forecast(r.user, r.item, r.category);
    let mut by_item: HashMap<u32, Vec<(u32, f64)>> = HashMap::new();
    let mut by_user: HashMap<u32, Vec<(u32, f64)>> = HashMap::new();
    let mut variance = 0.0;
    for r in known {
        let rest = residual(r);
        variance += rest * rest / known.len() as f64;
        by_item.entry(r.item).or_default().push((r.user, rest));
        by_user.entry(r.user).or_default().push((r.item, rest));
    }
    let mut said = vec![0.0; asked.len()];
    let mut places: Vec<usize> = (0..asked.len()).collect();
    places.sort_by_key(|n| asked[*n].user);
    let nothing = Vec::new();
    for group in places.chunk_by(|a, b| asked[*a].user == asked[*b].user) {
        let me = asked[group[0]].user;
        let mut alike: HashMap<u32, (f64, f64, f64)> = HashMap::new();
        for (item, mine) in by_user.get(&me).unwrap_or(&nothing) {
            for (other, theirs) in by_item.get(item).unwrap_or(&nothing) {
                let sums = alike.entry(*other).or_default();
                *sums = (sums.0 + mine * theirs, sums.1 + mine * mine, sums.2 + theirs * theirs);
            }
        }
        for n in group {
            let (mut sum, mut weight) = (0.0, 0.0);
            for (other, rest) in by_item.get(&asked[*n].item).unwrap_or(&nothing) {
                if let Some((product, a, b)) = alike.get(other)
                    && *other != me
                {
                    let like = (product / ((a * b).sqrt() + 3.0 * variance)).max(0.0);
                    sum += like * like * rest;
                    weight += like * like;
                }
            }
            let r = &asked[*n];
            said[*n] = offsets.forecast(r.user, r.item, r.category) + sum / (weight + strength);
        }
    }
    said
}

/// `random` (five parts) or `time` (last fifth).
pub fn measure(ratings: &Ratings, time: bool) -> anyhow::Result<Report> {
    let (mut rows, notes) = ratings.distinct();
    eprintln!("{} ratings, {notes:?}", rows.len());
    anyhow::ensure!(rows.len() >= 100, "at least 100 ratings are needed, {} found", rows.len());
    let sizes = [ratings.users, ratings.items, ratings.categories];
    let n = rows.len();
    if time {
        anyhow::ensure!(rows.iter().all(|r| r.time.is_some()), "the time protocol needs a time for every rating");
        rows.sort_by(|a, b| a.time.unwrap_or(0.0).total_cmp(&b.time.unwrap_or(0.0)));
    } else {
        Dice(SEED).shuffle(&mut rows);
    }
    let folds: Vec<(Vec<Rating>, Vec<Rating>, Vec<Rating>)> = if time {
        let (a, b) = (n * 72 / 100, n * 8 / 10);
        vec![(rows[..a].to_vec(), rows[a..b].to_vec(), rows[b..].to_vec())]
    } else {
        (0..5)
            .map(|part| {
                let test = rows[n * part / 5..n * (part + 1) / 5].to_vec();
                let rest = [&rows[..n * part / 5], &rows[n * (part + 1) / 5..]].concat();
                let cut = rest.len() / 10;
                (rest[cut..].to_vec(), rest[..cut].to_vec(), test)
            })
            .collect()
    };
    let (low, high) =
        rows.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), r| (a.min(r.rating), b.max(r.rating)));
    let names = [
        "Goodword",
        "global mean",
        "control: without the field",
        "control: fields relabelled",
        "comparability: with agreement of users",
    ];
    let (mut asked, mut said): (Vec<Rating>, Vec<Said>) = (Vec::new(), vec![Vec::new(); names.len()]);
    for (learn, check, test) in folds {
        eprintln!("part of {} ratings", test.len());
        let (plain, deep) = chosen(&learn, &check, sizes);
        let known = [learn.clone(), check.clone()].concat();
        let offsets = Offsets::learn(&scores(&known), sizes, &deep);
        let bare = Offsets::learn(&scores(&known), sizes, &plain);
        // Each thing's field exchanged for that of another thing.
        let mut other: Vec<u32> = (0..ratings.items as u32).collect();
        Dice(SEED).shuffle(&mut other);
        let mut field = vec![0; ratings.items];
        rows.iter().for_each(|r| field[other[r.item as usize] as usize] = r.category);
        let swap = |r: &Rating| Rating { category: field[r.item as usize], ..*r };
        let swapped = Offsets::learn(&scores(&known.iter().map(swap).collect::<Vec<_>>()), sizes, &deep);
        let early = Offsets::learn(&scores(&learn), sizes, &deep);
        let strengths = [0.1, 0.3, 1.0, 3.0];
        let mut best = (f64::INFINITY, strengths[0]);
        for strength in strengths {
            let found = error(&check, &agreement(&learn, &early, &check, strength));
            if found < best.0 {
                best = (found, strength);
            }
        }
        let mean = known.iter().map(|r| r.rating).sum::<f64>() / known.len() as f64;
        said[0].extend(test.iter().map(|r| offsets.forecast(r.user, r.item, r.category)));
        said[1].extend(test.iter().map(|_| mean));
        said[2].extend(test.iter().map(|r| bare.forecast(r.user, r.item, r.category)));
        said[3].extend(test.iter().map(|r| swapped.forecast(r.user, r.item, field[r.item as usize])));
        said[4].extend(agreement(&known, &offsets, &test, best.1));
        asked.extend(test);
    }
    said.iter_mut().flatten().for_each(|value| *value = value.clamp(low, high));
    let truth: Vec<f64> = asked.iter().map(|r| r.rating).collect();
    let bootstrap = Bootstrap::by(asked.iter().map(|r| r.user));
    let mut report = compared(if time { "time" } else { "random" }, &truth, &names, &said, &bootstrap);
    if ratings.rows.iter().filter(|r| r.outcome.is_some()).count() >= 100 && time {
        let (figures, baselines, note) = outcomes(&ratings.rows);
        report.parts.push(("outcome", figures));
        report.baselines.extend(baselines);
        report.notes.push(note);
    }
    Ok(report)
}

fn compared(protocol: &'static str, truth: &[f64], names: &[&str], said: &[Said], bootstrap: &Bootstrap) -> Report {
    let figures = |said: &Said| {
        let of = |w: &[f64]| [rmse(truth, said, w), mae(truth, said, w)];
        let ([a, b], [x, y]) = (of(&vec![1.0; truth.len()]), bootstrap.errors(of));
        Figures::default().with("rmse", a).with("rmse_se", x).with("mae", b).with("mae_se", y)
    };
    let mut report =
        Report { protocol, n: truth.len(), differ: ["rmse", "mae"], goodword: figures(&said[0]), ..Report::default() };
    for (name, other) in names.iter().zip(said).skip(1) {
        report.baselines.push(((*name).into(), figures(other)));
        let difference = bootstrap.intervals(|w| {
            [rmse(truth, &said[0], w) - rmse(truth, other, w), mae(truth, &said[0], w) - mae(truth, other, w)]
        });
        report.differences.push(((*name).into(), difference));
    }
    report
}

type Found = (Figures, Vec<(String, Figures)>, String);

/// The outcome of an author in a field: the last fifth by time from the first four, shrinkage and fading chosen on the
/// eight hundredths before.
fn outcomes(rows: &[Rating]) -> Found {
    let mut rows: Vec<Rating> =
        rows.iter().filter(|r| r.outcome.is_some_and(|o| o >= 1.0) && r.time.is_some()).copied().collect();
    rows.sort_by(|a, b| a.time.unwrap_or(0.0).total_cmp(&b.time.unwrap_or(0.0)));
    let n = rows.len();
    let value = |r: &Rating| r.outcome.unwrap_or(f64::NAN);
    let (a, b) = (n * 72 / 100, n * 8 / 10);
    let learn = |to: usize, how: &Fading| {
        let known: Vec<Outcome> = rows[..to]
            .iter()
            .enumerate()
            .map(|(k, r)| Outcome {
                author: r.user,
                field: r.category,
                value: value(r),
                age: (n - k) as f64 / n as f64 * 10.0,
            })
            .collect();
        Records::learn(&known, how)
    };
    let say = |to: usize, range: std::ops::Range<usize>, how: &Fading| -> Said {
        let records = learn(to, how);
        rows[range].iter().map(|r| records.forecast(r.user, r.category)).collect()
    };
    let truth = |range: std::ops::Range<usize>| rows[range].iter().map(value).collect::<Vec<f64>>();
    let check = truth(a..b);
    let ones = vec![1.0; check.len()];
    let start = Fading { author: 1.0, author_field: 4.0, field: 5.0, rate: 0.0, common_rate: 0.0 };
    let mut best = (f64::INFINITY, start);
    for author in [0.5, 1.0, 2.0] {
        for author_field in [2.0, 4.0, 8.0, f64::INFINITY] {
            for rate in [0.0, 0.3, 0.6, 1.0, 2.0] {
                for common_rate in [0.0, 0.3, 1.0, 2.0, 4.0] {
                    let how = Fading { author, author_field, rate, common_rate, ..start };
                    let found = rmse(&check, &say(a, a..b, &how), &ones);
                    if found < best.0 {
                        best = (found, how);
                    }
                }
            }
        }
    }
    let how = best.1;
    let test = truth(b..n);
    let bootstrap = Bootstrap::by(rows[b..].iter().map(|r| r.user));
    let ones = vec![1.0; test.len()];
    let figures = |said: &Said| {
        let of = |w: &[f64]| [rmse(&test, said, w), mae(&test, said, w)];
        let ([r, m], [x, y]) = (of(&ones), bootstrap.errors(of));
        Figures::default().with("rmse", r).with("rmse_se", x).with("mae", m).with("mae_se", y)
    };
    let said = say(b, b..n, &how);
    // The chance of the best outcome (1): a line from the forecast, fitted on the validation rows.
    let good = |values: &[f64]| values.iter().map(|v| f64::from(*v <= 1.0)).collect::<Vec<f64>>();
    let (was, will) = (good(&check), good(&test));
    let early = say(a, a..b, &how);
    let chance = steps(&early, &was, &said);
    let base = was.iter().sum::<f64>() / was.len().max(1) as f64;
    let sorted = order(&chance);
    let of =
        |w: &[f64]| [skill(&will, &chance, &vec![base; will.len()], w), calibration_error(&sorted, &chance, &will, w)];
    let ([brier, ece], [x, y]) = (of(&ones), bootstrap.errors(of));
    let ours = figures(&said).with("brier_skill", brier).with("brier_skill_se", x).with("ece", ece).with("ece_se", y);
    let without = |how: Fading| figures(&say(b, b..n, &how));
    let never = f64::INFINITY;
    let others = vec![
        (
            "outcome: global mean".into(),
            without(Fading { author: 1e12, author_field: never, field: 1e12, rate: 0.0, common_rate: 0.0 }),
        ),
        (
            "outcome: author mean, unshrunk".into(),
            without(Fading { author: 1e-9, author_field: never, field: 1e12, rate: 0.0, common_rate: 0.0 }),
        ),
        ("outcome control: without the field".into(), without(Fading { author_field: never, field: 1e12, ..how })),
        ("outcome control: without fading".into(), without(Fading { rate: 0.0, common_rate: 0.0, ..how })),
    ];
    (
        ours,
        others,
        format!(
            "Outcome: {} scored, chosen on validation: {how:?}; a chance is the share of outcome 1 (the best) among validation rows of like forecast.",
            test.len()
        ),
    )
}

/// Isotone chance by 15 steps of equal mass: how often `was` among earlier forecasts near this one.
fn steps(early: &[f64], was: &[f64], said: &[f64]) -> Vec<f64> {
    let order = order(early);
    let size = order.len().div_ceil(15).max(1);
    let bins: Vec<(f64, f64)> = order
        .chunks(size)
        .map(|bin| {
            let rate = bin.iter().map(|n| was[*n as usize]).sum::<f64>() / bin.len() as f64;
            (bin.last().map_or(0.0, |n| early[*n as usize]), rate)
        })
        .collect();
    said.iter().map(|value| bins[bins.partition_point(|bin| bin.0 < *value).min(bins.len() - 1)].1).collect()
}
