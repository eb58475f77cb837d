import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.ports import any_free
from services.notify.channels import smtp
from services.notify.domain import Message, Rejected, Retryable, Unknown

MAIL = Message(
    "announcement", "voter@example.org", "결과가 발표되었습니다\nhttp://x/polls/1", "[엠보팅] 결과"
)


class Handler:
    """Keeps what it takes; `replies` overrules a step's answer."""

    def __init__(self, **replies: str) -> None:
        self.replies = replies
        self.mails: list[bytes] = []

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd fixes the name
        envelope.mail_from = address
        return self.replies.get("mail", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd fixes the name
        envelope.rcpt_tos.append(address)
        return self.replies.get("rcpt", "250 OK")

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd fixes the name
        if self.replies.get("data") == "drop":
            server.transport.close()
            return "250 nobody hears it"
        self.mails.append(envelope.content)
        return self.replies.get("data", "250 OK")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "localhost.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return pem


@pytest.fixture
def serve(certificate):
    controllers = []

    def start(handler: Handler, tls: bool = True) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options: dict[str, Any] = {"tls_context": context, "require_starttls": True} if tls else {}
        port = any_free()
        controller = Controller(
            handler,
            hostname="127.0.0.1",
            port=port,
            auth_required=tls,
            authenticator=lambda *given: AuthResult(success=given[4].password == b"right", handled=False),
            **options,
        )
        controller.start()
        controllers.append(controller)
        return port

    yield start
    for controller in controllers:
        controller.stop()


def channel(port: int, certificate=None, **changes: str) -> smtp.SmtpChannel:
    environ = {
        "NOTIFY_SMTP_HOST": "localhost",
        "NOTIFY_SMTP_PORT": str(port),
        "NOTIFY_SMTP_FROM": "noreply@mvoting.example",
        "NOTIFY_SMTP_SECONDS": "2",
        "NOTIFY_SMTP_CA_FILE": str(certificate or ""),
        **changes,
    }
    return smtp.SmtpChannel(smtp.ChannelSettings.load(environ))


def plain(port: int, **changes: str) -> smtp.SmtpChannel:
    return channel(port, NOTIFY_SMTP_SECURITY="none", **changes)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_mail_goes_out_over_starttls_with_log_in(serve, certificate):
    handler = Handler()
    port = serve(handler)
    credentials = {"NOTIFY_SMTP_USER": "mvoting", "NOTIFY_SMTP_PASSWORD": "right"}
    sent = channel(port, certificate, **credentials).send(MAIL, "announcement:poll:person")
    mail = handler.mails[0].decode()
    assert f"Message-ID: {sent.provider_id}" in mail
    assert "To: voter@example.org" in mail
    assert "Auto-Submitted: auto-generated" in mail


def test_the_same_key_gives_the_same_message_id(serve):
    handler = Handler()
    port = serve(handler, tls=False)
    assert plain(port).send(MAIL, "key") == plain(port).send(MAIL, "key")
    assert plain(port).send(MAIL, "other") != plain(port).send(MAIL, "key")


def test_an_untrusted_server_gets_nothing(serve):
    handler = Handler()
    with pytest.raises(Retryable, match="unreachable"):
        channel(serve(handler)).send(MAIL, "key")
    assert handler.mails == []


def test_a_server_without_starttls_gets_nothing(serve, certificate):
    handler = Handler()
    with pytest.raises(Retryable, match="unreachable"):
        channel(serve(handler, tls=False), certificate).send(MAIL, "key")
    assert handler.mails == []


def test_a_wrong_password_can_be_corrected_later(serve, certificate):
    credentials = {"NOTIFY_SMTP_USER": "mvoting", "NOTIFY_SMTP_PASSWORD": "wrong"}
    with pytest.raises(Retryable, match="unauthorized"):
        channel(serve(Handler()), certificate, **credentials).send(MAIL, "key")


@pytest.mark.parametrize(
    ("step", "reply", "error"),
    [
        ("mail", "451 later", Retryable),
        ("rcpt", "450 mailbox busy", Retryable),
        ("rcpt", "550 no such mailbox", Rejected),
        ("data", "452 full", Retryable),
        ("data", "554 no", Rejected),
        ("data", "drop", Unknown),
    ],
)
def test_answers_mean_what_can_be_concluded_from_them(serve, step, reply, error):
    with pytest.raises(error):
        plain(serve(Handler(**{step: reply}), tls=False)).send(MAIL, "key")


def test_nobody_there_was_surely_not_reached():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(Retryable, match="unreachable"):
            plain(probe.getsockname()[1]).send(MAIL, "key")


def test_a_server_that_says_nothing_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Retryable):
        plain(silent.getsockname()[1], NOTIFY_SMTP_SECONDS="0.3").send(MAIL, "key")
