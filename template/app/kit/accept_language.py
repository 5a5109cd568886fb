"""Which language to answer in, by what a browser asks for."""

import re
from collections.abc import Iterable

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def best_language(accept_language: str, spoken: Iterable[str]) -> str:
    """Return which of the languages `spoken` is wanted most; the first where none is.

    Compares primary tags: `de-AT` asks for `de` (RFC 9110, section 12.5.4). By hand, because the
    libraries that do it bring a whole framework or all of CLDR along.
    """
    ranked: list[tuple[float, str]] = []
    for choice in accept_language.replace(" ", "").split(","):
        tag, _, quality = choice.partition(";q=")
        # A client may send anything here, such as "nan".
        if _QUALITY.fullmatch(quality or "1"):
            ranked.append((float(quality or 1), tag.split("-")[0].lower()))
    ranked.sort(key=lambda choice: -choice[0])
    languages = [*spoken]
    wanted = [tag for quality, tag in ranked if quality > 0 and tag in languages]
    return [*wanted, *languages][0]
