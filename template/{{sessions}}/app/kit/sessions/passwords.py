"""Passwords: hashed with argon2id, and compared in the same time whether there is a user or not."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated

import argon2
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import AfterValidator

# OWASP's Password Storage Cheat Sheet: 19 MiB, two iterations, one degree of parallelism.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Of a password that nobody knows, for a user that there is not.
_NOBODYS_HASH = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"
# Each verification takes 19 MiB and a core, so four at once; the others wait.
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="password")


def hash_password(password: str) -> str:
    """Return the hash to store in place of `password`."""
    return _HASHER.hash(password)


async def verify(hashed: str | None, password: str) -> bool:
    """Return whether `hashed` is of `password`. None takes the same time, and is never true."""
    loop = asyncio.get_running_loop()
    matches = await loop.run_in_executor(_THREADS, _matches, hashed or _NOBODYS_HASH, password)
    return matches and hashed is not None


def _matches(hashed: str, password: str) -> bool:
    # A password can hold half of a surrogate pair, which has no UTF-8.
    with suppress(VerificationError, InvalidHashError, UnicodeEncodeError):
        return _HASHER.verify(hashed, password)
    return False


def check_password_hash(text: str) -> str:
    """Return `text` if it is a hash of argon2. Raises ValueError if it is none."""
    try:
        argon2.extract_parameters(text)
    except InvalidHashError:
        raise ValueError("no argon2 hash; `python -m app users add NAME` prints one.") from None
    return text


PasswordHash = Annotated[str, AfterValidator(check_password_hash)]
