//! `evaluation ratings`: things rated by people, and the outcome of an author in a field.
//!
//! The engine's part is `forecast::Offsets` (user + thing + user×field); agreement between users is not in the engine and
//! is labelled comparability. Outcomes are in `outcomes`. Shrinkage is chosen on a tenth of the training part.

use crate::bootstrap::Bootstrap;
use crate::load::{Rating, Ratings};
use crate::metrics::{mae, rmse};
use crate::network::Dice;
use crate::parallel::each;
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

/// Comparability: of each asked row the sum of the residuals of those whom the user trusts and the weight behind it. Each
/// step shares its weight among the trusted; a second step counts half.
fn trusted(
    known: &[Rating],
    offsets: &Offsets,
    asked: &[Rating],
    trust: &[(u32, u32)],
    users: usize,
) -> Vec<(f64, f64)> {
    let mut by_item: HashMap<u32, Vec<(u32, f64)>> = HashMap::new();
    for r in known {
        let rest = r.rating - offsets.forecast(r.user, r.item, r.category);
        by_item.entry(r.item).or_default().push((r.user, rest));
    }
    let mut out: Vec<Vec<u32>> = vec![Vec::new(); users];
    trust.iter().for_each(|(from, to)| out[*from as usize].push(*to));
    let share = |user: u32| 1.0 / out[user as usize].len().max(1) as f64;
    let mut sums = vec![(0.0, 0.0); asked.len()];
    let mut places: Vec<usize> = (0..asked.len()).collect();
    places.sort_by_key(|n| asked[*n].user);
    for group in places.chunk_by(|a, b| asked[*a].user == asked[*b].user) {
        let me = asked[group[0]].user;
        let mut voices: HashMap<u32, f64> = HashMap::new();
        for first in &out[me as usize] {
            *voices.entry(*first).or_default() += share(me);
            let second = 0.5 * share(me) * share(*first);
            out[*first as usize].iter().for_each(|other| *voices.entry(*other).or_default() += second);
        }
        voices.remove(&me);
        for n in group {
            for (other, rest) in by_item.get(&asked[*n].item).into_iter().flatten() {
                if let Some(voice) = voices.get(other) {
                    sums[*n] = (sums[*n].0 + voice * rest, sums[*n].1 + voice);
                }
            }
        }
    }
    sums
}

/// What the trusted add: their residuals, shrunk, times a gain.
fn heard((shrink, gain): (f64, f64), (sum, weight): (f64, f64)) -> f64 {
    gain * sum / (weight + shrink)
}

/// Shrinkage and gain with the least error on the validation rows.
fn hearing(check: &[Rating], early: &Offsets, sums: &[(f64, f64)]) -> (f64, f64) {
    let mut best = (f64::INFINITY, (0.1, 0.5));
    for how in [0.1, 0.3, 1.0, 3.0].into_iter().flat_map(|shrink| [(shrink, 0.5), (shrink, 1.0)]) {
        let forecast =
            |(r, sums): (&Rating, &(f64, f64))| early.forecast(r.user, r.item, r.category) + heard(how, *sums);
        let found = error(check, &check.iter().zip(sums).map(forecast).collect::<Said>());
        if found < best.0 {
            best = (found, how);
        }
    }
    best.1
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
    let (fields, trusting) = (ratings.categories > 1, !ratings.trust.is_empty());
    let mut names = vec!["Goodword", "global mean"];
    if fields {
        names.extend(["control: without the field", "control: fields relabelled"]);
    } else {
        names.push("control: without the rater's offset");
    }
    names.push("comparability: with agreement of users");
    if trusting {
        names.extend(["comparability: with trusted people's residuals", "control: trust relabelled"]);
    }
    // Everybody's trust handed to somebody else.
    let mut others: Vec<u32> = (0..ratings.users as u32).collect();
    Dice(SEED + 3).shuffle(&mut others);
    let relabel = |(a, b): &(u32, u32)| (others[*a as usize], others[*b as usize]);
    let relabelled: Vec<(u32, u32)> = ratings.trust.iter().map(relabel).collect();
    let found = each(folds, |(learn, check, test)| {
        let (plain, deep) = chosen(&learn, &check, sizes);
        let known = [learn.clone(), check.clone()].concat();
        let offsets = Offsets::learn(&scores(&known), sizes, &deep);
        let early = Offsets::learn(&scores(&learn), sizes, &deep);
        let mean = known.iter().map(|r| r.rating).sum::<f64>() / known.len() as f64;
        let of =
            |offsets: &Offsets| -> Said { test.iter().map(|r| offsets.forecast(r.user, r.item, r.category)).collect() };
        let mut said = vec![of(&offsets), vec![mean; test.len()]];
        if fields {
            said.push(of(&Offsets::learn(&scores(&known), sizes, &plain)));
            // Each thing's field exchanged for that of another thing.
            let mut other: Vec<u32> = (0..ratings.items as u32).collect();
            Dice(SEED).shuffle(&mut other);
            let mut field = vec![0; ratings.items];
            rows.iter().for_each(|r| field[other[r.item as usize] as usize] = r.category);
            let swap = |r: &Rating| Rating { category: field[r.item as usize], ..*r };
            let swapped = Offsets::learn(&scores(&known.iter().map(swap).collect::<Vec<_>>()), sizes, &deep);
            said.push(test.iter().map(|r| swapped.forecast(r.user, r.item, field[r.item as usize])).collect());
        } else {
            said.push(of(&Offsets::learn(&scores(&known), sizes, &Shrinkage { user: f64::INFINITY, ..plain })));
        }
        let strengths = [0.1, 0.3, 1.0, 3.0];
        let mut best = (f64::INFINITY, strengths[0]);
        for strength in strengths {
            let found = error(&check, &agreement(&learn, &early, &check, strength));
            if found < best.0 {
                best = (found, strength);
            }
        }
        said.push(agreement(&known, &offsets, &test, best.1));
        let mut reached = 0;
        for trust in [&ratings.trust, &relabelled].into_iter().filter(|_| trusting) {
            let how = hearing(&check, &early, &trusted(&learn, &early, &check, trust, ratings.users));
            let sums = trusted(&known, &offsets, &test, trust, ratings.users);
            if trust == &ratings.trust {
                reached = sums.iter().filter(|sums| sums.1 > 0.0).count();
            }
            said.push(said[0].iter().zip(sums).map(|(engine, sums)| engine + heard(how, sums)).collect());
        }
        eprintln!("part of {} ratings", test.len());
        (test, said, reached)
    });
    let (mut asked, mut said): (Vec<Rating>, Vec<Said>) = (Vec::new(), vec![Vec::new(); names.len()]);
    let mut reached = 0;
    for (test, part, of_part) in found {
        said.iter_mut().zip(part).for_each(|(all, part)| all.extend(part));
        asked.extend(test);
        reached += of_part;
    }
    said.iter_mut().flatten().for_each(|value| *value = value.clamp(low, high));
    let truth: Vec<f64> = asked.iter().map(|r| r.rating).collect();
    let bootstrap = Bootstrap::by(asked.iter().map(|r| r.user));
    let mut report = compared(if time { "time" } else { "random" }, &truth, &names, &said, &bootstrap);
    if trusting {
        report.notes.push(format!(
            "Trust: {} edges; {:.1} % of the scored ratings are of things that somebody trusted (directly or through one \
             other) has rated.{}",
            ratings.trust.len(),
            100.0 * reached as f64 / asked.len() as f64,
            if time { " Trust has no dates: some of it may be later than the ratings." } else { "" }
        ));
    }
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
