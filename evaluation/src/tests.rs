//! Loaders against bad input, protocols against leaks, figures of merit against hand-made answers.

use crate::load::{Ratings, Scale, parse_edges, parse_ratings};
use crate::metrics::{auc, calibration_error, macro_f1, order};
use crate::network::{Dice, Link, Network};
use crate::report::Report;
use crate::{attack, held_out, load, parallel, prequential, rank, things};
use proptest::prelude::*;
use trust::forecast::Learning;

fn edges(text: &str) -> Network {
    parse_edges(text, &Scale::Detected, None).unwrap().0
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
    let (network, notes) = parse_edges("a,a,1,5\na,b,1,9\na,b,-1,7\n", &Scale::Detected, None).unwrap();
    assert_eq!((notes.loops, notes.repeated, network.links.len(), network.members), (1, 1, 1, 2));
    assert_eq!(network.links[0].weight, 1.0, "the later rating counts, not the later line");
}

#[test]
fn certificates_have_levels() {
    let text = "digraph G {\n a -> b [level=\"Master\"];\n b -> c [level=\"Observer\"];\n}";
    let matri: Scale = "matri".parse().unwrap();
    let weights =
        |scale: &Scale| parse_edges(text, scale, None).unwrap().0.links.iter().map(|l| l.weight).collect::<Vec<_>>();
    assert_eq!((weights(&Scale::Detected), weights(&matri)), (vec![1.0, 0.4], vec![0.9, 0.1]));
}

#[test]
fn certificates_of_every_kind() {
    let read = |text: &str, scale: &str| {
        let scale = if scale.is_empty() { Scale::Detected } else { scale.parse().unwrap() };
        let (network, notes) = parse_edges(text, &scale, None).unwrap();
        (network.links.iter().map(|link| link.weight).collect::<Vec<f64>>(), network.threshold, notes.said.join("; "))
    };
    let pgp = "/*\n * x\n */\nDIGRAPH \"x\" {\n a -> b [label='Unknown', color=red]; b -> \"c d\" [label=ultimate]\n}";
    let (weights, threshold, said) = read(pgp, "");
    assert_eq!((weights, said.contains("OpenPGP")), (vec![0.4, 1.0], true));
    assert!((0.6..0.8).contains(&threshold));
    assert_eq!(read(pgp, ".1,.4,.7,.9").0, [0.1, 0.9]);
    assert_eq!(read("digraph {a -> b [level=3] b -> c [level=\"0\"]}", "").0, [1.0, 0.4]);
    assert_eq!(read("digraph {a -> b [level=1] b -> c [level=4]}", "matri").0, [0.1, 0.9]);
    assert_eq!(read("digraph {a -> b [weight=.7];b -> c [weight=.35]}", "").0, [0.7, 0.35]);
    assert_eq!(read("digraph {a -> b [weight=8];b -> c [weight=-2]}", "").0, [1.0, -0.25]);
    assert_eq!(read("digraph {a -> b [weight=8];b -> c [weight=2]}", "16").0, [0.5, 0.125]);
    let (weights, threshold, said) = read("a -> b -> c; # x\n// y\nc -> a [color=red];", "");
    assert_eq!((weights, threshold), (vec![1.0; 3], 0.0));
    assert!(said.contains("3 edges without a level count as 1"));
    let court = "digraph {a -> b [level=Earl]; b -> c [level=King]}";
    assert_eq!(read(court, "king=1,earl=.3").0, [0.3, 1.0]);
    let (weights, _, said) = read(court, "");
    assert_eq!(weights, [0.5, 1.0]);
    assert!(said.contains("ASSUMED") && said.contains("--scale earl=0.50,king=1.00"), "{said}");
    let found = parse_edges(court, &"king=1".parse().unwrap(), None).unwrap_err().to_string();
    assert_eq!(found, "line 1: the level \"earl\" is none of king");
    // A comment of any length stands before the graph; the better half of Advogato's levels is a recommendation.
    let long = format!("{}digraph G {{ a -> b [level=Master]; }}", "/* x */\n# y\n".repeat(60));
    let threshold = read(&long, "").1;
    assert!((0.6..0.8).contains(&threshold) && (0.4..0.7).contains(&read(&long, "matri").1));
}

