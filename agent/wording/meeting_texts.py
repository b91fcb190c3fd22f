"""Sentences about meetings: booked, moved, cancelled."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts

MEETING_TEXTS: Mapping[str, Texts] = {
    "no_meeting_wanted": {
        "es": "Va, sin cita. Si más adelante quieres platicarlo con un asesor, escríbeme y te "
        "busco lugar.",
        "en": "Sure, no appointment then. If you'd like to talk to an advisor later, write to me "
        "and I'll find you a time.",
        "pt": "Tudo bem, sem reunião. Se mais pra frente quiser conversar com um consultor, me "
        "escreve que eu busco um horário.",
    },
    "first_questions": {
        "es": "Con gusto te agendo. Antes, unas preguntas rápidas.",
        "en": "Happy to set that up. A few quick questions first.",
        "pt": "Claro, já marco pra você. Antes, umas perguntas rápidas.",
    },
    "confirmed": {
        "es": "¡Listo{name}! Tu cita quedó confirmada:",
        "en": "All set{name}! Your appointment is confirmed:",
        "pt": "Pronto{name}! Sua reunião está confirmada:",
    },
    "moved": {
        "es": "¡Listo{name}! Tu cita quedó cambiada:",
        "en": "All set{name}! Your appointment was moved:",
        "pt": "Pronto{name}! Sua reunião foi remarcada:",
    },
    "pending": {
        "es": "Te aparté esta hora{name}, pero todavía no está confirmada:",
        "en": "I'm holding this time for you{name}, but it isn't confirmed yet:",
        "pt": "Reservei este horário pra você{name}, mas ainda não está confirmado:",
    },
    "pending_note": {
        "es": "Estoy esperando la respuesta de la agenda y te escribo por aquí cuando la tenga.",
        "en": "I'm waiting for the calendar to answer and I'll write to you here when it does.",
        "pt": "Estou esperando a resposta da agenda e te escrevo por aqui quando tiver.",
    },
    "change_note": {
        "es": "Si la quieres cambiar o cancelar, escríbeme por aquí.",
        "en": "To change or cancel it, just write to me here.",
        "pt": "Se quiser mudar ou cancelar, é só me escrever por aqui.",
    },
    "reminder": {
        "es": "¡Hola{name}! Te recuerdo tu cita:",
        "en": "Hi{name}! A reminder of your appointment:",
        "pt": "Oi{name}! Passando para lembrar da sua reunião:",
    },
    "host_moved": {
        "es": "¡Hola{name}! Tuvimos que cambiar tu cita. Ahora es:",
        "en": "Hi{name}! We had to move your appointment. It's now:",
        "pt": "Oi{name}! Precisamos mudar a sua reunião. Agora é:",
    },
    "host_moved_note": {
        "es": "Disculpa el cambio. Si no te acomoda, escríbeme y buscamos otra hora.",
        "en": "Sorry about the change. If it doesn't work for you, write to me and we'll find "
        "another time.",
        "pt": "Desculpa a mudança. Se não der pra você, me escreve que a gente busca outro "
        "horário.",
    },
    "host_cancelled": {
        "es": "¡Hola{name}! Una disculpa: tuvimos que cancelar tu cita del {when}.",
        "en": "Hi{name}, I'm sorry: we had to cancel your appointment on {when}.",
        "pt": "Oi{name}! Desculpa: tivemos que cancelar a sua reunião de {when}.",
    },
    "host_cancelled_note": {
        "es": "Si quieres otra hora, escríbeme y la buscamos.",
        "en": "If you'd like another time, just write to me.",
        "pt": "Se quiser outro horário, me escreve que a gente busca.",
    },
    "host_cancelled_slots": {
        "es": "Te propongo estas horas.",
        "en": "Here are some other times.",
        "pt": "Tenho estes outros horários.",
    },
    "host_cancelled_person": {
        "es": "Un asesor te escribe por aquí para buscar otra hora.",
        "en": "An advisor will write to you here to find another time.",
        "pt": "Um consultor te escreve por aqui para buscar outro horário.",
    },
    "your_meeting": {"es": "Tu cita es:", "en": "Your appointment is:", "pt": "Sua reunião é:"},
    "your_hold": {
        "es": "Tu cita todavía está por confirmarse:",
        "en": "Your appointment isn't confirmed yet:",
        "pt": "Sua reunião ainda está por confirmar:",
    },
    "meeting_host": {"es": "👤 Con {host}", "en": "👤 With {host}", "pt": "👤 Com {host}"},
    "meeting_link": {
        "es": "🔗 Es por videollamada: {url}",
        "en": "🔗 It's a video call: {url}",
        "pt": "🔗 É por videochamada: {url}",
    },
    "meeting_file": {
        "es": "📲 Agrégala a tu calendario: {url}",
        "en": "📲 Add it to your calendar: {url}",
        "pt": "📲 Adicione à sua agenda: {url}",
    },
    "meeting_note": {"es": "💬 {note}", "en": "💬 {note}", "pt": "💬 {note}"},
    "no_meeting": {
        "es": "No tienes ninguna cita agendada.",
        "en": "You don't have an appointment booked.",
        "pt": "Você não tem nenhuma reunião marcada.",
    },
    "confirm_cancel": {
        "es": "¿Cancelo tu cita del {when}?",
        "en": "Should I cancel your appointment on {when}?",
        "pt": "Cancelo sua reunião de {when}?",
    },
    "cancel_yes": {"es": "Sí, cancelar", "en": "Yes, cancel it", "pt": "Sim, cancelar"},
    "cancel_no": {"es": "No, la conservo", "en": "No, keep it", "pt": "Não, manter"},
    "confirm_book": {
        "es": "Sí, el {when} está libre. ¿Te la agendo?",
        "en": "Yes, {when} is open. Should I book it for you?",
        "pt": "Sim, {when} está livre. Marco pra você?",
    },
    "book_yes": {"es": "Sí, agéndala", "en": "Yes, book it", "pt": "Sim, pode marcar"},
    "book_no": {"es": "Ver otras horas", "en": "See other times", "pt": "Ver outros horários"},
    "confirm_move": {
        "es": "Ya tienes cita el {old}. ¿La cambio al {new}?",
        "en": "You already have an appointment on {old}. Should I move it to {new}?",
        "pt": "Sua reunião é {old}. Mudo para {new}?",
    },
    "move_yes": {"es": "Sí, cambiarla", "en": "Yes, move it", "pt": "Sim, mudar"},
    "move_no": {"es": "No, déjala igual", "en": "No, leave it", "pt": "Não, deixa assim"},
    "cancelled": {
        "es": "Listo, tu cita quedó cancelada. Si más adelante quieres otra, escríbeme y la "
        "buscamos.",
        "en": "Done, your appointment is cancelled. If you'd like another one later, just write "
        "to me.",
        "pt": "Pronto, sua reunião foi cancelada. Se mais pra frente quiser outra, me escreve que "
        "a gente marca.",
    },
    "kept": {
        "es": "Perfecto, no cambié nada.",
        "en": "Okay, I didn't change anything.",
        "pt": "Perfeito, não mudei nada.",
    },
}
