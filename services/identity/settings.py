"""Every setting of identity."""

from datetime import timedelta

from services.common.settings import ProcessSettings, Setting, integer, seconds, words
from services.identity.contract import ACCESS_SECONDS
from services.identity.domain import Limit, Policy


def period(text: str) -> timedelta:
    return timedelta(seconds=seconds(text))


def access_period(text: str) -> timedelta:
    """At most what the contract promises to those who remember ended sessions."""
    return timedelta(seconds=integer(10, ACCESS_SECONDS)(text))


def country_codes(text: str) -> frozenset[int]:
    return frozenset(int(word.lstrip("+")) for word in words(text))


def region(text: str) -> str:
    if len(text) != 2 or not text.isascii() or not text.isalpha():
        raise ValueError("must be two letters such as KR")
    return text.upper()


class IdentitySettings(ProcessSettings):
    """What identity reads from the environment."""

    database_url = Setting(
        "IDENTITY_DATABASE_URL", meaning="address of identity's database", secret=True, required=True
    )

    phone_region = Setting(
        "IDENTITY_PHONE_REGION", "KR", "region in which numbers without a country code are read", region
    )
    phone_countries = Setting(
        "IDENTITY_PHONE_COUNTRIES",
        "82",
        "country codes whose mobile numbers may sign in, separated by commas",
        country_codes,
    )

    resend_pause = Setting(
        "IDENTITY_RESEND_PAUSE", "30", "seconds before the same number may ask for another code", period
    )
    limit_window = Setting(
        "IDENTITY_LIMIT_WINDOW", "3600", "seconds in which the following limits count", period
    )
    codes_per_number = Setting(
        "IDENTITY_CODES_PER_NUMBER", "6", "codes for one number in a window", integer(1)
    )
    codes_per_address = Setting(
        "IDENTITY_CODES_PER_ADDRESS",
        "600",
        "codes asked for from one network address in a window; a hall or a carrier shares one among many people",
        integer(1),
    )
    codes_per_prefix = Setting(
        "IDENTITY_CODES_PER_PREFIX",
        "1000",
        "codes for numbers with the same first digits in a window",
        integer(1),
    )
    prefix_length = Setting(
        "IDENTITY_PREFIX_LENGTH",
        "8",
        "characters of a number that are its prefix: 8 is +8210123",
        integer(2, 15),
    )
    confirms_per_address = Setting(
        "IDENTITY_CONFIRMS_PER_ADDRESS",
        "2000",
        "codes tried from one network address in a window",
        integer(1),
    )
    max_deliveries = Setting(
        "IDENTITY_MAX_DELIVERIES",
        "10",
        "times that notify may fetch one code, its own repeats included",
        integer(1),
    )

    access_lifetime = Setting(
        "IDENTITY_ACCESS_SECONDS", "600", "seconds an access token is valid, at most 600", access_period
    )
    member_session = Setting(
        "IDENTITY_SESSION_SECONDS", "1209600", "seconds a member stays signed in (14 days)", period
    )
    guest_session = Setting(
        "IDENTITY_GUEST_SESSION_SECONDS", "86400", "seconds a guest stays signed in (1 day)", period
    )
    refresh_grace = Setting(
        "IDENTITY_REFRESH_GRACE",
        "10",
        "seconds in which a refresh token used twice is one browser's haste, not theft",
        period,
    )

    def policy(self) -> Policy:
        return Policy(
            resend_pause=Limit("pause", 1, self.resend_pause),
            codes_per_number=self._limit("number", self.codes_per_number),
            codes_per_address=self._limit("address", self.codes_per_address),
            codes_per_prefix=self._limit("prefix", self.codes_per_prefix),
            confirms_per_address=self._limit("confirm", self.confirms_per_address),
            prefix_length=self.prefix_length,
            max_deliveries=self.max_deliveries,
            access_lifetime=self.access_lifetime,
            member_session=self.member_session,
            guest_session=self.guest_session,
            refresh_grace=self.refresh_grace,
        )

    def _limit(self, scope: str, most: int) -> Limit:
        return Limit(scope, most, self.limit_window)
