"""What a message holds besides words and files."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from conversations.models import Author, Direction


class OptionSerializer(serializers.Serializer[Any]):
    """A button or a list row that was sent."""

    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)


class ReactionSerializer(serializers.Serializer[Any]):
    """The last emoji of one side."""

    emoji = serializers.CharField()
    author = serializers.ChoiceField(choices=Author.choices)


class CallSerializer(serializers.Serializer[Any]):
    """A call, as far as WhatsApp told. Nobody here takes calls."""

    direction = serializers.ChoiceField(choices=Direction.choices)
    ended = serializers.BooleanField()
    seconds = serializers.IntegerField(help_text="How long they talked; 0: nobody answered yet.")
    may_call = serializers.BooleanField(
        allow_null=True, help_text="The lead's answer when asked whether we may call them."
    )


class SentTemplateSerializer(serializers.Serializer[Any]):
    """Which template a message was made from."""

    name = serializers.CharField()
    language = serializers.CharField()


class PlaceSerializer(serializers.Serializer[Any]):
    """A spot on the map."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    name = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)


class CardSerializer(serializers.Serializer[Any]):
    """A contact card."""

    name = serializers.CharField(allow_blank=True)
    company = serializers.CharField(allow_blank=True)
    phone_numbers = serializers.ListField(child=serializers.CharField())
    emails = serializers.ListField(child=serializers.CharField())


class ItemSerializer(serializers.Serializer[Any]):
    """A product of an order, in the shop's words."""

    product = serializers.CharField(allow_blank=True)
    quantity = serializers.CharField(allow_blank=True)
    price = serializers.CharField(allow_blank=True)
    currency = serializers.CharField(allow_blank=True)


class AnswerSerializer(serializers.Serializer[Any]):
    """A field of a form that the lead filled in."""

    key = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())


class ProblemWordsSerializer(serializers.Serializer[Any]):
    """Why a message did not simply arrive, and what to do; in the language of the request."""

    what = serializers.CharField()
    next_step = serializers.CharField(allow_blank=True)
