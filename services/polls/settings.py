"""Every setting of polls, once."""

from services.common.object_settings import ObjectStoreSettings
from services.common.settings import Setting, integer, seconds
from services.polls.domain.tries import TryLimits
from services.polls.images import ImageLimits


class PollsSettings(ObjectStoreSettings):
    """What polls understands besides the settings of every process."""

    database_url = Setting("POLLS_DATABASE_URL", None, "polls' database", secret=True, required=True)
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

    witnesses = Setting(
        "MVOTING_WITNESSES",
        "",
        "witnesses that cosign checkpoints: `<vkey>=<URL>`, separated by spaces; polls only counts them",
        lambda text: len(text.split()),
    )

    @property
    def image_limits(self) -> ImageLimits:
        """What an image may be."""
        return ImageLimits(self.image_bytes, self.image_pixels, self.image_side)

    @property
    def try_limits(self) -> TryLimits:
        """How often a password may be guessed."""
        return TryLimits(self.password_tries, self.password_pause)
