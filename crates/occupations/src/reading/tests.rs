use super::*;

/// A Tuesday.
const TODAY: Date = (2026, 11, 24);

fn when(need: &str) -> Option<(Date, Date)> {
    read(need, TODAY).when.map(|w| (w.from, w.to))
}

fn money(need: &str) -> Option<(Option<i64>, Option<i64>, &'static str)> {
    read(need, TODAY).budget.map(|b| (b.min.map(|m| m / 100), b.max.map(|m| m / 100), b.currency))
}

fn place(need: &str) -> Option<String> {
    read(need, TODAY).place.map(|p| p.name)
}

#[test]
fn the_need_of_the_main_job_is_read_whole() {
    let r = read("A florist for a small June wedding in Santa Monica, about $3,000.", TODAY);
    assert_eq!(r.occupations[0].occupation.code, "27-1023.00");
    assert_eq!(r.occupations.len(), 5);
    assert_eq!(r.place.as_ref().map(|p| p.name.as_str()), Some("Santa Monica"));
    let budget = r.budget.expect("a budget");
    assert_eq!(
        (budget.min, budget.max, budget.currency, budget.words.as_str()),
        (Some(300_000), Some(300_000), "USD", "about $3,000")
    );
    let when = r.when.expect("a time");
    assert_eq!((when.from, when.to, when.words.as_str()), ((2027, 6, 1), (2027, 6, 30), "June"));
    assert_eq!(r.occasion, Some("wedding"));
}

#[test]
fn money_is_read() {
    let usd = |min, max| Some((min, max, "USD"));
    assert_eq!(money("someone to paint the hall, under 500 dollars"), usd(None, Some(500)));
    assert_eq!(money("a logo for $2k-3k"), usd(Some(2000), Some(3000)));
    assert_eq!(money("catering between $2,000 and $3,500"), usd(Some(2000), Some(3500)));
    assert_eq!(money("photographer, around 4k"), usd(Some(4000), Some(4000)));
    assert_eq!(money("a website, budget is 1500"), usd(Some(1500), Some(1500)));
    assert_eq!(money("no more than two thousand bucks for the deck"), usd(None, Some(2000)));
    assert_eq!(money("translator, up to €300"), Some((None, Some(300), "EUR")));
    assert_eq!(money("at least £50"), Some((Some(50), None, "GBP")));
    assert_eq!(read("a tutor at $40 an hour", TODAY).budget.and_then(|b| b.per), Some("hour"));
    for none in ["lose about 20 pounds", "training for a 10k run", "a cake for 60 people", "route 66", "the 14th"] {
        assert_eq!(money(none), None, "{none}");
    }
}

#[test]
fn times_are_read() {
    assert_eq!(when("a plumber asap"), Some((TODAY, (2026, 12, 1))));
    assert_eq!(when("finished by Friday"), Some((TODAY, (2026, 11, 27))));
    assert_eq!(when("a clown on 12 June"), Some(((2027, 6, 12), (2027, 6, 12))));
    assert_eq!(when("cater lunch June 12th, 2027"), Some(((2027, 6, 12), (2027, 6, 12))));
    assert_eq!(when("repaired before Christmas"), Some((TODAY, (2026, 12, 24))));
    assert_eq!(when("a wedding next spring"), Some(((2027, 3, 1), (2027, 5, 31))));
    assert_eq!(when("leaving in two weeks"), Some(((2026, 12, 6), (2026, 12, 8))));
    assert_eq!(when("movers next month"), Some(((2026, 12, 1), (2026, 12, 31))));
    assert_eq!(when("drinks for Thanksgiving"), Some(((2026, 11, 26), (2026, 11, 26))));
    assert_eq!(when("bartender, Saturday the 12th"), Some(((2026, 12, 12), (2026, 12, 12))));
    assert_eq!(when("hand over on 2027-02-28"), Some(((2027, 2, 28), (2027, 2, 28))));
    assert_eq!(when("party on 12/24"), Some(((2026, 12, 24), (2026, 12, 24))));
    assert_eq!(when("photos in late May"), Some(((2027, 5, 21), (2027, 5, 31))));
    for none in [
        "somebody to play father christmas",
        "it may leak",
        "flowers every Monday",
        "a march of ants",
        "the 40th birthday",
    ] {
        assert_eq!(when(none), None, "{none}");
    }
}

#[test]
fn places_people_and_occasions_are_read() {
    assert_eq!(place("a yoga teacher in Venice near Abbot Kinney").as_deref(), Some("Venice near Abbot Kinney"));
    assert_eq!(place("gardener, mar vista, twice a month").as_deref(), Some("mar vista"));
    assert_eq!(place("a notary near Lake Forest").as_deref(), Some("Lake Forest"));
    assert_eq!(place("electrician in 90405").as_deref(), Some("90405"));
    for none in ["lessons in Spanish", "a wedding in June", "trim the palms", "in a hurry"] {
        assert_eq!(place(none), None, "{none}");
    }
    assert_eq!(read("lunch for 14 people", TODAY).people, Some(14));
    assert_eq!(read("a DJ, about 80 guests", TODAY).people, Some(80));
    assert_eq!(read("a cake for my birthday", TODAY).occasion, Some("birthday"));
}

#[test]
fn what_was_read_elsewhere_does_not_choose_the_occupation() {
    let best = |need: &str| read(need, TODAY).occupations[0].occupation.code;
    assert_eq!(best("plumber in Venice near Abbot Kinney by Friday, $200"), best("plumber"));
    assert_eq!(read("$500", TODAY).occupations.len(), 5);
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}", year in proptest::num::i32::ANY, month: u8, day: u8) {
        let r = read(&text, (year, month, day));
        proptest::prop_assert_eq!(r.occupations.len(), 5);
        for span in [r.place.map(|p| p.span), r.when.map(|w| w.span), r.budget.map(|b| b.span)].into_iter().flatten() {
            proptest::prop_assert!(text.get(span).is_some());
        }
    }

    #[test]
    fn no_mixture_of_need_words_panics(words in proptest::collection::vec(proptest::sample::select(vec![
        "in", "by", "the", "next", "$", "3", "2k", "-", "/", "June", "12th", "of", "May", "2027", "friday", "before", "christmas", "two", "weeks",
        "Santa", "Monica", "near", "about", "under", "thousand", "a", "month", ",", "99999999999999", "’", "end", "mid", "than", "later", "no", "é", "31",
    ]), 0..14), glue in proptest::sample::select(vec![" ", ""])) {
        let text = words.join(glue);
        read(&text, (9999, 12, 31));
        read(&text, (1, 1, 1));
    }
}
