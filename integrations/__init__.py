"""The outside world: messaging channels, calendars, the simulator."""
