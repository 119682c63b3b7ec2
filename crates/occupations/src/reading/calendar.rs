//! Days as numbers, so that weeks, months and feasts can be counted without a clock.

/// Year, month (1 to 12), day (1 to 31).
pub type Date = (i32, u8, u8);

/// Days in a month.
pub fn month_length(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The nearest possible day, between the years 1 and 9999.
pub fn clamp((year, month, day): Date) -> Date {
    let (year, month) = (year.clamp(1, 9999), month.clamp(1, 12));
    (year, month, day.clamp(1, month_length(year, month)))
}

/// Days since 1 January 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
pub fn number(date: Date) -> i64 {
    let (year, month, day) = clamp(date);
    let (year, month) = (i64::from(year) - i64::from(month <= 2), i64::from(month));
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The day with this number.
pub fn date(number: i64) -> Date {
    let z = number.clamp(-719_162, 2_932_896) + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z - era * 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    clamp((year as i32, month as u8, day as u8))
}

/// So many days later.
pub fn plus(day: Date, days: i64) -> Date {
    date(number(day).saturating_add(days))
}

/// Monday is 0.
pub fn weekday(day: Date) -> i64 {
    (number(day) + 3).rem_euclid(7)
}

/// The nth (from 1) weekday of a month, as Thanksgiving is the fourth Thursday.
pub fn nth_weekday(year: i32, month: u8, day_of_week: i64, nth: i64) -> Date {
    let first = (year, month, 1);
    plus(first, (day_of_week - weekday(first)).rem_euclid(7) + 7 * (nth - 1))
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher).
pub fn easter(year: i32) -> Date {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    clamp((year, month as u8, day as u8))
}
