"""The requirements of the OWASP ASVS 5.0.0 on sessions; see `tests/kit/asvs.py`."""

from tests.kit.asvs import REQUIREMENTS, Requirement

# Here, since projects name this module in their pyproject.toml: what it adds counts.
from tests.kit.sessions import operations as operations

ATTRIBUTES = "The app changes none: give a route that does FreshSession, and test it."
FEDERATION = "It is about single sign-on; the app signs people in itself."

REQUIREMENTS |= {
    # 3.3 Cookie Setup, which is about sensitive cookies: here, the session's.
    "3.3.1": Requirement(
        1, "Cookies are Secure, their names start with __Host- or __Secure-"
    ),
    "3.3.2": Requirement(2, "SameSite is set as the purpose of each cookie demands"),
    "3.3.3": Requirement(
        2, "Names start with __Host- unless hosts are to share the cookie"
    ),
    "3.3.4": Requirement(
        2, "The token's cookie is HttpOnly; only Set-Cookie carries the token"
    ),
    "3.3.5": Requirement(
        3, "The name and value of a cookie have at most 4096 bytes together"
    ),
    # 3.5 Browser Origin Separation
    "3.5.3": Requirement(1, "GET, HEAD and OPTIONS do nothing sensitive"),
    "3.5.6": Requirement(3, "Nothing answers with JSONP"),
    "3.5.8": Requirement(
        3, "Other origins cannot load or embed what a user is signed in for"
    ),
    # 7.1 Session Management Documentation
    "7.1.1": Requirement(
        2, "Idle and absolute limits are documented, and compared to NIST's"
    ),
    "7.1.2": Requirement(
        2, "Documented: how many sessions per account, and what happens then"
    ),
    "7.1.3": Requirement(
        2, "Federated systems and their controls are documented", FEDERATION
    ),
    # 7.2 Fundamental Session Management Security
    "7.2.1": Requirement(1, "The server verifies every session token"),
    "7.2.2": Requirement(1, "Tokens are generated for each session; none is static"),
    "7.2.3": Requirement(
        1, "Tokens are unique, from a CSPRNG, with 128 bits of entropy or more"
    ),
    "7.2.4": Requirement(
        1, "Sign-in and re-authentication issue a new token and end the old"
    ),
    # 7.3 Session Timeout
    "7.3.1": Requirement(
        2, "A session ends after the documented time without activity"
    ),
    "7.3.2": Requirement(
        2, "A session ends at its documented age, however active it is"
    ),
    # 7.4 Session Termination
    "7.4.1": Requirement(
        1, "An ended session is of no further use: the server has dropped it"
    ),
    "7.4.2": Requirement(
        1, "Disabling or deleting an account ends all of its sessions"
    ),
    "7.4.3": Requirement(
        2, "After a change of password, all other sessions can be ended"
    ),
    "7.4.4": Requirement(
        2, "Sign-out is in sight on every page that needs a sign-in", in_a_browser=True
    ),
    "7.4.5": Requirement(
        2, "Administrators can end the sessions of one user, or of all"
    ),
    # 7.5 Defenses Against Session Abuse
    "7.5.1": Requirement(
        2, "Account attributes change only after re-authentication", ATTRIBUTES
    ),
    "7.5.2": Requirement(
        2, "Users see their sessions and, authenticated anew, end any or all"
    ),
    "7.5.3": Requirement(
        3, "Highly sensitive operations demand further authentication"
    ),
    # 7.6 Federated Re-authentication
    "7.6.1": Requirement(
        2, "Sessions last and end as documented across RPs and IdPs", FEDERATION
    ),
    "7.6.2": Requirement(
        2, "No session starts without the user's consent or action", FEDERATION
    ),
    # 14.3 Client-side Data Protection
    "14.3.1": Requirement(
        1,
        "The end of a session clears the user's data from the browser",
        in_a_browser=True,
    ),
    "14.3.2": Requirement(
        2, "Browsers do not cache sensitive data: Cache-Control: no-store"
    ),
}
