//! Times in a need: "next spring", "by Friday", "12 June", "before Christmas", "in two weeks", "asap".

use super::When;
use super::calendar::{Date, clamp, easter, month_length, nth_weekday, number, plus, weekday};
use super::tokens::Token;

/// A stretch of days and the token after it.
struct Stretch {
    from: Date,
    to: Date,
    next: usize,
}

/// The first time in the need.
pub fn find(need: &str, tokens: &[Token], today: Date) -> Option<When> {
    let today = clamp(today);
    (0..tokens.len()).find_map(|i| at(need, tokens, i, today))
}

/// Where the first day is named, or a week at most: not a month or a season.
pub fn day(need: &str, tokens: &[Token], today: Date) -> Option<std::ops::Range<usize>> {
    let today = clamp(today);
    let is_day = |when: &When| {
        let mut groups = when.words.split(|c: char| !c.is_ascii_digit()).map(str::len);
        number(when.to) - number(when.from) < 7 || groups.any(|digits| matches!(digits, 1 | 2))
    };
    (0..tokens.len()).filter_map(|i| at(need, tokens, i, today)).find(is_day).map(|when| when.span)
}

fn low<'a>(tokens: &'a [Token], i: usize) -> &'a str {
    tokens.get(i).map_or("", |t| t.low.as_str())
}

fn at(need: &str, tokens: &[Token], i: usize, today: Date) -> Option<When> {
    // "every Monday" and "Mondays" say how often, not when.
    if i > 0 && matches!(low(tokens, i - 1), "every" | "each") {
        return None;
    }
    let found = soon(tokens, i, today)
        .or_else(|| relative(tokens, i, today))
        .or_else(|| feast(tokens, i, today))
        .or_else(|| day_of_month(tokens, i, today))
        .or_else(|| month(tokens, i, today))
        .or_else(|| season(tokens, i, today))
        .or_else(|| day_of_week(tokens, i, today))?;
    let mut begin = i;
    // A small word in front belongs to the time, and may turn it into a limit.
    let (mut from, mut to) = (found.from, found.to);
    while begin > 0
        && matches!(
            low(tokens, begin - 1),
            "the" | "early" | "late" | "mid" | "-" | "beginning" | "middle" | "of" | "end" | "start"
        )
    {
        match low(tokens, begin - 1) {
            "early" | "beginning" | "start" => to = plus(from, (number(to) - number(from)) / 3),
            "mid" | "middle" => {
                let third = (number(to) - number(from)) / 3;
                (from, to) = (plus(from, third), plus(to, -third));
            }
            "late" | "end" => from = plus(to, -(number(to) - number(from)) / 3),
            _ => {}
        }
        begin -= 1;
    }
    while begin < i && matches!(low(tokens, begin), "of" | "-") {
        begin += 1;
    }
    if begin > 0 {
        match low(tokens, begin - 1) {
            "by" | "until" | "till" => (from, begin) = (today, begin - 1),
            "than" if begin > 2 && low(tokens, begin - 2) == "later" => (from, begin) = (today, begin - 3),
            "before" => {
                to = if number(from) > number(today) { plus(from, -1) } else { from };
                (from, begin) = (today, begin - 1);
            }
            "after" | "from" | "starting" | "since" => {
                if low(tokens, begin - 1) == "after" {
                    from = plus(to, 1);
                }
                (to, begin) = (plus(from, 365), begin - 1);
            }
            "on" | "in" | "for" | "this" | "during" | "around" | "over" | "at" => begin -= 1,
            _ => {}
        }
    }
    if number(to) < number(from) {
        to = from;
    }
    let span = tokens.get(begin)?.start..tokens.get(found.next.checked_sub(1)?)?.end;
    Some(When { from, to, words: need.get(span.clone())?.to_string(), span })
}

fn stretch(from: Date, to: Date, next: usize) -> Option<Stretch> {
    Some(Stretch { from, to, next })
}

