"""What a lead wants from the conversation itself, found by phrases in folded text."""

from __future__ import annotations

import re
from enum import StrEnum


class Intent(StrEnum):
    """Something other than an answer."""

    HUMAN = "human"
    INSULT = "insult"
    REPEAT = "repeat"
    TOLD = "told"
    SKIP = "skip"
    CORRECT = "correct"
    CANCEL = "cancel"
    MOVE = "move"
    DETAILS = "details"
    INFO = "info"
    MEET = "meet"
    NONE_FITS = "none_fits"
    ANY_FITS = "any_fits"
    BOT = "bot"
    SMALL_TALK = "small_talk"
    HELLO = "hello"
    THANKS = "thanks"
    BYE = "bye"
    YES = "yes"
    NO = "no"
    QUESTION = "question"
    EMOJI = "emoji"
    NO_EMAIL = "no_email"
    LANGUAGE = "language"
    WHY = "why"
    LATER = "later"
    NOT_INTERESTED = "not_interested"
    NO_MEETING = "no_meeting"
    CANNOT = "cannot"
    NO_QUESTIONS = "no_questions"
    NEEDS_STAFF = "needs_staff"


_PERSON = (
    r"(?:persona(?: real)?|humano|asesora?|agente|ejecutiv[oa]|vendedora?|representante|encargad[oa]"
    r"|operadora?|human|person|agent|representative|rep|advisor|operator|salesperson|manager"
    r"|real people|pessoa|atendente)"
)
_TALK = (
    r"(?:hablar|habla|hable|platicar|comuni\w+|contact\w*|atiend\w+|atender|transf\w+|pas[ae]me"
    r"|pasarme|pas(?:ar?|e|en) (?:a|con)|falar|talk|speak|chat|connect|transfer|put me|escalate)"
)
_WANT = (
    r"(?:quiero|quisiera|necesito|prefiero|me urge|dame|want|need|prefer|quero|get me|give me|like)"
)
_MEETING = (
    r"(?:cita|citas|reunion|junta|videollamada|llamada|hora|horario|visita|appointment|meeting"
    r"|booking|call|it|slot|time)"
)
_MOVE = (
    r"(?:cambi\w+|mover(?:la|lo)?|mueve\w*|reagend\w+|reprogram\w+|recorr\w+|pospon\w+|adelantar"
    r"|aplaz\w+|move|reschedul\w+|change|postpone|push)"
)

