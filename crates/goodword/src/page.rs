//! What every page shares: the frame for the layout, notices shown once, redirects, the page for errors.

pub use crate::notice::{Notice, own_path};

use crate::app::Site;
use crate::roles::Role;
use crate::viewer::{Guest, Member};
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;

/// What `layout.html` needs; every page's struct has one as `frame`.
pub struct Frame {
    /// The network's name.
    pub network: String,
    /// Shows the banner.
    pub demo: bool,
    /// Who is signed in.
    pub member: Option<Member>,
    /// Who is signed in without being a member, for conversations.
    pub guest: Option<Guest>,
    /// Something to say once.
    pub notice: Option<Notice>,
    /// Path and query of this page.
    pub path: String,
    /// Microseconds since 1970, for "3 days ago".
    pub now: i64,
    /// For dates.
    pub zone: TimeZone,
    /// `light` or `dark`, where the person chose one.
    pub theme: Option<&'static str>,
    /// Who runs the network, once they have said so.
    pub operator: Option<String>,
}

impl Frame {
    /// `3 days ago`.
    pub fn ago(&self, at: &i64) -> String {
        crate::say::ago(at, &self.now)
    }

    /// `24 November 2026`.
    pub fn date(&self, at: &i64) -> String {
        crate::say::date(at, &self.zone)
    }

    /// `24 Nov 2026, 14:05`.
    pub fn moment(&self, at: &i64) -> String {
        crate::say::moment(at, &self.zone)
    }

    /// For `<time datetime>`.
    pub fn machine(&self, at: &i64) -> String {
        crate::say::machine(at, &self.zone)
    }

    /// Whether whoever is signed in keeps the network, as moderator or admin.
    pub fn is_moderator(&self) -> bool {
        self.member.as_ref().is_some_and(|m| m.role >= Role::Moderator)
    }

    /// Whether whoever is signed in is an admin.
    pub fn is_admin(&self) -> bool {
        self.member.as_ref().is_some_and(|m| m.role >= Role::Admin)
    }

    /// ` aria-current="page"` for a link to `start` when this page lies under it.
    pub fn current(&self, start: &str) -> askama::filters::Safe<&'static str> {
        let path = self.path.split('?').next().unwrap_or("/");
        let under = path == start || path.strip_prefix(start).is_some_and(|rest| rest.starts_with('/'));
        askama::filters::Safe(if under { " aria-current=\"page\"" } else { "" })
    }
}

/// 303 to `path`, where `notice` is shown once.
pub fn see_other(site: &Site, path: &str, notice: &Notice) -> Response {
    let mut response = Redirect::to(path).into_response();
    set_cookie(site, &mut response, "notice", &notice.to_cookie(), Some(60));
    response
}

/// Forgets the notice that has just been shown.
pub fn drop_notice(site: &Site, response: &mut Response) {
    set_cookie(site, response, "notice", "", Some(0));
}

/// Sets a cookie of ours; `seconds` of `None` lasts as long as the browser is open.
pub fn set_cookie(site: &Site, response: &mut Response, name: &str, value: &str, seconds: Option<i64>) {
    let secure = if site.is_secure() { "; Secure" } else { "" };
    let age = seconds.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", site.cookie(name));
    if let Ok(text) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, text);
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct Failure<'a> {
    status: u16,
    title: &'a str,
    sentence: &'a str,
}

/// The page for an error.
pub fn failure(status: StatusCode, sentence: &str) -> Html<String> {
    let title = match status.as_u16() {
        400 | 415 | 422 => "That did not work",
        403 => "Not yours to do",
        404 => "Not found",
        405 => "Not possible here",
        409 => "That cannot be done now",
        410 => "This link has ended",
        413 => "Too large",
        429 => "A little slower, please",
        503 => "Back in a moment",
        _ => "Something went wrong",
    };
    let page = Failure { status: status.as_u16(), title, sentence };
    Html(page.render().unwrap_or_else(|_| sentence.to_owned()))
}

/// Errors of a form, for templates: `{% if let Some(e) = errors.of("email") %}`.
#[derive(Clone, Debug, Default)]
pub struct Errors(pub Vec<(&'static str, String)>);

impl Errors {
    /// The sentence for a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, sentence)| sentence.as_str())
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the field errors out of `result`; passes other errors on.
    ///
    /// # Errors
    /// Anything but [`crate::error::Error::Invalid`].
    pub fn split<T>(result: crate::error::Result<T>) -> crate::error::Result<std::result::Result<T, Self>> {
        match result {
            Ok(value) => Ok(Ok(value)),
            Err(crate::error::Error::Invalid(fields)) => Ok(Err(Self(fields))),
            Err(other) => Err(other),
        }
    }

    /// As [`Errors::split`], with the status to show the form again with: also what was refused as a whole (changed
    /// meanwhile, too many, not allowed) is said beside `field`, so that nothing typed is lost.
    ///
    /// # Errors
    /// What no form can mend.
    pub fn kept<T>(
        result: crate::error::Result<T>,
        field: &'static str,
    ) -> crate::error::Result<std::result::Result<T, (StatusCode, Self)>> {
        use crate::error::Error;
        match result {
            Ok(value) => Ok(Ok(value)),
            Err(Error::Invalid(fields)) => Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, Self(fields)))),
            Err(error @ (Error::Conflict(_) | Error::TooMany(_) | Error::Forbidden(_))) => {
                Ok(Err((error.status(), Self(vec![(field, error.sentence())]))))
            }
            Err(other) => Err(other),
        }
    }
}
