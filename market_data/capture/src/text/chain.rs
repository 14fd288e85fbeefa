//! Text captures of the same symbols, one after the other, as records.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;

use super::file::TextFile;
use super::shape::is_snapshot;
use super::survey::FileSurvey;
use crate::error::CaptureError;
use crate::timeline::RecordStream;
use crate::{Endpoint, Input, Record};

/// Reads the files of one chain in their order; each is opened when the one before it ends.
pub(crate) struct TextChain {
    waiting: VecDeque<FileSurvey>,
    current: Option<(TextFile<File>, String)>,
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
            if let Some((file, symbol)) = &mut self.current {
                if let Some(recv_ns) = file.advance()? {
                    return Ok(Some(Record {
                        recv_ns,
                        input: input(file.json(), symbol),
                    }));
                }
                self.current = None;
            }
            let Some(survey) = self.waiting.pop_front() else {
                return Ok(None);
            };
            let opened = File::open(&survey.path)
                .map_err(|source| CaptureError::io(&survey.path, source))?;
            let symbol = survey.symbols.keys().next().cloned().unwrap_or_default();
            self.current = Some((TextFile::new(&survey.path, opened)?, symbol));
        }
    }
}

/// What a line brought in. The connection is the timeline's to name.
fn input(json: &[u8], symbol: &str) -> Input {
    if is_snapshot(json) {
        Input::Rest {
            endpoint: Endpoint::Depth,
            symbol: symbol.to_owned(),
            status: 200,
            retry_after_s: 0,
            used_weight: 0,
            body: json.to_vec(),
        }
    } else {
        Input::Message {
            connection: 0,
            text: json.to_vec(),
        }
    }
}
