//! Plain words to O*NET-SOC occupations, and how occupations are related.
//!
//! Pure: no I/O, no clock, nothing is parsed at run time and no input panics.
//! Includes information from the O*NET 27.0 Database by the U.S. Department of Labor, Employment and Training
//! Administration (USDOL/ETA), used under the CC BY 4.0 licence, trimmed and reshaped. O*NET is a trademark of USDOL/ETA.

mod index;
pub mod reading;
mod search;
#[cfg(test)]
mod tests;
mod vectors;
mod words;

/// One of the 1,016 occupations of O*NET-SOC 2019.
#[derive(Debug, PartialEq, Eq)]
pub struct Occupation {
    /// Its place in [`all`]; dense, so a vector can be indexed by it. Stable only within one version of the crate: store `code`.
    pub index: u16,
    /// O*NET-SOC code such as `27-1023.00`.
    pub code: &'static str,
    /// The official title, in the plural: "Floral Designers".
    pub title: &'static str,
    /// What one such person is called: "Florist".
    pub plain: &'static str,
    /// One or two sentences by O*NET.
    pub description: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

pub use reading::{Reading, read};

/// An occupation found for some words.
#[derive(Clone, Debug)]
pub struct Match {
    /// The occupation.
    pub occupation: &'static Occupation,
    /// 0 to 1; comparable within one answer.
    pub score: f32,
    /// The title or word that matched, to show as the reason. May be empty.
    pub why: String,
}

/// Why an occupation's referrals are regulated; see the network's setting for each field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Regulated {
    /// Lawyers: California Bus. & Prof. Code §6155, ABA Model Rule 7.2(b)(4).
    Law,
    /// Physicians and other licensed health care: 42 U.S.C. §1320a-7b, California Bus. & Prof. Code §650.
    Health,
    /// Real-estate settlement services: 12 U.S.C. §2607 (RESPA section 8).
    Settlement,
}

/// Every occupation, in the order of the codes.
pub fn all() -> &'static [Occupation] {
    &OCCUPATIONS
}

/// The occupation at a place of [`all`].
pub fn get(index: u16) -> Option<&'static Occupation> {
    OCCUPATIONS.get(usize::from(index))
}

/// The occupation with this O*NET-SOC code (`27-1023.00`; `27-1023` is read as `.00`).
pub fn by_code(code: &str) -> Option<&'static Occupation> {
    let code = code.trim();
    let find = |code: &str| OCCUPATIONS.binary_search_by(|o| o.code.cmp(code)).ok();
    find(code).or_else(|| find(&format!("{code}.00"))).map(|i| &OCCUPATIONS[i])
}

/// Titles people use for an occupation ("Flower Arranger"), about fifty each.
pub fn alternates(index: u16) -> &'static [&'static str] {
    ALTERNATES.get(usize::from(index)).copied().unwrap_or_default()
}

/// Related occupations by O*NET, nearest first, with a weight below 1. None for military and "all other" occupations.
pub fn related(index: u16) -> &'static [(u16, f32)] {
    RELATED.get(usize::from(index)).copied().unwrap_or_default()
}

/// Whether paying or trading for referrals to this occupation is regulated in many places.
pub fn regulated(index: u16) -> Option<Regulated> {
    let code = get(index)?.code;
    match code {
        "23-1011.00" => Some(Regulated::Law),
        // Real-estate brokers and agents, appraisers, loan officers, title examiners.
        "41-9021.00" | "41-9022.00" | "13-2023.00" | "13-2072.00" | "23-2093.00" => Some(Regulated::Settlement),
        _ if code.starts_with("29-1") && !code.starts_with("29-1131") => Some(Regulated::Health),
        _ => None,
    }
}

/// Law, health, tax and counselling: nothing about the outcome is shown unless the client says so.
pub fn private(index: u16) -> bool {
    let Some(Occupation { code, .. }) = get(index) else { return false };
    let veterinary = code.starts_with("29-1131") || code.starts_with("29-2056");
    (code.starts_with("23-")
        || code.starts_with("29-")
        || code.starts_with("31-1")
        || code.starts_with("31-2")
        || code.starts_with("21-1"))
        && !veterinary
        || matches!(
            *code,
            "19-3033.00" | "19-3034.00" | "19-3039.00" | "19-3039.02" | "19-3039.03" // psychologists
                | "13-2071.00" | "13-2081.00" | "13-2082.00" // credit counsellors, tax
                | "21-2011.00" // clergy counsel, too
        )
}

/// The words of a need that say something about the trade, in order.
pub fn content_words(need: &str) -> Vec<String> {
    words::split(need).into_iter().filter(|w| !words::is_stop(w)).collect()
}

/// The occupations that these plain words ask for, best first. Never fewer than `limit` while there are occupations:
/// words that say nothing give low scores.
pub fn search(need: &str, limit: usize) -> Vec<Match> {
    search_words(&content_words(need), limit)
}

fn search_words(words: &[String], limit: usize) -> Vec<Match> {
    search::search(words, limit)
}

/// Occupations for a title as it is being typed ("flor" → Florist), best first; empty when nothing begins so.
pub fn complete(typed: &str, limit: usize) -> Vec<Match> {
    let typed: Vec<String> = words::split(typed);
    if typed.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Match> = Vec::new();
    for occupation in &OCCUPATIONS {
        let own = [occupation.plain, occupation.title];
        let mut best = (0.0_f32, "");
        for (n, title) in own.iter().chain(ALTERNATES[usize::from(occupation.index)]).enumerate() {
            let fit = begins(title, &typed) * if n < 2 { 1.0 } else { 0.8 };
            if fit > best.0 {
                best = (fit, title);
            }
        }
        if best.0 > 0.0 {
            // What people often look for comes before its namesakes.
            let demand = 0.8 + f32::from(DEMAND[usize::from(occupation.index)]) / 15.0;
            found.push(Match { occupation, score: best.0 * demand, why: best.1.to_string() });
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.occupation.index.cmp(&b.occupation.index)));
    found.truncate(limit);
    found
}

/// How well a title goes with the typed words: each must begin a word of the title.
fn begins(title: &str, typed: &[String]) -> f32 {
    let words = words::split(title);
    let mut covered = 0.0;
    for (n, part) in typed.iter().enumerate() {
        match words.iter().position(|w| w.starts_with(part.as_str())) {
            Some(at) => {
                covered += (0.7 + 0.3 * part.len() as f32 / words[at].len() as f32) * if at == n { 1.0 } else { 0.8 }
            }
            None => return 0.0,
        }
    }
    covered / (words.len().max(typed.len()) as f32 + 0.5)
}
