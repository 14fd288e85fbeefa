"""Every state, kind and refusal that has a name, once: the same word in contract, code, journal and page.

Numbers are part of the journal and of the engine's state: a value is never reused, new ones are added at the end.
Feed states and their numbers are PROTOCOL.md's; refusals of the risk engine are core_risk/API.md's.
"""

from enum import IntEnum

__all__ = [
    "WHY_ORDER",
    "Aggressor",
    "BotReason",
    "BotState",
    "CalendarPhase",
    "CalendarPolicy",
    "Command",
    "EventKind",
    "FeedState",
    "FillModel",
    "ImpactModel",
    "Liquidity",
    "OrderKind",
    "OrderState",
    "OutputKind",
    "QueueModel",
    "Refusal",
    "Request",
    "Side",
    "SignalKind",
    "SignalOutcome",
    "TimeInForce",
    "Trading",
    "VerdictKind",
    "WhyNotTrading",
]


class FeedState(IntEnum):
    """State of one instrument's book, as market_data publishes it. Only LIVE is tradable."""

    DISCONNECTED = 0
    RESYNCING = 1
    LIVE = 2
    STALE = 3
    CROSSED = 4
    HALTED = 5
    GEO_BLOCKED = 6
    BANNED = 7


class EventKind(IntEnum):
    """What the engine consumes, in one ordered stream."""

    BOOK = 1
    TRADE = 2
    CANDLE = 3
    STATUS = 4
    HEARTBEAT = 5
    VERDICT = 6
    MARK_ANSWER = 7
    COMMAND = 8
    FEED_LOST = 9
    CALENDAR = 10
    INTENT = 11


class Request(IntEnum):
    """What `advance` wants from the world before it goes on."""

    NONE = 0
    VERDICT = 1
    MARK = 2
    DRAIN = 3
    CALENDAR = 4
    INTENT = 5


class Side(IntEnum):
    """Of an order, a fill, a level."""

    BUY = 0
    SELL = 1


class Aggressor(IntEnum):
    """Who took, in a trade of the market."""

    BUYER = 0
    SELLER = 1


class OrderKind(IntEnum):
    """How an order meets the market."""

    MARKET = 0
    LIMIT = 1
    STOP = 2


class TimeInForce(IntEnum):
    """How long a limit order stays."""

    GTC = 0
    IOC = 1
    FOK = 2


class Liquidity(IntEnum):
    """Whether a fill took what was displayed or was taken from the queue."""

    TAKER = 0
    MAKER = 1


class FillModel(IntEnum):
    """How an order that meets a book or a trade is filled; broker/FILLS.md. The appliance has MODEL alone.

    NAIVE and TOUCH fill it whole, at mid or at the best opposite price: kinder than a market, for comparison.
    """

    MODEL = 0
    NAIVE = 1
    TOUCH = 2


class QueueModel(IntEnum):
    """What is ahead of a resting order, and what a shrinking display says of it; broker/FILLS.md."""

    ALL_AHEAD = 0
    PROPORTIONAL = 1
    FRONT = 2


class ImpactModel(IntEnum):
    """Whether what our fills took is missing from the book until its level changes; broker/FILLS.md."""

    REMEMBERED = 0
    NONE = 1


class OrderState(IntEnum):
    """The life of an order; broker/orders.py holds the table of what may follow what."""

    FREE = 0
    INTENDED = 1
    APPROVED = 2
    WORKING = 3
    FILLED = 4
    REFUSED = 5
    CANCELLED = 6
    EXPIRED = 7


class VerdictKind(IntEnum):
    """What core_risk answers; REDUCE grants less than was asked."""

    APPROVE = 0
    REDUCE = 1
    REFUSE = 2


class Trading(IntEnum):
    """What core_risk says of trading as a whole."""

    UNKNOWN = 0
    ACTIVE = 1
    HALTED = 2


class SignalKind(IntEnum):
    """What a strategy wants: in, or out and why."""

    ENTRY = 0
    EXIT_STOP = 1
    EXIT_TARGET = 2
    EXIT_REVERSAL = 3
    EXIT_TIME = 4
    EXIT_COMMAND = 5
    EXIT_STRESS = 6
    EXIT_CONFLICT = 7
    EXIT_UNKNOWN = 8


class SignalOutcome(IntEnum):
    """Why a signal became an order, or did not."""

    ORDERED = 0
    SPREAD_TOO_WIDE = 1
    VOLATILITY_TOO_HIGH = 2
    MOMENTUM_DISAGREES = 3
    CONFIDENCE_TOO_LOW = 4
    POSITION_OPEN = 5
    ORDER_PENDING = 6
    COOLING_DOWN = 7
    SHORT_DISABLED = 8
    SIZE_BELOW_MINIMUM = 9
    NOT_TRADING = 10
    WARMING_UP = 11
    ORDER_SLOTS_FULL = 12
    KILLED = 13
    TOO_MANY_ORDERS = 14
    TOO_MANY_REFUSALS = 15
    CALENDAR_PAUSE = 16
    CONFLICT = 17


class BotState(IntEnum):
    """Whether a bot may make orders. STOPPED and FAILED of its strategy: it is not asked at all."""

    RUNNING = 0
    PAUSED = 1
    FAILED = 2
    STOPPED = 3
    REMOVED = 4


class BotReason(IntEnum):
    """Why the engine itself changed a bot's state."""

    NONE = 0
    ORDERS_REFUSED = 1
    STRATEGY_RAISED = 2
    STRATEGY_SLOW = 3
    STRATEGY_ABSURD = 4
    STRATEGY_DIED = 5
    STRATEGY_BROKEN = 6
    LEFT_EVERYTHING = 7


