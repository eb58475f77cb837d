import pytest

from services.common.settings import SettingError
from services.notify import channels
from services.notify.settings import NotifySettings, create_channels

SENS = {
    "NOTIFY_SMS_CHANNEL": "sens",
    "NOTIFY_SENS_SERVICE_ID": "id",
    "NOTIFY_SENS_ACCESS_KEY": "access",
    "NOTIFY_SENS_SECRET_KEY": "secret",
    "NOTIFY_SENS_FROM": "021234567",
}


class NoOutbox:
    def keep_in_outbox(self, message, channel):
        raise AssertionError


def create(environ):
    chosen = create_channels(
        environ, NotifySettings.load({"NOTIFY_DATABASE_URL": "sqlite:///x", **environ}), NoOutbox()
    )
    return {carried: channel.NAME for carried, channel in chosen.items()}


def test_every_file_is_a_channel():
    assert set(channels.modules()) == {"outbox", "sens", "smtp"}


def test_development_needs_no_setting():
    assert create({"MVOTING_ENV": "dev"}) == {"sms": "outbox", "mail": "outbox"}


def test_development_may_use_a_real_channel():
    assert create({"MVOTING_ENV": "dev", **SENS}) == {"sms": "sens", "mail": "outbox"}


@pytest.mark.parametrize("environ", [{}, {"MVOTING_ENV": "production"}, {"MVOTING_ENV": "staging"}])
def test_elsewhere_starting_without_a_real_sms_channel_is_refused(environ):
    with pytest.raises(SettingError, match=r"NOTIFY_SMS_CHANNEL is missing.*sens"):
        create(environ)


@pytest.mark.parametrize("variable", ["NOTIFY_SMS_CHANNEL", "NOTIFY_MAIL_CHANNEL"])
def test_elsewhere_the_outbox_is_refused(variable):
    with pytest.raises(SettingError, match=f"{variable} must be a real channel"):
        create({**SENS, variable: "outbox"})


def test_a_real_channel_is_enough():
    assert create(SENS) == {"sms": "sens"}


@pytest.mark.parametrize("name", ["pigeon", "smtp"])
def test_a_channel_that_carries_no_sms_is_refused(name):
    with pytest.raises(SettingError, match="names no sms channel"):
        create({"NOTIFY_SMS_CHANNEL": name})


@pytest.mark.parametrize("missing", sorted(set(SENS) - {"NOTIFY_SMS_CHANNEL"}))
def test_a_channel_names_the_setting_it_lacks(missing):
    with pytest.raises(SettingError, match=missing):
        create({key: value for key, value in SENS.items() if key != missing})


@pytest.mark.parametrize("address", ["http://sens.example", "http://10.0.0.1", "ftp://127.0.0.1"])
def test_phones_and_codes_leave_the_machine_encrypted_only(address):
    with pytest.raises(SettingError, match="NOTIFY_SENS_URL is not usable: must be an https URL"):
        create({**SENS, "NOTIFY_SENS_URL": address})


def test_secrets_stay_out_of_complaints():
    with pytest.raises(SettingError) as refused:
        create({**SENS, "NOTIFY_SENS_FROM": "call-me", "NOTIFY_SENS_SECRET_KEY": "very-secret"})
    assert "very-secret" not in str(refused.value)
