"""Balint Circle: a real-time session room for Balint groups."""
