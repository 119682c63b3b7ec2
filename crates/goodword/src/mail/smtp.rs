//! How letters leave: the relay, how it is reached and who we say we are.

use anyhow::{Context, bail};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, Tokio1Executor};
use std::time::Duration;

/// How letters leave.
pub enum Way {
    /// They do not: the demo's mailbox shows them, and `serve` tells the admin.
    Kept,
    /// By SMTP.
    Smtp(Box<Relay>),
}

/// Where letters are handed over.
pub struct Relay {
    pub(super) transport: AsyncSmtpTransport<Tokio1Executor>,
    pub(super) from: Mailbox,
    /// What comes back is addressed here, with the letter's id after a plus.
    pub(super) bounces: Option<Address>,
}

impl Way {
    /// `smtps://…` or `smtp://…`, see [`transport`]; `bounces` is the address that returned mail goes to.
    ///
    /// # Errors
    /// A URL or an address that is none, or a password that would travel in the clear.
    pub fn smtp(url: &str, from: &str, bounces: Option<&str>) -> anyhow::Result<Self> {
        let from =
            from.parse().with_context(|| format!("“{from}” is no sender, such as Goodword <goodword@example.org>"))?;
        let bounces = bounces.map(str::parse).transpose().context("the address for bounces is none")?;
        Ok(Self::Smtp(Box::new(Relay { transport: transport(url)?, from, bounces })))
    }
}

impl Way {
    /// Says hello to the relay and signs in, without handing over a letter: what was refused, in its words.
    ///
    /// # Errors
    /// What the relay, or the way to it, said.
    pub async fn test(&self) -> Result<(), String> {
        let Self::Smtp(relay) = self else { return Ok(()) };
        match relay.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it is not ready for letters".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Secured {
    FromTheStart,
    Required,
    IfOffered,
    Not,
}

/// `smtps://user:password@host` speaks TLS from the start (port 465); `smtp://…` asks for STARTTLS (587) and sends
/// nothing without it, except to this very machine (25). After a `?`: `tls=required|opportunistic|none`,
/// `auth=plain,login,xoauth2`, `timeout=SECONDS`, `ca=FILE` (PEM) for a relay with a certificate of one's own making.
fn transport(url: &str) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let (bare, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = bare.split_once("://").context("a relay is written smtps://host or smtp://host")?;
    let authority = rest.split('/').next().unwrap_or_default();
    let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let here = matches!(host, "localhost" | "127.0.0.1" | "::1");
    let (mut secured, mut mechanisms, mut seconds, mut authority_file) = (None, None, 30, None);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match (name, value) {
            ("tls", "required") => secured = Some(Secured::Required),
            ("tls", "opportunistic") => secured = Some(Secured::IfOffered),
            ("tls", "none") => secured = Some(Secured::Not),
            ("auth", list) => mechanisms = Some(list.split(',').map(mechanism).collect::<anyhow::Result<Vec<_>>>()?),
            ("timeout", text) => seconds = text.parse().context("timeout is a number of seconds")?,
            ("ca", file) => authority_file = Some(file),
            _ => bail!("“{name}={value}” is not known here; there are tls, auth, timeout and ca"),
        }
    }
    let secured = match (scheme, secured) {
        ("smtps", None | Some(Secured::Required)) => Secured::FromTheStart,
        ("smtps", _) => bail!("smtps:// always speaks TLS; leave tls= out, or write smtp://"),
        ("smtp", Some(given)) => given,
        ("smtp", None) if here => Secured::Not,
        ("smtp", None) => Secured::Required,
        _ => bail!("a relay is written smtps://host or smtp://host"),
    };
    if !login.is_empty() && !here && matches!(secured, Secured::Not | Secured::IfOffered) {
        bail!("the password would travel in the clear: use smtps://, or smtp:// with tls=required");
    }
    let asked = match secured {
        Secured::FromTheStart | Secured::Not => "",
        Secured::Required => "?tls=required",
        Secured::IfOffered => "?tls=opportunistic",
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&format!("{bare}{asked}"))?;
    if let Some(file) = authority_file {
        let pem = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
        let trusted = Certificate::from_pem(&pem).with_context(|| format!("{file} is no certificate"))?;
        let parameters = TlsParameters::builder(host.to_owned()).add_root_certificate(trusted).build_rustls()?;
        builder = match secured {
            Secured::FromTheStart => builder.tls(Tls::Wrapper(parameters)),
            Secured::Required => builder.tls(Tls::Required(parameters)),
            Secured::IfOffered => builder.tls(Tls::Opportunistic(parameters)),
            Secured::Not => builder,
        };
    }
    if let Some(mechanisms) = mechanisms {
        builder = builder.authentication(mechanisms);
    }
    Ok(builder.timeout(Some(Duration::from_secs(seconds))).build())
}

fn mechanism(name: &str) -> anyhow::Result<Mechanism> {
    match name {
        "plain" => Ok(Mechanism::Plain),
        "login" => Ok(Mechanism::Login),
        "xoauth2" => Ok(Mechanism::Xoauth2),
        _ => bail!("“{name}” is no way to sign in to a relay; there are plain, login and xoauth2"),
    }
}

#[cfg(test)]
mod tests {
    use super::transport;

    #[test]
    fn passwords_travel_by_tls_only() {
        for good in [
            "smtps://ana:secret@mail.example.org",
            "smtp://ana:secret@mail.example.org",
            "smtp://ana:secret@mail.example.org:2525?tls=required&auth=plain,login&timeout=5",
            "smtp://mail.example.org?tls=opportunistic",
            "smtp://ana:secret@localhost:25?tls=none",
            "smtp://ana:p%40ss@[::1]:25",
        ] {
            transport(good).unwrap_or_else(|e| panic!("{good}: {e}"));
        }
        for bad in [
            "smtp://ana:secret@mail.example.org?tls=none",
            "smtp://ana:secret@mail.example.org?tls=opportunistic",
            "smtps://mail.example.org?tls=none",
            "smtp://mail.example.org?auth=cram-md5",
            "smtp://mail.example.org?timeout=soon",
            "smtp://mail.example.org?verify=no",
            "http://mail.example.org",
            "mail.example.org",
            "smtps://mail.example.org?ca=/nowhere/at/all.pem",
        ] {
            assert!(transport(bad).is_err(), "{bad}");
        }
    }
}
