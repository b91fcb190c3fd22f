"""Decides what to say and do in one turn."""
