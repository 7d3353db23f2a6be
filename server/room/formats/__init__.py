"""The plans of a session, as data."""
