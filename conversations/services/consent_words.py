"""The words by which people stop and resume messages, in Spanish, English and Portuguese.

Whole messages only: "para el lunes" is no stop. Calls are another matter: who wants no calls
wants messages instead.
"""

from __future__ import annotations

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Courtesy around the words, in any number.
BEFORE = _words(
    "hola buenas buenos dias tardes noches oye oigan disculpa disculpe perdon por favor porfavor "
    "porfa pls please hi hello hey sorry ola oi bom boa dia tarde noite desculpa desculpe ya ok y "
    "amigo amiga"
)
AFTER = _words(
    "gracias muchas mil por favor porfavor porfa plis pls please thanks thank you thx obrigado "
    "obrigada ya ok si amigo amiga saludos bye adios now ahora agora perdon sorry desculpa"
)

STOP_WORDS = _words(
    "baja alto stop parar pare sair detener unsubscribe optout stopall quit descadastrar "
    "descadastre desuscribir desuscribirme desuscribirse desinscribirme"
)
RESUME_WORDS = _words(
    "alta start unstop reanudar suscribirme resume voltar subscribe resubscribe reactivar reativar"
)

# Spaces between the parts are added by `_pattern`.
STOP_PHRASES = {
    "es": r"""
        (quiero|deseo|necesito|solicito|quisiera|favor de|me pueden|me puedes|pueden|puedes|podrian)?
            (dar|darme|darse|dame|denme|deme|dar me) de baja (mi numero|este numero|mi contacto)?
            (de (la|esta|su|tu) lista|de (sus|los|estos|tus) mensajes)?
      | baja (de la|de su) lista | baja definitiva | solicito (la|mi) baja | baja (a|de) mensajes
      | paren de una vez | (cancelar|cancelen|cancela|anular) (la|mi)?
            (suscripcion|mensajes|mis mensajes|los mensajes)
      | no mas (mensajes|promociones|publicidad|spam) | detener (promociones|mensajes)
      | no (me|nos)
            (escriban|escribas|escriba|contacten|contactes|contacte|molesten|molestes|moleste|jodan)
            (mas|nunca mas|jamas|nunca|otra vez)?
      | no (me|nos) (hablen|hables|hable|busquen) (mas|nunca mas)
      | no (me|nos) (manden|mandes|mande|envien|envies|envie)
            (mas|nada|nada mas|mas nada|mensajes|mensajitos|publicidad|promociones|spam
            |(mas|sus|estos|tantos) (mensajes|promociones))
      | (dejen|deje|deja|dejenme|paren|pare|para|basta) (ya)? de
            (escribirme|escribir|mandarme mensajes|mandarme cosas|mandar mensajes|enviarme mensajes
            |enviar mensajes|molestar|molestarme|contactarme|insistir|fastidiar|joder)
      | (dejenme|dejame|deje me) (en paz|tranquilo|tranquila)
      | no (quiero|deseo|quisiera) (recibir)? (mas|sus|estos|tus|tantos|ningun|ningunos)?
            (mensajes|mensaje|promociones|publicidad|spam) (de ustedes|tuyos|suyos|mas|aqui)?
      | no (quiero|deseo) recibir (mas|nada|nada mas|mas nada|mas informacion|informacion)
            (de ustedes)?
      | no (quiero|deseo) que (me|nos) (escriban|escribas|contacten|contactes|molesten|sigan escribiendo
            |manden (mas)? mensajes|envien (mas)? mensajes|manden nada|envien nada)
            (mas|nunca mas|otra vez|de nuevo)?
      | no quiero saber (mas|nada|nada mas|mas nada) de ustedes
      | no (recibir|recibir mas|recibir mas mensajes|recibir promociones)
      | dejar de recibir (mensajes)? | quiero dejar de recibir (mensajes|sus mensajes)
      | (borren|borra|borrar|eliminen|elimina|eliminar|quiten|quita|saquen|saca)
            (mis datos|mi numero|mi contacto|mi telefono) (de (su|tu|la|esta) lista)?
      | (quitenme|quitame|saquenme|sacame|borrenme|borrame|eliminenme|eliminame)
            (de (su|sus|tu|la|esta|ahi|aqui) (lista|contactos|base)?)?
    """,
    "en": r"""
        stop (all|promotions|messages|texting|messaging|contacting (me)?|writing (me|to me)?
            |bothering me|spamming (me)?|texting me|messaging me|sending (me)? (messages|texts|stuff|this)
            |receiving messages|the messages|these messages)
      | (do not|dont|don t) (ever)?
            (text|message|contact|write|write to|write me|bother|text me|message me|contact me
            |write to me|bother me|email me) (again|anymore|any more|ever again)?
      | (do not|dont|don t) send (me)? (any more|any|more|anymore)? (messages|texts|anything|spam)
            (again|anymore)?
      | no more (messages|texts|promotions|ads|spam) | opt (me)? out | opt out of messages
      | (i (want|would like|d like|wish) to|how do i|can i|can you)? unsubscribe (me)?
      | i (want|would like|d like|wish) to opt out
      | i (do not|dont|don t) want (to (receive|get))? (any more|any|more|your|these|those)?
            (messages|texts|promotions) (anymore|from you)?
      | (please)? (remove|delete) (me|my number|my contact|my data)
            (from (your|the|this) (list|contacts|database))?
      | take (me|my number) off (your|the|this) list | leave me alone
    """,
    "pt": r"""
        (pare|parem|para|chega) de (me)? (mandar|enviar|escrever|incomodar|perturbar|encher)
            (mensagens|mensagem|mensagens para mim|isso)?
      | (nao|n) me (mande|mandem|manda|envie|enviem|envia|escreva|escrevam)
            (mais|nada|nada mais|mais nada|mensagens|mensagem|mais mensagens|mais mensagem
            |mensagens nunca mais)
      | (nao|n) me (escreva|escrevam|incomode|incomodem|perturbe|perturbem|contate|contatem) (mais)?
      | (nao|n) (quero|desejo) (mais)? (receber)? (mais|suas|essas|estas)?
            (mensagens|mensagem|promocoes|propaganda) (de voces|suas|mais)?
      | (nao|n) (quero|desejo) (mais)? receber (mais|nada|mais nada)?
      | nao receber mais | parar (mensagens|promocoes|de receber) | quero parar de receber (mensagens)?
      | cancelar (a|minha)? (inscricao|mensagens) | quero sair (da lista)? | sair da lista
      | (quero)? (me)? descadastrar | me (descadastra|descadastre|descadastrem)
      | (me)? (tira|tire|tirem|remova|remove|removam|exclua|excluam|retire)
            (meu numero)? (da|dessa|desta) (sua)? lista
      | (apaga|apague|apaguem|exclua|excluir|apagar) (os)? meus? (dados|numero|contato)
      | me deixa em paz | me deixe em paz | me deixem em paz
    """,
}
RESUME_PHRASES = {
    "es": r"""
        (quiero|deseo|quisiera)? (darme|dar me|dame) de alta
      | (ya|si)? (quiero|pueden|puedes) volver a
            (recibir mensajes|escribirme|recibir sus mensajes)
      | (quiero|si quiero) recibir mensajes (otra vez|de nuevo)?
      | (ahora|ya|claro que)? si (quiero|deseo|quisiera|me gustaria)
            (recibir|tener)? (mas|la|su)? (informacion|info|informes) (de ustedes)?
      | (ahora|ya|claro que)? (si)? (quiero|deseo|quisiera|prefiero) que (me|nos)
            (escriban|escribas|escriba|contacten|contactes|sigan escribiendo|vuelvan a escribir
            |(manden|envien) (sus|los|mas)? (mensajes|informacion|info)) (otra vez|de nuevo)?
      | (si)? (ya)? (pueden|puedes|puede) (escribirme|contactarme|mandarme mensajes|enviarme mensajes)
            (otra vez|de nuevo|cuando quieran|cuando quieras)?
      | (si)? (ya)? me (pueden|puedes|puede) (escribir|contactar|mandar mensajes|enviar mensajes)
            (otra vez|de nuevo|cuando quieran|cuando quieras)?
      | (ahora|ya)? (si)? (me|nos) (interesa|interesan) (otra vez|de nuevo|nuevamente)
      | (ya)? (cambie|hemos cambiado) de (opinion|idea|parecer)
            (escribanme|escribeme|escriban|contactenme|si quiero|me interesa
            |(si)? (pueden|puedes) escribirme|(si)? quiero (que me escriban|informacion))?
      | (escribanme|escribeme|escriban) (de nuevo|otra vez|nuevamente)
    """,
    "en": r"""
        start (again|messages) | opt (me)? in
      | (yes)? you (can|may) (text|message|write|write to|contact) me (again|now|anytime)?
      | (text|message|write|write to|contact) me again
      | (actually)? (ive|i|i have) changed my mind
            ((yes)? you (can|may) (text|message|write to|contact) me (again)?
            |(text|message|write to|contact) me (again)?|im interested|i am interested)?
      | (yes)? (i want|i would like|id like) to
            (hear from you|(get|receive) (your)? (messages|information|info)) (again)?
      | (yes|i do|yes i do|actually i do) (i)? want (some|more|the)? (information|info)
      | (im|i am) interested again
    """,
    "pt": r"""
        quero (voltar a)? receber mensagens (de novo)?
      | (agora)? sim (eu)? quero (receber)? (mais)? (informacao|informacoes|info|mensagens)
      | (agora)? (sim)? (eu)? quero que me (escrevam|escreva|contatem|mandem mensagens) (de novo)?
      | (sim)? (ja)? (pode|podem) (me)?
            (escrever|escrever me|contatar|mandar mensagem|mandar mensagens|mandar mensagem para mim)
            (de novo|outra vez)?
      | (ja)? mudei de ideia (me (escreva|escrevam)|pode me escrever|podem me escrever)?
      | (me interessa|tenho interesse) (de novo|outra vez|novamente)
    """,
}
# On a button they stop promotions only. Typed, they stop everything.
PROMOTIONS = r"""
    (promociones|promocion|promos|promo|promocionales|promocional|publicidad|publicitarios|ofertas
    |anuncios|marketing|mercadotecnia|propaganda|promotions|promotion|promotional|offers|deals|ads
    |advertising|promocoes|promocao|promocionais)
"""
MARKETING_PHRASES = rf"""
    (no (quiero|deseo|quisiera|quero)? (recibir|receber)?
      | (no|nao) me (manden|mandes|mande|mandem|envien|envies|envie|enviem)
      | nao (quero|desejo)? (mais)? (receber)?
      | (quiero|quero)? (dejar|dejen|deja|deje|parar|pare|paren|parem)
            (de (recibir|receber|enviar|enviarme|mandar|mandarme|me enviar|me mandar))?
      | (quiero|quero)? (darme|dar me|dar) de baja | baja | cancelar | detener | desactivar
      | silenciar | desativar | sair | descadastrar | desuscribirme
      | (i want to)? (stop|unsubscribe|optout|opt out|opt me out) (me)? (sending|receiving|getting)? (me)?
      | (no|nao) (quiero|deseo|quero) que (me|nos) (manden|envien|mandem|enviem)
      | no more | turn off | disable | mute | (do not|dont) send (me)?
      | (i)? (do not|dont|no longer) (want|wish) (to (receive|get))?)
    (de|del|das|dos|da|from|of)? (mas|mais|any more|more|any|las|los|la|sus|tus|as|os|suas|the|your)?
    (mensajes|mensagens|messages)? (de)? {PROMOTIONS} (mensajes|mensagens|messages|texts)?
    ((y|o|e|ou|and|or|ni|nem) (las|los|as|the)? {PROMOTIONS})?
    (de ustedes|suyas|tuyas|mas|de voces|suas|mais|from you|anymore|any more)?
"""
LONGEST = 160


