//! Networks (edges, certificate graphs) and ratings as `evaluation` reads them.
#![no_main]
use libfuzzer_sys::fuzz_target;
use load::{Scale, parse_edges, parse_ratings, parse_trust};

#[allow(dead_code, unused_imports)]
#[path = "../../evaluation/src/load/mod.rs"]
mod load;
#[allow(dead_code)]
#[path = "../../evaluation/src/network.rs"]
mod network;

fuzz_target!(|parts: (&str, &str)| {
    let (text, scale) = parts;
    let scales = [Scale::Detected, scale.parse().unwrap_or(Scale::By(5.0))];
    for scale in scales {
        for text in [text, &format!("digraph G {{\n{text}\n}}")] {
            let Ok((network, _)) = parse_edges(text, &scale, None) else { continue };
            assert!(!network.links.is_empty());
            for link in &network.links {
                assert!(link.source != link.target && (link.source.max(link.target) as usize) < network.members);
                assert!(link.weight.is_finite());
            }
        }
    }
    if let Ok(mut ratings) = parse_ratings(text, None) {
        ratings.distinct();
        assert!(ratings.rows.iter().all(|row| (row.user as usize) < ratings.users && row.rating.is_finite()));
        let _ = parse_trust(scale, &mut ratings);
    }
    let _ = parse_ratings(text, Some(&scale.split(',').map(str::to_owned).collect::<Vec<_>>()));
});
