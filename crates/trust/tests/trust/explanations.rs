//! What is printed beside an answer is true: shares add up, and nothing shown could have helped by its absence.

use proptest::prelude::*;
use trust::{Ask, Candidates, Field, Parameters, StepKind, Visibility};

use crate::networks::{Fact, TODAY, load, network, tell};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// With the denominators frozen (`what_if` and a withdrawal both go on charging the author), leaving out a shown
    /// word lowers R by exactly its printed share.
    #[test]
    fn leaving_out_a_shown_voice_lowers_the_reach_by_its_share(facts in network(10), asker in 1u128..=10, field in 0u16..4) {
        let engine = load(Parameters::default(), &facts);
        let ask = Ask {
            visible: Visibility::Everything, limit: 20, voices: 100, ..Ask::new(Some(asker), Field(field), TODAY)
        };
        let answer = engine.recommend(&ask);
        for candidate in &answer.candidates {
            let shown: f64 = candidate.voices.iter().map(|voice| voice.share).sum();
            prop_assert!((shown - candidate.shown_share).abs() < 1e-9);
            for voice in &candidate.voices {
                let paths: f64 = voice.paths.iter().map(|path| path.share).sum();
                prop_assert!((paths - voice.share).abs() < 1e-9);
                let only = [candidate.person];
                let Some(vouch) = voice.vouch else { continue };
                let without = engine.what_if(&Ask { candidates: Candidates::Only(&only), ..ask }, &[vouch]);
                // Three paths at most are printed of each voice: one with fewer is printed whole. An asker whose only
                // tie it was starts from the founders: another question.
                if voice.paths.len() < 3 && without.from_founders == answer.from_founders {
                    let left = without.candidates.first().map_or(0.0, |rest| rest.reach);
                    prop_assert!((candidate.reach * (1.0 - voice.share) - left).abs() < 1e-9);
                }
            }
        }
    }

    /// The same for all that is shown at once, whatever part of the whole it is.
    #[test]
    fn leaving_out_all_that_is_shown_lowers_the_reach_by_the_share_printed(
        facts in network(10), asker in 1u128..=10, field in 0u16..4, voices in 1usize..4,
    ) {
        let engine = load(Parameters::default(), &facts);
        let ask = Ask { visible: Visibility::Everything, limit: 20, voices, ..Ask::new(Some(asker), Field(field), TODAY) };
        let answer = engine.recommend(&ask);
        for candidate in &answer.candidates {
            let only = [candidate.person];
            let shown: Option<Vec<u128>> = candidate.voices.iter().map(|voice| voice.vouch).collect();
            let Some(shown) = shown else { continue };
            let without = engine.what_if(&Ask { candidates: Candidates::Only(&only), ..ask }, &shown);
            if without.from_founders != answer.from_founders {
                continue;
            }
            let left = without.candidates.first().map_or(0.0, |rest| rest.reach);
            let rest = candidate.reach * (1.0 - candidate.shown_share);
            // Three paths at most are printed of each voice: of one with more, more goes than is printed.
            if candidate.voices.iter().all(|voice| voice.paths.len() < 3) {
                prop_assert!((rest - left).abs() < 1e-9 * candidate.reach.max(1e-6), "{rest} {left}");
            } else {
                prop_assert!(left <= rest + 1e-9);
            }
        }
    }

    #[test]
    fn withdrawing_any_shown_vouch_never_raises_the_score(
        facts in network(10), asker in 0u128..=10, field in 0u16..4, lone_judge in prop_oneof![Just(1.0), Just(0.25)],
    ) {
        let parameters = Parameters { lone_judge, ..Parameters::default() };
        let engine = load(parameters, &facts);
        let asker = (asker > 0).then_some(asker);
        let ask = Ask { visible: Visibility::Everything, limit: 20, voices: 100, ..Ask::new(asker, Field(field), TODAY) };
        for candidate in engine.recommend(&ask).candidates {
            let mut shown: Vec<u128> = candidate.voices.iter().flat_map(|voice| &voice.paths)
                .flat_map(|path| &path.steps)
                .filter_map(|step| if let StepKind::Vouch(id) = step.by { Some(id) } else { None })
                .collect();
            shown.sort_unstable();
            shown.dedup();
            for id in shown {
                let mut less = engine.clone();
                let row = facts.iter().find_map(|fact| match fact { Fact::Vouch(row) if row.id == id => Some(*row), _ => None });
                let Some(row) = row else { continue };
                tell(&mut less, &Fact::Vouch(trust::Vouch { live: false, ..row }));
                let only = [candidate.person];
                let after = less.recommend(&Ask { candidates: Candidates::Only(&only), ..ask });
                // Without any contact left the question starts from the founders: another question.
                let before_founders = engine.recommend(&ask).from_founders;
                if let Some(after) = after.candidates.first().filter(|_| after.from_founders == before_founders) {
                    prop_assert!(after.score <= candidate.score + 1e-12, "{} > {}", after.score, candidate.score);
                }
            }
        }
    }

    /// Nobody is named who is reached only through a tie this viewer may not see.
    #[test]
    fn private_trust_of_others_is_never_named(facts in network(10), asker in 1u128..=10, field in 0u16..4) {
        let engine = load(Parameters::default(), &facts);
        let answer = engine.recommend(&Ask { limit: 20, voices: 100, ..Ask::new(Some(asker), Field(field), TODAY) });
        for path in answer.candidates.iter().flat_map(|c| &c.voices).flat_map(|v| &v.paths) {
            for (n, step) in path.steps.iter().enumerate() {
                if step.by == StepKind::PrivateTrust {
                    prop_assert_eq!(n, 0, "only the asker's own list is a first step");
                }
                if step.by == StepKind::Hidden && n + 1 < path.steps.len() {
                    prop_assert_eq!(step.to, None);
                }
            }
        }
    }
}
