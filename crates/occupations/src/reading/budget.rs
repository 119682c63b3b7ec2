//! Money in a need: "about $3,000", "under 500 dollars", "$2k-3k", "budget 1500", "$40 an hour".

use super::Budget;
use super::tokens::Token;

/// What a word before an amount says about it.
#[derive(Clone, Copy, PartialEq)]
enum Sense {
    About,
    Most,
    Least,
}

/// The first amount of money in the need.
pub fn find(need: &str, tokens: &[Token]) -> Option<Budget> {
    (0..tokens.len()).find_map(|i| at(need, tokens, i))
}

fn low<'a>(tokens: &'a [Token], i: usize) -> &'a str {
    tokens.get(i).map_or("", |t| t.low.as_str())
}

fn sign(text: &str) -> Option<&'static str> {
    match text {
        "$" | "dollars" | "dollar" | "bucks" | "usd" | "grand" => Some("USD"),
        "€" | "euros" | "euro" | "eur" => Some("EUR"),
        "£" | "pounds" | "quid" | "gbp" => Some("GBP"),
        _ => None,
    }
}

/// One amount: its value in whole units, its currency if named, whether it looks like money by itself, and the token after it.
struct Amount {
    value: f64,
    currency: Option<&'static str>,
    bare_k: bool,
    next: usize,
}

fn amount(tokens: &[Token], mut i: usize) -> Option<Amount> {
    let mut currency = None;
    if matches!(low(tokens, i), "$" | "€" | "£" | "usd" | "eur" | "gbp") {
        currency = sign(low(tokens, i));
        i += 1;
    }
    let token = tokens.get(i)?;
    let (mut value, k) = token.number().or_else(|| token.count().filter(|n| *n > 0).map(|n| (f64::from(n), false)))?;
    i += 1;
    loop {
        match low(tokens, i) {
            "hundred" => value *= 100.0,
            "thousand" | "k" => value *= 1000.0,
            "grand" => {
                value *= 1000.0;
                currency = currency.or(Some("USD"));
            }
            "million" => value *= 1e6,
            _ => break,
        }
        i += 1;
    }
    if currency.is_none() && !matches!(low(tokens, i), "$" | "€" | "£") {
        currency = sign(low(tokens, i));
        if currency.is_some() {
            i += 1;
        }
    }
    Some(Amount { value, currency, bare_k: k, next: i })
}

fn at(need: &str, tokens: &[Token], i: usize) -> Option<Budget> {
    let mut first = amount(tokens, i)?;
    let mut next = first.next;
    let mut second = None;
    let joined = matches!(low(tokens, next), "-" | "–" | "—" | "to")
        || low(tokens, next) == "and" && i > 0 && low(tokens, i - 1) == "between";
    if joined && let Some(other) = amount(tokens, next + 1) {
        // "$2-3k": the thousand belongs to both.
        if other.bare_k && !first.bare_k && first.value < 1000.0 {
            first.value *= 1000.0;
        }
        next = other.next;
        second = Some(other);
    }
    let (begin, sense, said) = before(tokens, i);
    let named = first.currency.or(second.as_ref().and_then(|s| s.currency));
    let k = first.bare_k || second.as_ref().is_some_and(|s| s.bare_k);
    let end_of_need = next >= tokens.len() || matches!(low(tokens, next), "." | "," | ";" | "!" | "?" | ")");
    let pounds = named == Some("GBP")
        && !need.contains('£')
        && tokens[..i]
            .iter()
            .rev()
            .take(4)
            .any(|t| matches!(t.low.as_str(), "lose" | "lost" | "weigh" | "weighs" | "shed"));
    let money = named.is_some() && !pounds || said || k && (sense.is_some() || end_of_need);
    if !money || first.value <= 0.0 {
        return None;
    }
    let per = per(tokens, &mut next);
    let minor = |value: f64| (value * 100.0).round().min(1e15) as i64;
    let (one, two) = (minor(first.value), second.map(|s| minor(s.value)));
    let (min, max) = match (two, sense) {
        (Some(two), _) => (Some(one.min(two)), Some(one.max(two))),
        (None, Some(Sense::Most)) => (None, Some(one)),
        (None, Some(Sense::Least)) => (Some(one), None),
        (None, _) => (Some(one), Some(one)),
    };
    let span = tokens.get(begin)?.start..tokens.get(next.checked_sub(1)?)?.end;
    Some(Budget { min, max, currency: named.unwrap_or("USD"), per, words: need.get(span.clone())?.to_string(), span })
}

/// Looks back over the words that introduce an amount: where they begin, what they say, and whether "budget" or "spend" is among them.
fn before(tokens: &[Token], i: usize) -> (usize, Option<Sense>, bool) {
    let (mut begin, mut sense, mut said) = (i, None, false);
    while begin > 0 && i - begin < 6 {
        let word = low(tokens, begin - 1);
        match word {
            "about" | "around" | "roughly" | "approximately" | "approx" | "circa" | "~" | "say" | "maybe" => {
                sense = sense.or(Some(Sense::About))
            }
            "under" | "below" | "max" | "maximum" | "most" | "within" | "upto" => sense = Some(Sense::Most),
            "over" | "above" | "least" | "minimum" => sense = Some(Sense::Least),
            "than" if begin > 1 && matches!(low(tokens, begin - 2), "less" | "more") => {
                let not = begin > 2 && low(tokens, begin - 3) == "no";
                sense = Some(if (low(tokens, begin - 2) == "less") != not { Sense::Most } else { Sense::Least });
                begin -= 1;
            }
            "to" if begin > 1 && low(tokens, begin - 2) == "up" => {
                sense = Some(Sense::Most);
                begin -= 1;
            }
            "budget" | "spend" | "budgeted" => said = true,
            "at" | "between" | "is" | "of" | "a" | "our" | "my" | ":" | "," | "no" | "for" => {}
            _ => break,
        }
        begin -= 1;
    }
    // Leading small words belong to the sentence, not to the amount.
    while begin < i
        && matches!(low(tokens, begin), "is" | "of" | "a" | "our" | "my" | ":" | "," | "no" | "for" | "at")
        && !(low(tokens, begin) == "at" && sense.is_some())
    {
        begin += 1;
    }
    (begin, sense, said)
}

fn per(tokens: &[Token], next: &mut usize) -> Option<&'static str> {
    let unit = |word: &str| match word {
        "hour" | "hr" | "hourly" => Some("hour"),
        "day" | "daily" => Some("day"),
        "week" | "weekly" => Some("week"),
        "month" | "mo" | "monthly" => Some("month"),
        _ => None,
    };
    let found = match low(tokens, *next) {
        "a" | "an" | "per" | "/" | "each" => unit(low(tokens, *next + 1)).map(|u| (u, 2)),
        word => unit(word).filter(|_| word.ends_with("ly")).map(|u| (u, 1)),
    };
    found.map(|(unit, length)| {
        *next += length;
        unit
    })
}
