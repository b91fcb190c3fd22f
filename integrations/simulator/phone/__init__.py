"""The phone page: what a lead sees and taps."""
