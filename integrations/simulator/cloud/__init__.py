"""A server in the shape of the WhatsApp Cloud API."""
