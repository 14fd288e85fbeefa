//! A book for notebooks: one instrument's snapshot and updates, by the code that keeps the live books.

use book::{Metrics, Sequencer, Step, TOP_MAX, Top, Weights};
use numpy::{IntoPyArray, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use venue::{Message, Unit, Update, parse_depth, parse_e8, parse_message};

use crate::refusal;

/// One instrument's book, in ticks and lots; `tick` and `lot` are decimal texts ("0.01").
///
/// Raises ValueError for a unit that is none, MessageError for a message that cannot be used, GapError where updates
/// are missing: after it every update is refused until a snapshot comes.
#[pyclass(module = "quantumflow_native")]
pub struct Book {
    tick: Unit,
    lot: Unit,
    book: book::Book,
    sequencer: Option<Sequencer>,
    update: Update,
    event_ns: i64,
}

#[pymethods]
impl Book {
    #[new]
    fn new(tick: &str, lot: &str) -> PyResult<Self> {
        Ok(Self {
            tick: unit("tick", tick)?,
            lot: unit("lot", lot)?,
            book: book::Book::new(),
            sequencer: None,
            update: Update::default(),
            event_ns: 0,
        })
    }

    /// Begins anew from a depth snapshot, as the exchange's REST gives it; its `lastUpdateId`.
    fn snapshot(&mut self, body: Text) -> PyResult<u64> {
        let last_id = parse_depth(body.bytes(), &mut self.update).map_err(refusal::message)?;
        self.convert()?;
        let (bids, asks) = (&self.update.bids, &self.update.asks);
        let best = (bids.first(), asks.first());
        self.book.clear(
            best.0.map(|level| level.price),
            best.1.map(|level| level.price),
        );
        self.put();
        self.sequencer = Some(Sequencer::new(last_id));
        Ok(last_id)
    }

    /// Applies one depthUpdate, bare or in a combined stream's wrapper. False: it ends before or where the book ends.
    fn apply(&mut self, python: Python<'_>, message: Text) -> PyResult<bool> {
        let found = parse_message(message.bytes(), &mut self.update).map_err(refusal::message)?;
        let Message::Depth {
            first_id,
            last_id,
            event_ns,
            ..
        } = found
        else {
            return Err(PyValueError::new_err("not a depthUpdate"));
        };
        let Some(sequencer) = &mut self.sequencer else {
            return Err(PyValueError::new_err(
                "there is no book yet: give a snapshot first",
            ));
        };
        match sequencer.on_update(first_id, last_id) {
            Step::Drop => return Ok(false),
            Step::Apply { .. } => {}
            Step::Resync { expected, received } => {
                self.sequencer = None;
                return Err(refusal::gap(python, expected, received));
            }
        }
        if let Err(error) = self.convert() {
            self.sequencer = None;
            return Err(error);
        }
        self.put();
        self.event_ns = event_ns;
        Ok(true)
    }

    /// The best bids, best first: (n, 2) int64, ticks and lots.
    #[pyo3(signature = (levels=20))]
    fn bids<'py>(&self, python: Python<'py>, levels: usize) -> PyResult<Bound<'py, PyArray2<i64>>> {
        array(python, levels, |into| self.book.bids.top(into))
    }

    /// The best asks, best first: (n, 2) int64, ticks and lots.
    #[pyo3(signature = (levels=20))]
    fn asks<'py>(&self, python: Python<'py>, levels: usize) -> PyResult<Bound<'py, PyArray2<i64>>> {
        array(python, levels, |into| self.book.asks.top(into))
    }

    /// imbalance_best, imbalance_top, imbalance_weighted and microprice (in ticks) of the best levels; the next level
    /// weighs `decay_ppm` millionths of the one before.
    #[pyo3(signature = (levels=20, decay_ppm=700_000))]
    fn metrics<'py>(
        &self,
        python: Python<'py>,
        levels: usize,
        decay_ppm: u32,
    ) -> PyResult<Bound<'py, PyDict>> {
        let mut top = Top::default();
        top.take(&self.book, within(levels)?);
        let Metrics {
            imbalance_best,
            imbalance_top,
            imbalance_weighted,
            microprice,
        } = top.metrics(&Weights::new(decay_ppm));
        let said = PyDict::new(python);
        said.set_item("imbalance_best", imbalance_best)?;
        said.set_item("imbalance_top", imbalance_top)?;
        said.set_item("imbalance_weighted", imbalance_weighted)?;
        said.set_item("microprice", microprice)?;
        Ok(said)
    }

    /// The last update inside the book; None while there is no book.
    #[getter]
    fn last_id(&self) -> Option<u64> {
        self.sequencer.as_ref().map(Sequencer::last_id)
    }

    /// The exchange's time of the last update, ns; 0 before the first.
    #[getter]
    fn event_ns(&self) -> i64 {
        self.event_ns
    }

    fn __repr__(&self) -> String {
        let best = |level: Option<(i64, i64)>| {
            level.map_or("nothing".to_owned(), |(price, qty)| {
                format!("{qty} at {price}")
            })
        };
        let (bid, ask) = (best(self.book.bids.best()), best(self.book.asks.best()));
        format!("Book(bid {bid}, ask {ask}, last_id {:?})", self.last_id())
    }
}

impl Book {
    fn convert(&mut self) -> PyResult<()> {
        let converted = self.update.to_units(self.tick, self.lot);
        converted.map(|_| ()).map_err(refusal::message)
    }

    fn put(&mut self) {
        for level in &self.update.bids {
            self.book.bids.set(level.price, level.qty);
        }
        for level in &self.update.asks {
            self.book.asks.set(level.price, level.qty);
        }
    }
}

/// JSON as bytes or as text.
#[derive(FromPyObject)]
enum Text {
    Bytes(Vec<u8>),
    Words(String),
}

impl Text {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Words(words) => words.as_bytes(),
        }
    }
}

fn unit(key: &str, text: &str) -> PyResult<Unit> {
    let refused = || PyValueError::new_err(format!("{key} {text:?} is no positive decimal"));
    let e8 = parse_e8(text.as_bytes()).map_err(|_| refused())?;
    Unit::new(e8).ok_or_else(refused)
}

fn within(levels: usize) -> PyResult<usize> {
    if (1..=TOP_MAX).contains(&levels) {
        return Ok(levels);
    }
    Err(PyValueError::new_err(format!(
        "levels is {levels}: it must be 1 to {TOP_MAX}"
    )))
}

fn array<'py>(
    python: Python<'py>,
    levels: usize,
    fill: impl FnOnce(&mut [[i64; 2]]) -> usize,
) -> PyResult<Bound<'py, PyArray2<i64>>> {
    let mut into = vec![[0; 2]; within(levels)?];
    let count = fill(&mut into);
    into.truncate(count);
    let flat: Vec<i64> = into.into_iter().flatten().collect();
    flat.into_pyarray(python).reshape([count, 2])
}
