//! A cursor over JSON text: enough to walk objects, read what is wanted and pass over the rest. Allocates nothing.

use crate::error::Malformed;
use crate::level::{LEVELS_MAX, Level};
use crate::number::{read_e8, read_plain_level};

/// Objects and arrays inside one another that are passed over.
pub(crate) const DEPTH_MAX: usize = 32;

/// Where we are in the text.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next byte that is not white space, without passing it.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Result<u8, Malformed> {
        loop {
            match self.bytes.get(self.at) {
                Some(byte) if *byte > b' ' => return Ok(*byte),
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(_) => return Err(Malformed::NotJson { at: self.at }),
                None => return Err(Malformed::Truncated),
            }
        }
    }

    #[inline(always)]
    pub(crate) fn expect(&mut self, wanted: u8) -> Result<(), Malformed> {
        if self.peek()? == wanted {
            self.at += 1;
            return Ok(());
        }
        Err(Malformed::NotJson { at: self.at })
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Result<(), Malformed> {
        match self.peek() {
            Err(Malformed::Truncated) => Ok(()),
            _ => Err(Malformed::NotJson { at: self.at }),
        }
    }

    /// Calls `field` with each key of the object that begins here; it must pass the value.
    #[inline(always)]
    pub(crate) fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, &'a [u8]) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key = self.text()?;
            self.expect(b':')?;
            field(self, key)?;
            if !self.another(b'}')? {
                return Ok(());
            }
        }
    }

    /// After an element: true behind a comma, false behind the closing byte.
    #[inline(always)]
    fn another(&mut self, closing: u8) -> Result<bool, Malformed> {
        let byte = self.peek()?;
        self.at += 1;
        if byte == b',' {
            return Ok(true);
        }
        if byte == closing {
            Ok(false)
        } else {
            Err(Malformed::NotJson { at: self.at - 1 })
        }
    }

    /// The bytes between the quotes of a string, escapes as they stand.
    #[inline(always)]
    pub(crate) fn text(&mut self) -> Result<&'a [u8], Malformed> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(byte) if *byte < 0x20 => return Err(Malformed::NotJson { at: self.at }),
                Some(_) => self.at += 1,
                None => return Err(Malformed::Truncated),
            }
        }
        self.at += 1;
        Ok(&self.bytes[start..self.at - 1])
    }

    /// A whole number that is not negative.
    #[inline(always)]
    pub(crate) fn whole(&mut self) -> Result<u64, Malformed> {
        self.peek()?;
        let start = self.at;
        let mut value: u64 = 0;
        while let Some(digit) = self
            .bytes
            .get(self.at)
            .map(|byte| byte.wrapping_sub(b'0'))
            .filter(|digit| *digit <= 9)
        {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(u64::from(digit)))
                .ok_or(Malformed::TooLarge { at: start })?;
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            _ if self.at == start => Err(Malformed::BadNumber { at: start }),
            Some(b'.' | b'e' | b'E') => Err(Malformed::BadNumber { at: start }),
            _ => Ok(value),
        }
    }

    /// A decimal in quotes, in 10⁻⁸.
    #[inline(always)]
    pub(crate) fn decimal(&mut self) -> Result<i64, Malformed> {
        self.expect(b'"')?;
        let (value, end) = read_e8(self.bytes, self.at)?;
        self.at = end;
        match self.bytes.get(self.at) {
            Some(b'"') => {
                self.at += 1;
                Ok(value)
            }
            Some(_) => Err(Malformed::BadNumber { at: self.at }),
            None => Err(Malformed::Truncated),
        }
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self) -> Result<bool, Malformed> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (value, length) = match rest {
            [b't', b'r', b'u', b'e', ..] => (true, 4),
            [b'f', b'a', b'l', b's', b'e', ..] => (false, 5),
            _ => return Err(Malformed::NotJson { at: self.at }),
        };
        self.at += length;
        Ok(value)
    }

    /// The levels `[["price","qty"],…]` that begin here, into `out`, which is emptied first.
    #[inline(always)]
    pub(crate) fn levels(&mut self, out: &mut Vec<Level>) -> Result<(), Malformed> {
        out.clear();
        self.expect(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if out.len() == LEVELS_MAX {
                return Err(Malformed::TooManyLevels { max: LEVELS_MAX });
            }
            let level = match read_plain_level(self.bytes, self.at) {
                Some((price, qty, end)) => {
                    self.at = end;
                    Level { price, qty }
                }
                None => self.level()?,
            };
            out.push(level);
            if !self.another(b']')? {
                return Ok(());
            }
        }
    }

    /// A level in any form.
    #[cold]
    fn level(&mut self) -> Result<Level, Malformed> {
        self.expect(b'[')?;
        let price = self.decimal()?;
        self.expect(b',')?;
        let qty = self.decimal()?;
        // Snapshots of 2017 carried an empty array as a third element; nothing that stands here matters to us.
        while self.another(b']')? {
            self.pass()?;
        }
        Ok(Level { price, qty })
    }

    /// Passes over one value of any type.
    pub(crate) fn pass(&mut self) -> Result<(), Malformed> {
        let mut open = [0_u8; DEPTH_MAX];
        let mut depth = 0;
        loop {
            match self.peek()? {
                b'"' => drop(self.text()?),
                byte @ (b'{' | b'[') => {
                    *open
                        .get_mut(depth)
                        .ok_or(Malformed::TooDeep { max: DEPTH_MAX })? = byte;
                    depth += 1;
                    self.at += 1;
                    if self.opened(byte)? {
                        continue;
                    }
                    depth -= 1;
                }
                _ => self.word()?,
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let container = open[depth - 1];
                if self.another(container + 2)? {
                    if container == b'{' {
                        self.key()?;
                    }
                    break;
                }
                depth -= 1;
            }
        }
    }

    /// Behind an opening byte: true if a value follows, false if the container was empty and is passed.
    fn opened(&mut self, byte: u8) -> Result<bool, Malformed> {
        // In ASCII both closing brackets stand two behind their opening ones.
        if self.peek()? == byte + 2 {
            self.at += 1;
            return Ok(false);
        }
        if byte == b'{' {
            self.key()?;
        }
        Ok(true)
    }

    fn key(&mut self) -> Result<(), Malformed> {
        self.text()?;
        self.expect(b':')
    }

    /// Passes a number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while let Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') =
            self.bytes.get(self.at)
        {
            self.at += 1;
        }
        if self.at == start {
            Err(Malformed::NotJson { at: start })
        } else {
            Ok(())
        }
    }

    /// Runs `read`; if it fails, goes back and passes the value, so that a field nobody needs can hold anything.
    /// `None` then. A text that is no JSON at all fails all the same.
    #[inline(always)]
    pub(crate) fn attempt<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Result<T, Malformed>, Malformed> {
        let start = self.at;
        match read(self) {
            Ok(value) => Ok(Ok(value)),
            Err(error) => {
                self.at = start;
                self.pass()?;
                Ok(Err(error))
            }
        }
    }
}
