//! Every table on the public sets, each beside what was wanted, the best baseline of the reference study and what is
//! published.

use crate::load::{self, Scale};
use crate::report::{Figures, Report};
use crate::{attack, held_out, prequential, rank, things};
use std::path::Path;

/// A row to stand beside a table: figures by name.
type Row = (&'static str, &'static [(&'static str, f64)]);

const PREQUENTIAL: [Row; 2] = [
    ("wanted", &[("auc", 0.9), ("rmse", 0.29), ("brier_skill", 0.0), ("ece", 0.03), ("auc_no_reciprocal", 0.9)]),
    ("reference baseline: boosted stack", &[("auc", 0.9028), ("rmse", 0.2853), ("auc_no_reciprocal", 0.8997)]),
];
const RANDOM: [Row; 4] = [
    ("wanted", &[("auc", 0.928), ("macro_f1", 0.848)]),
    ("reference baseline: linear stack", &[("auc", 0.928), ("macro_f1", 0.848), ("rmse", 0.248)]),
    ("published: SidNet", &[("auc", 0.9227), ("macro_f1", 0.806)]),
    ("published: SGCN (undirected pairs)", &[("auc", 0.823)]),
];
const PAIR: [Row; 2] = [
    ("wanted", &[("auc", 0.913)]),
    ("reference baseline: linear stack", &[("auc", 0.913), ("macro_f1", 0.815), ("rmse", 0.272)]),
];
const ADVOGATO: [Row; 5] = [
    ("wanted", &[("rmse", 0.152), ("mae", 0.101)]),
    ("reference baseline: boosted stack", &[("rmse", 0.1519), ("mae", 0.1012)]),
    ("published: MATRI (500 hidden pairs)", &[("rmse", 0.159), ("mae", 0.113)]),
    ("published: KBV (500 hidden pairs)", &[("rmse", 0.179), ("mae", 0.125)]),
    ("published: CertProp (500 hidden pairs)", &[("rmse", 0.269), ("mae", 0.155)]),
];
const FILMTRUST: [Row; 4] = [
    ("wanted", &[("rmse", 0.79), ("mae", 0.61)]),
    ("reference baseline: offsets", &[("rmse", 0.7997), ("mae", 0.6202)]),
    ("reference baseline: offsets and agreement", &[("rmse", 0.7897), ("mae", 0.6098)]),
    ("published: TrustSVD", &[("rmse", 0.789), ("mae", 0.611)]),
];
const CIAO: [Row; 4] = [
    ("wanted", &[("rmse", 0.942), ("mae", 0.715)]),
    ("reference baseline: offsets with user and field", &[("rmse", 0.9419), ("mae", 0.7154)]),
    ("published: TrustSVD", &[("rmse", 0.955), ("mae", 0.723)]),
    ("published: REST (other split)", &[("rmse", 0.9635)]),
];
const CIAO_TIME: [Row; 3] = [
    ("reference baseline: offsets with user and field", &[("rmse", 0.975), ("mae", 0.7475)]),
    ("outcome: wanted", &[("rmse", 0.534), ("brier_skill", 0.0), ("ece", 0.03)]),
    ("outcome: reference baseline, author in the field with fading", &[("rmse", 0.5342)]),
];
const RANK_OTC: [Row; 3] = [
    ("wanted", &[("hr10_no_reciprocal", 0.113)]),
    ("reference baseline: walks with voucher diversity", &RANKED_OTC),
    ("reference baseline: personal PageRank", &[("hr10", 0.1104), ("hr10_no_reciprocal", 0.1003)]),
];
const RANKED_OTC: [(&str, f64); 4] =
    [("hr10", 0.1239), ("ndcg10", 0.0642), ("hr10_no_reciprocal", 0.1126), ("ndcg10_no_reciprocal", 0.0578)];
const RANK_ADVOGATO: [Row; 3] = [
    ("wanted", &[("hr10_no_reciprocal", 0.296)]),
    ("reference baseline: walks with soft voucher diversity", &RANKED_ADVOGATO),
    ("reference baseline: two steps, Adamic-Adar", &[("hr10", 0.3061), ("hr10_no_reciprocal", 0.2832)]),
];
const RANKED_ADVOGATO: [(&str, f64); 4] =
    [("hr10", 0.3104), ("ndcg10", 0.1797), ("hr10_no_reciprocal", 0.2957), ("ndcg10_no_reciprocal", 0.1681)];
const RANK_CIAO: [Row; 3] = [
    ("wanted", &[("hr10_no_reciprocal", 0.063)]),
    ("reference baseline: walks with a budget's floor", &RANKED_CIAO),
    ("reference baseline: two steps, Adamic-Adar", &[("hr10", 0.0965), ("hr10_no_reciprocal", 0.0618)]),
];
const RANKED_CIAO: [(&str, f64); 4] =
    [("hr10", 0.0922), ("ndcg10", 0.0488), ("hr10_no_reciprocal", 0.0626), ("ndcg10_no_reciprocal", 0.031)];
/// The reference study's own mean over draws where it has one, else its first draw of victims.
const ATTACKS: [Row; 9] = [
    ("5 random members, k=10: wanted", &[("top10", 0.015), ("top3", 0.024)]),
    ("5 random members, k=10: reference baseline (first draw)", &[("top10", 0.012), ("top3", 0.019)]),
    ("5 hubs, k=10: wanted", &[("top10", 0.11), ("top3", 0.19)]),
    ("5 hubs, k=10: reference baseline", &[("top10", 0.111), ("top3", 0.193)]),
    ("20 hubs, k=100: wanted", &[("top10", 0.283), ("top3", 0.333)]),
    ("20 hubs, k=100: reference baseline (first draw)", &[("top10", 0.284), ("top3", 0.328)]),
    ("one contact, k=10: wanted", &[("top10", 0.4), ("top3", 0.6)]),
    ("one contact, k=10: reference baseline", &[("top10", 0.447), ("top3", 0.675)]),
    ("five contacts, k=10: reference baseline (first draw)", &[("top10", 0.953), ("top3", 0.99)]),
];

fn show(mut report: Report, title: &str, beside: &[Row]) {
    let figures = |row: &[(&'static str, f64)]| Figures(row.to_vec());
    report.beside = beside.iter().map(|(name, row)| (*name, figures(row))).collect();
    println!("{}", report.table(title));
}

/// Prints them one after the other.
pub fn print(data: &Path) -> anyhow::Result<()> {
    let how = trust::forecast::Learning::default();
    let text = |file: &str| load::text(&data.join(file));
    let read = |file: &str, scale| load::parse_edges(&text(file)?, &scale, None).map(|found| found.0);
    let otc = read("bitcoin-otc/soc-sign-bitcoinotc.csv", Scale::Detected)?;
    show(prequential::measure(&otc, how, true)?, "Bitcoin OTC", &PREQUENTIAL);
    println!("The next table is for comparability only: it leaks the future and the reply.");
    show(held_out::measure(&otc, false, &how)?, "Bitcoin OTC", &RANDOM);
    show(held_out::measure(&otc, true, &how)?, "Bitcoin OTC, both directions of a pair held out", &PAIR);
    let advogato = "advogato/advogato-graph-latest.dot";
    show(held_out::measure(&read(advogato, Scale::MATRI)?, false, &how)?, "Advogato, MATRI's scale", &ADVOGATO);
    let mut films = load::parse_ratings(&text("filmtrust/ratings.txt")?, None)?;
    load::parse_trust(&text("filmtrust/trust.txt")?, &mut films)?;
    show(things::measure(&films, false)?, "FilmTrust", &FILMTRUST);
    let mut ciao = load::parse_ratings(&text("ciao/ratings.csv")?, None)?;
    // Trust has no dates, so the time split goes without.
    let dated = things::measure(&ciao, true)?;
    load::parse_trust(&text("ciao/trust.csv")?, &mut ciao)?;
    show(things::measure(&ciao, false)?, "Ciao", &CIAO);
    show(dated, "Ciao", &CIAO_TIME);
    show(rank::report(&otc)?, "Bitcoin OTC", &RANK_OTC);
    show(rank::report(&read(advogato, Scale::Detected)?)?, "Advogato", &RANK_ADVOGATO);
    show(rank::report(&read("ciao/trust.csv", Scale::Detected)?)?, "Ciao trust", &RANK_CIAO);
    show(attack::report(&otc)?, "Bitcoin OTC, niche field", &ATTACKS);
    Ok(())
}

#[cfg(test)]
#[test]
fn every_table_names_a_wanted_figure_and_a_baseline() {
    let tables: [&[Row]; 11] = [
        &PREQUENTIAL,
        &RANDOM,
        &PAIR,
        &ADVOGATO,
        &FILMTRUST,
        &CIAO,
        &CIAO_TIME,
        &RANK_OTC,
        &RANK_ADVOGATO,
        &RANK_CIAO,
        &ATTACKS,
    ];
    for table in tables {
        let has = |word: &str| table.iter().any(|(name, figures)| name.contains(word) && !figures.is_empty());
        assert!(has("wanted") && has("reference baseline"), "{table:?}");
    }
    let report = Report {
        goodword: Figures::default().with("rmse", 0.15).with("mae", 0.1),
        beside: ADVOGATO.iter().map(|(name, row)| (*name, Figures(row.to_vec()))).collect(),
        ..Report::default()
    };
    assert!(report.table("x").contains("| *wanted* | 0.1520 | 0.1010 |"));
    assert_eq!(report.json().get("beside"), None);
}
