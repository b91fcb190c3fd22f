"""The API that a frontend works through."""
