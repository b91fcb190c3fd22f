"""What counts as a stop, what as a resume, and what people say that is neither."""

from __future__ import annotations

import pytest

from conversations.services.consent_words import LONGEST, consent_in, refuses_marketing

STOPS = """
BAJA
Baja por favor
quiero darme de baja
¿Me pueden dar de baja, por favor?
Denme de baja de su lista
Solicito mi baja
Ya no me escriban
ya no me escriban más por favor
No me escribas más, gracias
por favor no me manden más mensajes
No me manden nada
Ya no quiero recibir mensajes de ustedes
no quiero recibir nada
No quiero que me escriban más
no quiero que me escriban
no quiero que me escriban otra vez
no me escriban otra vez
Dejen de escribirme!!
Deja de mandarme mensajes
Ya dejen de molestar
paren de mandar mensajes
No me molesten más
Déjenme en paz
Borren mis datos
Elimina mi número de tu lista
Sáquenme de su lista
Quítenme de la lista por favor
cancelar suscripción
No más publicidad
Alto
STOP
Stop please
Stop texting me
Please stop messaging me
Stop sending me messages
Don\u2019t text me again
Do not contact me anymore
Unsubscribe me
I want to unsubscribe
Please remove me from your list
Take me off this list
Opt me out
No more messages please
I don't want any more messages
leave me alone
SAIR
Sair da lista
Pare de me mandar mensagens
Não me mande mais mensagens
Não quero mais receber mensagens
Nao quero receber nada
Me tira da lista
Me descadastre
Quero sair
Cancelar inscrição
Por favor, parem de me enviar mensagens
Apaguem meus dados
Me deixem em paz
Hola, ya no me manden mensajes gracias
No quiero recibir ofertas
ya no quiero recibir más promociones de ustedes, gracias
quiero dejar de recibir ofertas
no quiero que me manden promociones
I don't want to receive offers
I do not want any more promotions from you
Não quero receber promoções
Não quero mais receber ofertas de vocês
""".strip().split("\n")
NEITHER = """
no puedo parar de pensarlo
¿dónde es la baja California?
para el lunes
Para ya
para hoy
para mi casa
¿Baja?
¿baja mucho la tarifa?
la luz me bajó
baja 20%
baja California
en temporada baja
presión baja
es un techo alto
el recibo viene alto
¿alto o bajo?
sale alto
Quiero dar de baja mi contrato de CFE
¿tengo que dar de baja mi medidor?
cancelar
cancelar la cita
Cancela la reunión por favor
cancel
Cancel my meeting
no gracias
no me interesa
no quiero
no me llamen
No me llames, escríbeme
Don't call me, text me
no me mandes la cotización hoy
no me escribas en la mañana
no me escribas al otro número
stop by tomorrow
non-stop
full stop
one stop shop
can you stop by my house?
bus stop
the panels stop working at night?
I want to stop paying so much
no more questions
no más preguntas
quiero parar de pagar tanto
pare el carro un momento
no pares
me dejan en paz los del banco
para de llover y vamos
que para de contar
saiu da garantia?
não quero parar
quero sair do aluguel
não me mande o orçamento hoje
no quiero recibir la visita el lunes
borren la cita anterior
elimina la segunda opción
quita el panel de atrás
no me mandes nada todavía, mañana hablamos
no quiero más paneles
detener el medidor
quiero sacar de la lista la bomba
¿pueden escribirme?
¿Pueden volver a escribirme?
can you message me again?
pueden escribirme mañana
no pueden escribirme
No puedes escribirme
quiero que no me escriban
no quiero información
si quiero información les aviso
sí quiero información de los paneles
Quiero más información
no me interesa otra vez
ya no me interesa
quiero ofertas
¿no promos?
no quiero perderme las ofertas
no quiero recibir ofertas del banco
no quiero ofertas, quiero una cotización
não quero perder as promoções
no cambié de opinión
¿cambié de opinión?
cambié de opinión sobre la fecha
you can't message me
you cannot write me
I never changed my mind
I changed my mind about the color
I want information about prices
não podem me escrever
não mudei de ideia
sí
""".strip().split("\n")
RESUMES = """
ALTA
start
Quiero darme de alta
pueden volver a escribirme
Quiero recibir mensajes otra vez
escríbanme de nuevo
Start again
opt in
Voltar
Quero receber mensagens de novo
Alta por favor
Reactivar
Perdón, sí quiero información
Sí quiero más info por favor
sí quiero que me escriban
quiero que me escriban otra vez
Ya pueden escribirme
Sí, me pueden escribir
me interesa otra vez
Ahora sí me interesa de nuevo
Cambié de opinión, escríbanme
cambié de opinión
You can message me
Yes, you can text me again
I changed my mind
Sorry, I\u2019ve changed my mind, you can write to me
I'd like to hear from you again
Yes I do want information
Sim, quero informações
Podem me escrever
Mudei de ideia, me escrevam
Me interessa de novo
""".strip().split("\n")


@pytest.mark.parametrize("text", STOPS)
def test_a_stop(text: str) -> None:
    assert consent_in(text) is False
    assert consent_in(f"  {text.upper()}  🙏") is False


@pytest.mark.parametrize("text", NEITHER)
def test_what_only_looks_like_one(text: str) -> None:
    assert consent_in(text) is None


@pytest.mark.parametrize("text", RESUMES)
def test_a_resume(text: str) -> None:
    assert consent_in(text) is True


def test_a_long_message_is_neither_however_it_begins() -> None:
    assert consent_in("no quiero recibir mas mensajes " * LONGEST) is None
    assert consent_in("") is None


@pytest.mark.parametrize(
    "label",
    """
No recibir promociones
No quiero publicidad
No recibir mensajes de marketing
Dejar de recibir ofertas
Baja de promociones
No más promos y ofertas, gracias
Stop promotions
Stop marketing messages
Unsubscribe from promotions
No more ads please
Não receber promoções
Parar promoções
Não quero mais ofertas
""".strip().split("\n"),
)
def test_a_button_of_promotions(label: str) -> None:
    assert refuses_marketing(label, "")
    assert refuses_marketing("Ya estuvo", label.upper())
    assert consent_in(label) is False  # typed


@pytest.mark.parametrize(
    ("label", "payload"),
    [
        ("No recibir más", "STOP_PROMO"),
        ("STOP", "STOP_PROMOTIONS"),
        ("BAJA", "NO_PROMOCIONES"),
        ("Alta", "STOP_PROMO"),
        ("Ver promociones", "PROMOTIONS"),
        ("Quiero ofertas", "OFFERS"),
        ("Me interesa", "STOP_WATCHING_ADS"),
        ("No recibir promociones del banco", ""),
    ],
)
def test_a_button_of_something_else(label: str, payload: str) -> None:
    assert not refuses_marketing(label, payload)
