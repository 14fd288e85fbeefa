"""A naive paper broker: dictionaries, fractions, unbounded integers, no care for speed. What FILLS.md says, again.

It shares no code with the kernels. The property test gives both the same stream and compares all that they tell.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from engine.splitmix import expected_latency

LIVE = 2
OUT_OF_SIGHT_MAX = 32
BUY, SELL = 0, 1


@dataclass
class Resting:
    """An order, alive or done."""

    number: int
    bot: int
    side: int
    kind: str
    tif: str
    post_only: bool
    reduce_only: bool
    qty: int
    limit: int
    reference: int
    decided: int
    arrive: int = 0
    state: str = "intended"
    filled: int = 0
    triggered: bool = False
    epoch: int = 0
    ahead: int | None = None
    reason: str = "NONE"

    @property
    def rest(self) -> int:
        return self.qty - self.filled

    def better(self, price: int) -> bool:
        """Whether this order accepts `price` from the other side."""
        return price <= self.limit if self.side == BUY else price >= self.limit


@dataclass
class Holding:
    qty: int = 0
    cost: int = 0
    realised: int = 0


@dataclass
class PaperModel:
    """One instrument, any number of bots."""

    value: Fraction
    cash: int
    maker_ppm: int
    taker_ppm: int
    seed: int
    knots: list[int]
    deadline: int
    max_age: int
    approval_valid: int
    allow_short: bool
    fill_model: str = "model"
    now: int = 0
    state: int = 0
    epoch: int = 0
    book_recv: int = 0
    book_event: int = 0
    sides: list[list[tuple[int, int]]] = field(default_factory=lambda: [[], []])
    taken: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    orders: list[Resting] = field(default_factory=list)
    holdings: dict[int, Holding] = field(default_factory=dict)
    fills: list[tuple[int, int, int, str, int, int]] = field(default_factory=list)

    # what happens

    def place(self, order: Resting, granted: int | None) -> None:
        order.decided = self.now
        self.orders.append(order)
        if granted is None:
            order.state, order.reason = "refused", "ORDER_SIZE"
            return
        order.qty, order.state = granted, "approved"
        order.arrive = self.now + expected_latency(self.seed, order.number, 0, self.knots)

    def book(self, now: int, event: int, epoch: int, state: int, bids: list, asks: list) -> None:
        self.time(now)
        if epoch != self.epoch:
            self.taken = {}
        self.state, self.epoch, self.book_recv, self.book_event = state, epoch, now, event
        self.sides = [bids, asks]
        for (side, price), (shown, _) in list(self.taken.items()):
            if self.shown(side, price) not in (None, shown):
                del self.taken[(side, price)]
        hidden = [key for key in self.taken if self.shown(*key) is None]
        while len(hidden) > OUT_OF_SIGHT_MAX:
            farthest = max(hidden, key=self.away)
            hidden.remove(farthest)
            del self.taken[farthest]
        if self.tradable():
            self.resting_meet_book()
            self.arrivals()
            for order in self.waiting_stops():
                opposite = self.sides[1 - order.side][0][0]
                self.maybe_trigger(order, opposite)

    def trade(self, now: int, event: int, price: int, qty: int, aggressor: int) -> None:
        self.time(now)
        if 0 < event <= self.book_event:
            return
        if self.tradable():
            side = BUY if aggressor == 1 else SELL
            left = qty
            for order in self.queue_order(side):
                if not order.better(price):
                    break
                if self.fill_model != "model":
                    self.fill(order, "maker", order.limit, order.rest)
                    continue
                if order.limit != price:
                    order.ahead = 0
                if order.ahead is None:
                    continue
                ahead = order.ahead
                order.ahead = max(ahead - qty, 0)
                # What went to our better or older orders is not there twice, and the queue ahead comes first.
                got = min(left - ahead, order.rest)
                if got > 0:
                    left -= self.fill(order, "maker", order.limit, got)
        for order in self.waiting_stops():
            self.maybe_trigger(order, price)

    def time(self, now: int) -> None:
        self.now = max(self.now, now)
        for order in self.orders:
            if self.travelling(order) and self.now > order.arrive + self.deadline:
                order.state, order.reason = "expired", "ORDER_DEADLINE" if self.sound() else "BOOK_NOT_TRADABLE"

    # what it means

    def tradable(self) -> bool:
        return self.sound() and self.now - self.book_recv <= self.max_age

    def sound(self) -> bool:
        bids, asks = self.sides
        return self.state == LIVE and self.epoch > 0 and bool(bids) and bool(asks) and bids[0][0] < asks[0][0]

    def shown(self, side: int, price: int) -> int | None:
        """Lots shown at a price; None beyond the last level."""
        levels = dict(self.sides[side])
        if price in levels:
            return levels[price]
        if not levels or (price < min(levels) if side == 0 else price > max(levels)):
            return None
        return 0

    def travelling(self, order: Resting) -> bool:
        return order.state == "approved" or (order.state == "working" and order.triggered)

    def waiting_stops(self) -> list[Resting]:
        return [o for o in self.orders if o.kind == "stop" and o.state == "working" and not o.triggered]

    def queue_order(self, side: int) -> list[Resting]:
        resting = [o for o in self.orders if o.kind == "limit" and o.state == "working" and o.side == side]
        return sorted(resting, key=lambda o: (-o.limit if side == BUY else o.limit, o.number))

    def maybe_trigger(self, order: Resting, price: int) -> None:
        if price >= order.limit if order.side == BUY else price <= order.limit:
            order.triggered = True
            order.arrive = self.now + expected_latency(self.seed, order.number, 1, self.knots)

    def resting_meet_book(self) -> None:
        for side in (BUY, SELL):
            for order in self.queue_order(side):
                shown = self.shown(side, order.limit)
                if order.epoch != self.epoch:
                    order.epoch, order.ahead = self.epoch, shown
                elif shown is not None:
                    order.ahead = shown if order.ahead is None else min(order.ahead, shown)
        for side in (BUY, SELL):
            for order in self.queue_order(side):
                if order.better(self.offer(side)):
                    self.walk(order, "maker")

    def arrivals(self) -> None:
        arrived = [o for o in self.orders if self.travelling(o) and o.arrive <= self.now]
        for order in sorted(arrived, key=lambda o: (o.arrive, o.number)):
            if not order.triggered and self.now > order.decided + self.approval_valid:
                order.state, order.reason = "expired", "VERDICT_EXPIRED"
                continue
            order.state = "working"
            if order.kind == "stop" and not order.triggered:
                continue
            self.arrive(order)

    def arrive(self, order: Resting) -> None:
        if order.kind == "limit" and order.post_only:
            if order.better(self.sides[1 - order.side][0][0]):
                order.state, order.reason = "cancelled", "POST_ONLY_WOULD_CROSS"
                return
        elif order.tif == "fok" and order.kind == "limit" and not self.whole(order):
            order.state, order.reason = "cancelled", "FOK_NOT_FILLED"
            return
        else:
            self.walk(order, "taker")
        if order.state != "working":
            return
        if order.kind == "limit" and order.tif == "gtc":
            order.epoch, order.ahead = self.epoch, self.shown(order.side, order.limit)
            return
        remainder = "NO_LIQUIDITY" if order.filled == 0 else "BEYOND_KNOWN_BOOK"
        order.state, order.reason = "cancelled", "IOC_REMAINDER" if order.kind == "limit" else remainder

    def offer(self, side: int) -> int | Fraction:
        """The price at which the book would fill an order now: exact, halves of ticks too."""
        bid, ask = self.sides[0][0][0], self.sides[1][0][0]
        return Fraction(bid + ask, 2) if self.fill_model == "naive" else (ask if side == BUY else bid)

    def away(self, level: tuple[int, int]) -> int:
        side, price = level
        return abs(price - (self.sides[side][0][0] if self.sides[side] else 0))

    def free(self, side: int, price: int, shown: int) -> int:
        return shown - self.taken.get((side, price), (0, 0))[1]

    def whole(self, order: Resting) -> bool:
        levels = [(p, q) for p, q in self.sides[1 - order.side] if order.better(p)]
        there = sum(max(self.free(1 - order.side, p, q), 0) for p, q in levels)
        if self.fill_model != "model":
            there = order.qty if order.better(self.offer(order.side)) else 0
        notional = ceil(order.limit * order.qty * self.value)
        fee = ceil(Fraction(notional * self.taker_ppm, 10**6))
        paid = order.side == SELL or self.allow_short or notional + fee <= self.cash
        return min(there, self.allowed(order)[0]) >= order.qty and paid

    def whole_at_once(self, order: Resting, liquidity: str) -> None:
        offer = self.offer(order.side)
        if order.kind == "limit" and not order.better(offer):
            return
        # Python rounds halves to even, as FILLS.md says of mid.
        self.fill(order, liquidity, order.limit if liquidity == "maker" else round(offer), order.rest)
        if order.state == "working" and order.rest > 0:
            order.state, order.reason = "cancelled", self.allowed(order)[1]

    def walk(self, order: Resting, liquidity: str) -> None:
        if self.fill_model != "model":
            self.whole_at_once(order, liquidity)
            return
        side = 1 - order.side
        for price, shown in self.sides[side]:
            if order.rest == 0 or (order.kind == "limit" and not order.better(price)):
                return
            lots = min(self.free(side, price, shown), order.rest)
            if lots <= 0:
                continue
            got = self.fill(order, liquidity, order.limit if liquidity == "maker" else price, lots)
            before = self.taken.get((side, price), (shown, 0))[1]
            if got:
                self.taken[(side, price)] = (shown, before + got)
            if order.state == "cancelled":
                return

    def allowed(self, order: Resting) -> tuple[int, str]:
        held = self.holdings.setdefault(order.bot, Holding()).qty
        if order.reduce_only:
            return min(order.rest, max(-held if order.side == BUY else held, 0)), "REDUCE_ONLY_REMAINDER"
        if order.side == SELL and not self.allow_short:
            return min(order.rest, max(held, 0)), "SHORT_DISABLED"
        return order.rest, "NONE"

    def fill(self, order: Resting, liquidity: str, price: int, lots: int) -> int:
        allowed, reason = self.allowed(order)
        lots = min(lots, allowed)
        if lots == 0:
            order.state, order.reason = "cancelled", reason
            return 0
        exact = price * lots * self.value
        notional = ceil(exact) if order.side == BUY else floor(exact)
        fee = ceil(Fraction(notional * (self.maker_ppm if liquidity == "maker" else self.taker_ppm), 10**6))
        if order.side == BUY and not self.allow_short and notional + fee > self.cash:
            order.state, order.reason = "cancelled", "INSUFFICIENT_CASH"
            return 0
        self.book_fill(self.holdings[order.bot], order.side, price, lots, notional)
        self.cash += (-notional if order.side == BUY else notional) - fee
        order.filled += lots
        self.fills.append((order.number, price, lots, liquidity, notional, fee))
        if order.rest == 0:
            order.state = "filled"
        return lots

    def book_fill(self, held: Holding, side: int, price: int, lots: int, notional: int) -> None:
        sign = 1 if side == BUY else -1
        if held.qty * sign >= 0:
            held.qty, held.cost = held.qty + sign * lots, held.cost + notional
            return
        closed = min(lots, abs(held.qty))
        exact = price * closed * self.value
        closing = ceil(exact) if side == BUY else floor(exact)
        share = Fraction(held.cost * closed, abs(held.qty))
        released = ceil(share) if held.qty > 0 else floor(share)
        held.realised += closing - released if held.qty > 0 else released - closing
        held.cost = held.cost - released if closed == lots else notional - closing
        held.qty += sign * lots
