//! Reader of Disqus export files: threads (the pages commented on) and their posts (the comments), streamed.

use crate::xml::{Broken, Node, Puller, add_up_to};
use quick_xml::events::BytesStart;
use std::io::Read;

/// Bytes of one field; the rest of a longer one is cut off and the entry says so.
pub const MAX_FIELD: usize = 1024 * 1024;

/// Something in the file. Threads come before their comments in real files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A page that was commented on.
    Thread(Box<Thread>),
    /// A comment.
    Comment(Box<Comment>),
}

/// A page that was commented on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// Unique in all of Disqus; '' where the file has none.
    pub id: String,
    /// The site's short name at Disqus.
    pub forum: String,
    /// Where the page stands.
    pub link: String,
    /// Its title.
    pub title: String,
    /// Microseconds since 1970.
    pub at: Option<i64>,
    /// Takes no more comments.
    pub is_closed: bool,
    /// Was deleted.
    pub is_deleted: bool,
}

/// A comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comment {
    /// Unique in all of Disqus; '' where the file has none.
    pub id: String,
    /// The [`Thread::id`] it stands in.
    pub thread: String,
    /// The comment it answers; '' at the top. May come later in the file, or never.
    pub parent: String,
    /// As shown.
    pub author: String,
    /// Private; only in older files.
    pub email: String,
    /// HTML.
    pub html: String,
    /// Microseconds since 1970.
    pub at: Option<i64>,
    /// Was deleted.
    pub is_deleted: bool,
    /// Was judged spam.
    pub is_spam: bool,
    /// Said not to be approved; files of some years say.
    pub is_held: bool,
    /// A field was longer than [`MAX_FIELD`].
    pub cut: bool,
}

/// Reads a Disqus export; after an error nothing follows, but what came before it is good.
///
/// ```
/// let file = r#"<disqus xmlns:dsq="x"><thread dsq:id="5"><title>Hi</title></thread></disqus>"#;
/// let entries: Vec<_> = formats::disqus::read(file.as_bytes()).collect();
/// assert!(matches!(&entries[0], Ok(formats::disqus::Entry::Thread(t)) if t.id == "5" && t.title == "Hi"));
/// ```
pub fn read<R: Read>(input: R) -> Reader<R> {
    Reader {
        xml: Puller::new(input),
        entry: None,
        in_author: false,
        leaf: None,
        text: String::new(),
        ready: None,
        over: false,
    }
}

/// The entries of a file; made by [`read`].
pub struct Reader<R> {
    xml: Puller<R>,
    entry: Option<Entry>,
    in_author: bool,
    leaf: Option<String>,
    text: String,
    ready: Option<Entry>,
    over: bool,
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Entry, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            match self.step() {
                Ok(()) => {
                    if let Some(entry) = self.ready.take() {
                        return Some(Ok(entry));
                    }
                }
                Err(broken) => {
                    self.over = true;
                    return Some(Err(broken));
                }
            }
        }
        None
    }
}

impl<R: Read> Reader<R> {
    fn step(&mut self) -> Result<(), Broken> {
        let opened = match self.xml.next(("disqus", "a Disqus export (it has no <disqus> at its beginning)"))? {
            Node::Text(text) => {
                if self.leaf.is_some()
                    && add_up_to(&mut self.text, &text, MAX_FIELD)
                    && let Some(Entry::Comment(comment)) = &mut self.entry
                {
                    comment.cut = true;
                }
                return Ok(());
            }
            Node::Start(start) => Some((start.local_name().as_ref().to_owned(), id(&start))),
            Node::End => None,
            Node::Over => {
                self.over = true;
                return Ok(());
            }
        };
        match opened {
            Some((name, id)) => self.open(name, id),
            None => self.close(),
        }
        Ok(())
    }

    fn open(&mut self, name: String, id: String) {
        match (self.xml.depth(), &mut self.entry, name.as_str()) {
            (2, _, "thread") => self.entry = Some(Entry::Thread(Box::new(Thread { id, ..Thread::default() }))),
            (2, _, "post") => self.entry = Some(Entry::Comment(Box::new(Comment { id, ..Comment::default() }))),
            (3, Some(_), "author") => self.in_author = true,
            (3, Some(Entry::Comment(comment)), "thread") => comment.thread = id,
            (3, Some(Entry::Comment(comment)), "parent") => comment.parent = id,
            (3, Some(_), _) => self.begin(name),
            (4, Some(_), _) if self.in_author => self.begin(name),
            _ => {}
        }
    }

