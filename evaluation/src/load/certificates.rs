//! Certificate graphs in DOT: `a -> b [level="Master"];`, with comments, chains, quotes of both kinds and any case.

use super::Fault;

/// One edge: its line, its ends and what is written on it, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    pub line: usize,
    pub source: &'a str,
    pub target: &'a str,
    pub level: Option<String>,
    /// Which attribute the level was read from.
    pub attribute: &'static str,
}

/// What a level may be called, the likeliest first.
const ATTRIBUTES: [&str; 5] = ["level", "weight", "label", "trust", "value"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Arrow,
    Mark(char),
}

/// Words, arrows and marks with the line they stand on; comments are passed over.
#[derive(Clone, Debug)]
struct Tokens<'a> {
    rest: &'a str,
    line: usize,
    /// Nothing but space so far on this line.
    fresh: bool,
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, fresh: true }
    }

    fn pass(&mut self, bytes: usize) -> &'a str {
        let (passed, rest) = self.rest.split_at(bytes);
        self.fresh = passed.contains('\n') || self.fresh && passed.trim().is_empty();
        self.line += passed.matches('\n').count();
        self.rest = rest;
        passed
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.pass(self.rest.len() - self.rest.trim_start().len());
            let all = self.rest.len();
            let comment = if self.rest.starts_with("/*") {
                self.rest.find("*/").map_or(all, |end| end + 2)
            } else if self.rest.starts_with("//") || self.fresh && self.rest.starts_with('#') {
                self.rest.find('\n').unwrap_or(all)
            } else {
                break;
            };
            self.pass(comment);
        }
        let line = self.line;
        let first = self.rest.chars().next()?;
        if self.rest.starts_with("->") {
            self.pass(2);
            return Some((line, Token::Arrow));
        }
        if "[]{};,=".contains(first) {
            self.pass(1);
            return Some((line, Token::Mark(first)));
        }
        if let Some(end) = closing(self.rest, first) {
            return Some((line, Token::Word(&self.pass(end + 1)[1..end])));
        }
        let ends =
            |(n, c): &(usize, char)| c.is_whitespace() || "[]{};,=\"".contains(*c) || self.rest[*n..].starts_with("->");
        let end = self.rest.char_indices().skip(1).find(ends).map_or(self.rest.len(), |(n, _)| n);
        Some((line, Token::Word(self.pass(end))))
    }
}

/// Where a quoted word ends; a single quote must end on its line.
fn closing(text: &str, quote: char) -> Option<usize> {
    if quote != '"' && quote != '\'' {
        return None;
    }
    let mut escaped = false;
    for (n, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote == '\'' => return None,
            _ if c == quote => return Some(n),
            _ => {}
        }
    }
    None
}

/// Whether a text is a graph in DOT rather than a table.
pub fn is_graph(text: &str) -> Result<bool, Fault> {
    let mut first: Vec<(usize, Token<'_>)> = Tokens::of(text).take(4).collect();
    let word = |at: Option<&(usize, Token<'_>)>, wanted| matches!(at, Some((_, Token::Word(word))) if word.eq_ignore_ascii_case(wanted));
    if word(first.first(), "strict") {
        first.remove(0);
    }
    let brace = |n: usize| matches!(first.get(n), Some((_, Token::Mark('{'))));
    if word(first.first(), "graph") && (brace(1) || brace(2)) {
        return Err(Fault::Line(first[0].0, "this graph has no directions; a digraph with -> is wanted".into()));
    }
    let arrow = matches!(first[..], [(_, Token::Word(_)), (_, Token::Arrow), ..]);
    Ok(arrow || word(first.first(), "digraph") && (brace(1) || brace(2)))
}

/// The edges of a graph.
pub fn certificates(text: &str) -> Result<Vec<Certificate<'_>>, Fault> {
    let mut tokens = Tokens::of(text).peekable();
    let mut all = Vec::new();
    let mut before = None;
    while let Some((line, token)) = tokens.next() {
        let nameless = || Fault::Line(line, "an edge with a nameless end".into());
        match token {
            Token::Word(word) => before = Some(word),
            Token::Mark('[') => {
                attribute(&mut tokens, line)?;
                before = None;
            }
            Token::Mark(_) => before = None,
            Token::Arrow => {
                let mut ends = vec![before.take().ok_or_else(nameless)?];
                loop {
                    let Some((_, Token::Word(word))) = tokens.next() else { return Err(nameless()) };
                    ends.push(word);
                    if tokens.next_if(|next| next.1 == Token::Arrow).is_none() {
                        break;
                    }
                }
                let mut level = None;
                while tokens.next_if(|next| next.1 == Token::Mark('[')).is_some() {
                    level = level.or(attribute(&mut tokens, line)?);
                }
                if ends.iter().any(|name| name.trim().is_empty()) {
                    return Err(nameless());
                }
                let (attribute, level) = level.map_or(("level", None), |(name, level)| (name, Some(level)));
                all.extend(ends.windows(2).map(|pair| Certificate {
                    line,
                    source: pair[0].trim(),
                    target: pair[1].trim(),
                    level: level.clone(),
                    attribute,
                }));
            }
        }
    }
    Ok(all)
}

/// The likeliest level among the attributes up to the closing bracket.
fn attribute<'a>(
    tokens: &mut impl Iterator<Item = (usize, Token<'a>)>,
    line: usize,
) -> Result<Option<(&'static str, String)>, Fault> {
    let (mut key, mut equals) = ("", false);
    let mut best: Option<(usize, String)> = None;
    for (_, token) in tokens {
        match token {
            Token::Mark(']') => return Ok(best.map(|(place, level)| (ATTRIBUTES[place], level))),
            Token::Mark('=') => equals = true,
            Token::Word(value) if equals => {
                equals = false;
                let place = ATTRIBUTES.iter().position(|name| key.eq_ignore_ascii_case(name));
                if let Some(place) = place
                    && best.as_ref().is_none_or(|best| place < best.0)
                    && !value.trim().is_empty()
                {
                    best = Some((place, value.trim().to_lowercase()));
                }
            }
            Token::Word(word) => key = word,
            Token::Mark(_) => equals = false,
            Token::Arrow => break,
        }
    }
    Err(Fault::Line(line, "a [ that is not closed".into()))
}
