"""Settings of the whole suite."""

import os

from hypothesis import HealthCheck, Phase, settings
from subject import EXAMPLES

# Reducing a failure to its smallest example takes minutes when much fails at once.
SHRINKS = os.environ.get("MARTLET_TEST_SHRINK", "1") != "0"

settings.register_profile(
    "martlet",
    max_examples=EXAMPLES,
    deadline=None,  # the first call of an operation compiles it
    derandomize=True,  # the same examples every time, so that a failure is the change's
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if SHRINKS else [])],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("martlet")
