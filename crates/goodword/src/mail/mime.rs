//! The message as it goes over the wire: headers that let mail programs thread, file and unsubscribe.

use super::UNSUBSCRIBE;
use super::smtp::Relay;
use super::topics;
use crate::key::Key;
use anyhow::Context;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

/// A letter out of the outbox.
pub(super) struct Outgoing {
    pub id: Key,
    pub kind: String,
    pub address: String,
    pub name: String,
    pub subject: String,
    pub plain: String,
    pub html: String,
    /// A vCard or a calendar.
    pub attachment: Option<String>,
    /// The secret of its one-click address.
    pub unsubscribe: Option<String>,
    /// Letters to the same person about the same thing that have left before, oldest first.
    pub earlier: Vec<Key>,
    pub created_at: i64,
}

/// Sets the message. Nothing in a letter can add a header: values are single lines, and encoded by the library.
///
/// # Errors
/// An address no server would take.
pub(super) fn message(letter: &Outgoing, relay: &Relay, public_url: &str, network: &str) -> anyhow::Result<Message> {
    let host = host(public_url);
    let id = |key: &Key| format!("<{key}@{host}>");
    let address: Address = letter.address.parse().context("the address is none")?;
    let name = formats::text::clean_line(&letter.name);
    let topic = topics::of(&letter.kind);
    let mut builder = Message::builder()
        // The same id for each attempt: a receiver that got it twice can tell.
        .message_id(Some(id(&letter.id)))
        .from(relay.from.clone())
        .to(Mailbox::new((!name.is_empty()).then_some(name), address.clone()))
        .subject(formats::text::clean_line(&letter.subject))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("List-Id"),
            format!("{} <{}.{host}>", plain_words(network), topic.name),
        ))
        // No holiday notices to us, please (RFC 3834).
        .raw_header(fixed(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    if let Some(token) = &letter.unsubscribe {
        let value = format!("<{public_url}{UNSUBSCRIBE}{token}>");
        builder = builder.raw_header(fixed(HeaderName::new_from_ascii_str("List-Unsubscribe"), value)).raw_header(
            fixed(HeaderName::new_from_ascii_str("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click".to_owned()),
        );
    }
    if let Some(last) = letter.earlier.last() {
        let all: Vec<String> = letter.earlier.iter().map(id).collect();
        builder = builder.in_reply_to(id(last)).references(all.join(" "));
    }
    if let Some(bounces) = &relay.bounces {
        let back: Address = format!("{}+{}@{}", bounces.user(), letter.id, bounces.domain()).parse()?;
        builder = builder.envelope(Envelope::new(Some(back), vec![address])?);
    }
    Ok(builder.multipart(body(letter)?)?)
}

fn body(letter: &Outgoing) -> anyhow::Result<MultiPart> {
    let words = MultiPart::alternative()
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.plain.clone()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(letter.html.clone()));
    let Some(attachment) = &letter.attachment else { return Ok(words) };
    if !attachment.starts_with("BEGIN:VCALENDAR") {
        let card = Attachment::new("contact.vcf".to_owned()).body(attachment.clone(), "text/vcard".parse()?);
        return Ok(MultiPart::mixed().multipart(words).singlepart(card));
    }
    // As an alternative for programs that show an invitation in place, as a file for the others.
    let method = attachment.lines().find_map(|line| line.strip_prefix("METHOD:")).unwrap_or("PUBLISH");
    let kind: ContentType = format!("text/calendar; charset=utf-8; method={method}").parse()?;
    let words = words.singlepart(SinglePart::builder().header(kind).body(attachment.clone()));
    let file = Attachment::new("invitation.ics".to_owned()).body(attachment.clone(), "application/ics".parse()?);
    Ok(MultiPart::mixed().multipart(words).singlepart(file))
}

/// The host of the public URL, without its port.
pub fn host(public_url: &str) -> &str {
    public_url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next()).unwrap_or("localhost")
}

/// For the phrase before `<…>`: no character that would need quoting.
fn plain_words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect()
}

/// A value of ours that must not be folded or encoded: ASCII without white space at risk.
fn fixed(name: HeaderName, value: String) -> HeaderValue {
    let value: String = value.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
    HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value)
}
