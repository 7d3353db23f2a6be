"""The core: what a room is and how it changes. No I/O, no clock, no randomness, no logging."""
