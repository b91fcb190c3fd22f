"""The message templates that Meta approved for the simulated business, and two that it did not."""

from __future__ import annotations

from typing import Any

from integrations.simulator.business import VERIFIED_NAME


def _template(
    name: str,
    language: str,
    body: str,
    samples: tuple[str, ...] | dict[str, str] = (),
    **fields: Any,
) -> dict[str, Any]:
    words: dict[str, Any] = {"type": "BODY", "text": body}
    if isinstance(samples, dict):
        named = [{"param_name": each, "example": text} for each, text in samples.items()]
        words["example"] = {"body_text_named_params": named}
    elif samples:
        words["example"] = {"body_text": [list(samples)]}
    header, footer, buttons = (fields.pop(part, None) for part in ("header", "footer", "buttons"))
    parts = [
        {"type": "HEADER", "format": "TEXT", "text": header} if header else None,
        words,
        {"type": "FOOTER", "text": footer} if footer else None,
        {"type": "BUTTONS", "buttons": buttons} if buttons else None,
    ]
    return {
        "name": name,
        "language": language,
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "NAMED" if isinstance(samples, dict) else "POSITIONAL",
        "components": [part for part in parts if part],
        "quality_score": {"score": "GREEN"},
        "rejected_reason": "NONE",
        **fields,
    }


def _replies(*texts: str) -> list[dict[str, str]]:
    return [{"type": "QUICK_REPLY", "text": text} for text in texts]


_DEMO = [
    _template(
        "recordatorio",
        "es_MX",
        "Hola, ¿seguimos con tu consulta? Contesta este mensaje y te atendemos.",
    ),
    _template(
        "recordatorio_cita",
        "es_MX",
        "Hola {{1}}, te recordamos tu cita el {{2}} a las {{3}}. ¿Nos confirmas?",
        ("Ana", "jueves 26", "10:30"),
        header="Recordatorio de tu cita",
        footer=VERIFIED_NAME,
        buttons=_replies("Confirmar", "Cambiar la hora"),
    ),
    _template(
        "recordatorio_cita",
        "en_US",
        "Hi {{1}}, this is a reminder of your appointment on {{2}} at {{3}}. Can you make it?",
        ("Ana", "Thursday 26", "10:30"),
        header="Your appointment",
        footer=VERIFIED_NAME,
        buttons=_replies("Confirm", "Change the time"),
    ),
    _template(
        "seguimiento",
        "es_MX",
        "Hola {{nombre}}, soy {{asesor}}. ¿Pudiste revisar lo que vimos sobre {{tema}}?",
        {"nombre": "Ana", "asesor": "Luis", "tema": "los paneles solares"},
    ),
    _template(
        "seguimiento",
        "en_US",
        "Hi {{name}}, this is {{adviser}}. Did you have a chance to look at {{topic}}?",
        {"name": "Ana", "adviser": "Luis", "topic": "the solar panels"},
    ),
    _template(
        "promocion_temporada",
        "es_MX",
        "Hola {{1}}, este mes la instalación va por nuestra cuenta. La oferta termina el {{2}}.",
        ("Ana", "30 de noviembre"),
        category="MARKETING",
        footer="Si no quieres promociones, toca «No recibir promociones».",
        buttons=[
            {
                "type": "URL",
                "text": "Ver la oferta",
                "url": "https://example.com/oferta/{{1}}",
                "example": ["https://example.com/oferta/a1b2"],
            },
            *_replies("No recibir promociones"),
        ],
    ),
    _template(
        "oferta_relampago",
        "es_MX",
        "Hola {{1}}, solo hoy: 20 % menos en tu instalación.",
        ("Ana",),
        category="MARKETING",
        status="PAUSED",
        quality_score={"score": "RED"},
    ),
    _template(
        "encuesta",
        "es_MX",
        "Hola {{1}}, ¿cómo te atendimos del 1 al 5?",
        ("Ana",),
        status="REJECTED",
        quality_score={"score": "UNKNOWN"},
        rejected_reason="TAG_CONTENT_MISMATCH",
    ),
]
DEMO = [{"id": str(880_000_000_000_001 + place), **row} for place, row in enumerate(_DEMO)]
