"""Settings are declared once, read once, and never tell a secret."""

import pytest

from services.common.settings import (
    ProcessSettings,
    Setting,
    SettingError,
    Settings,
    boolean,
    integer,
    one_of,
    seconds,
    url,
    words,
)


class MailSettings(Settings):
    host = Setting("MAIL_HOST", required=True, meaning="where mail goes")
    password = Setting("MAIL_PASSWORD", meaning="its password", parse=integer(), secret=True)
    port = Setting("MAIL_PORT", "25", "its port", integer(1, 65535))
    pause = Setting("MAIL_PAUSE", "2.5", "seconds between tries", seconds)
    tls = Setting("MAIL_TLS", "yes", "encrypt", boolean)
    kind = Setting("MAIL_KIND", "plain", "how it looks", one_of("plain", "rich"))
    to = Setting("MAIL_TO", "a, b", "who gets it", words)
    site = Setting("MAIL_SITE", "https://$MAIL_HOST/", "where to answer", url("http", "https"))


def test_defaults_and_given_values():
    settings = MailSettings.load({"MAIL_HOST": "example.org", "MAIL_PORT": "26", "MAIL_TLS": ""})
    assert (settings.host, settings.port, settings.pause, settings.tls) == ("example.org", 26, 2.5, True)
    assert (settings.kind, settings.to, settings.password) == ("plain", ("a", "b"), None)
    assert settings.site == "https://example.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_PORT", "0"),
        ("MAIL_PORT", "many"),
        ("MAIL_PAUSE", "-1"),
        ("MAIL_TLS", "perhaps"),
        ("MAIL_KIND", "odd"),
        ("MAIL_SITE", "ftp://x"),
        ("MAIL_PASSWORD", "hunter2"),
    ],
)
def test_an_unusable_value_is_named_by_its_variable(name, value):
    with pytest.raises(SettingError, match=name) as refused:
        MailSettings.load({"MAIL_HOST": "h", name: value})
    assert "hunter2" not in str(refused.value)


def test_a_missing_value_is_named_with_its_meaning():
    with pytest.raises(SettingError, match="MAIL_HOST is missing: where mail goes"):
        MailSettings.load({})


def test_loaded_settings_do_not_change():
    settings = MailSettings.load({"MAIL_HOST": "h"})
    with pytest.raises(AttributeError):
        settings.port = 5


def test_documentation_comes_from_the_declarations():
    table = MailSettings.document()
    assert "| `MAIL_PORT` | `25` | its port |" in table
    assert "| `MAIL_HOST` | (required) | where mail goes |" in table


def test_keys_stand_below_home_unless_said_otherwise(tmp_path):
    assert ProcessSettings.load({"MVOTING_HOME": str(tmp_path)}).keys == tmp_path / "keys"
    assert ProcessSettings.load({"MVOTING_KEYS": str(tmp_path)}).keys == tmp_path
