//! Times, amounts and counts in plain words, for pages and letters.

use jiff::{Timestamp, tz::TimeZone};

fn zoned(at: i64, zone: &TimeZone) -> jiff::ZonedDateTime {
    Timestamp::from_microsecond(at).unwrap_or_default().to_zoned_datetime(zone.clone())
}

/// What another program said, as it may be kept, logged and shown: a relay's refusal often repeats the address, and whose it is
/// is nobody's business.
pub fn without_addresses(said: &str) -> String {
    let words = said.split(' ').map(|word| if word.contains('@') { "<address>" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// The hour of the day, 0 to 23.
pub fn hour(at: &i64, zone: &TimeZone) -> u32 {
    u32::try_from(zoned(*at, zone).hour()).unwrap_or(0)
}

/// `Meeting set`, from `meeting set`.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `florist`, from `Florist`; `IT manager` stays.
pub fn lower(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

/// `a florist`, `an accountant`, `an HR manager`, `a urologist`; `any work` stays.
pub fn a(noun: impl AsRef<str>) -> String {
    let noun = noun.as_ref();
    let word = noun.split([' ', '-']).next().unwrap_or(noun);
    // Letters that are spelled out are heard by their names.
    let spelled = word.chars().count() == 1 || word.chars().all(char::is_uppercase);
    let vowel = match word.chars().next().map(|c| c.to_ascii_lowercase()) {
        Some(c) if spelled => "aefhilmnorsx".contains(c),
        Some('u') => !["uni", "uro", "use"].iter().any(|start| word.to_lowercase().starts_with(start)),
        Some(c) => "aeio".contains(c),
        None => false,
    };
    match word {
        "any" => noun.to_owned(),
        _ => format!("{} {noun}", if vowel { "an" } else { "a" }),
    }
}

/// `24 November 2026`.
pub fn date(at: &i64, zone: &TimeZone) -> String {
    zoned(*at, zone).strftime("%-d %B %Y").to_string()
}

/// `November 2026` (UTC: a month is enough where this is used).
pub fn month(at: &i64) -> String {
    zoned(*at, &TimeZone::UTC).strftime("%B %Y").to_string()
}

/// `24 Nov 2026, 14:05`.
pub fn moment(at: &i64, zone: &TimeZone) -> String {
    zoned(*at, zone).strftime("%-d %b %Y, %H:%M").to_string()
}

/// `Tuesday, 24 November 2026, 14:05 (America/Los_Angeles)`.
pub fn weekday_moment(at: i64, zone: &TimeZone) -> String {
    let words = zoned(at, zone).strftime("%A, %-d %B %Y, %H:%M").to_string();
    format!("{words} ({})", zone.iana_name().unwrap_or("UTC"))
}

/// `14:05`.
pub fn clock(at: i64, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%H:%M").to_string()
}

/// `2026-11-24T14:05:00-08:00`, for `<time datetime>`.
pub fn machine(at: &i64, zone: &TimeZone) -> String {
    zoned(*at, zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The date in the zone, ISO.
pub fn iso_date(at: i64, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Y-%m-%d").to_string()
}

/// An ISO date as `24 November 2026`; anything else as it is.
pub fn iso(text: &str) -> String {
    text.parse::<jiff::civil::Date>().map_or_else(|_| text.to_owned(), |d| d.strftime("%-d %B %Y").to_string())
}

/// `just now`, `5 minutes ago`, `yesterday`, `3 months ago`, `in 2 days`.
pub fn ago(at: &i64, now: &i64) -> String {
    let seconds = (now - at) / 1_000_000;
    let (amount, unit) = match seconds.unsigned_abs() {
        0..60 => return "just now".to_owned(),
        s @ 60..3600 => (s / 60, "minute"),
        s @ 3600..86_400 => (s / 3600, "hour"),
        s @ 86_400..5_184_000 => (s / 86_400, "day"),
        s @ 5_184_000..63_072_000 => (s / 2_592_000, "month"),
        s => (s / 31_536_000, "year"),
    };
    match (amount, unit, seconds > 0) {
        (1, "day", true) => "yesterday".to_owned(),
        (1, "day", false) => "tomorrow".to_owned(),
        (_, _, true) => format!("{} ago", count(amount, unit)),
        (_, _, false) => format!("in {}", count(amount, unit)),
    }
}

/// `1 vouch`, `3 vouches`, `2 replies`.
pub fn count(n: impl Copy + TryInto<u64>, noun: &str) -> String {
    let n = n.try_into().unwrap_or(0);
    if n == 1 {
        return format!("1 {noun}");
    }
    let plural = match noun {
        "person" => "people".to_owned(),
        _ if noun.ends_with("ch") || noun.ends_with('s') || noun.ends_with('x') => format!("{noun}es"),
        _ if noun.ends_with('y') && !noun.ends_with("ay") && !noun.ends_with("ey") => {
            format!("{}ies", &noun[..noun.len() - 1])
        }
        _ => format!("{noun}s"),
    };
    format!("{n} {plural}")
}

/// Minor units as `$3,000` or `€1,250.50`; other currencies by their code.
pub fn money(minor: i64, currency: &str) -> String {
    let sign = match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        _ => "",
    };
    let whole = (minor / 100).unsigned_abs().to_string();
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let cents = (minor % 100).unsigned_abs();
    let cents = if cents == 0 { String::new() } else { format!(".{cents:02}") };
    let minus = if minor < 0 { "−" } else { "" };
    if sign.is_empty() {
        format!("{minus}{grouped}{cents} {currency}")
    } else {
        format!("{minus}{sign}{grouped}{cents}")
    }
}

/// `$2,000 to $3,000`, `from $500`, `up to $900`, or nothing.
pub fn money_range(from: Option<i64>, to: Option<i64>, currency: &str) -> Option<String> {
    match (from, to) {
        (Some(a), Some(b)) if a == b => Some(format!("about {}", money(a, currency))),
        (Some(a), Some(b)) => Some(format!("{} to {}", money(a, currency), money(b, currency))),
        (Some(a), None) => Some(format!("from {}", money(a, currency))),
        (None, Some(b)) => Some(format!("up to {}", money(b, currency))),
        (None, None) => None,
    }
}

/// `512 bytes`, `1 kB`, `12.3 MB`.
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// `Ana`, from `Ana Reyes`.
pub fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// `AR`, from `Ana Reyes`: stands where there is no photo.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|w| w.chars().next());
    let last = words.next_back().and_then(|w| w.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// The first `most` characters, cut at a word, with an ellipsis where something is missing.
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    let end = cut.rfind(char::is_whitespace).unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', '.', ';', ':']))
}

/// 1 to 6: the colour that stands for a name where there is no photo.
pub fn tone(name: &str) -> u32 {
    name.bytes().fold(7u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b))) % 6 + 1
}

/// `Ana`, `Ana and Ben`, `Ana, Ben and Carla`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        for (bytes, words) in [(0, "0 bytes"), (1_500, "1 kB"), (12_345_678, "12.3 MB"), (5_000_000_000, "5.0 GB")] {
            assert_eq!(size(bytes), words);
        }
    }

    #[test]
    fn the_article_is_as_the_trade_is_heard() {
        for said in [
            "a florist",
            "an accountant",
            "an electrician",
            "an event planner",
            "an upholsterer",
            "a urologist",
            "an usher",
            "an HR manager",
            "a DJ",
            "an EMT",
            "an IT manager",
            "a GIS specialist",
            "an x-ray technician",
            "a house painter",
        ] {
            assert_eq!(a(said.split_once(' ').unwrap().1), said);
        }
        assert_eq!(a("any work"), "any work");
    }

    #[test]
    fn plain_words() {
        assert_eq!(money(300_000, "USD"), "$3,000");
        assert_eq!(money(-123_456_789, "EUR"), "−€1,234,567.89");
        assert_eq!(count(2, "vouch"), "2 vouches");
        assert_eq!(count(1, "reply"), "1 reply");
        assert_eq!(count(3, "reply"), "3 replies");
        assert_eq!(count(0, "day"), "0 days");
        assert_eq!(ago(&0, &(86_400 * 1_000_000)), "yesterday");
        assert_eq!(initials("Ana de la Reyes"), "AR");
        assert_eq!(initials(""), "");
        assert_eq!(list(&["Ana".into(), "Ben".into(), "Carla".into()]), "Ana, Ben and Carla");
    }
}
