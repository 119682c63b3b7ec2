//! Facts cut into at most 63 bins of equal mass, so that a question about a fact is a question about a bin.

/// Bin 0 holds the unknown; the others rising values.
pub(super) const BINS: usize = 64;

/// The facts of all rows as bins, one column after the other.
pub(super) struct Binned {
    rows: usize,
    codes: Vec<u8>,
    cuts: Vec<Vec<f64>>,
    /// Facts that no row knows: nothing can be asked about them.
    blank: Vec<bool>,
}

impl Binned {
    pub fn of(rows: &[f64], width: usize, kept: &[u32]) -> Self {
        let mut codes = vec![0_u8; width * kept.len()];
        let (mut cuts, mut blank) = (Vec::with_capacity(width), Vec::with_capacity(width));
        for feature in 0..width {
            let value = |n: &u32| rows[*n as usize * width + feature];
            let mut known: Vec<f64> = kept.iter().map(value).filter(|value| !value.is_nan()).collect();
            known.sort_by(f64::total_cmp);
            let mut edges: Vec<f64> =
                (1..BINS - 1).filter_map(|n| known.get(n * known.len() / (BINS - 1)).copied()).collect();
            edges.dedup();
            // The greatest value needs no edge above it.
            if edges.last().is_some_and(|last| known.last().is_some_and(|most| last >= most)) {
                edges.pop();
            }
            for (code, n) in codes[feature * kept.len()..].iter_mut().zip(kept) {
                let value = value(n);
                *code = if value.is_nan() { 0 } else { 1 + edges.partition_point(|edge| *edge < value) as u8 };
            }
            cuts.push(edges);
            blank.push(known.is_empty());
        }
        Self { rows: kept.len(), codes, cuts, blank }
    }

    pub fn codes(&self, feature: usize) -> &[u8] {
        &self.codes[feature * self.rows..(feature + 1) * self.rows]
    }

    /// Values up to this one (and unknown ones) are in bins up to `bin`.
    pub fn cut(&self, feature: usize, bin: usize) -> f64 {
        if bin == 0 { f64::NEG_INFINITY } else { self.cuts[feature].get(bin - 1).copied().unwrap_or(f64::INFINITY) }
    }

    /// Sums of slope and curvature per feature and bin, of all rows or of the listed ones.
    pub fn histogram(&self, slope: &[[f64; 2]], listed: Option<&[u32]>) -> Vec<[f64; 2]> {
        let mut sums = vec![[0.0; 2]; self.cuts.len() * BINS];
        for (feature, sums) in sums.chunks_exact_mut(BINS).enumerate() {
            if self.blank[feature] {
                continue;
            }
            let codes = self.codes(feature);
            let mut add = |code: u8, [g, h]: [f64; 2]| {
                let bin = &mut sums[usize::from(code) % BINS];
                bin[0] += g;
                bin[1] += h;
            };
            match listed {
                None => codes.iter().zip(slope).for_each(|(code, slope)| add(*code, *slope)),
                Some(listed) => listed.iter().for_each(|n| add(codes[*n as usize], slope[*n as usize])),
            }
        }
        sums
    }
}
