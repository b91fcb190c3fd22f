"""Microsoft's own SDK, a client that we did not write, against the simulated Graph.

It is large (473 MB) and not among the packages of `make test`: see docs/testing.md.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.core import signing
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.simulator.graph import store
from integrations.simulator.graph.tokens import SALT
from tests.integrations.misbehaving import Provider, run
from tests.integrations.outlook.test_subscriptions import echo
from tests.integrations.simulator.world import wait_until_told

pytest.importorskip("msgraph", reason="a package of 473 MB: make msgraph")

with warnings.catch_warnings():
    # Its own, of which we can mend none; here a warning is an error.
    warnings.simplefilter("ignore")
    from kiota_abstractions.authentication import AuthenticationProvider
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.generated.models.attendee import Attendee
    from msgraph.generated.models.body_type import BodyType
    from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
    from msgraph.generated.models.day_of_week import DayOfWeek
    from msgraph.generated.models.email_address import EmailAddress
    from msgraph.generated.models.event import Event
    from msgraph.generated.models.event_type import EventType
    from msgraph.generated.models.free_busy_status import FreeBusyStatus
    from msgraph.generated.models.item_body import ItemBody
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
    from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
    from msgraph.generated.models.recurrence_pattern import RecurrencePattern
    from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
    from msgraph.generated.models.recurrence_range import RecurrenceRange
    from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
    from msgraph.generated.models.single_value_legacy_extended_property import (
        SingleValueLegacyExtendedProperty,
    )
    from msgraph.generated.models.subscription import Subscription
    from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
        GetSchedulePostRequestBody,
    )
    from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import (
        CalendarViewRequestBuilder,
    )
    from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import (
        DeltaRequestBuilder,
    )
    from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
    from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import (
        CancelPostRequestBody,
    )
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core import GraphClientFactory
    from msgraph_core.tasks.page_iterator import PageIterator

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),
]
ANA = "ana@example.com"
ZONE = "America/Mexico_City"
PROPERTY = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Color"
WINDOW = {"start_date_time": "2026-11-30T00:00:00Z", "end_date_time": "2026-12-31T00:00:00Z"}
Act = Callable[[Any], Awaitable[None]]


class _Bearer(AuthenticationProvider):  # type: ignore[misc]  # untyped where it is not installed
    """A token of the simulated Entra."""

    def __init__(self) -> None:
        self._token = signing.dumps({"tid": str(uuid4()), "appid": "app"}, salt=SALT)

    async def authenticate_request(
        self,
        request: RequestInformation,
        additional_authentication_context: dict[str, Any] | None = None,
    ) -> None:
        request.headers.add("Authorization", f"Bearer {self._token}")


@pytest.fixture
def ana(transactional_db: None) -> SimulatedMailbox:
    return store.add_mailbox(address=ANA, time_zone=ZONE)


@pytest.fixture
def act(live_server: LiveServer, ana: SimulatedMailbox) -> Callable[[Act], None]:
    """Run a story with the SDK's client, as its manual says to build one."""

    async def _tell(story: Act) -> None:
        # The SDK wraps a transport and forgets to close it.
        transport = httpx.AsyncHTTPTransport()
        client = httpx.AsyncClient(transport=transport, timeout=60)
        client = GraphClientFactory.create_with_default_middleware(client=client)
        adapter = GraphRequestAdapter(_Bearer(), client)
        adapter.base_url = f"{live_server.url}/simulator/outlook/v1.0"
        try:
            await story(GraphServiceClient(request_adapter=adapter))
        finally:
            await transport.aclose()

    return lambda story: asyncio.run(_tell(story))


@pytest.fixture
def listener() -> Iterator[Provider]:
    with run() as provider:
        provider.plays(echo(provider))
        yield provider


def at(wall: str) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=wall, time_zone=ZONE)


def an_event(day: int = 30, month: int = 11, **fields: Any) -> Event:
    values = {
        "subject": "Demo",
        "body": ItemBody(content_type=BodyType.Html, content="<p>Hola</p>"),
        "start": at(f"2026-{month:02}-{day:02}T10:00:00"),
        "end": at(f"2026-{month:02}-{day:02}T10:30:00"),
        "attendees": [Attendee(email_address=EmailAddress(address="lea@example.com", name="Lea"))],
        "is_online_meeting": True,
        "online_meeting_provider": OnlineMeetingProviderType.TeamsForBusiness,
        "transaction_id": str(uuid4()),
        "show_as": FreeBusyStatus.Busy,
        "allow_new_time_proposals": False,
        "single_value_extended_properties": [
            SingleValueLegacyExtendedProperty(id=PROPERTY, value="green")
        ],
    }
    return Event(**{**values, **fields})


