//! `evaluation ratings`: things rated by people, and the outcome of an author in a field.
//!
//! The engine's part is `forecast::Offsets` (user + thing + user×field); agreement between users is not in the engine and
//! is labelled comparability. Outcomes are in `outcomes`. Shrinkage is chosen on a tenth of the training part.

use crate::bootstrap::Bootstrap;
use crate::load::{Rating, Ratings};
use crate::metrics::{mae, rmse};
use crate::network::Dice;
use crate::report::{Figures, Report};
use std::collections::HashMap;
use trust::forecast::{Offsets, Score, Shrinkage};

const SEED: u64 = 20_261_123;

/// Forecasts of the test rows by one method.
pub type Said = Vec<f64>;

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
    eprintln!("{} ratings; {notes}", rows.len());
    ratings.said.iter().for_each(|said| eprintln!("{said}"));
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
    if time && ratings.rows.iter().filter(|r| r.outcome.is_some()).count() >= 100 {
        crate::outcomes::add(&ratings.rows, &mut report);
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
