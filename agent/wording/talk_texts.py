"""Sentences of the talk itself: greetings, thanks, repairs, digressions."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts

TALK_TEXTS: Mapping[str, Texts] = {
    "greeting": {
        "es": "¡Hola! 👋 Soy {assistant} 🤖, asistente virtual de {business}.",
        "en": "Hi! 👋 I'm {assistant} 🤖, {business}'s virtual assistant.",
        "pt": "Oi! 👋 Aqui é {assistant} 🤖, assistente virtual de {business}.",
    },
    "greeting_plan": {
        "es": "Te hago unas preguntas cortas para orientarte.",
        "en": "A few short questions so I can point you the right way.",
        "pt": "Vou te fazer umas perguntas rápidas pra te orientar melhor.",
    },
    "hello_again": {"es": "¡Hola de nuevo!", "en": "Hi again!", "pt": "Oi de novo!"},
    "welcome_back": {
        "es": "¡Qué bueno tenerte de vuelta!",
        "en": "Good to have you back!",
        "pt": "Que bom ter você de volta!",
    },
    "still_here": {"es": "¡Aquí sigo! 🙂", "en": "I'm here! 🙂", "pt": "Tô por aqui! 🙂"},
    "nice_to_meet": {
        "es": "Mucho gusto, {name}.",
        "en": "Nice to meet you, {name}.",
        "pt": "Prazer, {name}!",
    },
    "noted": {"es": "Va, {values}.", "en": "Okay, {values}.", "pt": "Certo, {values}."},
    "about": {"es": "unos {value}", "en": "about {value}", "pt": "uns {value}"},
    "other_language": {
        "es": "Por ahora te puedo atender en {languages}. Si prefieres, te paso con una persona del equipo.",
        "en": "For now I can help you in {languages}. If you prefer, I can pass you to someone on the team.",
        "pt": "Por enquanto consigo te atender em {languages}. Se preferir, te passo pra uma pessoa da equipe.",
    },
    "known_already": {
        "es": "Sí, eso ya lo tengo 👍",
        "en": "Yes, I've got that 👍",
        "pt": "Sim, isso eu já anotei 👍",
    },
    "corrected": {
        "es": "Listo, ya lo corregí: {values}.",
        "en": "No problem, I changed it: {values}.",
        "pt": "Pronto, já corrigi: {values}.",
    },
    "corrected_plain": {
        "es": "Listo, ya lo corregí.",
        "en": "No problem, I changed it.",
        "pt": "Pronto, já corrigi.",
    },
    "thanks_1": {"es": "Gracias.", "en": "Thanks.", "pt": "Valeu!"},
    "thanks_2": {"es": "Perfecto.", "en": "Perfect.", "pt": "Perfeito."},
    "thanks_3": {"es": "Súper.", "en": "Great.", "pt": "Ótimo!"},
    # Another answer than a colleague fixed: they decide, and it is not argued about.
    "passed_on": {
        "es": "Gracias, se lo comento al equipo.",
        "en": "Thanks, I'll mention it to the team.",
        "pt": "Valeu, vou comentar com a equipe.",
    },
    "thanks_4": {"es": "Muy bien.", "en": "Got it.", "pt": "Anotado."},
    "language": {
        "es": "Claro, seguimos en español.",
        "en": "Sure, English it is.",
        "pt": "Claro, seguimos em português.",
    },
    "skipped_1": {
        "es": "No hay problema, seguimos.",
        "en": "No problem, let's move on.",
        "pt": "Sem problema, vamos em frente.",
    },
    "skipped_2": {
        "es": "Va, lo dejamos así.",
        "en": "Okay, we'll leave that out.",
        "pt": "Tudo bem, deixamos assim.",
    },
    "skipped_3": {
        "es": "Está bien, sin problema.",
        "en": "That's fine.",
        "pt": "Tranquilo, sem problema.",
    },
    "understood": {"es": "🙂", "en": "🙂", "pt": "🙂"},
    "told_already": {
        "es": "Perdona, se me pasó.",
        "en": "Sorry, I missed it.",
        "pt": "Desculpa, passou batido por mim.",
    },
    "given_up": {
        "es": "No te preocupes, eso lo ves con el asesor.",
        "en": "No worries, you can go over that with the advisor.",
        "pt": "Não se preocupe, isso você vê com o consultor.",
    },
    "given_up_name": {
        "es": "No te preocupes, seguimos.",
        "en": "No worries, let's go on.",
        "pt": "Não se preocupe, vamos em frente.",
    },
    "later": {
        "es": "Claro, sin prisa. Cuando puedas me escribes y seguimos 🙂",
        "en": "Sure, no rush. Write to me whenever you can and we'll pick it up 🙂",
        "pt": "Claro, sem pressa. Quando puder, me escreve e a gente continua 🙂",
    },
    "not_interested": {
        "es": "Va, no hay problema. Gracias por escribirnos; si más adelante te interesa, aquí "
        "estoy.",
        "en": "No problem at all. Thanks for writing; if you change your mind, I'm here.",
        "pt": "Tudo bem, sem problema. Agradeço o contato; se mudar de ideia, é só chamar.",
    },
    "topic_again": {
        "es": "Como te decía, ese detalle te lo da el asesor en la cita.",
        "en": "Like I said, the advisor will go over that with you at the appointment.",
        "pt": "Como eu disse, esse detalhe o consultor te passa na reunião.",
    },
    "topic_person": {
        "es": "Entiendo que quieres el dato ya. Si prefieres preguntarle a una persona del "
        "equipo, escribe «asesor» y le paso tu conversación.",
        "en": "I get that you want it now. If you'd rather ask someone on the team, write “agent” "
        "and I'll pass them this chat.",
        "pt": "Entendo que você quer saber agora. Se preferir perguntar pra uma pessoa da equipe, "
        "escreva “atendente” que eu passo a conversa.",
    },
    "again": {
        "es": "Perdona, no te entendí.",
        "en": "Sorry, I didn't get that.",
        "pt": "Desculpa, não entendi.",
    },
    "options": {"es": "Ver opciones", "en": "See options", "pt": "Ver opções"},
    "unknown_question": {
        "es": "Esa respuesta no la tengo, y prefiero no inventarte nada: te la puede dar un "
        "asesor.",
        "en": "I don't have that answer and I'd rather not make one up: an advisor can tell you.",
        "pt": "Essa resposta eu não tenho e prefiro não inventar: um consultor pode te dizer.",
    },
    "why": {
        "es": "Es para que el asesor llegue preparado. Si prefieres no decirlo, escribe «saltar».",
        "en": "It's so the advisor comes prepared. If you'd rather not say, write “skip”.",
        "pt": "É pro consultor chegar preparado. Se preferir não dizer, escreva “pular”.",
    },
    "why_email": {
        "es": "Es solo para lo de tu cita, por si el asesor necesita escribirte.",
        "en": "It's only for your appointment, in case the advisor needs to write to you.",
        "pt": "É só pra sua reunião, caso o consultor precise te escrever.",
    },
    "bot_yes": {
        "es": "Sí, soy un asistente automático, no una persona. Si prefieres hablar con alguien "
        "del equipo, dímelo y le paso tu conversación.",
        "en": "Yes, I'm an automated assistant, not a person. If you'd rather talk to someone on "
        "the team, just tell me and I'll pass them this chat.",
        "pt": "Sim, sou um assistente automático, não uma pessoa. Se preferir falar com alguém da "
        "equipe, é só me dizer que eu passo a conversa.",
    },
    "bot_again": {
        "es": "Así es, un asistente automático 🤖 Si quieres hablar con una persona, nada más dime.",
        "en": "That's right, an automated assistant 🤖 If you want a person, just say so.",
        "pt": "Isso mesmo, um assistente automático 🤖 Se quiser falar com uma pessoa, é só dizer.",
    },
    "bot_who": {
        "es": "Soy {assistant}, asistente virtual de {business}.",
        "en": "I'm {assistant}, {business}'s virtual assistant.",
        "pt": "Sou {assistant}, assistente virtual de {business}.",
    },
    "welcome": {"es": "¡Con gusto!", "en": "You're welcome!", "pt": "Imagina! 😊"},
    "small_talk": {
        "es": "¡Todo bien, gracias por preguntar!",
        "en": "Doing well, thanks for asking!",
        "pt": "Tudo ótimo, que bom falar com você!",
    },
    "anything_else": {
        "es": "¿Te ayudo con algo más?",
        "en": "Anything else I can help with?",
        "pt": "Posso te ajudar com mais alguma coisa?",
    },
    "here_if_needed": {
        "es": "Aquí estoy si necesitas algo más.",
        "en": "I'm here if you need anything else.",
        "pt": "Se precisar de mais alguma coisa, é só chamar.",
    },
    "bye": {"es": "¡Hasta luego!", "en": "Talk soon!", "pt": "Até mais!"},
    "in_es": {"es": "español", "en": "Spanish", "pt": "espanhol"},
    "in_en": {"es": "inglés", "en": "English", "pt": "inglês"},
    "in_pt": {"es": "portugués", "en": "Portuguese", "pt": "português"},
    "off_topic": {
        "es": "De eso no sé mucho 🙂 Yo te ayudo con lo de {business}.",
        "en": "That's not something I know about 🙂 I'm here to help you with {business}.",
        "pt": "Disso eu não entendo muito 🙂 Eu te ajudo com o que for de {business}.",
    },
    "off_topic_again": {
        "es": "Ahí sí te quedo a deber 😅 Lo mío es {business}.",
        "en": "You've got me there 😅 I'm only good for {business}.",
        "pt": "Aí você me pegou 😅 Meu assunto aqui é {business}.",
    },
    "email_then": {
        "es": "Y para el correo, ¿cuál te apunto? Si prefieres no darlo, escribe «no».",
        "en": "And your e-mail, which one should I put down? If you'd rather not, write “no”.",
        "pt": "E o e-mail, qual eu anoto? Se preferir não passar, escreva “não”.",
    },
    "in_currency": {
        "es": "¿Y como cuánto sería en {currency}?",
        "en": "And about how much is that in {currency}?",
        "pt": "E quanto seria, mais ou menos, em {currency}?",
    },
}
