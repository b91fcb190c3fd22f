"""Sentences about what is no text: voice notes, photos, files, calls."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts

FILE_TEXTS: Mapping[str, Texts] = {
    "audio": {
        "es": "Perdón, todavía no puedo escuchar audios. Si puedes, escríbemelo; si no, lo "
        "escucha una persona del equipo.",
        "en": "Sorry, I can't listen to voice notes yet. Type it for me if you can; if not, "
        "someone on the team will listen to it.",
        "pt": "Desculpa, ainda não consigo ouvir áudios. Se puder, me escreve; se não, uma pessoa "
        "da equipe ouve.",
    },
    "audio_beside": {
        "es": "Tu audio todavía no lo puedo escuchar; lo escucha una persona del equipo.",
        "en": "I can't listen to your voice note yet; someone on the team will.",
        "pt": "Seu áudio eu ainda não consigo ouvir; uma pessoa da equipe vai ouvir.",
    },
    "audio_person": {
        "es": "Como no puedo escuchar audios, le paso la conversación a una persona del equipo: "
        "los escucha y te escribe por aquí en cuanto pueda.",
        "en": "Since I can't listen to voice notes, I'm passing the chat to someone on the team: "
        "they'll listen and write to you here as soon as they can.",
        "pt": "Como não consigo ouvir áudios, vou passar a conversa pra uma pessoa da equipe: ela "
        "ouve e te escreve por aqui assim que puder.",
    },
    "audio_too": {
        "es": "Este también lo escucha el equipo 🙂",
        "en": "The team will listen to that one too 🙂",
        "pt": "Esse a equipe também ouve 🙂",
    },
    "image": {
        "es": "¡Gracias por la foto! Yo no puedo verla, pero el equipo sí.",
        "en": "Thanks for the photo! I can't see it, but the team can.",
        "pt": "Valeu pela foto! Eu não consigo ver, mas a equipe sim.",
    },
    "video": {
        "es": "¡Gracias por el video! Yo no puedo verlo, pero el equipo sí.",
        "en": "Thanks for the video! I can't watch it, but the team can.",
        "pt": "Valeu pelo vídeo! Eu não consigo ver, mas a equipe sim.",
    },
    "document": {
        "es": "¡Gracias por el archivo! Yo no puedo abrirlo, pero el equipo sí.",
        "en": "Thanks for the file! I can't open it, but the team can.",
        "pt": "Valeu pelo arquivo! Eu não consigo abrir, mas a equipe sim.",
    },
    "location": {
        "es": "¡Gracias por la ubicación! Yo no puedo abrirla, pero el equipo sí.",
        "en": "Thanks for the location! I can't open it, but the team can.",
        "pt": "Valeu pela localização! Eu não consigo abrir, mas a equipe sim.",
    },
    "contacts": {
        "es": "¡Gracias por el contacto! El equipo ya lo puede ver.",
        "en": "Thanks for the contact! The team can see it now.",
        "pt": "Valeu pelo contato! A equipe já consegue ver.",
    },
    "own_number": {
        "es": "¡Gracias por tu número!",
        "en": "Thanks for your number!",
        "pt": "Valeu pelo seu número!",
    },
    "no_marketing": {
        "es": "Listo, ya no te mandamos promociones.",
        "en": "Done: no more promotions from us.",
        "pt": "Pronto, não mandamos mais promoções.",
    },
    "order": {
        "es": "¡Gracias por tu pedido! El equipo ya lo puede ver.",
        "en": "Thanks for your order! The team can see it now.",
        "pt": "Valeu pelo pedido! A equipe já consegue ver.",
    },
    "flow_reply": {
        "es": "¡Gracias por llenar el formulario! El equipo ya tiene tus respuestas.",
        "en": "Thanks for filling in the form! The team has your answers.",
        "pt": "Valeu por preencher o formulário! A equipe já tem suas respostas.",
    },
    "call": {
        "es": "Vi tu llamada, pero por aquí no puedo contestar llamadas, solo mensajes.",
        "en": "I saw your call, but I can't take calls here, only messages.",
        "pt": "Vi sua ligação, mas por aqui não consigo atender ligações, só mensagens.",
    },
    "several": {
        "es": "¡Gracias por todo lo que mandaste! Yo no puedo abrirlo, pero el equipo sí.",
        "en": "Thanks for everything you sent! I can't open it, but the team can.",
        "pt": "Valeu por tudo que você mandou! Eu não consigo abrir, mas a equipe sim.",
    },
    "received": {"es": "¡Recibido! 👍", "en": "Got it! 👍", "pt": "Recebido! 👍"},
    "unsupported": {
        "es": "Ese tipo de mensaje no lo puedo leer; escríbemelo, por favor.",
        "en": "I can't read that kind of message; please type it for me.",
        "pt": "Esse tipo de mensagem eu não consigo ler; me escreve, por favor.",
    },
    "unsupported_beside": {
        "es": "Uno de tus mensajes no lo pude leer; si era importante, escríbemelo.",
        "en": "I couldn't read one of your messages; if it matters, please type it.",
        "pt": "Uma das suas mensagens eu não consegui ler; se for importante, me escreve.",
    },
}
