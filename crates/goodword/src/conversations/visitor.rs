//! Who is reading or writing here: a member, a guest this browser remembers, or a stranger.

use super::guests::{self, Browser};
use crate::app::App;
use crate::error::Result;
use crate::key::{Key, hash_token};
use crate::page::Frame;
use crate::roles::Role;
use crate::viewer::{Visit, Who};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use std::convert::Infallible;
use store::Tx;

/// One request to a page of conversations.
#[derive(Clone)]
pub struct Visitor {
    /// The request.
    pub visit: Visit,
    guest: Option<[u8; 32]>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let jar = CookieJar::from_headers(&parts.headers);
        let guest = jar.get(&app.site.cookie("guest")).map(|c| hash_token(c.value()));
        Ok(Self { visit, guest })
    }
}

/// Who that is, inside a transaction.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The member, if signed in, and what they may browse.
    pub who: Who,
    /// The guest without an account, if this browser wrote before and nobody is signed in.
    pub guest: Option<Browser>,
    /// Looks after what is said here.
    pub moderator: bool,
}

impl Reader {
    /// Who is signed in, member or guest: party and name.
    pub fn account(&self) -> Option<(Key, &str)> {
        let member = self.who.member.as_ref().map(|m| (m.id, m.name.as_str()));
        member.or_else(|| self.who.guest.as_ref().map(|g| (g.id, g.name.as_str())))
    }

    /// Whether they wrote something: its author's party, and the browser it was written from.
    pub fn wrote(&self, author: Option<Key>, browser: Option<Key>) -> bool {
        match (self.account(), &self.guest) {
            (Some((id, _)), _) => author == Some(id) && browser.is_none(),
            (None, Some(guest)) => browser == Some(guest.id),
            (None, None) => false,
        }
    }
}

impl Visitor {
    fn reader(tx: &mut Tx<'_>, who: &Who, guest: Option<[u8; 32]>) -> Result<Reader> {
        let moderator = who.member.as_ref().is_some_and(|m| m.role >= Role::Moderator);
        let guest = match (who.session(), guest) {
            (None, Some(token)) => guests::browser(tx, &token)?,
            _ => None,
        };
        Ok(Reader { who: who.clone(), guest, moderator })
    }

    /// Runs `verb` over one snapshot.
    ///
    /// # Errors
    /// The verb's.
    pub async fn read<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&mut Tx<'_>, &Reader) -> Result<T> + Send + 'static,
    ) -> Result<(Frame, T)> {
        let guest = self.guest;
        self.visit
            .read(move |tx, who| {
                let reader = Self::reader(tx, who, guest)?;
                verb(tx, &reader)
            })
            .await
    }

    /// Runs `verb` in one transaction, signed in or not.
    ///
    /// # Errors
    /// The verb's.
    pub async fn write<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&mut Tx<'_>, &Reader) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let guest = self.guest;
        self.visit
            .write_as_anyone(move |tx, who| {
                let reader = Self::reader(tx, who, guest)?;
                verb(tx, &reader)
            })
            .await
    }
}
