"""Measurements and long campaigns; nothing here is imported by the product."""