/// "asap", "today", "tomorrow".
fn soon(tokens: &[Token], i: usize, today: Date) -> Option<Stretch> {
    match low(tokens, i) {
        "asap" | "urgent" | "urgently" | "immediately" => stretch(today, plus(today, 7), i + 1),
        "as" if low(tokens, i + 1) == "soon" && low(tokens, i + 2) == "as" => stretch(today, plus(today, 7), i + 4),
        "right" if matches!(low(tokens, i + 1), "away" | "now") => stretch(today, plus(today, 7), i + 2),
        "today" | "tonight" => stretch(today, today, i + 1),
        "tomorrow" => stretch(plus(today, 1), plus(today, 1), i + 1),
        _ => None,
    }
}

/// "this week", "next month", "in two weeks", "within ten days", "end of the month" (its last third, by the caller).
fn relative(tokens: &[Token], i: usize, today: Date) -> Option<Stretch> {
    let (year, month, _) = today;
    let monday = plus(today, -weekday(today));
    let month_from = |ahead: i32| {
        let months = year * 12 + i32::from(month) - 1 + ahead;
        let (y, m) = (months.div_euclid(12), u8::try_from(months.rem_euclid(12) + 1).unwrap_or(1));
        ((y, m, 1), (y, m, month_length(y, m)))
    };
    let which = low(tokens, i);
    if matches!(which, "this" | "next" | "coming" | "the") {
        let ahead = i64::from(which == "next");
        let (from, to) = match low(tokens, i + 1) {
            "week" if which != "the" => (plus(monday, 7 * ahead).max(today), plus(monday, 7 * ahead + 6)),
            "weekend" => (plus(monday, 7 * ahead + 5), plus(monday, 7 * ahead + 6)),
            "month" => {
                let (from, to) = month_from(i32::from(which == "next"));
                (from.max(today), to)
            }
            "year" if which != "the" => {
                let y = year + i32::from(which == "next");
                ((y, 1, 1).max(today), (y, 12, 31))
            }
            _ => return None,
        };
        return stretch(from, to, i + 2);
    }
    if matches!(which, "in" | "within") {
        let about = usize::from(matches!(low(tokens, i + 1), "about" | "the" | "around"));
        let next = usize::from(low(tokens, i + 1 + about) == "next");
        let at = i + 1 + about + next;
        let n = match low(tokens, at) {
            "a" | "an" => 1,
            _ => i64::from(tokens.get(at)?.count()?.min(1000)),
        };
        let to = match low(tokens, at + 1) {
            "day" | "days" => plus(today, n),
            "week" | "weeks" => plus(today, 7 * n),
            "month" | "months" => plus(today, 30 * n),
            "year" | "years" => plus(today, 365 * n),
            _ => return None,
        };
        let from = if which == "within" || next > 0 { today } else { plus(to, -(number(to) - number(today)) / 7) };
        return stretch(from, to, at + 2);
    }
    None
}

/// Feasts, as a time only after a word such as "by" or "before" ("Father Christmas" is no date).
fn feast(tokens: &[Token], i: usize, today: Date) -> Option<Stretch> {
    let before = if i > 0 { low(tokens, i - 1) } else { "" };
    let timed = matches!(
        before,
        "before"
            | "by"
            | "for"
            | "at"
            | "over"
            | "until"
            | "after"
            | "this"
            | "next"
            | "around"
            | "on"
            | "till"
            | "during"
    );
    if !timed {
        return None;
    }
    let year = today.0;
    let on = |y: i32| match (low(tokens, i), low(tokens, i + 1)) {
        ("christmas" | "xmas", "eve") => Some(((y, 12, 24), 2)),
        ("christmas" | "xmas", "day") => Some(((y, 12, 25), 2)),
        ("christmas" | "xmas", _) => Some(((y, 12, 25), 1)),
        ("new", "years") => Some(((y, 12, 31), 2)),
        ("thanksgiving", _) => Some((nth_weekday(y, 11, 3, 4), 1)),
        ("easter", _) => Some((easter(y), 1)),
        ("halloween", _) => Some(((y, 10, 31), 1)),
        ("valentines" | "valentine", "day") => Some(((y, 2, 14), 2)),
        ("mothers", "day") => Some((nth_weekday(y, 5, 6, 2), 2)),
        ("fathers", "day") => Some((nth_weekday(y, 6, 6, 3), 2)),
        ("labor", "day") => Some((nth_weekday(y, 9, 0, 1), 2)),
        ("memorial", "day") => Some((plus((y, 5, 31), -weekday((y, 5, 31))), 2)),
        ("independence", "day") => Some(((y, 7, 4), 2)),
        _ => None,
    };
    let (mut day, mut length) = on(year)?;
    if number(day) < number(today) {
        (day, length) = on(year + 1)?;
    }
    stretch(day, day, i + length)
}

