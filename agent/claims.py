"""What a text claims, in Spanish and English: patterns for the gates, no context."""

from __future__ import annotations

import re

from agent.prompts.text import fold

DISCLOSURE = re.compile(
    r"assistente (virtual|automatic|digital|de ia)|inteligencia artificial|"
    r"asistente (virtual|automatic|digital|de ia)|\bbot\b|"
    r"(virtual|automated|ai|digital) assistant|artificial intelligence|"
    r"assistente (virtual|automatic|digital|de ia)"
)
INTERNAL = re.compile(
    r"save_answers|find_slots|check_and_book|cancel_meeting|hand_?off\b|slot_?ids?\b|slot id|"
    r"tool_?call|function_?call|tool call|function call|system prompt|prompt del sistema|"
    r"instrucciones internas|prompt do sistema|instrucoes internas|playbook|toolbox|\bjson\b|langchain|openai|traceback|"
    r"exception:|error code|</?(situation|lead_|staff_)|```|\{\s*\"|\bsk-\w{6}|"
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|\bslot [0-9a-f-]{6,}"
)

_DONE = r"(agendad|reservad|confirmad|programad|apartad)[ao]s?"
_MEETING = r"(cita|reunion|llamada|videollamada|demo|sesion|espacio|horario|lugar)"
_MADE = r"(agendad|reservad|confirmad|marcad)[ao]s?"
_REUNION = r"(reuniao|visita|conversa|consulta|chamada|ligacao|horario|call|demo)"
BOOKED = re.compile(
    rf"\b(quedo|queda|quedaste|quedamos|esta|estas|estamos|ya|fue|ha sido|hemos|he) .{{0,30}}{_DONE}"
    rf"|\b{_MEETING}( ya)? {_DONE}|^(ya |todo )?{_DONE}\b"
    r"|(?<!que )\bte (agende|reserve|programe|agendamos|reservamos)\b"
    rf"|\bya (agende|reserve|programe|quedaste)\b|\bya quedo (tu|la) {_MEETING}|\bnos vemos (el|manana|este|hoy|a las)"
    r"|\bte esperamos (el|manana|este|hoy|a las)"
    r"|\b(is|are|been|now|all|you're|it's|we're|i've|we've|got you|have) "
    r"(now |all |been |already )?(booked|scheduled|confirmed|reserved|locked in)"
    r"|^(booked|scheduled|confirmed|reserved)\b|\ball set\b"
    r"|\b(i|we) (booked|scheduled|reserved|confirmed)\b|\b(put|set|got) you (down|up|in) (for|at|on)\b"
    r"|\bsee you (on|at|tomorrow|then|monday|tuesday|wednesday|thursday|friday|saturday)"
    rf"|\b(ficou|fica|foi|ta|deixei|deixamos) .{{0,30}}{_MADE}|\b{_REUNION}( ja)?( esta)? {_MADE}|^{_MADE}\b"
    r"|\b(agendei|agendamos|reservei|reservamos|marquei|marcamos|confirmei)\b"
    r"|\bte (anote|apunte|puse|anotamos|apuntamos) (en la agenda|para (el|la|las|hoy|manana)|el|a las)\b"
    r"|\b(queda|quedas|quedaste|quedo|estas) (anotad|apuntad)[oa] (para|el|en la agenda)\b"
    r"|\bquedamos (para|el|manana|hoy|a las)\b"
    r"|\b(put|added) (it|you|this|that) (in|on|to) (the|my|our|your) (calendar|schedule)\b"
    r"|\bpencill?ed you in\b|\b(anotei|coloquei) (voce|sua|na agenda)\b"
    r"|\b(esta|ficou|fica) na (nossa |minha )?agenda\b"
    r"|\b(te espero|nos vemos|te vejo|ate) (na|no|amanha|hoje|as|segunda|terca|quarta|quinta|sexta)\b"
)
_DAY_NAME = (
    r"(hoy|manana|lunes|martes|miercoles|jueves|viernes|sabado|domingo|\d{1,2} de [a-z]+|"
    r"today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"hoje|amanha|(segunda|terca|quarta|quinta|sexta)(-feira)?)"
)
# A day and an hour and nothing else: «martes a las 10 entonces», said as if it was agreed.
AGREED_TIME = re.compile(
    rf"^((pues|entonces|so|then|el|este|on|na|para|for) )*{_DAY_NAME}( \d{{1,2}})?"
    r"( de [a-z]+)? (a las?|at|as) \d{1,2}([:h]\d{0,2})?( ?[ap]\.? ?m\.?)?"
    r"( (entonces|pues|it is|then|sin falta|ok|listo|combinado))*[.!]*$"
)
HELD = re.compile(
    r"\b(te|ya) (aparte|apartamos)\b|\b(i'm|i am|we're|i|we) (holding|hold) th(is|at)"
)
MOVED = re.compile(
    r"\b(reagend|reprogram)(e|ado|ada|amos)\b|\b(movi|cambie|movimos) tu "
    rf"{_MEETING}|\b{_MEETING} .{{0,20}}(movida|cambiada|reagendada|reprogramada)"
    r"|\b(rescheduled|moved) (it|your|you)\b|\b(is|been) (rescheduled|moved)\b"
    r"|\b(remarquei|remarcamos|reagendei|remarcad[ao]|reagendad[ao])\b"
    rf"|\b(mudei|mudamos) (a |o )?(sua |seu )?{_REUNION}"
)
CANCELLED = re.compile(
    rf"\b(cancele|cancelamos) (tu|la|su)\b|\b{_MEETING} .{{0,20}}cancelad[ao]|^cancelad[ao]\b"
    r"|\b(is|been|i|i've|we) (now )?cancell?ed\b|^cancell?ed\b"
    rf"|\b(cancelei|desmarquei)\b|\b{_REUNION} .{{0,20}}(cancelad|desmarcad)[ao]|\bcancelamos (a|o|sua)\b"
)
_SOMEBODY = (
    r"(persona|humano|asesor|asesora|ejecutiv[oa]|agente|coleg[ao]|companer[oa]|especialista|"
    r"vendedor|vendedora|equipo|gerente|supervisor|alguien)"
)
_SOMEONE = (
    r"(person|human|advisor|adviser|representative|agent|colleague|specialist|team|teammate|"
    r"manager|rep|someone|somebody)"
)
_ALGUEM = (
    r"(pessoa|humano|atendente|consultora?|vendedora?|colega|especialista|equipe|time|gerente|"
    r"supervisora?|alguem)"
)
# Whether a text speaks of a person at all, in each language.
PEOPLE = {
    "es": re.compile(rf"\b{_SOMEBODY}(e?s)?\b"),
    "en": re.compile(rf"\b{_SOMEONE}(s)?\b"),
    "pt": re.compile(rf"\b{_ALGUEM}(e?s)?\b"),
}
TRANSFER = re.compile(
    rf"\b(te|le|lo|la) (paso|pasare|pase|transfiero|comunico|conecto|contacto|canalizo|dejo) con "
    rf".{{0,25}}{_SOMEBODY}|\bvoy a (pasar|transferir|comunicar|conectar)te con"
    rf"|\b(i'll|i will|i'm|let me|i am|i) (now |going to )?(connect|connecting|transfer|transferring|put|pass|"
    rf"passing|hand|handing) (you|this) .{{0,25}}{_SOMEONE}"
    rf"|\b{_SOMEBODY} .{{0,30}}(continua|continuara|toma|tomara|seguira) "
    rf"|\b{_SOMEONE} .{{0,30}}(take over|takes over|continue here|join this chat)"
    r"|\b(vou|ja vou|estou|te|ja te) (te )?(passar|passo|passando|transferir|transfiro|transferindo|"
    rf"conectar|conecto|encaminhar|encaminho) .{{0,30}}{_ALGUEM}"
    rf"|\b{_ALGUEM} .{{0,30}}(vai continuar|continua aqui|vai assumir|assume) "
)
CONTACT = re.compile(
    rf"\b{_SOMEBODY} .{{0,30}}(te|se) .{{0,18}}"
    r"(contactar|escribir|llamar|respond|atender|marcar|contacto|comunicar|busca|"
    r"(llama|escribe|marca|contacta)\b)"
    rf"|\b{_SOMEONE} .{{0,30}}(will|is going to|'ll) "
    r"(contact|call|reach|get back|write|text|be in touch|follow up|answer|respond|email)"
    r"|\bte (llamaremos|contactaremos|marcaremos)\b|\bwe'll (call|contact) you\b"
    rf"|\b{_ALGUEM} .{{0,30}}(vai|va|ira) (te )?(ligar|escrever|chamar|responder|atender|contatar|procurar)"
    rf"|\b{_ALGUEM} te (liga|chama|escreve|retorna)\b"
    rf"|\b{_ALGUEM} .{{0,30}}(entra|entrara|vai entrar) em contato|\bentraremos em contato\b"
    r"|\b(vamos te ligar|te ligaremos|te retornamos)\b"
)
_PROMISE = re.compile(
    r"\b(gratis|gratuit[oa]s?|sin costo|sin cargo|free of charge|for free|at no cost|no charge)\b"
    r"|\b(te|le|les|lo|la) (lo |la )?(doy|damos|dejo|dejamos|hago|hacemos|ofrezco|ofrecemos|"
    r"consigo|aplico|respeto|respetamos|mantengo|mantenemos) .{0,30}"
    r"(descuento|rebaja|precio|oferta|promocion|\d)"
    r"|\b(descuento|rebaja|discount|off) (del|de|of) \d|\d+ ?% (de )?(descuento|off|discount|menos)"
    r"|\b(i|we)( can|'ll| will)? (give|offer|do|apply|match) .{0,30}(discount|deal|price|% off)"
    r"|\b(te|le|les)? ?(garantiz|aseguro que|prometo)|\b(guarantee|guaranteed|i promise|we promise)\b"
    r"|\b(de graca|sem custo|sem cobrar|te garanto|garantimos|prometo|prometemos)\b"
    r"|\b(te|lhe|eu|a gente) (dou|damos|da|faco|fazemos|faz|consigo|ofereco) .{0,30}"
    r"(desconto|preco|oferta|promocao|\d)|\bdesconto de \d"
)
# Whoever says one of these beside a sum that the lead named has agreed to it.
_AGREES = re.compile(
    r"\b(trato hecho|cerramos|cerrado|cierro|acepto|aceptamos|de acuerdo|fechado|fechamos|fecho|"
    r"combinado|aceito|aceitamos|topo|topamos|de acordo|deal|agreed|i accept|we accept|you got it)\b"
)
_PRICED = re.compile(
    r"\b(precio|cuesta|costo|costaria|(sale|saldria|queda|quedaria) (en|a|por)|dejo|dejamos|"
    r"cobr(o|amos)|vend(o|emos)|vale(?! la pena)|va por|por solo|esta bien)\b"
    r"|^(claro )?(son|seria|serian) "
    r"|\b(price|costs?|yours for|works for|(i|we) can do|sell|charge|that's fine)\b"
    r"|\b(preco|custa|(sai|sairia|fica|ficaria) (em|por|a)|faco|fazemos|vendo|vendemos|tudo bem)\b"
)
_DENIES = re.compile(
    r"\b(no|nunca|jamas|not|never|nao|si|if|se voce|se quiser|when|cuando|quando|depende|depends)\b|n't\b"
)
_MONEY = r"pesos|reais|brl|dolares|euros|mxn|usd|eur|cop|ars|clp|pen|dollars?|bucks|soles"
_NUMBER = r"\d{1,3}(?:[.,  ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?"
_SCALE = r"(?: ?(k|mil|thousand|millones|millon|million|m)\b)?"
_AMOUNT = re.compile(
    rf"(?:[$€£]|us\$|mx\$|r\$|\b(?:{_MONEY}) ) ?({_NUMBER}){_SCALE}"
    rf"|({_NUMBER}){_SCALE} (?:de )?(?:{_MONEY})\b|({_NUMBER})() ?%"
)
_ANY_NUMBER = re.compile(rf"({_NUMBER}){_SCALE}")
_SPELLED = re.compile(
    rf"(?<!\d )\b(mil|cientos|ciento|cien|millon|thousand|hundred|million) (?:{_MONEY})\b"
)
_SCALES = {"k": 1_000, "mil": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
_SCALES |= {"millon": 1_000_000, "millones": 1_000_000, "": 1}

# Trying each label of «a.a.a.…» as the first one would take for ever.
_FIRST_LABEL = r"(?<![a-z0-9-])(?<![a-z0-9-]\.)"
_HOST = re.compile(
    rf"(?:https?://|www\.)([^\s/?#\"'<>)]+)|{_FIRST_LABEL}((?:[a-z0-9-]{{1,63}}\.)+[a-z]{{2,}})/"
    rf"|{_FIRST_LABEL}((?:[a-z0-9-]{{1,63}}\.)+(?:com|net|org|io|ai|app|mx|ar|cl|pe|info|biz|dev|ly|link|site|online|"
    r"xyz|shop|store|page|club|top|live|ru|cn|br|uk|eu|gg|gob|edu|co|ec|uy|py|bo|gt|hn|sv|cr|pt|tv|"
    r"cc|zip|example|tech|vip|click|cloud|digital|solar|lat|world|bet|mobi|money|pro|agency|email|"
    r"chat|win|fun|space|website|us))\b|[^\s@]@((?:[a-z0-9-]+\.)+[a-z]{2,})"
)
_PHONE = re.compile(r"\+?\d[\d ().-]{6,18}\d")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-.]\d{1,2}[-.]\d{4}")
_GROUPED = re.compile(r"\d{1,3}(?:[., ]\d{3})+(?:[.,]\d{1,2})?")
_CLOCK = re.compile(
    r"\b(\d{1,2})[:h](\d{2})(?: ?([ap])\.?\s?m)?|\b(\d{1,2}) ?([ap])\.? ?m\b"
    r"|\b(?:a las?|at) (\d{1,2})\b(?![:h]\d)"
)
_QUESTION = re.compile(r"¿[^?]*\?")
_ASKS = re.compile(
    r"^\W*(\w+, )?(should|shall|can|could|do|does|would|is|are|may|want|did|have|which|what|when|"
    r"how|has|will|quieres|te gustaria|puedo|prefieres|deseas|seguro|confirmas|cual|que|cuando|te "
    r"parece|te paso|te agendo|quer|voce|posso|prefere|gostaria|qual|quando|podemos)\b"
)
_NOT = re.compile(
    r"\b(no|aun|todavia|nunca|sin|not|never|yet|until|hasta|cuando|once|una vez|si|if|when|para que|"
    r"puedo|podemos|can|could|quieres|want|would|pendiente|pending|to be|"
    r"nao|ainda|quando|assim que|se voce|se quiser|se preferir|quer que|posso|pra que)\b|n't\b"
)


