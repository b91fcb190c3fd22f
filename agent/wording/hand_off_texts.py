"""Sentences for when people take over, and for when no meeting is offered."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts

HAND_OFF_TEXTS: Mapping[str, Texts] = {
    "hand_off_unknown": {
        "es": "Eso tampoco lo sé y prefiero que te lo contesten bien. Le paso la conversación a "
        "una persona del equipo; te escribe por aquí en cuanto pueda.",
        "en": "I don't know that one either and I'd rather you got a good answer. I'm passing the "
        "chat to someone on the team; they'll write to you here as soon as they can.",
        "pt": "Essa eu também não sei e prefiro que te respondam direito. Vou passar a conversa "
        "pra uma pessoa da equipe; ela te escreve por aqui assim que puder.",
    },
    "hand_off_asked": {
        "es": "Claro que sí. Le paso esta conversación a una persona del equipo; te contesta por "
        "aquí en cuanto pueda.",
        "en": "Of course. I'm passing this chat to someone on the team; they'll answer you here "
        "as soon as they can.",
        "pt": "Claro! Vou passar esta conversa pra uma pessoa da equipe; ela te responde por aqui "
        "assim que puder.",
    },
    "hand_off_frustrated": {
        "es": "Lamento la molestia. Es mejor que te atienda una persona: le paso la conversación "
        "al equipo y te contestan por aquí en cuanto puedan.",
        "en": "I'm sorry about this. It's better that a person helps you: I'm passing the chat to "
        "the team and they'll answer here as soon as they can.",
        "pt": "Sinto muito pelo incômodo. É melhor uma pessoa te atender: vou passar a conversa "
        "pra equipe e eles te respondem por aqui assim que puderem.",
    },
    "hand_off_stuck": {
        "es": "Perdona, no te estoy entendiendo y no quiero hacerte perder el tiempo. Le paso la "
        "conversación a una persona del equipo; te contesta por aquí en cuanto pueda.",
        "en": "Sorry, I'm not understanding you and I don't want to waste your time. I'm passing "
        "the chat to someone on the team; they'll answer here as soon as they can.",
        "pt": "Desculpa, não estou te entendendo e não quero te fazer perder tempo. Vou passar a "
        "conversa pra uma pessoa da equipe; ela te responde por aqui assim que puder.",
    },
    "hand_off_policy": {
        "es": "Eso lo tiene que ver una persona del equipo. Le paso la conversación; te contesta "
        "por aquí en cuanto pueda.",
        "en": "Someone on the team needs to look at that. I'm passing them the chat; they'll "
        "answer here as soon as they can.",
        "pt": "Isso precisa ser visto por uma pessoa da equipe. Vou passar a conversa; ela te "
        "responde por aqui assim que puder.",
    },
    "hand_off_provider_down": {
        "es": "En este momento no puedo usar la agenda y no quiero ofrecerte una hora que no "
        "exista. Le paso la conversación al equipo; te escriben por aquí en cuanto puedan.",
        "en": "I can't use the calendar right now and I don't want to offer you a time that isn't "
        "real. I'm passing the chat to the team; they'll write here as soon as they can.",
        "pt": "Agora não consigo usar a agenda e não quero te oferecer um horário que não existe. "
        "Vou passar a conversa pra equipe; eles te escrevem por aqui assim que puderem.",
    },
    "hand_off_off_topic": {
        "es": "Creo que esto ya se sale de lo que yo puedo resolver por aquí. Le paso la "
        "conversación a una persona del equipo; te contesta por aquí en cuanto pueda.",
        "en": "I think this is beyond what I can help with here. I'm passing the chat to someone "
        "on the team; they'll answer here as soon as they can.",
        "pt": "Acho que isso já foge do que eu consigo resolver por aqui. Vou passar a conversa "
        "pra uma pessoa da equipe; ela te responde por aqui assim que puder.",
    },
    "hand_off_finished": {
        "es": "Gracias, con esto ya tengo lo que necesitamos. Le paso tus datos a una persona del "
        "equipo; te escribe por aquí en cuanto pueda.",
        "en": "Thanks, that's all we need. I'm passing your details to someone on the team; "
        "they'll write to you here as soon as they can.",
        "pt": "Perfeito, já tenho tudo o que a gente precisa. Vou passar seus dados pra uma "
        "pessoa da equipe; ela te escreve por aqui assim que puder.",
    },
    "no_slots": {
        "es": "Ahora mismo no veo horas libres en la agenda. Le paso tu conversación al equipo "
        "para que te busquen un lugar; te escriben por aquí.",
        "en": "I don't see any open times right now. I'm passing this chat to the team so they "
        "can find you one; they'll write to you here.",
        "pt": "Agora não estou vendo horários livres na agenda. Vou passar sua conversa pra "
        "equipe procurar um; eles te escrevem por aqui.",
    },
    "open_again": {
        "es": "Ahora no hay nadie en la oficina; vuelven {when}.",
        "en": "Nobody is in the office right now; they're back {when}.",
        "pt": "Agora não tem ninguém no escritório; voltam {when}.",
    },
    "disqualified": {
        "es": "Gracias por contarme. Por ahora no es algo que podamos atender, y prefiero "
        "decírtelo de una vez. Si tienes otra duda, aquí estoy.",
        "en": "Thanks for telling me. That's not something we can take on right now, and I'd "
        "rather say so up front. If you have any other question, I'm here.",
        "pt": "Valeu por me contar. Por enquanto não é algo que a gente consiga atender, e "
        "prefiro te dizer logo. Se tiver outra dúvida, estou por aqui.",
    },
    "no_bookings": {
        "es": "Por aquí no agendo citas, pero una persona del equipo se pone de acuerdo contigo.",
        "en": "I don't book appointments here, but someone on the team will arrange it with you.",
        "pt": "Por aqui eu não marco reunião, mas uma pessoa da equipe combina com você.",
    },
    "no_meeting_yet": {
        "es": "Gracias, con esto ya quedó registrado lo que necesitas. Si quieres hablar con una "
        "persona del equipo, escribe «asesor».",
        "en": "Thanks, what you need is on record now. If you'd like to talk to someone on the "
        "team, just write “agent”.",
        "pt": "Perfeito, já deixei anotado o que você precisa. Se quiser falar com uma pessoa da "
        "equipe, escreva “atendente”.",
    },
}
