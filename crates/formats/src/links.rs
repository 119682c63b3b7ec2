//! The links of a web page, as a browser finds them: in order, without those in comments and scripts; what its entries say of
//! themselves (microformats2: `h-entry`); and the links of a `Link` header. For Webmention.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::RefCell;

/// Links of one page that are kept.
const MOST: usize = 5_000;
/// Bytes of a page's words that are kept.
const WORDS: usize = 512 * 1024;

/// Entries of one page that are read.
const ENTRIES: usize = 50;
/// Bytes of each thing an entry says of itself.
const SAID: usize = 8 * 1024;
/// Elements inside one another that are kept apart; a browser stops there too.
const DEPTH: usize = 512;

/// Elements that hold nothing.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Elements before which a paragraph ends.
const ENDS_P: [&str; 26] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "details",
    "div",
    "dl",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "ul",
];

/// Elements inside a line: words go on after them.
const INLINE: [&str; 14] =
    ["a", "abbr", "b", "cite", "code", "em", "i", "mark", "q", "small", "span", "strong", "sub", "sup"];

/// One link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The element: `a`, `link`, `img`, …; empty for one of a header.
    pub element: String,
    /// What it says it is, in small letters: `webmention`, `nofollow`, …
    pub rel: Vec<String>,
    /// As written: may be relative, may be empty.
    pub href: String,
    /// Where in [`Page::words`] it begins, in bytes.
    pub at: usize,
    /// The innermost of [`Page::entries`] it stands in.
    pub entry: Option<usize>,
}

/// What an `h-entry` says of itself: plain words on one line, empty where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Who wrote it: the name on the card, else the words of `p-author`.
    pub author: String,
    /// Where its author is at home: as written, may be relative.
    pub author_url: String,
    /// Its title: `p-name`.
    pub name: String,
    /// `p-summary`.
    pub summary: String,
    /// `e-content`, without its markup.
    pub content: String,
}

/// What matters of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its title, plain, on one line.
    pub title: String,
    /// What relative links start from, if the page says so.
    pub base: Option<String>,
    /// In order.
    pub links: Vec<Link>,
    /// In order of where they begin.
    pub entries: Vec<Entry>,
    /// Everything there is to read, on one line.
    pub words: String,
}

impl Page {
    /// The words around a link, at most so many characters before and after it, cut between words.
    ///
    /// ```
    /// let page = formats::links::page("<p>One two <a href=/x>three</a> four five</p>");
    /// assert_eq!(page.around(&page.links[0], 6), "two three");
    /// ```
    pub fn around(&self, link: &Link, characters: usize) -> String {
        let at = link.at.min(self.words.len());
        let (before, after) = self.words.split_at_checked(at).unwrap_or(("", &self.words));
        let start = before.char_indices().rev().nth(characters.saturating_sub(1)).map_or(0, |(i, _)| i);
        let start = if start == 0 { 0 } else { before[start..].find(' ').map_or(before.len(), |i| start + i) };
        let end = after.char_indices().nth(characters).map_or(after.len(), |(i, _)| i);
        let end = if end == after.len() { end } else { after[..end].rfind(' ').unwrap_or(end) };
        format!("{}{}", &before[start..], &after[..end]).trim().to_owned()
    }
}

/// Reads a page.
pub fn page(html: &str) -> Page {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Reading::default(), TokenizerOpts::default());
    // It stops only for scripts that are to be run, which this sink never asks for.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let Reading { page, .. } = tokenizer.sink;
    let mut page = page.into_inner();
    for entry in &mut page.entries {
        let Entry { author, name, summary, content, .. } = entry;
        [author, name, summary, content].into_iter().for_each(|said| said.truncate(said.trim_end().len()));
    }
    page.title = page.title.split_whitespace().collect::<Vec<_>>().join(" ");
    page
}

#[derive(Default)]
struct Reading {
    page: RefCell<Page>,
    /// The element whose text comes now is not for reading.
    silent: RefCell<Option<String>>,
    open: RefCell<Open>,
}

/// The elements that are open, and what of them is part of an entry.
#[derive(Default)]
struct Open {
    elements: Vec<(String, Option<Root>)>,
    /// Which words are being read: how deep their element stands, of which entry, and what they say.
    saying: Vec<(usize, usize, Says)>,
}

/// An element from which a microformat begins.
#[derive(Clone, Copy, PartialEq)]
enum Root {
    Entry(usize),
    /// The card of an entry's author.
    Author(usize),
    /// Anything else: what stands in it is not the entry's around it.
    Other,
}

