"""Outlook calendars through Microsoft Graph, as the app itself (client credentials)."""

from __future__ import annotations
