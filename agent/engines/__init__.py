"""The engines: guided needs no model, llm does."""
