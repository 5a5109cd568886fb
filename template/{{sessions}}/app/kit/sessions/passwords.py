"""Passwords, hashed with argon2id.

Checking one takes the same time whether there is a user of that name or not.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated

import argon2
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import AfterValidator

# OWASP's Password Storage Cheat Sheet: 19 MiB, two iterations, one lane.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked in place of a hash where there is no user. No password has it.
_NOBODYS_HASH = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"
# Each check takes 19 MiB and a core. So four run at once, and the others wait.
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="password")


def hash_password(password: str) -> str:
    """Return the hash to store in place of `password`."""
    return _HASHER.hash(password)


async def verify(hashed: str | None, password: str) -> bool:
    """Return whether `hashed` is the hash of `password`.

    None, for a user that does not exist, takes the same time and is never right.
    """
    loop = asyncio.get_running_loop()
    checked = hashed or _NOBODYS_HASH
    matches = await loop.run_in_executor(_THREADS, _matches, checked, password)
    return matches and hashed is not None


def _matches(hashed: str, password: str) -> bool:
    # A password can hold half of a surrogate pair, which has no UTF-8.
    with suppress(VerificationError, InvalidHashError, UnicodeEncodeError):
        return _HASHER.verify(hashed, password)
    return False


def check_password_hash(text: str) -> str:
    """Return `text` if it is a hash by argon2. Raises ValueError if it is not."""
    try:
        argon2.extract_parameters(text)
    except InvalidHashError:
        told = "not an argon2 hash; `python -m app users add NAME` prints one."
        raise ValueError(told) from None
    return text


PasswordHash = Annotated[str, AfterValidator(check_password_hash)]