#[derive(Clone, Copy, PartialEq)]
enum Says {
    /// The whole card, or whatever the author is called by.
    Author,
    /// The name on the card.
    AuthorName,
    Name,
    Summary,
    Content,
}

impl Says {
    fn of(self, entry: &mut Entry) -> &mut String {
        match self {
            Self::Author | Self::AuthorName => &mut entry.author,
            Self::Name => &mut entry.name,
            Self::Summary => &mut entry.summary,
            Self::Content => &mut entry.content,
        }
    }
}

impl Open {
    fn root(&self) -> Option<Root> {
        self.elements.iter().rev().find_map(|(_, root)| *root)
    }

    fn entry(&self) -> Option<usize> {
        let mut roots = self.elements.iter().rev();
        roots.find_map(|(_, root)| if let Some(Root::Entry(n)) = root { Some(*n) } else { None })
    }

    /// What ends a paragraph or an item that was left open.
    fn begin(&mut self, name: &str) {
        let last = self.elements.last().map_or("", |(last, _)| last.as_str());
        if last == "p" && ENDS_P.contains(&name) {
            self.end("p");
        } else if last == "li" && name == "li" {
            self.end("li");
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(depth) = self.elements.iter().rposition(|(open, _)| open == name) {
            self.elements.truncate(depth);
            self.saying.retain(|(at, ..)| *at < depth);
        }
    }

    /// An element begins: which microformat it opens, and what of the entry around it says what.
    fn tag(&mut self, name: &str, value: impl Fn(&str) -> Option<String>, entries: &mut Vec<Entry>) {
        self.begin(name);
        if VOID.contains(&name) || self.elements.len() >= DEPTH {
            return;
        }
        let class = value("class").unwrap_or_default();
        let is = |wanted: &str| class.split_whitespace().any(|c| c == wanted);
        let around = self.root();
        let root = if is("h-entry") && entries.len() < ENTRIES {
            entries.push(Entry::default());
            Some(Root::Entry(entries.len() - 1))
        } else if !class.split_whitespace().any(|c| c.starts_with("h-")) {
            None
        } else if let (Some(Root::Entry(n)), true) = (around, is("h-card") && (is("p-author") || is("u-author"))) {
            Some(Root::Author(n))
        } else {
            Some(Root::Other)
        };
        let depth = self.elements.len();
        self.elements.push((name.to_owned(), root));
        let home = value("href").filter(|_| name == "a");
        let said: &[(&str, Says)] = match around {
            Some(Root::Entry(_)) => &[
                ("p-author", Says::Author),
                ("u-author", Says::Author),
                ("p-name", Says::Name),
                ("p-summary", Says::Summary),
                ("e-content", Says::Content),
            ],
            Some(Root::Author(_)) => &[("p-name", Says::AuthorName)],
            _ => return,
        };
        let (Some(Root::Entry(n) | Root::Author(n)), true) = (around, root != Some(Root::Other)) else { return };
        let Some(entry) = entries.get_mut(n) else { return };
        let homes = matches!(around, Some(Root::Author(_))) && is("u-url") || is("p-author") || is("u-author");
        if let Some(home) = home.filter(|_| homes && entry.author_url.is_empty()) {
            entry.author_url = home.trim().to_owned();
        }
        for (_, says) in said.iter().filter(|(class, _)| is(class)) {
            let named = says == &Says::AuthorName && self.saying.iter().any(|s| s.1 == n && s.2 == Says::Author);
            if named {
                // The card says what the name on it is: the rest of its words are not.
                self.saying.retain(|s| s.1 != n || s.2 != Says::Author);
                entry.author.clear();
            }
            if says.of(entry).is_empty() && !self.saying.iter().any(|s| s.1 == n && s.2 == *says) {
                self.saying.push((depth, n, *says));
            }
        }
    }
}

impl TokenSink for Reading {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => return self.tag(&tag),
            Token::CharacterTokens(text) => self.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Reading {
    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if tag.kind == TagKind::EndTag {
            self.silent.borrow_mut().take_if(|silent| silent == name);
            if !INLINE.contains(&name) {
                self.text(" ");
            }
            self.open.borrow_mut().end(name);
            return TokenSinkResult::Continue;
        }
        let value = |wanted: &str| tag.attrs.iter().find(|a| &*a.name.local == wanted).map(|a| a.value.to_string());
        if !INLINE.contains(&name) {
            self.text(" ");
        }
        let mut page = self.page.borrow_mut();
        self.open.borrow_mut().tag(name, value, &mut page.entries);
        if name == "base" && page.base.is_none() {
            page.base = value("href");
        } else if page.links.len() < MOST
            && let Some(href) = value(if matches!(name, "a" | "area" | "link") { "href" } else { "src" })
        {
            let rel = value("rel").unwrap_or_default().split_whitespace().map(str::to_ascii_lowercase).collect();
            let at = page.words.len();
            let entry = self.open.borrow().entry();
            page.links.push(Link { element: name.to_owned(), rel, href: href.trim().to_owned(), at, entry });
        }
        drop(page);
        let raw = match name {
            "script" => RawKind::ScriptData,
            "style" | "noscript" | "iframe" | "noframes" | "xmp" => RawKind::Rawtext,
            "title" | "textarea" => RawKind::Rcdata,
            _ => return TokenSinkResult::Continue,
        };
        *self.silent.borrow_mut() = Some(name.to_owned());
        TokenSinkResult::RawData(raw)
    }

