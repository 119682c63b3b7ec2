//! Letters: written once as parts, sent as text and HTML, in the transaction of what they tell about.

use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use lettre::message::{Attachment, MultiPart, SinglePart, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::fmt::Write;
use store::{Job, Tx, sql};

/// How letters leave.
pub enum Way {
    /// They do not: the demo's mailbox shows them, and `serve` tells the admin.
    Kept,
    /// By SMTP, from this address.
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>, String),
}

impl Way {
    /// `smtp://[user:password@]host:port` or `smtps://…`.
    ///
    /// # Errors
    /// A URL that is none.
    pub fn smtp(url: &str, from: &str) -> anyhow::Result<Self> {
        from.parse::<lettre::message::Mailbox>()?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.build();
        Ok(Self::Smtp(Box::new(transport), from.to_owned()))
    }
}

/// A piece of a letter.
pub enum Part {
    /// A paragraph.
    Text(String),
    /// Somebody's own words.
    Quote(String),
    /// A button in HTML, a line with the URL in text: what it says, the path on this site.
    Button(String, String),
}

/// A letter to one person.
pub struct Letter<'a> {
    /// `sign-in`, `ask`, `consent`, …: what can be switched off, and what is counted.
    pub kind: &'a str,
    /// What it is about, if anything.
    pub about: Option<Key>,
    /// Whom it is for, if they are known.
    pub to: Option<Key>,
    /// Where it goes.
    pub address: &'a str,
    /// Their name as the letter greets it; may be empty.
    pub name: &'a str,
    /// The subject line.
    pub subject: String,
    /// The body.
    pub parts: Vec<Part>,
    /// A vCard to attach.
    pub card: Option<String>,
}

/// Writes a letter into the outbox and enqueues its sending; both happen only if the transaction commits.
///
/// # Errors
/// The database's.
pub fn post(tx: &mut Tx<'_>, public_url: &str, letter: &Letter<'_>) -> Result<Key> {
    let id = Key(tx.id());
    let (plain, html) = (plain(public_url, letter), html(public_url, letter));
    let now = tx.now();
    let subject = formats::text::clean_line(&letter.subject);
    tx.execute(
        sql!(
            "INSERT INTO letters (id, party_id, kind, subject_id, address, to_name, subject, plain, html, attachment,
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        &[
            &id,
            &letter.to,
            &letter.kind,
            &letter.about,
            &letter.address,
            &letter.name,
            &subject,
            &plain,
            &html,
            &letter.card,
            &now,
        ],
    )?;
    tx.enqueue("letter", &id.to_string(), "", now)?;
    Ok(id)
}

fn greeting(name: &str) -> String {
    if name.is_empty() { "Hello,".to_owned() } else { format!("Hello {},", crate::say::first_name(name)) }
}

fn plain(public_url: &str, letter: &Letter<'_>) -> String {
    let mut text = format!("{}\n", greeting(letter.name));
    for part in &letter.parts {
        let _ = match part {
            Part::Text(words) => write!(text, "\n{words}\n"),
            Part::Quote(words) => {
                let quoted: String = words.lines().map(|line| format!("> {line}\n")).collect();
                write!(text, "\n{quoted}")
            }
            Part::Button(label, path) => write!(text, "\n{label}:\n{public_url}{path}\n"),
        };
    }
    text
}

fn html(public_url: &str, letter: &Letter<'_>) -> String {
    let escape = |s: &str| askama::filters::escape(s, askama::filters::Html).map(|e| e.to_string()).unwrap_or_default();
    let mut text = format!(
        "<!doctype html><html lang=\"en\"><body style=\"font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:1em \
         auto;padding:0 1em\"><p>{}</p>",
        escape(&greeting(letter.name))
    );
    for part in &letter.parts {
        let _ = match part {
            Part::Text(words) => write!(text, "<p>{}</p>", escape(words).replace('\n', "<br>")),
            Part::Quote(words) => write!(
                text,
                "<blockquote style=\"border-left:3px solid #999;margin:1em 0;padding-left:1em\">{}</blockquote>",
                escape(words).replace('\n', "<br>")
            ),
            Part::Button(label, path) => write!(
                text,
                "<p><a href=\"{}\" style=\"display:inline-block;padding:.6em 1.2em;border-radius:6px;background:#1f5f4a;\
                 color:#fff;text-decoration:none\">{}</a></p>",
                escape(&format!("{public_url}{path}")),
                escape(label)
            ),
        };
    }
    text.push_str("</body></html>");
    text
}

/// Sends the letter a job names. At least once: a crash between the relay's yes and our note sends it again.
///
/// # Errors
/// The relay's or the database's; the job is tried again.
pub async fn send(app: &App, job: &Job) -> anyhow::Result<()> {
    let id: Key = job.key.parse()?;
    let found = app
        .db
        .read(move |tx| {
            tx.row(
                sql!(
                    "SELECT address, to_name, subject, plain, html, attachment FROM letters
                     WHERE id = $1 AND sent_at IS NULL"
                ),
                &[&id],
                |r| {
                    Ok((
                        r.get::<String>(0)?,
                        r.get::<String>(1)?,
                        r.get::<String>(2)?,
                        r.get::<String>(3)?,
                        r.get::<String>(4)?,
                        r.get::<Option<String>>(5)?,
                    ))
                },
            )
            .map_err(Error::from)
        })
        .await?;
    let (Some((address, name, subject, plain, html, card)), Way::Smtp(transport, from)) = (found, &app.site.mail)
    else {
        return Ok(());
    };
    let to = lettre::message::Mailbox::new((!name.is_empty()).then_some(name), address.parse()?);
    let body = MultiPart::alternative()
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(plain))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html));
    let body = match card {
        None => body,
        Some(card) => MultiPart::mixed()
            .multipart(body)
            .singlepart(Attachment::new("contact.vcf".to_owned()).body(card, "text/vcard".parse::<ContentType>()?)),
    };
    // The same id for each attempt: a receiver that got it twice can tell.
    let host =
        app.site.public_url.split("://").nth(1).unwrap_or("localhost").split(['/', ':']).next().unwrap_or("localhost");
    let message = Message::builder()
        .message_id(Some(format!("<{id}@{host}>")))
        .from(from.parse()?)
        .to(to)
        .subject(subject)
        .multipart(body)?;
    transport.send(message).await?;
    app.db
        .write(move |tx| {
            let now = tx.now();
            tx.execute(
                sql!("UPDATE letters SET sent_at = $1, plain = '', html = '', attachment = NULL WHERE id = $2"),
                &[&now, &id],
            )
            .map_err(Error::from)
        })
        .await?;
    Ok(())
}
