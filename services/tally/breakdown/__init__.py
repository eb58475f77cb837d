"""Final results split by who voted: pure functions from counters of groups of voters to the `breakdown` of a result.

`cohorts` (what was counted), `tables` (one a dimension and question), `network` and `suppression` (which figures cannot be told),
`raking` and `weighting` (what the population would have said), `document` (all of it as the result has it). docs/breakdown.md.
"""
