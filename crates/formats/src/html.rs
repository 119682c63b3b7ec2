//! HTML as bloggers and their guests write it (bare newlines, unclosed tags, worse), to HTML that is safe on a page.

use ammonia::{Builder, UrlRelative};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Bytes of HTML that are read; the rest of a longer text is not shown.
pub const MAX_BYTES: usize = 256 * 1024;

/// As in [`crate::markdown`]: the sanitiser takes time with the square of these, so a text with more is shown as typed.
const MAX_SPECIAL: usize = 20_000;

/// Elements that are blocks of their own, so that no paragraph is put around them.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "figcaption",
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
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Sanitised HTML. Empty lines part paragraphs and a newline is a line break, as WordPress shows what it stores, unless
/// the text was made by its block editor; no scripts, styles, ids, images or embedded pages; headings as they are from
/// `h3` on, `h1` and `h2` as bold paragraphs; links only to http, https and mailto, with `rel="nofollow ugc noopener"`.
///
/// ```
/// assert_eq!(formats::html::clean("One\ntwo\n\n<b>three</b>"), "<p>One<br>two</p>\n<p><b>three</b></p>\n");
/// ```
pub fn clean(html: &str) -> String {
    let html = crate::text::first_bytes(html, MAX_BYTES);
    if html.bytes().filter(|byte| b"&<>\"".contains(byte)).count() > MAX_SPECIAL {
        return format!("<pre>{}</pre>\n", ammonia::clean_text(html));
    }
    // The block editor marks its paragraphs itself; newlines between them mean nothing.
    let whole = if html.contains("<!-- wp:") { html.to_owned() } else { paragraphs(html) };
    SANITISER.clean(&whole).to_string()
}

