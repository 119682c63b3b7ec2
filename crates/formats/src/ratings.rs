//! Reader of rating files (`source,target,rating,time`, the shape of the Bitcoin-OTC web of trust), line by line in
//! bounded memory: a bad line is reported with its number and never spoils the next.

use std::io::{BufRead, BufReader, Read};

/// Bytes of one line, its newline not counted; a longer line is skipped and reported.
pub const MAX_LINE: usize = 1024;

/// Characters of a source or target.
pub const MAX_NAME: usize = 100;

/// One rating of one person by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line of the file, from 1.
    pub number: u64,
    /// Who rates, as written in the file, trimmed.
    pub source: String,
    /// Who is rated.
    pub target: String,
    /// −10 … 10, never 0. Below zero is a warning.
    pub rating: i8,
    /// Microseconds since 1970-01-01 UTC.
    pub time: i64,
}

/// A line that was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: {reason}")]
pub struct BadLine {
    /// Line of the file, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub reason: Reason,
}

/// Why a line was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// More than [`MAX_LINE`] bytes.
    #[error("longer than {MAX_LINE} bytes")]
    TooLong,
    /// Not text.
    #[error("not UTF-8 text")]
    NotText,
    /// Not source, target, rating, time.
    #[error("{0} columns where source, target, rating, time are expected")]
    Columns(usize),
    /// The source or target is empty.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// The source or target is longer than [`MAX_NAME`] characters or holds control characters.
    #[error("the {0} is not a name of up to {MAX_NAME} characters")]
    Name(&'static str),
    /// Not a whole number from −10 to 10, or 0.
    #[error("the rating \u{201c}{0}\u{201d} is not a whole number from -10 to 10 other than 0")]
    Rating(String),
    /// Somebody rates himself.
    #[error("source and target are the same")]
    SelfLoop,
    /// Not a number of seconds from 1970 on.
    #[error("the time \u{201c}{0}\u{201d} is not a number of seconds since 1970")]
    Time(String),
    /// After the moment given to [`read`].
    #[error("the time \u{201c}{0}\u{201d} is in the future")]
    Future(String),
    /// The input itself failed; nothing follows.
    #[error("the file cannot be read on: {0}")]
    Input(String),
}

/// Reads ratings from `input`; times after `now` (µs since 1970) are refused. Yields one item a line; empty lines and
/// a heading line are passed over silently. A heading that names the four columns may put them in another order.
///
/// ```
/// let rows: Vec<_> = formats::ratings::read("6,2,4,1289241911.72836\r\n6,6,1,0".as_bytes(), i64::MAX).collect();
/// assert_eq!(rows[0].as_ref().map(|row| row.rating), Ok(4));
/// assert!(rows[1].is_err());
/// ```
pub fn read<R: Read>(input: R, now: i64) -> Ratings<R> {
    Ratings {
        input: BufReader::with_capacity(64 * 1024, input),
        splitter: csv_core::Reader::new(),
        line: Vec::with_capacity(MAX_LINE),
        number: 0,
        columns: [0, 1, 2, 3],
        started: false,
        now,
        over: false,
    }
}

/// The rows of a rating file; made by [`read`].
pub struct Ratings<R> {
    input: BufReader<R>,
    splitter: csv_core::Reader,
    line: Vec<u8>,
    number: u64,
    /// Where source, target, rating and time stand.
    columns: [usize; 4],
    /// A line with anything in it has been seen, so no heading is expected any more.
    started: bool,
    now: i64,
    over: bool,
}

impl<R: Read> Iterator for Ratings<R> {
    type Item = Result<Row, BadLine>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            self.number += 1;
            let number = self.number;
            let result = match self.next_line() {
                Ok(Line::End) => return None,
                Ok(Line::Whole) => self.row(),
                Ok(Line::TooLong) => {
                    self.started = true;
                    Err(Reason::TooLong)
                }
                Err(error) => {
                    self.over = true;
                    Err(Reason::Input(error.to_string()))
                }
            };
            match result {
                Ok(None) => {}
                Ok(Some(row)) => return Some(Ok(row)),
                Err(reason) => return Some(Err(BadLine { number, reason })),
            }
        }
        None
    }
}

enum Line {
    Whole,
    TooLong,
    End,
}

