//! Handing a letter to the relay, and what its answer means.

use super::mime::{self, Outgoing};
use super::smtp::{Relay, Way};
use super::{bounces, topics};
use crate::app::App;
use crate::error::Error;
use crate::key::Key;
use lettre::AsyncTransport;
use lettre::transport::smtp;
use store::{DAY, Job, Tx, sql};

/// A relay that does not take a letter is asked again for this long (µs).
const GIVE_UP: i64 = 4 * DAY;
/// A link to sign in is of no use to anybody later.
const GIVE_UP_SIGN_IN: i64 = DAY / 24;

/// Sends the letter a job names. At least once: a crash between the relay's yes and our note sends it again.
///
/// # Errors
/// The relay's, when trying again may help, or the database's.
pub async fn send(app: &App, job: &Job) -> anyhow::Result<()> {
    let id: Key = job.key.parse()?;
    let Way::Smtp(relay) = &app.site.mail else { return Ok(()) };
    let Some(letter) = app.db.read(move |tx| outgoing(tx, id)).await? else { return Ok(()) };
    let age = app.clock.now() - letter.created_at;
    let patience = if topics::of(&letter.kind).name == "account" { GIVE_UP_SIGN_IN } else { GIVE_UP };
    match hand_over(relay, &letter, app).await {
        Answer::Taken => {
            app.db
                .write(move |tx| {
                    let now = tx.now();
                    tx.execute(
                        sql!(
                            "UPDATE letters SET sent_at = $1, plain = '', html = '', attachment = NULL, unsubscribe = NULL
                             WHERE id = $2"
                        ),
                        &[&now, &id],
                    )
                    .map_err(Error::from)
                })
                .await?;
            Ok(())
        }
        Answer::NotNow(why) if age < patience => Err(why),
        Answer::NotNow(why) => fail(app, id, format!("given up: {why:#}"), false).await,
        Answer::Never { why, nobody_there } => fail(app, id, why, nobody_there).await,
    }
}

async fn fail(app: &App, id: Key, why: String, nobody_there: bool) -> anyhow::Result<()> {
    Ok(app.db.write(move |tx| bounces::note(tx, id, &why, nobody_there)).await?)
}

fn outgoing(tx: &mut Tx<'_>, id: Key) -> Result<Option<Outgoing>, Error> {
    let found = tx.row(
        sql!(
            "SELECT address, to_name, subject, plain, html, attachment, kind, unsubscribe, created_at, subject_id, party_id
             FROM letters WHERE id = $1 AND sent_at IS NULL AND failed_at IS NULL AND address <> ''"
        ),
        &[&id],
        |r| {
            let letter = Outgoing {
                id,
                address: r.get(0)?,
                name: r.get(1)?,
                subject: r.get(2)?,
                plain: r.get(3)?,
                html: r.get(4)?,
                attachment: r.get(5)?,
                kind: r.get(6)?,
                unsubscribe: r.get(7)?,
                created_at: r.get(8)?,
                earlier: Vec::new(),
            };
            Ok((letter, r.get::<Option<Key>>(9)?, r.get::<Option<Key>>(10)?))
        },
    )?;
    let Some((mut letter, about, party)) = found else { return Ok(None) };
    if about.is_some() && party.is_some() {
        // The last ones are what a mail program needs to find the thread; the header stays short.
        letter.earlier = tx.rows(
            sql!(
                "SELECT id FROM letters WHERE subject_id = $1 AND party_id = $2 AND id <> $3 AND created_at <= $4
                   AND failed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 10"
            ),
            &[&about, &party, &id, &letter.created_at],
            |r| r.get(0),
        )?;
        letter.earlier.reverse();
    }
    Ok(Some(letter))
}

/// What became of handing it over.
enum Answer {
    Taken,
    /// The relay is away, slow, full, or does not like us just now.
    NotNow(anyhow::Error),
    Never {
        why: String,
        /// The address is at fault, not this letter.
        nobody_there: bool,
    },
}

async fn hand_over(relay: &Relay, letter: &Outgoing, app: &App) -> Answer {
    let message = match mime::message(letter, relay, &app.site.public_url, &app.network()) {
        Ok(message) => message,
        Err(error) => return Answer::Never { why: format!("{error:#}"), nobody_there: true },
    };
    match relay.transport.send(message).await {
        Ok(_) => Answer::Taken,
        Err(error) => judge(error),
    }
}

/// 5xx is for good (RFC 5321, 4.2.1), unless it is about us: a relay that does not know our password may do so tomorrow.
fn judge(error: smtp::Error) -> Answer {
    let code: Option<u16> = error.status().map(u16::from);
    match code {
        Some(code) if is_final(code) => {
            Answer::Never { nobody_there: blames_address(code), why: format!("{error:#}: {code}") }
        }
        _ => Answer::NotNow(error.into()),
    }
}

/// 530 to 538 ask for a sign-in or refuse one.
fn is_final(code: u16) -> bool {
    (500..600).contains(&code) && !(530..=538).contains(&code)
}

/// No such mailbox, not here, a host that takes no mail; the others may be about what the letter says.
fn blames_address(code: u16) -> bool {
    matches!(code, 521 | 550 | 551 | 553 | 556)
}

#[cfg(test)]
mod tests {
    use super::{blames_address, is_final};

    #[test]
    fn only_an_answer_about_the_address_marks_the_address() {
        for (code, never, address) in [
            (421, false, false),
            (450, false, false),
            (535, false, false),
            (550, true, true),
            (552, true, false),
            (554, true, false),
        ] {
            assert_eq!((is_final(code), is_final(code) && blames_address(code)), (never, address), "{code}");
        }
    }
}
