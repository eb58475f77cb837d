"""Every limit can be set, and nonsense is refused by name."""

from datetime import timedelta

import pytest

from services.common.settings import SettingError
from services.identity.domain import Limit
from services.identity.settings import IdentitySettings

NEEDED = {"IDENTITY_DATABASE_URL": "sqlite:///identity.sqlite"}


def test_the_defaults() -> None:
    settings = IdentitySettings.load(NEEDED)
    policy = settings.policy()
    assert (settings.phone_region, settings.phone_countries) == ("KR", {82})
    assert policy.resend_pause == Limit("pause", 1, timedelta(seconds=30))
    assert policy.codes_per_number == Limit("number", 6, timedelta(hours=1))
    assert policy.access_lifetime == timedelta(minutes=10)
    assert policy.session_lifetime(member=True) == timedelta(days=14)
    assert policy.session_lifetime(member=False) == timedelta(days=1)


def test_a_loader_of_samples_can_raise_every_limit() -> None:
    names = ("NUMBER", "ADDRESS", "PREFIX")
    environ = {
        **NEEDED,
        "IDENTITY_RESEND_PAUSE": "0",
        "IDENTITY_CONFIRMS_PER_ADDRESS": "1000000",
        **{f"IDENTITY_CODES_PER_{name}": "1000000" for name in names},
    }
    policy = IdentitySettings.load(environ).policy()
    assert policy.resend_pause.window == timedelta()
    limits = (
        policy.codes_per_number,
        policy.codes_per_address,
        policy.codes_per_prefix,
        policy.confirms_per_address,
    )
    assert {limit.most for limit in limits} == {1_000_000}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDENTITY_PHONE_REGION", "Korea"),
        ("IDENTITY_PHONE_COUNTRIES", "KR"),
        ("IDENTITY_CODES_PER_NUMBER", "0"),
        ("IDENTITY_RESEND_PAUSE", "-1"),
        ("IDENTITY_RESEND_PAUSE", "soon"),
        ("IDENTITY_PREFIX_LENGTH", "99"),
        ("IDENTITY_ACCESS_SECONDS", "601"),
    ],
)
def test_an_unusable_value_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        IdentitySettings.load({**NEEDED, name: value})


def test_the_database_is_required() -> None:
    with pytest.raises(SettingError, match="IDENTITY_DATABASE_URL"):
        IdentitySettings.load({})


def test_several_countries() -> None:
    settings = IdentitySettings.load({**NEEDED, "IDENTITY_PHONE_COUNTRIES": "+82, 81"})
    assert settings.phone_countries == {82, 81}
