"""Sentences about times on offer and times wished."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts

SLOT_TEXTS: Mapping[str, Texts] = {
    "wish_noted": {
        "es": "Anotado, te busco lugar {when}.",
        "en": "Sure, I'll look for a time {when}.",
        "pt": "Beleza, vou procurar um horário {when}.",
    },
    "today": {"es": "hoy", "en": "today", "pt": "hoje"},
    "tomorrow": {"es": "mañana", "en": "tomorrow", "pt": "amanhã"},
    "on_day": {"es": "el {day}", "en": "on {day}", "pt": "{day}"},
    "from_day": {"es": "a partir del {day}", "en": "from {day}", "pt": "a partir de {day}"},
    "or": {"es": " o ", "en": " or ", "pt": " ou "},
    "at_hour": {"es": "a las {hour}", "en": "at {hour}", "pt": "às {hour}"},
    "after_hour": {
        "es": "a partir de las {hour}",
        "en": "from {hour}",
        "pt": "a partir das {hour}",
    },
    "before_hour": {"es": "antes de las {hour}", "en": "before {hour}", "pt": "antes das {hour}"},
    "in_morning": {"es": "por la mañana", "en": "in the morning", "pt": "de manhã"},
    "in_afternoon": {"es": "por la tarde", "en": "in the afternoon", "pt": "à tarde"},
    "slots": {
        "es": "Estas son las próximas horas libres con un asesor.",
        "en": "These are the next open times with an advisor.",
        "pt": "Estes são os próximos horários livres com um consultor.",
    },
    "slots_wish": {
        "es": "Tengo estas horas libres.",
        "en": "These times are open.",
        "pt": "Tenho estes horários livres.",
    },
    "slots_move": {
        "es": "Claro, la cambiamos. Tengo estas horas libres.",
        "en": "Sure, let's move it. These times are open.",
        "pt": "Claro, a gente muda. Tenho estes horários livres.",
    },
    "slots_not_day": {
        "es": "Para {day} no tengo lugar, pero sí en estas horas.",
        "en": "Nothing is open {day}, but these times are.",
        "pt": "Pra {day} não tenho horário, mas tenho estes.",
    },
    "slots_not_dates": {
        "es": "Para esas fechas todavía no tengo lugar, pero sí en estas horas.",
        "en": "Nothing is open that far ahead yet, but these times are.",
        "pt": "Pra essas datas ainda não tenho horário, mas tenho estes.",
    },
    "slots_cannot": {
        "es": "No te preocupes, la podemos cambiar. Tengo estas horas libres; si prefieres "
        "cancelarla, dímelo.",
        "en": "No worries, we can move it. These times are open; if you'd rather cancel, just "
        "tell me.",
        "pt": "Não se preocupe, dá pra mudar. Tenho estes horários livres; se preferir cancelar, "
        "me avisa.",
    },
    "slots_not_then": {
        "es": "En ese horario no tengo lugar, pero sí en estas horas.",
        "en": "Nothing is open at that time of day, but these times are.",
        "pt": "Nesse período não tenho horário, mas tenho estes.",
    },
    "slots_not_hour": {
        "es": "A esa hora ya no hay lugar, pero sí en estas.",
        "en": "That time isn't open, but these are.",
        "pt": "Nesse horário já não tem vaga, mas nestes sim.",
    },
    "slots_later": {
        "es": "Va, te muestro las que siguen.",
        "en": "Okay, here are the ones after that.",
        "pt": "Certo, te mostro os seguintes.",
    },
    "slots_not_booked": {
        "es": "Todavía no queda agendada ninguna hora. ¿Cuál te acomoda?",
        "en": "No time is booked yet. Which one works for you?",
        "pt": "Ainda não tem nenhum horário marcado. Qual fica bom pra você?",
    },
    "slots_expired": {
        "es": "Esas horas ya no están disponibles. Estas sí:",
        "en": "Those times are no longer on offer. These are:",
        "pt": "Esses horários não estão mais disponíveis. Estes sim:",
    },
    "slots_which": {
        "es": "¿Cuál de estas horas te queda mejor?",
        "en": "Which of these times works best?",
        "pt": "Qual destes horários fica melhor pra você?",
    },
    "slots_zone": {
        "es": "Elige la que te acomode o dime otro día ({zone}).",
        "en": "Pick one, or tell me another day ({zone}).",
        "pt": "Escolha o que for melhor ou me diga outro dia ({zone}).",
    },
    "slots_zone_guess": {
        "es": "Elige la que te acomode o dime otro día. Van en {zone}; si estás en otra ciudad, "
        "dime en cuál y las ajusto.",
        "en": "Pick one, or tell me another day. They're in {zone}; if you're somewhere else, "
        "tell me the city and I'll adjust them.",
        "pt": "Escolha o que for melhor ou me diga outro dia. Estão no {zone}; se você está em "
        "outra cidade, me diga qual e eu ajusto.",
    },
    "slots_button": {"es": "Ver horas", "en": "See times", "pt": "Ver horários"},
    "which_day": {
        "es": "¿Qué día te queda mejor? Puede ser, por ejemplo, «el jueves por la tarde».",
        "en": "What day works better? For example, “Thursday afternoon”.",
        "pt": "Que dia fica melhor pra você? Pode ser, por exemplo, “quinta à tarde”.",
    },
    "taken": {
        "es": "Uy, justo acaban de ocupar esa hora, disculpa.",
        "en": "Sorry, somebody just took that time.",
        "pt": "Poxa, acabaram de pegar esse horário, desculpa.",
    },
    "taken_offer": {
        "es": "Todavía están libres estas.",
        "en": "These are still open.",
        "pt": "Estes ainda estão livres.",
    },
}