    fn text(&self, text: &str) {
        let mut page = self.page.borrow_mut();
        match self.silent.borrow().as_deref() {
            Some("title") if page.title.len() < 2_000 => page.title.push_str(text),
            Some(_) => {}
            None => {
                let Page { words, entries, .. } = &mut *page;
                on_one_line(text, words, WORDS);
                for (_, entry, says) in &self.open.borrow().saying {
                    on_one_line(text, says.of(&mut entries[*entry]), SAID);
                }
            }
        }
    }
}

/// Adds words to others, one space between them, until there are so many bytes.
fn on_one_line(text: &str, words: &mut String, most: usize) {
    for part in text.split_inclusive(char::is_whitespace) {
        if words.len() > most {
            break;
        }
        let word = part.trim_end_matches(char::is_whitespace);
        words.push_str(word);
        if word.len() < part.len() && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
    }
}

/// The links of a `Link` header (RFC 8288): `<https://example.org/endpoint>; rel="webmention"`.
///
/// ```
/// let links = formats::links::header("</a>; rel=webmention, <b,c>; title=\"x, y\"; rel=\"other WebMention\"");
/// assert_eq!(links[1].href, "b,c");
/// assert_eq!(links[1].rel, ["other", "webmention"]);
/// ```
pub fn header(value: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find('<') {
        let Some(end) = rest[start..].find('>') else { break };
        let href = rest[start + 1..start + end].trim().to_owned();
        rest = &rest[start + end + 1..];
        let stop = unquoted(rest, ',').unwrap_or(rest.len());
        let mut rel = Vec::new();
        let mut parameters = &rest[..stop];
        while !parameters.is_empty() {
            let end = unquoted(parameters, ';').unwrap_or(parameters.len());
            let (name, value) = parameters[..end].split_once('=').unwrap_or_default();
            if name.trim().eq_ignore_ascii_case("rel") && rel.is_empty() {
                rel = value.trim().trim_matches('"').split_whitespace().map(str::to_ascii_lowercase).collect();
            }
            parameters = parameters.get(end + 1..).unwrap_or("");
        }
        links.push(Link { rel, href, ..Link::default() });
        rest = &rest[stop..];
    }
    links
}

/// Where a character stands outside quotation marks.
fn unquoted(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == wanted && !quoted).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hrefs(html: &str) -> Vec<String> {
        page(html).links.into_iter().map(|l| l.href).collect()
    }

    #[test]
    fn links_are_found_where_a_browser_finds_them() {
        let html = "<!doctype html><title>A &amp; B\n page</title><base href='/deep/'><link rel='WebMention other' href=''>\
                    <!-- <a href=/in-a-comment> --><script>var x = '<a href=/in-a-script>'</script>\
                    <A HREF=\"/one?a=1&amp;b=2\" rel=nofollow>one</A> and <img src=two.png><textarea><a href=/typed></textarea>\
                    <a>no href</a><a href='";
        let page = page(html);
        assert_eq!((page.title.as_str(), page.base.as_deref()), ("A & B page", Some("/deep/")));
        let found: Vec<(&str, &str)> = page.links.iter().map(|l| (l.element.as_str(), l.href.as_str())).collect();
        assert_eq!(found, [("link", ""), ("a", "/one?a=1&b=2"), ("img", "two.png")]);
        assert_eq!(page.links[0].rel, ["webmention", "other"]);
        assert_eq!(page.words.trim(), "one and no href");
        assert_eq!(hrefs("<p>plain"), Vec::<String>::new());
    }

