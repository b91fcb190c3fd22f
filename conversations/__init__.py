"""The CRM: leads, conversations, messages, meetings."""
