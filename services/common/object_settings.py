"""Where files lie: the same settings for whoever writes them and whoever reads them."""

from typing import Any
from urllib.parse import urlsplit

from services.common.objects import S3, LocalFolder, ObjectStore
from services.common.settings import ProcessSettings, Setting, folder, url


class S3Settings(ProcessSettings):
    """Access to an S3-compatible store, for whatever lies there."""

    s3_endpoint = Setting(
        "MVOTING_S3_ENDPOINT",
        None,
        "address of an S3-compatible store; without it Amazon's",
        url("http", "https"),
    )
    s3_region = Setting("MVOTING_S3_REGION", "ap-northeast-2", "region of the bucket")
    s3_access_key = Setting("MVOTING_S3_ACCESS_KEY", None, "access key of the bucket", secret=True)
    s3_secret_key = Setting("MVOTING_S3_SECRET_KEY", None, "secret key of the bucket", secret=True)

    def bucket(self, name: str, prefix: str = "") -> ObjectStore:
        """What lies in this bucket below the prefix; connects to nothing yet."""
        keys = (self.s3_access_key, self.s3_secret_key)
        return S3.connect(name, self.s3_endpoint, self.s3_region, *keys, prefix)


class ObjectStoreSettings(S3Settings):
    """Uploaded images: in a folder, or in a bucket of an S3-compatible store."""

    media = Setting("MVOTING_MEDIA", "$MVOTING_HOME/media", "folder of uploaded images", folder)
    s3_bucket = Setting(
        "MVOTING_S3_BUCKET", None, "bucket for images; without it they lie in the media folder"
    )

    def object_store(self) -> ObjectStore:
        """The store that these settings name; connects to nothing yet."""
        return LocalFolder(self.media) if self.s3_bucket is None else self.bucket(self.s3_bucket)


def place(text: str) -> Any:
    """A setting's folder, or `s3://bucket/prefix` as (bucket, prefix)."""
    parts = urlsplit(text)
    if parts.scheme != "s3":
        return folder(text)
    if not parts.netloc:
        raise ValueError("must be a folder or s3://bucket/prefix")
    prefix = parts.path.strip("/")
    return parts.netloc, f"{prefix}/" if prefix else ""


def store_at(settings: S3Settings, where: Any) -> ObjectStore:
    """The store at a place that `place` has read; connects to nothing yet."""
    return settings.bucket(*where) if isinstance(where, tuple) else LocalFolder(where)
