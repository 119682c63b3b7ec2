//! An additive model of main effects and pairs, learnt by gradient boosting with trees of at most two questions.
//!
//! A tree that asks about one fact and then, in each branch, about one other is a sum of two functions of two facts
//! each; so the whole model is a sum of functions of at most two facts (a GA²M, Lou et al. 2013), and each forecast
//! is the exact sum of its parts. Nothing is drawn at random: the same rows give the same model.

use super::binned::{BINS, Binned};

/// With fewer rows a straight line in one fact comes first, and the number of trees is what does best on rows held out of
/// them: 400 trees learn their noise. (On the first half of Bitcoin OTC more rows did better without either.)
const FEW: usize = 4_000;
/// Of so many rows one is held out for that.
const HELD_OUT: usize = 5;
/// Trees without anything gained before the search for their number ends.
const PATIENCE: usize = 40;

/// What is forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A number; squared error.
    Value,
    /// 0 or 1 (or between); logistic loss, scores are log-odds.
    Chance,
}

/// Size of the model and how carefully it is learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// How many trees.
    pub rounds: usize,
    /// Share of each tree's answer that is believed.
    pub rate: f64,
    /// Least weight of rows in a leaf.
    pub leaf: f64,
    /// Rows' worth of "no effect" in every leaf.
    pub ridge: f64,
    /// Whether a second question may follow the first (pairs of facts).
    pub pairs: bool,
}

impl Default for Learning {
    /// Chosen on the first half of Bitcoin OTC.
    fn default() -> Self {
        Self { rounds: 400, rate: 0.05, leaf: 20.0, ridge: 5.0, pairs: true }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    feature: u16,
    cut: f64,
}

/// Two levels; a branch without a second question has the same answer on both sides.
#[derive(Clone, Copy, Debug, Default)]
struct Tree {
    root: Node,
    branch: [Node; 2],
    middle: [f64; 2],
    leaf: [f64; 4],
}

impl Node {
    /// Unknown facts go left.
    fn right(&self, row: &[f64]) -> usize {
        usize::from(row.get(usize::from(self.feature)).is_some_and(|value| *value > self.cut))
    }
}

/// One fact that the score follows in a straight line before any tree is grown.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    feature: usize,
    /// Where it adds nothing, as of rows without the fact.
    mean: f64,
    slope: f64,
}

impl Line {
    fn at(&self, row: &[f64]) -> f64 {
        match row.get(self.feature) {
            Some(value) if value.is_finite() => self.slope * (value - self.mean),
            _ => 0.0,
        }
    }
}

/// A learnt sum of functions of one or two facts.
#[derive(Clone, Debug, Default)]
pub struct Additive {
    learnt: bool,
    base: f64,
    line: Option<Line>,
    trees: Vec<Tree>,
}

/// The rows that are learnt from.
struct Known<'a> {
    rows: &'a [f64],
    width: usize,
    kept: Vec<u32>,
    target: Vec<f64>,
    weight: Vec<f64>,
    loss: Loss,
}

impl Known<'_> {
    fn row(&self, n: usize) -> &[f64] {
        let start = self.kept[n] as usize * self.width;
        &self.rows[start..start + self.width]
    }

    /// The part of them that `wanted` picks.
    fn part(&self, wanted: impl Fn(usize) -> bool) -> Self {
        fn pick<T: Copy>(all: &[T], wanted: &impl Fn(usize) -> bool) -> Vec<T> {
            all.iter().enumerate().filter(|(n, _)| wanted(*n)).map(|(_, value)| *value).collect()
        }
        Self {
            kept: pick(&self.kept, &wanted),
            target: pick(&self.target, &wanted),
            weight: pick(&self.weight, &wanted),
            ..*self
        }
    }

    /// Slope and curvature of the loss of one row at a score.
    fn bend(&self, n: usize, score: f64) -> [f64; 2] {
        let (target, weight) = (self.target[n], self.weight[n]);
        match self.loss {
            Loss::Value => [weight * (target - score), weight],
            Loss::Chance => {
                let chance = 1.0 / (1.0 + libm::exp(-score));
                [weight * (target - chance), weight * (chance * (1.0 - chance)).max(1e-6)]
            }
        }
    }

    fn error(&self, n: usize, score: f64) -> f64 {
        let (target, weight) = (self.target[n], self.weight[n]);
        match self.loss {
            Loss::Value => weight * (target - score) * (target - score),
            // ln(1 + e^s) − t s, without overflow.
            Loss::Chance => weight * (score.max(0.0) + libm::log1p(libm::exp(-score.abs())) - target * score),
        }
    }

    /// The best constant and, if asked for, the best line in one fact beside it.
    fn start(&self, line: Option<usize>) -> Additive {
        let (sum, all) = self.target.iter().zip(&self.weight).fold((0.0, 0.0), |(s, a), (t, w)| (s + t * w, a + w));
        let mean = sum / all;
        let base = match self.loss {
            Loss::Value => mean,
            Loss::Chance => {
                let mean = mean.clamp(1e-4, 1.0 - 1e-4);
                libm::log(mean / (1.0 - mean))
            }
        };
        let mut model = Additive { learnt: true, base, line: None, trees: Vec::new() };
        let Some(feature) = line else { return model };
        let known: Vec<f64> = (0..self.kept.len()).map(|n| self.row(n)[feature]).filter(|x| x.is_finite()).collect();
        if known.is_empty() {
            return model;
        }
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let mut line = Line { feature, mean, slope: 0.0 };
        // Newton's steps in two unknowns, the slope held back as by one row.
        for _ in 0..25 {
            let (mut g, mut h) = ([0.0; 2], [1e-9, 0.0, 1.0]);
            for n in 0..self.kept.len() {
                let x = Line { slope: 1.0, ..line }.at(self.row(n));
                let [pull, bend] = self.bend(n, model.base + line.slope * x);
                g = [g[0] + pull, g[1] + pull * x];
                h = [h[0] + bend, h[1] + bend * x, h[2] + bend * x * x];
            }
            g[1] -= line.slope;
            let fixed = h[0] * h[2] - h[1] * h[1];
            let step = [(g[0] * h[2] - g[1] * h[1]) / fixed, (g[1] * h[0] - g[0] * h[1]) / fixed];
            if step.iter().any(|step| !step.is_finite()) {
                break;
            }
            // A step of logistic loss may overshoot: no more than 2 in log-odds at once.
            model.base = (model.base + step[0].clamp(-2.0, 2.0)).clamp(-15.0, 15.0);
            line.slope = (line.slope + step[1].clamp(-20.0, 20.0)).clamp(-100.0, 100.0);
            if step.iter().all(|step| step.abs() < 1e-10) {
                break;
            }
        }
        model.line = Some(line);
        model
    }
}

