//! Places in a need: "in Santa Monica", "near Abbot Kinney", "Mar Vista".

use super::Place;
use super::tokens::Token;

/// Places on the west side of Los Angeles and around it that people name without "in"; in lower case, longest match wins.
const KNOWN: &[&str] = &[
    "abbot kinney",
    "agoura hills",
    "alhambra",
    "altadena",
    "anaheim",
    "arcadia",
    "atwater village",
    "baldwin hills",
    "bel air",
    "beverly grove",
    "beverly hills",
    "beverlywood",
    "boyle heights",
    "brentwood",
    "burbank",
    "calabasas",
    "carson",
    "century city",
    "chatsworth",
    "cheviot hills",
    "compton",
    "crenshaw",
    "culver city",
    "del rey",
    "downey",
    "downtown la",
    "downtown los angeles",
    "dtla",
    "eagle rock",
    "echo park",
    "el segundo",
    "encino",
    "fairfax",
    "gardena",
    "glendale",
    "granada hills",
    "hancock park",
    "hawthorne",
    "hermosa beach",
    "highland park",
    "hollywood",
    "huntington beach",
    "inglewood",
    "koreatown",
    "la brea",
    "ladera heights",
    "larchmont",
    "leimert park",
    "long beach",
    "los angeles",
    "los feliz",
    "malibu",
    "manhattan beach",
    "mar vista",
    "marina del rey",
    "mid city",
    "mid wilshire",
    "monterey park",
    "north hollywood",
    "northridge",
    "ocean park",
    "orange county",
    "pacific palisades",
    "pacoima",
    "palms",
    "palos verdes",
    "pasadena",
    "playa del rey",
    "playa vista",
    "pomona",
    "redondo beach",
    "rancho palos verdes",
    "reseda",
    "san diego",
    "san fernando valley",
    "san gabriel",
    "san marino",
    "san pedro",
    "santa barbara",
    "santa clarita",
    "santa monica",
    "sawtelle",
    "sherman oaks",
    "silver lake",
    "silverlake",
    "south pasadena",
    "studio city",
    "sunset park",
    "tarzana",
    "thousand oaks",
    "toluca lake",
    "topanga",
    "torrance",
    "van nuys",
    "venice",
    "ventura",
    "view park",
    "west adams",
    "west hollywood",
    "west la",
    "west los angeles",
    "westchester",
    "westlake village",
    "westside",
    "westwood",
    "whittier",
    "woodland hills",
    "weho",
    "hermosa",
];

/// Capitalised words after "in" that are no place.
const NOT_PLACES: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "spring",
    "summer",
    "autumn",
    "fall",
    "winter",
    "christmas",
    "easter",
    "thanksgiving",
    "halloween",
    "english",
    "spanish",
    "french",
    "german",
    "italian",
    "chinese",
    "mandarin",
    "japanese",
    "korean",
    "russian",
    "arabic",
    "portuguese",
    "hebrew",
    "farsi",
    "armenian",
    "vietnamese",
    "tagalog",
    "polish",
    "dutch",
    "hindi",
    "excel",
    "word",
    "quickbooks",
    "photoshop",
    "wordpress",
    "shopify",
    "google",
    "instagram",
    "python",
    "java",
    "php",
    "i",
    "usd",
    "eur",
    "gbp",
    "asap",
    "html",
    "xero",
    "outlook",
    "linkedin",
    "facebook",
    "tiktok",
    "youtube",
    "figma",
    "autocad",
    "sap",
    "it",
    "hr",
    "pr",
];

/// The first place in the need, with those joined to it ("Venice near Abbot Kinney").
pub fn find(need: &str, tokens: &[Token]) -> Option<Place> {
    let (begin, first, mut next) = (0..tokens.len()).find_map(|i| named(tokens, i))?;
    // "Venice, near Abbot Kinney", "Venice or Mar Vista".
    for _ in 0..3 {
        let joint = next + usize::from(tokens.get(next).is_some_and(|t| t.text == ","));
        let joined = matches!(low(tokens, joint), "near" | "or" | "and" | "around" | "by" | "in");
        match named(tokens, joint).or_else(|| joined.then(|| named(tokens, joint + 1)).flatten()) {
            Some((at, _, after)) if at <= joint + 1 => next = after,
            _ => break,
        }
    }
    let name = need.get(tokens.get(first)?.start..tokens.get(next.checked_sub(1)?)?.end)?.to_string();
    Some(Place { name, span: tokens.get(begin)?.start..tokens.get(next - 1)?.end })
}

fn low<'a>(tokens: &'a [Token], i: usize) -> &'a str {
    tokens.get(i).map_or("", |t| t.low.as_str())
}

/// A place that begins at a token: where its preposition stands, where its name begins, and the token after it.
fn named(tokens: &[Token], i: usize) -> Option<(usize, usize, usize)> {
    let led = matches!(low(tokens, i), "in" | "near" | "around" | "at" | "to" | "from" | "off" | "by");
    let name = i + usize::from(led);
    let name = name + usize::from(led && low(tokens, name) == "the");
    if let Some(length) = known(tokens, name) {
        // "palms" and "hawthorne" are also plants.
        let plant = length == 1
            && matches!(low(tokens, name), "palms" | "hawthorne" | "crenshaw" | "fairfax" | "hermosa" | "carson");
        if led || !plant || tokens.get(name).is_some_and(Token::capital) && name > 0 {
            return Some((i, name, name + length));
        }
    }
    if !led || !matches!(low(tokens, i), "in" | "near" | "around" | "off") {
        return None;
    }
    let zip = |t: &Token| t.text.len() == 5 && t.text.bytes().all(|b| b.is_ascii_digit());
    if tokens.get(name).is_some_and(zip) {
        return Some((i, name, name + 1));
    }
    let part = |k: usize| {
        let t = tokens.get(k)?;
        let glued = k == name || tokens.get(k - 1).is_some_and(|b| b.end + 1 == t.start);
        (t.capital() && glued && !NOT_PLACES.contains(&t.low.as_str())).then_some(())
    };
    let length = (name..name + 4).take_while(|k| part(*k).is_some()).count();
    (length > 0).then_some((i, name, name + length))
}

/// How many tokens from here are a known place.
fn known(tokens: &[Token], i: usize) -> Option<usize> {
    (1..=3).rev().find(|length| {
        let Some(slice) = tokens.get(i..i + length) else { return false };
        let text = slice.iter().map(|t| t.low.as_str()).collect::<Vec<_>>().join(" ");
        KNOWN.contains(&text.as_str())
    })
}
