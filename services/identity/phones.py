"""Phone numbers: what people write, and the one form that is used inside (E.164)."""

from collections.abc import Collection

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from services.identity.contract import InvalidPhone

_LONGEST = 40
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class PhoneRules:
    """Which numbers are accepted. `region` reads numbers written without a country, as `010-1234-5678`."""

    def __init__(self, region: str, countries: Collection[int]) -> None:
        self._region = region
        self._countries = frozenset(countries)

    def normalise(self, text: str) -> str:
        """The number in E.164 form; raises `InvalidPhone` for what is no mobile number of an allowed country."""
        number = self._parse(text)
        if number.extension or number.country_code not in self._countries:
            raise InvalidPhone
        if phonenumbers.number_type(number) not in _MOBILE:
            raise InvalidPhone
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)

    def normalise_or_none(self, text: str) -> str | None:
        try:
            return self.normalise(text)
        except InvalidPhone:
            return None

    def _parse(self, text: str) -> phonenumbers.PhoneNumber:
        if len(text) > _LONGEST:
            raise InvalidPhone
        try:
            return phonenumbers.parse(text, self._region)
        except NumberParseException:
            raise InvalidPhone from None
