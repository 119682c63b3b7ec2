//! What the levels of a certificate are worth, and how weights are scaled.

use super::Fault;
use super::certificates::Certificate;
use std::collections::HashSet;

/// How weights are scaled.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// The greatest absolute weight counts as 1 (rounded up to 1, 5, 10 or 100 if it is not above that).
    Detected,
    /// Weights are divided by this.
    By(f64),
    /// Worth of the four certificate levels of a DOT file, the least first.
    Levels([f64; 4]),
    /// Worth of each level by its name in lower case.
    Named(Vec<(String, f64)>),
}

/// .4, .6, .8, 1.
const PLAIN: [f64; 4] = [0.4, 0.6, 0.8, 1.0];
/// Orders of four levels this program knows: Advogato's, and OpenPGP's, where several words mean the least.
const ORDERS: [(&str, [&[&str]; 4]); 2] = [
    ("Advogato's", [&["observer"], &["apprentice"], &["journeyer", "journeyman"], &["master"]]),
    (
        "OpenPGP's",
        [&["unknown", "undefined", "none", "never"], &["marginal", "marginally"], &["full", "fully"], &["ultimate"]],
    ),
];

impl Scale {
    /// .1, .4, .7, .9: the scale of MATRI (Yao et al. 2013).
    pub const MATRI: Self = Self::Levels([0.1, 0.4, 0.7, 0.9]);
}

impl std::str::FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "\"{text}\" is neither a number above 0, \"matri\", four levels from -1 to 1 such as .4,.6,.8,1, nor \
                 levels by name such as low=.4,high=1"
            )
        };
        if text == "matri" {
            return Ok(Self::MATRI);
        }
        let number = |n: &str| n.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(wrong);
        let level = |n: &str| number(n).and_then(|n| if n.abs() <= 1.0 { Ok(n) } else { Err(wrong()) });
        if text.contains('=') {
            let pair = |part: &str| {
                let (name, worth) = part.rsplit_once('=').ok_or_else(wrong)?;
                Ok((name.trim().to_lowercase(), level(worth)?))
            };
            return text.split(',').map(pair).collect::<Result<_, _>>().map(Self::Named);
        }
        match text.split(',').collect::<Vec<_>>()[..] {
            [by] => number(by).and_then(|by| if by > 0.0 { Ok(Self::By(by)) } else { Err(wrong()) }),
            [a, b, c, d] => Ok(Self::Levels([level(a)?, level(b)?, level(c)?, level(d)?])),
            _ => Err(wrong()),
        }
    }
}

/// Worth of each level found, and of all levels of the scale.
type Table<'a> = (Vec<(&'a str, f64)>, Vec<f64>);

/// What each edge is worth, above what worth an edge is a recommendation, and what was assumed.
pub struct Worth {
    pub weights: Vec<f64>,
    pub threshold: f64,
    pub said: Vec<String>,
}

/// Weighs the edges of a certificate graph. An edge without a level is worth 1.
pub fn weigh(edges: &[Certificate<'_>], scale: &Scale) -> Result<Worth, Fault> {
    let mut seen = HashSet::new();
    let levels = edges.iter().filter_map(|edge| edge.level.as_deref());
    let names: Vec<&str> = levels.filter(|level| seen.insert(*level)).collect();
    let bare = edges.iter().filter(|edge| edge.level.is_none()).count();
    let mut said = Vec::new();
    if bare > 0 {
        said.push(format!("{bare} edges without a level count as 1"));
    }
    let numbers: Option<Vec<f64>> = names.iter().map(|name| name.parse().ok()).collect();
    let numbers = numbers.filter(|numbers| !numbers.is_empty() && !matches!(scale, Scale::Named(_)));
    let (table, worths) = match (&numbers, scale) {
        (Some(numbers), _) => match four(edges, numbers, scale) {
            Some(first) => {
                let worths = given(scale);
                said.push(format!("levels {first} to {} are taken for certificates worth {worths:?}", first + 3.0));
                let of = |n: f64| worths[((n - first) as usize).min(3)];
                (names.iter().zip(numbers).map(|(name, n)| (*name, of(*n))).collect(), worths.to_vec())
            }
            None => return by_number(edges, scale, said),
        },
        (None, Scale::Named(worth)) => {
            let worth: Vec<(&str, f64)> = worth.iter().map(|(name, worth)| (name.as_str(), *worth)).collect();
            let worths = worth.iter().map(|level| level.1).collect();
            (worth, worths)
        }
        (None, Scale::By(_)) if !names.is_empty() => {
            let first = names[0];
            return Err(Fault::Whole(format!(
                "the level \"{first}\" cannot be divided: give --scale {first}=1 and so on"
            )));
        }
        (None, _) => in_order(&names, scale, &mut said)?,
    };
    let worth = |edge: &Certificate<'_>| match &edge.level {
        None => Ok(1.0),
        Some(level) => table.iter().find(|known| known.0 == level).map(|known| known.1).ok_or_else(|| {
            let known: Vec<&str> = table.iter().take(20).map(|known| known.0).collect();
            Fault::Line(edge.line, format!("the level \"{level}\" is none of {}", known.join(", ")))
        }),
    };
    let weights = edges.iter().map(worth).collect::<Result<Vec<f64>, Fault>>()?;
    Ok(Worth { threshold: better_half(worths), weights, said })
}

