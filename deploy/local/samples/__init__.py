"""The sample polls of a local stack, loaded through the gateway as a client would.

`python -m deploy.local.samples [URL]`: real polls with ballots, each cast by a signed-in phone of its own. Running it again
does nothing that is done already; an interrupted run is finished by the next.
"""
