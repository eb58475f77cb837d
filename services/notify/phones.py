"""Phone numbers as people write them."""

import phonenumbers


def normalised(text: str, region: str) -> str | None:
    """E.164 form; nothing when it is no valid number. `region` is the country of numbers written without one."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(e164: str) -> tuple[str, str]:
    """Country code and the digits dialled inside that country, such as `("82", "01012345678")`."""
    number = phonenumbers.parse(e164)
    dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return str(number.country_code), "".join(filter(str.isdigit, dialled))
