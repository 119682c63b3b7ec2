//! An additive model of main effects and pairs, learnt by gradient boosting with trees of at most two questions.
//!
//! A tree that asks about one fact and then, in each branch, about one other is a sum of two functions of two facts
//! each; so the whole model is a sum of functions of at most two facts (a GA²M, Lou et al. 2013), and each forecast
//! is the exact sum of its parts. Nothing is drawn at random: the same rows give the same model.

use super::binned::{BINS, Binned};

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

/// A learnt sum of functions of one or two facts.
#[derive(Clone, Debug, Default)]
pub struct Additive {
    base: f64,
    trees: Vec<Tree>,
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
    /// Learns from `rows` (each of `width` facts, NaN where unknown) what `target` was. Rows with a target that is
    /// not finite are passed over.
    pub fn learn(rows: &[f64], width: usize, target: &[f64], weight: &[f64], loss: Loss, how: &Learning) -> Self {
        let usable = |n: usize| target[n].is_finite() && weight.get(n).is_none_or(|w| w.is_finite() && *w > 0.0);
        let count = target.len().min(rows.len().checked_div(width).unwrap_or(0));
        let kept: Vec<u32> = (0..count as u32).filter(|n| usable(*n as usize)).collect();
        if kept.is_empty() {
            return Self::default();
        }
        let target: Vec<f64> = kept.iter().map(|n| target[*n as usize]).collect();
        let weight: Vec<f64> = kept.iter().map(|n| weight.get(*n as usize).copied().unwrap_or(1.0)).collect();
        let (sum, all) = target.iter().zip(&weight).fold((0.0, 0.0), |(s, a), (t, w)| (s + t * w, a + w));
        let mean = sum / all;
        let base = match loss {
            Loss::Value => mean,
            Loss::Chance => {
                let mean = mean.clamp(1e-4, 1.0 - 1e-4);
                libm::log(mean / (1.0 - mean))
            }
        };
        let binned = Binned::of(rows, width, &kept);
        let mut model = Self { base, trees: Vec::with_capacity(how.rounds) };
        let mut score = vec![base; kept.len()];
        let mut slope = vec![[0.0_f64; 2]; kept.len()];
        for _ in 0..how.rounds {
            for n in 0..kept.len() {
                slope[n] = match loss {
                    Loss::Value => [weight[n] * (target[n] - score[n]), weight[n]],
                    Loss::Chance => {
                        let chance = 1.0 / (1.0 + libm::exp(-score[n]));
                        [weight[n] * (target[n] - chance), weight[n] * (chance * (1.0 - chance)).max(1e-6)]
                    }
                };
            }
            let Some(tree) = grow(&binned, &slope, how, loss, &mut score) else { break };
            model.trees.push(tree);
        }
        model
    }

    /// The forecast: a value, or log-odds.
    pub fn score(&self, row: &[f64]) -> f64 {
        self.base + self.trees.iter().map(|tree| tree.answer(row).0).sum::<f64>()
    }

    /// The forecast and what each fact added to it; the parts and the first number (what is said without any fact)
    /// sum to the score. The second question's part goes to the fact it asks about.
    pub fn parts(&self, row: &[f64]) -> (f64, Vec<f64>) {
        let mut parts = vec![0.0; row.len()];
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
        self.trees.is_empty()
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
