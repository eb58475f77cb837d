"""Storage of files that never change once written: a folder, or anything that speaks S3."""

import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

_NAME = re.compile(r"[a-z0-9][A-Za-z0-9_.-]{0,120}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,120}){0,3}")


class ObjectMissing(Exception):
    """Nothing is stored under this name."""


class ObjectStoreAway(Exception):
    """The store did not answer in time."""


class ObjectStore(Protocol):
    """Names are relative paths of letters, digits, ``-``, ``_`` and ``.``; any other is a ``ValueError``.

    ``put`` replaces what stands there, whole or not at all, and may be repeated.  ``delete`` of what is not there is
    no error.  All three raise :class:`ObjectStoreAway` when the store cannot be reached in time.
    """

    def put(self, name: str, data: bytes, content_type: str) -> None: ...

    def get(self, name: str) -> tuple[bytes, str]:
        """Content and its type; raises :class:`ObjectMissing`."""
        ...

    def delete(self, name: str) -> None: ...


class LocalFolder:
    """Files below one folder; the content type stands beside each in ``<name>.type``."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)

    def put(self, name: str, data: bytes, content_type: str) -> None:
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(self._type_path(path), json.dumps(content_type).encode())
            _replace(path, data)
        except OSError as error:
            raise ObjectStoreAway from error

    def get(self, name: str) -> tuple[bytes, str]:
        path = self._path(name)
        try:
            return path.read_bytes(), json.loads(self._type_path(path).read_bytes())
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise ObjectMissing from None
        except OSError as error:
            raise ObjectStoreAway from error

    def delete(self, name: str) -> None:
        path = self._path(name)
        path.unlink(missing_ok=True)
        self._type_path(path).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / _checked(name)

    def _type_path(self, path: Path) -> Path:
        return path.with_name(f"{path.name}~type")


class S3:
    """A bucket of Amazon S3 or of a store that speaks its protocol (``endpoint_url``)."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    @classmethod
    def connect(
        cls,
        bucket: str,
        endpoint_url: str | None,
        region: str,
        access_key: str | None,
        secret_key: str | None,
        prefix: str = "",
    ) -> "S3":
        """Without keys the client looks for them where AWS puts them."""
        import boto3  # noqa: PLC0415 - large, and only for those who use it
        from botocore.config import Config  # noqa: PLC0415 - see above

        limits = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 3, "mode": "standard"})
        session = boto3.session.Session(access_key, secret_key, region_name=region)
        return cls(session.client("s3", endpoint_url=endpoint_url, config=limits), bucket, prefix)

    def put(self, name: str, data: bytes, content_type: str) -> None:
        with _s3_errors():
            self._client.put_object(**self._place(name), Body=data, ContentType=content_type)

    def get(self, name: str) -> tuple[bytes, str]:
        with _s3_errors():
            answer = self._client.get_object(**self._place(name))
            return answer["Body"].read(), answer["ContentType"]

    def delete(self, name: str) -> None:
        with _s3_errors():
            self._client.delete_object(**self._place(name))

    def _place(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + _checked(name)}


@contextmanager
def _s3_errors() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see connect

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            raise ObjectMissing from None
        raise ObjectStoreAway from error
    except BotoCoreError as error:
        raise ObjectStoreAway from error


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name:
        raise ValueError("not a name for a stored object")
    return name


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f"~{secrets.token_hex(8)}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
