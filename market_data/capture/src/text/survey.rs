//! The first pass over a text capture: whose it is, when, in which units, and whether every line can be used.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use venue::Unit;

use super::file::TextFile;
use super::kept::{KeptLine, KeptLines};
use super::plain::{PlainMessage, PlainReader};
use super::reader::Tail;
use super::shape::{Numbers, Shape};
use crate::decimal::{ShortDecimal, parse_e8, step_shown};
use crate::error::{CaptureError, LineFault, OffUnit};
use crate::instrument::{Instrument, StepsSeen};

/// Quantities that may be finer than the table's lot, of a million: the exchange's book holds orders older than its lot
/// size (three of half a million quantities in ten minutes of BTCUSDT, 2024-08-08). More of them, and the table is wrong.
pub const OFF_LOT_PPM_MAX: u64 = 1_000;

/// Instruments whose units are known before the capture is read, by symbol.
pub type Table = BTreeMap<String, Instrument>;

/// What one text capture holds.
#[derive(Clone, Debug)]
pub struct FileSurvey {
    /// Its path.
    pub path: PathBuf,
    /// Upper-case symbols of its messages and what their numbers show.
    pub symbols: BTreeMap<String, SymbolSeen>,
    /// First and last receive time.
    pub first_ns: i64,
    /// See `first_ns`.
    pub last_ns: i64,
    /// Stream messages.
    pub messages: u64,
    /// Depth snapshots.
    pub snapshots: u64,
    /// Lines whose time went back a little and was levelled.
    pub levelled: u64,
    /// How it ended.
    pub tail: Tail,
    /// Checksum of all its lines.
    pub crc: u32,
    /// All its lines, if they are within the bound.
    pub kept: Option<KeptLines>,
}

/// What one symbol's numbers show.
#[derive(Clone, Debug, Default)]
pub struct SymbolSeen {
    /// Their smallest steps.
    pub steps: StepsSeen,
    /// Quantities other than 0.
    pub quantities: u64,
    /// Those that are finer than the table's lot.
    pub off_lot: u64,
    first_off_lot: Option<(u64, Box<OffUnit>)>,
    /// The steps, and the table's tick and lot, in a form by which it is told fast that a value is a multiple.
    price_fits: Fits,
    qty_fits: Fits,
}

/// The units that a value is to be a multiple of.
#[derive(Clone, Copy, Debug, Default)]
struct Fits {
    step: Option<Unit>,
    table: Option<Unit>,
}

/// Reads a whole capture. `table` holds the units that its prices and quantities must be multiples of; its lines are kept
/// if they take no more than `kept_bytes_max`.
///
/// A line that cannot be used may come of damage behind it, and how much was unpacked before that depends on how the bytes
/// arrived: where the compressed data is damaged, that is the answer.
pub fn survey(
    path: &Path,
    input: impl Read,
    table: &Table,
    kept_bytes_max: usize,
) -> Result<FileSurvey, CaptureError> {
    let mut file = TextFile::new(path, input)?;
    match look_through(&mut file, table, kept_bytes_max) {
        Err(fault @ CaptureError::Line { .. }) => Err(file.damage_ahead().unwrap_or(fault)),
        looked => looked,
    }
}

