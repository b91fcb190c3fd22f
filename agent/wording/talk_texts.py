"""Sentences of the talk itself: greetings, thanks, repairs, digressions."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts

TALK_TEXTS: Mapping[str, Texts] = {
    "greeting": {
        "es": "¡Hola! 👋 Soy {assistant} 🤖, asistente virtual de {business}.",
        "en": "Hi! 👋 I'm {assistant} 🤖, {business}'s virtual assistant.",
    },
    "greeting_plan": {
        "es": "Te hago unas preguntas cortas para orientarte.",
        "en": "A few short questions so I can point you the right way.",
    },
    "hello_again": {"es": "¡Hola de nuevo!", "en": "Hi again!"},
    "welcome_back": {"es": "¡Qué bueno tenerte de vuelta!", "en": "Good to have you back!"},
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
    "topic_again": {
        "es": "Como te decía, ese detalle te lo da el asesor en la cita.",
        "en": "Like I said, the advisor will go over that with you at the appointment.",
    },
    "topic_person": {
        "es": "Entiendo que quieres el dato ya. Si prefieres preguntarle a una persona del equipo, "
        "escribe «asesor» y le paso tu conversación.",
        "en": "I get that you want it now. If you'd rather ask someone on the team, write “agent” "
        "and I'll pass them this chat.",
    },
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
        "es": "Perdón, todavía no puedo escuchar audios. Si puedes, escríbemelo; si no, lo "
        "escucha una persona del equipo.",
        "en": "Sorry, I can't listen to voice notes yet. Type it for me if you can; if not, "
        "someone on the team will listen to it.",
    },
    "audio_beside": {
        "es": "Tu audio todavía no lo puedo escuchar; lo escucha una persona del equipo.",
        "en": "I can't listen to your voice note yet; someone on the team will.",
    },
    "audio_person": {
        "es": "Como no puedo escuchar audios, le paso la conversación a una persona del equipo: "
        "los escucha y te escribe por aquí en cuanto pueda.",
        "en": "Since I can't listen to voice notes, I'm passing the chat to someone on the team: "
        "they'll listen and write to you here as soon as they can.",
    },
    "audio_too": {
        "es": "Este también lo escucha el equipo 🙂",
        "en": "The team will listen to that one too 🙂",
    },
    "image": {
        "es": "¡Gracias por la foto! Yo no puedo verla, pero el equipo sí.",
        "en": "Thanks for the photo! I can't see it, but the team can.",
    },
    "video": {
        "es": "¡Gracias por el video! Yo no puedo verlo, pero el equipo sí.",
        "en": "Thanks for the video! I can't watch it, but the team can.",
    },
    "document": {
        "es": "¡Gracias por el archivo! Yo no puedo abrirlo, pero el equipo sí.",
        "en": "Thanks for the file! I can't open it, but the team can.",
    },
    "location": {
        "es": "¡Gracias por la ubicación! Yo no puedo abrirla, pero el equipo sí.",
        "en": "Thanks for the location! I can't open it, but the team can.",
    },
    "contacts": {
        "es": "¡Gracias por el contacto! El equipo ya lo puede ver.",
        "en": "Thanks for the contact! The team can see it now.",
    },
    "own_number": {"es": "¡Gracias por tu número!", "en": "Thanks for your number!"},
    "order": {
        "es": "¡Gracias por tu pedido! El equipo ya lo puede ver.",
        "en": "Thanks for your order! The team can see it now.",
    },
    "flow_reply": {
        "es": "¡Gracias por llenar el formulario! El equipo ya tiene tus respuestas; yo no las "
        "veo, así que quizá te repita alguna pregunta.",
        "en": "Thanks for filling in the form! The team has your answers. I can't see them, so I "
        "may ask you something twice.",
    },
    "call": {
        "es": "Vi tu llamada, pero por aquí no puedo contestar llamadas, solo mensajes.",
        "en": "I saw your call, but I can't take calls here, only messages.",
    },
    "several": {
        "es": "¡Gracias por todo lo que mandaste! Yo no puedo abrirlo, pero el equipo sí.",
        "en": "Thanks for everything you sent! I can't open it, but the team can.",
    },
    "received": {"es": "¡Recibido! 👍", "en": "Got it! 👍"},
    "unsupported": {
        "es": "Ese tipo de mensaje no lo puedo leer; escríbemelo, por favor.",
        "en": "I can't read that kind of message; please type it for me.",
    },
    "unsupported_beside": {
        "es": "Uno de tus mensajes no lo pude leer; si era importante, escríbemelo.",
        "en": "I couldn't read one of your messages; if it matters, please type it.",
    },
    "anything_else": {"es": "¿Te ayudo con algo más?", "en": "Anything else I can help with?"},
    "here_if_needed": {
        "es": "Aquí estoy si necesitas algo más.",
        "en": "I'm here if you need anything else.",
    },
    "bye": {"es": "¡Hasta luego!", "en": "Talk soon!"},
}
