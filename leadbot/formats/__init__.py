"""How numbers and dates are written, where Django's way is not that of our users."""
