//! Comparing constants, for whoever tunes: on the validation part only (the cut made once more inside training).

use anyhow::{Context as _, bail};
use trust::Parameters;

use crate::attack;
use crate::network::Network;
use crate::rank;
use crate::rank_engine::imported;

/// Prints one line for each setting, such as `budget=5,lone_judge=.5`.
pub fn tune(network: &Network, under_attack: bool, settings: &[String]) -> anyhow::Result<()> {
    let split = rank::split(network, false);
    for setting in settings {
        let mut parameters = imported();
        for part in setting.split(',').filter(|part| !part.is_empty()) {
            set(&mut parameters, part)?;
        }
        if under_attack {
            for (name, figures) in attack::quick(network, &parameters)? {
                println!("{setting} {name} {:.3}/{:.3}", figures.get("top10"), figures.get("top3"));
            }
        } else {
            let places = rank::measure(&split, parameters);
            let (all, fair) = (rank::figures(&split, &places, false), rank::figures(&split, &places, true));
            println!("{setting} {:.4} {:.4} | {:.4} {:.4} ± {:.4}", all.hr, all.ndcg, fair.hr, fair.ndcg, fair.hr_se);
        }
    }
    Ok(())
}

fn set(parameters: &mut Parameters, part: &str) -> anyhow::Result<()> {
    let (name, value) = part.split_once('=').with_context(|| format!("{part} is not name=value"))?;
    let value: f64 = value.parse().with_context(|| format!("{value} is not a number"))?;
    let place = match name {
        "budget" => &mut parameters.budget,
        "follow" => &mut parameters.follow,
        "lone_voucher" => &mut parameters.lone_voucher,
        "lone_judge" => &mut parameters.lone_judge,
        "contact_cap" => &mut parameters.contact_cap,
        "confidence_floor" => &mut parameters.confidence_floor,
        "half_life" => &mut parameters.half_life,
        "offset" => &mut parameters.offset,
        "reciprocity" => &mut parameters.reciprocity,
        "factor_high" => &mut parameters.factor_bounds.1,
        "factor_slope" => &mut parameters.factor_slope,
        "skill_prior" => &mut parameters.skill_prior,
        "reach_scale" => &mut parameters.reach_scale,
        "record_alone" => &mut parameters.record_alone,
        _ => bail!("{name} cannot be set"),
    };
    *place = value;
    Ok(())
}
