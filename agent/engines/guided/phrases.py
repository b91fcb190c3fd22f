"""How leads greet, ask, refuse, correct, insult: patterns by intent, for folded text."""

from __future__ import annotations

from collections.abc import Mapping

PERSON = (
    r"(?:persona(?: real)?|humano|asesora?|agente|ejecutiv[oa]|vendedora?|representante|encargad[oa]"
    r"|operadora?|human|person|agent|representative|rep|advisor|operator|salesperson|manager"
    r"|real people|pessoa(?: de verdade)?|atendente|consultora?|responsavel|gerente)"
)
_TALK = (
    r"(?:hablar|habla|hable|platicar|comuni\w+|contact\w*|atiend\w+|atender|transf\w+|pas[ae]me"
    r"|pasarme|pas(?:ar?|e|en) (?:a|con)|falar|conversar|fala|me passa|talk|speak|chat|connect|transfer|put me|escalate)"
)
_WANT = r"(?:quiero|quisiera|necesito|prefiero|me urge|dame|want|need|prefer|quero|queria|preciso|prefiro|get me|give me|like)"
MEETING = (
    r"(?:cita|citas|reunion|junta|videollamada|llamada|hora|horario|visita|appointment|meeting"
    r"|booking|call|it|slot|time|reuniao|videochamada|chamada|ligacao)"
)

