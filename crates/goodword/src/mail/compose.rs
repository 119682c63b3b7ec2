//! A letter as text and as HTML: one column, light and dark, nothing fetched from anywhere.

use super::topics::Topic;
use super::{Letter, Part, UNSUBSCRIBE};
use std::fmt::Write;

/// What a letter is set from.
pub(super) struct Sheet<'a> {
    pub public_url: &'a str,
    pub network: &'a str,
    /// The letter's own subject, which stands above it.
    pub headline: &'a str,
    pub letter: &'a Letter<'a>,
    pub topic: &'a Topic,
    /// Of its one-click address, where it can be switched off.
    pub token: Option<&'a str>,
}

/// Mail programs without dark mode see the attributes; those with it see this. Colours as in `style.css`.
const STYLE: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
a.go:hover{background:#08473a!important}\
@media(prefers-color-scheme:dark){body,.paper{background:#111513!important}\
.sheet{background:#191f1c!important;border-color:#313a35!important}\
.sheet,h1,h2{color:#ecefe9!important}.soft,.soft a{color:#9ca79f!important}\
.say{border-color:#7fd3b5!important;color:#ecefe9!important}.mark,a.go{background:#7fd3b5!important;color:#06231a!important}\
hr{border-color:#313a35!important}}";

const SANS: &str = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const SERIF: &str = "'Iowan Old Style','Palatino Linotype',Palatino,Georgia,serif";

impl Sheet<'_> {
    fn greeting(&self) -> String {
        let name = self.letter.name;
        if name.is_empty() { "Hello,".to_owned() } else { format!("Hello {},", crate::say::first_name(name)) }
    }

    fn because(&self) -> String {
        format!("You get this because {}.", self.topic.because)
    }

    /// The text part; `headed` where the subject line is another's.
    pub fn plain(&self, headed: bool) -> String {
        let mut text = String::new();
        if headed {
            let _ = write!(text, "{}\n\n", self.headline);
        }
        let _ = writeln!(text, "{}", self.greeting());
        for part in &self.letter.parts {
            let _ = match part {
                Part::Text(words) => write!(text, "\n{words}\n"),
                Part::Heading(words) => write!(text, "\n\n{words}\n{}\n", "-".repeat(words.chars().count().min(70))),
                Part::Quote(words) => {
                    let quoted: String = words.lines().map(|line| format!("> {line}\n")).collect();
                    write!(text, "\n{quoted}")
                }
                Part::Button(label, path) => write!(text, "\n{label}:\n{}{path}\n", self.public_url),
            };
        }
        // The signature's mark: mail programs grey what follows, and leave it out of replies.
        let _ = write!(text, "\n-- \n{}, {}\n{}\n", self.network, self.public_url, self.because());
        if let Some(token) = self.token {
            let _ = writeln!(text, "No more of these: {}{UNSUBSCRIBE}{token}", self.public_url);
        }
        text
    }

    /// The HTML part.
    pub fn html(&self) -> String {
        let headline = escape(self.headline);
        let mut text = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
             <title>{headline}</title><style>{STYLE}</style></head>\
             <body style=\"margin:0;background:#f7f7f3\"><table role=\"presentation\" class=\"paper\" width=\"100%\" cellpadding=\"0\" \
             cellspacing=\"0\" border=\"0\" style=\"background:#f7f7f3\"><tr><td align=\"center\" style=\"padding:24px 12px 40px\">\
             <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:580px\">\
             <tr><td class=\"soft\" style=\"padding:0 4px 14px;font:600 15px/32px {SANS};color:#5b665f\"><span class=\"mark\" \
             style=\"display:inline-block;width:32px;height:32px;margin-right:10px;border-radius:9px;background:#0d5c49;color:#fff;\
             font:700 30px/44px {SERIF};text-align:center;vertical-align:middle;overflow:hidden\" aria-hidden=\"true\">&#8220;</span>{}</td></tr>\
             <tr><td class=\"sheet\" style=\"padding:32px 28px;background:#fff;border:1px solid #dddfd6;border-radius:14px;color:#17211c;\
             font:17px/1.55 {SANS}\"><h1 style=\"margin:0 0 20px;font:600 25px/1.25 {SERIF};letter-spacing:-.01em;color:#17211c\">{headline}</h1>\
             <p style=\"margin:0 0 16px\">{}</p>",
            escape(self.network),
            escape(&self.greeting()),
        );
        for part in &self.letter.parts {
            self.part(&mut text, part);
        }
        let _ = write!(
            text,
            "</td></tr><tr><td class=\"soft\" style=\"padding:18px 6px 0;font:13px/1.6 {SANS};color:#5b665f\">{}<br>",
            escape(&self.because())
        );
        if let Some(token) = self.token {
            let _ = write!(text, "{}", self.link(&format!("{UNSUBSCRIBE}{token}"), "No more of these"));
            text.push_str(" &nbsp;·&nbsp; ");
        }
        let _ = write!(
            text,
            "{} &nbsp;·&nbsp; {}</td></tr></table></td></tr></table></body></html>",
            self.link("/preferences/letters", "Choose what we write"),
            self.link("/privacy", "Who sees what"),
        );
        text
    }

    fn part(&self, text: &mut String, part: &Part) {
        let lines = |words: &str| escape(words).replace('\n', "<br>");
        let _ = match part {
            Part::Text(words) => write!(text, "<p style=\"margin:0 0 16px\">{}</p>", lines(words)),
            Part::Heading(words) => write!(
                text,
                "<hr style=\"margin:28px 0;border:0;border-top:1px solid #dddfd6\"><h2 style=\"margin:0 0 12px;font:600 20px/1.3 \
                 {SERIF};color:#17211c\">{}</h2>",
                lines(words)
            ),
            Part::Quote(words) => write!(
                text,
                "<blockquote class=\"say\" style=\"margin:0 0 18px;padding:2px 0 2px 16px;border-left:3px solid #0d5c49;font:18px/1.5 \
                 {SERIF};color:#17211c\">{}</blockquote>",
                lines(words)
            ),
            Part::Button(label, path) => write!(
                text,
                "<p style=\"margin:22px 0\"><a class=\"go\" href=\"{}\" style=\"display:inline-block;padding:12px 22px;border-radius:10px;\
                 background:#0d5c49;color:#fff;font-weight:600;text-decoration:none\">{}</a></p>",
                escape(&format!("{}{path}", self.public_url)),
                escape(label)
            ),
        };
    }

    fn link(&self, path: &str, words: &str) -> String {
        format!("<a href=\"{}\" style=\"color:#5b665f\">{words}</a>", escape(&format!("{}{path}", self.public_url)))
    }
}

fn escape(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html).map(|e| e.to_string()).unwrap_or_default()
}
