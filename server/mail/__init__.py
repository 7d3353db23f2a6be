"""Reminders by mail: addresses, messages, the mail server, and when which mail is sent."""
