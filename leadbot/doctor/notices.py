"""What the doctor finds where colleagues hear of hand-offs outside of the admin."""

from __future__ import annotations

from collections.abc import Iterator
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from conversations import addresses
from integrations import conf
from leadbot.doctor.findings import Finding, fail, ok, warn


def notices_section() -> Iterator[Finding]:
    """Log in to the mail server; the webhook is read and not called: it would be a lead to them."""
    yield _mail()
    yield _webhook()
    if not addresses.public_address():
        yield warn(
            "notices",
            "e-mails and the webhook carry no link to the conversation",
            "Set PUBLIC_URL to the address under which people open the admin, web and worker.",
        )


def _mail() -> Finding:
    if not settings.EMAIL_HOST:
        return warn(
            "notices",
            "no colleague gets an e-mail when a lead waits for a person",
            "Set EMAIL_HOST and what goes with it, or leave it so and watch the inbox.",
        )
    try:
        with get_connection():
            pass
    except (SMTPException, OSError) as error:
        # Its words may quote the password.
        return fail(
            "notices",
            f"{settings.EMAIL_HOST} does not let us in: {type(error).__name__}",
            "Correct EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD.",
        )
    return ok("notices", f"{settings.EMAIL_HOST} takes e-mails from {settings.DEFAULT_FROM_EMAIL}")


def _webhook() -> Finding:
    try:
        hook = conf.handoff_webhook()
    except ImproperlyConfigured as error:
        return fail("notices", str(error), "Mend the settings first.")
    if hook is None:
        return ok("notices", "no webhook (HANDOFF_WEBHOOK_URL)")
    return ok("notices", f"hand-offs are posted to {urlsplit(hook.url).hostname}")
