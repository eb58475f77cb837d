"""Settings, each declared once: name, default, meaning, parser.

    class MailSettings(Settings):
        pause = Setting("MAIL_PAUSE", default="5", meaning="seconds between two tries", parse=seconds)

    settings = MailSettings.load(os.environ)
    settings.pause == 5.0

A default may name other settings of the same class: ``$MVOTING_HOME/keys``.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from services.common import failpoints

Parser = Callable[[str], Any]
N = TypeVar("N", int, float)


class SettingError(Exception):
    """A variable is missing or unusable; the message names it and never its value."""


def integer(least: int = 0, most: int = 2**31) -> Parser:
    def parse(text: str) -> int:
        return _within(int(text), least, most)

    return parse


def seconds(text: str) -> float:
    return _within(float(text), 0.0, 1e9)


def boolean(text: str) -> bool:
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if text.lower() not in words:
        raise ValueError("must be true or false")
    return words[text.lower()]


def one_of(*choices: str) -> Parser:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return parse


def words(text: str) -> tuple[str, ...]:
    """A comma-separated list."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def url(*schemes: str) -> Parser:
    def parse(text: str) -> str:
        if urlsplit(text).scheme not in schemes:
            raise ValueError(f"must be a URL with {' or '.join(schemes)}")
        return text.rstrip("/") if text.startswith("http") else text

    return parse


def several(parse: Parser, separator: str) -> Parser:
    """One usable value, or more of them with this between; what is read is the text as it stands."""

    def parse_each(text: str) -> str:
        for one in text.split(separator):
            parse(one.strip())
        return text

    return parse_each


def _within(value: N, least: N, most: N) -> N:
    if not least <= value <= most:
        raise ValueError(f"must be between {least} and {most}")
    return value


class Setting:
    """One variable of the environment, read as an attribute of a loaded :class:`Settings`."""

    def __init__(
        self,
        name: str,
        default: str | None = None,
        meaning: str = "",
        parse: Parser = str,
        secret: bool = False,
        required: bool = False,
    ) -> None:
        self.name, self.default, self.meaning, self.parse = name, default, meaning, parse
        self.secret, self.required = secret, required
        self.attribute = ""

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute

    def __get__(self, settings: Any, owner: type | None = None) -> Any:
        if settings is None:
            return self
        return settings._values[self.attribute]  # noqa: SLF001 - descriptor and owner are one

    def __set__(self, settings: Any, value: Any) -> None:
        raise AttributeError(f"{self.attribute} cannot change after it is loaded")

    def text(self, environ: Mapping[str, str], known: Mapping[str, str]) -> str | None:
        """What stands in the environment, else the default; an empty variable counts as absent."""
        given = environ.get(self.name, "").strip()
        if given or self.default is None:
            return given or None
        return Template(self.default).safe_substitute(known)

    def read(self, text: str | None) -> Any:
        if text is None:
            if self.required:
                raise SettingError(f"{self.name} is missing: {self.meaning}")
            return None
        try:
            return self.parse(text)
        except ValueError as error:
            reason = "" if self.secret else f": {_reason(error)}"
            raise SettingError(f"{self.name} is not usable{reason}") from None


def _reason(error: ValueError) -> str:
    text = str(error)
    return text if text.startswith("must ") else "wrong form"


class Settings:
    """Base of a group of settings; its instances are frozen."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Reads all settings of the class; raises :class:`SettingError` for the first unusable one."""
        known = dict(environ)
        values = {}
        for setting in cls.declared():
            text = setting.text(environ, known)
            known[setting.name] = text or ""
            values[setting.attribute] = setting.read(text)
        return cls(values)

    @classmethod
    def declared(cls) -> Iterator[Setting]:
        seen: dict[str, Setting] = {}
        for owner in reversed(cls.__mro__):
            seen.update({key: value for key, value in vars(owner).items() if isinstance(value, Setting)})
        return iter(seen.values())

    @classmethod
    def document(cls) -> str:
        """A markdown table of what can be set."""
        rows = [f"| `{s.name}` | {_shown_default(s)} | {s.meaning} |" for s in cls.declared()]
        return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _shown_default(setting: Setting) -> str:
    if setting.required:
        return "(required)"
    return f"`{setting.default}`" if setting.default else ""


class ProcessSettings(Settings):
    """What every process on the bus understands."""

    environment = Setting(
        "MVOTING_ENV",
        "production",
        "`dev` allows what only developers may do, such as the message outbox page",
    )
    home = Setting("MVOTING_HOME", ".mvoting", "folder that holds all local state", folder)
    keys = Setting("MVOTING_KEYS", "$MVOTING_HOME/keys", "folder of the signing and encryption keys", folder)
    amqp_uri = Setting(
        "AMQP_URI",
        "amqp://guest:guest@127.0.0.1:5672/",
        "address of the broker; of a cluster the addresses of its nodes with `;` between them, of which any that answers is used",
        several(url("amqp", "amqps"), ";"),
        secret=True,
    )
    telemetry_host = Setting(
        "TELEMETRY_HOST", "127.0.0.1", "address that serves /livez, /readyz and /metrics"
    )
    telemetry_port = Setting("TELEMETRY_PORT", "0", "its port; 0 serves nothing", integer(0, 65535))
    log_level = Setting(
        "MVOTING_LOG_LEVEL",
        "INFO",
        "least level written to the log",
        one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    )
    max_workers = Setting(
        "MVOTING_MAX_WORKERS", "10", "requests one process handles at a time", integer(1, 1000)
    )
    stop_seconds = Setting(
        "MVOTING_STOP_SECONDS", "15", "time a stopping process has to finish what it holds", seconds
    )
    failpoint = Setting(
        "MVOTING_FAILPOINT",
        "",
        "for tests: `PLACE:TIMES`, where and how often reached the process ends itself; refused unless `MVOTING_ENV` is `dev`",
        failpoints.parse,
    )
