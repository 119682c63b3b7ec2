//! Reports of letters that did not arrive (delivery status notifications, RFC 3464).

use crate::text::{clean_line, first_bytes};

/// What follows is the returned letter, of which only the head matters.
const MAX_BYTES: usize = 256 * 1024;
/// Words that may be a letter's id.
const MAX_IDS: usize = 64;

/// A letter that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `5.1.1`.
    pub status: String,
    /// What the other server said.
    pub diagnostic: String,
    /// Whatever stands before an `@` and after a `<` or a `+` anywhere in the report: the id in the address it was sent
    /// back to, and in the `Message-ID` of the letter returned with it.
    pub ids: Vec<String>,
}

impl Report {
    /// Whether no letter will ever arrive there: bad mailbox, bad system, or disabled (RFC 3463); a full mailbox or a
    /// letter that was too large or unwelcome is not.
    pub fn is_about_the_address(&self) -> bool {
        self.status.starts_with("5.1.") || matches!(self.status.as_str(), "5.2.1" | "5.0.0" | "5.4.4")
    }
}

/// Reads a report; `None` for anything else, for a letter that is only late, and for one that arrived.
///
/// ```
/// let report = "Content-Type: multipart/report; report-type=delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\n\
///               Action: failed\r\nStatus: 5.1.1\r\n\r\nMessage-ID: <0abc@host>\r\n";
/// assert_eq!(formats::dsn::read(report).map(|r| r.ids), Some(vec!["0abc".to_owned()]));
/// ```
pub fn read(text: &str) -> Option<Report> {
    let text = first_bytes(text, MAX_BYTES);
    let mut lines = unfolded(text);
    let is_report = lines.any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-type:") && line.contains("delivery-status")
    });
    if !is_report {
        return None;
    }
    let (mut failed, mut status, mut diagnostic) = (false, String::new(), String::new());
    for line in unfolded(text) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "action" => failed |= value.eq_ignore_ascii_case("failed"),
            "status" if status.is_empty() && is_status(value) => status = value.chars().take(12).collect(),
            // "smtp; 550 5.1.1 no such user"
            "diagnostic-code" if diagnostic.is_empty() => {
                diagnostic = clean_line(value.split_once(';').map_or(value, |(_, said)| said));
            }
            _ => {}
        }
    }
    (failed && status.starts_with('5')).then(|| Report { status, diagnostic, ids: ids(text) })
}

fn is_status(value: &str) -> bool {
    value.split('.').count() == 3
        && value.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Header lines with their continuations.
fn unfolded(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut lines = text.lines().peekable();
    std::iter::from_fn(move || {
        let mut whole = lines.next()?.to_owned();
        while whole.len() < 4_000 && !whole.is_empty() {
            let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) else { break };
            whole.push(' ');
            whole.push_str(more.trim());
        }
        Some(whole)
    })
}

fn ids(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for before in text.split('@') {
        let Some(at) = before.rfind(['<', '+']) else { continue };
        let word = &before[at + 1..];
        let fits = !word.is_empty() && word.len() <= 64 && word.bytes().all(|b| b.is_ascii_alphanumeric());
        if fits && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
            if found.len() == MAX_IDS {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As Postfix writes it.
    const RETURNED: &str = "Return-Path: <>\r\nDelivered-To: bounces+0abcdefghjkmnpqrstvwxyz012@goodword.example\r\n\
        From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n\
        Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"B1\"\r\n\r\n--B1\r\n\
        Content-Type: text/plain\r\n\r\nI'm sorry to have to inform you that your message could not be delivered.\r\n\r\n--B1\r\n\
        Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
        Final-Recipient: rfc822; nobody@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.org>: Recipient address\r\n    rejected: User unknown\r\n\r\n--B1\r\n\
        Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1abcdefghjkmnpqrstvwxyz012@goodword.example>\r\n\r\n--B1--\r\n";

    #[test]
    fn a_returned_letter_is_read() {
        let report = read(RETURNED).expect("a report");
        assert_eq!(report.status, "5.1.1");
        assert_eq!(report.diagnostic, "550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown");
        assert!(report.is_about_the_address());
        for id in ["0abcdefghjkmnpqrstvwxyz012", "1abcdefghjkmnpqrstvwxyz012"] {
            assert!(report.ids.iter().any(|found| found == id), "{:?}", report.ids);
        }
    }

    #[test]
    fn late_full_and_ordinary_letters_are_told_apart() {
        assert_eq!(read(&RETURNED.replace("Action: failed", "Action: delayed").replace("5.1.1", "4.4.1")), None);
        assert_eq!(read(&RETURNED.replace("delivery-status", "mixed")), None);
        assert_eq!(read("Subject: hello\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"), None);
        let full = read(&RETURNED.replace("Status: 5.1.1", "Status: 5.2.2")).expect("a report");
        assert!(!full.is_about_the_address());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(Content-Type: multipart/report; report-type=delivery-status\r\n|Action: failed\n|Status: |5\\.|1|<|@|\\+|:|;|\r\n |\n|[\\s\\S]){0,60}") {
            read(&text);
        }
    }
}
