"""Check my vote: the page whose script does all the work, and the words that the script says."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway import i18n
from gateway.context import gateway
from gateway.pages.labels import N_
from gateway.pages.rendering import render

STEPS = {
    "browser": N_("This browser"),
    "signature": N_("Signature of the receipt"),
    "keys": N_("Signing keys"),
    "checkpoint": N_("State of the public record"),
    "witnesses": N_("Witnesses"),
    "consistency": N_("Compared with your last check"),
    "inclusion": N_("Your ballot"),
}
STATES = {"good": N_("Confirmed"), "bad": N_("Problem"), "warn": N_("Attention"), "open": N_("Note")}
FOUND = {
    "no_ed25519": N_(
        "This browser cannot check signatures of the kind used here (Ed25519). Signatures were therefore not checked: "
        "please repeat the check in a newer browser."
    ),
    "signature_good": N_("The receipt was signed by mVoting and has not been altered."),
    "signature_bad": N_("The signature does not fit: this receipt is forged or was altered."),
    "signature_unchecked": N_("The signature of the receipt was not checked."),
    "key_unknown": N_("The receipt names the key “%(key)s”, which mVoting does not have: it may be forged."),
    "key_changed": N_(
        "The key “%(key)s” is not the one that this browser saw before. Somebody may have put another key in its place; "
        "ask the organisation, and keep your receipt."
    ),
    "key_another": N_(
        "This browser sees the key “%(key)s” for the first time, although it knows another one. Keys are replaced now and "
        "then; if you are in doubt, compare it with what the organisation has made public."
    ),
    "checkpoint_good": N_(
        "The newest state of the public record, with %(size)s ballots, is signed by mVoting."
    ),
    "checkpoint_unchecked": N_(
        "The newest state of the public record has %(size)s ballots; its signature was not checked."
    ),
    "checkpoint_none": N_("No state of this poll's public record has been published yet."),
    "checkpoint_other": N_("What was shown is not the public record of this poll."),
    "checkpoint_forged": N_(
        "The state of the public record that was shown is not signed by mVoting. Nothing in it can be believed."
    ),
    "witnesses_agree": N_(
        "%(n)s of %(of)s witnesses outside mVoting have confirmed this very state of the record."
    ),
    "witnesses_silent": N_(
        "None of the %(of)s witnesses has confirmed this state yet. Usually that takes a few seconds; if it stays so, "
        "nobody outside mVoting vouches that everyone is shown the same record."
    ),
    "witnesses_none_asked": N_("No outside witness watches over this record."),
    "witnesses_unchecked": N_("The confirmations of the witnesses were not checked."),
    "consistency_first": N_(
        "This browser checks this record for the first time, so there is nothing to compare it with. It has kept the state of "
        "today for next time."
    ),
    "consistency_good": N_(
        "Since your check of %(at)s (%(then)s ballots) the record has only been added to: nothing was altered or removed."
    ),
    "consistency_older": N_(
        "A state of the record older than on %(at)s was shown. It fits the newer one; please check again in a moment."
    ),
    "consistency_forked": N_(
        "The record does not continue what this browser saw on %(at)s (%(then)s ballots then, %(now)s now). It was altered "
        "afterwards, or you are being shown another record than others. Both signed states are evidence: please keep them."
    ),
    "inclusion_good": N_(
        "Your ballot stands unaltered in the public record, at place %(place)s of %(size)s."
    ),
    "tiles_wrong": N_(
        "The fingerprints that were delivered do not give the signed state of the record. Somebody has altered or exchanged "
        "them."
    ),
    "tiles_missing": N_(
        "Parts of the public record are missing or cut off, so your ballot could not be checked."
    ),
    "promise_open": N_(
        "Your ballot is not in the public record yet. It was promised by %(due)s; please check again after that."
    ),
    "promise_late": N_(
        "Your ballot is not in the public record, although it was promised by %(due)s (by the clock of this device). Please "
        "keep the receipt and tell the organisation."
    ),
    "promise_broken": N_(
        "The promise is broken: your ballot had to be in the record by %(due)s, and it is missing from the state that "
        "witnesses confirmed on %(seen)s. Your receipt and that state prove it. Please keep both."
    ),
}
VERDICTS = {
    "proved": N_("Confirmed: your ballot stands unaltered in the public record"),
    "partly": N_("Your ballot is in the record, but not everything could be confirmed"),
    "waiting": N_("Your ballot is not in the public record yet"),
    "failed": N_("The check has failed: please keep the receipt"),
    "away": N_("The check could not be finished: the record could not be reached"),
}
OTHER = {
    "no_receipt": N_("No receipt was found in it. Please give the whole file or text."),
    "busy": N_("Checking. The public record is being fetched."),
    "agreed": N_("%(name)s confirmed it on %(time)s"),
    "silent": N_("%(name)s has not confirmed this state"),
    "fetched": N_("%(files)s files, %(size)s, were fetched for this; %(tiles)s groups of 256 ballots."),
    "kilobytes": N_("%(n)s KB"),
    "evidence": N_("Signed state of the record"),
    "entry_withheld": N_("The entries cannot be fetched before the results of this poll may be seen."),
    "entry_wrong": N_("The entry that was delivered does not have the fingerprint of your receipt."),
    "entry_away": N_("The entry could not be fetched. Please try again."),
    "entry_text": N_("A written answer; the record holds only its fingerprint"),
    "yes": N_("For"),
    "no": N_("Against"),
    "abstain": N_("Abstain"),
}
WORDS = {"steps": STEPS, "states": STATES, "found": FOUND, "verdicts": VERDICTS, "other": OTHER}


async def page(request: Request) -> Response:
    """The same page for everybody: the server does not learn which receipt is checked."""
    gettext = i18n.translations(request).gettext
    words = {group: {key: gettext(text) for key, text in texts.items()} for group, texts in WORDS.items()}
    address = str(gateway(request).settings.public_url)
    return render(request, "check.html", words=orjson.dumps(words).decode(), address=address)
