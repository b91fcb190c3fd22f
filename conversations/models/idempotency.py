"""Keys with which clients make a repeated request harmless."""

from __future__ import annotations

from django.db import models

from conversations.models.conversation import Conversation
from conversations.models.ids import uuid7
from conversations.models.user import User


class IdempotencyKey(models.Model):
    """What a client asked for under its key, and what we answered.

    reserved (no status) → answered. `digest` is of the whole request, so that the key cannot be
    used for another one. The answer may quote a message: it leaves with the conversation, or
    after a day.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return str(self.id)
