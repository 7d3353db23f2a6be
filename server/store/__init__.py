"""Circles and rooms in Redis. No other package knows its keys."""
