"""Settings of the whole suite."""

from hypothesis import HealthCheck, settings
from subject import EXAMPLES

settings.register_profile(
    "martlet",
    max_examples=EXAMPLES,
    deadline=None,  # the first call of an operation compiles it
    derandomize=True,  # the same examples every time, so that a failure is the change's
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("martlet")
