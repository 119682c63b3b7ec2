//! Loaders against bad input, protocols against leaks, figures of merit against hand-made answers.

use crate::load::{Scale, parse_edges, parse_ratings};
use crate::metrics::{auc, calibration_error, macro_f1, order};
use crate::network::{Dice, Link, Network};
use crate::{held_out, prequential};
use proptest::prelude::*;
use trust::forecast::Learning;

fn edges(text: &str) -> Network {
    parse_edges(text, Scale::Detected).unwrap().0
}

#[test]
fn the_same_network_from_every_shape() {
    let wanted = edges("1,2,5,100\n2,1,-10,200\n");
    for text in [
        "source,target,rating,time\r\n1,2,5,100\r\n2,1,-10,200\r\n",
        "# a comment\n1 2 5 100\n\n2 1 -10 200",
        "time,rating,from,to\n100,5,1,2\n200,-10,2,1",
        "\u{feff}\"1\";\"2\";5;100\n2;1;-10;200\n% end",
        "FromNode\tToNode\tSign\tWhen\n1\t2\t5\t100.0\n2\t1\t-10\t200.0\n",
        "1,2,5,100\n2,1,-10,200\n3,1,0,300\n",
    ] {
        assert_eq!(edges(text), wanted, "{text}");
    }
    assert_eq!(wanted.links[0].weight, 0.5);
}

#[test]
fn times_in_other_units_are_seconds() {
    let times = |text: &str| edges(text).links.iter().filter_map(|link| link.time).collect::<Vec<f64>>();
    assert_eq!(times("1,2,1,1300000000000\n2,1,1,1300000001500\n"), [1.3e9, 1.3e9 + 1.5]);
    assert_eq!(times("1,2,1,1970-01-02 01:00:05\n2,1,1,1970-01-03T00:01\n"), [90_005.0, 172_860.0]);
    assert_eq!(times("1,2,1,1970\n2,1,1,1974\n"), [0.0, 4.0 * 365.25 * 86_400.0]);
    assert_eq!(times("1,2,1,3\n2,1,1,4\n"), [3.0, 4.0]);
}

#[test]
fn loops_and_older_copies_are_left_out() {
    let (network, notes) = parse_edges("a,a,1,5\na,b,1,9\na,b,-1,7\n", Scale::Detected).unwrap();
    assert_eq!((notes.loops, notes.repeated, network.links.len(), network.members), (1, 1, 1, 2));
    assert_eq!(network.links[0].weight, 1.0, "the later rating counts, not the later line");
}

#[test]
fn certificates_have_levels() {
    let text = "digraph G {\n a -> b [level=\"Master\"];\n b -> c [level=\"Observer\"];\n}";
    let matri: Scale = "matri".parse().unwrap();
    let weights = |scale| parse_edges(text, scale).unwrap().0.links.iter().map(|l| l.weight).collect::<Vec<_>>();
    assert_eq!((weights(Scale::Detected), weights(matri)), (vec![1.0, 0.4], vec![0.9, 0.1]));
}

#[test]
fn complaints_name_the_line() {
    for (text, wanted) in [
        ("1,2,5\n2,3,NaN\n", "line 2: the weight \"NaN\" is not a finite number"),
        ("1,2,5\n\n# x\n2,3\n", "line 4: the weight is missing: column 3 wanted, 2 found"),
        ("1,2,5,yesterday\n", "line 1: the time \"yesterday\" is not a number"),
        ("digraph {\n a -> b [level=\"King\"]\n}", "line 2: the level \"king\" is none of"),
        ("", "there is no edge in this file"),
    ] {
        let found = parse_edges(text, Scale::Detected).unwrap_err().to_string();
        assert!(found.starts_with(wanted), "{found}");
    }
    let found = parse_ratings("u1 i1 3\nu1 i2 x\n", None).unwrap_err().to_string();
    assert_eq!(found, "line 2: the rating \"x\" is not a number");
}

#[test]
fn ratings_without_a_header_are_guessed() {
    let dated = parse_ratings("1,2,4,2011-05-01\n1,3,5,2011-05-02\n", None).unwrap();
    assert_eq!((dated.rows[0].rating, dated.rows[0].time), (4.0, Some(1_304_208_000.0)));
    let split = parse_ratings("1::2::4::978300760\n1::3::5::978302109\n", None).unwrap();
    assert_eq!((split.rows[1].rating, split.rows[1].time), (5.0, Some(978_302_109.0)));
    let field = parse_ratings("1,2,7,4\n1,3,8,5\n", None).unwrap();
    assert_eq!((field.rows[1].rating, field.categories, field.rows[1].time), (5.0, 2, None));
}

