"""The standing group, pure like the room: its name, its format, its invitations, its door."""
