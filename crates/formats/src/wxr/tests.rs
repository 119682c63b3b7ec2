//! Files of several real-world shapes, broken ones, and whatever chance makes.

use super::*;
use crate::xml::Broken;
use proptest::prelude::*;

const COM: &[u8] = include_bytes!("../../tests/files/wordpress-com.xml");
const OLD: &[u8] = include_bytes!("../../tests/files/wordpress-1.0.xml");
const MESSY: &[u8] = include_bytes!("../../tests/files/wordpress-messy.xml");

fn entries(file: &[u8]) -> Vec<Entry> {
    read(file).map(|entry| entry.unwrap()).collect()
}

fn posts(entries: &[Entry]) -> Vec<&Post> {
    entries.iter().filter_map(|e| if let Entry::Post(post) = e { Some(&**post) } else { None }).collect()
}

fn comments(entries: &[Entry]) -> Vec<&Comment> {
    entries.iter().filter_map(|e| if let Entry::Comment(comment) = e { Some(&**comment) } else { None }).collect()
}

fn at(text: &str) -> Option<i64> {
    Some(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

#[test]
fn a_file_of_wordpress_com() {
    let entries = entries(COM);
    let Entry::Site(site) = &entries[0] else { panic!("the site comes first") };
    assert_eq!((site.title.as_str(), site.url.as_str()), ("The Referral Desk", "https://referraldesk.example"));
    let Entry::Author(author) = &entries[1] else { panic!("then authors") };
    assert_eq!((author.id, author.login.as_str(), author.name.as_str()), (Some(31337), "nadia", "Nadia Moss"));
    let posts = posts(&entries);
    let kinds: Vec<(u64, &str)> = posts.iter().map(|p| (p.id, p.kind.as_str())).collect();
    assert_eq!(kinds, [(12, "post"), (2, "page"), (9, "attachment"), (10, "nav_menu_item"), (14, "post")]);
    assert_eq!(posts[0].at, at("2011-01-26T22:05:59Z"));
    assert!(posts[0].html.starts_with("I have tried two kinds of group.\nOne met"));
    assert_eq!(posts[0].terms.len(), 2);
    assert!(posts[0].open && posts[0].pings_open && !posts[1].open);
    assert_eq!(posts[4].at, at("2011-03-01T17:00:00Z"), "a draft has local time only: shifted as its neighbours are");
    let comments = comments(&entries);
    let shape: Vec<_> = comments.iter().map(|c| (c.id, c.parent, c.state)).collect();
    use State::{Approved, Held};
    assert_eq!(shape, [(101, 0, Approved), (102, 101, Approved), (103, 102, Held), (104, 0, Approved)]);
    assert_eq!((comments[1].email.as_str(), comments[1].user), ("", 31337));
    assert_eq!(comments[3].kind, Kind::Pingback);
    assert_eq!(comments[3].url, "http://another.example/groups?a=1&b=2");
    assert_eq!(comments[3].author, "Another blog &raquo; Groups", "entities inside CDATA are the author's own");
}

#[test]
fn an_old_file_in_another_encoding() {
    let entries = entries(OLD);
    let Entry::Site(site) = &entries[0] else { panic!("the site comes first") };
    assert_eq!((site.title.as_str(), site.version.as_str()), ("Café Kontakte", "1.0"));
    let (posts, comments) = (posts(&entries), comments(&entries));
    assert_eq!(posts[0].title, "Wer kennt einen Gärtner & Floristen?");
    assert_eq!(
        posts[0].terms,
        [Term { domain: "category".into(), slug: "allgemein".into(), name: "Allgemein".into() }]
    );
    assert_eq!((comments[0].author.as_str(), comments[0].html.as_str()), ("Bjørn", "Frag Anna & Ben"));
    assert_eq!(comments[1].kind, Kind::Comment, "no type at all");
    assert_eq!(comments[1].at, at("2007-04-02T12:00:00Z"));
}

#[test]
fn a_messy_file_is_read_to_its_end() {
    let entries = entries(MESSY);
    let (posts, comments) = (posts(&entries), comments(&entries));
    assert_eq!(posts[0].html, "Code: a[b[0]]> and a bell  here");
    assert_eq!(posts.len(), 5);
    assert_eq!(posts[4].id, 0);
    assert_eq!(comments[1].html, "The parent\u{fffd}, second");
    let by = |id: u64| comments.iter().find(|c| c.id == id).unwrap();
    assert_eq!((by(51).state, by(52).state), (State::Trash, State::Spam));
    assert_eq!(by(53).kind, Kind::Other("order_note".into()));
    assert_eq!(by(57).at, None);
    assert_eq!(by(58).html, "Unclosed &lt;b&gt; &amp; lone & ampersand");
}

fn last(file: &[u8]) -> Broken {
    read(file).last().unwrap().unwrap_err()
}

#[test]
fn what_cannot_be_read_says_why() {
    assert!(matches!(last(b""), Broken::NotThis(_)));
    assert!(matches!(last(b"{\"posts\": []}"), Broken::NotThis(_)));
    assert!(matches!(last(b"<html><body>Not found</body></html>"), Broken::NotThis(_)));
    assert_eq!(last(&COM[..COM.len() / 2]), Broken::CutShort);
    assert_eq!(last(&COM[..COM.len() - 20]), Broken::CutShort);
    let before = read(&COM[..COM.len() / 2]).filter(Result::is_ok).count();
    assert!(before > 3, "what came before the break is good: {before}");
    let bomb =
        b"<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]><rss>&lol2;</rss>";
    assert_eq!(last(bomb), Broken::Entities);
    assert_eq!(last(b"<!DOCTYPE rss SYSTEM \"file:///etc/passwd\" [ %x; ]><rss/>"), Broken::Entities);
    assert!(
        matches!(last(b"<?xml version=\"1.0\" encoding=\"klingon\"?><rss/>"), Broken::Encoding(l) if l == "klingon")
    );
    assert_eq!(last(("<rss>".to_owned() + &"<a>".repeat(100)).as_bytes()), Broken::TooDeep);
    assert!(matches!(last(b"<rss><channel></item></rss>"), Broken::Malformed { .. }));
    let endless = std::io::Read::chain(&b"<rss><channel><title>"[..], std::io::repeat(b'x'));
    assert_eq!(read(endless).last().unwrap().unwrap_err(), Broken::TooLong);
}

#[test]
fn utf_16_is_read_by_its_mark() {
    let text = String::from_utf8(COM.to_vec()).unwrap().replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(entries(&wide), entries(COM));
}

/// One item with comments without end, made while it is read.
struct Endless {
    piece: Vec<u8>,
    left: usize,
    at: usize,
}

impl std::io::Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let n = into.len().min(self.piece.len() - self.at);
        into[..n].copy_from_slice(&self.piece[self.at..self.at + n]);
        self.at += n;
        if self.at == self.piece.len() {
            (self.at, self.left) = (0, self.left - 1);
        }
        Ok(n)
    }
}

