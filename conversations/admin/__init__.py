"""What staff see. ConversationsConfig.ready registers the pages."""

from __future__ import annotations
