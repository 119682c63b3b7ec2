//! What the readers of WordPress and Disqus files share: XML pulled node by node in bounded memory, whatever its
//! encoding, without entities of its own and without characters XML does not allow.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// Bytes of one text, tag or comment; more in one piece is no conversation, and the file is refused there.
pub const MAX_PIECE: usize = 8 * 1024 * 1024;

/// Elements within elements; the formats read here have six.
const MAX_DEPTH: usize = 64;

/// Why a file cannot be read on. What was read before is good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The input itself failed.
    #[error("the file cannot be read on: {0}")]
    Input(String),
    /// Declared in an encoding nobody knows.
    #[error(
        "the file says it is written in \u{201c}{0}\u{201d}, which is no known encoding; please convert it to UTF-8"
    )]
    Encoding(String),
    /// It defines entities of its own, which may expand without end.
    #[error("the file defines entities of its own, which no export does; it is refused")]
    Entities,
    /// One piece is longer than `MAX_PIECE`.
    #[error("one piece of the file is longer than {} MB", MAX_PIECE / 1024 / 1024)]
    TooLong,
    /// Elements within elements without end.
    #[error("elements lie more than {MAX_DEPTH} deep in each other")]
    TooDeep,
    /// Not well-formed.
    #[error("the file is not well-formed XML near byte {at}: {what}")]
    Malformed {
        /// Bytes read, as UTF-8.
        at: u64,
        /// What the parser says.
        what: String,
    },
    /// It ends in the middle.
    #[error("the file ends in the middle: the download or the copy was cut short")]
    CutShort,
    /// Another kind of file.
    #[error("this is not {0}")]
    NotThis(&'static str),
}

/// One step through the file.
pub(crate) enum Node<'a> {
    /// `<name …>`; an empty element is a start and an end.
    Start(BytesStart<'a>),
    /// Text, from CDATA too; one text may come in several pieces.
    Text(Cow<'a, str>),
    /// `</…>`.
    End,
    /// The whole file was read.
    Over,
}

/// Pulls nodes out of `R`.
pub(crate) struct Puller<R> {
    reader: Reader<Clean<R>>,
    piece: Vec<u8>,
    depth: usize,
    /// A root element was seen.
    rooted: bool,
}

impl<R: Read> Puller<R> {
    pub(crate) fn new(input: R) -> Self {
        let mut reader = Reader::from_reader(Clean::new(input));
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        Self { reader, piece: Vec::new(), depth: 0, rooted: false }
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// The next node; `root` is what the first element has to be called and what such a file is.
    pub(crate) fn next(&mut self, root: (&str, &'static str)) -> Result<Node<'_>, Broken> {
        // A piece that was long once must not keep its memory for ever.
        if self.piece.capacity() > 1024 * 1024 {
            self.piece = Vec::new();
        }
        self.piece.clear();
        self.reader.get_mut().left = MAX_PIECE;
        let at = self.reader.buffer_position();
        let event = match self.reader.read_event_into(&mut self.piece) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(error)) => {
                let refused = error.get_ref().and_then(|e| e.downcast_ref::<Broken>());
                return Err(refused.cloned().unwrap_or_else(|| Broken::Input(error.to_string())));
            }
            // Unclosed things at the end of what there is: a file cut short.
            Err(quick_xml::Error::Syntax(_)) => return Err(Broken::CutShort),
            Err(error) => return Err(Broken::Malformed { at, what: error.to_string() }),
        };
        Ok(match event {
            Event::Start(start) => {
                if !self.rooted && start.name().as_ref() != root.0 {
                    return Err(Broken::NotThis(root.1));
                }
                self.rooted = true;
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(Broken::TooDeep);
                }
                Node::Start(start)
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Node::End
            }
            Event::Text(text) if self.rooted => Node::Text(text.xml10_content()),
            Event::Text(text) if text.trim().is_empty() => Node::Text(Cow::Borrowed("")),
            Event::CData(text) => Node::Text(text.xml10_content()),
            Event::GeneralRef(reference) => Node::Text(resolve(&reference)),
            Event::DocType(text) if text.contains(['[', '%']) || text.to_ascii_uppercase().contains("ENTITY") => {
                return Err(Broken::Entities);
            }
            Event::Eof if !self.rooted => return Err(Broken::NotThis(root.1)),
            Event::Eof if self.depth > 0 => return Err(Broken::CutShort),
            Event::Eof => Node::Over,
            Event::Text(_) => return Err(Broken::NotThis(root.1)),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {
                Node::Text(Cow::Borrowed(""))
            }
        })
    }
}

/// `&amp;`, `&#8217;` and their like as the character; what has no meaning here stays as it is written.
fn resolve(reference: &str) -> Cow<'static, str> {
    let character = match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => reference
            .strip_prefix('#')
            .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => digits.parse().ok(),
            })
            .and_then(char::from_u32),
    };
    match character {
        Some(c) if is_allowed(c) => Cow::Owned(c.to_string()),
        Some(_) => Cow::Borrowed(""),
        None => Cow::Owned(format!("&{reference};")),
    }
}

