"""How leads who write Portuguese say it: patterns by intent, for folded text."""

from __future__ import annotations

from collections.abc import Mapping

_YOU = r"(?:voces?|vcs?)"
_MEETING = r"(?:reuniao|conversa|chamada|videochamada|ligacao|visita|horario|hora)"
_MACHINE = r"(?:robo|bot|maquina|ia|inteligencia artificial|pessoa(?: de verdade)?|humano)"
_LATER = r"(?:depois|mais tarde|amanha|daqui a pouco|a noite|logo mais)"
_WRITE = r"(?:escrevo|falo|aviso|respondo|mando|chamo|retorno|confirmo|vejo)"

PORTUGUESE_PHRASES: Mapping[str, tuple[str, ...]] = {
    "human": (
        r"\b(?:me (?:liga|ligue|ligam|liguem)|alguem (?:pode |poderia )?(?:me )?ligar)\b(?! as\b)",
        r"\b(?:falar|conversar|atendid[oa]) (?:com|por) (?:alguem|gente)\b",
    ),
    "insult": (
        r"\b(?:merda|porra|caralho|vai se f\w+|vsf|vtnc|pqp|fdp|otari[oa]|babaca"
        r"|(?:seu|sua|que|voce e|vc e) burr[oa])\b",
        r"\b(?:nao (?:ta|esta) (?:me )?entendendo(?: nada)?|nao entende nada|que saco|de saco cheio"
        r"|que (?:lixo|porcaria|palhacada|absurdo)|e (?:um|uma) (?:lixo|porcaria|palhacada|vergonha)"
        r"|perda de tempo|perdendo (?:o )?(?:meu )?tempo|pessimo atendimento|nao serve pra nada"
        r"|ja cansei|cansei de|ninguem me (?:responde|atende)|bando de \w+|ladroes|golpistas"
        r"|(?:estou|to) esperando (?:ha|faz) \w+)\b",
    ),
    "repeat": (
        r"^\W*(?:o que|oi|como|hein|como assim)\W*\?\W*$",
        r"\bnao (?:entendi|entendo)\b|\bcomo assim\b|\bpode repetir\b|\brepete\b"
        r"|\bo que (?:voce |vc )?(?:quer|quis) dizer\b",
    ),
    "told": (
        r"\bja (?:te |lhe )?(?:disse|falei|respondi|mandei|informei|passei|escrevi)\b"
        r"|\bacabei de (?:dizer|falar|mandar|responder)\b",
    ),
    "skip": (
        r"\bprefiro nao\b|\bnao (?:quero|vou) (?:te )?(?:dizer|falar|informar|passar|responder isso)\b",
        r"^\W*(?:pode )?pular?\W*$|\bproxima pergunta\b",
        r"\bnao sei\b(?! (?:se|qual|que|quando|onde))|\bnao faco ideia\b|\bsei la\b|\bnao lembro\b"
        r"|\bnao tenho (?:certeza|ideia)\b",
        r"\bnao e da sua conta\b|\bnao te interessa\b",
    ),
    "no_email": (
        r"\b(?:nao (?:tenho|uso)|sem) (?:um )?e-?mail\b"
        r"|\bnao (?:quero|vou|gosto de|posso) (?:\w+ ){0,3}e-?mail\b",
        rf"\b{_LATER} (?:eu )?(?:te )?(?:passo|mando|envio)\b",
        r"\b(?:pode ser )?por aqui mesmo\b.{0,12}$|\b(?:pelo|no) (?:whats\w*|zap)\b.{0,12}$",
    ),
    "correct": (
        r"\bnao,? (?:nao,? )?(?:espera|pera|perai|calma)\b",
        r"\b(?:quis dizer|quer dizer|na verdade|me enganei|errei|corrigindo|correcao|ou melhor|alias"
        r"|desculpa|desculpe|perdao)\b",
        r"\b(?:e|era|sou d[eoa]|sao|eram) [^,.;]{1,40}[,;] ?(?:e )?nao \w|\bnao (?:e|era|sao|sou|eram)\b",
        r"^\W*(?:nao,? )?melhor (?:pra|para) ",
    ),
    "no_questions": (
        r"\bnao (?:quero|vou) responder\b|\b(?:sem|chega de) (?:mais )?perguntas\b|\bquantas? perguntas?\b",
    ),
    "info": (
        r"\b(?:informacao|informacoes|mais detalhes|saber mais|voces instalam|voces vendem|do que se trata"
        r"|o que (?:voces |vcs )?(?:vendem|fazem|oferecem|e isso))\b",
        r"^\W*(?:(?:oi|ola)\W+)?(?:ainda )?(?:esta|ta|estao) disponive(?:l|is)\W*$",
    ),
    "bot": (
        rf"\b{_YOU} e (?:um |uma |o |a )?{_MACHINE}\b|\bfalando com (?:um |uma |o |a )?{_MACHINE}\b"
        r"|\b(?:e|isso e) (?:um )?(?:robo|bot)\b",
        rf"\bquem (?:e {_YOU}|esta falando|fala|ta falando)\b|\bqual (?:e )?(?:o )?seu nome\b"
        rf"|\bcomo {_YOU} se chama\b|\bcom quem (?:eu )?(?:falo|estou falando|to falando)\b",
    ),
    "small_talk": (
        r"\b(?:tudo|td) (?:bem|bom|certo|joia)\b[^?.!]{0,20}\?"
        r"|^\W*(?:(?:oi|ola|opa|bom dia|boa tarde|boa noite)\W+)+(?:tudo|td) (?:bem|bom)\b",
        rf"\bcomo vai\b|\bcomo {_YOU} (?:esta|ta|vai)\b",
    ),
    "emoji": (r"\bk{2,}\b|\b(?:rs){1,4}\b",),
    "why": (
        r"^\W*(?:e |mas )?(?:isso )?(?:pra|para|por) ?que(?: isso)?\W*$",
        rf"\b(?:por ?que|pra que|para que) (?:{_YOU} )?(?:precisam?|perguntam?|quer|querem|pedem?)\b",
    ),
    "later": (
        rf"\b{_LATER} (?:eu )?(?:te |lhe |a gente )?{_WRITE}\b",
        rf"\b(?:te |eu )?{_WRITE} (?:com voces )?{_LATER}\b",
        r"\bagora (?:eu )?nao (?:posso|da|consigo)\b|\b(?:estou|to|tou) (?:ocupad[oa]|trabalhando"
        r"|dirigindo|em reuniao|numa reuniao|no trabalho)\b",
        r"\b(?:vou|deixa eu|preciso) pensar\b|\bvou (?:falar|conversar|ver) com (?:meu|minha)\b",
    ),
    "not_interested": (
        r"\bnao (?:tenho|ha) (?:mais )?interesse\b|\bnao (?:estou|to) (?:mais )?interessad[oa]\b"
        r"|\bnao me interessa\b|\bdeixa (?:pra la|quieto)\b|\besquece\b|\bnao quero (?:mais )?nada\b",
        r"^\W*nao,? (?:quero,? )?(?:muito )?obrigad[oa]\W*$|\bnao quero mais\W*$|\bpara de (?:me )?(?:mandar|encher)\b",
    ),
    "language": (
        r"\bem (?:portugues|espanhol|ingles)\b|\bportugues por favor\b|\b(?:speak|in) portuguese\b"
        r"|\b(?:falam?|hablan?) portugues\b|\bprefiro (?:em )?(?:portugues|espanhol|ingles)\b",
    ),
    "hello": (r"^\W*(?:oi+e?|ola+|opa|bom dia|boa tarde|boa noite|e ai)\b",),
    "thanks": (r"\b(?:valeu|vlw|obg|agradeco|brigad[oa])\b",),
    "bye": (r"\b(?:tchau|ate (?:logo|mais|breve|amanha)|abracos?)\b",),
    "yes": (
        r"^\W*(?:isso(?: mesmo| ai)?|com certeza|beleza|blz|pode ser|fechado|combinado|certo|exato"
        r"|exatamente|ta (?:bom|bem|certo|otimo)|tudo bem|otimo|perfeito|bora|show|uhum|aham"
        r"|pode (?:marcar|agendar|confirmar|cancelar|mudar)|confirmado|legal|maravilha)\b",
        r"^\W*(?:quero|pode)(?: sim)?\W*$",
    ),
    "no": (
        r"^\W*(?:n|nn|de jeito nenhum|ainda nao|melhor nao|deixa assim|deixa como (?:ta|esta))\b",
    ),
    "question": (
        r"^\W*(?:(?:oi|ola|e|mas|desculpa)\W+)*(?:qual|quais|quantos?|quantas?|onde|quem"
        r"|quando(?! (?:puder|quiser|der|for|tiver|chegar))|o que"
        rf"|{_YOU} (?:tem|fazem|atendem|instalam|trabalham|aceitam|podem)|da pra|e possivel|aceitam)\b",
    ),
    "cancel": (
        r"\bdesmarc\w+\b",
        rf"\bnao (?:quero|vou querer|preciso) mais (?:d?[ae]ssa |da |a |de )?{_MEETING}\b",
    ),
    "cannot": (
        r"\bnao (?:vou (?:poder|conseguir)|(?:posso|consigo) (?:ir|participar|nesse (?:dia|horario))"
        r"|vai dar)\b|\bimprevisto\b|\bsurgiu (?:um|uma)\b",
    ),
    "needs_staff": (
        r"\bvou (?:me )?atrasar\b|\b(?:estou|to|vou chegar|chego) (?:\w+ ){0,3}atrasad[oa]\b",
        r"\bninguem (?:entrou|apareceu|me ligou|me chamou|me escreveu|atende|respondeu|esta aqui)\b"
        r"|\bnao tem ninguem\b|\blink nao (?:abre|funciona|entra)\b",
    ),
    "no_meeting": (
        r"\bnao (?:quero|preciso) (?:de )?(?:uma |nenhuma |marcar |fazer )*"
        r"(?:reuniao|ligacao|videochamada|chamada)\b",
    ),
    "move": (
        r"\b(?:remarc\w+|reagend\w+|adiar|adia)\b",
        rf"\b(?:mud\w+|troc\w+|antecip\w+|pass\w+) .{{0,20}}\b{_MEETING}\b",
        r"\b(?:da pra|podemos|posso|pode|queria|quero|preciso) (?:mudar|trocar|passar) (?:pra|para|de|o"
        r"|a|isso)?\b|^\W*(?:quero |preciso )?(?:mudar|trocar)\W*$",
    ),
    "details": (
        r"\b(?:que horas|que dia|quando) (?:e|era|vai ser|ficou|ficamos|ta|esta)\b",
        r"\bcom quem (?:vai ser|e|(?:eu )?vou (?:falar|conversar))\b|\bcomo (?:eu )?(?:entro|participo|acesso)\b",
        r"\b(?:ta|esta|ficou) (?:confirmad|marcad|agendad)[oa]\b|\b(?:qual|manda) o link\b",
    ),
    "meet": (
        r"\b(?:marcar|marca|marque|marcamos|agendar|agenda) (?:um|uma|o|a|pra|para|com|essa|esse|logo)\b"
        r"|\b(?:quero|queria|gostaria de|podemos|vamos|posso|da pra) (?:marcar|agendar)\b"
        r"|\breuniao\b|\bvideochamada\b",
        rf"\bque (?:dias?|horas?|horarios?) (?:{_YOU} )?(?:tem|podem?)\b"
        rf"|\b(?:quando|qnd) (?:{_YOU} )?(?:podem?|tem)\b|\btem horarios?\b",
    ),
    "none_fits": (
        r"\bnenhum(?:a)?\b|\bnao (?:posso|da|consigo|serve|funciona|fica bom)\b|\boutr[oa]s? (?:dia|hora|data|horario)s?\b"
        r"|\bmais (?:opcoes|horarios)\b",
        r"\b(?:tem|algo|pode ser|da pra ser|teria)\b.{0,15}\bmais (?:tarde|cedo)\b",
    ),
    "any_fits": (
        rf"\bqualquer\b|\btanto faz\b|\b{_YOU} (?:que )?(?:sabe|escolhe|decide|manda)\b"
        r"|\bo mais (?:cedo|proximo|rapido)\b|\bquando (?:puder|quiser|der)\b",
    ),
}
