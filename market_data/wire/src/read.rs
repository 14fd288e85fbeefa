//! One msgpack value at a time, and the refusals it can end in.

use thiserror::Error;

/// Why bytes are no frame; the names are PROTOCOL.md's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The length is over `FRAME_BYTES_MAX`.
    #[error("too_long: a frame of {bytes} bytes, at most 65536 are allowed")]
    TooLong {
        /// What the length says.
        bytes: usize,
    },
    /// Fewer bytes than the length says, or not even a length.
    #[error("truncated: {missing} bytes are missing")]
    Truncated {
        /// How many more are needed.
        missing: usize,
    },
    /// The body is no single msgpack value.
    #[error("not_msgpack: at byte {at} of the body")]
    NotMsgpack {
        /// Where.
        at: usize,
    },
    /// The body is no array.
    #[error("not_an_array")]
    NotAnArray,
    /// An array that is shorter or longer than its kind asks for.
    #[error("wrong_length: an array of {found} elements")]
    WrongLength {
        /// What it has.
        found: usize,
    },
    /// A kind that version 1 does not have.
    #[error("unknown_kind: {kind}")]
    UnknownKind {
        /// What it says.
        kind: i64,
    },
    /// An element of another type than its place asks for.
    #[error("wrong_type: {element}")]
    WrongType {
        /// Which.
        element: &'static str,
    },
    /// An element beyond what its place allows.
    #[error("out_of_range: {element}")]
    OutOfRange {
        /// Which.
        element: &'static str,
    },
}

impl Refusal {
    /// The word of PROTOCOL.md.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::Truncated { .. } => "truncated",
            Self::NotMsgpack { .. } => "not_msgpack",
            Self::NotAnArray => "not_an_array",
            Self::WrongLength { .. } => "wrong_length",
            Self::UnknownKind { .. } => "unknown_kind",
            Self::WrongType { .. } => "wrong_type",
            Self::OutOfRange { .. } => "out_of_range",
        }
    }
}

