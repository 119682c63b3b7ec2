//! The reader: one pass, at most one entry's fields in memory.

use super::{Author, Comment, Entry, Kind, MAX_FIELD, Post, Site, State, Term};
use crate::xml::{Broken, Node, Puller, add_up_to};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use quick_xml::events::BytesStart;
use std::collections::VecDeque;
use std::io::Read;

/// Categories and tags of one post that are kept.
const MAX_TERMS: usize = 200;

/// Reads a WordPress export. Yields the site, then authors, posts and comments as they come; after an error nothing
/// follows, but what came before it is good.
///
/// ```
/// let file = "<rss><channel><title>Blog</title><item><wp:post_id>7</wp:post_id></item></channel></rss>";
/// let entries: Vec<_> = formats::wxr::read(file.as_bytes()).collect();
/// assert!(matches!(&entries[1], Ok(formats::wxr::Entry::Post(post)) if post.id == 7));
/// ```
pub fn read<R: Read>(input: R) -> Reader<R> {
    Reader {
        xml: Puller::new(input),
        site: Some(Site::default()),
        here: Place::Channel,
        author: Author::default(),
        post: None,
        comment: Comment::default(),
        dates: Dates::default(),
        leaf: None,
        base: 2,
        text: String::new(),
        cut: false,
        offset: 0,
        waiting: VecDeque::new(),
        over: false,
    }
}

/// The entries of a file; made by [`read`].
pub struct Reader<R> {
    xml: Puller<R>,
    /// Taken when it is handed out.
    site: Option<Site>,
    here: Place,
    author: Author,
    /// Of the item read at present; taken when it is handed out, with its first comment or at its end.
    post: Option<Box<Post>>,
    comment: Comment,
    dates: Dates,
    /// The field whose text is being read.
    leaf: Option<String>,
    /// Depth of the element whose fields are read.
    base: usize,
    text: String,
    cut: bool,
    /// Microseconds to add to the site's local time, as the last entry with both times showed it.
    offset: i64,
    waiting: VecDeque<Entry>,
    over: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Channel,
    Author,
    Item,
    Comment,
}

/// What one entry says about its times.
#[derive(Default)]
struct Dates {
    utc: Option<i64>,
    local: Option<i64>,
    published: Option<i64>,
    edited_utc: Option<i64>,
    edited_local: Option<i64>,
}

impl Dates {
    /// The entry's times in UTC; teaches `offset` where both are known. An hour of summer time may be wrong where only the
    /// local time is given.
    fn settle(&mut self, offset: &mut i64) -> (Option<i64>, Option<i64>) {
        if let (Some(utc), Some(local)) = (self.utc, self.local) {
            *offset = utc - local;
        }
        let at = self.utc.or(self.local.map(|local| local + *offset)).or(self.published);
        let edited = self.edited_utc.or(self.edited_local.map(|local| local + *offset));
        *self = Self::default();
        (at, edited)
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Entry, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.waiting.pop_front() {
                return Some(Ok(entry));
            }
            if self.over {
                return None;
            }
            if let Err(broken) = self.step() {
                self.over = true;
                return Some(Err(broken));
            }
        }
    }
}

impl<R: Read> Reader<R> {
    fn step(&mut self) -> Result<(), Broken> {
        let opened = match self.xml.next(("rss", "a WordPress export (it has no <rss> at its beginning)"))? {
            Node::Text(text) => {
                if let Some(leaf) = &self.leaf {
                    let is_cut = add_up_to(&mut self.text, &text, MAX_FIELD);
                    self.cut |= is_cut && matches!(leaf.as_str(), "content:encoded" | "wp:comment_content");
                }
                return Ok(());
            }
            Node::Start(start) => {
                let name = start.name().as_ref().to_owned();
                let term = (name == "category").then(|| Term {
                    domain: attribute(&start, "domain"),
                    slug: attribute(&start, "nicename"),
                    name: String::new(),
                });
                Some((name, term))
            }
            Node::End => None,
            Node::Over => {
                self.hand_out_site();
                self.over = true;
                return Ok(());
            }
        };
        match opened {
            Some((name, term)) => self.open(name, term),
            None => self.close(),
        }
        Ok(())
    }

