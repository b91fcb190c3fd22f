"""A lead and the names providers know them by."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.ids import uuid7
from conversations.models.user import User


class Stage(models.TextChoices):
    """Where a lead stands in the sale."""

    NEW = "new", _("New")
    QUALIFYING = "qualifying", _("Qualifying")
    QUALIFIED = "qualified", _("Qualified")
    MEETING = "meeting", _("Meeting booked")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Temperature(models.TextChoices):
    """What the score says."""

    COLD = "cold", _("Cold")
    WARM = "warm", _("Warm")
    HOT = "hot", _("Hot")


class Source(models.TextChoices):
    """What brought the lead: first touch."""

    DIRECT = "direct", _("Direct")
    AD = "ad", _("Ad")
    POST = "post", _("Post")


class Lead(models.Model):
    """A person who wrote to us.

    Stage: new → qualifying → qualified → meeting → won | lost. The agent moves it forward up to
    `meeting`, and back to `stage_before_meeting` when no meeting stands any more; staff may set
    any, which forgets that one. `score` is computed from the playbook's rules, never typed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    profile_name = models.CharField(_("WhatsApp name"), max_length=200, blank=True)
    username = models.CharField(_("WhatsApp username"), max_length=64, blank=True)
    phone_number = models.CharField(_("phone number"), max_length=20, null=True, blank=True)  # noqa: DJ001
    email = models.EmailField(_("e-mail"), blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, default=Stage.NEW)
    stage_before_meeting = models.CharField(
        max_length=20, blank=True, editable=False, default="", db_default=""
    )
    score = models.IntegerField(_("score"), default=0)
    score_lines = models.JSONField(_("score explained"), default=list, blank=True)
    temperature = models.CharField(
        _("temperature"), max_length=5, choices=Temperature, default=Temperature.COLD
    )
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("owner")
    )
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.DIRECT)
    source_id = models.CharField(_("ad or post id"), max_length=200, blank=True)
    source_url = models.CharField(_("ad or post address"), max_length=2000, blank=True)
    source_headline = models.CharField(_("ad headline"), max_length=500, blank=True)
    ctwa_clid = models.CharField(_("click id"), max_length=500, blank=True)
    opted_out_at = models.DateTimeField(_("opted out at"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("merged into"),
    )
    marketing_opted_out_at = models.DateTimeField(_("no marketing since"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="lead_recent"),
            models.Index(fields=["stage", "-created_at", "-id"], name="lead_stage_recent"),
            models.Index(fields=["owner", "-created_at", "-id"], name="lead_owner_recent"),
        ]

    def __str__(self) -> str:
        return self.name or self.profile_name or self.username or self.phone_number or str(self.id)


class Identity(models.Model):
    """One alias of a lead.

    `value` is what we match on: a BSUID as given, a phone as canonical E.164 (Mexico, Argentina
    and Brazil have two spellings of one number). `address` is the provider's own spelling.
    """

    class Kind(models.TextChoices):
        """Mirrors integrations.messaging.IdentityKind."""

        BSUID = "bsuid", "BSUID"
        PARENT_BSUID = "parent_bsuid", _("Parent BSUID")
        PHONE = "phone", _("Phone")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.CharField(max_length=160)
    address = models.CharField(max_length=160)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="identity_unique")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class IdentityConflict(models.Model):
    """Two leads that one message said are the same person. Never merged by itself."""

    first = models.ForeignKey(Lead, models.CASCADE, related_name="+", verbose_name=_("first lead"))
    second = models.ForeignKey(
        Lead, models.CASCADE, related_name="+", verbose_name=_("second lead")
    )
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(_("noticed at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    class Meta:
        verbose_name = _("identity conflict")
        verbose_name_plural = _("identity conflicts")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="identity_conflict_once")
        ]

    def __str__(self) -> str:
        return self.reason
