"""Every setting of the gateway, declared once."""

from ipaddress import ip_network

from services.common.object_settings import ObjectStoreSettings
from services.common.settings import Setting, integer, one_of, seconds, url, words


def networks(text: str) -> tuple[object, ...]:
    """A comma-separated list of addresses and networks."""
    try:
        return tuple(ip_network(word, strict=False) for word in words(text))
    except ValueError:
        raise ValueError("must be a list of IP addresses or networks") from None


class GatewaySettings(ObjectStoreSettings):
    """What the gateway understands besides what every process does."""

    host = Setting("MVOTING_HOST", "127.0.0.1", "address that the gateway listens on")
    port = Setting("MVOTING_PORT", "8080", "port that the gateway listens on", integer(1, 65535))
    public_url = Setting(
        "MVOTING_PUBLIC_URL",
        "http://127.0.0.1:$MVOTING_PORT",
        "address that people use; with https the cookies are `Secure` and named `__Host-`",
        url("http", "https"),
    )
    trusted_proxies = Setting(
        "MVOTING_TRUSTED_PROXIES",
        "",
        "addresses and networks whose `X-Forwarded-For` is believed; none: the connection's own address counts",
        networks,
    )
    access_log = Setting(
        "GATEWAY_ACCESS_LOG",
        "problems",
        "which requests get a log line, without their path: `all`, `problems` (answered with 400 or more) or `none`",
        one_of("all", "problems", "none"),
    )
    body_bytes = Setting("GATEWAY_BODY_BYTES", "262144", "largest body of an ordinary request", integer(1024))
    image_bytes = Setting("GATEWAY_IMAGE_BYTES", "10485760", "largest body of an image upload", integer(1024))
    project_bytes = Setting(
        "GATEWAY_PROJECT_BYTES",
        "33554432",
        "largest body of a file with the projects of a budget vote; a `.pb` file may hold its ballots too",
        integer(1024),
    )
    form_bytes = Setting(
        "GATEWAY_FORM_BYTES", "2097152", "largest body of the console's form for a draft", integer(1024)
    )
    roll_bytes = Setting(
        "GATEWAY_ROLL_BYTES", "104857600", "largest body of a voter-roll upload", integer(1024)
    )
    roll_rows = Setting("GATEWAY_ROLL_ROWS", "1000000", "most rows of a voter-roll file", integer(1))
    body_seconds = Setting(
        "GATEWAY_BODY_SECONDS", "20", "time in which an ordinary body must have come", seconds
    )
    upload_seconds = Setting("GATEWAY_UPLOAD_SECONDS", "600", "time in which a file must have come", seconds)
    head_seconds = Setting(
        "GATEWAY_HEAD_SECONDS", "10", "time in which a request's head must have come", seconds
    )
    uploads = Setting("GATEWAY_UPLOADS", "4", "large uploads handled at the same time", integer(1, 1000))
    downloads = Setting(
        "GATEWAY_DOWNLOADS", "4", "whole records and Pabulib files sent at the same time", integer(1, 1000)
    )
    tile_bytes = Setting(
        "GATEWAY_TILE_BYTES",
        "67108864",
        "memory for tiles of the public logs, which never change",
        integer(0),
    )
    watchers = Setting("GATEWAY_WATCHERS", "2000", "open result streams of one gateway", integer(1))
    heartbeat = Setting(
        "GATEWAY_HEARTBEAT", "15", "seconds between signs of life on a quiet result stream", seconds
    )
    definition_ttl = Setting("GATEWAY_DEFINITION_TTL", "5", "seconds a poll is shown from memory", seconds)
    cast_seconds = Setting(
        "GATEWAY_CAST_SECONDS",
        "1",
        "time that casting a ballot may take; when it takes longer, fewer are admitted at a time and the others are told "
        "at once to come again",
        seconds,
    )
    keep_alive = Setting("GATEWAY_KEEP_ALIVE", "30", "seconds an idle connection is kept", integer(1, 3600))
    backlog = Setting("GATEWAY_BACKLOG", "2048", "connections that may wait to be accepted", integer(1))

    @property
    def secure(self) -> bool:
        """Whether people reach the gateway by https."""
        return str(self.public_url).startswith("https://")

    @property
    def dev(self) -> bool:
        """Whether what only developers may see is offered."""
        return bool(self.environment == "dev")
