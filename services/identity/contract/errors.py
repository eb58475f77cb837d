"""Every error that identity answers with, and when it happens."""

from services.common.errors import DomainError


class InvalidPhone(DomainError):
    """The text is not a phone number, or one of a country that the settings do not allow."""

    code = "invalid_phone"


class TooManyCodes(DomainError):
    """Too many codes were asked for by this number, address or prefix. `retry_after` in seconds."""

    code = "too_many_codes"


class WrongCode(DomainError):
    """The code is wrong, expired, already used, or its challenge is unknown; which one is not said."""

    code = "wrong_code"


class TooManyAttempts(DomainError):
    """A challenge was tried five times and is dead, or one address tried too many codes.

    `retry_after` in seconds: when a new code may be asked for.
    """

    code = "too_many_attempts"


class SessionEnded(DomainError):
    """The refresh token is unknown, expired, used before, or its session was signed out."""

    code = "session_ended"


class PersonNotFound(DomainError):
    """No such person."""

    code = "person_not_found"


class NotAMember(DomainError):
    """Only members can have a profile: a guest is forgotten with the session."""

    code = "not_a_member"


class OrganizationNotFound(DomainError):
    """No such organisation."""

    code = "organization_not_found"


class OrganizationExists(DomainError):
    """An organisation with this id exists already."""

    code = "organization_exists"


class NotAllowed(DomainError):
    """The actor lacks the role that the operation needs."""

    code = "forbidden"
