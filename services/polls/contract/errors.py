"""Every error that polls answers with, and when it happens."""

from services.common.errors import DomainError


class PollNotFound(DomainError):
    """No such poll, or a draft that the actor may not see."""

    code = "poll_not_found"


class NotAllowed(DomainError):
    """The actor is not an operator of the poll's organisation (nor an administrator)."""

    code = "forbidden"


class PollFrozen(DomainError):
    """The poll has opened; what was to be changed is frozen. `fields` names it."""

    code = "poll_frozen"


class WrongState(DomainError):
    """The operation does not fit the poll's state. `state` is the present one."""

    code = "wrong_state"


class NotCertified(DomainError):
    """Publication asked for before the final recount has agreed with the live counters."""

    code = "not_certified"


class PublicationBlocked(DomainError):
    """The recount differs from the live counters: the result cannot be published until that is explained."""

    code = "publication_blocked"


class PollNotOpen(DomainError):
    """Outside the poll's window, by the database's clock. `state`, `opens_at`, `closes_at` say more."""

    code = "poll_not_open"


class NotEligible(DomainError):
    """The eligibility rules do not admit this voter. `rule` names the first rule that refused, never why in detail."""

    code = "not_eligible"


class EvidenceNeeded(DomainError):
    """A rule needs evidence that was not given. `field` names it, e.g. `password`."""

    code = "evidence_needed"


class WrongPassword(DomainError):
    """The poll's password is wrong. `tries_left` says how many are left before a pause."""

    code = "wrong_password"


class TooManyTries(DomainError):
    """Too many wrong passwords by this voter. `retry_after` in seconds."""

    code = "too_many_tries"


class CohortsGone(DomainError):
    """The poll's secret is destroyed: nobody can say any more which cohort tag stands for which cell."""

    code = "cohorts_gone"


class InvalidImage(DomainError):
    """The file is no JPEG, PNG or WebP, is damaged, or has too many bytes or pixels. `reason` is one of
    `format`, `damaged`, `bytes`, `pixels`.
    """

    code = "invalid_image"


class UploadNotFound(DomainError):
    """No such roll upload, or it was finished or replaced by another."""

    code = "upload_not_found"


class TooManyRows(DomainError):
    """The roll has more rows than allowed. `limit`."""

    code = "too_many_rows"


class UnknownSource(DomainError):
    """The question is not counted by the composite rule, or names no such source; its own ballots are not entered."""

    code = "unknown_source"


class SourcesMissing(DomainError):
    """Scores of sources of composite results are still to be entered. `missing` lists them as `{"question", "source"}`."""

    code = "sources_missing"


class SourcesSettled(DomainError):
    """The recount has taken the scores of the other sources: they cannot be changed any more."""

    code = "sources_settled"