#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    bin: usize,
    left: (f64, f64),
    all: (f64, f64),
}

impl Additive {
    /// Learns from `rows` (each of `width` facts, NaN where unknown) what `target` was; `line`: the fact that the score
    /// follows in a straight line before any tree is grown, where rows are few. Rows with a target that is not finite are
    /// passed over.
    pub fn learn(
        rows: &[f64],
        width: usize,
        target: &[f64],
        weight: &[f64],
        (loss, line): (Loss, Option<usize>),
        how: &Learning,
    ) -> Self {
        let usable = |n: usize| target[n].is_finite() && weight.get(n).is_none_or(|w| w.is_finite() && *w > 0.0);
        let count = target.len().min(rows.len().checked_div(width).unwrap_or(0));
        let kept: Vec<u32> = (0..count as u32).filter(|n| usable(*n as usize)).collect();
        if kept.is_empty() {
            return Self::default();
        }
        let target: Vec<f64> = kept.iter().map(|n| target[*n as usize]).collect();
        let weight: Vec<f64> = kept.iter().map(|n| weight.get(*n as usize).copied().unwrap_or(1.0)).collect();
        let known = Known { rows, width, kept, target, weight, loss };
        if known.kept.len() >= FEW {
            return Self::grown(&known, None, how, how.rounds, |_| true);
        }
        let line = line.filter(|feature| *feature < width);
        let rounds = Self::rounds(&known, line, how);
        Self::grown(&known, line, how, rounds, |_| true)
    }

    /// Grows up to so many trees, while `more` says so of each.
    fn grown(
        known: &Known<'_>,
        line: Option<usize>,
        how: &Learning,
        rounds: usize,
        mut more: impl FnMut(&Self) -> bool,
    ) -> Self {
        let mut model = known.start(line);
        if rounds == 0 {
            return model;
        }
        let binned = Binned::of(known.rows, known.width, &known.kept);
        let mut score: Vec<f64> = (0..known.kept.len()).map(|n| model.score(known.row(n))).collect();
        let mut slope = vec![[0.0_f64; 2]; score.len()];
        for _ in 0..rounds {
            (0..score.len()).for_each(|n| slope[n] = known.bend(n, score[n]));
            let Some(tree) = grow(&binned, &slope, how, known.loss, &mut score) else { break };
            model.trees.push(tree);
            if !more(&model) {
                break;
            }
        }
        model
    }

    /// How many trees do best on every fifth row when they are grown from the others.
    fn rounds(known: &Known<'_>, line: Option<usize>, how: &Learning) -> usize {
        let held_out = |n: usize| n % HELD_OUT == HELD_OUT - 1;
        let (learn, check) = (known.part(|n| !held_out(n)), known.part(held_out));
        if check.kept.is_empty() {
            return 0;
        }
        let start = learn.start(line);
        let mut score: Vec<f64> = (0..check.kept.len()).map(|n| start.score(check.row(n))).collect();
        let error = |score: &[f64]| score.iter().enumerate().map(|(n, score)| check.error(n, *score)).sum::<f64>();
        let mut best = (0, error(&score));
        Self::grown(&learn, line, how, how.rounds, |model| {
            let Some(tree) = model.trees.last() else { return false };
            score.iter_mut().enumerate().for_each(|(n, score)| *score += tree.answer(check.row(n)).0);
            let found = error(&score);
            if found < best.1 {
                best = (model.trees.len(), found);
            }
            model.trees.len() < best.0 + PATIENCE
        });
        best.0
    }

