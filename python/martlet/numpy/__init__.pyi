# To a type checker and an editor the namespace is NumPy's: the same names, the same signatures.
from numpy import *  # noqa: F403
from numpy import fft as fft
from numpy import lib as lib
from numpy import linalg as linalg
from numpy import ma as ma
from numpy import polynomial as polynomial
from numpy import random as random
from numpy import testing as testing
from numpy import typing as typing
