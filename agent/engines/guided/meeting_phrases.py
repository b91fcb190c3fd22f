"""How leads speak of appointments and times: patterns by intent, for folded text."""

from __future__ import annotations

from collections.abc import Mapping

from agent.engines.guided.phrases import MEETING

_MOVE = (
    r"(?:cambi\w+|mover(?:la|lo)?|mueve\w*|reagend\w+|reprogram\w+|recorr\w+|pospon\w+|adelantar"
    r"|aplaz\w+|move|reschedul\w+|change|postpone|push)"
)

MEETING_PHRASES: Mapping[str, tuple[str, ...]] = {
    "cancel": (
        rf"\b(?:cancel\w*|anul\w+)\b(?:.{{0,25}}\b{MEETING}\b)?",
        r"\bya no (?:voy a )?(?:quer\w+|quiero|necesit\w+|ocup\w+|tomar) (?:la|mi|esa|una) "
        rf"{MEETING}\b|\b(?:borra|quita|elimina)\w* (?:la|mi) {MEETING}\b",
    ),
    "cannot": (
        r"\bno (?:voy a poder|podre|alcanzo|puedo (?:ir|asistir|tomarla|conectarme|ese dia|a esa hora))\b"
        r"|\bme surgio\b|\bse me (?:complico|atraveso|cruzo|junto)\b",
        r"\bcan'?t make it\b|\bwon'?t be able to (?:make|attend|come)\b|\bsomething came up\b",
    ),
    # Around a meeting, what only a person can put right.
    "needs_staff": (
        r"\bvoy (?:a llegar )?(?:\w+ ){0,3}tarde\b|\bllego (?:\w+ ){0,3}tarde\b|\brunning (?:\w+ )?late\b",
        r"\b(?:no (?:hay|llega|entra|contesta|aparece)|no se conecta) nadie\b"
        r"|\bnadie (?:contesta|llega|llego|entra|entro|aparece|se conect\w+|me (?:marco|llamo|hablo))\b",
        r"\bno me (?:han )?(?:marc|llam|habl)(?:aron|ado)\b"
        r"|\bno (?:me )?(?:sirve|abre|funciona|jala|llego|ha llegado) (?:el|la) (?:link|liga|enlace|correo)\b",
        r"\b(?:nobody|no one) (?:is here|joined|called|showed up|came)\b"
        r"|\blink (?:doesn'?t|does not|isn'?t|won'?t) (?:work|open)",
        r"\b(?:otra|una segunda|another|a second) (?:cita|appointment|meeting|call) (?:para|for) (?:mi|un|una|el|la|my|a)\b",
    ),
    "no_meeting": (
        r"\bno (?:quiero|necesito|ocupo|deseo|me interesa) (?:una |la |ninguna |tener |agendar )*"
        r"(?:cita|reunion|videollamada|llamada|junta)s?\b",
        r"\b(?:don'?t|do not) (?:want|need) (?:a |an |any |to have |to book )*"
        r"(?:call|meeting|appointment)s?\b",
    ),
    "move": (
        rf"\b{_MOVE}\b.{{0,30}}\b{MEETING}\b",
        rf"^\W*(?:(?:quiero|quisiera|puedo|i want to|can i|i need to) )?{_MOVE}\W*$",
        rf"\b(?:la|lo|it) (?:\w+ ){{0,2}}{_MOVE}\b|\b(?:pued\w+|podemos|podria\w*|quiero|quisiera"
        rf"|necesito|can we|can i|could we) {_MOVE}(?:la|lo)?\b(?! (?:de |mi |el |my |the )?(?:e-?mail|name|opinion|idea|tema|correo|nombre))",
        r"\b(?:cambi[ae]l[ao]|mueve?l[ao]|muevel[ao]|pasal[ao] (?:al?|para))\b",
        r"\b(?:reagend\w+|reprogram\w+|reschedul\w+|cambiarla|moverla)\b",
        r"\b(?:otro dia|otra hora|mas tarde|mas temprano|another (?:day|time)|different (?:day|time))\b"
        r".{0,20}\b(?:cita|appointment|meeting|call)\b",
    ),
    "details": (
        r"\b(?:a que hora|que dia|cuando|a que horas)\b.{0,20}\b(?:era|es|quedo|quedamos|tengo|cita)\b",
        r"\b(?:con quien|quien)\b.{0,15}\b(?:hablar|hablo|cita|atender|atiende|llamada)\b"
        r"|\bwho (?:will|am|is|do)\b.{0,15}\b(?:talk|talking|meet|meeting|call|calling)\b",
        r"\b(?:como|por donde) (?:me|nos) (?:conect\w+|un\w+|enlaz\w+)\b|\bhow do i (?:join|connect)\b",
        r"\bya quedo\b|\besta confirmad[ao]\b|\bsigue en pie\b|\bis it confirmed\b|\bare we set\b",
        r"\b(?:datos|detalles|link|liga|enlace)\b.{0,20}\b(?:cita|llamada|reunion|videollamada)?\b",
        r"\b(?:what|which) (?:time|day)\b.{0,25}\b(?:was|is|my|our|the|again)\b"
        r"|\bwhen (?:is|was)\b.{0,20}\b(?:appointment|meeting|call|it)\b",
        r"\b(?:my|the) (?:appointment|meeting) (?:details|link|time)\b",
    ),
    "meet": (
        r"\bque (?:dias?|horas?|horarios?) (?:tiene\w*|hay|cree\w*|pued\w+|seria|estan?)\b|\bcuando (?:puede[ns]?|tiene[ns]?)\b"
        r"|\bwhat (?:times?|days?) (?:do|are|would|works)\b|\bwhen (?:are you free|can (?:we|you)|could we)\b",
        r"\b(?:agend\w+|reserv\w+|apart\w+ (?:una? )?(?:cita|hora|lugar)|sacar (?:una )?cita)\b",
        r"\b(?:cita|reunion|videollamada|me (?:pueden|puede|podrian|podria) (?:llamar|marcar)"
        r"|llam[ae]me|marqu?[ae]n?me)\b",
        r"\b(?:appointment|schedule|book|set up (?:a )?(?:call|meeting)|call me|have a (?:call|meeting))\b",
    ),
    "none_fits": (
        r"\bpuede ser otr[oa]\b|\botro(?: dia)? mejor\b",
        r"\bningun[oa]\b|\bno (?:me )?(?:puedo|queda|acomoda|sirve|convence)\w*\b|\botr[oa]s? "
        r"(?:dia|hora|fecha|horario|opcion)(?:e?s)?\b|\bmas (?:opciones|horarios)\b",
        r"\b(?:hay|algo|tienes?|tienen|se puede|se podra|se podria|puede ser|podria ser|any(?:thing|time)?|something|do it|can we|is there)"
        r"\b.{0,15}\b(?:mas tarde|mas temprano|later|earlier)\b",
        r"\bnone\b|\bno(?:ne)? of (?:them|those)\b|\b(?:other|another|different|more) "
        r"(?:days?|times?|options?|dates?)\b|\b(?:don'?t|doesn'?t) work\b",
    ),
    "any_fits": (
        r"\bcuando (?:puedas|quieras|gustes|sea|se pueda)\b|\bcualquier(?:a)?\b|\b(?:el|la|lo) primer[oa] que (?:teng\w+|hay\w*|sea|salga|se pueda|veas?)\b|\bla que (?:sea|gustes|quieras)\b|\bme da igual\b|\b(?:tu|usted) (?:dime|diga|elige|escoge|decide)\b|\bel que sea\b"
        r"|\bla mas (?:pronto|cercana|proxima)\b|\blo mas pronto\b|\bque tengas? (?:mas )?(?:pronto|libre|disponible|cerca)\b",
        r"\bany(?: of (?:them|those))?(?: time)?(?: works| is fine)\b|\bwhichever\b|\bany of them\b"
        r"|\byou (?:choose|pick)\b|\bearliest\b|\bsoonest\b",
    ),
}