/// One msgpack value. Only what version 1 uses has a variant of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value<'a> {
    Int(i64),
    /// A whole number beyond `i64`.
    Huge,
    Float(f64),
    Bool(bool),
    Text(&'a str),
    Bin(&'a [u8]),
    Array(usize),
    Map(usize),
    /// nil or an extension: they stand nowhere in version 1.
    Other,
}

/// A cursor over a frame's body.
pub(crate) struct Reader<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(body: &'a [u8]) -> Self {
        Self { body, at: 0 }
    }

    /// Passes over the whole body: exactly one value, whatever it holds. What is no msgpack is told before anything else.
    pub(crate) fn whole(&mut self) -> Result<(), Refusal> {
        // Lists inside one another need no stack: it is enough to count the values that still have to come.
        let mut pending: usize = 1;
        while pending > 0 {
            let inside = match self.value()? {
                Value::Array(elements) => elements,
                Value::Map(pairs) => pairs.saturating_mul(2),
                _ => 0,
            };
            pending = (pending - 1).saturating_add(inside);
        }
        if self.at == self.body.len() {
            Ok(())
        } else {
            Err(Refusal::NotMsgpack { at: self.at })
        }
    }

    /// Elements of the outermost array.
    pub(crate) fn outer(&mut self) -> Result<usize, Refusal> {
        match self.value()? {
            Value::Array(elements) => Ok(elements),
            _ => Err(Refusal::NotAnArray),
        }
    }

    pub(crate) fn array(&mut self, element: &'static str) -> Result<usize, Refusal> {
        match self.value()? {
            Value::Array(elements) => Ok(elements),
            _ => Err(Refusal::WrongType { element }),
        }
    }

    pub(crate) fn int(&mut self, element: &'static str) -> Result<i64, Refusal> {
        match self.value()? {
            Value::Int(value) => Ok(value),
            Value::Huge => Err(Refusal::OutOfRange { element }),
            _ => Err(Refusal::WrongType { element }),
        }
    }

    pub(crate) fn within(
        &mut self,
        element: &'static str,
        least: i64,
        greatest: i64,
    ) -> Result<i64, Refusal> {
        let value = self.int(element)?;
        if (least..=greatest).contains(&value) {
            Ok(value)
        } else {
            Err(Refusal::OutOfRange { element })
        }
    }

    /// A float within both bounds, which NaN is not.
    pub(crate) fn float(
        &mut self,
        element: &'static str,
        least: f64,
        greatest: f64,
    ) -> Result<f64, Refusal> {
        match self.value()? {
            Value::Float(value) if (least..=greatest).contains(&value) => Ok(value),
            Value::Float(_) => Err(Refusal::OutOfRange { element }),
            _ => Err(Refusal::WrongType { element }),
        }
    }

    pub(crate) fn one_of(
        &mut self,
        element: &'static str,
        choices: &[&str],
    ) -> Result<&'a str, Refusal> {
        let text = self.text(element)?;
        if choices.contains(&text) {
            Ok(text)
        } else {
            Err(Refusal::OutOfRange { element })
        }
    }

    pub(crate) fn boolean(&mut self, element: &'static str) -> Result<bool, Refusal> {
        match self.value()? {
            Value::Bool(value) => Ok(value),
            _ => Err(Refusal::WrongType { element }),
        }
    }

    pub(crate) fn text(&mut self, element: &'static str) -> Result<&'a str, Refusal> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            _ => Err(Refusal::WrongType { element }),
        }
    }

    pub(crate) fn bin(&mut self, element: &'static str) -> Result<&'a [u8], Refusal> {
        match self.value()? {
            Value::Bin(bytes) => Ok(bytes),
            _ => Err(Refusal::WrongType { element }),
        }
    }

    fn value(&mut self) -> Result<Value<'a>, Refusal> {
        let [tag] = self.fixed()?;
        Ok(match tag {
            0x00..=0x7f => Value::Int(i64::from(tag)),
            0xe0..=0xff => Value::Int(i64::from(tag as i8)),
            0xa0..=0xbf => self.str(usize::from(tag & 0x1f))?,
            0x90..=0x9f => Value::Array(usize::from(tag & 0x0f)),
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xc4..=0xc6 => {
                let length = self.length(tag - 0xc4)?;
                Value::Bin(self.take(length)?)
            }
            0xcb => Value::Float(f64::from_be_bytes(self.fixed()?)),
            0xcc => Value::Int(i64::from(u8::from_be_bytes(self.fixed()?))),
            0xcd => Value::Int(i64::from(u16::from_be_bytes(self.fixed()?))),
            0xce => Value::Int(i64::from(u32::from_be_bytes(self.fixed()?))),
            0xcf => {
                i64::try_from(u64::from_be_bytes(self.fixed()?)).map_or(Value::Huge, Value::Int)
            }
            0xd0 => Value::Int(i64::from(i8::from_be_bytes(self.fixed()?))),
            0xd1 => Value::Int(i64::from(i16::from_be_bytes(self.fixed()?))),
            0xd2 => Value::Int(i64::from(i32::from_be_bytes(self.fixed()?))),
            0xd3 => Value::Int(i64::from_be_bytes(self.fixed()?)),
            0xd9..=0xdb => {
                let length = self.length(tag - 0xd9)?;
                self.str(length)?
            }
            0xdc | 0xdd => Value::Array(self.length(tag - 0xdc + 1)?),
            0xc1 => return Err(Refusal::NotMsgpack { at: self.at - 1 }),
            0x80..=0x8f => Value::Map(usize::from(tag & 0x0f)),
            0xde | 0xdf => Value::Map(self.length(tag - 0xde + 1)?),
            0xc0 => Value::Other,
            0xca => Value::Float(f64::from(f32::from_be_bytes(self.fixed()?))),
            0xc7..=0xc9 => {
                let length = self.length(tag - 0xc7)?;
                self.other(length.saturating_add(1))?
            }
            0xd4..=0xd8 => self.other((1 << (tag - 0xd4)) + 1)?,
        })
    }

    fn other(&mut self, length: usize) -> Result<Value<'a>, Refusal> {
        self.take(length).map(|_| Value::Other)
    }

    fn str(&mut self, length: usize) -> Result<Value<'a>, Refusal> {
        let at = self.at;
        let bytes = self.take(length)?;
        core::str::from_utf8(bytes)
            .map(Value::Text)
            .map_err(|_| Refusal::NotMsgpack { at })
    }

    /// A length of 1, 2 or 4 bytes.
    fn length(&mut self, power: u8) -> Result<usize, Refusal> {
        Ok(match power {
            0 => usize::from(u8::from_be_bytes(self.fixed()?)),
            1 => usize::from(u16::from_be_bytes(self.fixed()?)),
            _ => u32::from_be_bytes(self.fixed()?) as usize,
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let rest = &self.body[self.at..];
        let taken = rest.get(..length).ok_or(Refusal::NotMsgpack {
            at: self.body.len(),
        })?;
        self.at += length;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let taken = self.take(N)?;
        Ok(taken
            .try_into()
            .expect("take gives as many as it was asked for"))
    }
}
