"""Project wiring: settings, urls, start-up."""
