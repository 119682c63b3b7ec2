//! WordPress export files (WXR 1.0 to 1.2): a reader that streams them, however large and messy, and a writer.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Reader, read};
pub use write::Writer;

/// Bytes of one field; the rest of a longer one is cut off and the entry says so.
pub const MAX_FIELD: usize = 1024 * 1024;

/// Something in the file, in the order of the file: the site first, a post before its comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// What was exported. Comes once, before anything else.
    Site(Site),
    /// Who wrote posts; guests are only named in their comments.
    Author(Author),
    /// A post, page, attachment, menu entry …
    Post(Box<Post>),
    /// A comment under the last [`Entry::Post`].
    Comment(Box<Comment>),
}

/// The exported site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub title: String,
    /// Its address, without a slash at the end.
    pub url: String,
    /// Its motto.
    pub description: String,
    /// Such as `en-US`.
    pub language: String,
    /// Of the format: `1.0`, `1.1`, `1.2`.
    pub version: String,
}

/// A writer of posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// As the site numbers them; old files have none.
    pub id: Option<u64>,
    /// What posts name them by.
    pub login: String,
    /// Private.
    pub email: String,
    /// As shown.
    pub name: String,
}

/// A post or page, or what WordPress keeps in the same table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Post {
    /// Unique in its site; 0 where the file has none.
    pub id: u64,
    /// HTML with entities decoded.
    pub title: String,
    /// Where it stands.
    pub link: String,
    /// The [`Author::login`] of who wrote it.
    pub creator: String,
    /// HTML with bare newlines.
    pub html: String,
    /// HTML, usually empty.
    pub excerpt: String,
    /// Microseconds since 1970.
    pub at: Option<i64>,
    /// Last change, microseconds since 1970.
    pub edited_at: Option<i64>,
    /// Whether comments are taken.
    pub open: bool,
    /// Whether pingbacks are taken.
    pub pings_open: bool,
    /// In its address.
    pub slug: String,
    /// `publish`, `draft`, `private`, `pending`, `future`, `inherit`, `trash` …
    pub status: String,
    /// `post`, `page`, `attachment`, `nav_menu_item`, `revision` …
    pub kind: String,
    /// Its password is not kept: it says only that there was one.
    pub has_password: bool,
    /// Categories and tags.
    pub terms: Vec<Term>,
    /// A field was longer than [`MAX_FIELD`].
    pub cut: bool,
}

/// A category or tag of a post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// `category` or `post_tag`.
    pub domain: String,
    /// In its address.
    pub slug: String,
    /// As shown.
    pub name: String,
}

/// A comment or ping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comment {
    /// Unique in its site; 0 where the file has none.
    pub id: u64,
    /// The comment it answers; 0 at the top. May come later in the file, or never.
    pub parent: u64,
    /// As shown.
    pub author: String,
    /// Private; '' for many comments of WordPress.com.
    pub email: String,
    /// The author's site, or where a ping came from.
    pub url: String,
    /// Microseconds since 1970.
    pub at: Option<i64>,
    /// HTML with bare newlines.
    pub html: String,
    /// Whether readers see it.
    pub state: State,
    /// What it is.
    pub kind: Kind,
    /// The site's own number of a registered author; 0 for a guest.
    pub user: u64,
    /// A field was longer than [`MAX_FIELD`].
    pub cut: bool,
}

/// Whether readers see a comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// They do.
    Approved,
    /// A moderator has not decided.
    #[default]
    Held,
    /// Spam; WordPress does not export it, other writers of the format do.
    Spam,
    /// Thrown away.
    Trash,
}

/// What a comment is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Somebody's words; old files say nothing.
    #[default]
    Comment,
    /// Another site linked here.
    Pingback,
    /// The same, the older way.
    Trackback,
    /// A plug-in's own kind.
    Other(String),
}