    fn open(&mut self, name: String, term: Option<Term>) {
        let depth = self.xml.depth();
        match (self.here, name.as_str()) {
            // Inside a field, or inside something of no interest.
            _ if depth != self.base + 1 => {}
            (Place::Channel, "item") => {
                self.hand_out_site();
                (self.here, self.base) = (Place::Item, depth);
                self.post = Some(Box::new(Post { open: true, kind: "post".into(), ..Post::default() }));
                self.dates = Dates::default();
                self.cut = false;
            }
            (Place::Channel, "wp:author") => {
                self.hand_out_site();
                (self.here, self.base) = (Place::Author, depth);
                self.author = Author::default();
            }
            (Place::Item, "wp:comment") => {
                self.hand_out_post();
                (self.here, self.base) = (Place::Comment, depth);
                self.comment = Comment::default();
                self.dates = Dates::default();
                self.cut = false;
            }
            _ => {
                if let (Place::Item, Some(term), Some(post)) = (self.here, term, &mut self.post) {
                    if matches!(term.domain.as_str(), "category" | "post_tag" | "tag") && post.terms.len() < MAX_TERMS {
                        post.terms.push(term);
                    } else {
                        return;
                    }
                }
                self.text.clear();
                self.leaf = Some(name);
            }
        }
    }

    fn close(&mut self) {
        let depth = self.xml.depth();
        if depth == self.base {
            if let Some(name) = self.leaf.take() {
                let text = std::mem::take(&mut self.text);
                self.assign(&name, text);
            }
        } else if depth < self.base {
            self.leaf = None;
            match self.here {
                Place::Channel => self.hand_out_site(),
                Place::Author => {
                    self.waiting.push_back(Entry::Author(std::mem::take(&mut self.author)));
                    (self.here, self.base) = (Place::Channel, depth);
                }
                Place::Item => {
                    self.hand_out_post();
                    (self.here, self.base) = (Place::Channel, depth);
                }
                Place::Comment => {
                    let mut comment = std::mem::take(&mut self.comment);
                    comment.cut = self.cut;
                    comment.at = self.dates.settle(&mut self.offset).0;
                    self.waiting.push_back(Entry::Comment(Box::new(comment)));
                    (self.here, self.base) = (Place::Item, depth);
                }
            }
        }
    }

    fn hand_out_site(&mut self) {
        if let Some(site) = self.site.take() {
            self.waiting.push_back(Entry::Site(site));
        }
    }

    fn hand_out_post(&mut self) {
        if let Some(mut post) = self.post.take() {
            post.cut = self.cut;
            (post.at, post.edited_at) = self.dates.settle(&mut self.offset);
            // Old files name each term twice: once bare, once with where it belongs.
            post.terms.retain(|term| !term.name.is_empty() || !term.slug.is_empty());
            self.waiting.push_back(Entry::Post(post));
        }
    }

    fn assign(&mut self, name: &str, text: String) {
        match self.here {
            Place::Channel => self.assign_site(name, text),
            Place::Author => match name {
                "wp:author_id" => self.author.id = text.trim().parse().ok(),
                "wp:author_login" => self.author.login = line(&text),
                "wp:author_email" => self.author.email = line(&text),
                "wp:author_display_name" => self.author.name = line(&text),
                _ => {}
            },
            Place::Item => self.assign_post(name, text),
            Place::Comment => self.assign_comment(name, text),
        }
    }

    fn assign_site(&mut self, name: &str, text: String) {
        let Some(site) = &mut self.site else { return };
        let address = || line(&text).trim_end_matches('/').to_owned();
        match name {
            "title" => site.title = line(&text),
            "description" => site.description = line(&text),
            "language" => site.language = line(&text),
            "wp:wxr_version" => site.version = line(&text),
            // The blog's own address says it best, then the link, then the address of the whole network of blogs.
            "wp:base_blog_url" => site.url = address(),
            "link" | "wp:base_site_url" if site.url.is_empty() => site.url = address(),
            _ => {}
        }
    }

