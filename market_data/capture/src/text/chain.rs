//! Text captures of the same symbols, one after the other, as records.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;

use super::file::TextFile;
use super::kept::{KeptLine, KeptLines};
use super::shape::is_snapshot;
use super::survey::FileSurvey;
use crate::error::CaptureError;
use crate::timeline::RecordStream;
use crate::{Endpoint, Input, Record};

/// Reads the files of one chain in their order; each is opened when the one before it ends, unless its lines were kept.
pub(crate) struct TextChain {
    waiting: VecDeque<FileSurvey>,
    current: Option<(Lines, String)>,
}

enum Lines {
    Kept { lines: KeptLines, at: usize },
    File(Box<TextFile<File>>),
}

/// Groups files that share a symbol, in the order given, and refuses those whose times go back at a border.
pub(crate) fn chains(surveys: Vec<FileSurvey>) -> Result<Vec<TextChain>, CaptureError> {
    let mut groups: Vec<Vec<FileSurvey>> = Vec::new();
    for survey in surveys {
        let shares = |group: &Vec<FileSurvey>| {
            let has = |file: &FileSurvey| {
                survey
                    .symbols
                    .keys()
                    .any(|symbol| file.symbols.contains_key(symbol))
            };
            group.iter().any(has)
        };
        let (mut sharing, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(shares);
        groups = apart;
        let mut joined = if sharing.is_empty() {
            Vec::new()
        } else {
            sharing.remove(0)
        };
        joined.extend(sharing.into_iter().flatten());
        joined.push(survey);
        groups.push(joined);
    }
    for group in &groups {
        for pair in group.windows(2) {
            let [first, second] = pair else { continue };
            if second.first_ns < first.last_ns {
                return Err(CaptureError::TimeWentBack {
                    first: first.path.clone(),
                    first_last_ns: first.last_ns,
                    second: second.path.clone(),
                    second_first_ns: second.first_ns,
                });
            }
        }
    }
    Ok(groups
        .into_iter()
        .map(|group| TextChain {
            waiting: group.into(),
            current: None,
        })
        .collect())
}

impl TextChain {
    /// Symbols of the chain.
    pub(crate) fn symbols(&self) -> BTreeSet<&str> {
        self.waiting
            .iter()
            .flat_map(|file| file.symbols.keys().map(String::as_str))
            .collect()
    }
}

impl RecordStream for TextChain {
    fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
        loop {
            if let Some((lines, symbol)) = &mut self.current {
                if let Some(line) = lines.advance()? {
                    return Ok(Some(Record {
                        recv_ns: line.recv_ns,
                        input: input(&line, symbol),
                    }));
                }
                self.current = None;
            }
            let Some(survey) = self.waiting.pop_front() else {
                return Ok(None);
            };
            let symbol = survey.symbols.keys().next().cloned().unwrap_or_default();
            self.current = Some((Lines::open(survey)?, symbol));
        }
    }
}

impl Lines {
    fn open(survey: FileSurvey) -> Result<Self, CaptureError> {
        if let Some(lines) = survey.kept {
            return Ok(Self::Kept { lines, at: 0 });
        }
        let opened =
            File::open(&survey.path).map_err(|source| CaptureError::io(&survey.path, source))?;
        Ok(Self::File(Box::new(TextFile::new(&survey.path, opened)?)))
    }

    fn advance(&mut self) -> Result<Option<KeptLine<'_>>, CaptureError> {
        match self {
            Self::Kept { lines, at } => {
                *at += 1;
                Ok(lines.get(*at - 1))
            }
            Self::File(file) => Ok(file.advance()?.map(|recv_ns| {
                let json = file.json();
                KeptLine {
                    recv_ns,
                    json,
                    is_snapshot: is_snapshot(json),
                }
            })),
        }
    }
}

/// What a line brought in. The connection is the timeline's to name.
fn input(line: &KeptLine<'_>, symbol: &str) -> Input {
    if line.is_snapshot {
        Input::Rest {
            endpoint: Endpoint::Depth,
            symbol: symbol.to_owned(),
            status: 200,
            retry_after_s: 0,
            used_weight: 0,
            body: line.json.to_vec(),
        }
    } else {
        Input::Message {
            connection: 0,
            text: line.json.to_vec(),
        }
    }
}
