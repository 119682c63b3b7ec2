//! The links of a web page, as a browser finds them: in order, without those in comments and scripts; and those of a
//! `Link` header. For Webmention.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use std::cell::RefCell;

/// Links of one page that are kept.
const MOST: usize = 5_000;
/// Bytes of a page's words that are kept.
const WORDS: usize = 512 * 1024;

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
    page.title = page.title.split_whitespace().collect::<Vec<_>>().join(" ");
    page
}

#[derive(Default)]
struct Reading {
    page: RefCell<Page>,
    /// The element whose text comes now is not for reading.
    silent: RefCell<Option<String>>,
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
            return TokenSinkResult::Continue;
        }
        let value = |wanted: &str| tag.attrs.iter().find(|a| &*a.name.local == wanted).map(|a| a.value.to_string());
        let mut page = self.page.borrow_mut();
        if name == "base" && page.base.is_none() {
            page.base = value("href");
        } else if page.links.len() < MOST
            && let Some(href) = value(if matches!(name, "a" | "area" | "link") { "href" } else { "src" })
        {
            let rel = value("rel").unwrap_or_default().split_whitespace().map(str::to_ascii_lowercase).collect();
            let at = page.words.len();
            page.links.push(Link { element: name.to_owned(), rel, href: href.trim().to_owned(), at });
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
                for part in text.split_inclusive(char::is_whitespace) {
                    if page.words.len() > WORDS {
                        break;
                    }
                    let word = part.trim_end_matches(char::is_whitespace);
                    page.words.push_str(word);
                    if word.len() < part.len() && !page.words.ends_with(' ') {
                        page.words.push(' ');
                    }
                }
            }
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
    fn headers_hold_links() {
        let one = header("<https://a.example/x>; rel=\"webmention\"");
        assert_eq!((one.len(), one[0].href.as_str()), (1, "https://a.example/x"));
        assert_eq!(header("<>; rel=webmention")[0].href, "");
        assert_eq!(header("nonsense; rel=webmention"), []);
        assert_eq!(header("<a>; REL=\"x\"; rel=webmention")[0].rel, ["x"], "the first one counts");
    }

    proptest! {
        #[test]
        fn no_page_breaks_it(html in "(<|>|/|a|script|title|!--|-->|href|=|\"|'|src|rel| |é|&amp;|\u{0}){0,60}") {
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
