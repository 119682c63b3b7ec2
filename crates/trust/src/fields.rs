//! Fields of work and how related they are: what one field's trust is worth in another.

use crate::facts::Field;

/// The fields and their relatedness, as the caller's catalogue of occupations has them.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    count: u16,
    /// For each field its related fields, sorted, with strength 0 to 1.
    related: Vec<Vec<(u16, f32)>>,
    /// For each field those whose practice judges it, with strength.
    near: Vec<Vec<(u16, f32)>>,
}

impl Fields {
    /// `related`: ordered pairs "who practises the first can judge the second", with a strength from 0 to 1. Pairs
    /// outside `count`, of a field with itself, or without a positive finite strength are left out; of doubles the strongest stays.
    pub fn new(count: u16, related: impl IntoIterator<Item = (u16, u16, f32)>) -> Self {
        let mut rows = vec![Vec::new(); usize::from(count)];
        for (from, to, strength) in related {
            if from < count && to < count && from != to && strength.is_finite() && strength > 0.0 {
                rows[usize::from(from)].push((to, strength.min(1.0)));
            }
        }
        for row in &mut rows {
            row.sort_by(|a: &(u16, f32), b: &(u16, f32)| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            row.dedup_by_key(|entry| entry.0);
        }
        let mut near = vec![Vec::new(); usize::from(count)];
        for (from, row) in rows.iter().enumerate() {
            row.iter().for_each(|&(to, strength)| near[usize::from(to)].push((from as u16, strength)));
        }
        Fields { count, related: rows, near }
    }

    /// One field for everything: imported networks.
    pub fn single() -> Self {
        Fields::new(1, [])
    }

    /// How many fields there are.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// Other fields whose practice judges this one.
    pub(crate) fn practised_near(&self, field: u16) -> &[(u16, f32)] {
        self.near.get(usize::from(field)).map_or(&[], Vec::as_slice)
    }

    /// How well practice of `from` judges `to`: 1 for the same field, 0 for an unrelated one.
    pub fn relatedness(&self, from: Field, to: Field) -> f64 {
        if from == to {
            return 1.0;
        }
        let Some(row) = self.related.get(usize::from(from.0)) else { return 0.0 };
        match row.binary_search_by_key(&to.0, |entry| entry.0) {
            Ok(place) => f64::from(row[place].1),
            Err(_) => 0.0,
        }
    }
}
