"""Where an array's elements lie in space: `with_grid`, and the attribute `grid` of arrays.

The grid lies beside the array, in a table keyed by the root that owns the memory. Nearly no array
has one, so none pays for a field; a view keeps no note of how it was made either. Its grid is read
back from its strides when somebody asks, which is why every kind of view has the right one, however
it was made.
"""

import math
import weakref
from collections import namedtuple

import numpy

from martlet import _martlet

ndarray = _martlet.ndarray


class Grid(namedtuple("Grid", "shape spacing origin")):
    """Samples, distance between neighbours and place of the first one, for each axis.

    The element `i` of an axis lies at `origin + i * spacing`, in whatever unit the caller measures.
    A negative spacing belongs to an axis that was reversed.
    """

    __slots__ = ()

    def coordinates(self, axis):
        """Where the elements lie along an axis, as a NumPy array."""
        return self.origin[axis] + self.spacing[axis] * numpy.arange(self.shape[axis])


def any_grids():
    """Whether any array carries a grid."""
    return bool(_grids)


def is_native(value):
    """Whether a value is an array of Martlet's own: `isinstance` says so of NumPy's arrays too."""
    kind = type(value)
    return kind is ndarray or ndarray in kind.__mro__


def plain(shape):
    """The grid of an array that carries none: spacing 1, origin 0."""
    return Grid(tuple(shape), (1.0,) * len(shape), (0.0,) * len(shape))


# Roots by their identity, since arrays have no hash: a weak reference, which removes the entry, and
# the grid.
_grids = {}


def with_grid(a, spacing=1.0, origin=0.0):
    """The elements of `a` in an array that carries a grid: its attribute `grid`.

    `spacing` and `origin` are a number for each axis, or one for all; spacings are not zero. The
    result is an array of its own: it shares memory with `a` until one of them is written, unless
    others (NumPy) can write that memory, which is copied then.

    Views keep the grid: a slice moves the origin and widens the spacing, a transposed view has the
    axes in its order, an axis that is indexed away is dropped, an added one has spacing 1 and
    origin 0. A view whose axes don't run along the array's, as after most reshapes, has none. The
    same array on another device (`to`) has the grid too. Results of other operations have none.
    """
    root = _martlet.shared_copy(a if is_native(a) else _martlet.asarray(a))
    spacing = _per_axis("spacing", spacing, root.ndim)
    origin = _per_axis("origin", origin, root.ndim)
    if not all(math.isfinite(number) for number in spacing + origin) or 0 in spacing:
        raise ValueError(
            f"with_grid: spacings must be finite and not zero, origins finite; "
            f"got {spacing} and {origin}"
        )
    _attach(root, Grid(root.shape, spacing, origin))
    return root


def _per_axis(name, numbers, rank):
    try:
        numbers = (float(numbers),) * rank
    except TypeError:
        numbers = tuple(float(number) for number in numbers)
    if len(numbers) != rank:
        raise ValueError(
            f"with_grid: an array of {rank} axes takes a {name} for each, not {len(numbers)}"
        )
    return numbers


def _attach(root, grid):
    key = id(root)
    # Views along axes of one element are told apart by strides that no other axis has.
    _martlet.distinguish_axes(root)
    _grids[key] = (weakref.ref(root, lambda _: _grids.pop(key, None)), grid)


def _grid(self):
    """The array's grid (shape, spacing, origin), or None: see `martlet.with_grid`."""
    if not _grids:
        return None
    root = self.base
    if root is None:
        root = self
    found = _grids.get(id(root))
    # A root whose shape was set anew has other axes than its grid.
    if found is None or found[1].shape != root.shape:
        return None
    grid = found[1]
    axes = _martlet.axes_within_root(self)
    if axes is None:
        return None
    spacing, origin = [], []
    for course in axes:
        axis, start, step = course or (None, 0, 1)
        spacing.append(1.0 if course is None else grid.spacing[axis] * step)
        origin.append(0.0 if course is None else grid.origin[axis] + grid.spacing[axis] * start)
    return Grid(self.shape, tuple(spacing), tuple(origin))


def _keeping(move):
    """A method that moves an array, with the grid moved too."""

    def method(self, device, /, *, stream=None):
        moved = move(self, device, stream=stream)
        if _grids and moved is not self:
            grid = _grid(self)
            if grid is not None:
                _attach(moved, grid)
        return moved

    method.__name__ = method.__qualname__ = move.__name__
    method.__doc__ = move.__doc__
    return method


ndarray.grid = property(_grid)
ndarray.to = _keeping(ndarray.to)
ndarray.to_device = _keeping(ndarray.to_device)