    fn assign_post(&mut self, name: &str, text: String) {
        let Some(post) = &mut self.post else { return };
        match name {
            "title" => post.title = text.trim().to_owned(),
            "link" => post.link = line(&text),
            "dc:creator" => post.creator = line(&text),
            "content:encoded" => post.html = text,
            "excerpt:encoded" => post.excerpt = text,
            "pubDate" => self.dates.published = mail_date(&text),
            "wp:post_id" => post.id = text.trim().parse().unwrap_or(0),
            "wp:post_date" => self.dates.local = date(&text),
            "wp:post_date_gmt" => self.dates.utc = date(&text),
            "wp:post_modified" => self.dates.edited_local = date(&text),
            "wp:post_modified_gmt" => self.dates.edited_utc = date(&text),
            "wp:comment_status" => post.open = text.trim() != "closed",
            "wp:ping_status" => post.pings_open = text.trim() == "open",
            "wp:post_name" => post.slug = line(&text),
            "wp:status" => post.status = line(&text),
            "wp:post_type" => post.kind = line(&text),
            "wp:post_password" => post.has_password = !text.trim().is_empty(),
            "category" => {
                if let Some(term) = post.terms.last_mut() {
                    term.name = line(&text);
                }
            }
            _ => {}
        }
    }

    fn assign_comment(&mut self, name: &str, text: String) {
        let comment = &mut self.comment;
        match name {
            "wp:comment_id" => comment.id = text.trim().parse().unwrap_or(0),
            "wp:comment_parent" => comment.parent = text.trim().parse().unwrap_or(0),
            "wp:comment_author" => comment.author = line(&text),
            "wp:comment_author_email" => comment.email = line(&text),
            "wp:comment_author_url" => comment.url = line(&text),
            "wp:comment_date" => self.dates.local = date(&text),
            "wp:comment_date_gmt" => self.dates.utc = date(&text),
            "wp:comment_content" => comment.html = text,
            "wp:comment_user_id" => comment.user = text.trim().parse().unwrap_or(0),
            "wp:comment_approved" => {
                comment.state = match text.trim() {
                    "1" | "approve" | "approved" => State::Approved,
                    "spam" => State::Spam,
                    "trash" | "post-trashed" => State::Trash,
                    _ => State::Held,
                }
            }
            "wp:comment_type" => {
                comment.kind = match text.trim() {
                    "" | "comment" => Kind::Comment,
                    "pingback" => Kind::Pingback,
                    "trackback" => Kind::Trackback,
                    other => Kind::Other(crate::text::first_bytes(other, 40).to_owned()),
                }
            }
            // comment_author_IP is not read: whoever commented has a right to be forgotten.
            _ => {}
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> String {
    let found = start.attributes().with_checks(false).flatten().find(|a| a.key.as_ref() == name);
    found.map(|a| line(&quick_xml::escape::unescape(&a.value).unwrap_or(a.value.as_ref().into()))).unwrap_or_default()
}

/// One clean line of bounded length.
fn line(text: &str) -> String {
    crate::text::clean_line(crate::text::first_bytes(text, 4_000))
}

/// `2011-01-26 14:05:59` as if it were UTC, in microseconds; the zero date of a draft is none.
fn date(text: &str) -> Option<i64> {
    let moment = DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).ok()?;
    micros(&moment.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

/// `Wed, 26 Jan 2011 14:05:59 +0000`; a draft's year -0001 is none.
fn mail_date(text: &str) -> Option<i64> {
    micros(&jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp())
}

/// Years before 1900 are mistakes.
fn micros(moment: &jiff::Timestamp) -> Option<i64> {
    Some(moment.as_microsecond()).filter(|at| *at > -2_208_988_800_000_000)
}
