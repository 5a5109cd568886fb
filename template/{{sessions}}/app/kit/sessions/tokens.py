"""What the cookie carries: `ID.SECRET`, an id that stays and a secret that changes.

An id begins with a hash of its user's id, so that Redis keeps a user's sessions under
one key, lists or ends them in one round trip, and needs no index that could miss one.
Whoever sees ids learns which are of one user, and no more than they could guess of who
that is; only that user and operators see them.

The id finds the session, and the secret proves that it is yours: the server keeps its
hash. https://lucia-auth.com/sessions/basic and the Copenhagen Book do the same.
"""

import secrets
from hashlib import sha256

_PLACE = 32  # hex digits of an id that are its user's


def new_id(user: str) -> str:
    """Return an id for a session of the user whose id this is."""
    return place_of(user) + secrets.token_hex(16)


def place_of(user: str) -> str:
    """Return how the ids of a user's sessions begin."""
    return sha256(user.encode("utf-8", "surrogatepass")).hexdigest()[:_PLACE]


def place_in(session_id: str) -> str:
    """Return how this id begins."""
    return session_id[:_PLACE]


def new_secret() -> str:
    """Return 256 random bits, as text."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is stored of a secret."""
    # Plain SHA-256 is enough: nobody guesses 256 random bits.
    return sha256(secret.encode()).hexdigest()


def read_token(token: str) -> tuple[str, str]:
    """Return the id in a token, and the hash of its secret, whatever a client sent."""
    session_id, _, secret = token.partition(".")
    return session_id, hash_of(secret)