def consent_in(text: str) -> bool | None:
    """False for a stop, True for a resume, None for everything else."""
    if len(text) > LONGEST:
        return None
    plain = fold(text)
    asked = "?" in text
    # Of one word, a question is none: "¿baja?" asks whether something falls. Nor is "¿no promos?".
    if _says(plain, STOP_WORDS, STOP, asked=asked) or (not asked and _names_promotions(text)):
        return False
    # Who asks whether we may write again has not said that we may: staff look at it.
    resumes = not asked and _says(plain, RESUME_WORDS, RESUME, asked=False)
    return True if resumes else None


def refuses_marketing(label: str, payload: str) -> bool:
    """Whether a button speaks of promotions only. Its label is what was read, so that counts."""
    if _names_promotions(label):
        return True
    return consent_in(label) is None and _names_promotions(payload)


def _names_promotions(text: str) -> bool:
    plain = fold(text) if len(text) <= LONGEST else ""
    return any(MARKETING.fullmatch(said) for said in (plain, _without_courtesy(plain)))


def _says(plain: str, words: frozenset[str], phrases: re.Pattern[str], *, asked: bool) -> bool:
    for said in (plain, _without_courtesy(plain)):
        if said in words and not asked:
            return True
        if phrases.fullmatch(said):
            return True
    return False


def _without_courtesy(plain: str) -> str:
    words = plain.split()
    while words and words[0] in BEFORE:
        words.pop(0)
    while words and words[-1] in AFTER:
        words.pop()
    return " ".join(words)


def fold(text: str) -> str:
    """Small letters without accents, and digits; one space for everything else."""
    plain = unicodedata.normalize("NFKD", re.sub("['’´`]", "", text.casefold()))  # noqa: RUF001
    return " ".join(
        re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    )


def _pattern(*phrases: str) -> re.Pattern[str]:
    """Phrases written with free spaces: each part takes the space that follows it along."""
    alternatives = "|".join(phrases)
    words = re.sub(r"[a-z]+", lambda word: rf"{word[0]}\b[ ]?", alternatives)
    return re.compile(words.replace("(", "(?:"), re.VERBOSE)


STOP = _pattern(*STOP_PHRASES.values())
RESUME = _pattern(*RESUME_PHRASES.values())
MARKETING = _pattern(MARKETING_PHRASES)