/// The words alone, for excerpts and searches: no markup, blocks apart by a newline.
///
/// ```
/// assert_eq!(formats::html::plain("<p>Fish &amp; <i>chips</i></p><p>x"), "Fish & chips\nx");
/// ```
pub fn plain(html: &str) -> String {
    let clean = clean(html);
    let mut out = String::with_capacity(clean.len());
    let mut rest = clean.as_str();
    // What the sanitiser wrote is regular: every `<` opens a tag and every `&` one of a few entities.
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(['>', ';']).map_or(rest.len(), |n| at + n + 1);
        match &rest[at..end] {
            "&amp;" => out.push('&'),
            "&lt;" => out.push('<'),
            "&gt;" => out.push('>'),
            "&quot;" => out.push('"'),
            "&nbsp;" => out.push(' '),
            tag if tag.starts_with('<') => {
                let name: String =
                    tag.chars().skip(1).filter(|c| *c != '/').take_while(char::is_ascii_alphanumeric).collect();
                if (BLOCKS.contains(&name.as_str()) || name == "br") && !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
            }
            other => out.push_str(other),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    let lines: Vec<&str> = out.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    crate::text::clean_text(&lines.join("\n"))
}

/// Whether `chunk` begins with a tag that is a block of its own, or ends one.
fn is_block(chunk: &str) -> bool {
    let Some(tag) = chunk.trim_start().strip_prefix('<') else { return false };
    let name: String = tag
        .trim_start_matches('/')
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    BLOCKS.contains(&name.as_str())
}

/// Paragraphs and line breaks where the text has only newlines; `<pre>` is left alone.
fn paragraphs(html: &str) -> String {
    let html = html.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(html.len() * 5 / 4);
    // Of the same length, so that places in one are places in the other.
    let lower = html.to_ascii_lowercase();
    let mut done = 0;
    while let Some(start) = lower[done..].find("<pre").map(|n| done + n) {
        let end = lower[start..].find("</pre>").map_or(html.len(), |n| start + n + 6);
        autop(&html[done..start], &mut out);
        out.push_str(&html[start..end]);
        out.push('\n');
        done = end;
    }
    autop(&html[done..], &mut out);
    out
}

fn autop(html: &str, out: &mut String) {
    for chunk in html.split("\n\n").map(str::trim).filter(|chunk| !chunk.is_empty()) {
        if is_block(chunk) {
            out.push_str(chunk);
            out.push('\n');
        } else {
            out.push_str("<p>");
            out.push_str(&chunk.replace('\n', "<br>"));
            out.push_str("</p>\n");
        }
    }
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "a",
            "abbr",
            "b",
            "blockquote",
            "br",
            "cite",
            "code",
            "dd",
            "del",
            "dl",
            "dt",
            "em",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "i",
            "ins",
            "kbd",
            "li",
            "ol",
            "p",
            "pre",
            "q",
            "s",
            "small",
            "strike",
            "strong",
            "sub",
            "sup",
            "table",
            "tbody",
            "td",
            "tfoot",
            "th",
            "thead",
            "tr",
            "u",
            "ul",
        ]))
        .clean_content_tags(HashSet::from(["script", "style", "iframe", "object", "embed", "noscript", "template"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href", "title"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        // A path of the old site would lead astray on ours.
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow ugc noopener"));
    builder
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn newlines_become_paragraphs_as_wordpress_shows_them() {
        assert_eq!(clean("a\r\n\r\nb\n\n\n\nc"), "<p>a</p>\n<p>b</p>\n<p>c</p>\n");
        assert_eq!(clean("<ul>\n<li>x</li>\n</ul>\n\ny"), "<ul>\n<li>x</li>\n</ul>\n<p>y</p>\n");
        assert_eq!(clean("<pre>a\n\nb</pre>\nc"), "<pre>a\n\nb</pre>\n<p>c</p>\n");
        assert_eq!(clean("<!-- wp:paragraph -->\n<p>a\nb</p>\n<!-- /wp:paragraph -->"), "\n<p>a\nb</p>\n");
        assert!(clean("<b>unclosed").starts_with("<p><b>unclosed</b></p>"));
        assert_eq!(
            plain("one\ntwo\n\n&lt;three&gt; &amp;amp; <a href='https://x.example'>four</a>"),
            "one\ntwo\n<three> &amp; four"
        );
    }

    #[test]
    fn hostile_html_becomes_harmless() {
        for text in [
            "<script>alert(1)</script>",
            "<scr<script>ipt>alert(1)</script>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\"JaVa&#x09;Script:alert(1)\">x</a>",
            "<img src=x onerror=alert(1)>",
            "<svg onload=alert(1)><script>alert(1)</script></svg>",
            "<math><mi xlink:href=\"data:x,<script>alert(1)</script>\">",
            "<p style=\"position:fixed\" onclick=\"x()\" id=\"main\">x</p>",
            "<iframe src=\"https://evil.example\"></iframe>",
            "<form action=\"https://evil.example\"><input name=q></form>",
            "<pre><img src=x onerror=alert(1)></pre>",
            "<style>@import 'x'</style>",
        ] {
            let html = clean(text).to_lowercase();
            for bad in
                ["<script", "href=\"java", "<img", "<svg", "<math", "style", "onclick", "<iframe", "<form", "id="]
            {
                assert!(!html.contains(bad), "{text} → {html}");
            }
        }
    }

    #[test]
    fn endless_texts_stay_bounded() {
        for piece in [
            "<p>",
            "<b>",
            "<",
            "&",
            "\n\n",
            "<blockquote>",
            "</p>",
            "<pre>",
            "<a href=\"https://x.example\">",
            "<table><td>",
        ] {
            let html = clean(&piece.repeat(MAX_BYTES / piece.len()));
            assert!(html.len() < 8 * MAX_BYTES, "{piece}: {}", html.len());
        }
    }

    proptest! {
        #[test]
        fn any_text_renders_without_scripts(text in "([<>/&;:a-z=\"' \n]|<script>|<pre>|</pre>|<p |javascript:|onerror=){0,120}|[\\s\\S]{0,200}") {
            let html = clean(&text);
            prop_assert!(!html.contains("<script"));
            prop_assert!(!html.contains("<img"));
            prop_assert!(!html.contains("href=\"javascript:"));
            plain(&text);
        }
    }
}
