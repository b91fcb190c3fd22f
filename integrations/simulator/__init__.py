"""Stand-ins for Meta and Microsoft, and a phone in the browser; never mounted in production."""
