"""Rate limits: how often somebody may ask, and how often we ask the controllers."""

from __future__ import annotations

from collections import OrderedDict

from edgegate.clock import Clock, steady


class TokenBucket:
    """Lets ``rate`` requests a second pass, and ``burst`` at once."""

    def __init__(self, rate: float, burst: int, clock: Clock = steady) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError("rate and burst must be positive")
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens, self._at = float(burst), clock()

    def take(self) -> bool:
        """Whether one more request may pass now."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class PerClient:
    """A bucket a client, for a bounded number of clients.

    The oldest client is forgotten first, so that a flood of invented addresses costs no memory.
    """

    def __init__(self, rate: float, burst: int, clients: int = 1024, clock: Clock = steady) -> None:
        self._rate, self._burst, self._limit, self._clock = rate, burst, clients, clock
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, client: str) -> bool:
        """Whether this client may ask once more."""
        bucket = self._buckets.get(client)
        if bucket is None:
            bucket = self._buckets[client] = TokenBucket(self._rate, self._burst, self._clock)
            if len(self._buckets) > self._limit:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(client)
        return bucket.take()

    def __len__(self) -> int:
        return len(self._buckets)
