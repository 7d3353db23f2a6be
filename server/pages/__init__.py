"""The HTTP pages."""
