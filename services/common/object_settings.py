"""Where files lie that people uploaded: the same settings for whoever writes them and whoever reads them."""

from services.common.objects import S3, LocalFolder, ObjectStore
from services.common.settings import ProcessSettings, Setting, folder, url


class ObjectStoreSettings(ProcessSettings):
    """A folder, or a bucket of an S3-compatible store."""

    media = Setting("MVOTING_MEDIA", "$MVOTING_HOME/media", "folder of uploaded images", folder)
    s3_bucket = Setting(
        "MVOTING_S3_BUCKET", None, "bucket for images; without it they lie in the media folder"
    )
    s3_endpoint = Setting(
        "MVOTING_S3_ENDPOINT",
        None,
        "address of an S3-compatible store; without it Amazon's",
        url("http", "https"),
    )
    s3_region = Setting("MVOTING_S3_REGION", "ap-northeast-2", "region of the bucket")
    s3_access_key = Setting("MVOTING_S3_ACCESS_KEY", None, "access key of the bucket", secret=True)
    s3_secret_key = Setting("MVOTING_S3_SECRET_KEY", None, "secret key of the bucket", secret=True)

    def object_store(self) -> ObjectStore:
        """The store that these settings name; connects to nothing yet."""
        if self.s3_bucket is None:
            return LocalFolder(self.media)
        return S3.connect(
            self.s3_bucket, self.s3_endpoint, self.s3_region, self.s3_access_key, self.s3_secret_key
        )
