"""Tools of a turn: thin functions over conversations.services."""