    fn begin(&mut self, name: String) {
        self.text.clear();
        self.leaf = Some(name);
    }

    fn close(&mut self) {
        match self.xml.depth() {
            1 => {
                (self.leaf, self.in_author) = (None, false);
                self.ready = self.entry.take();
            }
            2 if self.in_author => (self.leaf, self.in_author) = (None, false),
            2 | 3 => {
                let (leaf, text) = (self.leaf.take(), std::mem::take(&mut self.text));
                if let Some(name) = leaf {
                    self.assign(&name, text);
                }
            }
            _ => {}
        }
    }

    fn assign(&mut self, name: &str, text: String) {
        let yes = text.trim() == "true";
        match &mut self.entry {
            Some(Entry::Thread(thread)) if !self.in_author => match name {
                "forum" => thread.forum = line(&text),
                "link" => thread.link = line(&text),
                "title" => thread.title = line(&text),
                "createdAt" => thread.at = date(&text),
                "isClosed" => thread.is_closed = yes,
                "isDeleted" => thread.is_deleted = yes,
                _ => {}
            },
            Some(Entry::Comment(comment)) if self.in_author => match name {
                "name" => comment.author = line(&text),
                "email" => comment.email = line(&text),
                "username" if comment.author.is_empty() => comment.author = line(&text),
                _ => {}
            },
            Some(Entry::Comment(comment)) => match name {
                "message" => comment.html = text,
                "createdAt" => comment.at = date(&text),
                "isDeleted" => comment.is_deleted = yes,
                "isSpam" => comment.is_spam = yes,
                "isApproved" => comment.is_held = text.trim() == "false",
                // ipAddress is not read.
                _ => {}
            },
            _ => {}
        }
    }
}

/// `dsq:id`.
fn id(start: &BytesStart<'_>) -> String {
    let found = start.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == "id");
    found.map(|a| line(crate::text::first_bytes(&a.value, 64))).unwrap_or_default()
}

fn line(text: &str) -> String {
    crate::text::clean_line(crate::text::first_bytes(text, 4_000))
}

/// `2011-01-26T14:05:59Z`, in microseconds.
fn date(text: &str) -> Option<i64> {
    let moment: jiff::Timestamp = text.trim().parse().ok()?;
    Some(moment.as_microsecond()).filter(|at| *at > -2_208_988_800_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &[u8] = include_bytes!("../tests/files/disqus.xml");

    #[test]
    fn a_disqus_file() {
        let entries: Vec<Entry> = read(FILE).map(|entry| entry.unwrap()).collect();
        let Entry::Thread(thread) = &entries[0] else { panic!("threads first") };
        assert_eq!((thread.id.as_str(), thread.forum.as_str()), ("1001", "referraldesk"));
        assert_eq!(thread.title, "Do networking groups & clubs work?");
        assert!(!thread.is_closed);
        let comments: Vec<&Comment> =
            entries.iter().filter_map(|e| if let Entry::Comment(c) = e { Some(&**c) } else { None }).collect();
        let shape: Vec<_> = comments.iter().map(|c| (c.id.as_str(), c.thread.as_str(), c.parent.as_str())).collect();
        assert_eq!(shape[..2], [("9003", "1001", "9001"), ("9001", "1001", "")]);
        assert_eq!((comments[1].author.as_str(), comments[1].email.as_str()), ("Gregor Ashby", "gregor@example.org"));
        assert!(comments[0].html.starts_with("<p>The answer comes before"));
        assert_eq!(comments[1].at, Some(1_296_083_400_000_000));
        assert!(comments[2].is_spam && comments[3].is_deleted);
        assert_eq!(comments[3].author, "quiet");
        assert_eq!(read(&FILE[..900]).last().unwrap(), Err(Broken::CutShort));
        assert!(matches!(read(&b"<rss/>"[..]).last().unwrap(), Err(Broken::NotThis(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            read(&bytes[..]).count();
            read(&[b"<disqus><post dsq:id='1'>".to_vec(), bytes].concat()[..]).count();
        }
    }
}
