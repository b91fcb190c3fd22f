"""Microsoft's addresses, authority and Graph, below one prefix."""

from __future__ import annotations

from django.urls import path, re_path

from integrations.simulator.graph import schedule, tokens, views
from integrations.simulator.graph import subscription_views as subscriptions
from integrations.simulator.graph.door import door, mailbox_door, unknown

USER = "v1.0/users/<str:user>"
SUBSCRIPTIONS = "v1.0/subscriptions"
EVENTS = mailbox_door(GET=views.list_events, POST=views.create_event)
VIEW = mailbox_door(GET=views.calendar_view)
DELTA = mailbox_door(GET=views.delta)

urlpatterns = [
    path("<str:tenant>/v2.0/.well-known/openid-configuration", tokens.discovery),
    path("<str:tenant>/oauth2/v2.0/token", tokens.token),
    path(f"{USER}/calendar/getSchedule", mailbox_door(POST=schedule.get_schedule)),
    path(f"{USER}/calendarView", VIEW),
    path(f"{USER}/calendar/calendarView", VIEW),
    path(f"{USER}/calendarView/delta", DELTA),
    path(f"{USER}/calendarView/delta()", DELTA),
    path(f"{USER}/events", EVENTS),
    path(f"{USER}/calendar/events", EVENTS),
    path(
        f"{USER}/events/<str:event_id>",
        mailbox_door(GET=views.get_event, PATCH=views.change_event, DELETE=views.delete_event),
    ),
    path(f"{USER}/events/<str:event_id>/cancel", mailbox_door(POST=views.cancel_event)),
    path(f"{USER}/events/<str:event_id>/instances", mailbox_door(GET=views.instances)),
    path(SUBSCRIPTIONS, door(GET=subscriptions.index, POST=subscriptions.create)),
    path(
        f"{SUBSCRIPTIONS}/<str:subscription_id>",
        door(GET=subscriptions.read, PATCH=subscriptions.renew, DELETE=subscriptions.delete),
    ),
    path(
        f"{SUBSCRIPTIONS}/<str:subscription_id>/reauthorize", door(POST=subscriptions.reauthorize)
    ),
    re_path(r"", unknown),
]
