//! Every night the ranking's priors are fitted anew to what clients answered; every node reads the result as a setting.

use super::load::{basis, standing, tie};
use crate::error::Result;
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

/// Fits what a basis, a standing, a tie and a confidence were worth, and plans the next night. Below two hundred
/// outcomes nothing is kept: the priors stand.
///
/// # Errors
/// The database's.
pub fn run(tx: &mut Tx<'_>) -> Result<()> {
    plan(tx)?;
    let seen: Vec<Seen> = tx.rows(
        sql!(
            "SELECT r.basis, COALESCE(r.standing, ''), COALESCE(r.tie, ''), r.confidence, o.answer
             FROM referrals r JOIN outcomes o ON o.referral_id = r.id AND o.role = 'client'
             WHERE r.revealed_at IS NOT NULL AND r.state <> 'lost' AND r.basis IS NOT NULL AND r.confidence IS NOT NULL"
        ),
        &[],
        |r| {
            Ok(Seen {
                basis: basis(&r.get::<String>(0)?),
                standing: standing(&r.get::<String>(1)?),
                tie: tie(&r.get::<String>(2)?),
                confidence: super::load::percent(r.get(3)?),
                y: match r.get::<String>(4)?.as_str() {
                    "yes" => 1.0,
                    "partly" => 0.5,
                    _ => 0.0,
                },
            })
        },
    )?;
    let old: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = 'ranking constants'"), &[])?;
    let new = trust::fit(&seen, &Parameters::default()).map(|fitted| write(&fitted));
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

/// The constants that can be fitted, as text: outcomes; basis; standing; tie; floor.
fn write(p: &Parameters) -> String {
    let list = |weights: &[f64]| weights.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    format!("{};{};{};{};{}", p.outcomes, list(&p.basis), list(&p.standing), list(&p.tie), p.confidence_floor)
}

/// The constants in use: the priors, with those replaced that the text holds. A text of another shape counts as none.
pub(super) fn read(text: Option<&str>) -> Parameters {
    let prior = Parameters::default();
    let numbers: Vec<f64> =
        text.unwrap_or_default().split([';', ',']).filter_map(|n| n.parse().ok()).filter(|n| *n >= 0.0).collect();
    let Some(([outcomes], weights)) = numbers.split_first_chunk::<1>() else { return prior };
    let [b0, b1, b2, b3, b4, b5, s0, s1, s2, s3, s4, t0, t1, t2, t3, t4, confidence_floor] = *weights else {
        return prior;
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, written by us")]
    let outcomes = *outcomes as usize;
    if weights.iter().any(|weight| *weight > 1.0) {
        return prior;
    }
    Parameters {
        outcomes,
        basis: [b0, b1, b2, b3, b4, b5],
        standing: [s0, s1, s2, s3, s4],
        tie: [t0, t1, t2, t3, t4],
        confidence_floor,
        ..prior
    }
}
