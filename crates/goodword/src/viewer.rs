//! Who is asking: the session behind a request, and the two ways a handler reaches the database.

use crate::accounts;
use crate::api::once::Once;
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::{Key, hash_token};
use crate::page::{Frame, Notice};
use crate::roles::Role;
use crate::tokens::{self, Scope};
use askama::Template;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use store::{Tx, sql};

/// A signed-in member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Their party.
    pub id: Key,
    /// As others see it.
    pub name: String,
    /// In URLs: `/people/ana-reyes`.
    pub handle: String,
    /// Notices not read yet.
    pub waiting: i64,
    /// Whether they have said whose judgement they rely on.
    pub trusts_somebody: bool,
    /// This session, or the access token in its place.
    pub session: Key,
    /// What they are to the network.
    pub role: Role,
}

/// Somebody signed in with an account elsewhere who is no member: takes part in conversations, and nothing else.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Their party, of kind `guest`, or another that is no member.
    pub id: Key,
    /// As others see it.
    pub name: String,
    /// This session.
    pub session: Key,
}

/// What a request carries to say who is asking.
#[derive(Clone, Copy)]
enum Credential {
    /// A browser's cookie.
    Session([u8; 32]),
    /// A program's access token, and what this request needs it to be good for.
    Token([u8; 32], Scope),
}

/// Who is asking, inside a transaction.
#[derive(Clone, Debug)]
pub struct Who {
    /// `None`: signed out.
    pub member: Option<Member>,
    /// A guest who signed in; never together with a member.
    pub guest: Option<Guest>,
    /// When this session was last noted to be in use.
    seen_at: i64,
    /// Whether people signed out see public people and voices.
    pub open: bool,
    /// Microseconds since 1970.
    pub now: i64,
}

impl Who {
    /// The member, or "please sign in".
    ///
    /// # Errors
    /// [`Error::SignIn`].
    pub fn member(&self) -> Result<&Member> {
        self.member.as_ref().ok_or(Error::SignIn)
    }

    /// Their id, if signed in.
    pub fn id(&self) -> Option<Key> {
        self.member.as_ref().map(|m| m.id)
    }

    /// The member, if they keep the network as a moderator or an admin.
    ///
    /// # Errors
    /// [`Error::SignIn`], [`Error::Forbidden`].
    pub fn moderator(&self) -> Result<&Member> {
        self.at_least(Role::Moderator, "This is for the moderators of the network.")
    }

    /// The member, if they keep the network as an admin.
    ///
    /// # Errors
    /// [`Error::SignIn`], [`Error::Forbidden`].
    pub fn admin(&self) -> Result<&Member> {
        self.at_least(Role::Admin, "This is for the admins of the network.")
    }

    fn at_least(&self, role: Role, refusal: &str) -> Result<&Member> {
        let member = self.member()?;
        if member.role >= role { Ok(member) } else { Err(Error::Forbidden(refusal.to_owned())) }
    }

    /// The party and session behind this request, member or guest.
    pub fn session(&self) -> Option<(Key, Key)> {
        let member = self.member.as_ref().map(|m| (m.id, m.session));
        member.or_else(|| self.guest.as_ref().map(|g| (g.id, g.session)))
    }

    /// Members always; people signed out only where the network is open.
    ///
    /// # Errors
    /// [`Error::SignIn`].
    pub fn may_browse(&self) -> Result<()> {
        if self.open || self.member.is_some() { Ok(()) } else { Err(Error::SignIn) }
    }
}

/// One request: extracted first by every page handler.
#[derive(Clone)]
pub struct Visit {
    /// The running program.
    pub app: App,
    /// Path and query, to come back to.
    pub path: String,
    /// What the browser says of itself.
    pub agent: String,
    /// Where the request comes from: for limits, never kept.
    pub address: IpAddr,
    credential: Option<Credential>,
    once: Option<Once>,
    notice: Option<Notice>,
    theme: Option<&'static str>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        // Pages take cookies alone; the API takes a token first.
        let credential = match tokens::bearer(&parts.uri, &parts.headers) {
            Some(token) => Some(Credential::Token(token, Scope::needed(&parts.method, parts.uri.path()))),
            None => jar.get(&app.site.cookie("session")).map(|c| Credential::Session(hash_token(c.value()))),
        };
        let once = parts.extensions.get::<Once>().cloned();
        let notice = jar.get(&app.site.cookie("notice")).and_then(|c| Notice::from_cookie(c.value()));
        let theme = match jar.get("theme").map(|c| c.value()) {
            Some("light") => Some("light"),
            Some("dark") => Some("dark"),
            _ => None,
        };
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
        let address = client_address(parts);
        Ok(Self { app: app.clone(), path, agent, address, credential, once, notice, theme })
    }
}

