"""Phones of the samples. Numbers that begin with 010-0 are given to nobody in Korea, and valid in form."""

from collections.abc import Mapping
from typing import Any

from services.identity.contract.profiles import DISTRICTS, GENDERS

ADMIN = "+821000000001"
OPERATOR = "+821000000002"
DISTRICT_OPERATOR = "+821000000003"
CITIZEN = "+821000000004"

CITY, DISTRICT = "seoul", "gangnam"

ORGANIZATIONS: Mapping[str, Mapping[str, str]] = {
    CITY: {"id": CITY, "name_ko": "서울특별시", "name_en": "Seoul Metropolitan Government"},
    DISTRICT: {"id": DISTRICT, "name_ko": "강남구", "name_en": "Gangnam-gu"},
}
OPERATORS = ((CITY, OPERATOR), (DISTRICT, OPERATOR), (DISTRICT, DISTRICT_OPERATOR))

_FIRST_VOTER = 1000


def voter(number: int) -> str:
    """The phone of a voter, counted from 0. The same phones vote in several polls."""
    return f"+82100000{_FIRST_VOTER + number:04}"


def profile(number: int) -> dict[str, Any]:
    """What this voter tells of themselves, the same every time; one of four tells nothing, some only a part."""
    told = {
        "district": DISTRICTS[number * 7 // 3 % len(DISTRICTS)],
        "birth_year": 1945 + number * 37 % 65,
        "gender": GENDERS[number * 5 // 3 % 2],
    }
    left_out = [*told, "", "", "", "", "", ""][number // 4 % 9]
    return {} if number % 4 == 3 else {name: value for name, value in told.items() if name != left_out}


def readable(phone: str) -> str:
    """As people in Korea write it."""
    local = "0" + phone.removeprefix("+82")
    return f"{local[:3]}-{local[3:7]}-{local[7:]}"


def accounts(admin: str) -> list[dict[str, str]]:
    """Whom to sign in as to look around; the citizen has not voted yet."""
    return [
        {"who": "citizen", "phone": readable(CITIZEN)},
        {"who": "operator", "phone": f"{readable(OPERATOR)}  ({CITY} and {DISTRICT})"},
        {"who": "operator", "phone": f"{readable(DISTRICT_OPERATOR)}  ({DISTRICT})"},
        {"who": "admin", "phone": readable(admin)},
    ]
