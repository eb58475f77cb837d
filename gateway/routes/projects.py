"""Projects of a budget vote from a file."""

from starlette.responses import Response

from gateway.endpoints import Answer, ApiRequest, Endpoint, answer
from gateway.routes import schemas as s
from gateway.uploads import received
from gateway.uploads.projects import load_projects
from services.polls import contract as polls

PROJECTS = "/api/v1/polls/{poll_id}/questions/{question_id}/projects"


async def put_projects(asked: ApiRequest) -> Response:
    path = asked.path
    async with received(asked.request) as upload:
        return answer(await load_projects(asked.request, path["poll_id"], path["question_id"], upload.file))


ENDPOINTS = (
    Endpoint(
        "PUT",
        PROJECTS,
        put_projects,
        "Replace a draft question's options by a file's projects, at most 500",
        "polls",
        {200: Answer("What was taken; bad and repeated lines by number", s.ProjectsLoadedSchema)},
        form=s.ProjectsForm,
        calls=(polls.GET_POLL, polls.UPDATE_POLL),
        errors=("too_many_uploads",),
    ),
)
