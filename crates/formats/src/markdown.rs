//! Markdown as people write it, to HTML that is safe to show on a page, and to plain text for letters and excerpts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

/// Bytes of Markdown that are read; the rest of a longer text is not shown.
pub const MAX_BYTES: usize = 64 * 1024;

/// Quotes and lists nested deeper than this are shown at this depth.
const MAX_DEPTH: usize = 8;

/// The longest bare web address that becomes a link, in bytes.
const MAX_ADDRESS: usize = 2048;

/// A text with more of `& < > "` than this is shown as it is typed: the sanitiser takes time with the square of their
/// number (half a minute for 64 KiB of ampersands), and no prose has as many.
const MAX_SPECIAL: usize = 4000;

/// Sanitised HTML: no raw HTML (it is shown as the text it is), no images (their description stays), no styles,
/// scripts or ids; headings begin at `h3`; links only to http, https, mailto and the site itself, with
/// `rel="nofollow ugc noopener"`. A single newline is a line break, as in a letter; a bare web address is a link.
///
/// ```
/// assert_eq!(formats::markdown::render("# Hi\n<b>x</b>"), "<h3>Hi</h3>\n<p>&lt;b&gt;x&lt;/b&gt;</p>\n");
/// ```
pub fn render(markdown: &str) -> String {
    html(markdown, false, &SANITISER)
}

/// As [`render`], but pictures of the site itself are shown: those at `/pictures/` and an id.
///
/// ```
/// let html = formats::markdown::render_with_pictures("![an arch](/pictures/0abc) ![x](https://x.example/p.gif)");
/// assert_eq!(html, "<p><img src=\"/pictures/0abc\" alt=\"an arch\" loading=\"lazy\"> x</p>\n");
/// ```
pub fn render_with_pictures(markdown: &str) -> String {
    html(markdown, true, &WITH_PICTURES)
}

fn html(markdown: &str, pictures: bool, sanitiser: &Builder<'_>) -> String {
    let markdown = crate::text::first_bytes(markdown, MAX_BYTES);
    if markdown.bytes().filter(|byte| b"&<>\"".contains(byte)).count() > MAX_SPECIAL {
        return format!("<pre>{}</pre>\n", ammonia::clean_text(markdown));
    }
    let mut html = String::with_capacity(markdown.len().min(MAX_BYTES) * 3 / 2);
    pulldown_cmark::html::push_html(&mut html, harmless(markdown, pictures).into_iter());
    sanitiser.clean(&html).to_string()
}

/// Whether an address is that of a picture here.
fn is_ours(url: &str) -> bool {
    url.strip_prefix("/pictures/").is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The words alone: no markup, blocks apart by a newline, list items with a dash, links as their text.
///
/// ```
/// assert_eq!(formats::markdown::plain("**Two** [arches](https://example.org)\n\n* one\n* two"), "Two arches\n- one\n- two");
/// ```
pub fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len().min(MAX_BYTES));
    for event in harmless(markdown, false) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::Rule => out.push('\n'),
            Event::Start(Tag::Item) => {
                newline(&mut out);
                out.push_str("- ");
            }
            Event::End(TagEnd::TableCell) => out.push(' '),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::Item
                | TagEnd::CodeBlock
                | TagEnd::BlockQuote(_)
                | TagEnd::TableHead
                | TagEnd::TableRow,
            ) => newline(&mut out),
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn newline(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// The events of `markdown` without what we do not show, nested at most [`MAX_DEPTH`] deep; of images only our own, if any.
fn harmless(markdown: &str, pictures: bool) -> Vec<Event<'_>> {
    let markdown = crate::text::first_bytes(markdown, MAX_BYTES);
    let parser = Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES);
    let mut depth = 0;
    let mut events = Vec::new();
    // Of each image that is open: whether it is shown.
    let mut images: Vec<bool> = Vec::new();
    // Text comes in pieces; where links, pictures and code are open, it is not searched for addresses.
    let (mut text, mut closed) = (String::new(), 0);
    for event in parser {
        match event {
            Event::Text(piece) if closed == 0 => {
                text.push_str(&piece);
                continue;
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => closed += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => closed -= 1,
            _ => {}
        }
        linked(&std::mem::take(&mut text), &mut events);
        let event = match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_) | Tag::Item) => {
                depth += 1;
                if depth > 2 * MAX_DEPTH {
                    continue;
                }
                event
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item) => {
                depth -= 1;
                if depth >= 2 * MAX_DEPTH {
                    continue;
                }
                event
            }
            Event::Start(Tag::Image { link_type, dest_url, id, .. }) => {
                images.push(pictures && is_ours(&dest_url));
                if images.last() != Some(&true) {
                    continue;
                }
                Event::Start(Tag::Image { link_type, dest_url, title: "".into(), id })
            }
            Event::End(TagEnd::Image) => {
                if images.pop() != Some(true) {
                    continue;
                }
                event
            }
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => continue,
            Event::Start(Tag::Heading { level, .. }) => {
                Event::Start(Tag::Heading { level: demoted(level), id: None, classes: Vec::new(), attrs: Vec::new() })
            }
            Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(demoted(level))),
            // The info string of a code block would become a class.
            Event::Start(Tag::CodeBlock(_)) => Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Indented)),
            Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
            Event::SoftBreak => Event::HardBreak,
            event => event,
        };
        events.push(event);
    }
    linked(&text, &mut events);
    events
}