/// The other end of the connection; where that is this machine, the server in front of us, which says whom it speaks for.
/// Only the last entry is its own word: earlier ones were sent along by the client.
fn client_address(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(Ipv4Addr::LOCALHOST.into(), |info| info.0.ip());
    let said = parts.headers.get_all("x-forwarded-for").iter().next_back().and_then(|v| v.to_str().ok());
    let last = said.and_then(|all| all.rsplit(',').next()?.trim().parse().ok());
    last.filter(|_| peer.to_canonical().is_loopback()).unwrap_or(peer)
}

impl Visit {
    /// Runs `verb` over one snapshot; the frame is what the layout needs.
    ///
    /// # Errors
    /// The verb's.
    pub async fn read<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&mut Tx<'_>, &Who) -> Result<T> + Send + 'static,
    ) -> Result<(Frame, T)> {
        let (credential, open) = (self.credential, self.app.open());
        let (who, unnoted, value) = self
            .app
            .db
            .read(move |tx| {
                let (who, unnoted) = who(tx, credential, open)?;
                let value = verb(tx, &who)?;
                Ok::<_, Error>((who, unnoted, value))
            })
            .await?;
        self.note_use(&who, unnoted);
        Ok((self.frame_for(who), value))
    }

    /// Notes now and then that this session or token is in use, after the page: reading waits for no write.
    fn note_use(&self, who: &Who, token: Option<Key>) {
        let session = who.session().filter(|_| who.now - who.seen_at > accounts::NOTED).map(|(_, session)| session);
        if session.is_none() && token.is_none() {
            return;
        }
        let app = self.app.clone();
        tokio::spawn(async move {
            let noted = app.db.write(move |tx| match (token, session) {
                (Some(token), _) => tokens::note_use(tx, token),
                (None, Some(session)) => accounts::seen(tx, session),
                (None, None) => Ok(()),
            });
            if let Err(error) = noted.await {
                tracing::debug!(%error, "a session's use was not noted");
            }
        });
    }

    /// Runs `verb` for the signed-in member, in one transaction.
    ///
    /// # Errors
    /// [`Error::SignIn`], or the verb's.
    pub async fn write<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&mut Tx<'_>, &Member) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_as_anyone(move |tx, who| verb(tx, who.member()?)).await
    }

    /// As [`Visit::write`], for those who keep the network as `role` at least.
    ///
    /// # Errors
    /// [`Error::SignIn`], [`Error::Forbidden`]; the verb's.
    pub async fn write_as<T: Send + 'static>(
        &self,
        role: Role,
        mut verb: impl FnMut(&mut Tx<'_>, &Member) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_as_anyone(move |tx, who| {
            let keeper = if role == Role::Admin { who.admin()? } else { who.moderator()? };
            verb(tx, keeper)
        })
        .await
    }

    /// Runs `verb` in one transaction, signed in or not: for signed links and sign-in.
    ///
    /// # Errors
    /// The verb's.
    pub async fn write_as_anyone<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&mut Tx<'_>, &Who) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (credential, open, once) = (self.credential, self.app.open(), self.once.clone());
        let value = self
            .app
            .db
            .write(move |tx| {
                let (who, unnoted) = who(tx, credential, open)?;
                if let Some(token) = unnoted {
                    tokens::note_use(tx, token)?;
                }
                let value = verb(tx, &who)?;
                if let Some(once) = &once {
                    once.note_done(tx)?;
                }
                Ok::<_, Error>(value)
            })
            .await?;
        self.app.written().await;
        Ok(value)
    }

    /// What the layout needs, when a page reads nothing else (a form shown again with its errors).
    ///
    /// # Errors
    /// The database's.
    pub async fn frame(&self) -> Result<Frame> {
        Ok(self.read(|_, _| Ok(())).await?.0)
    }

    fn frame_for(&self, who: Who) -> Frame {
        Frame {
            network: self.app.network(),
            demo: self.app.site.demo,
            member: who.member,
            guest: who.guest,
            notice: self.notice.clone(),
            path: self.path.clone(),
            now: who.now,
            zone: self.app.site.zone.clone(),
            theme: self.theme,
            operator: self.app.operator(),
        }
    }

    /// A page: 200.
    ///
    /// # Errors
    /// A template that fails to render.
    pub fn html(&self, page: &impl Template) -> Result<Response> {
        self.html_as(StatusCode::OK, page)
    }

    /// A page with another status, such as 422 for a form shown again.
    ///
    /// # Errors
    /// A template that fails to render.
    pub fn html_as(&self, status: StatusCode, page: &impl Template) -> Result<Response> {
        let text = page.render().map_err(|e| Error::Internal(e.into()))?;
        let mut response = (status, axum::response::Html(text)).into_response();
        if self.notice.is_some() {
            crate::page::drop_notice(&self.app.site, &mut response);
        }
        Ok(response)
    }

    /// 303 to `path`, where `notice` is shown once.
    pub fn see(&self, path: &str, notice: &str) -> Response {
        crate::page::see_other(&self.app.site, path, &Notice { words: notice.to_owned(), undo: None })
    }

    /// 303 to `path`, with a notice that offers to undo by posting to `undo`.
    pub fn see_with_undo(&self, path: &str, notice: &str, undo: &str) -> Response {
        crate::page::see_other(&self.app.site, path, &Notice { words: notice.to_owned(), undo: Some(undo.to_owned()) })
    }
}

