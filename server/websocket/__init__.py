"""The WebSocket of one browser, from its handshake to its close."""
