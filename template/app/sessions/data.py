"""What a session carries. This file is yours: add fields to `SessionData`."""

from pydantic import BaseModel, ConfigDict


class SessionData(BaseModel):
    """What is kept with a session, on the server.

    Give every field a default: sessions that were stored before it was added are read, too.
    Change it with `await session.update(lambda data: data.model_copy(update={...}))`.
    """

    model_config = ConfigDict(frozen=True)
