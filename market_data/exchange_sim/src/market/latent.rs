//! What nobody sees: buying pressure, the regime the market is in, and the fair value that follows both.
//!
//! Pressure reverts to the regime's level. The book shows it at once (`visible`), the fair value follows it through a lag
//! of `LAG_S`, so the book's imbalance comes before the move. A `Feint` shows pressure that the fair value does not follow.
//! Returns are in basis points (10⁻⁴), times in seconds.

use super::random::Random;

/// Seconds by which the fair value runs behind the pressure.
const LAG_S: f64 = 1.0;
/// Seconds in which pressure reverts to its regime's level, and the width it wanders around it.
const PRESSURE_S: f64 = 5.0;
const PRESSURE_WIDTH: f64 = 0.33;
/// The noise of each side's displayed size: seconds, and width of its logarithm.
const NOISE_S: f64 = 1.5;
const NOISE_WIDTH: f64 = 0.45;
/// How far the price may stray before trends lean back: a deviation of this share makes it nearly sure.
const LEAN_SHARE: f64 = 0.06;
/// Calm before the first trend, so that a reader who has just come does not wait long for a move.
const FIRST_CALM_S: (f64, f64) = (12.0, 30.0);

/// What kind of market it is for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Regime {
    /// Little volatility, little drift.
    Calm,
    /// Pressure of one sign for a minute or so, and a drift that follows it.
    Trend {
        /// +1 or −1.
        sign: f64,
        /// Basis points a second at full pressure.
        drift: f64,
    },
    /// Volatility without direction.
    Burst,
    /// Pressure is shown and leads nowhere, or a little the other way.
    Feint {
        /// +1 or −1.
        sign: f64,
    },
}

impl Regime {
    fn pressure_level(self) -> f64 {
        match self {
            Self::Calm | Self::Burst => 0.0,
            Self::Trend { sign, .. } => 0.75 * sign,
            Self::Feint { sign } => 0.7 * sign,
        }
    }

    fn drift(self) -> f64 {
        match self {
            Self::Calm => 0.08,
            Self::Burst => 0.2,
            Self::Trend { drift, .. } => drift,
            Self::Feint { .. } => -0.25,
        }
    }

    /// Basis points a square root of a second.
    fn volatility(self) -> f64 {
        match self {
            Self::Calm => 0.8,
            Self::Trend { .. } => 1.8,
            Self::Burst => 3.0,
            Self::Feint { .. } => 1.5,
        }
    }

    fn lasts_s(self, random: &mut Random) -> f64 {
        match self {
            Self::Calm => 15.0 + random.exponential(45.0),
            Self::Trend { .. } => (15.0 + random.exponential(55.0)).min(180.0),
            Self::Burst => 8.0 + random.exponential(12.0),
            Self::Feint { .. } => 12.0 + random.exponential(30.0),
        }
    }
}

/// The hidden state of one symbol.
#[derive(Clone, Debug)]
pub struct Latent {
    regime: Regime,
    regime_left_s: f64,
    began: bool,
    pressure: f64,
    lagged: f64,
    noise: [f64; 2],
    fair: f64,
    anchor: f64,
}

impl Latent {
    /// Starts calm at a fair value; `anchor` is the value trends lean back to.
    pub fn new(fair: f64, anchor: f64, random: &mut Random) -> Self {
        let regime_left_s = random.between(FIRST_CALM_S.0, FIRST_CALM_S.1);
        Self {
            regime: Regime::Calm,
            regime_left_s,
            began: false,
            pressure: 0.0,
            lagged: 0.0,
            noise: [0.0; 2],
            fair,
            anchor,
        }
    }

    /// Lets `seconds` pass.
    pub fn advance(&mut self, random: &mut Random, seconds: f64) {
        self.regime_left_s -= seconds;
        if self.regime_left_s <= 0.0 {
            self.regime = self.next_regime(random);
            self.regime_left_s = self.regime.lasts_s(random);
        }
        let level = self.regime.pressure_level();
        self.pressure = revert(
            self.pressure,
            level,
            PRESSURE_WIDTH,
            PRESSURE_S,
            seconds,
            random,
        );
        for side in &mut self.noise {
            *side = revert(*side, 0.0, NOISE_WIDTH, NOISE_S, seconds, random);
        }
        self.lagged += (self.pressure - self.lagged) * (1.0 - (-seconds / LAG_S).exp());
        let drift = self.regime.drift() * self.lagged * seconds;
        let shock = self.regime.volatility() * seconds.sqrt() * random.normal();
        self.fair *= ((drift + shock) * 1e-4).exp();
    }

    /// The fair value, in the unit it was given in.
    pub fn fair(&self) -> f64 {
        self.fair
    }

    /// Pressure as the fair value feels it, about −1 … 1.
    pub fn lagged(&self) -> f64 {
        self.lagged.clamp(-1.0, 1.0)
    }

    /// Pressure as order arrivals feel it now, about −1 … 1.
    pub fn pressure(&self) -> f64 {
        self.pressure.clamp(-1.0, 1.0)
    }

    /// Factor on the displayed size of one side (0 bid, 1 ask): pressure with noise of its own.
    pub fn size_factor(&self, side: usize, tilt: f64) -> f64 {
        let sign = if side == 0 { 1.0 } else { -1.0 };
        (sign * tilt * self.pressure() + self.noise[side]).exp()
    }

    /// The value trends lean back to.
    pub fn lean_to(&mut self, anchor: f64) {
        self.anchor = anchor;
    }

    fn next_regime(&mut self, random: &mut Random) -> Regime {
        let lean = ((self.fair / self.anchor).ln() / LEAN_SHARE).clamp(-1.0, 1.0);
        let sign = if random.chance(0.5 - 0.45 * lean) {
            1.0
        } else {
            -1.0
        };
        let trend = |random: &mut Random| Regime::Trend {
            sign,
            drift: random.between(0.2, 1.2),
        };
        if self.regime != Regime::Calm {
            return Regime::Calm;
        }
        if !std::mem::replace(&mut self.began, true) {
            return trend(random);
        }
        match random.unit() {
            share if share < 0.40 => trend(random),
            share if share < 0.85 => Regime::Feint { sign },
            _ => Regime::Burst,
        }
    }
}

/// One exact step of a mean-reverting (Ornstein–Uhlenbeck) process.
fn revert(
    value: f64,
    level: f64,
    width: f64,
    time_s: f64,
    seconds: f64,
    random: &mut Random,
) -> f64 {
    let kept = (-seconds / time_s).exp();
    level + (value - level) * kept + width * (1.0 - kept * kept).sqrt() * random.normal()
}