fn given(scale: &Scale) -> [f64; 4] {
    if let Scale::Levels(worths) = scale { *worths } else { PLAIN }
}

/// The least of the certificate levels 0 to 3 or 1 to 4, if the numbers are these.
fn four(edges: &[Certificate<'_>], numbers: &[f64], scale: &Scale) -> Option<f64> {
    let level = edges.iter().all(|edge| edge.level.is_none() || edge.attribute == "level");
    let whole = numbers.iter().all(|n| n.fract() == 0.0 && (0.0..=4.0).contains(n));
    let first = if numbers.contains(&0.0) { 0.0 } else { 1.0 };
    let most = numbers.iter().copied().fold(0.0, f64::max);
    let asked = matches!(scale, Scale::Levels(_)) || matches!(scale, Scale::Detected) && level && numbers.len() > 1;
    (asked && whole && most <= first + 3.0).then_some(first)
}

/// Other numbers are weights.
fn by_number(edges: &[Certificate<'_>], scale: &Scale, mut said: Vec<String>) -> Result<Worth, Fault> {
    if let Scale::Levels(_) = scale {
        return Err(Fault::Whole(
            "four levels were given, but the levels are other numbers than 0 to 3 or 1 to 4".into(),
        ));
    }
    let mut weights = Vec::with_capacity(edges.len());
    for edge in edges {
        let weight = edge.level.as_ref().map_or(Some(1.0), |level| level.parse().ok());
        weights.push(weight.filter(|weight: &f64| weight.is_finite()).ok_or_else(|| {
            let level = edge.level.as_deref().unwrap_or_default();
            Fault::Line(edge.line, format!("the level \"{level}\" is not a finite number"))
        })?);
    }
    let marked = |(edge, weight): (&Certificate<'_>, &f64)| if edge.level.is_some() { weight.abs() } else { 0.0 };
    let most = edges.iter().zip(&weights).map(marked).fold(1.0, f64::max);
    let by = if let Scale::By(by) = scale { *by } else { most };
    said.push(format!("levels are numbers, divided by {by}"));
    for (edge, weight) in edges.iter().zip(&mut weights) {
        if edge.level.is_some() {
            *weight = (*weight / by).clamp(-1.0, 1.0);
        }
    }
    Ok(Worth { threshold: better_half(weights.clone()), weights, said })
}

/// Names in an order that is known, or else in that of their first mention.
fn in_order<'a>(names: &[&'a str], scale: &Scale, said: &mut Vec<String>) -> Result<Table<'a>, Fault> {
    for (whose, order) in &ORDERS {
        let place = |name: &&'a str| order.iter().position(|same| same.contains(name)).map(|place| (*name, place));
        if let Some(places) = names.iter().map(place).collect::<Option<Vec<_>>>()
            && !names.is_empty()
        {
            let worths = given(scale);
            said.push(format!("{whose} levels from {} to {} are worth {worths:?}", order[0][0], order[3][0]));
            return Ok((places.into_iter().map(|(name, place)| (name, worths[place])).collect(), worths.to_vec()));
        }
    }
    if names.len() > 50 {
        return Err(Fault::Whole(format!("{} different levels such as \"{}\" are no scale", names.len(), names[0])));
    }
    let worths: Vec<f64> = match scale {
        Scale::Levels(worths) if names.len() == 4 => worths.to_vec(),
        Scale::Levels(_) if !names.is_empty() => {
            return Err(Fault::Whole(format!(
                "four levels were given, but there are {}: {}",
                names.len(),
                names.iter().take(20).copied().collect::<Vec<_>>().join(", ")
            )));
        }
        _ => (1..=names.len()).map(|n| n as f64 / names.len() as f64).collect(),
    };
    if names.len() > 1 {
        let list: Vec<String> =
            names.iter().zip(&worths).take(20).map(|(name, worth)| format!("{name}={worth:.2}")).collect();
        said.push(format!(
            "ASSUMED: the order of these levels is not known and that of their first mention is taken, from least to best. If \
             it is another, give --scale {}",
            list.join(",")
        ));
    }
    Ok((names.iter().copied().zip(worths.iter().copied()).collect(), worths))
}

/// Among levels of certificate only the better half is a recommendation; among signed or finely graded weights,
/// and where there is but one level, everything above 0.
fn better_half(mut worths: Vec<f64>) -> f64 {
    worths.sort_by(f64::total_cmp);
    worths.dedup();
    match worths[..] {
        [least, _, ..] if least >= 0.0 && worths.len() <= 10 => {
            let middle = worths.len() / 2;
            (worths[middle - 1] + worths[middle]) / 2.0
        }
        _ => 0.0,
    }
}
