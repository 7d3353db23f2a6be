"""What Redis holds of circles and rooms: the only place that knows its keys."""
