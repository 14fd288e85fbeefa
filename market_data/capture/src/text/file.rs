//! One text capture as timed JSON lines whose times do not go back.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::line::{Line, split_line};
use super::reader::{LINE_BYTES_MAX, LineReader, Step, Tail};
use super::shape::Shape;
use crate::error::{CaptureError, LineFault};

/// A receive time this much earlier than the line before is a corrected clock and is levelled; more is an error.
pub const STEP_BACK_NS_MAX: i64 = 1_000_000_000;

/// Reads the lines of one capture; errors name the file and the line.
pub struct TextFile<R: Read> {
    path: PathBuf,
    reader: LineReader<R>,
    /// Where in the line the JSON begins.
    json_at: usize,
    last_ns: i64,
    levelled: u64,
}

impl<R: Read> TextFile<R> {
    /// Over an opened file; `path` is for errors.
    pub fn new(path: &Path, input: R) -> Result<Self, CaptureError> {
        let reader = LineReader::new(input).map_err(|source| CaptureError::io(path, source))?;
        Ok(Self {
            path: path.to_path_buf(),
            reader,
            json_at: 0,
            last_ns: 0,
            levelled: 0,
        })
    }

    /// Goes to the next line that is not blank and gives its receive time; `json` then gives the rest of it.
    pub fn advance(&mut self) -> Result<Option<i64>, CaptureError> {
        loop {
            match self
                .reader
                .advance()
                .map_err(|source| CaptureError::io(&self.path, source))?
            {
                Step::End => return Ok(None),
                Step::TooLong => return Err(self.fault(LineFault::TooLong(LINE_BYTES_MAX))),
                Step::Line => {}
            }
            if self.reader.line_is_open() && !is_whole(self.reader.line()) {
                self.reader.cut();
                return Ok(None);
            }
            let text = self.reader.line();
            match split_line(text) {
                Ok(None) => {}
                Ok(Some(Line { recv_ns, json })) => {
                    self.json_at = text.len() - json.len();
                    return self.level(recv_ns).map(Some);
                }
                Err(fault) => return Err(self.fault(fault)),
            }
        }
    }

    /// The JSON of the line.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.reader.line()[self.json_at..]
    }

    /// An error at this line.
    #[must_use]
    pub fn fault(&self, fault: LineFault) -> CaptureError {
        CaptureError::Line {
            file: self.path.clone(),
            line: self.reader.number(),
            fault,
        }
    }

    /// Damage of the compressed data behind this line, if there is any. It is read to the end for it.
    pub fn damage_ahead(&mut self) -> Option<CaptureError> {
        let read = self.reader.read_on();
        read.err()
            .map(|source| CaptureError::io(&self.path, source))
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line's number, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.reader.number()
    }

    /// How the file ended.
    #[must_use]
    pub fn tail(&self) -> Tail {
        self.reader.tail()
    }

    /// Lines whose time went back a little and was levelled.
    #[must_use]
    pub fn levelled(&self) -> u64 {
        self.levelled
    }

    fn level(&mut self, recv_ns: i64) -> Result<i64, CaptureError> {
        if recv_ns < self.last_ns {
            if self.last_ns - recv_ns > STEP_BACK_NS_MAX {
                return Err(self.fault(LineFault::TimeWentBack {
                    before_ns: self.last_ns,
                    now_ns: recv_ns,
                }));
            }
            self.levelled += 1;
        }
        self.last_ns = self.last_ns.max(recv_ns);
        Ok(self.last_ns)
    }
}

fn is_whole(line: &[u8]) -> bool {
    match split_line(line) {
        Ok(None) => true,
        Ok(Some(line)) => !matches!(
            Shape::of(line.json),
            Err(LineFault::Malformed(_) | LineFault::NotCombined)
        ),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: &str = r#"{"result":null,"id":1}"#;

    fn times(text: &str) -> Result<(Vec<i64>, Tail, u64), String> {
        let mut file =
            TextFile::new(Path::new("x.gz"), text.as_bytes()).map_err(|error| error.to_string())?;
        let mut times = Vec::new();
        while let Some(recv_ns) = file.advance().map_err(|error| error.to_string())? {
            times.push(recv_ns % 1_000_000_000_000_000_000);
        }
        Ok((times, file.tail(), file.levelled()))
    }

    #[test]
    fn a_small_step_back_is_levelled_and_a_large_one_is_an_error() {
        let small = format!("1700000000000000009 {CONTROL}\n\n1700000000000000004 {CONTROL}\n");
        assert_eq!(
            times(&small),
            Ok((vec![700_000_000_000_000_009; 2], Tail::Whole, 1))
        );
        let large = format!("1700000009000000000 {CONTROL}\n1700000000000000000 {CONTROL}\n");
        assert_eq!(
            times(&large),
            Err("x.gz, line 2: its receive time 1700000000000000000 is earlier than 1700000009000000000 on the line \
                 before; sort the capture by receive time"
                .into())
        );
    }

    #[test]
    fn a_torn_last_line_is_cut_and_a_whole_one_kept() {
        let whole = format!("1700000000000000001 {CONTROL}\n1700000000000000002 {CONTROL}");
        assert_eq!(
            times(&whole).map(|(times, tail, _)| (times.len(), tail)),
            Ok((2, Tail::Whole))
        );
        for cut in 1..CONTROL.len() {
            let torn = &whole[..whole.len() - cut];
            let (kept, tail, _) = times(torn).expect("a torn tail is no error");
            assert_eq!(kept.len(), 1, "{torn}");
            assert!(matches!(tail, Tail::Torn { .. }));
        }
    }

    #[test]
    fn a_bad_line_in_the_middle_names_file_and_line() {
        let bad =
            format!("1700000000000000001 {CONTROL}\nnonsense\n1700000000000000002 {CONTROL}\n");
        assert_eq!(
            times(&bad),
            Err("x.gz, line 2: does not begin with a receive time and a space".into())
        );
    }
}