_OFFER = re.compile(
    r"\bsi (lo )?(quieres|gustas|prefieres|deseas|necesitas|te parece)\b|\bif you\b"
    r"|\bse (voce )?(quiser|preferir|precisar|gostar)\b"
)
# Folding takes the accent that tells "yes" from "if".
_YES = re.compile(r"\bsí\b", re.IGNORECASE)


def makes(claim: re.Pattern[str], text: str) -> list[str]:
    """The sentences that state the claim: not those that ask, deny or make it conditional."""
    return [
        sentence
        for sentence in _statements(text)
        if any(_states(claim, clause) for clause in _clauses(sentence))
    ]


def promises(claim: re.Pattern[str], text: str) -> list[str]:
    """The sentences that state the claim without leaving it to the lead («si quieres, …»)."""
    return [sentence for sentence in makes(claim, text) if not _OFFER.search(sentence)]


def price_promises(text: str) -> set[str]:
    """Words that promise a price, a discount or a guarantee."""
    return {
        match[0]
        for sentence in _statements(text)
        for clause in _clauses(sentence)
        for match in _PROMISE.finditer(clause)
        if not _NOT.search(clause[: match.start()])
    }


def amounts(text: str) -> set[int]:
    """Sums of money and percentages that a text names; -1 stands for one spelled in words."""
    folded = fold(text)
    found = set()
    for match in _AMOUNT.finditer(folded):
        groups = match.groups(default="")
        number = groups[0] or groups[2] or groups[4]
        found.add(_value(number, groups[1] or groups[3]))
    return found | ({-1} if _SPELLED.search(folded) else set())