    #[test]
    fn words_around_a_link_are_cut_between_words() {
        let page = page("<p>Ünder the <b>ver</b>y long <a href=x>bridge</a> they <i>met</i> again</p>");
        assert_eq!(page.around(&page.links[0], 12), "very long bridge they");
        assert_eq!(page.around(&page.links[0], 1_000), "Ünder the very long bridge they met again");
    }

    #[test]
    fn entries_say_who_wrote_them_and_what() {
        let one = |html: &str| page(html).entries.into_iter().next().unwrap_or_default();
        let entry = one(
            "<article class='post h-entry'><h1 class='p-name'>On <i>groups</i></h1>
             <div class='p-author h-card'><img class=u-photo alt=Photo src=x> <a class='u-url p-name' href='/ana'>Ana
             Reyes</a>, florist</div><p class=p-summary>Short.<div class='e-content'><p>Two<br>years <a href=/t>there</a>.
             <script>alert(1)</script><p>Then left.</div><p class=p-name>Another</p></article> <p class=p-summary>outside",
        );
        assert_eq!(
            entry,
            Entry {
                author: "Ana Reyes".into(),
                author_url: "/ana".into(),
                name: "On groups".into(),
                summary: "Short.".into(),
                content: "Two years there. Then left.".into(),
            }
        );
        let short = one(
            "<div class=h-entry><a class='p-author h-card' href=https://ana.example>Ana</a> <span class=e-content>Yes!</span>",
        );
        assert_eq!((&*short.author, &*short.author_url, &*short.content), ("Ana", "https://ana.example", "Yes!"));
        assert_eq!(one("<p class=h-entry><span class=p-author>Ana &lt;b&gt;</span>").author, "Ana <b>");
        // What is cited, or answers below, is not what the entry itself says.
        let cited = "<div class=h-entry><div class='u-in-reply-to h-cite'><a class='u-url' href=/t>t</a>
             <span class='p-author h-card'>Ben</span> <p class=p-name>Cited</p></div><p class=e-content>Mine</p>
             <div class='p-comment h-entry'><span class='p-author h-card'>Carla</span><a href=/c>c</a></div></div>";
        let cited = page(cited);
        assert_eq!(cited.entries.len(), 2);
        assert_eq!((&*cited.entries[0].author, &*cited.entries[0].name, &*cited.entries[0].content), ("", "", "Mine"));
        assert_eq!(&*cited.entries[1].author, "Carla");
        assert_eq!(cited.links.iter().map(|l| l.entry).collect::<Vec<_>>(), [Some(0), Some(1)]);
        assert_eq!(page("<p class=p-author>Nobody <a href=/x>x</a>").entries, []);
        // Deeper than anybody writes, and longer.
        let deep = format!(
            "{}<a href=/x>x</a>{}",
            "<div class='h-entry e-content'>".repeat(20_000),
            "</b></div>".repeat(20_000)
        );
        assert_eq!(page(&deep).entries.len(), ENTRIES);
        let long = one(&format!("<div class=h-entry><p class=e-content>{}", "word ".repeat(100_000)));
        assert!(long.content.len() <= SAID + 5);
    }

    #[test]
    fn headers_hold_links() {
        let one = header("<https://a.example/x>; rel=\"webmention\"");
        assert_eq!((one.len(), one[0].href.as_str()), (1, "https://a.example/x"));
        assert_eq!(header("<>; rel=webmention")[0].href, "");
        assert_eq!(header("nonsense; rel=webmention"), []);
        assert_eq!(header("<a>; REL=\"x\"; rel=webmention")[0].rel, ["x"], "the first one counts");
    }

    proptest! {
        #[test]
        fn no_page_breaks_it(html in "(<|>|/|a|p|div|class=|h-entry|h-card|p-author|p-name|u-url|e-content|script|title|!--|-->|href|=|\"|'|src|rel| |é|&amp;|\u{0}){0,60}") {
            let page = page(&html);
            for link in &page.links {
                page.around(link, 7);
            }
        }

        #[test]
        fn no_header_breaks_it(value in "(<|>|;|,|=|\"|rel|a|é| ){0,40}") {
            header(&value);
        }
    }
}
