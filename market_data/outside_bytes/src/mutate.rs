//! Bytes changed at random, from a seed: the same seed gives the same bytes on every machine.

/// The longest input that is made.
pub const BYTES_MAX: usize = 16 * 1024;

/// Pieces that parsers treat apart from others.
const TOKENS: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e9",
    b"NaN",
    b".",
    b"\n",
    b"\r\n",
    b" ",
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xf0\x9f\x98\x80",
    b"\\u0000",
    b"\\ud800",
    b"9223372036854775807",
    b"9223372036854775808",
    b"92233720368.54775807",
    b"18446744073709551616",
    b"4611686018427387904",
    b"[[[[[[[[",
    b"{\"a\":{\"a\":",
    b"[]",
    b"{}",
    b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xdc\xff\xff",
    b"\xdd\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\xcb\x7f\xf8\0\0\0\0\0\0",
];

/// Draws inputs near its seeds.
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// SplitMix64.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.draw() % bound.max(1) as u64) as usize
    }

    /// One seed, changed one to eight times; now and then bytes without any sense.
    pub fn input(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = if seeds.is_empty() || self.below(32) == 0 {
            (0..self.below(64)).map(|_| self.draw() as u8).collect()
        } else {
            seeds[self.below(seeds.len())].clone()
        };
        for _ in 0..=self.below(8) {
            self.change(&mut bytes, seeds);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let until = at + self.below((bytes.len() - at).min(32) + 1);
        match self.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = self.draw() as u8,
            2 => drop(bytes.drain(at..until)),
            3 => bytes.truncate(at),
            4 => {
                let piece = bytes[at..until].to_vec();
                let times = 1 + self.below(20);
                bytes.splice(at..at, piece.repeat(times));
            }
            5 | 6 => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(at..until, token.iter().copied());
            }
            7 if !seeds.is_empty() => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => self.digits(bytes, at),
        }
    }

    /// Another number in place of the digits at or behind `at`.
    fn digits(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit) else {
            return;
        };
        let start = at + start;
        let length = bytes[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let number = (self.draw() >> self.below(64)).to_string();
        bytes.splice(start..start + length, number.into_bytes());
    }
}