#[test]
fn unknown_headers_do_not_lose_the_weights() {
    let wanted = edges("1,2,1,1262304000\n2,3,-1,1293840000\n");
    let years = "1,2,1,2010-01-01\n2,3,-1,2011-01-01\n";
    for header in
        ["SRC,TGT,VOT,YEA", "rater,ratee,opinion,when", "aa,bb,cc,dd", "from,to,cc,dd", "source,b,weight,date"]
    {
        assert_eq!(edges(&format!("{header}\n{years}")), wanted, "{header}");
    }
    let (swapped, notes) =
        parse_edges("when,what,to,from\n2010-01-01,1,2,1\n2011-01-01,-1,3,2\n", &Scale::Detected, None).unwrap();
    assert_eq!(swapped, wanted);
    assert!(
        notes.said[0].contains("source = column 4 \"from\"") && notes.said[0].contains("weight = column 2 \"what\"")
    );
    // A column of words, or of small numbers beside a weight that is named, is neither weight nor time.
    assert_eq!(edges("source,target,why\n1,2,good\n2,3,bad\n").links[1].weight, 1.0);
    assert!(!edges("source,target,weight,likes\n1,2,1,5\n2,3,-1,6\n").timed());
    // Nor is a column that numbers the rows.
    assert_eq!(edges(",source,target\n0,1,2\n1,2,3\n").links[1].weight, 1.0);
    let found = parse_edges("a,b,\nc,d,3\n", &Scale::Detected, None).unwrap_err().to_string();
    assert_eq!(found, "line 1: the weight is empty");
    assert_eq!(edges("FromNode ToNode\n1 2\n2 3\n").links.len(), 2);
    let columns = ["weight", "x", "source", "target"].map(str::to_owned);
    let named = parse_edges("1,9,a,b\n-1,9,b,c\n", &Scale::Detected, Some(&columns)).unwrap().0;
    assert_eq!((named.links[1].weight, named.timed()), (-1.0, false));
    let found = parse_edges("1,2\n", &Scale::Detected, Some(&columns[..2])).unwrap_err().to_string();
    assert_eq!(found, "no column \"source\" among: weight, x");
    let dvd = parse_ratings("userID,movieID,genreID,reviewID,movieRating,date\n1,2,3,77,4,2005-01-01\n", None).unwrap();
    assert_eq!((dvd.rows[0].rating, dvd.rows[0].time), (4.0, Some(1_104_537_600.0)));
    let plain = parse_ratings("who,what,how,much\n1,2,drama,4\n", None).unwrap();
    assert_eq!((plain.rows[0].rating, plain.categories), (4.0, 1));
}

#[test]
fn quotes_hold_commas_and_lines() {
    let (network, _) = parse_edges("from,to,rating,note\n\"Smith, J\",\"Doe; A\",5,\"good,\ntrader\"\n\"Doe; A\",\"Smith, J\",-10,\"a \"\"b\"\"\"\n", &Scale::Detected, None).unwrap();
    assert_eq!((network.members, network.links[0].weight, network.links[1].weight), (2, 0.5, -1.0));
    assert_eq!(edges("\"Smith, J\" \"Doe, A\" 1\n").members, 2);
    let found = parse_edges("a,b,1\n\"c,d,1\nd,e,x\n", &Scale::Detected, None).unwrap_err().to_string();
    assert_eq!(found, "line 3: the weight \"x\" is not a number");
}

