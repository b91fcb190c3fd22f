"""The sentences themselves. Spanish first: most leads read that one."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts
from agent.turn import Language

TEXTS: Mapping[str, Texts] = {
    "greeting": {
        "es": "¡Hola! 👋 Soy {assistant} 🤖, asistente virtual de {business}.",
        "en": "Hi! 👋 I'm {assistant} 🤖, {business}'s virtual assistant.",
    },
    "greeting_plan": {
        "es": "Te hago unas preguntas cortas para orientarte.",
        "en": "A few short questions so I can point you the right way.",
    },
    "hello_again": {"es": "¡Hola de nuevo!", "en": "Hi again!"},
    "still_here": {"es": "¡Aquí sigo! 🙂", "en": "I'm here! 🙂"},
    "nice_to_meet": {"es": "Mucho gusto, {name}.", "en": "Nice to meet you, {name}."},
    "noted": {"es": "Va, {values}.", "en": "Okay, {values}."},
    "about": {"es": "unos {value}", "en": "about {value}"},
    "other_language": {
        "es": "Por ahora te puedo atender en español o en inglés.",
        "en": "For now I can help you in English or Spanish.",
    },
    "portuguese": {
        "es": "Por enquanto só respondo em espanhol ou inglês 🙂 Se preferir falar com uma pessoa "
        "da equipe, escreva «pessoa».",
        "en": "Por enquanto só respondo em espanhol ou inglês 🙂 Se preferir falar com uma pessoa "
        "da equipe, escreva «pessoa».",
    },
    "known_already": {"es": "Sí, eso ya lo tengo 👍", "en": "Yes, I've got that 👍"},
    "corrected": {
        "es": "Listo, ya lo corregí: {values}.",
        "en": "No problem, I changed it: {values}.",
    },
    "corrected_plain": {"es": "Listo, ya lo corregí.", "en": "No problem, I changed it."},
    "thanks_1": {"es": "Gracias.", "en": "Thanks."},
    "thanks_2": {"es": "Perfecto.", "en": "Perfect."},
    "thanks_3": {"es": "Súper.", "en": "Great."},
    "thanks_4": {"es": "Muy bien.", "en": "Got it."},
    "language": {
        "es": "Claro, seguimos en español.",
        "en": "Sure, English it is.",
    },
    "skipped_1": {"es": "No hay problema, seguimos.", "en": "No problem, let's move on."},
    "skipped_2": {"es": "Va, lo dejamos así.", "en": "Okay, we'll leave that out."},
    "skipped_3": {"es": "Está bien, sin problema.", "en": "That's fine."},
    "understood": {"es": "🙂", "en": "🙂"},
    "told_already": {
        "es": "Perdona, se me pasó.",
        "en": "Sorry, I missed it.",
    },
    "given_up": {
        "es": "No te preocupes, eso lo ves con el asesor.",
        "en": "No worries, you can go over that with the advisor.",
    },
    "given_up_name": {"es": "No te preocupes, seguimos.", "en": "No worries, let's go on."},
    "later": {
        "es": "Claro, sin prisa. Cuando puedas me escribes y seguimos 🙂",
        "en": "Sure, no rush. Write to me whenever you can and we'll pick it up 🙂",
    },
    "not_interested": {
        "es": "Va, no hay problema. Gracias por escribirnos; si más adelante te interesa, aquí "
        "estoy.",
        "en": "No problem at all. Thanks for writing; if you change your mind, I'm here.",
    },
    "no_meeting_wanted": {
        "es": "Va, sin cita. Si más adelante quieres platicarlo con un asesor, escríbeme y te "
        "busco lugar.",
        "en": "Sure, no appointment then. If you'd like to talk to an advisor later, write to me "
        "and I'll find you a time.",
    },
    "topic_again": {
        "es": "Como te decía, ese detalle te lo da el asesor en la videollamada.",
        "en": "Like I said, the advisor will go over that with you on the call.",
    },
    "topic_person": {
        "es": "Entiendo que quieres el dato ya. Si prefieres preguntarle a una persona del equipo, "
        "escribe «asesor» y le paso tu conversación.",
        "en": "I get that you want it now. If you'd rather ask someone on the team, write “agent” "
        "and I'll pass them this chat.",
    },
    "wish_noted": {
        "es": "Va, te busco lugar {when}.",
        "en": "Sure, I'll look for a time {when}.",
    },
    "today": {"es": "hoy", "en": "today"},
    "tomorrow": {"es": "mañana", "en": "tomorrow"},
    "on_day": {"es": "el {day}", "en": "on {day}"},
    "from_day": {"es": "a partir del {day}", "en": "from {day}"},
    "from_hour": {"es": "a partir de las {hour}", "en": "from {hour}"},
    "in_morning": {"es": "por la mañana", "en": "in the morning"},
    "in_afternoon": {"es": "por la tarde", "en": "in the afternoon"},
    "again": {"es": "Perdona, no te entendí.", "en": "Sorry, I didn't get that."},
    "options": {"es": "Ver opciones", "en": "See options"},
    "unknown_question": {
        "es": "Esa respuesta no la tengo, y prefiero no inventarte nada: te la puede dar un "
        "asesor.",
        "en": "I don't have that answer and I'd rather not make one up: an advisor can tell you.",
    },
    "hand_off_unknown": {
        "es": "Eso tampoco lo sé y prefiero que te lo contesten bien. Le paso la conversación a "
        "una persona del equipo; te escribe por aquí en cuanto pueda.",
        "en": "I don't know that one either and I'd rather you got a good answer. I'm passing the "
        "chat to someone on the team; they'll write to you here as soon as they can.",
    },
    "why": {
        "es": "Es para que el asesor llegue preparado. Si prefieres no decirlo, escribe «saltar».",
        "en": "It's so the advisor comes prepared. If you'd rather not say, write “skip”.",
    },
    "why_email": {
        "es": "Es solo para lo de tu cita, por si el asesor necesita escribirte.",
        "en": "It's only for your appointment, in case the advisor needs to write to you.",
    },
    "bot_yes": {
        "es": "Sí, soy un asistente automático, no una persona. Si prefieres hablar con alguien "
        "del equipo, dímelo y le paso tu conversación.",
        "en": "Yes, I'm an automated assistant, not a person. If you'd rather talk to someone on "
        "the team, just tell me and I'll pass them this chat.",
    },
    "bot_again": {
        "es": "Así es, un asistente automático 🤖 Si quieres hablar con una persona, nada más dime.",
        "en": "That's right, an automated assistant 🤖 If you want a person, just say so.",
    },
    "bot_who": {
        "es": "Soy {assistant}, asistente virtual de {business}.",
        "en": "I'm {assistant}, {business}'s virtual assistant.",
    },
    "welcome": {"es": "¡Con gusto!", "en": "You're welcome!"},
    "small_talk": {
        "es": "¡Todo bien, gracias por preguntar!",
        "en": "Doing well, thanks for asking!",
    },
    "audio": {
        "es": "Perdón, todavía no puedo escuchar audios; escríbeme y con gusto te atiendo.",
        "en": "Sorry, I can't listen to voice notes yet; please type it for me.",
    },
    "file": {
        "es": "¡Gracias! Yo no puedo abrirlo, pero el equipo sí lo va a poder ver.",
        "en": "Thanks! I can't open it, but the team will be able to see it.",
    },
    "location": {
        "es": "Gracias por la ubicación. Yo no puedo abrirla, pero el equipo sí la va a poder ver.",
        "en": "Thanks for the location. I can't open it, but the team will be able to see it.",
    },
    "unsupported": {
        "es": "Ese tipo de mensaje no lo puedo leer; escríbemelo, por favor.",
        "en": "I can't read that kind of message; please type it for me.",
    },
    "anything_else": {"es": "¿Te ayudo con algo más?", "en": "Anything else I can help with?"},
    "here_if_needed": {
        "es": "Aquí estoy si necesitas algo más.",
        "en": "I'm here if you need anything else.",
    },
    "bye": {"es": "¡Hasta luego!", "en": "Talk soon!"},
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
    "meeting_link": {"es": "🔗 {url}", "en": "🔗 {url}"},
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


def pick(texts: Texts, language: Language) -> str:
    """Choose the text of this language, or the other one rather than silence."""
    return texts.get(language) or next((text for text in texts.values() if text), "")


def first_name(full: str) -> str:
    """How to call somebody; "" if what stands first is no name."""
    first = full.split()[0] if full.split() else ""
    return first if first.isalpha() and len(first) <= 30 else ""


def say(key: str, language: Language, **values: str) -> str:
    """Fill one of TEXTS."""
    return TEXTS[key][language].format(**values)
