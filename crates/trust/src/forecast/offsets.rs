//! Things rated by people: mean + user's offset + thing's quality + user's offset in the field, all shrunk (ridge).

/// One rating of a thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Who rates.
    pub user: u32,
    /// What is rated.
    pub item: u32,
    /// The field the thing belongs to.
    pub field: u32,
    /// The rating.
    pub value: f64,
}

/// How many ratings' worth of "nothing special" each offset starts with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shrinkage {
    /// For users.
    pub user: f64,
    /// For things.
    pub item: f64,
    /// For fields.
    pub field: f64,
    /// For a user in a field; infinite leaves the field out.
    pub user_field: f64,
}

/// Learnt offsets.
#[derive(Clone, Debug, Default)]
pub struct Offsets {
    mean: f64,
    users: Vec<f64>,
    items: Vec<f64>,
    fields: Vec<f64>,
    user_fields: super::history::Map<u64, f64>,
}

impl Offsets {
    /// Learns by turns, 15 rounds. Rows without a finite value, or numbered beyond the sizes, are passed over.
    pub fn learn(rows: &[Score], [users, items, fields]: [usize; 3], how: &Shrinkage) -> Self {
        let rows: Vec<Score> = rows
            .iter()
            .filter(|r| {
                r.value.is_finite()
                    && (r.user as usize) < users
                    && (r.item as usize) < items
                    && (r.field as usize) < fields
            })
            .copied()
            .collect();
        let mean = rows.iter().map(|r| r.value).sum::<f64>() / rows.len().max(1) as f64;
        let mut all = Self {
            mean,
            users: vec![0.0; users],
            items: vec![0.0; items],
            fields: vec![0.0; fields],
            ..Self::default()
        };
        let mut keys = super::history::Map::default();
        let cells: Vec<u32> = rows
            .iter()
            .map(|r| {
                let next = keys.len() as u32;
                *keys.entry(super::history::pair(r.user, r.field)).or_insert(next)
            })
            .collect();
        let mut deep = vec![0.0; keys.len()];
        let column = |key: fn(&Score) -> u32| rows.iter().map(key).collect::<Vec<u32>>();
        let (by_user, by_item, by_field) = (column(|r| r.user), column(|r| r.item), column(|r| r.field));
        for _ in 0..15 {
            let rest = |n: usize, all: &Self, deep: &[f64]| {
                let r = &rows[n];
                r.value
                    - mean
                    - all.users[r.user as usize]
                    - all.items[r.item as usize]
                    - all.fields[r.field as usize]
                    - deep[cells[n] as usize]
            };
            let turn = |key: &[u32], now: &[f64], shrink: f64, all: &Self, deep: &[f64]| {
                let mut sums = vec![(0.0, 0.0); now.len()];
                for (n, key) in key.iter().enumerate() {
                    let sum = &mut sums[*key as usize];
                    *sum = (sum.0 + rest(n, all, deep) + now[*key as usize], sum.1 + 1.0);
                }
                sums.iter().map(|(sum, count)| sum / (count + shrink).max(1e-9)).collect::<Vec<f64>>()
            };
            all.fields = turn(&by_field, &all.fields, how.field, &all, &deep);
            all.items = turn(&by_item, &all.items, how.item, &all, &deep);
            all.users = turn(&by_user, &all.users, how.user, &all, &deep);
            if how.user_field.is_finite() {
                deep = turn(&cells, &deep, how.user_field, &all, &deep);
            }
        }
        all.user_fields = keys.into_iter().map(|(key, cell)| (key, deep[cell as usize])).collect();
        all
    }

    /// What the user is expected to say of the thing, as its five parts: mean, user, thing, field, user in the field.
    pub fn parts(&self, user: u32, item: u32, field: u32) -> [f64; 5] {
        let of = |all: &[f64], n: u32| all.get(n as usize).copied().unwrap_or(0.0);
        let deep = self.user_fields.get(&super::history::pair(user, field)).copied().unwrap_or(0.0);
        [self.mean, of(&self.users, user), of(&self.items, item), of(&self.fields, field), deep]
    }

    /// Their sum.
    pub fn forecast(&self, user: u32, item: u32, field: u32) -> f64 {
        self.parts(user, item, field).iter().sum()
    }
}