impl<R: Read> Ratings<R> {
    /// Puts the next line, without its newline, into `self.line`; of a line too long only the beginning is kept.
    fn next_line(&mut self) -> std::io::Result<Line> {
        self.line.clear();
        let (mut any, mut too_long) = (false, false);
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                self.over = true;
                break;
            }
            any = true;
            let end = chunk.iter().position(|&b| b == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            // Two bytes of grace for the carriage return and, on the first line, three for the byte order mark.
            let room = (MAX_LINE + 4).saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            too_long |= part.len() > room;
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(Line::End);
        }
        if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(if too_long || self.line.len() > MAX_LINE { Line::TooLong } else { Line::Whole })
    }

    /// The row in `self.line`, or nothing if the line is empty or the heading.
    fn row(&mut self) -> Result<Option<Row>, Reason> {
        if self.line.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let first = !std::mem::replace(&mut self.started, true);
        let mut bytes = [0; MAX_LINE + 8];
        let mut ends = [0; MAX_LINE + 8];
        let (fields, written) = self.split(&mut bytes, &mut ends);
        let text = std::str::from_utf8(&bytes[..written]).map_err(|_| Reason::NotText)?;
        let field = |i: usize| {
            let start = if i == 0 { 0 } else { ends[i - 1] };
            text.get(start..ends[i]).unwrap_or_default().trim()
        };
        if first && fields >= 4 && field(2).parse::<f64>().is_err() && field(3).parse::<f64>().is_err() {
            let place = |name: &str| (0..fields).find(|&i| field(i).eq_ignore_ascii_case(name));
            if let (Some(source), Some(target), Some(rating), Some(time)) =
                (place("source"), place("target"), place("rating"), place("time"))
            {
                self.columns = [source, target, rating, time];
            }
            return Ok(None);
        }
        if fields != 4 {
            return Err(Reason::Columns(fields));
        }
        let [source, target, rating, time] = self.columns.map(|i| if i < fields { field(i) } else { "" });
        Ok(Some(Row {
            number: self.number,
            source: name(source, "source")?,
            target: if target == source { Err(Reason::SelfLoop) } else { name(target, "target") }?,
            rating: parse_rating(rating)?,
            time: parse_time(time, self.now)?,
        }))
    }

    /// Splits `self.line` into fields. Each line is read on its own, so that one stray quote cannot swallow the file.
    fn split(&mut self, bytes: &mut [u8], ends: &mut [usize]) -> (usize, usize) {
        self.splitter.reset();
        let (mut read, mut written, mut fields) = (0, 0, 0);
        loop {
            let (result, r, w, e) =
                self.splitter.read_record(&self.line[read..], &mut bytes[written..], &mut ends[fields..]);
            (read, written, fields) = (read + r, written + w, fields + e);
            if !matches!(result, csv_core::ReadRecordResult::InputEmpty) || (r == 0 && read >= self.line.len() && e > 0)
            {
                return (fields, written);
            }
        }
    }
}

fn name(text: &str, which: &'static str) -> Result<String, Reason> {
    if text.is_empty() {
        return Err(Reason::Empty(which));
    }
    if text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(Reason::Name(which));
    }
    Ok(text.to_owned())
}

fn parse_rating(text: &str) -> Result<i8, Reason> {
    match text.parse::<i8>() {
        Ok(rating) if (-10..=10).contains(&rating) && rating != 0 => Ok(rating),
        _ => Err(Reason::Rating(excerpt(text))),
    }
}

/// Seconds since 1970, possibly with a fraction, to microseconds.
fn parse_time(text: &str, now: i64) -> Result<i64, Reason> {
    // Above this a float no longer holds microseconds, and no calendar we know of reaches it.
    const LAST: f64 = 253_402_300_800.0;
    match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && (0.0..).contains(&seconds) => {
            let micros = (seconds.min(LAST) * 1e6).round() as i64;
            if micros > now || seconds > LAST { Err(Reason::Future(excerpt(text))) } else { Ok(micros) }
        }
        _ => Err(Reason::Time(excerpt(text))),
    }
}

