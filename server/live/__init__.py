"""The rooms that this process serves, and their connections."""
