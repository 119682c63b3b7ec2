//! The writer: WXR 1.2 in WordPress's own order of elements.

use super::{Author, Comment, Kind, Post, Site, State};
use crate::xml::is_allowed;
use jiff::Timestamp;
use std::io::{self, Write};

/// Writes one file: [`Writer::begin`], authors, posts each with its comments, [`Writer::end`].
pub struct Writer<W> {
    out: W,
    /// A post's element is open.
    in_post: bool,
}

impl<W: Write> Writer<W> {
    /// The head of the file.
    ///
    /// # Errors
    /// What `out` says.
    pub fn begin(out: W, site: &Site, generator: &str, now: i64) -> io::Result<Self> {
        let mut writer = Self { out, in_post: false };
        writer.out.write_all(HEAD.as_bytes())?;
        writer.text("title", &site.title)?;
        writer.text("link", &site.url)?;
        writer.text("description", &site.description)?;
        writer.text("pubDate", &mail_date(now))?;
        writer.text("language", &site.language)?;
        writer.text("wp:wxr_version", "1.2")?;
        writer.text("wp:base_site_url", &site.url)?;
        writer.text("wp:base_blog_url", &site.url)?;
        writer.text("generator", generator)?;
        Ok(writer)
    }

    /// Somebody who wrote posts.
    ///
    /// # Errors
    /// What the output says.
    pub fn author(&mut self, author: &Author) -> io::Result<()> {
        self.raw("<wp:author>")?;
        self.text("wp:author_id", &author.id.unwrap_or(0).to_string())?;
        self.cdata("wp:author_login", &author.login)?;
        self.cdata("wp:author_email", &author.email)?;
        self.cdata("wp:author_display_name", &author.name)?;
        self.cdata("wp:author_first_name", "")?;
        self.cdata("wp:author_last_name", "")?;
        self.raw("</wp:author>\n")
    }

    /// A post or page; its comments follow.
    ///
    /// # Errors
    /// What the output says.
    pub fn post(&mut self, post: &Post) -> io::Result<()> {
        self.close_post()?;
        self.in_post = true;
        self.raw("<item>\n")?;
        self.cdata("title", &post.title)?;
        self.text("link", &post.link)?;
        self.text("pubDate", &post.at.map(mail_date).unwrap_or_default())?;
        self.cdata("dc:creator", &post.creator)?;
        write!(self.out, "<guid isPermaLink=\"false\">{}</guid>\n<description></description>\n", escaped(&post.link))?;
        self.cdata("content:encoded", &post.html)?;
        self.cdata("excerpt:encoded", &post.excerpt)?;
        self.text("wp:post_id", &post.id.to_string())?;
        self.dates("wp:post_date", post.at)?;
        self.dates("wp:post_modified", post.edited_at.or(post.at))?;
        self.cdata("wp:comment_status", if post.open { "open" } else { "closed" })?;
        self.cdata("wp:ping_status", if post.pings_open { "open" } else { "closed" })?;
        self.cdata("wp:post_name", &post.slug)?;
        self.cdata("wp:status", &post.status)?;
        self.text("wp:post_parent", "0")?;
        self.text("wp:menu_order", "0")?;
        self.cdata("wp:post_type", &post.kind)?;
        self.cdata("wp:post_password", "")?;
        self.text("wp:is_sticky", "0")?;
        for term in &post.terms {
            let (domain, slug) = (escaped(&term.domain), escaped(&term.slug));
            write!(self.out, "<category domain=\"{domain}\" nicename=\"{slug}\">")?;
            self.raw(&cdata(&term.name))?;
            self.raw("</category>\n")?;
        }
        Ok(())
    }

    /// A comment under the last post.
    ///
    /// # Errors
    /// What the output says.
    pub fn comment(&mut self, comment: &Comment) -> io::Result<()> {
        self.raw("<wp:comment>\n")?;
        self.text("wp:comment_id", &comment.id.to_string())?;
        self.cdata("wp:comment_author", &comment.author)?;
        self.cdata("wp:comment_author_email", &comment.email)?;
        self.text("wp:comment_author_url", &comment.url)?;
        self.cdata("wp:comment_author_IP", "")?;
        self.dates("wp:comment_date", comment.at)?;
        self.cdata("wp:comment_content", &comment.html)?;
        let approved = match comment.state {
            State::Approved => "1",
            State::Held => "0",
            State::Spam => "spam",
            State::Trash => "trash",
        };
        self.cdata("wp:comment_approved", approved)?;
        let kind = match &comment.kind {
            Kind::Comment => "comment",
            Kind::Pingback => "pingback",
            Kind::Trackback => "trackback",
            Kind::Other(other) => other,
        };
        self.cdata("wp:comment_type", kind)?;
        self.text("wp:comment_parent", &comment.parent.to_string())?;
        self.text("wp:comment_user_id", &comment.user.to_string())?;
        self.raw("</wp:comment>\n")
    }

    /// The end of the file; gives the output back.
    ///
    /// # Errors
    /// What the output says.
    pub fn end(mut self) -> io::Result<W> {
        self.close_post()?;
        self.raw("</channel>\n</rss>\n")?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn close_post(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.in_post) { self.raw("</item>\n") } else { Ok(()) }
    }

    fn raw(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "<{name}>{}</{name}>", escaped(text))
    }

    fn cdata(&mut self, name: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "<{name}>{}</{name}>", cdata(text))
    }

    /// Local time and UTC are the same here; without a time both are WordPress's zero.
    fn dates(&mut self, name: &str, at: Option<i64>) -> io::Result<()> {
        let text = at.map_or_else(|| "0000-00-00 00:00:00".to_owned(), date);
        self.cdata(name, &text)?;
        self.cdata(&format!("{name}_gmt"), &text)
    }
}

/// In CDATA; its own end mark is parted over two.
fn cdata(text: &str) -> String {
    let text: String = text.chars().filter(|c| is_allowed(*c)).collect();
    // A bare carriage return would come back as a newline from any XML reader; kept as a newline from the start.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|c| is_allowed(*c)).collect();
    quick_xml::escape::escape(&text).into_owned()
}

fn moment(at: i64) -> Timestamp {
    Timestamp::from_microsecond(at).unwrap_or_default()
}

fn date(at: i64) -> String {
    moment(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn mail_date(at: i64) -> String {
    moment(at).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<!-- A WordPress eXtended RSS file: bring it in with WordPress's own importer, or with `goodword import wordpress`. -->
<rss version="2.0"
	xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:wfw="http://wellformedweb.org/CommentAPI/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
"#;
