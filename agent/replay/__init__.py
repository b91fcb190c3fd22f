"""Past conversations run again, with nothing written and nobody asked."""
