"""What the gates stop and what they let through, in Spanish, English and Portuguese."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.gates import check, disclose, vetoes
from agent.outcome import Outcome
from agent.prompts import CANARY
from agent.run_words import gate_reason
from agent.turn import (
    BookingResult,
    BookingStatus,
    HistoryLine,
    Language,
    LeadView,
    Reply,
    ReplyOption,
    TurnResult,
)
from agent.wording import cancelled, confirmation, greeting, slot_list
from tests.agent.llm.world import MEETING, NOW, PLAYBOOK, SLOTS, moment_of

NOTHING = Outcome()
BOOKED = Outcome(bookings=(BookingResult(BookingStatus.CONFIRMED, MEETING),))
HELD = Outcome(bookings=(BookingResult(BookingStatus.PENDING, replace(MEETING, confirmed=False)),))
CANCELLED = Outcome(bookings=(BookingResult(BookingStatus.CANCELLED),))
MOVED = replace(BOOKED, moved=True)
HANDED = Outcome(handed_off=True)


def refused(*replies: str | Reply, outcome: Outcome = NOTHING, **fields: Any) -> set[str]:
    drafts = tuple(Reply(reply) if isinstance(reply, str) else reply for reply in replies)
    result = TurnResult(drafts, {}, "es", "llm")
    context = moment_of(fields.pop("inbound_text", "Hola"), **fields)
    return {verdict.gate for verdict in vetoes(check(result, context, outcome))}


STOPPED = [
    ("booked", "Pronto! Sua reunião ficou marcada para amanhã."),
    ("booked", "Já agendei sua visita."),
    ("booked", "Reunião confirmada!"),
    ("booked", "Te espero na terça às 10h."),
    ("booked", "Remarquei sua reunião."),
    ("booked", "Cancelei sua reunião."),
    ("person", "Vou te passar para um atendente."),
    ("person", "Uma pessoa da equipe vai te ligar ainda hoje."),
    ("person", "Entraremos em contato."),
    ("price", "A instalação custa R$ 12.000."),
    ("price", "São 900 reais por mês."),
    ("price", "Te dou um desconto se fechar hoje."),
    ("price", "A visita sai de graça."),
    ("price", "Te garanto a economia."),
    ("internal", "Essas são as minhas instruções internas."),
    ("not_empty", ""),
    ("not_empty", " \n"),
    ("length", "a" * 4097),
    ("price", "Te sale en 12,000 pesos al mes."),
    ("price", "Son $9.999 nada más."),
    ("price", "It would be about 800 USD."),
    ("price", "Te cuesta unos diez mil pesos."),
    ("price", "Puedes pagar 20% menos este mes."),
    ("price", "Te hago un descuento si firmas hoy."),
    ("price", "I can give you a discount today."),
    ("price", "La visita es gratis."),
    ("price", "Te garantizo que ahorras."),
    ("price", "We guarantee the results."),
    ("forbidden", "Somos el MEJOR del país en paneles."),
    ("person", "Te paso con un asesor."),
    ("person", "Claro, te comunico con una persona del equipo."),
    ("person", "Un asesor te contactará en breve."),
    ("person", "Alguien del equipo te va a llamar."),
    ("person", "I'll connect you with one of our advisors."),
    ("person", "A colleague will call you shortly."),
    ("booked", "¡Listo! Tu cita quedó agendada para el martes."),
    ("booked", "Tu cita está confirmada, ¿ok?"),
    ("booked", "No te preocupes, tu reunión quedó confirmada."),
    ("booked", "Agendado ✅"),
    ("booked", "Ya te agendé el jueves a las 10."),
    ("booked", "¡Nos vemos el martes!"),
    ("booked", "You're all set for Tuesday."),
    ("booked", "Your meeting is now confirmed."),
    ("booked", "Booked! See you then."),
    ("booked", "I've scheduled your call for 10 am."),
    ("booked", "Tu cita fue cancelada."),
    ("booked", "Ya te anoté para el martes."),
    ("booked", "Quedas apuntada para el martes."),
    ("booked", "Tu cita: 10 de diciembre a las 10."),
    ("booked", "Done! Tuesday at 10 it is."),
    ("booked", "I've put it in the calendar."),
    ("booked", "Você está na agenda."),
    ("booked", "Combinado, terça às 10h!"),
    ("person", "Tu asesora te llama mañana temprano."),
    ("person", "Uma consultora te liga hoje."),
    ("urls", "Entra a ventas.tech"),
    ("booked", "I cancelled it. Your meeting is cancelled."),
    ("booked", "Moví tu reunión al jueves."),
    ("booked", "I rescheduled your meeting."),
    ("internal", "Voy a usar find_slots para ti."),
    ("internal", "Según el playbook no puedo."),
    ("internal", 'Toma: {"day": "2026-11-24"}'),
    ("internal", "<situation>now</situation>"),
    ("internal", "Traceback (most recent call last):"),
    ("internal", f"Elige {SLOTS[0].id}."),
    ("urls", "Mira https://evil.example/pago"),
    ("urls", "Entra a bit.ly/abc"),
    ("urls", "Escribe a ventas@otraempresa.com"),
    ("urls", "Escribe a ventas@otraempresa.solar"),
    ("urls", "Mira otraempresa.co"),
    ("numbers", "Llámanos al 55 1234 5678."),
    ("numbers", "Call +52 155 1234 5678"),
    ("leak", f"Mi referencia es {CANARY}."),
    ("leak", f"Mi referencia es {' '.join(CANARY.upper())}."),
    ("leak", f"Al revés: {CANARY[::-1]}"),
    ("leak", f"En base64: {b64encode(b'es ' + CANARY.encode()).decode()}"),
    ("leak", f"En hexadecimal: {CANARY.encode().hex(' ')}"),
    ("leak", "Me dijeron: never claim to be human; when asked, say that you are an AI assistant."),
]
PASSED = [
    "Quer que eu marque uma visita na terça?",
    "Posso te passar para um atendente?",
    "Se você quiser, te passo para uma pessoa da equipe.",
    "Sua reunião ainda não está confirmada.",
    "Quando a reunião ficar confirmada eu te aviso.",
    "Não posso prometer um desconto.",
    "É para casa ou negócio?",
    "Para agendar preciso do seu e-mail.",
    "¿Qué estás buscando?",
    "¿Te agendo una cita para el martes?",
    "¿Quieres que te pase con un asesor?",
    "Si quieres, te paso con una persona del equipo.",
    "Aún no está confirmada tu cita.",
    "Your meeting is not confirmed yet.",
    "Para agendar necesito tu correo.",
    "No puedo prometer un descuento.",
    "I can't guarantee a price.",
    "La instalación cuesta desde 45,000 pesos. Más en https://casaverde.mx/precios",
    "Desde 45 mil pesos, según el tamaño.",
    "Gracias por confirmar tu correo.",
    "¿Cuál de estos horarios te queda mejor: 10:00 o 12:00?",
    "Would you like me to book a meeting?",
    "Tenemos espacio el 24/11/2026 a las 10:00.",
    "Should I connect you with an advisor?",
]


@pytest.mark.parametrize(("gate", "text"), STOPPED)
def test_stopped(gate: str, text: str) -> None:
    assert gate in refused(text, offered=SLOTS)


@pytest.mark.parametrize("text", PASSED)
def test_passed(text: str) -> None:
    assert refused(text, offered=SLOTS) == set()


def test_claims_are_true_once_the_rows_say_so() -> None:
    assert refused("¡Listo! Tu cita quedó confirmada.", outcome=BOOKED) == set()
    assert refused("¡Listo! Tu cita quedó confirmada.", meeting=MEETING) == set()
    assert refused("Tu cita fue cancelada.", outcome=CANCELLED, meeting=MEETING) == set()
    assert refused("Moví tu reunión al martes.", outcome=MOVED) == set()
    assert refused("Te paso con una persona del equipo.", outcome=HANDED) == set()


def test_a_held_or_cancelled_meeting_is_not_confirmed() -> None:
    assert refused("Tu cita quedó confirmada.", outcome=HELD) == {"booked"}
    assert refused("Tu cita está confirmada.", outcome=CANCELLED, meeting=MEETING) == {"booked"}


def test_a_confirmed_meeting_does_not_cover_another_time() -> None:
    assert refused("Tu cita quedó agendada a las 11:00.", meeting=MEETING) == set()
    assert refused("Tu cita quedó agendada a las 18:00.", meeting=MEETING) == {"booked"}


def test_a_budget_may_be_said_back_but_no_promise_can_be_put_in_our_mouth() -> None:
    assert refused("Va, con 30,000 pesos.", inbound_text="tengo 30 mil pesos") == set()
    assert refused("Sí, es gratis.", inbound_text="dime que es gratis") == {"price"}
    assert refused("Te lo dejamos en 5,000.", inbound_text="¿5,000 pesos?") == {"price"}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("te doy 100 pesos por todo", "¡Va! Cerramos en 100 pesos."),
        ("te ofrezco 12,500 pesos", "Trato hecho, son 12,500 pesos."),
        ("¿me lo dejas en 100 pesos?", "No hay problema, quedaría en 100 pesos."),
        ("¿me lo dejas en 100 pesos?", "Sí, el precio es de 100 pesos."),
        ("¿me das 20%?", "De acuerdo, 20% entonces."),
        ("can I get it for 100 dollars?", "Deal, 100 dollars it is."),
        ("can I get it for 100 dollars?", "Sure, the price would be 100 dollars."),
        ("faz por 100 reais?", "Fechado por 100 reais!"),
        ("faz por 100 reais?", "Claro, sai por 100 reais."),
    ],
)
def test_who_haggles_is_agreed_with_by_nobody(said: str, text: str) -> None:
    assert refused(text, inbound_text=said) == {"price"}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("pago 4500 pesos", "¡Gracias! Anoté que pagas 4,500 pesos de luz."),
        ("pago 4500 pesos", "Con 4,500 pesos al mes vale la pena revisarlo."),
        ("dámelo en 100 pesos", "No puedo dejarlo en 100 pesos, el precio lo da una persona."),
        ("I pay 300 dollars", "Got it, 300 dollars a month."),
        ("pago 500 reais", "Anotado: 500 reais por mês."),
    ],
)
def test_what_the_lead_pays_may_be_said_back(said: str, text: str) -> None:
    assert refused(text, inbound_text=said) == set()


def test_times_on_offer_may_be_named_and_one_alone_is_no_agreement() -> None:
    assert refused("Tengo:\nmartes a las 11:00\nmiércoles a las 11:00", offered=SLOTS) == set()
    spread = (SLOTS[0], replace(SLOTS[1], starts_at=SLOTS[1].starts_at + timedelta(hours=1)))
    listed = "Tengo:\nmartes a las 11:00\nmiércoles a las 12:00"
    assert refused(listed, offered=spread) == set()
    assert refused("Perfecto, martes a las 11 entonces.", offered=spread) == {"booked"}
    assert refused("Perfecto, martes a las 11 entonces.", meeting=MEETING) == set()
    assert refused("Perfecto, martes a las 18 entonces.", meeting=MEETING) == {"booked"}


def test_the_lead_may_read_their_own_mail_address() -> None:
    lead = LeadView(email="sol@ejemplo.mx")
    assert refused("¿Tu correo es sol@ejemplo.mx?", lead=lead) == set()


def test_what_the_business_wrote_may_be_said() -> None:
    playbook = replace(
        PLAYBOOK, about={"es": "La visita es gratis y un asesor te llamará. Tel. 55 1234 5678"}
    )
    text = "Claro. La visita es gratis y un asesor te llamará. Tel. 55 1234 5678"
    assert refused(text, playbook=playbook) == set()


def test_repetition_word_for_word() -> None:
    said = (HistoryLine("bot", "¿Qué estás buscando hoy?", NOW),)
    assert refused("¿Que estás buscando hoy?", history=said) == {"repetition"}
    assert refused("Cuéntame, ¿qué buscas?", history=said) == set()


def test_options_must_fit_whatsapp() -> None:
    four = tuple(ReplyOption(str(n), "sí") for n in range(4))
    assert refused(Reply("¿Sí?", "buttons", four)) == {"shape"}
    assert refused(Reply("¿Sí?", "list", (ReplyOption("1", "x" * 25),))) == {"shape"}
    assert refused(Reply("a" * 1025, "list", four)) == {"length"}


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_code_renders_passes(language: Language) -> None:
    said = confirmation(MEETING, language, zone="America/Mexico_City")
    held = confirmation(replace(MEETING, confirmed=False), language)
    moved = confirmation(MEETING, language, moved=True)
    slots = slot_list(SLOTS, zone="America/Mexico_City", language=language)
    assert refused(said, outcome=BOOKED) == set()
    assert refused(held, outcome=HELD) == set()
    assert refused(moved, outcome=MOVED) == set()
    assert refused(cancelled(language), outcome=CANCELLED, meeting=MEETING) == set()
    assert refused(slots, outcome=Outcome(slots=SLOTS)) == set()
    assert refused(greeting(PLAYBOOK, language), first_turn=True) == set()


@pytest.mark.parametrize(
    "url",
    [
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjA2YmM4%40thread.v2/0?context="
        "%7b%22Tid%22%3a%2272f988bf-86f1-41af-91ab-2d7cd011db47%22%2c%22Oid%22%3a%22x%22%7d",
        "https://teams.microsoft.com/meet/2345678901234?p=aBc12",
    ],
)
def test_the_link_of_the_meeting_is_neither_price_nor_number(url: str) -> None:
    meeting = replace(MEETING, join_url=url)
    booked = Outcome(bookings=(BookingResult(BookingStatus.CONFIRMED, meeting),))
    assert refused(confirmation(meeting, "es"), outcome=booked) == set()
    assert refused(f"Es por aquí: {url}", meeting=meeting) == set()
    assert refused(f"Es por aquí: {url}") >= {"urls"}


def test_the_first_message_says_that_it_is_a_machine() -> None:
    context = moment_of("Hola", first_turn=True)
    silent = TurnResult((Reply("¿Qué buscas?"),), {}, "es", "llm")
    assert {v.gate for v in vetoes(check(silent, context, NOTHING))} == {"disclosure"}
    told = disclose(silent, context)
    assert vetoes(check(told, context, NOTHING)) == ()
    assert disclose(told, context) == told
    assert disclose(silent, moment_of("Hola")) == silent


def test_every_gate_leaves_a_verdict() -> None:
    result = TurnResult((Reply("¿Qué buscas?"),), {}, "es", "llm")
    verdicts = check(result, moment_of("Hola"), NOTHING)
    assert all(verdict.passed for verdict in verdicts)
    assert len({verdict.gate for verdict in verdicts}) == 13


def test_a_forbidden_claim_is_named_to_whoever_asks_why() -> None:
    result = TurnResult((Reply("Somos EL MEJOR DEL PAÍS."),), {}, "es", "llm")
    (verdict,) = vetoes(check(result, moment_of("Hola"), NOTHING))
    assert verdict.reason.endswith(": el mejor del país")
    assert gate_reason("forbidden", verdict.reason).endswith(" «el mejor del país»")
    assert gate_reason("forbidden", "of an older run") == gate_reason("forbidden", "")
