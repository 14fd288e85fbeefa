//! Lines of one text capture over any `Read`, plain or gzip, bounded in length; a torn end is cut and told.

use std::io::{self, BufRead, BufReader, Read};

use flate2::read::MultiGzDecoder;

/// Longest line, without its end.
pub const LINE_BYTES_MAX: usize = 32 * 1024 * 1024;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BUFFER_BYTES: usize = 64 * 1024;

/// How a capture ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Not yet.
    Unread,
    /// With its last line.
    Whole,
    /// In the middle of the compressed data or of a line; so many bytes of text behind the last whole line were cut.
    Torn {
        /// Bytes of text that were left out.
        cut_bytes: usize,
    },
}

/// Reads lines one after another into its own buffer.
pub struct LineReader<R: Read> {
    input: Input<R>,
    line: Vec<u8>,
    number: u64,
    tail: Tail,
}

enum Input<R: Read> {
    Plain(BufReader<Head<R>>),
    Gzip(Box<BufReader<MultiGzDecoder<Head<R>>>>),
}

type Head<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// What `advance` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A line: see `line`, `number`.
    Line,
    /// A line longer than `LINE_BYTES_MAX`.
    TooLong,
    /// No more; `tail` says how it ended.
    End,
}

impl<R: Read> LineReader<R> {
    /// Looks at the first bytes to tell gzip from plain text.
    pub fn new(mut inner: R) -> io::Result<Self> {
        let mut magic = Vec::with_capacity(2);
        inner.by_ref().take(2).read_to_end(&mut magic)?;
        let gzip = magic == GZIP_MAGIC;
        let head = io::Cursor::new(magic).chain(inner);
        let input = if gzip {
            Input::Gzip(Box::new(BufReader::with_capacity(
                BUFFER_BYTES,
                MultiGzDecoder::new(head),
            )))
        } else {
            Input::Plain(BufReader::with_capacity(BUFFER_BYTES, head))
        };
        Ok(Self {
            input,
            line: Vec::new(),
            number: 0,
            tail: Tail::Unread,
        })
    }

    /// Goes to the next line. A read that fails otherwise than by the file's end is an error.
    pub fn advance(&mut self) -> io::Result<Step> {
        if self.tail != Tail::Unread {
            return Ok(Step::End);
        }
        self.line.clear();
        let read = match &mut self.input {
            Input::Plain(input) => read_line(input, &mut self.line),
            Input::Gzip(input) => read_line(input, &mut self.line),
        };
        match read {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.cut();
                return Ok(Step::End);
            }
            Err(error) => return Err(error),
        }
        if self.line.is_empty() {
            self.tail = Tail::Whole;
            return Ok(Step::End);
        }
        self.number += 1;
        Ok(if self.line.len() > LINE_BYTES_MAX {
            Step::TooLong
        } else {
            Step::Line
        })
    }

    /// Reads on to the end and keeps nothing. An end in the middle is no error here either.
    pub fn read_on(&mut self) -> io::Result<()> {
        let read = match &mut self.input {
            Input::Plain(input) => io::copy(input, &mut io::sink()),
            Input::Gzip(input) => io::copy(input.as_mut(), &mut io::sink()),
        };
        match read {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
            _ => Ok(()),
        }
    }

    /// The line, without its end.
    #[must_use]
    pub fn line(&self) -> &[u8] {
        self.line.trim_ascii_end()
    }

    /// The line's number, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// True if the line had no end: it may be half a line.
    #[must_use]
    pub fn line_is_open(&self) -> bool {
        self.line.last().is_some_and(|byte| *byte != b'\n')
    }

    /// Declares the line to be the torn end.
    pub fn cut(&mut self) {
        self.tail = Tail::Torn {
            cut_bytes: self.line.len(),
        };
    }

    /// How the capture ended.
    #[must_use]
    pub fn tail(&self) -> Tail {
        self.tail
    }
}

/// Appends up to and with the next line end, but little more than `LINE_BYTES_MAX` bytes.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let (used, ended) = {
            let available = match input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let end = available.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(available.len(), |at| at + 1);
            line.extend_from_slice(&available[..used]);
            (
                used,
                end.is_some() || used == 0 || line.len() > LINE_BYTES_MAX,
            )
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).expect("a Vec takes all");
        encoder.finish().expect("a Vec takes all")
    }

    fn lines(bytes: &[u8]) -> (Vec<String>, Tail) {
        let mut reader = LineReader::new(bytes).expect("a slice reads");
        let mut lines = Vec::new();
        while reader.advance().expect("a slice reads") == Step::Line {
            lines.push(String::from_utf8_lossy(reader.line()).into_owned());
        }
        (lines, reader.tail())
    }

    #[test]
    fn plain_and_gzip_read_alike() {
        let expected = (
            vec!["one".to_owned(), String::new(), "three".to_owned()],
            Tail::Whole,
        );
        assert_eq!(lines(b"one\n\nthree\n"), expected);
        assert_eq!(lines(&gzip(b"one\n\nthree\n")), expected);
        let mut members = gzip(b"one\n\n");
        members.extend(gzip(b"three\n"));
        assert_eq!(lines(&members), expected);
    }

    #[test]
    fn a_torn_gzip_gives_its_whole_lines_and_says_so() {
        let text: Vec<u8> = (0..20_000u32)
            .flat_map(|n| format!("{} line\n", n.wrapping_mul(2_654_435_761)).into_bytes())
            .collect();
        let whole = gzip(&text);
        let (all, _) = lines(&whole);
        for cut in [whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            let (kept, tail) = lines(&whole[..cut]);
            assert!(matches!(tail, Tail::Torn { .. }), "{cut}");
            assert_eq!(kept[..], all[..kept.len()]);
        }
    }

    #[test]
    fn an_empty_file_has_no_lines() {
        assert_eq!(lines(b""), (Vec::new(), Tail::Whole));
    }
}
