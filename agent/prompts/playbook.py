"""The playbook as the model reads it. Nothing of a lead or of the moment is in it."""

from __future__ import annotations

from collections.abc import Iterator

from agent.playbook.schema import Choice, Disqualifier, Playbook, Question, Texts

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LANGUAGES = {"es": "Spanish", "en": "English", "pt": "Brazilian Portuguese"}


def playbook_lines(playbook: Playbook) -> Iterator[str]:
    """Who speaks and how, what to ask, what may be said, when to stop."""
    spoken = playbook.languages
    yield f"Business: {playbook.business_name}. Your name: {playbook.assistant_name}."
    yield from _texts("About", playbook.about, spoken)
    yield from _texts("Tone", playbook.tone, spoken)
    yield f"Languages you may answer in: {', '.join(LANGUAGES.get(one, one) for one in spoken)}."
    yield f"Currency when the lead names none: {playbook.currency}."
    yield from _hours(playbook)
    yield "\nQuestions"
    for question in playbook.questions:
        yield from _question(question, spoken)
    if playbook.topics:
        yield "\nTopics"
    for topic in playbook.topics:
        yield from _texts(topic.key, topic.answer, spoken)
    yield from _meetings(playbook)
    yield from _hand_off(playbook)
    if playbook.forbidden_claims:
        yield "\nNever claim"
        yield from (f"- {claim}" for claim in playbook.forbidden_claims)


def _hours(playbook: Playbook) -> Iterator[str]:
    if playbook.opening_hours:
        yield f"People of the business answer at these hours ({playbook.time_zone}):"
    for hours in playbook.opening_hours:
        yield f"- {WEEKDAYS[hours.weekday]} {hours.opens:%H:%M} to {hours.closes:%H:%M}"


def _question(question: Question, spoken: tuple[str, ...]) -> Iterator[str]:
    need = "required" if question.required else "optional"
    yield f"- {question.key} ({question.kind}, {need}): {_inline(question.ask, spoken)}"
    for choice in question.choices:
        yield f"    {_choice(choice, spoken)}"


def _choice(choice: Choice, spoken: tuple[str, ...]) -> str:
    return f"value {choice.value}: {_inline(choice.label, spoken)}"


def _meetings(playbook: Playbook) -> Iterator[str]:
    yield "\nMeetings"
    if not playbook.meetings_offered:
        yield "You book none: never call find_slots."
    elif not playbook.disqualifiers:
        yield "Offered to whom the situation says."
    else:
        yield "Offered to whom the situation says, never to a lead who is ruled out by:"
    for one in playbook.disqualifiers:
        yield from _disqualifier(one, playbook.languages)


def _disqualifier(one: Disqualifier, spoken: tuple[str, ...]) -> Iterator[str]:
    bound = "" if one.value is None else f" {one.value}"
    yield f"- {one.key} {one.test.replace('_', ' ')}{bound} ({_inline(one.label, spoken)})"
    if one.say:
        yield f"    then say: {_inline(one.say, spoken)}"


def _hand_off(playbook: Playbook) -> Iterator[str]:
    rules = playbook.hand_off
    yield "\nHand over"
    if rules.words:
        yield f"- reason policy, at once, when the lead brings up: {', '.join(rules.words)}"
    yield f"- reason stuck after {rules.stuck_after} questions in a row without an answer"
    yield (
        f"- reason off_topic after {rules.off_topic_after} messages in a row that are not about "
        "the business; until then answer in one sentence and come back to your question"
    )


def _texts(name: str, texts: Texts, spoken: tuple[str, ...]) -> Iterator[str]:
    for language, text in _said_in(texts, spoken):
        yield f"{name} ({language}): {text}"


def _inline(texts: Texts, spoken: tuple[str, ...]) -> str:
    return " / ".join(f"{language}: {text}" for language, text in _said_in(texts, spoken))


def _said_in(texts: Texts, spoken: tuple[str, ...]) -> list[tuple[str, str]]:
    """In the languages that are spoken, or whatever there is."""
    wanted = [(language, texts[language]) for language in sorted(spoken) if texts.get(language)]
    return wanted or sorted(texts.items())
