"""What people read for the words of the contracts. Message ids are English; catalogues have both languages."""


def N_(message: str) -> str:  # noqa: N802 - gettext's name for "translate this later"
    return message


STATES = {
    "draft": N_("Draft"),
    "scheduled": N_("Scheduled"),
    "open": N_("Open"),
    "closed": N_("Closed"),
    "published": N_("Result published"),
    "cancelled": N_("Cancelled"),
}
KINDS = {
    "policy": N_("Policy poll"),
    "staff": N_("Staff poll"),
    "community": N_("Community poll"),
    "onsite": N_("On-site poll"),
    "budget": N_("Participatory budget"),
    "contest": N_("Contest"),
    "survey": N_("Survey"),
}
RESULTS = {
    "live": N_("Shown live while the poll is open"),
    "after_close": N_("Shown after the poll has closed"),
    "after_publish": N_("Shown once the organisation publishes it"),
}
RESULT_STATES = {"live": N_("Counting"), "final": N_("Final result"), "embargoed": N_("Not shown yet")}
IDENTITIES = {
    "phone": N_("Phone code"),
    "social": N_("Social sign-in"),
    "staff": N_("Staff sign-in"),
    "strong": N_("Certificate or passkey"),
}
QUESTIONS = {
    "choice": N_("Choice"),
    "knapsack": N_("Projects within a budget"),
    "yes_no": N_("For or against"),
    "score": N_("Score"),
    "cumulative": N_("Points to share out"),
    "ranking": N_("Ranking"),
    "number": N_("A number"),
    "date": N_("A date"),
    "text": N_("Written answer"),
}
YES_NO = {"yes": N_("For"), "no": N_("Against"), "abstain": N_("Abstain")}
CHANGES = {
    "opened": N_("Poll opened"),
    "closed": N_("Poll closed"),
    "published": N_("Result published"),
    "cancelled": N_("Poll cancelled"),
    "closes_at": N_("Closing time changed"),
    "notice": N_("Notice changed"),
    "roll": N_("Voter roll replaced"),
    "certified": N_("Recount finished"),
    "source_entered": N_("Scores of a source entered"),
    "opening_failed": N_("Scheduled opening failed"),
    "dead_letter_discarded": N_("Unreadable ballots given up"),
}
FIELDS = {
    "title": N_("Title"),
    "purpose": N_("Purpose of the poll"),
    "reference_url": N_("Reference link"),
    "organization": N_("Organisation"),
    "questions": N_("Questions"),
    "min": N_("Least"),
    "max": N_("Greatest"),
    "label": N_("Text of the option"),
    "description": N_("Description"),
    "cost": N_("Cost in won"),
    "group": N_("Group (place)"),
    "category": N_("Category (field)"),
    "exclusive": N_("“None of these”: can only be chosen alone"),
    "most_each": N_("Points for one option at most"),
    "decimals": N_("Digits after the point"),
    "earliest": N_("First day"),
    "latest": N_("Last day"),
    "order": N_("Order of the options on the ballot"),
    "limits": N_("Limits by group or category"),
    "by": N_("Limit by"),
    "values": N_("Groups or categories"),
    "distinct": N_("From how many different ones at most"),
    "show_if": N_("Ask only after certain answers"),
    "counting": N_("How it is counted"),
    "rule": N_("Counting rule"),
    "budget": N_("Money to give out, in won"),
    "winners": N_("How many are chosen"),
    "threshold": N_("Support that an option needs"),
    "quorum": N_("Quorum: ballots that are needed for any choice"),
    "ties": N_("Ties"),
    "points": N_("Points by place"),
    "increment": N_("Step of the raise for each voter, in won"),
    "caps": N_("Caps by group"),
    "projects": N_("Projects at most"),
    "sources": N_("Sources and their weights"),
    "name": N_("Source"),
    "weight": N_("Weight"),
    "scores": N_("Score"),
    "entered_by": N_("Given by"),
    "breakdown": N_("Result by groups of voters"),
    "breakdown-by": N_("Split by"),
    "breakdown-least": N_("Smallest group that is told"),
    "breakdown-margins-district": N_("District"),
    "breakdown-margins-age": N_("Age"),
    "breakdown-margins-gender": N_("Gender"),
    "breakdown-margins-channel": N_("Way of voting"),
    "who": N_("Who may vote"),
    "password": N_("Password of this poll"),
    "opens_at": N_("Opens (Seoul time)"),
    "closes_at": N_("Closes (Seoul time)"),
    "notice": N_("Notice"),
    "witnesses": N_("Witnesses who must confirm"),
}
ROLL_REASONS = {
    "phone": N_("Not a phone number"),
    "empty": N_("Empty line"),
    "formula": N_("A formula instead of a number"),
}
PROJECT_REASONS = {
    "name_missing": N_("No name"),
    "cost": N_("The cost is not a whole amount of won"),
    "too_long": N_("A text is too long"),
    "formula": N_("A formula instead of a value"),
}
CHANNELS = {"sens": N_("Text message"), "smtp": N_("E-mail"), "outbox": N_("Development outbox")}
MESSAGE_KINDS = {
    "code": N_("Sign-in code"),
    "invitation": N_("Invitation"),
    "announcement": N_("Result announcement"),
}
MESSAGE_STATES = {
    "queued": N_("Waiting"),
    "sent": N_("Sent"),
    "failed": N_("Failed"),
    "held": N_("Held by the daily cost limit"),
    "unknown": N_("Unconfirmed"),
    "opted_out": N_("Want no messages"),
}
DEAD_REASONS = {
    "undecodable": N_("Cannot be read"),
    "failed": N_("Failed every time it was tried"),
    "delivery_limit": N_("Taken and given back too often"),
    "rejected": N_("Refused"),
    "expired": N_("Waited too long"),
    "maxlen": N_("Its queue was full"),
    "unknown": N_("Not known"),
}
DIMENSIONS = {
    "district": N_("District"),
    "age": N_("Age"),
    "gender": N_("Gender"),
    "channel": N_("Way of voting"),
}
NOT_TOLD = N_("Not told")
DISTRICTS = {
    "jongno": N_("Jongno-gu"),
    "jung": N_("Jung-gu"),
    "yongsan": N_("Yongsan-gu"),
    "seongdong": N_("Seongdong-gu"),
    "gwangjin": N_("Gwangjin-gu"),
    "dongdaemun": N_("Dongdaemun-gu"),
    "jungnang": N_("Jungnang-gu"),
    "seongbuk": N_("Seongbuk-gu"),
    "gangbuk": N_("Gangbuk-gu"),
    "dobong": N_("Dobong-gu"),
    "nowon": N_("Nowon-gu"),
    "eunpyeong": N_("Eunpyeong-gu"),
    "seodaemun": N_("Seodaemun-gu"),
    "mapo": N_("Mapo-gu"),
    "yangcheon": N_("Yangcheon-gu"),
    "gangseo": N_("Gangseo-gu"),
    "guro": N_("Guro-gu"),
    "geumcheon": N_("Geumcheon-gu"),
    "yeongdeungpo": N_("Yeongdeungpo-gu"),
    "dongjak": N_("Dongjak-gu"),
    "gwanak": N_("Gwanak-gu"),
    "seocho": N_("Seocho-gu"),
    "gangnam": N_("Gangnam-gu"),
    "songpa": N_("Songpa-gu"),
    "gangdong": N_("Gangdong-gu"),
    "unknown": NOT_TOLD,
}
AGES = {
    "10": N_("10 to 19"),
    "20": N_("20 to 29"),
    "30": N_("30 to 39"),
    "40": N_("40 to 49"),
    "50": N_("50 to 59"),
    "60": N_("60 to 69"),
    "70": N_("70 and above"),
    "unknown": NOT_TOLD,
}
GENDERS = {"female": N_("Women"), "male": N_("Men"), "unknown": NOT_TOLD}
BALLOT_CHANNELS = {
    "web": N_("Web"),
    "api": N_("Other programs"),
    "app": N_("App"),
    "onsite": N_("On site"),
    "embed": N_("Partner site"),
}
ROLES = {"operator": N_("Operator"), "admin": N_("Administrator")}

LABELS = {
    "state": STATES,
    "kind": KINDS,
    "results": RESULTS,
    "result_state": RESULT_STATES,
    "identity": IDENTITIES,
    "question": QUESTIONS,
    "yes_no": YES_NO,
    "change": CHANGES,
    "roll_reason": ROLL_REASONS,
    "project_reason": PROJECT_REASONS,
    "channel": CHANNELS,
    "message_kind": MESSAGE_KINDS,
    "message_state": MESSAGE_STATES,
    "dead_reason": DEAD_REASONS,
    "role": ROLES,
    "dimension": DIMENSIONS,
    "by.district": DISTRICTS,
    "by.age": AGES,
    "by.gender": GENDERS,
    "by.channel": BALLOT_CHANNELS,
}