PATTERNS: dict[Intent, tuple[str, ...]] = {
    Intent.HUMAN: (
        rf"\b{_TALK}\b.{{0,40}}\b(?:{_PERSON}|alguien|someone|somebody)\b",
        rf"\b{_WANT}\b(?! (?:una? )?(?:{_MEETING})\b).{{0,25}}\b{_PERSON}\b",
        r"\b(?:me (?:puede|pueden|podria|podrian) (?:atender|llamar|marcar))\b.{0,20}\b(?:alguien|persona)\b",
        r"\bque me (?:llamen|hablen|marquen)\b|\b(?:llam|habl|marc|marqu)\w+ por telefono\b"
        r"|\b(?:can|could) (?:someone|somebody|anyone) (?:please )?(?:call|phone)\b",
        rf"^\W*(?:(?:una?|an?|con|por favor|please|mejor|hola|hi|the|real) ){{0,3}}{_PERSON}"
        r"(?: real| de verdad| por favor| please| porfa| pls| humana?)*\W*$",
    ),
    Intent.INSULT: (
        r"\b(?:idiotas?|estupid[oa]s?|pendej[oa]s?|imbecil(?:es)?|inutil(?:es)?|mierda|chinga\w*"
        r"|putos?|putas?|cabron(?:es)?|pinche (?:bot|robot|maquina)|vete al|vayanse)\b",
        r"\b(?:fuck\w*|bullshit|asshole|stupid|idiots?|moron|useless|piece of crap|screw you)\b",
        r"\b(?:no (?:me )?entiendes nada|no (?:me )?entiendes?|que desesperante|estoy hart[oa]"
        r"|ya me (?:canse|harte)|(?:es|son|esto es) (?:una )?(?:porqueria|basura|asco|burla)"
        r"|que (?:porqueria|basura|asco)|(?:esto|eso) no sirve|perdida de tiempo|perdiendo el tiempo|no sirves?|pesimo servicio)\b",
        r"\b(?:you don'?t understand|you're not listening|this is ridiculous|so frustrating"
        r"|fed up|sick of this|waste of time|terrible service|this sucks|garbage|piece of junk)\b",
    ),
    Intent.REPEAT: (
        r"^\W*(?:que|como|mande|perdon|eh|what|sorry|huh|pardon|come again)\W*\?\W*$",
        r"^\W*(?:mande|que|huh|\?+)\W*$|^\W*\?+\W*$",
        r"\bno (?:te )?(?:entendi|entiendo(?! nada)|comprendo|te entiendo)\b|\bno me quedo claro\b",
        r"\b(?:puedes|podrias) repetir\b|\brepite\w*\b|\bque (?:dijiste|me preguntaste)\b"
        r"|\bque (?:significa|quieres decir)\b",
        r"\b(?:i )?(?:don'?t|didn'?t) (?:understand|get it|get that)\b|\bsay (?:that|it) again\b"
        r"|\brepeat\b|\bwhat do you mean\b",
    ),
    Intent.TOLD: (
        r"\bya (?:te|se|les|los)? ?(?:lo|la)? ?(?:dije|habia dicho|mencione|comente|conteste|puse"
        r"|respondi)\b",
        r"\bi (?:already|just) (?:told|said|answered|gave|mentioned)\b|\balready (?:told|said)\b",
    ),
    Intent.SKIP: (
        r"\bprefiero no\b|\bno (?:te )?(?:lo )?(?:quiero|voy a|deseo) (?:decir|dar|compartir)\w*\b",
        r"\b(?:saltar|saltalo|saltala|saltemos|omitir|omite|paso|siguiente pregunta|skip|pass"
        r"|next question)\b",
        r"\b(?:no (?:lo )?se\b(?! (?:si|cual|que))|ni idea|idk|dunno|quien sabe|no tengo idea|no recuerdo|no me acuerdo"
        r"|no estoy segur[oa])",
        r"\b(?:que te importa|no es (?:tu )?asunto|a ti que|none of your business)\b"
        r"|\bno te voy a (?:decir|dar)\b",
        r"\b(?:rather not|prefer not|don'?t want to (?:say|share|give)|no idea|not sure"
        r"|(?:i )?don'?t (?:know|remember))\b",
    ),
    Intent.NO_EMAIL: (
        r"\b(?:no (?:tengo|uso|manejo)|sin) (?:correo|email|e-mail|mail)\b"
        r"|\bdon'?t have (?:an? )?e?-?mail\b",
        r"\bno (?:me gusta|quiero|doy|puedo|voy a|suelo|deseo)\b.{0,25}\b(?:correo|e-?mail|mail)\b"
        r"|\bno (?:e-?mail|correo)\b|\b(?:don'?t|won'?t|not) (?:\w+ ){0,3}my e-?mail\b",
        r"\b(?:luego|despues|al rato|ahorita) te lo (?:paso|mando|doy)\b",
        r"\b(?:al|por|por el|en el) whats\w*\b.{0,12}$|\bmejor (?:al|por|por el) whats\w*\b",
        r"\b(?:por aqui|por whats\w*|aqui mismo|over whatsapp|here is fine)\b.{0,15}$",
    ),
    Intent.CORRECT: (
        r"\bno,? (?:no,? )?(?:esper\w+|perate|aguanta|wait)\b",
        r"\b(?:quise decir|me equivoque|corrijo|correccion|mas bien|mejor dicho|en realidad"
        r"|perdon|disculpa|me confundi)\b",
        r"\b(?:es|era|soy de|it'?s) [^,.;]{1,40}[,;] ?(?:y )?(?:no|not) \w",
        r"\bno (?:es|era|son|soy)\b",
        r"\b(?:i meant?|actually|correction|my mistake|scratch that|make that|sorry"
        r"|it'?s not|not .{1,30}(?:but|it'?s))\b",
    ),
    Intent.CANCEL: (
        rf"\b(?:cancel\w*|anul\w+)\b(?:.{{0,25}}\b{_MEETING}\b)?",
        r"\bya no (?:voy a )?(?:quer\w+|quiero|necesit\w+|ocup\w+|tomar) (?:la|mi|esa|una) "
        rf"{_MEETING}\b|\b(?:borra|quita|elimina)\w* (?:la|mi) {_MEETING}\b",
    ),
    Intent.CANNOT: (
        r"\bno (?:voy a poder|podre|alcanzo|puedo (?:ir|asistir|tomarla|conectarme|ese dia|a esa hora))\b"
        r"|\bme surgio\b|\bse me (?:complico|atraveso|cruzo|junto)\b",
        r"\bcan'?t make it\b|\bwon'?t be able to (?:make|attend|come)\b|\bsomething came up\b",
    ),
    Intent.NO_QUESTIONS: (
        r"\bno (?:quiero|voy a|pienso) (?:contestar|responder)\b|\b(?:sin|no (?:mas|tantas)) preguntas\b",
        r"\b(?:don'?t want to answer|no more questions|stop asking|too many questions)\b",
    ),
    # Around a meeting, what only a person can put right.
    Intent.NEEDS_STAFF: (
        r"\bvoy (?:a llegar )?(?:\w+ ){0,3}tarde\b|\bllego (?:\w+ ){0,3}tarde\b|\brunning (?:\w+ )?late\b",
        r"\b(?:no (?:hay|llega|entra|contesta|aparece)|no se conecta) nadie\b"
        r"|\bnadie (?:contesta|llega|llego|entra|entro|aparece|se conect\w+|me (?:marco|llamo|hablo))\b",
        r"\bno me (?:han )?(?:marc|llam|habl)(?:aron|ado)\b"
        r"|\bno (?:me )?(?:sirve|abre|funciona|jala|llego|ha llegado) (?:el|la) (?:link|liga|enlace|correo)\b",
        r"\b(?:nobody|no one) (?:is here|joined|called|showed up|came)\b"
        r"|\blink (?:doesn'?t|does not|isn'?t|won'?t) (?:work|open)",
        r"\b(?:otra|una segunda|another|a second) (?:cita|appointment|meeting|call) (?:para|for) (?:mi|un|una|el|la|my|a)\b",
    ),
    Intent.NO_MEETING: (
        r"\bno (?:quiero|necesito|ocupo|deseo|me interesa) (?:una |la |ninguna |tener |agendar )*"
        r"(?:cita|reunion|videollamada|llamada|junta)s?\b",
        r"\b(?:don'?t|do not) (?:want|need) (?:a |an |any |to have |to book )*"
        r"(?:call|meeting|appointment)s?\b",
    ),
    Intent.MOVE: (
        rf"\b{_MOVE}\b.{{0,30}}\b{_MEETING}\b",
        rf"^\W*(?:(?:quiero|quisiera|puedo|i want to|can i|i need to) )?{_MOVE}\W*$",
        rf"\b(?:la|lo|it) (?:\w+ ){{0,2}}{_MOVE}\b|\b(?:pued\w+|podemos|podria\w*|quiero|quisiera"
        rf"|necesito|can we|can i|could we) {_MOVE}(?:la|lo)?\b(?! (?:de |mi |el |my |the )?(?:e-?mail|name|opinion|idea|tema|correo|nombre))",
        r"\b(?:cambi[ae]l[ao]|mueve?l[ao]|muevel[ao]|pasal[ao] (?:al?|para))\b",
        r"\b(?:reagend\w+|reprogram\w+|reschedul\w+|cambiarla|moverla)\b",
        r"\b(?:otro dia|otra hora|mas tarde|mas temprano|another (?:day|time)|different (?:day|time))\b"
        r".{0,20}\b(?:cita|appointment|meeting|call)\b",
    ),
    Intent.DETAILS: (
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
    Intent.MEET: (
        r"\b(?:agend\w+|reserv\w+|apart\w+ (?:una? )?(?:cita|hora|lugar)|sacar (?:una )?cita)\b",
        r"\b(?:cita|reunion|videollamada|me (?:pueden|puede|podrian|podria) (?:llamar|marcar)"
        r"|llam[ae]me|marqu?[ae]n?me)\b",
        r"\b(?:appointment|schedule|book|set up (?:a )?(?:call|meeting)|call me|have a (?:call|meeting))\b",
    ),
    Intent.INFO: (
        r"\b(?:que es esto|de que (?:es|trata)|que (?:venden|manejan|promocionan)|what is this"
        r"|is this about|what's this)\b",
        r"\b(?:informacion|informes|info|mas detalles|de que se trata|que ofrecen|que hacen"
        r"|a que se dedican|more information|information|tell me more|more details|what do you do"
        r"|what do you offer)\b",
    ),
    Intent.NONE_FITS: (
        r"\bpuede ser otr[oa]\b|\botro(?: dia)? mejor\b",
        r"\bningun[oa]\b|\bno (?:me )?(?:puedo|queda|acomoda|sirve|convence)\w*\b|\botr[oa]s? "
        r"(?:dia|hora|fecha|horario|opcion)(?:e?s)?\b|\bmas (?:opciones|horarios)\b",
        r"\b(?:hay|algo|tienes?|tienen|puede ser|podria ser|any(?:thing|time)?|something|do it|can we|is there)"
        r"\b.{0,15}\b(?:mas tarde|mas temprano|later|earlier)\b",
        r"\bnone\b|\bno(?:ne)? of (?:them|those)\b|\b(?:other|another|different|more) "
        r"(?:days?|times?|options?|dates?)\b|\b(?:don'?t|doesn'?t) work\b",
    ),
    Intent.ANY_FITS: (
        r"\bcuando (?:puedas|quieras|gustes|sea|se pueda)\b|\bcualquier(?:a)?\b|\bla que (?:sea|gustes|quieras)\b|\bme da igual\b|\b(?:tu|usted) (?:dime|diga|elige|escoge|decide)\b|\bel que sea\b"
        r"|\bla mas (?:pronto|cercana|proxima)\b|\blo mas pronto\b",
        r"\bany(?: of (?:them|those))?(?: time)?(?: works| is fine)\b|\bwhichever\b|\bany of them\b"
        r"|\byou (?:choose|pick)\b|\bearliest\b|\bsoonest\b",
    ),
    Intent.BOT: (
        r"\b(?:eres|es|son|hablo con|estoy hablando con) (?:un |una |el |la )?(?:bot|robot|maquina"
        r"|ia|persona(?: real)?|humano|programa|contestadora)\b",
        r"\b(?:quien (?:pregunta|habla|me habla|me escribe|es usted)|con quien hablo"
        r"|who(?:'s| is| wants to) (?:asking|know|this))\b",
        r"\b(?:quien eres|como te llamas|cual es tu nombre|who are you|what'?s your name)\b",
        r"\b(?:are you|is this|am i (?:talking|speaking|chatting) (?:to|with)) (?:an? |the )?"
        r"(?:real )?(?:bot|robot|machine|ai|person|human|program|computer)\b",
    ),
    Intent.SMALL_TALK: (
        r"\b(?:que onda|que hubo|como estas|como esta(?:n)?|como te va|que tal|como andas|how are you|how's it going"
        r"|what'?s up)\b",
    ),
    Intent.EMOJI: (r"\b(?:j[aei]){2,}\w*\b|\b(?:h[ae]){2,}\b|\blol\b|\bxd+\b",),
    Intent.WHY: (
        r"^\W*(?:y |and )?(?:eso )?(?:para|por) ?que(?: eso)?\W*$|^\W*why\W*$|\bwhat for\b",
        r"\b(?:por ?que|para que) (?:\w+ )?(?:necesitas?|preguntas?|quieres?|piden?|ocupas?)\b",
        r"\bwhy (?:do|are|would) you (?:\w+ )?(?:need|ask|asking|want)\b",
    ),
    Intent.LATER: (
        r"\b(?:luego|al rato|despues|mas tarde|manana|en la noche|mas al rato) (?:te|les|le) (?:escribo"
        r"|digo|aviso|confirmo|marco|contesto|mando)\b",
        r"\b(?:te|les|le) (?:escribo|aviso|digo|confirmo|contesto|marco) (?:luego|al rato|despues"
        r"|mas tarde|manana|en la noche)\b",
        r"\b(?:ahorita|ahora|hoy|en este momento) no puedo\b|\bestoy (?:ocupad[oa]|trabajando"
        r"|manejando|en junta|en una junta|en el trabajo)\b",
        r"\b(?:dejame|deja|me deja) (?:pensarlo|lo pienso|lo platico|consultarlo|checo|checarlo"
        r"|platicarlo)\b|\blo voy a (?:pensar|platicar|checar|consultar)\b",
        r"\b(?:talk|write|text) (?:to )?you (?:later|tomorrow)\b|\bi'?ll (?:get back to you"
        r"|let you know|think about it|write (?:you )?later)\b",
        r"\blet me think\b|\bi'?m (?:busy|driving|at work|in a meeting)\b|\bmaybe later\b"
        r"|^\W*not (?:right )?now\W*$",
    ),
    Intent.NOT_INTERESTED: (
        r"\b(?:ya no|no) me (?:escrib\w+|mand\w+ (?:mas )?(?:mensajes|nada)|molest\w+)\b"
        r"|\bdej\w+ de (?:molestar|escribir\w*|mandar\w*)\b|\bstop (?:texting|messaging|writing)\b",
        r"\b(?:ya no|no) (?:me interesa|estoy interesad[oa])\b|\bya no (?:quiero|gracias)\W*$"
        r"|\b(?:olvidalo|dejalo asi|mejor ya no)\b|\bno quiero nada\b",
        r"\b(?:not|no longer) interested\b|\bnever ?mind\b|\bforget (?:it|about it)\b",
        r"^\W*no,? (?:muchas )?gracias\W*$|^\W*no,? thank(?:s| you)\W*$",
    ),
    Intent.LANGUAGE: (
        r"\b(?:prefiero|prefer) (?:en )?(?:espanol|ingles|spanish|english)\b",
        r"\b(?:in english|english please|en ingles|speak (?:english|spanish)|en espanol"
        r"|hablas? (?:espanol|ingles)|in spanish)\b",
    ),
    Intent.HELLO: (
        r"^\W*(?:hola+|buen[oa]s?(?: (?:dias?|tardes?|noches?))?|hi+|hello|hey|good (?:morning"
        r"|afternoon|evening))\b",
    ),
    Intent.THANKS: (
        r"\b(?:gracias|grax|agradezco|agradecid[oa]|muy amable|bendiciones|igualmente|obrigad[oa]"
        r"|appreciate|thanks?|thank you|thx|ty|likewise|same to you)\b",
    ),
    Intent.BYE: (
        r"\b(?:adios|hasta luego|nos vemos|bye|goodbye|see you|que estes bien|buen dia)\b",
    ),
    Intent.YES: (
        r"^\W*(?:listo|excelente|genial|buenisimo|enterad[oa]|entendid[oa]|orale|arre|andale|hecho"
        r"|super|jalo|sim|great|awesome|cool|got it|noted)\b",
        r"^\W*(?:si+p?|simon|va que va|sobres|claro(?: que si)?|por supuesto|correcto|asi es|exacto|dale|va|ok(?:ay|ey)?"
        r"|de acuerdo|esta bien|perfecto|sale|simon|adelante|confirm\w*|me parece(?: bien)?|yes"
        r"|yeah|yep|yup|sure|correct|right|of course|sounds good|go ahead|please do|that works"
        r"|alright|fine)\b",
        r"^\W*(?:👍|✅|🙌|👌)",
    ),
    Intent.NO: (
        r"^\W*(?:siempre no|dejala|dejalo|nao|leave it|no+|mejor no|nop|nel|nope|nah|para nada|todavia no|aun no|not yet|negativo|claro que no)\b",
        r"^\W*👎",
    ),
    Intent.QUESTION: (
        r"\?",
        r"^\W*(?:(?:hola|oye|disculpa|perdon|y|hi|hey|and|so)\W+)*"
        r"(?:que(?! (?:bueno|bien|padre|chido|amable|pena|lastima|gusto)\b)|cual|cuales|cuanto|cuanta"
        r"|cuantos|cuantas|como(?! (?:quieras|gustes|a las?|te decia|unos|unas|un|mil|cien\w*|dos|tres"
        r"|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|\W?\d))"
        r"|donde|cuando(?! (?:puedas|quieras|gustes|sea|se pueda|salga|tenga|pueda|termine|llegue|acabe|haya|junte|me))|quien|por que|tienen|manejan|hacen|what|how|where"
        r"|when|who|why|which|do you|does|can you|can i|could you|is there|are there|are you"
        r"|is it)\b",
    ),
}
COMPILED = {
    intent: tuple(re.compile(pattern) for pattern in patterns)
    for intent, patterns in PATTERNS.items()
}
REFUSES_PERSON = re.compile(
    r"\b(?:no (?:quiero|necesito|hace falta)|don'?t (?:want|need))\b(?: \w+){0,3} "
    rf"(?:{_PERSON}|alguien|someone)\b"
)
URGENT = re.compile(r"\b(?:ya|ahora|ahorita|right now|now)\b")
MEETING_WORD = re.compile(
    r"\b(?:cita|reunion|agend\w+|videollamada|visita|appointment|meeting|schedule|book)\b"
)
LETTERS = re.compile(r"\w")


def find_intents(plain: str) -> frozenset[Intent]:
    """Find every intent of one message."""
    if not LETTERS.search(plain) and "?" not in plain:
        thumbs = {intent for intent in (Intent.YES, Intent.NO) if _matches(intent, plain)}
        return frozenset({Intent.EMOJI, *thumbs})
    found = {intent for intent in COMPILED if _matches(intent, plain)}
    if Intent.HUMAN in found and not _wants_person(plain, found):
        found.discard(Intent.HUMAN)
    if Intent.NO_MEETING in found:
        found.discard(Intent.MEET)
    if Intent.INSULT in found and re.search(r"\bno (?:te )?entiendo\b", plain):
        found.discard(Intent.INSULT)
    return frozenset(found)


def _matches(intent: Intent, plain: str) -> bool:
    return any(pattern.search(plain) for pattern in COMPILED[intent])


def _wants_person(plain: str, found: set[Intent]) -> bool:
    if Intent.BOT in found or REFUSES_PERSON.search(plain):
        return False
    return not MEETING_WORD.search(plain) or bool(URGENT.search(plain))