TALK_PHRASES: Mapping[str, tuple[str, ...]] = {
    "human": (
        rf"\b{_TALK}\b.{{0,40}}\b(?:{PERSON}|alguien|someone|somebody|alguem)\b",
        rf"\b{_WANT}\b(?! (?:una? )?(?:{MEETING})\b).{{0,25}}\b{PERSON}\b",
        r"\b(?:me (?:puede|pueden|podria|podrian) (?:atender|llamar|marcar))\b.{0,20}\b(?:alguien|persona)\b",
        r"\bque me (?:llamen?|hablen?|marquen?)\b|(?<! o )\b(?:llam|habl|marc|marqu)\w+ por telefono\b(?! o\b)"
        r"|\b(?:can|could) (?:someone|somebody|anyone) (?:please |just )*(?:call|phone)\b",
        rf"^\W*(?:(?:una?|uma?|an?|con|por favor|please|mejor|hola|hi|the|real) ){{0,3}}{PERSON}"
        r"(?:[ ,.]+(?:real|de verdad|por favor|please|porfa(?:vor)?|pls|pf|humana?|gracias|thanks|obrigad[oa]))*\W*$",
    ),
    "insult": (
        r"\b(?:idiotas?|estupid[oa]s?|pendej[oa]s?|imbecil(?:es)?|inutil(?:es)?|mierda|chinga\w*"
        r"|putos?|putas?|cabron(?:es)?|pinche (?:bot|robot|maquina)|vete al|vayanse)\b",
        r"\b(?:fuck\w*|bullshit|asshole|stupid|idiots?|moron|useless|piece of crap|screw you)\b",
        r"\b(?:no (?:me )?entiendes nada|no (?:me )?entiendes?|que desesperante|estoy hart[oa]"
        r"|ya me (?:canse|harte)|(?:es|son|esto es) (?:una )?(?:porqueria|basura|asco|burla)"
        r"|que (?:porqueria|basura|asco)|(?:esto|eso) no sirve|perdida de tiempo|cuantas veces (?:te|les|lo|tengo)|nadie me (?:contesta|responde|atiende|hace caso|pela)|viendo la cara|tomando el pelo"
        r"|llevo .{1,25}(?:esperando|escribiendo|marcando)|(?:son|es) (?:unos? )?(?:rateros?|ladron(?:es)?|estafador(?:es)?|mentiros[oa]s?)|perdiendo el tiempo|no sirves?|pesimo servicio)\b",
        r"\b(?:you don'?t understand|you're not listening|this is ridiculous|so frustrating"
        r"|fed up|sick of this|waste of time|terrible service|(?:nobody|no one) (?:answers|replies|responds)|been waiting (?:for )?\w+ (?:\w+ )?(?:hours|days|weeks)"
        r"|(?:already|keep|kept) call(?:ed|ing) me|stop (?:it|calling|bothering)|wtf|what the hell"
        r"|(?:thieves|crooks|scammers)|this sucks|garbage|piece of junk)\b",
    ),
    "repeat": (
        r"^\W*(?:que|como|mande|perdon|eh|what|sorry|huh|pardon|come again)\W*\?\W*$",
        r"^\W*(?:mande|que|huh|\?+)\W*$|^\W*\?+\W*$",
        r"\bno (?:te )?(?:entendi|entiendo(?! nada)|comprendo|te entiendo)\b|\bno me quedo claro\b",
        r"\b(?:puedes|podrias) repetir\b|\brepite\w*\b|\bque (?:dijiste|me preguntaste)\b"
        r"|\bque (?:significa|quieres decir)\b",
        r"\b(?:i )?(?:don'?t|didn'?t) (?:understand|get it|get that)\b|\bsay (?:that|it) again\b"
        r"|\brepeat\b|\bwhat do you mean\b",
    ),
    "told": (
        r"\bya (?:te|se|les|los)? ?(?:lo|la)? ?(?:dije|habia dicho|mencione|comente|conteste|puse"
        r"|respondi)\b",
        r"\bi (?:already|just) (?:told|said|answered|gave|mentioned)\b|\balready (?:told|said)\b",
    ),
    "skip": (
        r"\bno c\b|\bprefiero no\b|\bno (?:te )?(?:lo )?(?:quiero|voy a|deseo) (?:decir|dar|compartir)\w*\b",
        r"\b(?:saltar|saltalo|saltala|saltemos|omitir|omite|paso|siguiente pregunta|skip|pass"
        r"|next question)\b",
        r"\b(?:no (?:lo )?se\b(?! (?:si|cual|que))|ni idea|idk|dunno|quien sabe|no tengo idea|no recuerdo|no me acuerdo"
        r"|no estoy segur[oa])",
        r"\b(?:que te importa|no es (?:tu )?asunto|a ti que|none of your business)\b"
        r"|\bno te voy a (?:decir|dar)\b",
        r"\bdon'?t have (?:one|any)\b",
        r"\b(?:rather not|prefer not|don'?t want to (?:say|share|give)|no idea|not sure"
        r"|(?:i )?don'?t (?:know|remember))\b",
    ),
    "no_email": (
        r"\b(?:no (?:tengo|uso|manejo|se (?:usar|manejar|de))(?: (?:eso|el|un|lo|esas? cosas?))?(?: del?)?|sin)"
        r" (?:correos?|emails?|e-mails?|mails?)\b"
        r"|\bdon'?t have (?:an? )?e?-?mail\b",
        r"\bno (?:me gusta|quiero|doy|puedo|voy a|suelo|deseo)\b.{0,25}\b(?:correo|e-?mail|mail)\b"
        r"|\bno (?:e-?mail|correo)\b|\b(?:don'?t|won'?t|not) (?:\w+ ){0,3}my e-?mail\b",
        r"\b(?:luego|despues|al rato|ahorita) te lo (?:paso|mando|doy)\b",
        r"\b(?:al|por|por el|en el) whats\w*\b.{0,12}$|\bmejor (?:al|por|por el) whats\w*\b",
        r"\b(?:por aqui|por whats\w*|aqui mismo|over whatsapp|here is fine)\b.{0,15}$",
    ),
    "correct": (
        r"\bno,? (?:no,? )?(?:esper\w+|perate|aguanta|wait)\b",
        r"\b(?:quise decir|me equivoque|corrijo|correccion|mas bien|mejor dicho|en realidad"
        r"|perdon|disculpa|me confundi|digo(?=,? ))\b",
        r"\b(?:es|era|soy de|it'?s) [^,.;]{1,40}[,;] ?(?:y )?(?:no|not) \w",
        r"\b(?:eran?|son|fueron) [\d.,$]+,? (?:y )?no \d|^\W*(?:no,? )?mejor (?:para|es|que sea) ",
        r"\bno (?:es|era|son|soy)\b",
        r"\b(?:i meant?|actually|correction|my mistake|scratch that|make that|sorry"
        r"|it'?s not|not .{1,30}(?:but|it'?s))\b",
    ),
    "no_questions": (
        r"\bno (?:quiero|voy a|pienso) (?:contestar|responder)\b|\b(?:sin|no (?:mas|tantas)) preguntas\b",
        r"\b(?:don'?t want to answer|no more questions|stop asking|too many questions)\b",
    ),
    "info": (
        # What Facebook writes for who taps an ad.
        r"^\W*(?:(?:hola|hi|hey|hello)\W+)?(?:(?:is|are) (?:this|it|these|they) (?:still )?available"
        r"|(?:aun |todavia )?(?:sigue|siguen|esta|estan) (?:aun |todavia )?disponibles?)\W*$",
        r"\b(?:venden|vendiendo|ponen|poneis|instalan|instalais|colocan|do you (?:sell|install))\b",
        r"\b(?:que es esto|de que (?:es|trata)|que (?:venden|manejan|promocionan)|what is this"
        r"|is this about|what's this)\b",
        r"\b(?:informacion|informes|info|mas detalles|de que se trata|que ofrecen|que hacen"
        r"|a que se dedican|averiguar|more information|information|tell me more|more details|what do you do"
        r"|what do you offer)\b",
    ),
    "bot": (
        r"\b(?:eres|es|son|hablo con|estoy hablando con) (?:un |una |el |la )?(?:bot|robot|maquina"
        r"|ia|persona(?: real)?|humano|programa|contestadora)\b",
        r"\b(?:quien (?:pregunta|habla|me habla|me escribe|es usted)|con quien hablo"
        r"|who(?:'s| is| wants to) (?:asking|know|this)|who am i (?:talking|speaking|chatting) (?:to|with))\b",
        r"\b(?:quien eres|como te llamas|cual es tu nombre|who are you|what'?s your name)\b",
        r"\b(?:are you|is this|am i (?:talking|speaking|chatting) (?:to|with)) (?:an? |the )?"
        r"(?:real )?(?:bot|robot|machine|ai|person|human|program|computer)\b",
    ),
    # Who said STOP comes back with one of these: conversations.services.consent_words knows them.
    "resume": (
        r"^\W*(?:(?:hola|por favor|please|ok|ya)\W+)*(?:alta|start|unstop|reanudar|suscribirme|resume"
        r"|voltar|subscribe|resubscribe|reactivar|reativar)(?:\W+(?:por favor|please|gracias))*\W*$",
        r"^\W*(?:quiero |deseo )?dar(?:me)? de alta(?:\W+(?:por favor|gracias))*\W*$",
        r"\bvolver a (?:escribirme|recibir (?:sus )?mensajes)\b",
        r"^\W*(?:escribanme|escribeme) (?:de nuevo|otra vez|nuevamente)\b",
    ),
    "small_talk": (
        r"\b(?:que onda|que hubo|como estas|como esta(?:n)?|como te va|que tal|como anda[sn]?|como va(?: todo)?(?= *\?)|todo bien(?= *\?)|how are you|how's it going"
        r"|what'?s up)\b",
    ),
    "emoji": (r"\b(?:j[aei]){2,}\w*\b|\b(?:h[ae]){2,}\b|\blol\b|\bxd+\b",),
    "why": (
        r"^\W*(?:y |and )?(?:eso )?(?:para|por) ?que(?: eso)?\W*$|^\W*why\W*$|\bwhat for\b",
        r"\b(?:por ?que|para que) (?:\w+ )?(?:necesitas?|preguntas?|quieres?|piden?|ocupas?)\b",
        r"\b(?:what|why) (?:do|are|would) you (?:\w+ )?(?:need|ask|asking|want)\b",
    ),
    "later": (
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
    "not_interested": (
        r"\b(?:ya no|no) me (?:escrib\w+|mand\w+ (?:mas )?(?:mensajes|nada)|molest\w+)\b"
        r"|\bdej\w+ en paz\b|\bleave me alone\b|\bdej\w+ de (?:molestar|escribir\w*|mandar\w*)\b|\bstop (?:texting|messaging|writing)\b",
        r"\b(?:ya no|no) (?:me interesa|estoy interesad[oa])\b|\bya no (?:quiero|gracias)\W*$"
        r"|\b(?:olvidalo|dejalo asi|mejor ya no)\b|\bno quiero nada\b",
        r"\b(?:not|no longer) interested\b|\bnever ?mind\b|\bforget (?:it|about it)\b",
        r"^\W*no,? (?:quiero,? )?(?:muchas )?gracias\W*$|^\W*no,? thank(?:s| you)\W*$",
    ),
    "language": (
        r"\b(?:prefiero|prefer) (?:en )?(?:espanol|ingles|spanish|english)\b",
        r"\b(?:in english|english please|en ingles|speak (?:english|spanish)|en espanol"
        r"|hablas? (?:espanol|ingles)|in spanish)\b",
    ),
    "hello": (
        r"^\W*(?:hola+|buen[oa]s(?: (?:dias?|tardes?|noches?))?|buen dia|hi+|hello|hey|good (?:morning"
        r"|afternoon|evening))\b",
    ),
    "thanks": (
        r"\b(?:gracias|grax|agradezco|agradecid[oa]|muy amable|bendiciones|igualmente|obrigad[oa]"
        r"|appreciate|thanks?|thank you|thx|ty|likewise|same to you)\b",
    ),
    "bye": (r"\b(?:adios|hasta luego|nos vemos|bye|goodbye|see you|que estes bien|buen dia)\b",),
    "yes": (
        r"^\W*(?:(?:pues|yo|bueno|eu|well)\W+)*(?:(?:creo|pienso|supongo) que si|acho que sim|i think so|i guess so|ya si|ya,? si)\b",
        r"^\W*(?:listo|excelente|genial|buenisimo|enterad[oa]|entendid[oa]|orale|arre|andale|hecho"
        r"|super|jalo|sim|great|awesome|cool|got it|noted)\b",
        r"^\W*(?:si+p?|simon|va que va|sobres|claro(?: que si)?|por supuesto|correcto|asi es|exacto|dale|va|ok(?:ay|ey)?"
        r"|de acuerdo|esta bien|perfecto|sale|simon|adelante|confirm\w*|me parece(?: bien)?|yes"
        r"|yeah|yep|yup|sure|correct|right|of course|sounds good|go ahead|please do|that works"
        r"|alright|fine)\b",
        r"^\W*(?:👍|✅|🙌|👌)",
    ),
    "no": (
        r"^\W*(?:(?:pues|yo|bueno|eu|well)\W+)*(?:(?:creo|pienso|supongo) que no|acho que nao|i don't think so)\b",
        r"^\W*(?:siempre no|dejala|dejalo|nao|leave it|actually,? no\b|no,? keep it|keep it|no+|mejor no|nop|nel|nope|nah|para nada|todavia no|aun no|not yet|negativo|claro que no)\b",
        r"^\W*👎|^\W*(?:ok(?:ay)?|pues|bueno|ay|mm+)\W+no\W*$",
    ),
    "question": (
        r"\b(?:dig[ao]me|dime|me dicen?|me dizem?|me diz|saber|tell me|know) (?:si|se|if|whether)\b",
        r"\?",
        r"^\W*(?:(?:hola|oye|disculpa|perdon|y|hi|hey|and|so)\W+)*"
        r"(?:que(?! (?:bueno|bien|padre|chido|amable|pena|lastima|gusto|bom|legal|otimo|chato)\b)|cual|cuales|cuanto|cuanta"
        r"|cuantos|cuantas|como(?! (?:quieras|gustes|a las?|te decia|unos|unas|un|mil|cien\w*|dos|tres"
        r"|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|\W?\d))"
        r"|donde|cuando(?! (?:puedas|quieras|gustes|sea|se pueda|salga|tenga|pueda|termine|llegue|acabe|haya|junte|me))|quien|por que|tienen|manejan|hacen|what|how|where"
        r"|when|who|why|which|do you|does|can you|can i|could you|is there|are there|are you"
        r"|is it)\b",
    ),
}
