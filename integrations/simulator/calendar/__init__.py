"""A salesperson's Outlook in the browser: what stands there, and what they do with it."""
