//! What goes wrong, as Python exceptions that carry their numbers.

use capture::CaptureError as Fault;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use venue::Malformed;

create_exception!(
    quantumflow_native,
    CaptureError,
    PyValueError,
    "Files that cannot be read: `file`, and of a text capture `line` (else None)."
);
create_exception!(
    quantumflow_native,
    GapError,
    PyValueError,
    "Updates were missed: `expected`, `received`. The book is worth nothing until its next snapshot."
);
create_exception!(
    quantumflow_native,
    MessageError,
    PyValueError,
    "A message that cannot be used; the book is as it was before it."
);

/// With `file` and `line` as attributes.
pub fn capture(python: Python<'_>, fault: &Fault) -> PyErr {
    let (file, line) = match fault {
        Fault::Line { file, line, .. } => (Some(file), Some(*line)),
        Fault::Io { file, .. }
        | Fault::Empty { file }
        | Fault::Manifest { file, .. }
        | Fault::Damaged { file, .. } => (Some(file), None),
        Fault::TimeWentBack { second, .. } => (Some(second), None),
        Fault::MixedKinds { text, .. } => (Some(text), None),
        Fault::Instrument { .. } | Fault::NoFiles | Fault::SymbolAbsent { .. } => (None, None),
    };
    let error = CaptureError::new_err(fault.to_string());
    let value = error.value(python);
    let file = file.map(|file| file.display().to_string());
    match value
        .setattr("file", file)
        .and_then(|()| value.setattr("line", line))
    {
        Ok(()) => error,
        Err(other) => other,
    }
}

/// With `expected` and `received` as attributes.
pub fn gap(python: Python<'_>, expected: u64, received: u64) -> PyErr {
    let what = format!("update {expected} was expected, {received} came; give a snapshot");
    let error = GapError::new_err(what);
    let value = error.value(python);
    match value
        .setattr("expected", expected)
        .and_then(|()| value.setattr("received", received))
    {
        Ok(()) => error,
        Err(other) => other,
    }
}

/// What is wrong with a message.
pub fn message(fault: Malformed) -> PyErr {
    MessageError::new_err(fault.to_string())
}
