"""What this process serves: its rooms, and the connections that are shown them."""
