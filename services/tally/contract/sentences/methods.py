"""A question's counting method in words: the rule, and what its parameters mean."""

from collections.abc import Callable, Mapping
from typing import Any

from services.tally.contract.counting.parameters import share
from services.tally.contract.sentences.figures import Told, decimal
from services.tally.contract.sentences.speech import Speech

BALLOTS = "ballots"
RAISING = ("add1", "add1u")


def method(speech: Speech, counting: Mapping[str, Any]) -> list[str]:
    """The rule's name and one phrase for each parameter, as in `득표순`. `counting`: the whole method, defaults filled in."""
    said = [str(speech.words.RULES[counting["rule"]])]
    return said + [
        phrase(speech, name, value)
        for name, value in counting.items()
        if name != "rule" and not _says_nothing(name, counting)
    ]


def _says_nothing(name: str, counting: Mapping[str, Any]) -> bool:
    """A step of a raise that there is none of; seats where a budget decides how many are chosen."""
    if name == "increment":
        return counting.get("completion") not in RAISING
    return name == "winners" and "budget" in counting


def phrase(speech: Speech, name: str, value: Any) -> str:
    """One parameter in words. KeyError for one that no language has words for."""
    words = speech.words.PARAMETERS[name]
    if "" in words:
        return str(words[""].format(value=_VALUES.get(name, _number)(speech, value)))
    return str(words.get(f"{value}.{speech.unit}", words[value]))


def _number(_speech: Speech, value: Any) -> str:
    return decimal(value)


def _listed(_speech: Speech, value: Any) -> str:
    return ", ".join(map(decimal, value))


def _exclusive(speech: Speech, value: Any) -> str:
    return "; ".join(map(speech.names, value))


def _quorum(speech: Speech, value: Mapping[str, Any]) -> str:
    return _least(speech, value, "ballots")


def _threshold(speech: Speech, value: Mapping[str, Any]) -> str:
    return _least(speech, value, speech.needed)


def _caps(speech: Speech, value: Any) -> str:
    return ", ".join(_cap(speech, cap) for cap in value)


def _sources(speech: Speech, value: Any) -> str:
    return ", ".join(f"{source_name(speech, each['name'])} {percent(each['weight'])}" for each in value)


def _least(speech: Speech, value: Mapping[str, Any], unit: str) -> str:
    words = speech.words.THRESHOLDS
    for name in ("at_least", "more_than"):
        if name in value:
            return str(words[name].format(value=value[name], of=words[value.get("of", "answered")]))
    number = next(value[name] for name in ("votes", "score", "ballots") if name in value)
    return str(words["number"].format(value=speech.figure(number, unit)))


def _cap(speech: Speech, cap: Mapping[str, Any]) -> str:
    names = [name for name in ("projects", "budget") if name in cap]
    pattern = speech.words.CAPS["both" if len(names) > 1 else names[0]]
    told = {"group": Told(speech.words.QUOTES.format(cap["group"]))}
    told |= {"projects": speech.figure(cap["projects"])} if "projects" in cap else {}
    told |= {"budget": Told(speech.money(cap["budget"]))} if "budget" in cap else {}
    return str(pattern.format(**told))


def source_name(speech: Speech, name: str) -> str:
    """What people read for a source: its own name, or words for the question's own ballots."""
    return str(speech.words.BALLOTS) if name == BALLOTS else name


def percent(weight: str) -> str:
    """A weight of a definition, as percent."""
    return f"{decimal((share(weight) or 0) * 100)}%"


_VALUES: Mapping[str, Callable[[Speech, Any], str]] = {
    "budget": Speech.money,
    "increment": Speech.money,
    "quorum": _quorum,
    "threshold": _threshold,
    "exclusive": _exclusive,
    "caps": _caps,
    "points": _listed,
    "sources": _sources,
}
