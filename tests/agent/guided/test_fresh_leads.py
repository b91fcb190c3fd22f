"""Leads as they write from Tijuana to Porto Alegre, with what must come of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from agent.playbook.schema import Disqualifier, HandOffRules, Playbook
from agent.turn import HandoffWhy, Language
from tests.agent.guided.cases import READY
from tests.agent.guided.chat import NOW, PLAYBOOK, Chat

READY_PT = "Oi, sou a Ana, é pra minha casa e pago 3000 de luz. Moro em Curitiba e quero pra ontem"
READY_EN = "Hi, I'm Ana, it's for my house, I pay 3000 for power. I live in Puebla and need it asap"
SENTENCE = re.compile(r"[^.!?¿¡\n:]{20,}[.!?]")
ASKS = [[*question.ask.values(), *question.again.values()] for question in PLAYBOOK.questions]


@dataclass(frozen=True)
class Lead:
    """`says` a turn each; `reads` must be in the last answer, `heard` in any, `never` in none."""

    says: tuple[str | tuple[str, ...], ...]
    facts: dict[str, Any] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    meeting: str = ""
    handed_off: HandoffWhy | None = None
    language: Language = "es"
    playbook: Playbook = PLAYBOOK
    now: datetime = NOW


WITHOUT_MEETINGS = replace(PLAYBOOK, meetings_offered=False)
IMPATIENT = replace(PLAYBOOK, hand_off=HandOffRules(("demanda",), stuck_after=1, off_topic_after=2))
ONLY_HOMES = replace(
    PLAYBOOK, disqualifiers=(Disqualifier("need", "equals", {"es": "Negocio"}, "business"),)
)
TWO_LANGUAGES = replace(PLAYBOOK, languages=("en", "es"))

LEADS = {
    "mx, voice-typed": Lead(
        (
            "hola buenas tardes oye fíjate que vi su anuncio en el face y me interesa lo de los "
            "paneles porque me está llegando bien carísimo el recibo como tres mil quinientos "
            "cada dos meses y pues vivo aquí en Ecatepec es mi casa propia",
            "ah perdón soy Lupita",
            "pues lo más pronto que se pueda la verdad",
            "lupita arroba hotmail punto com",
            "el viernes a las cuatro",
        ),
        {
            "name": "Lupita",
            "bill": 3500,
            "city": "Ecatepec",
            "need": "home",
            "timing": "now",
            "email": "lupita@hotmail.com",
        },
        meeting="2026-11-27T22:00",
    ),
    "mx, terse": Lead(
        ("precio", "beto", "ksa", "2k", "neza", "ya", "no", "1"),
        {"name": "Beto", "need": "home", "bill": 2000, "city": "Neza", "timing": "now"},
        meeting="2026-11-26T16:00",
    ),
    "mx, haggles": Lead(
        (
            "hola",
            "Ramón",
            "negocio",
            "unos 12 mil al mes",
            "Monterrey",
            "¿cuánto me cobran?",
            "está carísimo, hazme un descuento",
            "otra empresa me lo deja en 80 mil",
            "¿lo menos?",
            "en un par de meses",
        ),
        {"bill": 12000, "city": "Monterrey", "timing": "months"},
        ("¿A qué correo",),
        ("El precio depende", "Eso no lo puedo decidir yo", "Como te decía"),
        ("80,000",),
    ),
    "mx, night": Lead(
        (
            "hola buenas noches, disculpen la hora",
            "Sofi 🌸",
            "depa",
            "mil ochocientos",
            "Cancún",
            "nomás ando viendo",
            "sofi guion bajo mx arroba gmail punto com",
            "el sábado se puede?",
            "bueno el que tengas más pronto",
        ),
        {"name": "Sofi", "bill": 1800, "timing": "looking", "email": "sofi_mx@gmail.com"},
        heard=("Para el sábado 28 de noviembre no tengo lugar",),
        meeting="2026-11-26T16:00",
    ),
    "mx, works at Cemex": Lead(
        (
            "hola, trabajo en Cemex y queremos paneles para la planta, soy el ing. Luis Ortega",
            "unos 80 mil pesos",
            "San Pedro Garza García",
            "en dos o tres meses",
            "luis.ortega@cemex.com",
        ),
        {
            "name": "Luis Ortega",
            "need": "business",
            "bill": 80000,
            "city": "San Pedro Garza García",
            "timing": "months",
        },
    ),
    "mx, tres quinientos": Lead(("hola", "Ana", "casa", "tres quinientos"), {"bill": 3500}),
    "mx, mil 500": Lead(("hola", "Ana", "casa", "mil 500 pesitos"), {"bill": 1500}),
    "mx, dos y medio": Lead(("hola", "Leo", "casa", "dos y medio"), {"bill": 2500}),
    "mx, three of what": Lead(
        ("hola", "Leo", "casa", "como 3", "3 mil"), {"bill": 3000}, never=("te conviene",)
    ),
    "mx, the name comes late": Lead(
        ("hola", "...", "?", "🤔", "Ana"), {"name": "Ana"}, ("Mucho gusto, Ana",)
    ),
    "mx, waits for days": Lead(
        ("hola", "llevo 3 días esperando y nadie me contesta"),
        handed_off=HandoffWhy.FRUSTRATED,
    ),
    "mx, insults": Lead(
        ("hola", "pinche bot no sirves para nada"), handed_off=HandoffWhy.FRUSTRATED
    ),
    "mx, corrects all along": Lead(
        (
            "hola",
            "me llamo Roberto",
            "perdón, Rodrigo",
            "casa",
            "3000",
            "no, quise decir 5000",
            "Puebla",
            "no es Puebla, es Cholula",
            "ya",
            "rod@gmail.con",
            "rod@gmail.com",
            "no, mejor rodrigo@gmail.com",
        ),
        {"name": "Rodrigo", "bill": 5000, "city": "Cholula", "email": "rodrigo@gmail.com"},
        ("ya lo corregí",),
        ("no me quedó claro",),
    ),
    "mx, told already": Lead(
        ("Hola soy Karla, para mi casa en León", "3200", "ya te dije que en León", "ya te lo dije"),
        {"name": "Karla", "city": "León", "bill": 3200},
        ("¿A qué correo",),
        ("eso ya lo tengo",),
    ),
    "mx, not that day": Lead(
        (READY, "no", "el lunes no puedo, mejor el martes a las 10 de la mañana"),
        meeting="2026-12-01T16:00",
    ),
    "mx, half past and quarters": Lead(
        (READY, "no", "el martes que viene a las 5 y cuarto", "pasado mañana a las 4"),
        heard=("A esa hora ya no hay lugar",),
        meeting="2026-11-27T22:00",
    ),
    "mx, two at once": Lead(
        ("hola", "Pepe", "casa", "somos 5 y pago entre 2 y 3 mil"), {"bill": 2500}
    ),
    "ar": Lead(
        (
            "buenas, cómo andan? quería averiguar por los paneles",
            "Soy Nacho, de Rosario",
            "para mi casa che",
            "y... pago unos 45 lucas por mes",
            "lo antes posible dale",
            "nacho@gmail.com",
            "ninguno me sirve",
            "podés el martes que viene a las 4 de la tarde?",
        ),
        {"name": "Nacho", "city": "Rosario", "bill": 45000, "timing": "now"},
        never=("no la tengo",),
        meeting="2026-12-01T22:00",
    ),
    "co": Lead(
        (
            "Buenas tardes, qué pena molestarlos, quisiera una información",
            "Mi nombre es Andrés Felipe Gómez",
            "sería para la casa de mis papás en Medellín",
            "como unos quinientos mil pesos",
            "no sabría decirle, en unos mesecitos",
            "no señor, no tengo",
        ),
        {"name": "Andrés Felipe Gómez", "city": "Medellín", "bill": 500000, "timing": "months"},
        ("horas libres",),
    ),
    "cl": Lead(
        (
            "hola po, cachan si ponen paneles en Santiago de Chile?",
            "Cata",
            "pa mi casa",
            "como 90 lucas",
            "altiro",
            "cata.rojas arroba gmail punto com",
            "el jueves onda 10",
        ),
        {"city": "Santiago de Chile", "bill": 90000, "timing": "now"},
        heard=("Instalamos en todo México",),
        meeting="2026-11-26T16:00",
    ),
    "es, in euros": Lead(
        (
            "Buenas, ¿ponéis placas en chalets?",
            "Marta",
            "es un chalet, mi vivienda",
            "unos 180 euros al mes",
            "pues 3500",
        ),
        {"need": "home", "bill": 3500},
        heard=("¿Y como cuánto sería en pesos mexicanos?",),
        never=("no te convienen",),
    ),
    "en, chatty": Lead(
        (
            "Hey there! Saw your ad on Instagram, my electric bill is killing me lol",
            "I'm Jessica btw",
            "it's for our house in Austin",
            "like two and a half grand",
            "sometime next year maybe",
            "jess dot miller at gmail dot com",
            "how about Thursday at half past ten?",
            "any time Friday morning?",
            "the second one",
        ),
        {"name": "Jessica", "city": "Austin", "bill": 2500, "email": "jess.miller@gmail.com"},
        heard=("That time isn't open",),
        meeting="2026-11-27T16:00",
        language="en",
    ),
    "en, burst": Lead(
        (
            ("hi", "name's Tom Baker", "need it for my shop", "pay about 4k/mo"),
            "Already told you, 4k",
            "Monterrey",
            "asap",
            "I'd rather not",
            "next tuesday at 4pm",
        ),
        {"name": "Tom Baker", "need": "business", "bill": 4000},
        heard=("I've got that",),
        meeting="2026-12-01T22:00",
        language="en",
    ),
    "en, skeptic": Lead(
        (
            "is this a scam?",
            "who am I talking to?",
            "are you a bot",
            "ok fine. Dan",
            "my place",
            "idk",
            "what do you need my city for",
            "Dallas",
            "can someone just call me",
        ),
        {"name": "Dan", "need": "home", "city": "Dallas"},
        heard=("Fair question", "virtual assistant", "not a person", "comes prepared"),
        handed_off=HandoffWhy.ASKED,
        language="en",
    ),
    "en, waited": Lead(
        ("hi", "I've been waiting for two days and nobody answers"),
        handed_off=HandoffWhy.FRUSTRATED,
        language="en",
    ),
    "en, then Spanish": Lead(
        ("hola", "do you speak english?", "Mike", "my house", "prefiero español"),
        {"name": "Mike", "need": "home"},
        ("seguimos en español",),
        ("English it is",),
    ),
    "pt, straight on": Lead(
        (
            "Oi, vi o anúncio de vocês",
            "Paulo Souza",
            "pra minha casa",
            "uns 800 pesos",
            "Curitiba",
            "o mais rápido possível",
            "não",
            "amanhã às 10",
            "valeu!",
        ),
        {"name": "Paulo Souza", "need": "home", "bill": 800, "city": "Curitiba", "timing": "now"},
        ("é só chamar",),
        ("Prazer, Paulo!", "Sua reunião está confirmada"),
        meeting="2026-11-26T16:00",
    ),
    "pt, all in one": Lead(
        (
            "Bom dia, tudo bem? Sou a Ana, de Belo Horizonte, tenho uma padaria e pago uns dois "
            "mil e quinhentos de luz. Quanto custa?",
            "daqui a alguns meses",
            "ana.souza@gmail.com",
            "depois de amanhã às 16h",
        ),
        {"name": "Ana", "city": "Belo Horizonte", "need": "business", "bill": 2500},
        heard=("O preço depende",),
        meeting="2026-11-27T22:00",
    ),
    "pt, corrects": Lead(
        (
            "oi",
            "joão",
            "casa",
            "na verdade é pra loja",
            "mil e duzentos",
            "desculpa, 2200",
            "São Paulo",
            "já te disse, São Paulo",
            "mês que vem",
            "maria arroba gmail ponto com",
            "nenhum desses",
            "quinta à tarde",
            "a primeira",
            "preciso remarcar",
            "sexta às 10",
        ),
        {
            "name": "João",
            "need": "business",
            "bill": 2200,
            "city": "São Paulo",
            "timing": "months",
            "email": "maria@gmail.com",
        },
        ("foi remarcada",),
        ("já corrigi", "isso eu já anotei"),
        meeting="2026-11-27T16:00",
    ),
    "pt, digresses": Lead(
        (
            "oi",
            "quem é você? é um robô?",
            "Marcos",
            "vocês dão desconto?",
            "tá caro hein",
            "casa",
            "não sei",
            "Recife",
            "só pesquisando",
            "não",
            "não quero reunião",
        ),
        {"name": "Marcos", "need": "home", "city": "Recife", "timing": "looking"},
        ("sem reunião",),
        ("Sou Luz", "Isso não sou eu que decido", "O preço depende"),
    ),
    "pt, laughs": Lead(
        ("oi", "kkkk", "Rafa", "não entendi", "casa", "vocês atendem no domingo?"),
        {"name": "Rafa", "need": "home"},
        heard=("de segunda a sexta",),
    ),
    "pt, begins in Spanish": Lead(
        ("hola", "quero saber o preço, moro no Rio de Janeiro", "Carla"),
        {"name": "Carla", "city": "Rio de Janeiro"},
        ("Prazer, Carla!",),
    ),
    "pt, a person": Lead(
        ("olá", "prefiro falar com um atendente"),
        reads=("pessoa da equipe",),
        handed_off=HandoffWhy.ASKED,
    ),
    "pt, angry": Lead(
        ("oi boa noite", "que saco, vocês não entendem nada"), handed_off=HandoffWhy.FRUSTRATED
    ),
    "pt, cancels": Lead(
        (READY_PT, "não", "o primeiro", "quero desmarcar", "sim, pode cancelar"),
        reads=("foi cancelada",),
        heard=("Cancelo sua reunião",),
    ),
    "pt, Monday is no second": Lead(
        (READY_PT, "não", "pode ser segunda às 10?", "isso"), meeting="2026-11-30T16:00"
    ),
    "mx, everything at once": Lead(
        (
            "Hola! Soy la Lic. Mónica Ríos de Grupo Hotelero del Golfo, nos interesa para 2 hoteles "
            "en Veracruz, pagamos entre 150 y 180 mil mensuales, mi correo "
            "monica.rios@hotelesgolfo.mx, ¿pueden el lunes a primera hora?",
            "en unos 3 meses",
            "el lunes a las 9",
        ),
        {
            "name": "Mónica Ríos",
            "need": "business",
            "city": "Veracruz",
            "bill": 165000,
            "timing": "months",
        },
        heard=("te busco lugar el lunes 30 de noviembre",),
        never=("febrero",),
        meeting="2026-11-30T15:00",
    ),
    "mx, ok no": Lead(
        (
            "hola, es para negocio",
            "Beto Pérez",
            "perdón me equivoqué, es para mi casa",
            "2mil",
            "Toluca",
            "el otro año",
            "ok no",
        ),
        {"need": "home", "bill": 2000, "timing": "looking"},
        ("horas libres",),
    ),
    "mx, how often": Lead(
        ("hola", "Luis", "cuántas veces les tengo que decir que no"),
        handed_off=HandoffWhy.FRUSTRATED,
    ),
    "pe": Lead(
        (
            "Hola amiga, cuánto está el panel pe",
            "Jhon",
            "mi casita",
            "200 soles",
            "Lima",
            "ya pues",
            "no tengo correo causa",
            "mañana tempranito nomás",
            "el de las 10",
        ),
        {"name": "Jhon", "need": "home", "city": "Lima", "timing": "now"},
        heard=("El precio depende", "¿Y como cuánto sería en pesos mexicanos?"),
        never=("no te convienen",),
        meeting="2026-11-26T16:00",
    ),
    "en, typos": Lead(
        (
            "hii i want solr panels",
            "jhon smith",
            "hose",
            "arround 3 thousnd",
            "gadalajara",
            "as son as posible",
            "john@gmial.com",
            "john@gmail.com",
            "thurdsay 10 am",
        ),
        {"name": "Jhon Smith", "bill": 3000, "timing": "now", "email": "john@gmail.com"},
        heard=("I couldn't read that e-mail",),
        meeting="2026-11-26T16:00",
        language="en",
    ),
    "pt, typos": Lead(
        (
            "ola boa tarde qria saber o preco",
            "meu nome e andré",
            "e pra minha caza",
            "mil reais",
            "uns 3 mil pesos",
            "bh",
            "o quanto antes possivel",
            "nao tenho nao",
            "qnd vcs podem?",
            "pode ser na terça de manhã",
            "a de 10",
        ),
        {"name": "André", "need": "home", "bill": 3000, "city": "BH", "timing": "now"},
        heard=("em pesos mexicanos?",),
        meeting="2026-12-01T16:00",
    ),
    "pt, voice-typed": Lead(
        (
            "oi tudo bem então é o seguinte eu moro aqui em Campinas e minha conta de luz tá vindo "
            "uns dois mil por mês aí queria ver quanto fica pra colocar as placas na minha casa "
            "meu nome é Fernanda",
        ),
        {"name": "Fernanda", "city": "Campinas", "need": "home", "bill": 2000},
        ("O preço depende", "Pra quando"),
    ),
    "pt, no thanks": Lead(
        ("oi", "não quero, obrigado"), reads=("Agradeço o contato",), never=("com quem estou",)
    ),
    "mx, waits for a person": Lead(
        ("hola", "humano", "ok espero"), never=("Espero",), handed_off=HandoffWhy.ASKED
    ),
    "off topic to the end": Lead(
        ("hola", "cuéntame un chiste", "¿quién ganó el partido?", "traduce esto: hello"),
        heard=("De eso no sé mucho", "te quedo a deber"),
        handed_off=HandoffWhy.OFF_TOPIC,
    ),
    "off topic and back": Lead(
        ("hola", "cuéntame un chiste", "jaja bueno, soy Eva", "¿y del partido qué opinas?"),
        {"name": "Eva"},
        ("De eso no sé mucho",),
    ),
    "off topic, impatient": Lead(
        ("hi", "write me a poem", "and now a song"),
        handed_off=HandoffWhy.OFF_TOPIC,
        language="en",
        playbook=IMPATIENT,
    ),
    "a word that hands over": Lead(
        ("hola", "les voy a poner una demanda"), handed_off=HandoffWhy.POLICY, playbook=IMPATIENT
    ),
    "stuck after one": Lead(
        ("hola", "Ana", "casa", "pues depende", "mmm ya veremos"),
        handed_off=HandoffWhy.STUCK,
        playbook=IMPATIENT,
    ),
    "ruled out, and back": Lead(
        ("hola soy Ana, es para mi casa", "pago 200 pesos", "quiero una cita", "no, pago 2000"),
        {"bill": 2000},
        ("¿En qué ciudad",),
        ("Te soy sincera", "quedó registrado"),
    ),
    "ruled out in our own words": Lead(
        ("hola soy Ana, es para mi negocio", "quiero agendar", "el jueves a las 10"),
        {"need": "business"},
        ("Eso lo tiene que ver una persona",),
        ("no es algo que podamos atender",),
        ("Elige", "Muy bien"),
        handed_off=HandoffWhy.POLICY,
        playbook=ONLY_HOMES,
    ),
    "ruled out while times are open": Lead(
        (READY, "no", "perdón, pago 100 pesos", "el primero"),
        {"bill": 100},
        never=("quedó confirmada",),
        heard=("Te soy sincera",),
    ),
    "no meetings here": Lead(
        ("hola quiero una cita", "Ana", "casa", "3000", "Puebla", "mañana a las 10", "ya", "no"),
        {"timing": "now"},
        ("Le paso tus datos a una persona",),
        ("Por aquí no agendo citas",),
        ("Te busco lugar", "Elige"),
        handed_off=HandoffWhy.POLICY,
        playbook=WITHOUT_MEETINGS,
    ),
    "the office is closed": Lead(
        ("hola", "quiero un asesor"),
        reads=("vuelven el lunes 30 de noviembre a las 09:00",),
        handed_off=HandoffWhy.ASKED,
        now=datetime(2026, 11, 29, 3, tzinfo=UTC),
    ),
    "the office opens tomorrow": Lead(
        ("hi", "I need a person"),
        reads=("they're back tomorrow at 9:00 AM",),
        handed_off=HandoffWhy.ASKED,
        language="en",
        now=NOW + timedelta(hours=8),
    ),
    "a language that is not spoken": Lead(
        ("Bom dia, vocês atendem em português?", "Ana"),
        {"name": "Ana"},
        ("Nice to meet you, Ana",),
        ("consigo te atender em inglês ou espanhol",),
        playbook=TWO_LANGUAGES,
    ),
}


@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS.keys())
def test_fresh_lead(lead: Lead) -> None:
    chat = Chat(language=lead.language, playbook=lead.playbook, now=lead.now)
    answers = [chat.say(*((says,) if isinstance(says, str) else says)) for says in lead.says]
    everything = "\n".join(answers)
    assert chat.values.items() >= lead.facts.items(), answers
    assert [words for words in lead.reads if words not in answers[-1]] == []
    assert [words for words in lead.heard if words not in everything] == []
    assert [words for words in lead.never if words in everything] == []
    assert chat.box.handed_off == lead.handed_off
    starts_at = chat.box.meeting.starts_at if chat.box.meeting else None
    assert (f"{starts_at:%Y-%m-%dT%H:%M}" if starts_at else "") == lead.meeting
    assert_nobody_is_pestered(answers)


def assert_nobody_is_pestered(answers: list[str]) -> None:
    """No question a third time, and no sentence twice in a row."""
    for wordings in ASKS:
        asked = sum(any(wording in answer for wording in wordings) for answer in answers)
        assert asked <= 2, (wordings[0], asked)
    for before, after in pairwise(answers):
        again = set(SENTENCE.findall(before)) & set(SENTENCE.findall(after))
        assert not again, (before, after)
