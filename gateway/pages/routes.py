"""Every page's address and its handler."""

from starlette.routing import BaseRoute, Mount, Route

from gateway.pages import account, admin, arrival, check, dead_letters, public, sign_in, voting
from gateway.pages.console import creating, editing, pictures, projects, running, sources
from gateway.pages.results import handlers as results
from gateway.pages.static_files import STATIC, KeptForEver

POLL = "/polls/{poll_id}"
OWN = "/console/polls/{poll_id}"
OF_QUESTION = f"{OWN}/questions/{{question_id}}"
GET, POST = ["GET"], ["POST"]

PUBLIC = [
    Route("/", public.poll_list, methods=GET),
    Route("/check", check.page, methods=GET),
    Route(POLL, public.poll_page, methods=GET),
    Route(f"{POLL}/confirm", voting.confirm, methods=POST),
    Route(f"{POLL}/confirm", voting.back_to_poll, methods=GET),
    Route(f"{POLL}/ballots", voting.cast, methods=POST),
    Route(f"{POLL}/ballots", voting.back_to_poll, methods=GET),
    Route(f"{POLL}/ballots/{{ballot_id}}", voting.receipt, methods=GET),
    Route(f"{POLL}/results", results.page, methods=GET),
    Route(f"{POLL}/results/part", results.part, methods=GET),
    Route(f"{POLL}/changes", public.changes, methods=GET),
    Route(f"{POLL}/subscription", public.subscription_page, methods=GET),
    Route(f"{POLL}/subscription", public.subscribe, methods=POST),
]
PERSONAL = [
    Route("/sign-in", sign_in.phone_page, methods=GET),
    Route("/sign-in", sign_in.send_code, methods=POST),
    Route("/sign-in/code", sign_in.code_alone, methods=GET),
    Route("/sign-in/code", arrival.confirm_code, methods=POST),
    Route("/sign-out", sign_in.sign_out, methods=POST),
    Route("/me", account.me, methods=GET),
    Route("/me", account.save_me, methods=POST),
    Route("/me/profile", account.save_profile, methods=POST),
    Route("/language", account.language, methods=GET),
    Route("/privacy", account.privacy, methods=GET),
]
CONSOLE = [
    Route("/console", running.own_polls, methods=GET),
    Route("/console/polls/new", creating.new_page, methods=GET),
    Route("/console/polls", creating.create, methods=POST),
    Route(OWN, running.overview, methods=GET),
    Route(f"{OWN}/edit", editing.edit_page, methods=GET),
    Route(f"{OWN}/edit", editing.save, methods=POST),
    Route(f"{OWN}/images", pictures.images_page, methods=GET),
    Route(f"{OWN}/images", pictures.add_image, methods=POST),
    Route(f"{OWN}/images/remove", pictures.remove_image, methods=POST),
    Route(f"{OWN}/roll", running.roll_page, methods=GET),
    Route(f"{OWN}/roll", running.upload_roll, methods=POST),
    Route(f"{OWN}/preview", running.preview, methods=GET),
    Route(f"{OWN}/texts", running.texts_page, methods=GET),
    Route(f"{OWN}/invitations", running.invitations_page, methods=GET),
    Route(f"{OWN}/invitations", running.invite, methods=POST),
    Route(f"{OWN}/sources", sources.listing, methods=GET),
    Route(f"{OF_QUESTION}/projects", projects.page, methods=GET),
    Route(f"{OF_QUESTION}/projects", projects.upload, methods=POST),
    Route(f"{OF_QUESTION}/projects.csv", projects.as_file, methods=GET),
    Route(f"{OF_QUESTION}/sources", sources.entry_page, methods=GET),
    Route(f"{OF_QUESTION}/sources", sources.enter, methods=POST),
    Route(f"{OF_QUESTION}/sources/file", sources.upload, methods=POST),
    Route(f"{OWN}/{{step}}", running.step_page, methods=GET),
    Route(f"{OWN}/{{step}}", running.take_step, methods=POST),
]
ADMIN = [
    Route("/admin", admin.organizations_page, methods=GET),
    Route("/admin/dead-letters", dead_letters.page, methods=GET),
    Route("/admin/dead-letters", dead_letters.handle, methods=POST),
    Route("/admin/organizations", admin.create_organization, methods=POST),
    Route("/admin/organizations/{org}", admin.organization_page, methods=GET),
    Route("/admin/organizations/{org}/members", admin.change_members, methods=POST),
]
routes: list[BaseRoute] = [
    *PUBLIC,
    *PERSONAL,
    *CONSOLE,
    *ADMIN,
    Mount("/static", KeptForEver(directory=STATIC), name="static"),
]