#[test]
fn a_large_file_streams() {
    let piece = b"<wp:comment><wp:comment_id>7</wp:comment_id><wp:comment_content><![CDATA[words]]></wp:comment_content></wp:comment>";
    let file =
        std::io::Read::chain(&b"<rss><channel><item>"[..], Endless { piece: piece.to_vec(), left: 20_000, at: 0 });
    let file = std::io::Read::chain(file, &b"</item></channel></rss>"[..]);
    assert_eq!(read(file).filter(|e| matches!(e, Ok(Entry::Comment(c)) if c.html == "words")).count(), 20_000);
}

/// What a file holds, without what the writer does not keep (the year of the format).
fn written(entries: &[Entry]) -> Vec<u8> {
    let mut writer = None;
    for entry in entries {
        match (entry, &mut writer) {
            (Entry::Site(site), _) => writer = Some(Writer::begin(Vec::new(), site, "test", 0).unwrap()),
            (Entry::Author(author), Some(writer)) => writer.author(author).unwrap(),
            (Entry::Post(post), Some(writer)) => writer.post(post).unwrap(),
            (Entry::Comment(comment), Some(writer)) => writer.comment(comment).unwrap(),
            _ => panic!("the site comes first"),
        }
    }
    writer.unwrap().end().unwrap()
}

#[test]
fn what_is_written_reads_back() {
    for file in [COM, OLD, MESSY] {
        let mut first = entries(file);
        // Our files always say version 1.2, name authors by a number, and hold when a post was last changed.
        for entry in &mut first {
            match entry {
                Entry::Site(site) => site.version = "1.2".into(),
                Entry::Author(author) => author.id = author.id.or(Some(0)),
                Entry::Post(post) => post.edited_at = post.edited_at.or(post.at),
                Entry::Comment(_) => {}
            }
        }
        assert_eq!(entries(&written(&first)), first);
    }
}

prop_compose! {
    fn any_comment()(
        id in 1u64..1_000_000, parent in 0u64..1_000_000, author in "\\PC{0,30}", html in "[\\s\\S]{0,80}|(\\]\\]>|<|&|x){0,30}",
        url in "\\PC{0,30}", at in proptest::option::of(0i64..4_000_000_000), user in 0u64..9,
    ) -> Comment {
        Comment {
            id, parent, user, html,
            author: crate::text::clean_line(&author), url: crate::text::clean_line(&url),
            at: at.map(|seconds| seconds * 1_000_000), state: State::Approved, kind: Kind::Comment, ..Comment::default()
        }
    }
}

proptest! {
    #[test]
    fn any_comment_survives_writing_and_reading(comment in any_comment()) {
        let site = Entry::Site(Site { version: "1.2".into(), ..Site::default() });
        let post = Entry::Post(Box::new(Post { id: 1, open: true, ..Post::default() }));
        let back = entries(&written(&[site, post, Entry::Comment(Box::new(comment.clone()))]));
        // What XML cannot hold is left out first: a line end may come together by it.
        let html: String = comment.html.chars().filter(|c| crate::xml::is_allowed(*c)).collect();
        let html = html.replace("\r\n", "\n").replace('\r', "\n");
        let kept = Comment { html, ..comment };
        prop_assert_eq!(comments(&back), vec![&kept]);
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes[..]).count();
        read(&[b"<rss><channel>".to_vec(), bytes].concat()[..]).count();
    }

    #[test]
    fn any_soup_of_elements_is_read(soup in "(<rss>|<channel>|<item>|</item>|<wp:comment>|</wp:comment>|<wp:post_id>|</wp:post_id>|<wp:author>|</wp:author>|<!\\[CDATA\\[|\\]\\]>|<category domain=\"|\" nicename=|/>|&|;|<!--|-->|<!DOCTYPE|[a-z<>]){0,60}") {
        read(format!("<rss><channel>{soup}").as_bytes()).count();
        read(soup.as_bytes()).count();
    }
}