/// Characters XML 1.0 allows.
pub(crate) fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Keeps what is added to it below a number of bytes; says whether anything was cut off.
pub(crate) fn add_up_to(text: &mut String, more: &str, most: usize) -> bool {
    let fits = crate::text::first_bytes(more, most.saturating_sub(text.len()));
    text.push_str(fits);
    fits.len() < more.len()
}

/// Bytes of any encoding as clean UTF-8: bad sequences become U+FFFD, control characters go.
struct Clean<R> {
    input: R,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    raw_len: usize,
    ended: bool,
    clean: Vec<u8>,
    read: usize,
    /// Bytes the present piece may still have.
    left: usize,
}

/// Bytes read at once; a declared encoding stands in the first of them.
const BLOCK: usize = 32 * 1024;

impl<R: Read> Clean<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            decoder: None,
            raw: vec![0; BLOCK],
            raw_len: 0,
            ended: false,
            clean: Vec::new(),
            read: 0,
            left: MAX_PIECE,
        }
    }

    /// Reads until the block is full or the input over.
    fn fill_raw(&mut self) -> io::Result<()> {
        while self.raw_len < BLOCK && !self.ended {
            match self.input.read(&mut self.raw[self.raw_len..]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.raw_len += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn decode(&mut self) -> io::Result<()> {
        self.fill_raw()?;
        let bytes = &self.raw[..self.raw_len];
        let mut decoder = match self.decoder.take() {
            Some(decoder) => decoder,
            None => encoding_of(bytes).map_err(io::Error::other)?.new_decoder_with_bom_removal(),
        };
        let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(4 * BLOCK);
        self.clean.resize(room, 0);
        let (result, used, written, _) = decoder.decode_to_utf8(bytes, &mut self.clean, self.ended);
        self.clean.truncate(written);
        self.clean.retain(|&byte| byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r'));
        self.read = 0;
        self.raw.copy_within(used..self.raw_len, 0);
        self.raw_len -= used;
        // After the last bytes a decoder must not be asked again.
        if !(self.ended && result == CoderResult::InputEmpty) {
            self.decoder = Some(decoder);
        }
        Ok(())
    }
}

impl<R: Read> Read for Clean<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(into)?;
        self.consume(n);
        Ok(n)
    }
}

impl<R: Read> BufRead for Clean<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(Broken::TooLong));
        }
        while self.read == self.clean.len() {
            if self.ended && self.decoder.is_none() {
                return Ok(&[]);
            }
            self.decode()?;
        }
        let end = self.clean.len().min(self.read + self.left);
        Ok(&self.clean[self.read..end])
    }

    fn consume(&mut self, n: usize) {
        self.read = (self.read + n).min(self.clean.len());
        self.left = self.left.saturating_sub(n);
    }
}

/// By its byte order mark, else as declared, else UTF-8.
fn encoding_of(start: &[u8]) -> Result<&'static Encoding, Broken> {
    if let Some((encoding, _)) = Encoding::for_bom(start) {
        return Ok(encoding);
    }
    let head = String::from_utf8_lossy(&start[..start.len().min(256)]);
    let declared = head
        .split_once("<?xml")
        .and_then(|(_, rest)| rest.split_once("?>"))
        .and_then(|(declaration, _)| declaration.split_once("encoding"))
        .and_then(|(_, value)| value.split(['"', '\'']).nth(1).map(str::to_owned));
    match declared {
        None => Ok(UTF_8),
        Some(label) => match Encoding::for_label(label.as_bytes()) {
            // A declaration that could be read as ASCII is not UTF-16, whatever it says.
            Some(encoding) if encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE => Ok(UTF_8),
            Some(encoding) => Ok(encoding),
            None => Err(Broken::Encoding(crate::text::first_bytes(&label, 40).to_owned())),
        },
    }
}
