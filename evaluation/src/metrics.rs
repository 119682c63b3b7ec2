//! Figures of merit, each weighted so that the bootstrap can repeat or leave out rows.

/// Area under the ROC curve; ties count half. `order` sorts the rows by score ([`order`]). NaN if a class is empty.
pub fn auc(order: &[u32], scores: &[f64], good: &[bool], weights: &[f64]) -> f64 {
    let (mut below, mut won, mut goods) = (0.0, 0.0, 0.0);
    let mut n = 0;
    // Scores that are not numbers are ties among themselves.
    let tied = |a: f64, b: f64| a == b || a.total_cmp(&b).is_eq();
    while n < order.len() {
        let (mut tied_good, mut tied_bad) = (0.0, 0.0);
        let score = scores[order[n] as usize];
        while n < order.len() && tied(scores[order[n] as usize], score) {
            let row = order[n] as usize;
            if good[row] {
                tied_good += weights[row];
            } else {
                tied_bad += weights[row];
            }
            n += 1;
        }
        won += tied_good * (below + 0.5 * tied_bad);
        below += tied_bad;
        goods += tied_good;
    }
    won / (goods * below)
}

/// Rows by rising score.
pub fn order(scores: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
    order
}

/// Root of the weighted mean squared error.
pub fn rmse(truth: &[f64], forecast: &[f64], weights: &[f64]) -> f64 {
    mean(truth.iter().zip(forecast).map(|(t, f)| (t - f) * (t - f)), weights).sqrt()
}

/// Weighted mean absolute error.
pub fn mae(truth: &[f64], forecast: &[f64], weights: &[f64]) -> f64 {
    mean(truth.iter().zip(forecast).map(|(t, f)| (t - f).abs()), weights)
}

/// Weighted mean; NaN without weight.
pub fn mean(values: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
    let (sum, weight) = values.zip(weights).fold((0.0, 0.0), |(sum, all), (value, w)| (sum + value * w, all + w));
    sum / weight
}

/// Mean of the F1 of both classes when rows scored above `threshold` are called good.
pub fn macro_f1(scores: &[f64], good: &[bool], threshold: f64, weights: &[f64]) -> f64 {
    let (mut tp, mut fp, mut fn_, mut tn) = (0.0, 0.0, 0.0, 0.0);
    for ((score, good), weight) in scores.iter().zip(good).zip(weights) {
        match (*score > threshold, *good) {
            (true, true) => tp += weight,
            (true, false) => fp += weight,
            (false, true) => fn_ += weight,
            (false, false) => tn += weight,
        }
    }
    let half = |hits: f64, misses: f64| if hits + misses > 0.0 { hits / (2.0 * hits + misses) } else { 0.0 };
    half(tp, fp + fn_) + half(tn, fp + fn_)
}

/// The threshold among 60 quantiles (.5 % to 60 %) with the best macro-F1: to be called on validation rows only.
pub fn best_threshold(scores: &[f64], good: &[bool]) -> f64 {
    let order = order(scores);
    let ones = vec![1.0; scores.len()];
    let mut best = (0.0, -1.0);
    for n in 0..60 {
        let share = 0.005 + (0.6 - 0.005) * f64::from(n) / 59.0;
        let Some(row) = order.get((share * (order.len().max(1) - 1) as f64) as usize) else { break };
        let threshold = scores[*row as usize];
        let figure = macro_f1(scores, good, threshold, &ones);
        if figure > best.1 {
            best = (threshold, figure);
        }
    }
    best.0
}

/// Expected calibration error over 15 bins of equal mass: the mean over the bins of |mean forecast − share of good|.
pub fn calibration_error(order: &[u32], chances: &[f64], truth: &[f64], weights: &[f64]) -> f64 {
    const BINS: usize = 15;
    let total: f64 = weights.iter().sum();
    let (mut error, mut sum, mut forecast) = (0.0, 0.0, 0.0);
    let (mut passed, mut bin) = (0.0, 1);
    for (n, row) in order.iter().map(|row| *row as usize).enumerate() {
        sum += truth[row] * weights[row];
        forecast += chances[row] * weights[row];
        passed += weights[row];
        if passed >= total * bin as f64 / BINS as f64 || n + 1 == order.len() {
            error += (sum - forecast).abs() / total;
            (sum, forecast) = (0.0, 0.0);
            bin += 1;
        }
    }
    error
}

/// 1 − (mean squared error of the forecast)/(that of `naive`): above 0 is better than the base rate.
pub fn skill(truth: &[f64], forecast: &[f64], naive: &[f64], weights: &[f64]) -> f64 {
    let square = |f: &[f64]| mean(truth.iter().zip(f).map(|(t, f)| (t - f) * (t - f)), weights);
    1.0 - square(forecast) / square(naive)
}

/// Standard deviation (n − 1); NaN of fewer than two values.
pub fn deviation(values: &[f64]) -> f64 {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if values.len() < 2 {
        return f64::NAN;
    }
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
        / values.len().saturating_sub(1).max(1) as f64)
        .sqrt()
}

/// The 2.5 % and 97.5 % quantiles.
pub fn interval(values: &[f64]) -> (f64, f64) {
    let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(place).copied().unwrap_or(f64::NAN)
    };
    (at(0.025), at(0.975))
}
