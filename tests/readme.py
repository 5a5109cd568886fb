"""What a README tells its reader to do."""

import re
from pathlib import Path

from tests.tools import change


def blocks(markdown: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", markdown, flags=re.MULTILINE | re.DOTALL)


def add_the_cookie_of_the_readme(project: Path) -> None:
    readme = (project / "README.md").read_text("utf-8")
    declaration, routes, test = blocks(readme, "python")
    with (project / "app" / "cookies.py").open("a") as file:
        file.write(f"\n\n{declaration}")
    (project / "app" / "routes" / "currency.py").write_text(routes)
    (project / "tests" / "routes" / "test_currency.py").write_text(test)
    package = project / "app" / "routes" / "__init__.py"
    change(package, "    cookies,\n", "    cookies,\n    currency,\n")
    change(package, "    health.router,\n", "    health.router,\n    currency.router,\n")