def view(**query: Any) -> Any:
    parameters = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters
    return RequestConfiguration(query_parameters=parameters(**WINDOW, **query))


def failure(caught: pytest.ExceptionInfo[ODataError]) -> tuple[int | None, str | None]:
    return caught.value.response_status_code, caught.value.error and caught.value.error.code


def test_an_event_is_created_read_changed_and_cancelled(act: Callable[[Act], None]) -> None:
    async def story(graph: Any) -> None:
        events, wish = graph.users.by_user_id(ANA).events, an_event()
        made = await events.post(wish)
        assert made.online_meeting.join_url.startswith("https://teams.microsoft.com/")
        assert (await events.post(wish)).id == made.id
        wish.subject = "Another"
        with pytest.raises(ODataError) as caught:
            await events.post(wish)
        assert failure(caught) == (409, "ErrorDuplicateTransactionId")
        item = events.by_event_id(made.id)
        read = await item.get()
        assert (read.subject, read.type) == ("Demo", EventType.SingleInstance)
        assert read.attendees[0].email_address.address == "lea@example.com"
        etag = read.additional_data["@odata.etag"]
        move = Event(start=at("2026-12-01T11:00:00"), end=at("2026-12-01T11:30:00"))
        matching: RequestConfiguration[Any] = RequestConfiguration()
        matching.headers.add("If-Match", etag)
        moved = await item.patch(move, request_configuration=matching)
        assert moved.start.date_time == "2026-12-01T17:00:00.0000000"
        with pytest.raises(ODataError) as caught:
            await item.patch(move, request_configuration=matching)
        assert failure(caught) == (412, "ErrorIrresolvableConflict")
        await item.cancel.post(CancelPostRequestBody(comment="No"))
        with pytest.raises(ODataError) as caught:
            await item.get()
        assert failure(caught) == (404, "ErrorItemNotFound")
        other = await events.post(an_event())
        await events.by_event_id(other.id).delete()

    act(story)
    assert not SimulatedMailboxEvent.objects.filter(deleted_at=None).exists()


def test_an_event_is_found_by_its_property(act: Callable[[Act], None]) -> None:
    async def story(graph: Any) -> None:
        events = graph.users.by_user_id(ANA).events
        made = await events.post(an_event())
        await events.post(an_event(single_value_extended_properties=[]))
        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=(
                f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' "
                "and ep/value eq 'green')"
            ),
            expand=[f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"],
        )
        found = await events.get(RequestConfiguration(query_parameters=query))
        assert [each.id for each in found.value] == [made.id]
        assert found.value[0].single_value_extended_properties[0].value == "green"

    act(story)


def test_pages_are_walked_by_the_page_iterator(act: Callable[[Act], None]) -> None:
    async def story(graph: Any) -> None:
        person = graph.users.by_user_id(ANA)
        for day in range(1, 6):
            await person.events.post(an_event(day, 12, subject=f"Day {day}"))
        wish = view(top=2, select=["subject", "start"], orderby=["start/dateTime desc"])
        first = await person.calendar_view.get(wish)
        assert len(first.value) == 2
        seen: list[str] = []

        def note(event: Event) -> bool:
            seen.append(event.subject)
            return True

        await PageIterator(first, graph.request_adapter).iterate(note)
        assert seen == [f"Day {day}" for day in (5, 4, 3, 2, 1)]

    act(story)


def test_a_series_is_expanded_and_one_occurrence_moved(act: Callable[[Act], None]) -> None:
    async def story(graph: Any) -> None:
        person = graph.users.by_user_id(ANA)
        pattern = RecurrencePattern(
            type=RecurrencePatternType.Weekly,
            interval=1,
            days_of_week=[DayOfWeek.Monday, DayOfWeek.Thursday],
        )
        span = RecurrenceRange(
            type=RecurrenceRangeType.Numbered,
            start_date=date(2026, 11, 30),
            number_of_occurrences=4,
        )
        weekly = PatternedRecurrence(pattern=pattern, range=span)
        master = await person.events.post(an_event(recurrence=weekly))
        assert master.type is EventType.SeriesMaster
        assert master.recurrence.range.number_of_occurrences == 4
        assert [each.id for each in (await person.events.get()).value] == [master.id]
        found = (await person.calendar_view.get(view())).value
        assert [each.start.date_time[5:10] for each in found] == [
            "11-30",
            "12-03",
            "12-07",
            "12-10",
        ]
        assert {each.series_master_id for each in found} == {master.id}
        move = Event(start=at("2026-12-04T12:00:00"), end=at("2026-12-04T12:30:00"))
        moved = await person.events.by_event_id(found[1].id).patch(move)
        assert moved.type is EventType.Exception
        await person.events.by_event_id(found[2].id).delete()
        left = (await person.calendar_view.get(view())).value
        assert [each.start.date_time[5:10] for each in left] == ["11-30", "12-04", "12-10"]
        await person.events.by_event_id(master.id).delete()
        assert (await person.calendar_view.get(view())).value == []

    act(story)


