"""Which address a request comes from: never logged, only told to identity for its limits."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

Address = IPv4Address | IPv6Address
UNKNOWN = "unknown"


def client_address(peer: str | None, forwarded: str | None, trusted: Iterable[Any]) -> str:
    """The nearest address that is not a trusted proxy's, reading `X-Forwarded-For` from its end."""
    networks = tuple(trusted)
    found = _parse(peer)
    for text in reversed((forwarded or "").split(",") if networks else []):
        if found is None or not any(found in network for network in networks):
            break
        found = _parse(text.strip()) or found
    return str(found) if found else UNKNOWN


def _parse(text: str | None) -> Address | None:
    try:
        address = ip_address((text or "").strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
