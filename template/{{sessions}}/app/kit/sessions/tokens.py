"""What the cookie carries: `ID.SECRET`, an id that stays and a secret that changes.

The id finds the session. The secret proves that it is the client's own; the server
keeps only its hash. Lucia does the same: https://lucia-auth.com/sessions/basic

An id begins with a hash of its user's id. So Redis can keep a user's sessions under one
key, and list or end them in one round trip, without an index. Whoever sees two ids can
tell whether they are of one user; only that user and operators see any.
"""

import secrets
from hashlib import sha256
from hmac import compare_digest

from app.kit.sessions.session_store import Record

# Seconds for which the previous secret still ends the session, and does nothing else.
_UNDER_WAY = 60
_PLACE = 32  # hex digits of an id that depend on its user


def new_id(user: str) -> str:
    """Return an id for a session of the user with this id."""
    return place_of(user) + secrets.token_hex(16)


def place_of(user: str) -> str:
    """Return what the ids of a user's sessions begin with."""
    return sha256(user.encode("utf-8", "surrogatepass")).hexdigest()[:_PLACE]


def place_in(session_id: str) -> str:
    """Return what this id begins with."""
    return session_id[:_PLACE]


def new_secret() -> str:
    """Return 256 random bits, as text."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is stored of a secret."""
    # Plain SHA-256 is enough: nobody guesses 256 random bits.
    return sha256(secret.encode()).hexdigest()


def read_token(token: str) -> tuple[str, str]:
    """Return the id in a token, and the hash of its secret. Never raises."""
    session_id, _, secret = token.partition(".")
    return session_id, hash_of(secret)


def has_secret(record: Record, secret_hash: str) -> bool:
    """Return whether this is the hash of the session's secret."""
    return compare_digest(record.secret_hash, secret_hash)


def had_secret(record: Record, secret_hash: str, now: int) -> bool:
    """Return whether this is the hash of the secret until a minute ago, or less."""
    # Both ways: this clock may be behind the one that noted the renewal.
    if abs(now - record.renewed_at) >= _UNDER_WAY:
        return False
    return compare_digest(record.old_secret_hash, secret_hash)
