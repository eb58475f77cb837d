"""Every setting of notify, once; those of a channel stand in the channel's file."""

from collections.abc import Mapping

from services.common.settings import ProcessSettings, Setting, SettingError, integer, seconds, url
from services.notify import channels
from services.notify.channels import Channel, ChannelModule, Outbox
from services.notify.domain import MAIL, SMS

_CHANNEL_VARIABLES = {SMS: "NOTIFY_SMS_CHANNEL", MAIL: "NOTIFY_MAIL_CHANNEL"}


class NotifySettings(ProcessSettings):
    """What notify understands besides the settings of every process."""

    database_url = Setting("NOTIFY_DATABASE_URL", None, "notify's database", secret=True, required=True)
    public_url = Setting(
        "MVOTING_PUBLIC_URL",
        "http://127.0.0.1:8080",
        "address in the links of messages",
        url("http", "https"),
    )
    phone_region = Setting("NOTIFY_PHONE_REGION", "KR", "country of phone numbers written without one")
    sms_channel = Setting(
        "NOTIFY_SMS_CHANNEL", None, "channel of text messages, such as `sens`; `outbox` if dev"
    )
    mail_channel = Setting("NOTIFY_MAIL_CHANNEL", None, "channel of mail, such as `smtp`; `outbox` if dev")
    code_cap = Setting(
        "NOTIFY_DAILY_CODE_WON", "5000000", "won a Korean day for sign-in codes", integer(0, 10**12)
    )
    other_cap = Setting(
        "NOTIFY_DAILY_WON", "1000000", "won a Korean day for all other messages", integer(0, 10**12)
    )
    batch_size = Setting("NOTIFY_BATCH", "50", "messages one replica reserves at a time", integer(1, 1000))
    parallel = Setting("NOTIFY_PARALLEL", "8", "messages one replica sends at the same time", integer(1, 100))
    most_tries = Setting("NOTIFY_TRIES", "6", "attempts before a message has failed", integer(1, 100))
    claim_time = Setting(
        "NOTIFY_CLAIM_SECONDS",
        "120",
        "after this time a message reserved by a dead replica is looked at again",
        seconds,
    )


def create_channels(
    environ: Mapping[str, str], settings: NotifySettings, outbox: Outbox
) -> dict[str, Channel]:
    """The channel for each kind of address; raises `SettingError` when people could not be reached for real."""
    development = settings.environment == "dev"
    chosen = {
        SMS: settings.sms_channel or ("outbox" if development else None),
        MAIL: settings.mail_channel or ("outbox" if development else None),
    }
    if chosen[SMS] is None:
        raise SettingError(
            f"NOTIFY_SMS_CHANNEL is missing: outside MVOTING_ENV=dev sign-in codes need a real SMS channel ({_real(SMS)})."
        )
    return {
        carried: _create(environ, name, carried, development, outbox)
        for carried, name in chosen.items()
        if name
    }


def _create(
    environ: Mapping[str, str], name: str, carried: str, development: bool, outbox: Outbox
) -> Channel:
    module = channels.modules().get(name)
    variable = _CHANNEL_VARIABLES[carried]
    if module is None or carried not in module.CARRIES:
        raise SettingError(f"{variable} names no {carried} channel: choose one of {_real(carried)}.")
    if module.DEVELOPMENT and not development:
        raise SettingError(
            f"{variable} must be a real channel ({_real(carried)}): {name} sends nothing and exists only with MVOTING_ENV=dev."
        )
    return module.create(module.ChannelSettings.load(environ), outbox)


def _real(carried: str) -> str:
    return ", ".join(sorted(name for name, module in channels.modules().items() if _sends(module, carried)))


def _sends(module: ChannelModule, carried: str) -> bool:
    return carried in module.CARRIES and not module.DEVELOPMENT
