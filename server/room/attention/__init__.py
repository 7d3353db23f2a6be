"""Attention: the one thing that the page tells a person now, and what they can do about it."""
