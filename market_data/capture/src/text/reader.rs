//! Lines of one text capture over any `Read`, plain or gzip, bounded in length; a torn end is cut and told.

use std::io::{self, Read};
use std::ops::Range;

use flate2::read::MultiGzDecoder;
use memchr::memchr;

/// Longest line, its end included.
pub const LINE_BYTES_MAX: usize = 32 * 1024 * 1024;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Read at a time; the buffer grows only for a line that is longer.
const BUFFER_BYTES: usize = 128 * 1024;

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

/// Reads lines one after another; each stands in the buffer until the next.
pub struct LineReader<R: Read> {
    input: Input<R>,
    buffer: Vec<u8>,
    /// So much of the buffer holds text.
    filled: usize,
    /// Where in the buffer the line stands, its end included.
    line: Range<usize>,
    number: u64,
    tail: Tail,
}

enum Input<R: Read> {
    Plain(Head<R>),
    Gzip(Box<MultiGzDecoder<Head<R>>>),
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

impl<R: Read> Read for Input<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(out),
            Self::Gzip(input) => input.read(out),
        }
    }
}

impl<R: Read> LineReader<R> {
    /// Looks at the first bytes to tell gzip from plain text.
    pub fn new(mut inner: R) -> io::Result<Self> {
        let mut magic = Vec::with_capacity(2);
        inner.by_ref().take(2).read_to_end(&mut magic)?;
        let gzip = magic == GZIP_MAGIC;
        let head = io::Cursor::new(magic).chain(inner);
        let input = if gzip {
            Input::Gzip(Box::new(MultiGzDecoder::new(head)))
        } else {
            Input::Plain(head)
        };
        Ok(Self {
            input,
            buffer: vec![0; BUFFER_BYTES],
            filled: 0,
            line: 0..0,
            number: 0,
            tail: Tail::Unread,
        })
    }

    /// Goes to the next line. A read that fails otherwise than by the file's end is an error.
    pub fn advance(&mut self) -> io::Result<Step> {
        if self.tail != Tail::Unread {
            return Ok(Step::End);
        }
        self.line = self.line.end..self.line.end;
        match self.find_end() {
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
        match io::copy(&mut self.input, &mut io::sink()) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
            _ => Ok(()),
        }
    }

    /// The line, without its end.
    #[must_use]
    pub fn line(&self) -> &[u8] {
        self.buffer[self.line.clone()].trim_ascii_end()
    }

    /// The line's number, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// True if the line had no end: it may be half a line.
    #[must_use]
    pub fn line_is_open(&self) -> bool {
        self.buffer[self.line.clone()]
            .last()
            .is_some_and(|byte| *byte != b'\n')
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

    /// Stretches the line up to and with its end, the file's end, or little more than `LINE_BYTES_MAX` bytes.
    fn find_end(&mut self) -> io::Result<()> {
        loop {
            let looked = self.line.end;
            if let Some(at) = memchr(b'\n', &self.buffer[looked..self.filled]) {
                self.line.end = looked + at + 1;
                return Ok(());
            }
            self.line.end = self.filled;
            if self.line.len() > LINE_BYTES_MAX || self.read_more()? == 0 {
                return Ok(());
            }
        }
    }

    /// Reads behind what the line has so far, which is moved to the buffer's beginning.
    fn read_more(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.line.clone(), 0);
        self.filled = self.line.len();
        self.line = 0..self.filled;
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(read) => {
                    self.filled += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
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
