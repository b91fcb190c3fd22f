"""What counts as a stop, what as a resume, and what people say that is neither."""

from __future__ import annotations

import pytest

from conversations.services.consent_words import LONGEST, consent_in

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