fn look_through<R: Read>(
    file: &mut TextFile<R>,
    table: &Table,
    kept_bytes_max: usize,
) -> Result<FileSurvey, CaptureError> {
    let path = file.path().to_path_buf();
    let mut found = FileSurvey {
        path: path.clone(),
        symbols: BTreeMap::new(),
        first_ns: 0,
        last_ns: 0,
        messages: 0,
        snapshots: 0,
        levelled: 0,
        tail: Tail::Unread,
        crc: 0,
        kept: Some(KeptLines::default()),
    };
    let mut plain = PlainReader::default();
    let mut crc = crc32fast::Hasher::new();
    let mut early = Vec::new();
    let mut first_snapshot = None;
    while let Some(recv_ns) = file.advance()? {
        if found.messages + found.snapshots == 0 {
            found.first_ns = recv_ns;
        }
        found.last_ns = recv_ns;
        crc.update(&recv_ns.to_le_bytes());
        crc.update(file.json());
        let line = file.number();
        let snapshots = found.snapshots;
        let noted = if found.note_plain(&mut plain, file.json(), table) {
            Ok(())
        } else {
            match Shape::of(file.json()) {
                Ok(Shape::Message { symbol, numbers }) => {
                    found.messages += 1;
                    found.note_message(symbol, line, &numbers, table)
                }
                Ok(Shape::Snapshot { numbers }) => {
                    found.snapshots += 1;
                    first_snapshot.get_or_insert(line);
                    if found.symbols.is_empty() {
                        early.push((line, numbers.into_owned()));
                        Ok(())
                    } else {
                        found.note_snapshot(line, &numbers, table)
                    }
                }
                Err(fault) => Err(fault),
            }
        };
        noted.map_err(|fault| file.fault(fault))?;
        let is_snapshot = found.snapshots > snapshots;
        let json = file.json();
        found.keep(
            KeptLine {
                recv_ns,
                json,
                is_snapshot,
            },
            kept_bytes_max,
        );
    }
    if found.messages + found.snapshots == 0 {
        return Err(CaptureError::Empty { file: path });
    }
    let fault = |line, fault| CaptureError::Line {
        file: path.clone(),
        line,
        fault,
    };
    // Snapshots that came before any message named the symbol, and, once more, the first one: now all symbols are known.
    early.extend(first_snapshot.map(|line| (line, Numbers::default())));
    for (line, numbers) in early {
        found
            .note_snapshot(line, &numbers, table)
            .map_err(|found| fault(line, found))?;
    }
    found
        .check_lots()
        .map_err(|(line, found)| fault(line, found))?;
    found.levelled = file.levelled();
    found.tail = file.tail();
    found.crc = crc.finalize();
    Ok(found)
}

impl FileSurvey {
    /// Notes a plain message whose numbers are multiples of the table's units; false, and nothing is noted, of any
    /// other line.
    fn note_plain(&mut self, plain: &mut PlainReader, json: &[u8], table: &Table) -> bool {
        let Some(PlainMessage { symbol, levels }) = plain.read(json) else {
            return false;
        };
        let noted = match self.symbols.get_mut(symbol) {
            Some(seen) => seen.note_plain(levels),
            None => {
                let mut seen = SymbolSeen::within(table.get(symbol));
                let noted = seen.note_plain(levels);
                if noted {
                    self.symbols.insert(symbol.to_owned(), seen);
                }
                noted
            }
        };
        self.messages += u64::from(noted);
        noted
    }

    /// Keeps a line while all of them are within the bound.
    fn keep(&mut self, line: KeptLine<'_>, bytes_max: usize) {
        if let Some(kept) = &mut self.kept
            && !kept.push(line, bytes_max)
        {
            self.kept = None;
        }
    }

    fn note_message(
        &mut self,
        symbol: Option<String>,
        line: u64,
        numbers: &Numbers<'_>,
        table: &Table,
    ) -> Result<(), LineFault> {
        let Some(symbol) = symbol else { return Ok(()) };
        let instrument = table.get(&symbol);
        self.symbols
            .entry(symbol)
            .or_insert_with(|| SymbolSeen::within(instrument))
            .note(line, numbers, instrument)
    }

    /// A snapshot names no symbol: it belongs to the file's one symbol.
    fn note_snapshot(
        &mut self,
        line: u64,
        numbers: &Numbers<'_>,
        table: &Table,
    ) -> Result<(), LineFault> {
        if self.symbols.len() > 1 {
            let names: Vec<&str> = self.symbols.keys().map(String::as_str).collect();
            return Err(LineFault::SnapshotOfSeveral(names.join(", ")));
        }
        match self.symbols.iter_mut().next() {
            Some((symbol, seen)) => seen.note(line, numbers, table.get(symbol)),
            None => Err(LineFault::SnapshotOfNone),
        }
    }

    /// A lot that more than a few quantities do not fit is not the exchange's.
    fn check_lots(&mut self) -> Result<(), (u64, LineFault)> {
        for seen in self.symbols.values_mut() {
            if seen.off_lot * 1_000_000 > seen.quantities * OFF_LOT_PPM_MAX
                && let Some((line, off)) = seen.first_off_lot.take()
            {
                return Err((line, LineFault::OffUnit(off)));
            }
        }
        Ok(())
    }
}

