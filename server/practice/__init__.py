"""The practice room: simulated members with whom a facilitator rehearses a session alone."""