def test_a_delta_tells_what_changed(act: Callable[[Act], None]) -> None:
    async def story(graph: Any) -> None:
        person = graph.users.by_user_id(ANA)
        kept, gone = [await person.events.post(an_event(day, 12)) for day in (1, 2)]
        parameters = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(**WINDOW)
        delta = person.calendar_view.delta
        wish = RequestConfiguration(query_parameters=parameters)
        wish.headers.add("Prefer", "odata.maxpagesize=1")
        first = await delta.get(wish)
        second = await delta.with_url(first.odata_next_link).get()
        assert [each.id for each in first.value + second.value] == [kept.id, gone.id]
        await person.events.by_event_id(kept.id).patch(Event(subject="New"))
        await person.events.by_event_id(gone.id).delete()
        changed = await delta.with_url(second.odata_delta_link).get()
        new, removed = changed.value
        assert (new.id, new.subject, removed.id) == (kept.id, "New", gone.id)
        assert removed.additional_data["@removed"]["reason"] == "deleted"
        assert (await delta.with_url(changed.odata_delta_link).get()).value == []

    act(story)


def test_get_schedule(act: Callable[[Act], None]) -> None:
    async def story(graph: Any) -> None:
        person = graph.users.by_user_id(ANA)
        await person.events.post(an_event(show_as=FreeBusyStatus.Oof))
        body = GetSchedulePostRequestBody(
            schedules=[ANA, "nobody@example.com"],
            start_time=at("2026-11-30T09:30:00"),
            end_time=at("2026-11-30T11:00:00"),
            availability_view_interval=30,
        )
        known, unknown = (await person.calendar.get_schedule.post(body)).value
        assert (known.schedule_id, known.availability_view) == (ANA, "030")
        assert known.schedule_items[0].status is FreeBusyStatus.Oof
        assert unknown.error.response_code == "ErrorMailRecipientNotFound"

    act(story)


def test_a_subscription_from_its_handshake_to_its_end(
    act: Callable[[Act], None], listener: Provider
) -> None:
    async def story(graph: Any) -> None:
        wish = Subscription(
            change_type="created,updated,deleted",
            notification_url=f"{listener.url}/news",
            lifecycle_notification_url=f"{listener.url}/life",
            resource=f"users/{ANA}/events",
            expiration_date_time=timezone.now() + timedelta(minutes=4200),
            client_state="secret",
        )
        made = await graph.subscriptions.post(wish)
        item = graph.subscriptions.by_subscription_id(made.id)
        later = timezone.now() + timedelta(days=6)
        renewed = await item.patch(Subscription(expiration_date_time=later))
        assert renewed.expiration_date_time == later
        assert (await item.get()).change_type == "created,updated,deleted"
        event = await graph.users.by_user_id(ANA).events.post(an_event())
        assert [each.id for each in (await graph.subscriptions.get()).value] == [made.id]
        await asyncio.to_thread(wait_until_told)
        (item_told,) = listener.seen[-1].json["value"]
        assert (item_told["changeType"], item_told["resourceData"]["id"]) == ("created", event.id)
        await item.reauthorize.post()
        await item.delete()
        with pytest.raises(ODataError) as caught:
            await item.get()
        assert failure(caught) == (404, "ResourceNotFound")
        wish.notification_url = f"{listener.url}/news"
        wish.client_state = "s" * 129
        with pytest.raises(ODataError) as caught:
            await graph.subscriptions.post(wish)
        assert failure(caught) == (400, "ValidationError")

    act(story)


@pytest.mark.parametrize("status", [429, 503, 504])
def test_its_retries_get_through(
    act: Callable[[Act], None], ana: SimulatedMailbox, status: int
) -> None:
    ana.fault_status, ana.fault_retry_after, ana.faults_left = status, 1, 1
    ana.save()

    async def story(graph: Any) -> None:
        await graph.users.by_user_id(ANA).events.post(an_event())

    act(story)
    assert SimulatedMailboxEvent.objects.count() == 1


def test_what_is_refused_for_good_reaches_the_caller(act: Callable[[Act], None]) -> None:
    async def story(graph: Any) -> None:
        with pytest.raises(ODataError) as caught:
            await graph.users.by_user_id("nobody@example.com").events.get()
        assert failure(caught) == (404, "ErrorInvalidUser")

    act(story)
