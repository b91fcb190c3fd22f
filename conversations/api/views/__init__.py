"""Doors of the API: check who asks, read the request, one call, answer."""
