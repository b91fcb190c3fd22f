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
    "porfa pls please hi hello hey sorry ola oi bom boa dia tarde noite ya ok y amigo amiga"
)
AFTER = _words(
    "gracias muchas mil por favor porfavor porfa plis pls please thanks thank you thx obrigado "
    "obrigada ya ok si amigo amiga saludos bye adios now ahora agora"
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
            |manden (mas)? mensajes|envien (mas)? mensajes|manden nada|envien nada) (mas)?
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
RESUME_PHRASES = r"""
    (quiero|deseo|quisiera)? (darme|dar me|dame) de alta
  | (ya|si)? (quiero|pueden|puedes) volver a (recibir mensajes|escribirme|recibir sus mensajes)
  | (quiero|si quiero) recibir mensajes (otra vez|de nuevo)?
  | (escribanme|escribeme|escriban) (de nuevo|otra vez|nuevamente)
  | start (again|messages) | (you can)? (text|message|write) me again | opt (me)? in
  | quero (voltar a)? receber mensagens (de novo)? | (pode|podem) me escrever de novo
"""
LONGEST = 160


def consent_in(text: str) -> bool | None:
    """False for a stop, True for a resume, None for everything else."""
    if len(text) > LONGEST:
        return None
    plain = fold(text)
    # Of one word, a question is none: "¿baja?" asks whether something falls.
    if _says(plain, STOP_WORDS, STOP, asked="?" in text):
        return False
    return True if _says(plain, RESUME_WORDS, RESUME, asked="?" in text) else None


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
RESUME = _pattern(RESUME_PHRASES)
