"""Identity's entry points."""

from collections.abc import Sequence
from typing import Any

from services.common.bus.client import BusClient
from services.common.bus.dependency import BusProvider, Relay
from services.common.bus.server import every, serve
from services.identity import contract
from services.identity.dependencies import DATABASE, ContextProvider
from services.identity.domain import Actor, Organization
from services.identity.usecases import organizations, people, profiles, sessions, sign_in, upkeep
from services.identity.usecases.context import Context

Data = dict[str, Any]


class IdentityService:
    """Who somebody is: phones, codes, sessions, organisations. Never what anybody voted."""

    name = contract.SERVICE
    context: Context = ContextProvider()
    bus: BusClient = BusProvider()
    relay = Relay(DATABASE)

    @serve(contract.START_CHALLENGE)
    def start_challenge(self, phone: str, address: str, language: str) -> Data:
        """Sends a code."""
        return sign_in.start_challenge(self.context, phone, address, language)

    @serve(contract.CONFIRM_CHALLENGE)
    def confirm_challenge(self, challenge_id: str, code: str, address: str) -> Data:
        """Signs in with the code."""
        return sign_in.confirm_challenge(self.context, challenge_id, code, address)

    @serve(contract.GET_DELIVERY)
    def get_delivery(self, challenge_id: str) -> Data:
        """What notify sends, and where to."""
        return sign_in.get_delivery(self.context, challenge_id)

    @serve(contract.REFRESH_SESSION)
    def refresh_session(self, refresh_token: str) -> Data:
        """New tokens for an old one."""
        return sessions.refresh_session(self.context, self.bus.publish, refresh_token)

    @serve(contract.END_SESSION)
    def end_session(self, sid: str) -> None:
        """Signs out."""
        sessions.end_session(self.context, self.bus.publish, sid)

    @serve(contract.LIST_ENDED_SESSIONS)
    def list_ended_sessions(self) -> Data:
        """Whose access tokens must not be accepted any more."""
        return sessions.list_ended_sessions(self.context)

    @serve(contract.GET_PERSON)
    def get_person(self, person_id: str) -> Data:
        """A person without the phone."""
        return people.get_person(self.context, person_id)

    @serve(contract.UPDATE_PERSON)
    def update_person(self, person_id: str, **changes: Any) -> Data:
        """Language and membership."""
        return people.update_person(self.context, person_id, **changes)

    @serve(contract.GET_PROFILE)
    def get_profile(self, person_id: str) -> Data:
        """What a member has told, for nobody but that member."""
        return profiles.get_profile(self.context, person_id)

    @serve(contract.SET_PROFILE)
    def set_profile(self, person_id: str, **told: Any) -> Data:
        """With consent."""
        return profiles.set_profile(self.context, person_id, **told)

    @serve(contract.DELETE_PROFILE)
    def delete_profile(self, person_id: str) -> None:
        """Without it."""
        profiles.delete_profile(self.context, person_id)

    @serve(contract.TAG_PHONES)
    def tag_phones(self, phones: Sequence[str]) -> Data:
        """Tags for a part of a voter roll."""
        return people.tag_phones(self.context, phones)

    @serve(contract.GET_ADDRESSES)
    def get_addresses(self, person_ids: Sequence[str]) -> Data:
        """Where notify reaches people."""
        return people.get_addresses(self.context, person_ids)

    @serve(contract.LIST_ORGANIZATIONS)
    def list_organizations(self) -> Data:
        """All of them, for everybody."""
        return organizations.list_organizations(self.context)

    @serve(contract.CREATE_ORGANIZATION)
    def create_organization(self, actor: Data, **new: str) -> Organization:
        """A new body that may ask."""
        return organizations.create_organization(self.context, Actor.load(actor), Organization(**new))

    @serve(contract.SET_MEMBER)
    def set_member(self, actor: Data, organization: str, phone: str, role: str) -> Data:
        """Makes somebody an operator."""
        return organizations.set_member(self.context, Actor.load(actor), organization, phone, role)

    @serve(contract.REMOVE_MEMBER)
    def remove_member(self, actor: Data, organization: str, person_id: str) -> None:
        """Or no longer."""
        organizations.remove_member(self.context, Actor.load(actor), organization, person_id)

    @serve(contract.LIST_MEMBERS)
    def list_members(self, actor: Data, organization: str) -> Data:
        """Who works there."""
        return organizations.list_members(self.context, Actor.load(actor), organization)

    @every(60)
    def forget_what_is_over(self) -> None:
        """Expired challenges, limits and sessions."""
        upkeep.forget_what_is_over(self.context)