/// The member or guest behind a session's or an access token's hash, and the token whose use is still to be noted. A token
/// that is none is refused, never taken for nobody.
fn who(tx: &mut Tx<'_>, credential: Option<Credential>, open: bool) -> Result<(Who, Option<Key>)> {
    let now = tx.now();
    let nobody = Who { member: None, guest: None, seen_at: now, open, now };
    let token = match credential {
        None => return Ok((nobody, None)),
        Some(Credential::Token(hash, needed)) => {
            let (member, unnoted) = tokens::member(tx, &hash, needed)?;
            let unnoted = unnoted.then_some(member.session);
            return Ok((Who { member: Some(member), ..nobody }, unnoted));
        }
        Some(Credential::Session(token)) => token,
    };
    let found = tx.row(
        sql!(
            "SELECT p.id, p.name, COALESCE(p.handle, ''), s.id,
               (SELECT COUNT(*) FROM notices n WHERE n.party_id = p.id AND n.read_at IS NULL),
               EXISTS (SELECT 1 FROM trusts t WHERE t.from_id = p.id),
               (SELECT MIN(r.role) FROM roles r WHERE r.party_id = p.id AND r.scope = 'network'
                  AND r.role IN ('moderator', 'admin')), p.kind, s.seen_at
             FROM sessions s JOIN parties p ON p.id = s.party_id
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND p.status = 'active'"
        ),
        &[&token, &now],
        |r| {
            let member = Member {
                id: r.get(0)?,
                name: r.get(1)?,
                handle: r.get(2)?,
                session: r.get(3)?,
                waiting: r.get(4)?,
                trusts_somebody: r.get(5)?,
                // 'admin' sorts before 'moderator'.
                role: Role::parse(&r.get::<Option<String>>(6)?.unwrap_or_default()),
            };
            Ok((member, r.get::<String>(7)? == "member", r.get(8)?))
        },
    )?;
    let who = match found {
        Some((member, true, seen_at)) => Who { member: Some(member), seen_at, ..nobody },
        Some((Member { id, name, session, .. }, false, seen_at)) => {
            Who { guest: Some(Guest { id, name, session }), seen_at, ..nobody }
        }
        None => nobody,
    };
    Ok((who, None))
}
