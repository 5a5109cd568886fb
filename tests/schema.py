"""What schemathesis imports: it signs in, and knows which path operations need that.

Run with SERVED, the URL of a rendered app, and CREDENTIALS, of who may sign in there.
"""

import json
import os
from collections import deque
from typing import Any

import requests
import schemathesis
from schemathesis import AuthContext

CREDENTIALS = json.loads(os.environ["CREDENTIALS"])
Case = schemathesis.Case[Any]
COOKIE = "__Host-Http-my-app-session"


@schemathesis.hook
def before_load_schema(_: schemathesis.HookContext, schema: dict[str, Any]) -> None:
    """Say what the document cannot, so that path operations are tried as people use them."""
    operations = {
        (method, path): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    # Each that needs the cookie is tried without it and with a made-up one, too. The app declares
    # no such scheme, because "Authorize" in /docs could not set an HttpOnly cookie.
    scheme = {"type": "apiKey", "in": "cookie", "name": COOKIE}
    schema["components"]["securitySchemes"] = {"session": scheme}
    for key, operation in operations.items():
        if "401" in operation["responses"] and key != ("post", "/session"):
            operation["security"] = [{"session": []}]
    for name, properties in {"Credentials": CREDENTIALS, "Password": CREDENTIALS}.items():
        for field, shape in schema["components"]["schemas"][name]["properties"].items():
            shape["example"] = properties[field]
    operations["get", "/sessions"]["responses"]["200"]["links"] = {
        "End": {
            "operationId": operations["delete", "/sessions/{session_id}"]["operationId"],
            "parameters": {"path.session_id": "$response.body#/0/id"},
        }
    }


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Signs in before each request, since any may sign out; ends the session of long ago."""

    def __init__(self) -> None:
        self.tokens = deque([""], maxlen=20)

    def get(self, case: Case, context: AuthContext) -> str:
        headers = {"Cookie": f"{COOKIE}={self.tokens[0]}"}
        url = f"{os.environ['SERVED']}/session"
        response = requests.post(url, json=CREDENTIALS, headers=headers, timeout=60)
        self.tokens.append(response.cookies[COOKIE] or "")
        return self.tokens[-1]

    def set(self, case: Case, data: str, context: AuthContext) -> None:
        case.cookies[COOKIE] = data
