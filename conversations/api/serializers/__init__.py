"""What the API shows, field by field. Times are UTC; people are named by their UUID."""
