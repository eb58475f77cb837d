"""What identity answers and what it announces."""

from services.common.contract import Call, Event
from services.identity.contract import errors as e
from services.identity.contract import profiles as p
from services.identity.contract import schemas as s

SERVICE = "identity"

START_CHALLENGE = Call(
    SERVICE,
    "start_challenge",
    s.StartChallengeSchema,
    (e.InvalidPhone, e.TooManyCodes),
    response=s.ChallengeSchema,
)
CONFIRM_CHALLENGE = Call(
    SERVICE,
    "confirm_challenge",
    s.ConfirmChallengeSchema,
    (e.WrongCode, e.TooManyAttempts),
    response=s.SessionSchema,
)
REFRESH_SESSION = Call(
    SERVICE, "refresh_session", s.RefreshSchema, (e.SessionEnded,), idempotent=True, response=s.SessionSchema
)
END_SESSION = Call(SERVICE, "end_session", s.SessionIdSchema, idempotent=True)
LIST_ENDED_SESSIONS = Call(SERVICE, "list_ended_sessions", idempotent=True, response=s.EndedSessionsSchema)
GET_PERSON = Call(
    SERVICE, "get_person", s.PersonIdSchema, (e.PersonNotFound,), idempotent=True, response=s.PersonSchema
)
UPDATE_PERSON = Call(
    SERVICE,
    "update_person",
    s.UpdatePersonSchema,
    (e.PersonNotFound,),
    idempotent=True,
    response=s.PersonSchema,
)
GET_PROFILE = Call(
    SERVICE, "get_profile", s.PersonIdSchema, (e.PersonNotFound,), idempotent=True, response=p.ProfileSchema
)
SET_PROFILE = Call(
    SERVICE,
    "set_profile",
    p.SetProfileSchema,
    (e.PersonNotFound, e.NotAMember),
    idempotent=True,
    response=p.ProfileSchema,
)
DELETE_PROFILE = Call(SERVICE, "delete_profile", s.PersonIdSchema, idempotent=True)
TAG_PHONES = Call(
    SERVICE, "tag_phones", s.TagPhonesSchema, idempotent=True, deadline=20.0, response=s.TagsSchema
)
LIST_ORGANIZATIONS = Call(SERVICE, "list_organizations", idempotent=True, response=s.OrganizationsSchema)
CREATE_ORGANIZATION = Call(
    SERVICE,
    "create_organization",
    s.CreateOrganizationSchema,
    (e.NotAllowed, e.OrganizationExists),
    response=s.OrganizationSchema,
)
SET_MEMBER = Call(
    SERVICE,
    "set_member",
    s.SetMemberSchema,
    (e.NotAllowed, e.OrganizationNotFound, e.InvalidPhone),
    idempotent=True,
    response=s.MemberSchema,
)
REMOVE_MEMBER = Call(
    SERVICE, "remove_member", s.RemoveMemberSchema, (e.NotAllowed, e.OrganizationNotFound), idempotent=True
)
LIST_MEMBERS = Call(
    SERVICE,
    "list_members",
    s.ListMembersSchema,
    (e.NotAllowed, e.OrganizationNotFound),
    idempotent=True,
    response=s.MembersSchema,
)
GET_DELIVERY = Call(SERVICE, "get_delivery", s.ChallengeIdSchema, idempotent=True, response=s.DeliverySchema)
GET_ADDRESSES = Call(
    SERVICE, "get_addresses", s.AddressesRequestSchema, idempotent=True, response=s.AddressesSchema
)

CODE_REQUESTED = Event(SERVICE, "code.requested", s.ChallengeIdSchema)
SESSION_ENDED = Event(SERVICE, "session.ended", s.SessionIdSchema, watched=True)
