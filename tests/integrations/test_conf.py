"""Settings of the adapters, and which adapters they choose."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from django.core.exceptions import ImproperlyConfigured

from integrations import conf, registry
from integrations.messaging import WebhookError
from integrations.whatsapp.channel import WhatsAppChannel
from tests.integrations.whatsapp.samples import NOW, SIGNED, body_of


def test_whatsapp(settings):
    settings.WHATSAPP_APP_SECRETS = [" new ", "", "old"]
    settings.WHATSAPP_API_URL = "https://graph.facebook.com/v26.0/"

    found = conf.whatsapp()

    assert found.app_secrets == ("new", "old")
    assert found.api_url == "https://graph.facebook.com/v26.0"


def test_secrets_are_not_shown(settings):
    settings.WHATSAPP_ACCESS_TOKEN = settings.OUTLOOK_CLIENT_SECRET = "hush-hush"
    settings.WHATSAPP_APP_SECRETS = ["hush-hush"]

    assert "hush" not in repr((conf.whatsapp(), conf.outlook()))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/v26.0", "http://localhost:9", "http://[::1]:9", "https://a.example"]
)
def test_addresses_that_are_accepted(settings, url):
    settings.WHATSAPP_API_URL = settings.OUTLOOK_GRAPH_URL = settings.OUTLOOK_AUTHORITY_URL = url

    assert conf.whatsapp().api_url == conf.outlook().graph_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.facebook.com",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "",
        "http://[::1",
    ],
)
@pytest.mark.parametrize("name", ["WHATSAPP_API_URL", "OUTLOOK_GRAPH_URL", "OUTLOOK_AUTHORITY_URL"])
def test_addresses_that_are_refused(settings, name, url):
    setattr(settings, name, url)

    read = conf.whatsapp if name.startswith("WHATSAPP") else conf.outlook
    with pytest.raises(ImproperlyConfigured, match=name):
        read()


@pytest.mark.parametrize("mode", ["simulator", "cloud"])
def test_both_modes_use_one_channel(settings, mode):
    settings.WHATSAPP_MODE = mode

    assert isinstance(registry.channel(), WhatsAppChannel)
    assert registry.channel() is registry.channel()


def test_a_changed_token_makes_another_channel(settings):
    before = registry.channel()
    settings.WHATSAPP_ACCESS_TOKEN = "another"

    assert registry.channel() is not before


def test_an_unknown_calendar_names_the_choices(settings):
    settings.CALENDAR = "google"

    with pytest.raises(ImproperlyConfigured, match="local, outlook"):
        registry.calendar()


def test_a_signed_post(settings):
    name = "02_text_phone_and_bsuid.json"
    settings.WHATSAPP_APP_SECRETS = ["other", SIGNED["app_secret"]]
    signature = SIGNED["x_hub_signature_256"][name]

    events = registry.parse_webhook(body=body_of(name), signature=signature, now=NOW)

    assert len(events.messages) == 1


def test_an_unsigned_post(settings):
    settings.WHATSAPP_APP_SECRETS = []
    signature = "sha256=" + hmac.new(b"", b"{}", hashlib.sha256).hexdigest()

    with pytest.raises(WebhookError) as caught:
        registry.parse_webhook(body=b"{}", signature=signature, now=NOW)
    assert caught.value.status == 403


def test_handshake(settings):
    settings.WHATSAPP_VERIFY_TOKEN = "v"

    assert registry.handshake(mode="subscribe", token="v", challenge="c") == "c"
    settings.WHATSAPP_VERIFY_TOKEN = ""
    assert registry.handshake(mode="subscribe", token="", challenge="c") is None
