"""FUZZ_EXAMPLES says how long: a push looks at few examples, the same each time."""

import os

from hypothesis import HealthCheck, settings

examples = int(os.environ["FUZZ_EXAMPLES"])
settings.register_profile(
    "fuzz",
    max_examples=examples,
    derandomize=examples < 1000,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("fuzz")
