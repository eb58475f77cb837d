"""What polls promises to its callers: the only part of polls that others may import.

`calls` (what can be asked and what is announced), `errors`, `schemas`, `question_schemas`, `roll_schemas`, `source_schemas`, `commitments`, `passes` (the signed ballot pass),
`record` (facts for the city log),
`ballot_rules` and `kinds` (the pure rules of ballots that gateway, ballots and tally share).
"""

from services.polls.contract import ballot_rules as ballot_rules
from services.polls.contract import passes as passes
from services.polls.contract.calls import *  # noqa: F403 - the calls are this package's face
from services.polls.contract.errors import *  # noqa: F403 - so are its errors
