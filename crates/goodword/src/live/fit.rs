//! Every night the ranking's priors are fitted anew to what clients answered; every node reads the result as a setting.

use super::load::{basis, standing, tie};
use super::{day, field, id};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{DAY, Tx, sql};
use trust::{Parameters, Seen};

/// The kind of the job.
pub const JOB: &str = "ranking-fit";
/// The setting the constants are kept in.
pub(super) const SETTING: &str = "ranking constants";
/// When at night (UTC, µs).
const AT: i64 = 3 * 3_600_000_000;

/// Enqueues the coming night's fit: once, however many nodes do.
///
/// # Errors
/// The database's.
pub fn plan(tx: &mut Tx<'_>) -> Result<()> {
    let night = tx.now().div_euclid(DAY) + 1;
    tx.enqueue(JOB, &night.to_string(), "", night * DAY + AT)?;
    Ok(())
}

/// The constants that outcomes replace, as kept in the setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fitted {
    outcomes: usize,
    basis: [f64; 6],
    standing: [f64; 5],
    tie: [f64; 5],
    confidence_floor: f64,
    reciprocity: f64,
    half_life: f64,
    skill_deviation: f64,
    /// Share of clients who were glad: over all fields, and by code where a field has its own.
    base: f64,
    fields: BTreeMap<String, f64>,
}

/// Fits what a basis, a standing, a tie, a confidence, a reply and an old word were worth, and plans the next night. Below
/// two hundred outcomes nothing is kept: the priors stand.
///
/// # Errors
/// The database's.
pub fn run(tx: &mut Tx<'_>) -> Result<()> {
    plan(tx)?;
    let seen: Vec<Option<Seen>> = tx.rows(
        sql!(
            "SELECT r.basis, COALESCE(r.standing, ''), COALESCE(r.tie, ''), r.confidence, o.answer, r.field, r.referrer_id,
                    r.forecast, r.revealed_at, COALESCE(v.renewed_at, r.created_at), r.created_at,
                    COALESCE(v.basis NOT IN ('hired', 'worked beside') AND EXISTS (
                      SELECT 1 FROM vouches b
                      WHERE b.from_id = v.to_id AND b.to_id = v.from_id AND b.confidence = v.confidence
                        AND b.basis NOT IN ('hired', 'worked beside') AND b.state IN ('live', 'withdrawn', 'lapsed')
                        AND v.renewed_at / 86400000000 - b.renewed_at / 86400000000 BETWEEN 0 AND 7), FALSE)
             FROM referrals r
             JOIN outcomes o ON o.referral_id = r.id AND o.role = 'client'
             LEFT JOIN vouches v ON v.id = r.vouch_id
             WHERE r.revealed_at IS NOT NULL AND NOT r.lost_by_client AND NOT o.no_work
               AND r.basis IS NOT NULL AND r.confidence IS NOT NULL"
        ),
        &[],
        |r| {
            let Some(field) = field(&r.get::<String>(5)?) else { return Ok(None) };
            Ok(Some(Seen {
                referrer: Some(id(r.get(6)?)),
                field,
                basis: basis(&r.get::<String>(0)?),
                standing: standing(&r.get::<String>(1)?),
                tie: tie(&r.get::<String>(2)?),
                confidence: super::load::percent(r.get(3)?),
                #[expect(clippy::cast_possible_truncation, reason = "a chance")]
                forecast: r.get::<Option<f64>>(7)?.map_or(f32::NAN, |chance| chance as f32),
                // A vouch renewed since counts as new then.
                age: (day(r.get(10)?) - day(r.get(9)?)).max(0),
                reply: r.get(11)?,
                y: match r.get::<String>(4)?.as_str() {
                    "yes" => 1.0,
                    "partly" => 0.5,
                    _ => 0.0,
                },
                at: day(r.get(8)?),
            }))
        },
    )?;
    let seen: Vec<Seen> = seen.into_iter().flatten().collect();
    let old: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = 'ranking constants'"), &[])?;
    let new = trust::fit(&seen, &Parameters::default(), day(tx.now())).map(|fitted| write(&fitted)).transpose()?;
    if old == new {
        return Ok(());
    }
    match &new {
        Some(value) => tx.execute(
            sql!(
                "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            ),
            &[&SETTING, value],
        )?,
        None => tx.execute(sql!("DELETE FROM settings WHERE name = $1"), &[&SETTING])?,
    };
    let change = tx.id();
    tx.change("setting", change)?;
    Ok(())
}

/// The constants that can be fitted, as text.
fn write(p: &Parameters) -> Result<String> {
    let fields = p.quality_fields.iter().map(|(field, base)| (super::field_code(*field).to_owned(), *base));
    let fitted = Fitted {
        outcomes: p.outcomes,
        basis: p.basis,
        standing: p.standing,
        tie: p.tie,
        confidence_floor: p.confidence_floor,
        reciprocity: p.reciprocity,
        half_life: p.half_life,
        skill_deviation: p.skill_deviation,
        base: p.quality_base,
        fields: fields.collect(),
    };
    serde_json::to_string(&fitted).map_err(|e| Error::Internal(e.into()))
}

/// The constants in use: the priors, with those replaced that the text holds. A text of another shape counts as none.
pub(super) fn read(text: Option<&str>) -> Parameters {
    let prior = Parameters::default();
    let Some(fitted) = text.and_then(|text| serde_json::from_str::<Fitted>(text).ok()) else { return prior };
    let Fitted {
        outcomes, basis, standing, tie, confidence_floor, reciprocity, half_life, skill_deviation, base, ..
    } = fitted;
    let shares = [confidence_floor, reciprocity, base];
    let all = basis.iter().chain(&standing).chain(&tie).chain(&shares).chain(fitted.fields.values());
    if all.clone().any(|share| !(0.0..=1.0).contains(share)) || half_life < 1.0 || skill_deviation <= 0.0 {
        return prior;
    }
    let mut quality_fields: Vec<(u16, f64)> =
        fitted.fields.iter().filter_map(|(code, base)| Some((field(code)?.0, *base))).collect();
    quality_fields.sort_by_key(|known| known.0);
    Parameters {
        outcomes,
        basis,
        standing,
        tie,
        confidence_floor,
        reciprocity,
        half_life,
        skill_deviation,
        quality_base: base,
        quality_fields,
        ..prior
    }
}
