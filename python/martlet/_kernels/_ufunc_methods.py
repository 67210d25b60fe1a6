"""Calls of ufuncs that users write, where the extension leaves them to Python: those with operands
that have rules of their own, and those whose results go to arrays of NumPy. These are computed
beside, in arrays of Martlet, and copied there."""

import numpy

from martlet import _martlet, _overrides


def serve(ufunc, name, *arguments, **keywords):
    """Calls the method `name` of a ufunc for arrays of NumPy that it writes.

    Raises TypeError for other calls: there is no function of NumPy's to serve them.
    """
    answer = _overrides.asked(ufunc, name, arguments, keywords)
    if answer is not NotImplemented:
        return answer
    if name == "at" and arguments and isinstance(arguments[0], numpy.ndarray):
        array, *rest = arguments
        own = _martlet.asarray(array, device="cpu", copy=True)
        ufunc.at(own, *rest, **keywords)
        array[...] = own
        return None
    if name == "__call__" and len(arguments) > ufunc.nin and "out" not in keywords:
        keywords["out"] = arguments[ufunc.nin :]
        arguments = arguments[: ufunc.nin]
    out = keywords.get("out")
    outs = out if isinstance(out, tuple) else (out,)
    if not any(isinstance(array, numpy.ndarray) for array in outs):
        if any(map(_is_wrapped, arguments)):
            return _wrapped(ufunc, name, arguments, keywords)
        raise TypeError(f"[{ufunc.__name__}] a user's ufunc has no such {name.strip('_')}")
    # Elements that `where` leaves out stay as they are.
    own = tuple(
        _martlet.asarray(array, device="cpu", copy=True)
        if isinstance(array, numpy.ndarray)
        else array
        for array in outs
    )
    keywords["out"] = own if isinstance(out, tuple) else own[0]
    result = getattr(ufunc, name)(*arguments, **keywords)
    results = result if isinstance(result, tuple) else (result,)
    given = []
    for value, array in zip(results, outs, strict=True):
        if isinstance(array, numpy.ndarray):
            array[...] = value
            value = array
        given.append(value)
    return tuple(given) if isinstance(result, tuple) else given[0]


def _is_wrapped(value):
    return isinstance(value, numpy.ndarray) and type(value) is not numpy.ndarray


def _wrapped(ufunc, name, arguments, keywords):
    """The call with the elements of arrays of subclasses, whose class the results have."""
    own = max(filter(_is_wrapped, arguments), key=lambda value: value.__array_priority__)
    plain = [numpy.asarray(value) if _is_wrapped(value) else value for value in arguments]
    result = getattr(ufunc, name)(*plain, **keywords)
    results = result if isinstance(result, tuple) else (result,)
    given = tuple(
        own.__array_wrap__(numpy.asarray(value), (ufunc, arguments, place), not numpy.ndim(value))
        for place, value in enumerate(results)
    )
    return given if isinstance(result, tuple) else given[0]


def written(ufunc, name, arguments, keywords):
    """The method of a ufunc, for any arrays that it writes."""
    out = keywords.get("out", arguments[ufunc.nin :] if name == "__call__" else None)
    outs = out if isinstance(out, tuple) else (out,)
    if name == "at":
        outs = arguments[:1]
    if any(isinstance(array, numpy.ndarray) for array in outs):
        return serve(ufunc, name, *arguments, **keywords)
    return getattr(ufunc, name)(*arguments, **keywords)
