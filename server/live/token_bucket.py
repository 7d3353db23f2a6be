"""The rate limits of connections and seats within one process.

A connection over its limit is not read meanwhile, so a flood fills only its own socket. A signal
over the limit of its seat is dropped; pages try again.
"""

from server.token_bucket import TokenBucket


def for_commands() -> TokenBucket:
    """For one seat: a person presses less often than this, even in a hurry."""
    return TokenBucket(40, 10)


def for_signalling() -> TokenBucket:
    """For what a page sends by itself: pings, and signals to set up voices with a whole circle."""
    return TokenBucket(240, 60)


def for_signals_of_a_seat() -> TokenBucket:
    """Bytes, of all its connections to a process: 10 KB for each of eleven people, many times."""
    return TokenBucket(1024 * 1024, 64 * 1024)


def for_signals_of_a_pair() -> TokenBucket:
    """Bytes from one seat to another: a tenth of the slowest line that carries a voice."""
    return TokenBucket(128 * 1024, 8 * 1024)
