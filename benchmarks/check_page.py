"""What checking one receipt costs a browser, by size of the log: `python -m benchmarks.check_page`.

A synthetic log behind a real gateway, Chromium on the same machine; once as fast as it goes and once over a line like a
phone's (10 Mbit/s, 50 ms). Each row is the first check of a fresh browser: bytes and files are those of the record and the
keys, time runs from opening the QR code's address to the verdict, page and scripts included.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from gateway.pages.proof import check_address
from tests.fixtures.browser import FLAGS, chromium
from tests.fixtures.synthetic_log import POLL, Site, SyntheticLog, many_ballots, served

SIZES = (1_000, 16_384, 100_000, 1_000_000)
PHONE_LINE = {"offline": False, "latency": 50, "downloadThroughput": 10e6 / 8, "uploadThroughput": 5e6 / 8}
LONGEST_MS = 120_000
CONFIRMED = "[data-found=inclusion_good]"
FETCHED = """() => performance.getEntriesByType("resource")
  .filter((one) => /\\/(log|api)\\//.test(one.name))
  .map((one) => one.encodedBodySize)"""


def check(
    browser: Browser, site: Site, log: SyntheticLog, line: dict[str, Any] | None
) -> tuple[float, list[int]]:
    """Seconds until the verdict, and the bytes of each file of the record that was fetched. Fails unless confirmed."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(LONGEST_MS)
    if line is not None:
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)
    page.add_init_script("performance.setResourceTimingBufferSize(10000)")
    started = time.perf_counter()
    page.goto(check_address(log.receipt(log.shown // 2), site.url))
    page.wait_for_selector("[data-result]:not([hidden])")
    seconds = time.perf_counter() - started
    if not page.locator(CONFIRMED).count():
        raise SystemExit(f"not confirmed: {page.locator('[data-steps]').inner_text()}")
    fetched: list[int] = page.evaluate(FETCHED)
    context.close()
    return seconds, fetched


def tiles_served(site: Site, seconds: int = 5) -> str:
    """What wrk says of one full tile, fetched over 50 connections; nothing where there is no wrk."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return "wrk is missing: tiles a second were not measured"
    command = [wrk, "-t1", "-c50", f"-d{seconds}s", f"{site.url}/log/{POLL}/tile/0/000"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=True).stdout
    rate = next(line.split()[1] for line in said.splitlines() if line.startswith("Requests/sec"))
    return f"full tiles a second from one gateway's memory, by wrk: {rate}"


def main() -> int:
    """Prints a table, and how many tiles one gateway serves."""
    print(
        "| ballots in the log | files | KB fetched | seconds | seconds at 10 Mbit/s, 50 ms |\n|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with served(Path(folder), SyntheticLog(many_ballots(1))) as site:
            for size in SIZES:
                log = SyntheticLog(many_ballots(size))
                site.show(log)
                check(browser, site, log, None)
                fast, fetched = check(browser, site, log, None)
                slow, _ = check(browser, site, log, PHONE_LINE)
                row = f"| {size:,} | {len(fetched)} | {sum(fetched) // 1000:,} | {fast:.2f} | {slow:.2f} |"
                print(row, flush=True)
            print(tiles_served(site))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
