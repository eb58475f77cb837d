"""What a member may tell of themselves, for polls that break their result down, and only with consent.

What is told stays in identity. Only coarse values leave it, in the member's own access token.
"""

from marshmallow import fields, validate

from services.common.schemas import Flag, Int, Schema, Utc

DISTRICTS = (
    "jongno",
    "jung",
    "yongsan",
    "seongdong",
    "gwangjin",
    "dongdaemun",
    "jungnang",
    "seongbuk",
    "gangbuk",
    "dobong",
    "nowon",
    "eunpyeong",
    "seodaemun",
    "mapo",
    "yangcheon",
    "gangseo",
    "guro",
    "geumcheon",
    "yeongdeungpo",
    "dongjak",
    "gwanak",
    "seocho",
    "gangnam",
    "songpa",
    "gangdong",
)
"""The 25 autonomous districts of Seoul, in the order of their administrative codes."""
AGES = ("10", "20", "30", "40", "50", "60", "70")
"""Age bands by their lowest age: "10" is 10 to 19, "70" is 70 and above."""
GENDERS = ("female", "male")
OLDEST_BIRTH_YEAR = 1900


class CoarseProfileSchema(Schema):
    """What an access token carries of a profile; what was not told is left out."""

    district = fields.String(validate=validate.OneOf(DISTRICTS))
    age = fields.String(validate=validate.OneOf(AGES))
    gender = fields.String(validate=validate.OneOf(GENDERS))


class ProfileSchema(Schema):
    """What a member has told, null where nothing; `consented_at` is null when there is no profile."""

    district = fields.String(required=True, allow_none=True)
    birth_year = Int(required=True, allow_none=True)
    gender = fields.String(required=True, allow_none=True)
    consented_at = Utc(required=True, allow_none=True)


class NewProfileSchema(Schema):
    """A profile as a whole: what is not given is not told any more. `consent`: that it may be kept and its coarse
    values be counted in polls that break their result down.
    """

    district = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(DISTRICTS))
    birth_year = Int(
        allow_none=True, load_default=None, validate=validate.Range(min=OLDEST_BIRTH_YEAR, max=2100)
    )
    gender = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(GENDERS))
    consent = Flag(required=True, validate=validate.Equal(True))


class SetProfileSchema(NewProfileSchema):
    person_id = fields.String(required=True)