fn month_named(word: &str) -> Option<u8> {
    const MONTHS: [&str; 12] = [
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
    ];
    let long = MONTHS.iter().position(|m| *m == word);
    let short =
        || MONTHS.iter().position(|m| word.len() == 3 && m.starts_with(word) || word == "sept" && *m == "september");
    u8::try_from(long.or_else(short)? + 1).ok()
}

/// "12th" → 12.
fn ordinal(word: &str) -> Option<u8> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|s| word.strip_suffix(s)).unwrap_or(word);
    digits.parse().ok().filter(|n| (1..=31).contains(n) && digits.len() <= 2)
}

/// The year that is written, or the next one in which the day is not past.
fn dated(tokens: &[Token], at: usize, month: u8, day: u8, today: Date) -> (Date, usize) {
    let skip = usize::from(low(tokens, at) == ",");
    if let Some(year) = low(tokens, at + skip).parse::<i32>().ok().filter(|y| (2000..2200).contains(y)) {
        return (clamp((year, month, day)), at + skip + 1);
    }
    let this = clamp((today.0, month, day));
    (if number(this) < number(today) { clamp((today.0 + 1, month, day)) } else { this }, at)
}

/// "12 June", "12th of June 2027", "June 12", "2026-12-24", "12/24", "the 14th".
fn day_of_month(tokens: &[Token], i: usize, today: Date) -> Option<Stretch> {
    let word = low(tokens, i);
    if let Some(day) = ordinal(word) {
        let of = usize::from(low(tokens, i + 1) == "of");
        if let Some(month) = month_named(low(tokens, i + 1 + of)) {
            let (date, next) = dated(tokens, i + 2 + of, month, day, today);
            return stretch(date, date, next);
        }
        let parts = [low(tokens, i + 1), low(tokens, i + 2), low(tokens, i + 3), low(tokens, i + 4)];
        if parts[0] == "/"
            && let Some(second) = ordinal(parts[1]).filter(|_| day <= 12 || ordinal(parts[1]).is_some_and(|m| m <= 12))
        {
            let (month, day) = if day <= 12 { (day, second) } else { (second, day) };
            let year = parts[3].parse::<i32>().ok().filter(|y| parts[2] == "/" && (2000..2200).contains(y));
            let (date, next) = match year {
                Some(year) => (clamp((year, month, day)), i + 5),
                None => dated(tokens, i + 3, month, day, today),
            };
            return stretch(date, date, next);
        }
        if word.len() > 2 && i > 0 && low(tokens, i - 1) == "the" && word.ends_with(|c: char| c.is_alphabetic()) {
            let this = clamp((today.0, today.1, day));
            let date = if number(this) < number(today) {
                clamp(plus((today.0, today.1, month_length(today.0, today.1)), i64::from(day)))
            } else {
                this
            };
            // "the 4th birthday" is no date.
            let followed = tokens
                .get(i + 1)
                .is_some_and(|t| t.text.starts_with(char::is_alphabetic) && t.low != "of" && t.low != "at");
            return if followed { None } else { stretch(date, date, i + 1) };
        }
    }
    if let Some(month) = month_named(word)
        && let Some(day) = ordinal(low(tokens, i + 1))
    {
        let (date, next) = dated(tokens, i + 2, month, day, today);
        return stretch(date, date, next);
    }
    if let Some(year) = word.parse::<i32>().ok().filter(|y| (2000..2200).contains(y))
        && low(tokens, i + 1) == "-"
        && low(tokens, i + 3) == "-"
        && let (Ok(month), Ok(day)) = (low(tokens, i + 2).parse(), low(tokens, i + 4).parse())
    {
        let date = clamp((year, month, day));
        return stretch(date, date, i + 5);
    }
    None
}

