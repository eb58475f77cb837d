"""Mail by SMTP (RFC 5321), with STARTTLS (RFC 3207) unless told otherwise.

The idempotency key becomes the Message-ID, by which receivers recognise a copy.
"""

import hashlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any

from services.common.settings import Setting, Settings, integer, one_of, seconds
from services.notify.channels import Outbox
from services.notify.domain import MAIL, Message, Rejected, Retryable, Sent, Unknown

NAME = "smtp"
CARRIES = frozenset({MAIL})
DEVELOPMENT = False


class ChannelSettings(Settings):
    """The mail server that takes our mail."""

    host = Setting("NOTIFY_SMTP_HOST", None, "mail server", required=True)
    port = Setting("NOTIFY_SMTP_PORT", "587", "its port", integer(1, 65535))
    security = Setting(
        "NOTIFY_SMTP_SECURITY", "starttls", "`starttls`, `tls` from the start, or `none` on a trusted network",
        one_of("starttls", "tls", "none"),
    )  # fmt: skip
    user = Setting("NOTIFY_SMTP_USER", None, "user name; none: no log-in")
    password = Setting("NOTIFY_SMTP_PASSWORD", None, "password", secret=True)
    sender = Setting("NOTIFY_SMTP_FROM", None, "address mails come from", required=True)
    timeout = Setting("NOTIFY_SMTP_SECONDS", "10", "time for each step of the conversation", seconds)
    certificate_file = Setting("NOTIFY_SMTP_CA_FILE", None, "certificates to trust instead of the system's")


class SmtpChannel:
    """One connection a mail."""

    NAME = NAME

    def __init__(self, settings: Any) -> None:
        self._settings = settings

    def send(self, message: Message, idempotency_key: str) -> Sent:
        """See the port. Only a conversation that broke after the content was on its way is `Unknown`."""
        mail = self._compose(message, idempotency_key)
        server = self._log_in()
        try:
            self._address(server, message.to)
            _hand_over(server, mail)
        finally:
            server.close()
        return Sent(str(mail["Message-ID"]))

    def cost(self, message: Message) -> int:  # noqa: ARG002 - the port's shape
        """Mail is free."""
        return 0

    def _compose(self, message: Message, idempotency_key: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self._settings.sender, message.to
        mail["Subject"] = message.subject or message.text.splitlines()[0]
        mail["Date"] = formatdate()
        domain = self._settings.sender.rpartition("@")[2].rstrip(">")
        mail["Message-ID"] = f"<{hashlib.sha256(idempotency_key.encode()).hexdigest()[:40]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail

    def _log_in(self) -> smtplib.SMTP:
        """A connection ready for mail; nothing has been handed over before that."""
        server: smtplib.SMTP | None = None
        try:
            server = self._connect()
            if self._settings.security == "starttls":
                server.starttls(context=self._trust())
            server.ehlo_or_helo_if_needed()
            if self._settings.user:
                server.login(self._settings.user, self._settings.password or "")
            return server
        except smtplib.SMTPAuthenticationError:
            reason = "unauthorized"
        except (OSError, smtplib.SMTPException):
            reason = "unreachable"
        if server is not None:
            server.close()
        raise Retryable(reason)

    def _connect(self) -> smtplib.SMTP:
        where = {"host": self._settings.host, "port": self._settings.port, "timeout": self._settings.timeout}
        if self._settings.security == "tls":
            return smtplib.SMTP_SSL(**where, context=self._trust())
        return smtplib.SMTP(**where)

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._settings.certificate_file)

    def _address(self, server: smtplib.SMTP, to: str) -> None:
        """Sender and recipient; until the content follows nothing is taken."""
        try:
            for code, _ in (server.mail(self._settings.sender), server.rcpt(to)):
                _refuse(code)
        except (OSError, smtplib.SMTPException):
            raise Retryable("disconnected") from None


def create(settings: Settings, outbox: Outbox) -> SmtpChannel:
    """The channel to this mail server."""
    return SmtpChannel(settings)


def _hand_over(server: smtplib.SMTP, mail: EmailMessage) -> None:
    try:
        code, _ = server.data(mail.as_bytes())
    except smtplib.SMTPDataError as error:
        code = error.smtp_code
    except (OSError, smtplib.SMTPException):
        raise Unknown("no_answer") from None
    _refuse(code)


def _refuse(code: int) -> None:
    """4xx asks to come again, 5xx never to (RFC 5321 section 4.2.1)."""
    if 400 <= code < 500:
        raise Retryable(f"smtp_{code}")
    if code >= 500:
        raise Rejected(f"smtp_{code}")
