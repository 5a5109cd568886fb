"""Which language to answer in, by the header Accept-Language."""

import re
from collections.abc import Iterable
from operator import itemgetter

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")  # RFC 9110, section 12.4.2


def best_language(accept_language: str, spoken: Iterable[str]) -> str:
    """Return which of the languages in `spoken` is wanted most, or the first of them.

    Only primary tags count: `de-AT` asks for `de` (RFC 9110, section 12.5.4). The
    libraries that parse this header bring along a whole framework or all of CLDR.
    """
    languages = [*spoken]
    wanted: list[tuple[float, str]] = []
    for choice in accept_language.replace(" ", "").split(","):
        tag, _, quality = choice.partition(";q=")
        language = tag.split("-")[0].lower()
        # A client may send anything here, such as "nan".
        if not _QUALITY.fullmatch(quality or "1"):
            continue
        if language in languages and float(quality or 1) > 0:
            wanted.append((float(quality or 1), language))
    if not wanted:
        return languages[0]
    # Of equal qualities, max takes the first.
    return max(wanted, key=itemgetter(0))[1]
