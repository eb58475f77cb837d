"""What identity promises to its callers: people, phones, sign-in, sessions, profiles, organisations.

A *tag* is HMAC-SHA256 of the phone number in E.164 form under identity's tag key, base64url. It names a
phone without being one: polls derives its pseudonyms and voter-roll rows from it.

`calls` (what can be asked and what is announced), `errors`, `schemas`, `profiles` (what members may tell of themselves),
`tokens` (access tokens).
"""

from services.identity.contract.calls import *  # noqa: F403 - the calls are this package's face
from services.identity.contract.errors import *  # noqa: F403 - so are its errors
from services.identity.contract.profiles import *  # noqa: F403 - and what it knows
from services.identity.contract.schemas import *  # noqa: F403 - likewise
from services.identity.contract.tokens import *  # noqa: F403 - likewise
