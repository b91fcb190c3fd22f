"""Registers every page.

Not in the package itself: the site lives in it, and pages that register while Django is still
loading the site would do so on a site that is thrown away.
"""

from __future__ import annotations

from conversations.admin import (
    conversation,
    follow_ups,
    groups,
    jobs,
    lead,
    meeting,
    merging,
    notice,
    salesperson,
    system,
    template,
    user,
)

__all__ = [
    "conversation",
    "follow_ups",
    "groups",
    "jobs",
    "lead",
    "meeting",
    "merging",
    "notice",
    "salesperson",
    "system",
    "template",
    "user",
]
