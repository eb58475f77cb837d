"""What ballots promises to its callers: casting, receipts, and the logs that anyone can check.

It knows passes and choices, never a person, a phone, an account or an address. `casting`: ballots and their receipts;
`cohorts`: counters of groups of voters; `logs`: the public logs and what is read of them; `calls`: what can be asked and what is announced.
"""

from services.ballots.contract.calls import *  # noqa: F403 - the calls are this package's face
from services.ballots.contract.casting import *  # noqa: F403 - so are its errors and payloads
from services.ballots.contract.cohorts import *  # noqa: F403 - likewise
from services.ballots.contract.logs import *  # noqa: F403 - likewise
