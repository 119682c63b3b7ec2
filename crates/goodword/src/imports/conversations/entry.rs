//! What both kinds of file are turned into before anything is written.

use store::Uuid;

/// Where something stood: the site's address, its kind there, its number there. The same again is the same row here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Without a slash at the end.
    pub site: String,
    /// `post`, `comment`, `disqus thread`, `disqus comment`.
    pub kind: &'static str,
    /// Its number there.
    pub id: String,
}

impl Origin {
    /// The row it becomes, always the same: so a reply can name a parent that comes later in the file. Rows sort as the
    /// numbers there do, which is the order of things written in one second.
    pub fn row(&self) -> Uuid {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for part in [&self.site, self.kind, &self.id] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        let number: u64 = self.id.parse().unwrap_or(0);
        bytes[..6].copy_from_slice(&number.to_be_bytes()[2..]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// A post to be.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// Where it stood.
    pub origin: Origin,
    /// Its address there.
    pub url: String,
    /// The last part of its address there, or its title: the wish for an address here.
    pub slug: String,
    /// `discussion` or `page`.
    pub kind: &'static str,
    /// As shown.
    pub author: String,
    /// Private.
    pub email: String,
    /// Plain text.
    pub title: String,
    /// HTML.
    pub text: String,
    /// As stored.
    pub state: &'static str,
    /// Takes no more comments.
    pub is_locked: bool,
    /// Takes pingbacks.
    pub pings_open: bool,
    /// µs.
    pub at: Option<i64>,
    /// Kind (`tag`, `category`), slug, name.
    pub terms: Vec<(&'static str, String, String)>,
}

/// A comment to be.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// Where it stood.
    pub origin: Origin,
    /// What it stood under.
    pub post: Origin,
    /// What it answered.
    pub parent: Option<Origin>,
    /// `comment`, `pingback`, `trackback`, `webmention`.
    pub kind: &'static str,
    /// As shown.
    pub author: String,
    /// Private.
    pub email: String,
    /// Their site.
    pub url: String,
    /// HTML.
    pub text: String,
    /// As stored.
    pub state: &'static str,
    /// µs; without it, that of its post.
    pub at: Option<i64>,
}

/// One step through a file.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A post.
    Post(Box<NewPost>),
    /// A comment.
    Comment(Box<NewComment>),
    /// Something left out, or not kept as it was.
    Note {
        /// Such as `comment 17`.
        what: String,
        /// Why.
        reason: &'static str,
    },
    /// Nothing to be said about.
    Nothing,
}

/// Characters of a name that are kept.
const NAME: usize = 120;

/// A name as written elsewhere, maybe with HTML in it.
pub fn name(written: &str) -> String {
    let plain = formats::html::plain(written).replace('\n', " ");
    let name: String = plain.chars().take(NAME).collect();
    if name.trim().is_empty() { "Anonymous".to_owned() } else { name.trim().to_owned() }
}

/// An address that can be one, or nothing.
pub fn email(written: &str) -> String {
    crate::input::Email::parse("email", written).map(|e| e.as_str().to_owned()).unwrap_or_default()
}

/// A link that leads to the web, or nothing.
pub fn url(written: &str) -> String {
    let is_web = written.starts_with("https://") || written.starts_with("http://");
    if is_web && written.len() <= 2_000 { written.to_owned() } else { String::new() }
}