/// A text with its bare web addresses as links. Addresses of people are none.
fn linked(text: &str, events: &mut Vec<Event<'_>>) {
    let mut from = 0;
    for url in addresses(text) {
        events.push(Event::Text(text[from..url.start].to_owned().into()));
        let dest_url: CowStr<'_> = text[url.clone()].to_owned().into();
        from = url.end;
        let (link_type, title, id) = (LinkType::Autolink, "".into(), "".into());
        events.push(Event::Start(Tag::Link { link_type, dest_url: dest_url.clone(), title, id }));
        events.push(Event::Text(dest_url));
        events.push(Event::End(TagEnd::Link));
    }
    if from < text.len() {
        events.push(Event::Text(text[from..].to_owned().into()));
    }
}

/// Where the bare web addresses of a text stand, by the rules of GitHub's Markdown: after no letter or digit, with a dot in
/// the name of the site, without the punctuation that ends a sentence; and none with somebody's name in it, which makes one
/// site look like another.
fn addresses(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in text.match_indices("://") {
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            let start = at.checked_sub(scheme.len()).and_then(|start| text.get(start..at));
            start.is_some_and(|typed| typed.eq_ignore_ascii_case(scheme))
        });
        let Some(start) = scheme.map(|scheme| at - scheme.len()) else { continue };
        let inside = found.last().is_some_and(|last| start < last.end);
        if inside || text[..start].chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let rest = crate::text::first_bytes(&text[at + 3..], MAX_ADDRESS);
        let end = rest.find(|c: char| c.is_whitespace() || "<>\"“”«»`|\\^{}".contains(c)).unwrap_or(rest.len());
        let url = &rest[..trimmed(&rest[..end])];
        let site = url.split(['/', '?', '#']).next().unwrap_or("");
        let name = site.split(':').next().unwrap_or("");
        let named = name.contains('.') && name.split('.').all(|part| !part.is_empty());
        if named && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c)) && !site.contains('@') {
            found.push(start..at + 3 + url.len());
        }
    }
    found
}

/// The length of an address without what belongs to the sentence around it.
fn trimmed(url: &str) -> usize {
    let count = |wanted| url.matches(wanted).count();
    // Brackets that were opened outside.
    let mut round = count(')').saturating_sub(count('('));
    let mut square = count(']').saturating_sub(count('['));
    let kept = url.trim_end_matches(|c: char| match c {
        ')' if round > 0 => {
            round -= 1;
            true
        }
        ']' if square > 0 => {
            square -= 1;
            true
        }
        c => "?!.,:;*_~'’…".contains(c),
    });
    kept.len()
}

fn demoted(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

/// The second fence: whatever the first step might let through, only these elements and attributes reach a page.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(builder);

static WITH_PICTURES: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = builder();
    builder
        .add_tags(["img"])
        .add_tag_attributes("img", ["src", "alt"])
        .attribute_filter(|element, attribute, value| {
            (element != "img" || attribute != "src" || is_ours(value)).then_some(value.into())
        })
        .set_tag_attribute_value("img", "loading", "lazy");
    builder
});

fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "p",
            "br",
            "hr",
            "h3",
            "h4",
            "h5",
            "h6",
            "strong",
            "em",
            "del",
            "code",
            "pre",
            "blockquote",
            "ul",
            "ol",
            "li",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href", "title"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("nofollow ugc noopener"));
    builder
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_text_becomes_harmless() {
        for text in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt&#58;alert(1))",
            "<javascript:alert(1)>",
            "![x](https://tracker.example/p.gif)",
            "<img src=x onerror=alert(1)>",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<a href=\"https://example.org\" onclick=\"x()\">y</a>",
            "```\"><script>\nx\n```",
            "<style>*{display:none}</style>",
            "[a]: javascript:alert(1)\n\n[a]",
        ] {
            let html = render(text);
            for bad in
                ["<script", "href=\"javascript", "href=\"data", "<img", "<style", "<a href=\"https://example.org\" on"]
            {
                assert!(!html.to_lowercase().contains(bad), "{text} → {html}");
            }
        }
        assert_eq!(render("![our arch](https://x.example/a.png)"), "<p>our arch</p>\n");
    }

    #[test]
    fn only_pictures_of_the_site_itself_are_shown() {
        for (text, shown) in [
            ("![a](/pictures/0x)", true),
            ("[![a](/pictures/0x)](https://example.org)", true),
            ("![a ![b](https://x.example/b.png)](/pictures/0x)", true),
            ("![a](//pictures/0x)", false),
            ("![a](/pictures/../sign-out)", false),
            ("![a](/pictures/0x?y)", false),
            ("![a](https://x.example/pictures/0x)", false),
            ("<img src=\"/pictures/0x\">", false),
        ] {
            let html = render_with_pictures(text);
            assert_eq!(html.contains("<img src=\"/pictures/0x\""), shown, "{text}: {html}");
            assert!(!html.contains("x.example/b.png"), "{html}");
        }
        assert!(!render("![a](/pictures/0x)").contains("<img"));
        assert_eq!(plain("![an arch](/pictures/0x)"), "an arch");
    }

    #[test]
    fn links_say_that_they_are_not_ours() {
        assert_eq!(
            render("[work](https://example.org/a?b=1&c=2)"),
            "<p><a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"nofollow ugc noopener\">work</a></p>\n"
        );
    }

    #[test]
    fn bare_web_addresses_are_links_and_nothing_else_is() {
        let link = |url: &str| format!("<a href=\"{url}\" rel=\"nofollow ugc noopener\">{url}</a>");
        for (text, before, url, after) in [
            ("See https://example.org.", "See ", "https://example.org", "."),
            ("(http://a.example/x_y_(z)).", "(", "http://a.example/x_y_(z)", ")."),
            ("HTTPS://A.example/#top, and", "", "HTTPS://A.example/#top", ", and"),
            ("at https://a.example:8443/a~b!c:d?", "at ", "https://a.example:8443/a~b!c:d", "?"),
            ("https://a.example/\\<script>", "", "https://a.example/", "&lt;script&gt;"),
            ("x\"https://a.example\"y", "x\"", "https://a.example", "\"y"),
            ("https://a.example/javascript:alert(1)", "", "https://a.example/javascript:alert(1)", ""),
        ] {
            assert_eq!(render(text), format!("<p>{before}{}{after}</p>\n", link(url)), "{text}");
            assert!(plain(text).contains(url), "{text}");
        }
        assert_eq!(
            render("https://a.example/?a=1&b=2"),
            "<p><a href=\"https://a.example/?a=1&amp;b=2\" rel=\"nofollow ugc noopener\">https://a.example/?a=1&amp;b=2</a></p>\n"
        );
        assert!(render("https://bücher.example/ß").contains("\">https://bücher.example/ß</a>"));
        assert_eq!(render("**https://a.example** and https://b.example").matches("<a ").count(), 2);
        for none in [
            "ana@example.org",
            "mailto:ana@example.org",
            "ftp://a.example",
            "xhttps://a.example",
            "https://localhost/x",
            "https://",
            "https://.",
            "https://a..b",
            "https://good.example@evil.example/",
            "https://user:word@evil.example/",
            "https://good.example:443@evil.example/",
            "javascript://a.example/%0aalert(1)",
            "`https://a.example`",
            "    https://a.example",
            "```\nhttps://a.example\n```",
            "![https://a.example](https://b.example/x.png)",
            "<b title=\"https://a.example\">",
        ] {
            assert!(!render(none).contains("<a "), "{none}: {}", render(none));
        }
        for one in ["[https://a.example](https://b.example)", "[*https://a.example*](/x)", "<https://a.example>"] {
            assert_eq!(render(one).matches("<a ").count(), 1, "{one}: {}", render(one));
        }
    }

    #[test]
    fn deep_nesting_and_endless_text_stay_bounded() {
        for piece in [
            ">",
            "* ",
            "[",
            "(",
            "![",
            "**_",
            "`",
            "<",
            "|-",
            "1. ",
            "[a](",
            "&",
            "\\",
            "> * ",
            "http://a.b ",
            "http://",
            "(http://a.b/",
        ] {
            let html = render(&piece.repeat(MAX_BYTES / piece.len()));
            assert!(html.matches("<blockquote>").count() <= 2 * MAX_DEPTH);
            assert!(html.len() < 12 * MAX_BYTES, "{piece}: {}", html.len());
        }
    }

    #[test]
    fn plain_text_keeps_the_words() {
        assert_eq!(plain("# Hi\n\n> quoted\nmore\n\n`code` <b>x</b>"), "Hi\nquoted\nmore\ncode <b>x</b>");
        assert_eq!(plain("| a | b |\n|---|---|\n| 1 | 2 |"), "a b \n1 2");
    }

    proptest! {
        #[test]
        fn any_text_renders_without_scripts(text in "([\\[\\]()!<>`*_#>|~ \n\\-&;:a-z/=\"']|<script>|javascript:|onerror=|https://a.b/|@){0,120}") {
            let html = render(&text);
            prop_assert!(!html.contains("<script"));
            prop_assert!(!html.contains("<img"));
            prop_assert!(!html.contains("href=\"javascript:"));
            let html = render_with_pictures(&text);
            prop_assert!(!html.contains("<script") && !html.contains("href=\"javascript:"));
            prop_assert!(html.split("<img").skip(1).all(|tag| tag.contains(" src=\"/pictures/")));
            plain(&text);
        }

        #[test]
        fn any_characters_are_read(text in "[\\s\\S]{0,200}") {
            render(&text);
            plain(&text);
        }
    }
}