impl SymbolSeen {
    /// Nothing yet, of an instrument whose units are known or not.
    fn within(instrument: Option<&Instrument>) -> Self {
        let fits = |unit_e8: Option<i64>| Fits {
            step: None,
            table: unit_e8.and_then(Unit::new),
        };
        Self {
            price_fits: fits(instrument.map(|it| it.tick_e8)),
            qty_fits: fits(instrument.map(|it| it.lot_e8)),
            ..Self::default()
        }
    }

    /// Notes prices and quantities if all of them are multiples of the table's units.
    fn note_plain(&mut self, levels: &[(i64, i64)]) -> bool {
        let fits = |(price, qty): &(i64, i64)| {
            self.price_fits.of_table(*price) && self.qty_fits.of_table(*qty)
        };
        if !levels.iter().all(fits) {
            return false;
        }
        for (price, qty) in levels {
            if !self.price_fits.of_step(*price) {
                self.steps.price(*price);
                self.price_fits.step = self.steps.price_e8.and_then(Unit::new);
            }
            if !self.qty_fits.of_step(*qty) {
                self.steps.qty(*qty);
                self.qty_fits.step = self.steps.qty_e8.and_then(Unit::new);
            }
            self.quantities += u64::from(*qty != 0);
        }
        true
    }

    fn note(
        &mut self,
        line: u64,
        numbers: &Numbers<'_>,
        instrument: Option<&Instrument>,
    ) -> Result<(), LineFault> {
        let prices = numbers
            .levels
            .iter()
            .map(|level| &level.0)
            .chain(&numbers.prices);
        for text in prices {
            let price = decimal("price", text)?;
            self.steps.price(price);
            if let Some(off) =
                instrument.and_then(|it| off_unit(it, "price", text, price, "tick", it.tick_e8))
            {
                return Err(LineFault::OffUnit(off));
            }
        }
        let quantities = numbers
            .levels
            .iter()
            .map(|level| &level.1)
            .chain(&numbers.quantities);
        for text in quantities {
            let qty = decimal("quantity", text)?;
            self.steps.qty(qty);
            self.quantities += u64::from(qty != 0);
            if let Some(off) =
                instrument.and_then(|it| off_unit(it, "quantity", text, qty, "lot", it.lot_e8))
            {
                self.off_lot += 1;
                self.first_off_lot.get_or_insert((line, off));
            }
        }
        Ok(())
    }
}

impl Fits {
    /// True of a multiple, and of all where no table says otherwise.
    #[inline(always)]
    fn of_table(self, value_e8: i64) -> bool {
        self.table.is_none_or(|unit| unit.count(value_e8).is_some())
    }

    /// True of a value that can show no smaller step.
    #[inline(always)]
    fn of_step(self, value_e8: i64) -> bool {
        self.step.is_some_and(|unit| unit.count(value_e8).is_some())
    }
}

fn decimal(field: &'static str, text: &str) -> Result<i64, LineFault> {
    parse_e8(text).map_err(|fault| LineFault::Decimal {
        field,
        value: text.to_owned(),
        fault,
    })
}

/// The complaint about a value that is not a multiple of the table's unit.
fn off_unit(
    instrument: &Instrument,
    field: &'static str,
    text: &str,
    value: i64,
    unit: &'static str,
    unit_e8: i64,
) -> Option<Box<OffUnit>> {
    (value % unit_e8 != 0).then(|| {
        Box::new(OffUnit {
            symbol: instrument.symbol.clone(),
            field,
            value: text.to_owned(),
            unit,
            table: ShortDecimal(unit_e8).to_string(),
            fits: ShortDecimal(finer(value, unit_e8)).to_string(),
        })
    })
}

/// The finer of the steps that the two show by their decimals.
fn finer(value_e8: i64, unit_e8: i64) -> i64 {
    step_shown(value_e8)
        .into_iter()
        .chain(step_shown(unit_e8))
        .min()
        .unwrap_or(1)
}
