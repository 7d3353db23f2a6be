"""Formats: the plans of sessions, as data."""
