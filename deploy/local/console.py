"""What the local stack says to the person who started it."""


class Unusable(Exception):
    """Something is missing or cannot be used; the message is one sentence that says what and what to do."""


def say(line: str) -> None:
    """Show one line of progress at once, also through a pipe."""
    print(f"[mvoting] {line}", flush=True)
