"""Every setting of polls, once."""

from services.common.objects import S3, LocalFolder, ObjectStore
from services.common.settings import ProcessSettings, Setting, folder, integer, seconds, url
from services.polls.domain.tries import TryLimits
from services.polls.images import ImageLimits


class PollsSettings(ProcessSettings):
    """What polls understands besides the settings of every process."""

    database_url = Setting("POLLS_DATABASE_URL", None, "polls' database", secret=True, required=True)
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
    image_bytes = Setting("POLLS_IMAGE_BYTES", "10485760", "largest image file", integer(1024))
    image_pixels = Setting("POLLS_IMAGE_PIXELS", "40000000", "most pixels of an image", integer(1))
    image_side = Setting(
        "POLLS_IMAGE_SIDE", "1600", "longer images are scaled down to this side", integer(16, 16_000)
    )
    roll_rows = Setting("POLLS_ROLL_ROWS", "1000000", "most rows of a voter roll", integer(1))
    password_tries = Setting(
        "POLLS_PASSWORD_TRIES", "5", "wrong passwords before a voter has to wait", integer(1, 1000)
    )
    password_pause = Setting("POLLS_PASSWORD_PAUSE", "900", "seconds of that wait", seconds)

    @property
    def image_limits(self) -> ImageLimits:
        """What an image may be."""
        return ImageLimits(self.image_bytes, self.image_pixels, self.image_side)

    @property
    def try_limits(self) -> TryLimits:
        """How often a password may be guessed."""
        return TryLimits(self.password_tries, self.password_pause)


def object_store(settings: PollsSettings) -> ObjectStore:
    """Where images lie."""
    if settings.s3_bucket is None:
        return LocalFolder(settings.media)
    return S3.connect(
        settings.s3_bucket,
        settings.s3_endpoint,
        settings.s3_region,
        settings.s3_access_key,
        settings.s3_secret_key,
    )
