//! From a Disqus export to posts and comments: a thread becomes a post when somebody wrote in it.

use super::entry::{self, Entry, NewComment, NewPost, Origin};
use formats::disqus;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io::Read;

/// Walks through the file.
pub fn entries<R: Read>(input: R) -> impl Iterator<Item = Result<Entry, formats::Broken>> {
    let mut source = disqus::read(input);
    let mut walk = Walk::default();
    std::iter::from_fn(move || {
        if let Some(ready) = walk.ready.pop_front() {
            return Some(Ok(ready));
        }
        match source.next()? {
            Err(broken) => return Some(Err(broken)),
            Ok(disqus::Entry::Thread(thread)) => walk.thread(*thread),
            Ok(disqus::Entry::Comment(comment)) => walk.comment(*comment),
        }
        Some(Ok(walk.ready.pop_front().unwrap_or(Entry::Nothing)))
    })
}

#[derive(Default)]
struct Walk {
    /// Threads by number; taken when their post is made.
    threads: HashMap<String, (Origin, Option<Box<NewPost>>)>,
    seen: HashSet<String>,
    ready: VecDeque<Entry>,
}

impl Walk {
    fn thread(&mut self, thread: disqus::Thread) {
        if thread.id.is_empty() || thread.is_deleted {
            return self.note(
                format!("thread {} \u{201c}{}\u{201d}", thread.id, thread.title),
                "it was deleted, or has no number",
            );
        }
        let origin = Origin { site: site(&thread), kind: "disqus thread", id: thread.id.clone() };
        let title = formats::html::plain(&thread.title).replace('\n', " ");
        let title = if title.trim().is_empty() { "Untitled".to_owned() } else { title.chars().take(160).collect() };
        let post = NewPost {
            origin: origin.clone(),
            url: entry::url(&thread.link),
            slug: title.clone(),
            kind: "discussion",
            author: thread.forum.clone(),
            email: String::new(),
            text: if thread.link.is_empty() { title.clone() } else { link(&thread.link) },
            title,
            state: "published",
            is_locked: thread.is_closed,
            pings_open: false,
            at: thread.at,
            terms: Vec::new(),
        };
        self.threads.insert(thread.id, (origin, Some(Box::new(post))));
    }

    fn comment(&mut self, comment: disqus::Comment) {
        let what = format!("comment {}", comment.id);
        let Some((post, new)) = self.threads.get_mut(&comment.thread) else {
            return self.note(what, "the thread it was written in is not in the file");
        };
        if comment.id.is_empty() || comment.html.trim().is_empty() {
            return self.note(what, "it has no number, or no words");
        }
        if !self.seen.insert(comment.id.clone()) {
            return self.note(what, "another comment of the same number came before");
        }
        let post = post.clone();
        self.ready.extend(new.take().map(Entry::Post));
        let origin = |id: String| Origin { site: post.site.clone(), kind: "disqus comment", id };
        self.ready.push_back(Entry::Comment(Box::new(NewComment {
            origin: origin(comment.id),
            parent: (!comment.parent.is_empty()).then(|| origin(comment.parent)),
            kind: "comment",
            author: entry::name(&comment.author),
            email: entry::email(&comment.email),
            url: String::new(),
            text: comment.html,
            state: match (comment.is_spam, comment.is_deleted, comment.is_held) {
                (true, ..) => "spam",
                (_, true, _) => "trash",
                (.., true) => "held",
                _ => "approved",
            },
            at: comment.at,
            post,
        })));
    }

    fn note(&mut self, what: String, reason: &'static str) {
        self.ready.push_back(Entry::Note { what, reason });
    }
}

/// The site a thread's page stands on: Disqus knows only short names of its own.
fn site(thread: &disqus::Thread) -> String {
    let host = thread.link.split_once("://").and_then(|(scheme, rest)| {
        let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
        Some(format!("{scheme}://{host}"))
    });
    host.unwrap_or_else(|| format!("disqus:{}", thread.forum))
}

fn link(url: &str) -> String {
    let url = url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!("<a href=\"{url}\">{url}</a>")
}
