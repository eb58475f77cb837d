import signal
import subprocess
import sys

DROPPED = """
import signal, time
from deploy.local import up

class Last:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0)

up.handle_signals()
try:
    Last()
    time.sleep(60)
except up.Interrupted as stop:
    print("stopped by", stop.number)
"""


def test_a_signal_is_not_lost_while_python_drops_what_is_raised():
    done = subprocess.run(
        [sys.executable, "-c", DROPPED], capture_output=True, text=True, timeout=100, check=True
    )
    assert done.stdout == f"stopped by {int(signal.SIGTERM)}\n"
    assert done.stderr == ""


def test_what_else_python_drops_is_shown():
    code = "from deploy.local import up; up.handle_signals()\nclass Bad:\n    def __del__(self): raise ValueError\nBad()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True
    )
    assert "ValueError" in done.stderr