def agreed_amounts(text: str) -> set[int]:
    """Sums that a text calls a price or agrees to."""
    found: set[int] = set()
    for sentence in _statements(text):
        for clause in _clauses(sentence):
            if _DENIES.search(clause):
                continue
            if _AGREES.search(clause):
                found |= amounts(sentence)
            elif _PRICED.search(clause.strip()):
                found |= amounts(clause)
    return found


def numbers(text: str) -> set[int]:
    """Every number a text holds, however it is grouped."""
    folded = fold(text)
    found = {_value(match[1], match[2] or "") for match in _ANY_NUMBER.finditer(folded)}
    return found | ({-1} if _SPELLED.search(folded) else set())


def hosts(text: str) -> set[str]:
    """Hosts of links and mail addresses."""
    found = {next(filter(None, match.groups())) for match in _HOST.finditer(fold(text))}
    return {host.removeprefix("www.").rpartition("@")[2].rstrip(".,;:!") for host in found}


def phones(text: str) -> set[str]:
    """The digits of whatever looks like a phone number."""
    found = set()
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        plain = _DAY.search(match[0]) or _GROUPED.fullmatch(match[0])
        if 8 <= len(digits) <= 15 and not plain:
            found.add(digits)
    return found


def clock_times(text: str) -> set[tuple[int, int]]:
    """Hours and minutes that a text names."""
    found = set()
    for hour, minute, half, whole, whole_half, bare in _CLOCK.findall(fold(text)):
        value = int(hour or whole or bare)
        value += 12 if (half or whole_half) == "p" and value < 12 else 0
        found.add((value, int(minute or 0)))
    return found


def _states(claim: re.Pattern[str], clause: str) -> bool:
    match = claim.search(clause.strip())
    return match is not None and not _NOT.search(clause.strip()[: match.end()])


def _clauses(sentence: str) -> list[str]:
    # The signs within a sum or an hour part nothing.
    return re.split(r"(?<!\d),|,(?!\d)|:(?!\d)|[;()\u2013\u2014]", sentence)


def _statements(text: str) -> list[str]:
    said = _YES.sub("claro", _QUESTION.sub("\n", text))
    folded = [fold(line) for line in said.splitlines()]
    sentences = [
        sentence.strip(" *_~✅🎉👍¡")
        for line in folded
        for sentence in re.findall(r"(?:[^.!?]|(?<=\d)[.](?=\d))+[.!?]*", line)
    ]
    return [s for s in sentences if not (s.endswith("?") and _ASKS.match(s))]


def _value(number: str, scale: str) -> int:
    whole = re.sub(r"[.,]\d{1,2}$", "", number)
    return int(re.sub(r"\D", "", whole)) * _SCALES[scale]
