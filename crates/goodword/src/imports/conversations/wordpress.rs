//! From a WordPress export to posts and comments: what is a conversation, what is noise, and which state a thing keeps.

use super::entry::{self, Entry, NewComment, NewPost, Origin};
use formats::wxr::{self, Kind, State};
use std::collections::{HashMap, HashSet};
use std::io::Read;

/// Walks through the file.
pub fn entries<R: Read>(input: R) -> impl Iterator<Item = Result<Entry, formats::Broken>> {
    let mut walk = Walk::default();
    wxr::read(input).map(move |entry| {
        Ok(match entry? {
            wxr::Entry::Site(site) => {
                walk.site = if site.url.is_empty() { format!("wordpress:{}", site.title) } else { site.url };
                Entry::Nothing
            }
            wxr::Entry::Author(author) => {
                walk.authors.insert(author.login, (author.name, author.email));
                Entry::Nothing
            }
            wxr::Entry::Post(post) => walk.post(*post),
            wxr::Entry::Comment(comment) => walk.comment(*comment),
        })
    })
}

#[derive(Default)]
struct Walk {
    site: String,
    /// Login: name and address.
    authors: HashMap<String, (String, String)>,
    /// The post whose comments come now; none where it was left out.
    post: Option<Origin>,
    seen: HashSet<u64>,
}

impl Walk {
    fn origin(&self, kind: &'static str, id: u64) -> Origin {
        Origin { site: self.site.clone(), kind, id: id.to_string() }
    }

    fn post(&mut self, post: wxr::Post) -> Entry {
        self.post = None;
        let title = formats::html::plain(&post.title).replace('\n', " ");
        let what = format!("{} {} \u{201c}{}\u{201d}", post.kind, post.id, formats::text::first_bytes(&title, 80));
        let note = |reason| Entry::Note { what: what.clone(), reason };
        let kind = match post.kind.as_str() {
            "post" => "discussion",
            "page" => "page",
            "attachment" => return note("attachments are not kept"),
            "revision" => return note("an earlier wording, not kept"),
            "nav_menu_item"
            | "custom_css"
            | "customize_changeset"
            | "wp_navigation"
            | "wp_global_styles"
            | "wp_template"
            | "wp_template_part"
            | "wp_block" => return note("part of the look of the site, not a conversation"),
            _ => return note("neither a post nor a page"),
        };
        if post.id == 0 {
            return note("it has no number, so it could not be known again");
        }
        let state = match post.status.as_str() {
            "publish" | "" if !post.has_password => "published",
            "pending" => "held",
            "trash" => "trash",
            "private" | "publish" | "" => "private",
            "inherit" | "auto-draft" => return note("an unfinished copy WordPress kept by itself"),
            _ => "draft",
        };
        let (author, email) = match self.authors.get(&post.creator) {
            Some((name, email)) if !name.is_empty() => (name.clone(), email.clone()),
            Some((_, email)) => (post.creator.clone(), email.clone()),
            None => (post.creator.clone(), String::new()),
        };
        let origin = self.origin("post", post.id);
        self.post = Some(origin.clone());
        let title = if title.trim().is_empty() { "Untitled".to_owned() } else { title.chars().take(160).collect() };
        let term = |t: wxr::Term| {
            let kind = if t.domain == "category" { "category" } else { "tag" };
            (kind, t.slug, entry::name(&t.name))
        };
        Entry::Post(Box::new(NewPost {
            origin,
            url: entry::url(&post.link),
            slug: if post.slug.is_empty() { title.clone() } else { post.slug },
            kind,
            author: entry::name(&author),
            email: entry::email(&email),
            title,
            text: post.html,
            state,
            is_locked: !post.open,
            pings_open: post.pings_open,
            at: post.at,
            terms: post.terms.into_iter().map(term).collect(),
        }))
    }

    fn comment(&mut self, comment: wxr::Comment) -> Entry {
        // Without a name: reports outlast people.
        let what = format!("comment {}", comment.id);
        let note = |reason| Entry::Note { what: what.clone(), reason };
        let Some(post) = self.post.clone() else { return note("what it was written under was left out") };
        if comment.id == 0 {
            return note("it has no number, so it could not be known again");
        }
        if !self.seen.insert(comment.id) {
            return note("another comment of the same number came before");
        }
        let kind = match &comment.kind {
            Kind::Comment => "comment",
            Kind::Pingback => "pingback",
            Kind::Trackback => "trackback",
            Kind::Other(kind) if kind == "webmention" => "webmention",
            Kind::Other(kind) if kind == "review" => "comment",
            Kind::Other(_) => return note("a plug-in’s own note, not a comment"),
        };
        if comment.html.trim().is_empty() {
            return note("it has no words");
        }
        Entry::Comment(Box::new(NewComment {
            origin: self.origin("comment", comment.id),
            post,
            parent: (comment.parent != 0).then(|| self.origin("comment", comment.parent)),
            kind,
            author: entry::name(&comment.author),
            email: entry::email(&comment.email),
            url: entry::url(&comment.url),
            text: comment.html,
            state: match comment.state {
                State::Approved => "approved",
                State::Held => "held",
                State::Spam => "spam",
                State::Trash => "trash",
            },
            at: comment.at,
        }))
    }
}
