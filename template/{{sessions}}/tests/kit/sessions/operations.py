"""What path operations do with sessions and passwords that they must not."""

import ast
from collections.abc import Iterator

from tests.kit.operations import LOOKS, Part

# Methods of a session, of a visitor and of all sessions. Not `sign_in_as`: who comes
# back from another site with OAuth, or from a link in an e-mail, comes with GET.
CHANGES = {"update", "sign_out", "confirm", "renew", "end", "end_all", "stop"}
GIVES_A_TOKEN = {"sign_in", "sign_in_as", "confirm", "renew", "start"}
CHANGES_IN_PLACE = {"append", "extend", "insert", "add", "discard", "remove", "pop"}
CHANGES_IN_PLACE |= {"popitem", "clear", "update", "setdefault", "sort", "reverse"}


def names_of(part: Part) -> set[str]:
    """Return the parameters that are a session, a visitor or all sessions."""
    depends = part.called.dependencies
    of_the_kit = "app.kit.sessions.dependencies"
    return {
        each.name
        for each in depends
        if each.name and getattr(each.call, "__module__", "") == of_the_kit
    }


def changes_by_get(part: Part) -> Iterator[str]:
    names = names_of(part) if part.is_safe else set[str]()
    for _, func in part.calls():
        of_a_session = isinstance(func.value, ast.Name) and func.value.id in names
        if of_a_session and func.attr in CHANGES and not part.says(func, "# safe"):
            yield (
                f"{part.place(func)}: {part.name} calls {ast.unparse(func)}, and pages "
                "of other sites may send a GET: write @router.post or @router.delete. "
                "Where any page may do this, end the line with `# safe`"
            )


def changes_in_place(part: Part) -> Iterator[str]:
    """Yield changes of `session.data` that nobody stores."""
    names = names_of(part)
    for node in ast.walk(part.code) if part.code else ():
        match node:
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                changed: ast.AST = node.value
            case ast.Call(ast.Attribute(changed, method)) if method in CHANGES_IN_PLACE:
                pass
            case _:
                continue
        text = ast.unparse(changed)
        for name in names:
            if f"{text}.".startswith((f"{name}.data.", f"{name}.data[")):
                yield (
                    f"{part.place(node)}: this change of {text} is not stored: write "
                    f"await {name}.update(lambda data: data.model_copy(update={{…}}))"
                )


def throws_a_token_away(part: Part) -> Iterator[str]:
    for node in ast.walk(part.code) if part.code else ():
        match node:
            case ast.Expr(
                ast.Await(ast.Call(ast.Attribute(ast.Name(id=name), method)))
            ):
                pass
            case ast.Assign(
                [ast.Tuple([ast.Name(id=token), _])],
                ast.Await(ast.Call(ast.Attribute(ast.Name(id=name), method))),
            ) if token.startswith("_"):
                pass
            case _:
                continue
        if name in names_of(part) and method in GIVES_A_TOKEN:
            yield (
                f"{part.place(node)}: nobody gets the token: write token, session = "
                f"await {name}.{method}(…), then SESSION.set(response, token)"
            )


def takes_a_password_from_the_url(part: Part) -> Iterator[str]:
    for field in [*part.called.query_params, *part.called.path_params]:
        if field.alias.lower().endswith(("password", "passwd")):
            yield (
                f"{part.name} takes {field.alias!r} from the URL, which stands in logs "
                "and histories: take a Pydantic model, which comes in the body"
            )


LOOKS += [
    changes_by_get,
    changes_in_place,
    throws_a_token_away,
    takes_a_password_from_the_url,
]
