"""What tally promises to its callers: the only part of tally that others may import.

`calls` (what can be asked and what is announced), `rules` (the counting rules, one file each) and `counting` (what they share).
The rules are pure: polls checks a definition with the same code that counts it. `sentences` says outcomes in Korean and English.
"""

from services.tally.contract.calls import *  # noqa: F403 - the calls are this package's face