/// Enough of a bad value to find it by.
fn excerpt(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_800_000_000_000_000;

    fn all(bytes: &[u8]) -> Vec<Result<Row, BadLine>> {
        read(bytes, NOW).collect()
    }

    fn reason(line: &str) -> Reason {
        let file = format!("1,2,3,4\n{line}\n5,6,7,8\n");
        let mut rows = all(file.as_bytes());
        assert_eq!(rows.len(), 3, "{line}: {rows:?}");
        assert!(rows[2].is_ok(), "the line after {line:?} is read");
        let bad = rows.remove(1).expect_err(line);
        assert_eq!(bad.number, 2);
        bad.reason
    }

    #[test]
    fn the_shape_of_bitcoin_otc_with_and_without_niceties() {
        let expected =
            Row { number: 1, source: "6".into(), target: "2".into(), rating: -4, time: 1_289_241_911_728_360 };
        for (file, number) in [
            ("6,2,-4,1289241911.72836\n", 1),
            ("6,2,-4,1289241911.72836", 1),
            ("\u{feff}source,target,rating,time\r\n 6 , 2,\"-4\" ,1289241911.72836\r\n", 2),
            ("time,rating,target,source\n\n1289241911.72836,-4,2,6\n", 3),
            ("Rater,Ratee,Score,When\n6,2,-4,1289241911.72836\n", 2),
        ] {
            assert_eq!(all(file.as_bytes()), [Ok(Row { number, ..expected.clone() })], "{file:?}");
        }
        assert_eq!(all(b""), []);
    }

    #[test]
    fn each_bad_line_says_what_is_wrong_and_the_next_is_read() {
        assert_eq!(reason("1,2,3"), Reason::Columns(3));
        assert_eq!(reason("1,2,3,4,5"), Reason::Columns(5));
        assert_eq!(reason("1,2,\"3,4"), Reason::Columns(3));
        assert_eq!(reason("1,1,3,4"), Reason::SelfLoop);
        assert_eq!(reason(",2,3,4"), Reason::Empty("source"));
        assert_eq!(reason("a\u{7}b,2,3,4"), Reason::Name("source"));
        for rating in ["0", "11", "-11", "2.5", "", "9999999999"] {
            assert_eq!(reason(&format!("1,2,{rating},4")), Reason::Rating(rating.into()));
        }
        for time in ["NaN", "inf", "-1", "", "soon"] {
            assert_eq!(reason(&format!("1,2,3,{time}")), Reason::Time(time.into()));
        }
        assert_eq!(reason("1,2,3,1800000001"), Reason::Future("1800000001".into()));
        assert_eq!(reason("1,2,3,1e300"), Reason::Future("1e300".into()));
        assert_eq!(reason(&"9".repeat(MAX_LINE + 1)), Reason::TooLong);
        assert_eq!(reason(&"9".repeat(300_000)), Reason::TooLong);
    }

    #[test]
    fn bytes_that_are_not_text_spoil_only_their_line() {
        let rows = all(b"1,2,3,4\n\xff\xfe,2,3,4\n5,6,7,8\n");
        assert_eq!(rows[1], Err(BadLine { number: 2, reason: Reason::NotText }));
        assert!(rows[2].is_ok());
    }

    #[test]
    fn a_failing_input_is_reported_once() {
        struct Broken(bool);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(std::io::Error::other("the disk is gone"));
                }
                buffer[..8].copy_from_slice(b"1,2,3,4\n");
                Ok(8)
            }
        }
        let rows: Vec<_> = read(Broken(false), NOW).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1], Err(BadLine { number: 2, reason: Reason::Input("the disk is gone".into()) }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_the_end(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
            let lines = bytes.iter().filter(|&&b| b == b'\n').count() + 1;
            prop_assert!(all(&bytes).len() <= lines);
        }

        #[test]
        fn any_rows_are_kept_as_written(rows in prop::collection::vec(("[a-z]{1,9}", "[0-9]{1,9}", 1i8..=10, 0u32..1_700_000_000), 0..40)) {
            let file: String = rows.iter().map(|(s, t, r, at)| format!("{s},{t},{r},{at}\n")).collect();
            let read = all(file.as_bytes());
            prop_assert_eq!(read.len(), rows.len());
            for (row, (s, t, r, at)) in read.into_iter().zip(rows) {
                let row = row.expect("a good row");
                prop_assert_eq!((row.source, row.target, row.rating, row.time), (s, t, r, i64::from(at) * 1_000_000));
            }
        }
    }
}
