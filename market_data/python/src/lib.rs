//! quantumflow_native: recordings and captures as NumPy event arrays, by the very code of the feed.
//!
//! What comes out is what a trader at the feed's socket would have had: the same session makes the frames, and the same
//! frames become events. Nothing of the exchange's format, of the book or of the protocol is written a second time here.

use pyo3::prelude::*;

/// A book for notebooks.
mod notebook_book;
/// What goes wrong, as Python exceptions.
mod refusal;
/// Frames as rows of the event arrays.
mod rows;
/// Files to events.
mod source;
/// The frames of a batch as a slow reader has them.
mod thinned;

#[pymodule]
fn quantumflow_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let python = module.py();
    module.add_class::<source::EventSource>()?;
    module.add_class::<notebook_book::Book>()?;
    module.add("CaptureError", python.get_type::<refusal::CaptureError>())?;
    module.add("GapError", python.get_type::<refusal::GapError>())?;
    module.add("MessageError", python.get_type::<refusal::MessageError>())?;
    module.add("DEPTH", rows::DEPTH)?;
    module.add("HEAD_WORDS", rows::HEAD_WORDS)?;
    Ok(())
}
