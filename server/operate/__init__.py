"""What operators ask of the program beside the running server."""