/// "in June", "June wedding", "next May". May and March must look like months.
fn month(tokens: &[Token], i: usize, today: Date) -> Option<Stretch> {
    let next_year = low(tokens, i) == "next";
    let i = i + usize::from(next_year);
    let word = low(tokens, i);
    let month = month_named(word)?;
    let led = next_year
        || i > 0
            && matches!(
                low(tokens, i - 1),
                "in" | "by"
                    | "of"
                    | "this"
                    | "late"
                    | "early"
                    | "mid"
                    | "before"
                    | "after"
                    | "until"
                    | "for"
                    | "during"
                    | "from"
                    | "end"
            );
    let capital = i > 0 && tokens.get(i).is_some_and(Token::capital);
    if !(led || capital) && (matches!(word, "may" | "march") || word.len() <= 3) {
        return None;
    }
    let ((year, ..), next) = dated(tokens, i + 1, month, month_length(today.0, month), today);
    stretch((year, month, 1).max(today), (year, month, month_length(year, month)), next)
}

/// "next spring", "this summer", "in the autumn".
fn season(tokens: &[Token], i: usize, today: Date) -> Option<Stretch> {
    let lead = match (low(tokens, i), low(tokens, i + 1)) {
        ("next" | "this" | "coming" | "in", "the") => 2,
        ("next" | "this" | "coming" | "in" | "by" | "before", _) => 1,
        _ => return None,
    };
    let (month, months) = match low(tokens, i + lead) {
        "spring" => (3, 3),
        "summer" => (6, 3),
        "autumn" | "fall" => (9, 3),
        "winter" => (12, 3),
        _ => return None,
    };
    let starting = |year: i32| {
        let (y, m) = if month == 12 { (year + 1, 2) } else { (year, month + months - 1) };
        ((year, month, 1), (y, m, month_length(y, m)))
    };
    // The season that is running or comes next.
    let (from, to) = (-1..=1).map(|k| starting(today.0 + k)).find(|(_, to)| number(*to) >= number(today))?;
    let (from, to) =
        if low(tokens, i) == "next" && number(from) <= number(today) { starting(from.0 + 1) } else { (from, to) };
    let from = from.max(today);
    let limited = matches!(low(tokens, i), "by" | "before");
    let (from, to) =
        if limited { (today, if number(from) > number(today) { plus(from, -1) } else { to }) } else { (from, to) };
    stretch(from, to, i + lead + 1)
}

/// "Friday", "next Saturday", "Saturday the 14th".
fn day_of_week(tokens: &[Token], i: usize, today: Date) -> Option<Stretch> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let which = low(tokens, i);
    let lead = usize::from(matches!(which, "next" | "this" | "coming"));
    let day = i64::try_from(DAYS.iter().position(|d| *d == low(tokens, i + lead))?).ok()?;
    let mut next = i + lead + 1;
    let mut date = plus(today, (day - weekday(today)).rem_euclid(7));
    if which == "next" {
        date = plus(plus(today, -weekday(today)), 7 + day);
    }
    let the = usize::from(low(tokens, next) == "," || low(tokens, next) == "the");
    if let Some(of_month) = day_of_month(tokens, next + the, today) {
        return stretch(of_month.from, of_month.to, of_month.next);
    }
    if low(tokens, next) == "the"
        && let Some(n) = ordinal(low(tokens, next + 1))
    {
        // The next such day that falls on the 14th.
        date = (0..60).map(|k| plus(date, 7 * k)).find(|d| d.2 == n).unwrap_or(date);
        next += 2;
    }
    stretch(date, date, next)
}