#[test]
fn figures_of_merit() {
    let scores = [0.1, 0.4, 0.4, 0.8];
    let good = [false, true, false, true];
    let ones = [1.0; 4];
    assert!((auc(&order(&scores), &scores, &good, &ones) - 0.875).abs() < 1e-12);
    assert!((macro_f1(&scores, &good, 0.5, &ones) - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-12);
    assert!(calibration_error(&order(&[0.5; 4]), &[0.5; 4], &[0.0, 1.0, 1.0, 0.0], &ones) <= 0.5);
}

#[test]
fn scores_that_are_no_numbers_are_ties() {
    let scores = [f64::NAN, 0.2, f64::NAN, -f64::NAN];
    let found = auc(&order(&scores), &scores, &[true, false, false, false], &[1.0; 4]);
    assert!((found - 2.5 / 3.0).abs() < 1e-12, "{found}");
}

/// Ratings by dice: whoever can tell them apart has seen them.
fn dice(edges: usize) -> Network {
    let mut dice = Dice(7);
    let mut text = String::new();
    for n in 0..edges {
        let (a, b) = (dice.below(120), dice.below(120));
        text += &format!("{a},{b},{},{}\n", if dice.below(4) == 0 { -1 } else { 1 }, n / 3);
    }
    parse_edges(&text, Scale::Detected).unwrap().0
}

fn quick() -> Learning {
    Learning { rounds: 40, ..Learning::default() }
}

#[test]
fn chance_cannot_be_forecast() {
    let network = dice(4000);
    for report in [
        prequential::measure(&network, quick(), false).unwrap(),
        held_out::measure(&network, false, &quick()).unwrap(),
        held_out::measure(&network, true, &quick()).unwrap(),
    ] {
        let found = report.goodword.get("auc");
        assert!((found - 0.5).abs() < 0.04, "{}: {found}", report.protocol);
    }
}

#[test]
fn a_forecast_knows_nothing_later() {
    let links = dice(2000).in_time();
    let live = || trust::forecast::Live::new(quick());
    let before = prequential::run(&links, live());
    let mut changed: Vec<Link> = links.clone();
    let from = links.partition_point(|l| l.time < links[1500].time);
    changed[from..].iter_mut().for_each(|link| link.weight = -link.weight);
    let after = prequential::run(&changed, live());
    let last = links.partition_point(|l| l.time <= links[from].time);
    // Those of the changed moment itself are forecast before any of them is learnt.
    assert_eq!(before.said()[..last], after.said()[..last]);
    assert_ne!(before.said()[last..], after.said()[last..]);
}

#[test]
fn few_ratings_and_ratings_of_one_kind_come_to_an_end() {
    let mut dice = Dice(11);
    let mut file = |count: usize, weight: fn(usize) -> i32| {
        let row =
            |n: usize| format!("{},{},{},{}\n", dice.below(60), 60 + dice.below(60), weight(n), 1_300_000_000 + n);
        edges(&(0..count).map(row).collect::<String>())
    };
    let either = |n: usize| if n.is_multiple_of(7) { -1 } else { 1 };
    for network in [file(1, either), file(2, either), file(900, either), file(1500, |_| 1), file(1500, |_| -1)] {
        let report = prequential::measure(&network, quick(), true).unwrap();
        let figures = std::iter::once(&report.goodword).chain(report.baselines.iter().map(|row| &row.1));
        figures.for_each(|found| assert!(found.get("rmse").is_finite(), "{} {found:?}", network.links.len()));
    }
}

#[test]
fn the_same_run_gives_the_same_figures() {
    let network = dice(1500);
    let run = || held_out::measure(&network, true, &quick()).unwrap().json().to_string();
    assert_eq!(run(), run());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_a_loader_panic(text in "[ -~\\n\\r\\t€é]{0,200}") {
        let _ = parse_edges(&text, Scale::Detected);
        let _ = parse_edges(&format!("digraph G {{\n{text}"), Scale::Detected);
        let _ = parse_ratings(&text, None).map(|ratings| ratings.distinct());
    }
}
