"""Sentences about times, meetings and people who take over."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts

MEETING_TEXTS: Mapping[str, Texts] = {
    "no_meeting_wanted": {
        "es": "Va, sin cita. Si más adelante quieres platicarlo con un asesor, escríbeme y te "
        "busco lugar.",
        "en": "Sure, no appointment then. If you'd like to talk to an advisor later, write to me "
        "and I'll find you a time.",
    },
    "wish_noted": {
        "es": "Va, te busco lugar {when}.",
        "en": "Sure, I'll look for a time {when}.",
    },
    "today": {"es": "hoy", "en": "today"},
    "tomorrow": {"es": "mañana", "en": "tomorrow"},
    "on_day": {"es": "el {day}", "en": "on {day}"},
    "from_day": {"es": "a partir del {day}", "en": "from {day}"},
    "or": {"es": " o ", "en": " or "},
    "at_hour": {"es": "a las {hour}", "en": "at {hour}"},
    "after_hour": {"es": "a partir de las {hour}", "en": "from {hour}"},
    "before_hour": {"es": "antes de las {hour}", "en": "before {hour}"},
    "in_morning": {"es": "por la mañana", "en": "in the morning"},
    "in_afternoon": {"es": "por la tarde", "en": "in the afternoon"},
    "first_questions": {
        "es": "Con gusto te agendo. Antes, unas preguntas rápidas.",
        "en": "Happy to set that up. A few quick questions first.",
    },
    "no_meeting_yet": {
        "es": "Gracias, con esto ya quedó registrado lo que necesitas. Si quieres hablar con una "
        "persona del equipo, escribe «asesor».",
        "en": "Thanks, what you need is on record now. If you'd like to talk to someone on the "
        "team, just write “agent”.",
    },
    "slots": {
        "es": "Estas son las próximas horas libres con un asesor.",
        "en": "These are the next open times with an advisor.",
    },
    "slots_wish": {"es": "Tengo estas horas libres.", "en": "These times are open."},
    "slots_move": {
        "es": "Claro, la cambiamos. Tengo estas horas libres.",
        "en": "Sure, let's move it. These times are open.",
    },
    "slots_not_day": {
        "es": "Para {day} no tengo lugar, pero sí en estas horas.",
        "en": "Nothing is open {day}, but these times are.",
    },
    "slots_not_dates": {
        "es": "Para esas fechas todavía no tengo lugar, pero sí en estas horas.",
        "en": "Nothing is open that far ahead yet, but these times are.",
    },
    "slots_cannot": {
        "es": "No te preocupes, la podemos cambiar. Tengo estas horas libres; si prefieres "
        "cancelarla, dímelo.",
        "en": "No worries, we can move it. These times are open; if you'd rather cancel, just "
        "tell me.",
    },
    "slots_not_then": {
        "es": "En ese horario no tengo lugar, pero sí en estas horas.",
        "en": "Nothing is open at that time of day, but these times are.",
    },
    "slots_not_hour": {
        "es": "A esa hora ya no hay lugar, pero sí en estas.",
        "en": "That time isn't open, but these are.",
    },
    "slots_later": {
        "es": "Va, te muestro las que siguen.",
        "en": "Okay, here are the ones after that.",
    },
    "slots_not_booked": {
        "es": "Todavía no queda agendada ninguna hora. ¿Cuál te acomoda?",
        "en": "No time is booked yet. Which one works for you?",
    },
    "slots_expired": {
        "es": "Esas horas ya no están disponibles. Estas sí:",
        "en": "Those times are no longer on offer. These are:",
    },
    "slots_which": {
        "es": "¿Cuál de estas horas te queda mejor?",
        "en": "Which of these times works best?",
    },
    "slots_zone": {
        "es": "Elige la que te acomode o dime otro día ({zone}).",
        "en": "Pick one, or tell me another day ({zone}).",
    },
    "slots_zone_guess": {
        "es": "Elige la que te acomode o dime otro día. Van en {zone}; si estás en otra ciudad, "
        "dime en cuál y las ajusto.",
        "en": "Pick one, or tell me another day. They're in {zone}; if you're somewhere else, tell "
        "me the city and I'll adjust them.",
    },
    "slots_button": {"es": "Ver horas", "en": "See times"},
    "which_day": {
        "es": "¿Qué día te queda mejor? Puede ser, por ejemplo, «el jueves por la tarde».",
        "en": "What day works better? For example, “Thursday afternoon”.",
    },
    "no_slots": {
        "es": "Ahora mismo no veo horas libres en la agenda. Le paso tu conversación al equipo "
        "para que te busquen un lugar; te escriben por aquí.",
        "en": "I don't see any open times right now. I'm passing this chat to the team so they "
        "can find you one; they'll write to you here.",
    },
    "taken": {
        "es": "Uy, justo acaban de ocupar esa hora, disculpa.",
        "en": "Sorry, somebody just took that time.",
    },
    "taken_offer": {"es": "Todavía están libres estas.", "en": "These are still open."},
    "confirmed": {
        "es": "¡Listo{name}! Tu cita quedó confirmada:",
        "en": "All set{name}! Your appointment is confirmed:",
    },
    "moved": {
        "es": "¡Listo{name}! Tu cita quedó cambiada:",
        "en": "All set{name}! Your appointment was moved:",
    },
    "pending": {
        "es": "Te aparté esta hora{name}, pero todavía no está confirmada:",
        "en": "I'm holding this time for you{name}, but it isn't confirmed yet:",
    },
    "pending_note": {
        "es": "Estoy esperando la respuesta de la agenda y te escribo por aquí cuando la tenga.",
        "en": "I'm waiting for the calendar to answer and I'll write to you here when it does.",
    },
    "change_note": {
        "es": "Si la quieres cambiar o cancelar, escríbeme por aquí.",
        "en": "To change or cancel it, just write to me here.",
    },
    "your_meeting": {"es": "Tu cita es:", "en": "Your appointment is:"},
    "your_hold": {
        "es": "Tu cita todavía está por confirmarse:",
        "en": "Your appointment isn't confirmed yet:",
    },
    "meeting_host": {"es": "👤 Con {host}", "en": "👤 With {host}"},
    "meeting_link": {"es": "🔗 Es por videollamada: {url}", "en": "🔗 It's a video call: {url}"},
    "meeting_note": {"es": "💬 {note}", "en": "💬 {note}"},
    "no_meeting": {
        "es": "No tienes ninguna cita agendada.",
        "en": "You don't have an appointment booked.",
    },
    "confirm_cancel": {
        "es": "¿Cancelo tu cita del {when}?",
        "en": "Should I cancel your appointment on {when}?",
    },
    "cancel_yes": {"es": "Sí, cancelar", "en": "Yes, cancel it"},
    "cancel_no": {"es": "No, la conservo", "en": "No, keep it"},
    "confirm_book": {
        "es": "Sí, el {when} está libre. ¿Te la agendo?",
        "en": "Yes, {when} is open. Should I book it for you?",
    },
    "book_yes": {"es": "Sí, agéndala", "en": "Yes, book it"},
    "book_no": {"es": "Ver otras horas", "en": "See other times"},
    "confirm_move": {
        "es": "Ya tienes cita el {old}. ¿La cambio al {new}?",
        "en": "You already have an appointment on {old}. Should I move it to {new}?",
    },
    "move_yes": {"es": "Sí, cambiarla", "en": "Yes, move it"},
    "move_no": {"es": "No, déjala igual", "en": "No, leave it"},
    "cancelled": {
        "es": "Listo, tu cita quedó cancelada. Si más adelante quieres otra, escríbeme y la "
        "buscamos.",
        "en": "Done, your appointment is cancelled. If you'd like another one later, just write "
        "to me.",
    },
    "kept": {"es": "Perfecto, no cambié nada.", "en": "Okay, I didn't change anything."},
    "hand_off_asked": {
        "es": "Claro que sí. Le paso esta conversación a una persona del equipo; te contesta por "
        "aquí en cuanto pueda.",
        "en": "Of course. I'm passing this chat to someone on the team; they'll answer you here "
        "as soon as they can.",
    },
    "hand_off_frustrated": {
        "es": "Lamento la molestia. Es mejor que te atienda una persona: le paso la conversación "
        "al equipo y te contestan por aquí en cuanto puedan.",
        "en": "I'm sorry about this. It's better that a person helps you: I'm passing the chat "
        "to the team and they'll answer here as soon as they can.",
    },
    "hand_off_stuck": {
        "es": "Perdona, no te estoy entendiendo y no quiero hacerte perder el tiempo. Le paso la "
        "conversación a una persona del equipo; te contesta por aquí en cuanto pueda.",
        "en": "Sorry, I'm not understanding you and I don't want to waste your time. I'm passing "
        "the chat to someone on the team; they'll answer here as soon as they can.",
    },
    "hand_off_policy": {
        "es": "Eso lo tiene que ver una persona del equipo. Le paso la conversación; te contesta "
        "por aquí en cuanto pueda.",
        "en": "Someone on the team needs to look at that. I'm passing them the chat; they'll "
        "answer here as soon as they can.",
    },
    "hand_off_provider_down": {
        "es": "En este momento no puedo usar la agenda y no quiero ofrecerte una hora que no "
        "exista. Le paso la conversación al equipo; te escriben por aquí en cuanto puedan.",
        "en": "I can't use the calendar right now and I don't want to offer you a time that "
        "isn't real. I'm passing the chat to the team; they'll write here as soon as they can.",
    },
}
