"""What is said before the next question: thanks, corrections, digressions, files, manners."""

from __future__ import annotations

import re
from collections.abc import Set
from datetime import timedelta

from agent import wording
from agent.engines.guided.acknowledging import HARMLESS, acknowledge, kind_of
from agent.engines.guided.intents import Intent
from agent.engines.guided.languages import is_foreign, languages_of, unspoken
from agent.engines.guided.off_topic import is_off_topic
from agent.engines.guided.talk import Replies, Talk
from agent.turn import NO_MARKETING, OWN_NUMBER, HandoffWhy

MOST_UNKNOWN = 2


LONG_AGO = timedelta(hours=6)


AUDIO = frozenset({"audio", "voice"})


THANKED_FOR = frozenset(
    {
        *("contacts", "location", "order", "flow_reply", "image", "video", "document", "call"),
        OWN_NUMBER,
    }
)


POLITE = (Intent.HELLO, Intent.THANKS, Intent.SMALL_TALK, Intent.BYE, Intent.EMOJI, Intent.LANGUAGE)


def respond(talk: Talk) -> Replies | None:
    """Say all that; a person where we answer nothing, or they only speak of something else."""
    acknowledge(talk)
    digress(talk)
    mention_files(talk)
    be_polite(talk)
    if talk.memory.unknown >= MOST_UNKNOWN and talk.reading.unknown_question:
        return talk.hand_off(HandoffWhy.STUCK, talk.say("hand_off_unknown"))
    if talk.memory.off_topic >= talk.playbook.hand_off.off_topic_after:
        return talk.hand_off(HandoffWhy.OFF_TOPIC)
    return None


def digress(talk: Talk) -> None:
    """Answer what they asked instead of answering."""
    reading = talk.reading
    said = _topics(talk)
    if not said and reading.has(Intent.INFO):
        about = wording.pick(talk.playbook.about, talk.language)
        said = [talk.say("topic_again") if talk.said_before(about, lines=2) else about]
    if reading.has(Intent.WHY):
        said.append(_why(talk))
    if reading.has(Intent.BOT) and not talk.context.first_turn:
        said.append(_who(talk))
    off_topic = not said and not reading.answers and is_off_topic(reading.texts, talk.playbook)
    talk.memory.off_topic = talk.memory.off_topic + 1 if off_topic else 0
    if off_topic:
        said += _back_to_business(talk)
    elif reading.unknown_question and not said and not _writes_another_language(talk):
        talk.memory.unknown += 1
        if talk.memory.unknown < MOST_UNKNOWN:
            said.append(talk.say("unknown_question"))
    elif talk.progress or said:
        talk.memory.unknown = 0
    if said:
        talk.parts.extend(said)
        talk.progress = True


def _back_to_business(talk: Talk) -> list[str]:
    if talk.memory.off_topic >= talk.playbook.hand_off.off_topic_after:
        return []
    key = "off_topic" if talk.memory.off_topic % 2 else "off_topic_again"
    return [talk.say(key, business=talk.playbook.business_name)]


def _topics(talk: Talk) -> list[str]:
    """The business's own answers; one that was just given is not recited again."""
    answers = [wording.pick(topic.answer, talk.language) for topic in talk.reading.topics]
    fresh = [answer for answer in answers if not talk.said_before(answer, lines=4)]
    if fresh or not answers:
        return fresh
    insists = talk.said_before(talk.say("topic_again"), lines=2)
    return [talk.say("topic_person" if insists else "topic_again")]


def _why(talk: Talk) -> str:
    return talk.say("why_email" if kind_of(talk, talk.memory.asking) == "email" else "why")


def _who(talk: Talk) -> str:
    playbook = talk.playbook
    asks_name = any(
        re.search(r"quien|llamas|nombre|who|name|quem|nome|chama", text)
        for text in talk.reading.texts
    )
    if asks_name:
        names = {"assistant": playbook.assistant_name, "business": playbook.business_name}
        return talk.say("bot_who", **names)
    told = talk.said_before(talk.say("bot_yes"), lines=2)
    return talk.say("bot_again" if told else "bot_yes")


def mention_files(talk: Talk) -> None:
    """Thank for what was sent, and be honest about what we cannot hear or open."""
    kinds = talk.reading.kinds
    if not kinds:
        return
    talk.progress = True
    heard = bool(talk.reading.texts)
    if NO_MARKETING in kinds:
        talk.parts.append(talk.say(NO_MARKETING))
    if kinds & AUDIO:
        talk.parts.append(talk.say("audio_beside" if heard else "audio"))
    elif sent := kinds - HARMLESS - {NO_MARKETING}:
        thanks = talk.say(_what_was_sent(sent, heard=heard))
        talk.parts.append(talk.say("received") if talk.said_before(thanks) else thanks)


def _what_was_sent(kinds: Set[str], *, heard: bool) -> str:
    """The sentence for one kind; for several together one that fits them all."""
    named = kinds & THANKED_FOR
    if not named:
        return "unsupported_beside" if heard else "unsupported"
    return next(iter(named)) if len(named) == 1 else "several"


def be_polite(talk: Talk) -> None:
    """Greet back, thank back, and say which languages there are."""
    reading = talk.reading
    _welcome_back(talk)
    if reading.has(*POLITE) and not _only_emoji_again(talk):
        talk.progress = True
    if reading.has(Intent.LANGUAGE) and not unspoken(talk.context):
        talk.parts.insert(0, talk.say("language"))
    elif _writes_another_language(talk):
        talk.parts.append(_our_languages(talk))
    if talk.parts:
        return
    if reading.has(Intent.SMALL_TALK):
        talk.parts.append(talk.say("small_talk"))
    elif reading.has(Intent.THANKS) and not reading.has(Intent.NO):
        talk.parts.append(talk.say("welcome"))
    elif reading.has(Intent.HELLO) and not reading.when:
        talk.parts.append(talk.say("hello_again" if _after_long(talk) else "still_here"))
    elif reading.has(Intent.EMOJI) or reading.kinds & HARMLESS:
        talk.parts.append(talk.say("understood"))


def _welcome_back(talk: Talk) -> None:
    """Who said STOP once and now «alta»."""
    if not talk.reading.has(Intent.RESUME):
        return
    if not (talk.reading.answers or talk.context.first_turn):
        talk.parts.append(talk.say("welcome_back"))
    talk.progress = True


def _writes_another_language(talk: Talk) -> bool:
    """A language that is not spoken here: say once which ones are."""
    foreign = any(is_foreign(text) for text in talk.reading.texts) or unspoken(talk.context)
    lines = len(talk.context.history)
    return bool(foreign) and not talk.said_before(_our_languages(talk), lines=lines)


def _our_languages(talk: Talk) -> str:
    return wording.our_languages(
        languages_of(talk.playbook), unspoken(talk.context) or talk.language
    )


def _only_emoji_again(talk: Talk) -> bool:
    """A second 👍 to the same question is no answer either."""
    reading = talk.reading
    only = reading.intents <= {Intent.EMOJI, Intent.YES, Intent.NO} and reading.has(Intent.EMOJI)
    return only and talk.said_before(talk.say("understood"))


def _after_long(talk: Talk) -> bool:
    ours = [line.at for line in talk.context.history if line.author != "lead"]
    return bool(ours) and talk.context.now - ours[-1] > LONG_AGO