#[test]
fn complaints_name_the_line() {
    for (text, wanted) in [
        ("1,2,5\n2,3,NaN\n", "line 2: the weight \"NaN\" is not a finite number"),
        ("1,2,5\n\n# x\n2,3\n", "line 4: the weight is missing: column 3 wanted, 2 found"),
        ("1,2,5,yesterday\n", "line 1: the time \"yesterday\" is not a number"),
        ("digraph {\n a -> b [level=\"King\"\n}", "line 2: a [ that is not closed"),
        ("digraph {\n a -> \n}", "line 2: an edge with a nameless end"),
        ("graph {\n a -- b\n}", "line 1: this graph has no directions"),
        ("digraph {a -> b [weight=1]\n c -> d [weight=inf]}", "line 2: the level \"inf\" is not a finite number"),
        ("", "there is no edge in this file"),
    ] {
        let found = parse_edges(text, &Scale::Detected, None).unwrap_err().to_string();
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
    parse_edges(&text, &Scale::Detected, None).unwrap().0
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
fn too_few_members_are_no_network_to_rank_or_attack() {
    let tiny = edges("1,2,1,5\n2,3,1,6\n3,1,1,7\n");
    let found = [rank::report(&tiny).unwrap_err().to_string(), attack::report(&tiny).unwrap_err().to_string()];
    assert!(found.iter().all(|sentence| sentence.starts_with("too few")), "{found:?}");
}

#[test]
fn every_figure_has_its_error_and_every_row_its_interval() {
    let network = dice(2000);
    let live = prequential::measure(&network, quick(), true).unwrap();
    let parts = held_out::measure(&network, false, &quick()).unwrap();
    let ranked = rank::report(&network).unwrap();
    for (report, wanted) in [
        (&live, vec!["auc_no_reciprocal_se"]),
        (&parts, vec!["auc_se", "macro_f1_se"]),
        (&ranked, vec!["hr10_se", "hr10_no_reciprocal_se"]),
    ] {
        let rows = std::iter::once(&report.goodword).chain(report.baselines.iter().map(|row| &row.1));
        for row in rows {
            wanted.iter().for_each(|name| assert!(row.get(name) > 0.0, "{} {name} {row:?}", report.protocol));
        }
        let known = report.json()["difference_95"].as_object().unwrap().len();
        assert_eq!((known, report.differences.len()), (report.baselines.len(), report.baselines.len()));
        for (name, [(low, high), _]) in &report.differences {
            assert!(low <= high, "{name}");
        }
    }
    assert!(live.goodword.get("macro_f1_se") > 0.0);
}

#[test]
fn an_interval_of_nothing_is_a_dash() {
    let report = Report {
        differences: vec![("other".into(), [(f64::NAN, f64::NAN), (-0.1, 0.2)])],
        differ: ["auc", "rmse"],
        ..Report::default()
    };
    // Nor has a figure an error that one person's rows were drawn for.
    let alone = prequential::measure(&edges("1,2,5,100\n"), quick(), false).unwrap().json();
    assert_eq!(alone["goodword"]["rmse_se"], serde_json::Value::Null);
    assert_eq!(alone["goodword"]["auc_se"], serde_json::Value::Null);
    assert!(report.table("x").contains("- other: –; -0.1000 to +0.2000"));
    assert_eq!(report.json()["difference_95"]["other"], serde_json::json!({ "rmse": [-0.1, 0.2] }));
}

/// Two parties of opposite taste; everybody trusts five of the own one.
fn parties() -> Ratings {
    let mut dice = Dice(3);
    let (mut rated, mut trusted) = (String::new(), String::new());
    for user in 0..60 {
        for _ in 0..30 {
            let item = dice.below(100);
            let liked = (item + user).is_multiple_of(2);
            rated += &format!("{user} {item} {}\n", if liked { 4 } else { 2 } + dice.below(2));
        }
        (0..5).for_each(|_| trusted += &format!("{user} {}\n", (user + 2 * dice.below(29) + 2) % 60));
    }
    let mut ratings = parse_ratings(&rated, None).unwrap();
    load::parse_trust(&trusted, &mut ratings).unwrap();
    ratings
}

#[test]
fn whom_users_trust_is_used_where_it_is_given() {
    let mut ratings = parties();
    let report = things::measure(&ratings, false).unwrap();
    let rmse = |name: &str| report.baselines.iter().find(|row| row.0 == name).map(|row| row.1.get("rmse"));
    let engine = report.goodword.get("rmse");
    let trusting = rmse("comparability: with trusted people's residuals").unwrap();
    let relabelled = rmse("control: trust relabelled").unwrap();
    assert!(trusting < engine - 0.1 && trusting < relabelled - 0.1, "{trusting} {relabelled} {engine}");
    // Without fields a control of the field says nothing; that of the rater's offset does.
    assert_eq!(rmse("control: without the field"), None);
    assert!(rmse("control: without the rater's offset").unwrap() != engine);
    ratings.trust.clear();
    let alone = things::measure(&ratings, false).unwrap();
    assert_eq!((alone.goodword.get("rmse"), alone.baselines.len()), (engine, report.baselines.len() - 2));
}

#[test]
fn work_side_by_side_keeps_its_order() {
    assert_eq!(parallel::each((0..100).collect(), |n: u32| n * n), (0..100).map(|n| n * n).collect::<Vec<u32>>());
    assert!(parallel::each(Vec::new(), |n: u32| n).is_empty());
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
        let _ = parse_edges(&text, &Scale::Detected, None);
        let _ = parse_edges(&format!("digraph G {{\n{text}"), &Scale::Detected, None);
        let _ = parse_ratings(&text, None).map(|ratings| ratings.distinct());
    }
}
