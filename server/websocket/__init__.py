"""One browser's socket, from the handshake to its close."""
