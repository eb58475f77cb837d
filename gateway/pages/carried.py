"""A ballot carried through sign-in in hidden fields: the voter's own choices, back to the voter, kept nowhere."""

from starlette.datastructures import FormData

POLL = "ballot_of"
BALLOT = "ballot_id"
ANSWERS = "q."
Carried = dict[str, list[str]]


def pack(poll_id: str, ballot_id: str, entered: Carried) -> Carried:
    """The hidden fields."""
    return {POLL: [poll_id], BALLOT: [ballot_id], **entered}


def of_form(form: FormData) -> Carried:
    """The hidden fields that a form brought along; none where it carries no ballot."""
    if not isinstance(form.get(POLL), str):
        return {}
    found: Carried = {}
    for name, value in form.multi_items():
        if isinstance(value, str) and (name in (POLL, BALLOT) or name.startswith(ANSWERS)):
            found.setdefault(name, []).append(value)
    return found