class Command(IntEnum):
    """What an operator may tell a bot (`code` of the event is its index, −1: all of them), or, from KILL on, all.

    PAUSE: no new position; open ones are left as the strategy leaves them. FLATTEN: its orders are cancelled, its
    positions left at the market, and it stays paused. KILL: every order is cancelled and none is made, of any kind;
    KILL_FLATTEN: the same, but positions are left first. RESET_BREAKER takes a kill and core_risk's halts back.

    From CREATE_BOT on, of one bot that is named: START_BOT takes back what stopped it, STOP_BOT asks its strategy no
    more, CHANGE_BOT gives it other parameters, instruments, capital or another strategy, REMOVE_BOT ends it.
    """

    PAUSE = 1
    RESUME = 2
    FLATTEN = 3
    CANCEL_ORDERS = 4
    KILL = 5
    KILL_FLATTEN = 6
    RESET_BREAKER = 7
    CREATE_BOT = 8
    START_BOT = 9
    STOP_BOT = 10
    CHANGE_BOT = 11
    REMOVE_BOT = 12


class CalendarPhase(IntEnum):
    """What the calendar allows now. BEFORE: positions are left, none is entered (policy flatten)."""

    OPEN = 0
    BEFORE = 1
    CLOSED = 2


class CalendarPolicy(IntEnum):
    """What is done before a pause; calendar/spec.py says what each means."""

    CANCEL = 0
    FLATTEN = 1
    HOLD = 2


class OutputKind(IntEnum):
    """What the engine tells the world; each becomes one journal event."""

    SIGNAL = 1
    ORDER = 2
    VERDICT = 3
    ORDER_STATE = 4
    FILL = 5
    EQUITY = 6
    FEED = 7
    TRADING = 8
    BOT = 9
    SPECIALIST = 10


class Refusal(IntEnum):
    """Why an order did not happen or ended early. 1–49 core_risk, 50–69 the way to it, 70–99 the paper broker."""

    NONE = 0
    VERSION_MISMATCH = 1
    TRADING_HALTED = 2
    DRAWDOWN_BREAKER = 3
    DAILY_LOSS = 4
    CONSECUTIVE_LOSSES = 5
    RECONCILE_MISMATCH = 6
    NO_DEPOSIT = 7
    TIME_WENT_BACK = 8
    ORDER_DONE = 9
    UNKNOWN_INSTRUMENT = 10
    UNKNOWN_BOT = 11
    MARKET_UNSEEN = 12
    MARKET_NOT_LIVE = 13
    MARKET_CROSSED = 14
    STALE_MARKET = 15
    LOT_FILTER = 16
    NOTIONAL_FILTER = 17
    ORDER_SIZE = 18
    PRICE_COLLAR = 19
    SHORT_DISABLED = 20
    INSUFFICIENT_CASH = 21
    POSITION_INSTRUMENT = 22
    POSITION_BOT = 23
    POSITION_PORTFOLIO = 24
    CONCENTRATION = 25
    LEVERAGE = 26
    OPEN_ORDERS = 27
    ORDERS_PER_SECOND = 28
    ORDERS_PER_MINUTE = 29
    ORDERS_PER_HOUR = 30
    ARITHMETIC = 31
    ORDERS_PER_DAY = 32
    NOTIONAL_PER_DAY = 33

    RISK_UNREACHABLE = 50
    RISK_TIMEOUT = 51
    RISK_MALFORMED_ANSWER = 52
    RISK_VERSION_MISMATCH = 53
    VERDICT_EXPIRED = 54
    RESTART_BEFORE_VERDICT = 55

    BOOK_NOT_TRADABLE = 70
    NO_LIQUIDITY = 71
    FOK_NOT_FILLED = 72
    POST_ONLY_WOULD_CROSS = 73
    ORDER_DEADLINE = 74
    LIQUIDITY_MEMORY_FULL = 75
    IOC_REMAINDER = 76
    CANCELLED_BY_STRATEGY = 77
    CANCELLED_AT_RESTART = 78
    CANCELLED_BY_COMMAND = 79
    SESSION_ENDED = 80
    FILTERS_CHANGED = 81
    BEYOND_KNOWN_BOOK = 82
    REDUCE_ONLY_REMAINDER = 83
    KILLED = 84
    CALENDAR_PAUSE = 85
    BOT_STOPPED = 86


class WhyNotTrading(IntEnum):
    """The one line that answers "why is nothing trading?"; the first that holds, in the order of WHY_ORDER."""

    TRADING = 0
    NOT_RUNNING = 1
    SESSION_ENDED = 2
    JOURNAL_FAILED = 3
    NO_MARKET_DATA = 4
    GEO_BLOCKED = 5
    BANNED = 6
    RISK_UNREACHABLE = 7
    RISK_VERSION_MISMATCH = 8
    RISK_HALTED = 9
    PAUSED = 10
    BOOK_NOT_LIVE = 11
    WARMING_UP = 12
    KILLED = 13
    CALENDAR_PAUSE = 14


WHY_ORDER = (
    WhyNotTrading.NOT_RUNNING,
    WhyNotTrading.SESSION_ENDED,
    WhyNotTrading.JOURNAL_FAILED,
    WhyNotTrading.KILLED,
    WhyNotTrading.NO_MARKET_DATA,
    WhyNotTrading.GEO_BLOCKED,
    WhyNotTrading.BANNED,
    WhyNotTrading.RISK_UNREACHABLE,
    WhyNotTrading.RISK_VERSION_MISMATCH,
    WhyNotTrading.RISK_HALTED,
    WhyNotTrading.CALENDAR_PAUSE,
    WhyNotTrading.PAUSED,
    WhyNotTrading.BOOK_NOT_LIVE,
    WhyNotTrading.WARMING_UP,
    WhyNotTrading.TRADING,
)
"""Of several reasons the one that stands first is told."""
