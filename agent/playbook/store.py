"""Versions of the playbook: which is in force, the draft, and the way from one to the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from pydantic import ValidationError

from agent.models import PlaybookVersion
from agent.playbook import gatekeeper
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.problems import Problem, blocking, problems
from agent.playbook.schema import Playbook, dump_playbook, parse_playbook
from conversations import queue
from conversations.compiled import Compiled
from conversations.models import MessageTemplate, User

States = PlaybookVersion.State
# Whoever writes versions, one after the other.
LOCK = 7_201_326_461


class StoreError(Exception):
    """Why it was not done, in words for staff."""


class NoDraftError(StoreError):
    """There is nothing to edit or publish."""


class DraftExistsError(StoreError):
    """Somebody began one already."""


class ChangedMeanwhileError(StoreError):
    """A colleague saved something since the page was opened."""


class NothingChangedError(StoreError):
    """It says what the one in force says."""


class HeldBackError(StoreError):
    """It has problems, or a gate does not let it through; `reasons` are for staff."""

    def __init__(self, reasons: Sequence[str], found: Sequence[Problem] = ()) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)
        self.found = tuple(found)


def in_force() -> PlaybookVersion | None:
    """The published version, if there is one already."""
    return IN_FORCE.first()


IN_FORCE = Compiled(lambda: PlaybookVersion.objects.filter(state=States.PUBLISHED)[:1])


def published(*, now: datetime) -> PlaybookVersion:
    """The published version; a new installation gets the default one."""
    version = in_force()
    if version is not None:
        return version
    with transaction.atomic():
        _lock()
        version, _created = PlaybookVersion.objects.get_or_create(
            state=States.PUBLISHED,
            defaults={
                "number": _next_number(),
                "content": DEFAULT_PLAYBOOK,
                "published_at": now,
                "created_at": now,
            },
        )
    return version


def draft() -> PlaybookVersion | None:
    """The version that is being edited, if there is one."""
    rows = PlaybookVersion.objects.select_related("based_on", "created_by")
    return rows.filter(state=States.DRAFT).first()


def mend(playbook: Playbook) -> tuple[Problem, ...]:
    """Everything to mend, the templates that WhatsApp approved among it."""
    return problems(playbook, templates=approved_templates())


def approved_templates() -> Mapping[str, Collection[str]]:
    """The languages of each approved template."""
    rows = MessageTemplate.objects.filter(status=MessageTemplate.Status.APPROVED)
    found = defaultdict(set)
    for name, language in rows.values_list("name", "language"):
        found[name].add(language)
    return found


@transaction.atomic
def begin(*, based_on: PlaybookVersion, by: User | None, now: datetime) -> PlaybookVersion:
    """Begin a draft that says what this version says."""
    _lock()
    if PlaybookVersion.objects.filter(state=States.DRAFT).exists():
        raise DraftExistsError(_("There is a draft already: publish it or discard it first."))
    _readable(based_on)
    return _make_draft(content=_plain(based_on.content), based_on=based_on, by=by, now=now)


@transaction.atomic
def save_draft(*, content: Any, seen: datetime | None, now: datetime) -> PlaybookVersion:
    """Keep what was edited. `seen` is the draft's `edited_at` when the editor opened it.

    Raises pydantic.ValidationError; what only does not fit together is kept, and told by `mend`.
    """
    version = _locked_draft(seen)
    version.content = _plain(content)
    # Two saves in one tick of the clock are two changes all the same.
    version.edited_at = now if seen is None else max(now, seen + timedelta(microseconds=1))
    version.save(update_fields=["content", "edited_at"])
    return version


@transaction.atomic
def replace_draft(*, content: Any, by: User | None, now: datetime) -> PlaybookVersion:
    """Make this the draft, whatever it said before."""
    _lock()
    version = PlaybookVersion.objects.filter(state=States.DRAFT).first()
    if version is None:
        return _make_draft(content=_plain(content), based_on=in_force(), by=by, now=now)
    return save_draft(content=content, seen=version.edited_at, now=now)


@transaction.atomic
def discard(*, seen: datetime | None) -> None:
    """Throw the draft away."""
    _locked_draft(seen).delete()


@transaction.atomic
def publish_draft(
    *, note: str, by: User | None, seen: datetime | None, now: datetime, over: int | None = None
) -> PlaybookVersion:
    """Put the draft in force for every turn that starts from now on.

    `over` is the version in force that whoever publishes compared it with.
    """
    version = _locked_draft(seen)
    current = in_force()
    if over is not None and current is not None and current.pk != over:
        raise ChangedMeanwhileError(
            _("Another version came into force since you opened this page. Look at it first.")
        )
    _refuse_the_same(version.content)
    _refuse_problems(parse_playbook(version.content))
    if reasons := gatekeeper.blocking(version):
        raise HeldBackError(reasons)
    _retire()
    version.number = max(version.number, _next_number(but=version))
    return _put_in_force(version, note=note, by=by, now=now)


@transaction.atomic
def publish(
    *, content: Any, now: datetime, note: str = "", by: User | None = None
) -> PlaybookVersion:
    """Put this in force without a draft. Raises pydantic.ValidationError or HeldBackError."""
    playbook = parse_playbook(content)
    _lock()
    _refuse_problems(playbook)
    return _copy(content=content, based_on=None, note=note, by=by, now=now)


@transaction.atomic
def roll_back(*, to: PlaybookVersion, note: str, by: User | None, now: datetime) -> PlaybookVersion:
    """Put a copy of an older version in force. It was once: nothing holds it back."""
    _lock()
    if to.state != States.RETIRED:
        raise StoreError(_("Only an earlier version can be brought back."))
    _readable(to)
    _refuse_the_same(to.content)
    return _copy(content=to.content, based_on=to, note=note, by=by, now=now)


def _copy(
    *,
    content: Any,
    based_on: PlaybookVersion | None,
    note: str,
    by: User | None,
    now: datetime,
) -> PlaybookVersion:
    _retire()
    version = PlaybookVersion(
        number=_next_number(), content=content, based_on=based_on, created_by=by, created_at=now
    )
    return _put_in_force(version, note=note, by=by, now=now)


def _make_draft(
    *, content: Any, based_on: PlaybookVersion | None, by: User | None, now: datetime
) -> PlaybookVersion:
    return PlaybookVersion.objects.create(
        number=_next_number(),
        state=States.DRAFT,
        content=content,
        based_on=based_on,
        created_by=by,
        created_at=now,
        edited_at=now,
    )


def _put_in_force(
    version: PlaybookVersion, *, note: str, by: User | None, now: datetime
) -> PlaybookVersion:
    version.state = States.PUBLISHED
    version.note = note[:200]
    version.published_by, version.published_at = by, now
    version.save()
    queue.hint_rescoring()
    return version


def _retire() -> None:
    PlaybookVersion.objects.filter(state=States.PUBLISHED).update(state=States.RETIRED)


def _refuse_the_same(content: Any) -> None:
    current = in_force()
    if current is not None and parse_playbook(current.content) == parse_playbook(content):
        raise NothingChangedError(_("Nothing changed: it says what the version in force says."))


def _refuse_problems(playbook: Playbook) -> None:
    found = blocking(mend(playbook))
    if found:
        raise HeldBackError([f"{one.place}: {one.message}" for one in found], found)


def _locked_draft(seen: datetime | None) -> PlaybookVersion:
    _lock()
    version = PlaybookVersion.objects.select_for_update().filter(state=States.DRAFT).first()
    if version is None:
        raise NoDraftError(_("There is no draft: it was published or discarded meanwhile."))
    if version.edited_at != seen:
        raise ChangedMeanwhileError(
            _("Somebody changed the draft since you opened this page. Nothing was saved.")
        )
    return version


def _readable(version: PlaybookVersion) -> None:
    try:
        parse_playbook(version.content)
    except ValidationError as error:
        raise StoreError(_("This content is not a valid playbook.")) from error


def _plain(content: Any) -> Any:
    return dump_playbook(parse_playbook(content))


def _next_number(*, but: PlaybookVersion | None = None) -> int:
    others = PlaybookVersion.objects.exclude(pk=but.pk) if but else PlaybookVersion.objects.all()
    return (others.aggregate(last=Max("number"))["last"] or 0) + 1


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
