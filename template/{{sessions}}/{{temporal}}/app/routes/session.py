"""Sign in, who am I, confirm, sign out."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, Field, SecretStr

from app.kit import set_cookie_header
from app.kit.sessions import CLEAR_SITE_DATA
from app.sign_in import SESSION, CurrentSession, CurrentVisitor

router = APIRouter(
    prefix="/session",
    tags=["session"],
    responses={503: {"description": "The session store does not answer"}},
)

MAX_BODY_SIZE = 16 * 1024
"""Bytes of a request body here: a name and a password."""


class Password(BaseModel):
    password: SecretStr = Field(max_length=1024)


class Credentials(Password):
    username: str = Field(min_length=1, max_length=150)


class SignedIn(BaseModel):
    user: str
    created_at: datetime
    confirmed_at: datetime


def who(session: CurrentSession) -> SignedIn:
    """Return what a client is told about a session: the user is named."""
    return SignedIn(
        user=session.user.name,
        created_at=datetime.fromtimestamp(session.created_at, UTC),
        confirmed_at=datetime.fromtimestamp(session.confirmed_at, UTC),
    )


@router.get("", responses={401: {"description": "Nobody is signed in"}})
async def read_session(session: CurrentSession) -> SignedIn:
    """Who am I?"""
    return who(session)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses={
        201: {"headers": set_cookie_header(SESSION)},
        401: {"description": "No user has this name and this password"},
        429: {"description": "Too many attempts; Retry-After says when to try again"},
    },
    max_body_size=MAX_BODY_SIZE,
)
async def start_session(
    credentials: Credentials, visitor: CurrentVisitor, response: Response
) -> SignedIn:
    """Sign in. A session that the client has already ends."""
    password = credentials.password.get_secret_value()
    token, session = await visitor.sign_in(credentials.username, password)
    SESSION.set(response, token)
    return who(session)


@router.post(
    "/confirm",
    responses={
        200: {"headers": set_cookie_header(SESSION)},
        401: {"description": "Nobody is signed in, or this is not the password"},
        409: {"description": "Other requests changed the session at the same time"},
        429: {"description": "Too many attempts; Retry-After says when to try again"},
    },
    max_body_size=MAX_BODY_SIZE,
)
async def confirm_session(
    confirmation: Password, session: CurrentSession, visitor: CurrentVisitor, response: Response
) -> SignedIn:
    """Prove that it is still you. The session goes on with a new token."""
    password = confirmation.password.get_secret_value()
    token, confirmed = await visitor.confirm(session, session.user.name, password)
    SESSION.set(response, token)
    return who(confirmed)


@router.delete(
    "",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,  # JSONResponse would name a content type for no content
    responses={204: {"headers": set_cookie_header(SESSION)}},
)
async def end_session(visitor: CurrentVisitor, response: Response) -> None:
    """Sign out: end the session on the server, and make the browser forget it."""
    await visitor.sign_out()
    SESSION.delete(response)
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