    /// The forecast: a value, or log-odds.
    pub fn score(&self, row: &[f64]) -> f64 {
        let line = self.line.map_or(0.0, |line| line.at(row));
        self.base + line + self.trees.iter().map(|tree| tree.answer(row).0).sum::<f64>()
    }

    /// The forecast and what each fact added to it; the parts and the first number (what is said without any fact)
    /// sum to the score. The second question's part goes to the fact it asks about.
    pub fn parts(&self, row: &[f64]) -> (f64, Vec<f64>) {
        let mut parts = vec![0.0; row.len()];
        if let Some((line, part)) = self.line.and_then(|line| Some((line, parts.get_mut(line.feature)?))) {
            *part += line.at(row);
        }
        for tree in &self.trees {
            let (leaf, side, middle) = tree.answer(row);
            if let Some(part) = parts.get_mut(usize::from(tree.root.feature)) {
                *part += middle;
            }
            if let Some(part) = parts.get_mut(usize::from(tree.branch[side].feature)) {
                *part += leaf - middle;
            }
        }
        (self.base, parts)
    }

    /// Whether anything has been learnt.
    pub fn is_empty(&self) -> bool {
        !self.learnt
    }
}

impl Tree {
    fn answer(&self, row: &[f64]) -> (f64, usize, f64) {
        let side = self.root.right(row);
        (self.leaf[side * 2 + self.branch[side].right(row)], side, self.middle[side])
    }
}

fn grow(binned: &Binned, slope: &[[f64; 2]], how: &Learning, loss: Loss, score: &mut [f64]) -> Option<Tree> {
    // A leaf's least weight counts rows; under logistic loss a row weighs at most a quarter.
    let leaf = if loss == Loss::Chance { how.leaf * 0.05 } else { how.leaf };
    let ridge = if loss == Loss::Chance { how.ridge * 0.2 } else { how.ridge };
    let step = |(g, h): (f64, f64)| how.rate * g / (h + ridge);
    let whole = binned.histogram(slope, None);
    let root = best(&whole, leaf, ridge)?;
    let right = (root.all.0 - root.left.0, root.all.1 - root.left.1);
    let mut tree = Tree {
        root: Node { feature: root.feature as u16, cut: binned.cut(root.feature, root.bin) },
        middle: [step(root.left), step(right)],
        leaf: [step(root.left), step(root.left), step(right), step(right)],
        ..Tree::default()
    };
    let codes = binned.codes(root.feature);
    let mut bins = [None, None];
    if how.pairs {
        let sides: [Vec<u32>; 2] = [false, true].map(|side| {
            (0..codes.len() as u32).filter(|n| (usize::from(codes[*n as usize]) > root.bin) == side).collect()
        });
        let small = usize::from(sides[1].len() < sides[0].len());
        let mut histograms = [Vec::new(), Vec::new()];
        histograms[small] = binned.histogram(slope, Some(&sides[small]));
        histograms[1 - small] = whole.iter().zip(&histograms[small]).map(|(a, b)| [a[0] - b[0], a[1] - b[1]]).collect();
        for side in 0..2 {
            if let Some(split) = best(&histograms[side], leaf, ridge) {
                tree.branch[side] = Node { feature: split.feature as u16, cut: binned.cut(split.feature, split.bin) };
                tree.leaf[side * 2] = step(split.left);
                tree.leaf[side * 2 + 1] = step((split.all.0 - split.left.0, split.all.1 - split.left.1));
                bins[side] = Some(split);
            }
        }
    }
    for (branch, split) in tree.branch.iter_mut().zip(&bins) {
        if split.is_none() {
            *branch = tree.root;
        }
    }
    for (n, score) in score.iter_mut().enumerate() {
        let side = usize::from(usize::from(codes[n]) > root.bin);
        let second = bins[side].is_some_and(|split| usize::from(binned.codes(split.feature)[n]) > split.bin);
        *score += tree.leaf[side * 2 + usize::from(second)];
    }
    Some(tree)
}

fn best(histogram: &[[f64; 2]], leaf: f64, ridge: f64) -> Option<Split> {
    let worth = |(g, h): (f64, f64)| g * g / (h + ridge);
    let mut found: Option<Split> = None;
    for (feature, bins) in histogram.chunks_exact(BINS).enumerate() {
        let all = bins.iter().fold((0.0, 0.0), |(g, h), bin| (g + bin[0], h + bin[1]));
        let mut left = (0.0, 0.0);
        for (bin, [g, h]) in bins[..BINS - 1].iter().enumerate() {
            if *h == 0.0 {
                continue;
            }
            left = (left.0 + g, left.1 + h);
            let right = (all.0 - left.0, all.1 - left.1);
            if left.1 < leaf {
                continue;
            }
            if right.1 < leaf {
                break;
            }
            let gain = worth(left) + worth(right) - worth(all);
            if gain > 1e-9 && found.is_none_or(|best| gain > best.gain) {
                found = Some(Split { gain, feature, bin, left, all });
            }
        }
    }
    found
}
