"""Microsoft's addresses, authority and Graph, below one prefix."""

from __future__ import annotations

from django.urls import path, re_path

from integrations.simulator.graph import tokens, views

USER = "v1.0/users/<str:user>"

urlpatterns = [
    path("<str:tenant>/v2.0/.well-known/openid-configuration", tokens.discovery),
    path("<str:tenant>/oauth2/v2.0/token", tokens.token),
    path(f"{USER}/calendar/getSchedule", views.door(POST=views.get_schedule)),
    path(f"{USER}/calendarView", views.door(GET=views.calendar_view)),
    path(f"{USER}/calendar/calendarView", views.door(GET=views.calendar_view)),
    path(f"{USER}/events", views.door(GET=views.list_events, POST=views.create_event)),
    path(f"{USER}/calendar/events", views.door(GET=views.list_events, POST=views.create_event)),
    path(
        f"{USER}/events/<str:event_id>",
        views.door(GET=views.get_event, PATCH=views.change_event, DELETE=views.delete_event),
    ),
    path(f"{USER}/events/<str:event_id>/cancel", views.door(POST=views.cancel_event)),
    re_path(r"", views.unknown),
]
