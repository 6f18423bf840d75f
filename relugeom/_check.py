"""Checks of arguments, with one form of message: "`name` must be ...; got ..."."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .errors import InvalidInputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = "NDArray[np.float64]"
IntArray: TypeAlias = "NDArray[np.int64]"
SignArray: TypeAlias = "NDArray[np.int8]"
BoolArray: TypeAlias = "NDArray[np.bool_]"
WordArray: TypeAlias = "NDArray[np.uint64]"  # sign vectors, 64 signs to a word

#: What the public functions accept as a source of randomness.
RNG: TypeAlias = "np.random.Generator | int | None"


def float_array(
    name: str,
    value: ArrayLike,
    *,
    shape: tuple[int | None, ...] | None = None,
    finite: bool = True,
) -> FloatArray:
    """Return ``value`` as a C-contiguous float64 array of the given shape (None: any size)."""
    if getattr(getattr(value, "dtype", None), "kind", None) == "c":
        raise InvalidInputError(f"`{name}` must be real; got complex numbers")
    try:
        array = np.ascontiguousarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ShapeError(f"`{name}` must be an array of numbers; got {_short(value)}") from error
    except RuntimeError as error:  # of torch, for a tensor that requires grad
        raise InvalidInputError(f"`{name}` must be an array of numbers; got: {error}") from error
    if np.ndim(value) == 0:
        array = array.reshape(())
    if shape is not None and not fits(array.shape, shape):
        raise ShapeError(f"`{name}` must have shape {_show(shape)}; got {_show(array.shape)}")
    if finite and not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InvalidInputError(
            f"`{name}` must be finite; got {array[where]} at index {where or 0}"
        )
    return array


def points(name: str, value: ArrayLike, dim: int) -> FloatArray:
    """Return ``value`` as an (n, dim) array of finite points; one point may come as a vector."""
    array = float_array(name, value)
    if array.ndim == 1 and array.shape[0] == dim:
        array = array[None, :]
    if array.ndim != 2 or array.shape[1] != dim:
        raise ShapeError(
            f"`{name}` must be points in rows, shape (n, {dim}); got shape {_show(array.shape)}"
        )
    return array


def choice(name: str, value: str, options: tuple[str, ...]) -> str:
    """Return ``value`` if it is one of ``options``."""
    if value not in options:
        raise InvalidInputError(f"`{name}` must be one of {', '.join(options)}; got {value!r}")
    return value


def instance(name: str, value: object, kind: type) -> None:
    """Raise unless ``value`` is a ``kind``."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise InvalidInputError(
            f"`{name}` must be {article} {kind.__name__}; got {type(value).__name__}"
        )


def storable(names: str, n_numbers: int) -> None:
    """Raise if the sizes called ``names`` ask for more than a tebibyte of floats."""
    if n_numbers > 2**37:
        raise InvalidInputError(
            f"{names} must ask for less than 1 TiB; got {n_numbers / 2**37:.3g} TiB of numbers"
        )


def number(name: str, value: Any, interval: str) -> float:
    """Return ``value`` as a float if it lies in an interval, given as in ``"(0, 1]"``."""
    low, high = (float(end) for end in interval[1:-1].split(","))
    try:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError
        result = float(value)
    except (TypeError, OverflowError):
        result = float("nan")
    above = low <= result if interval[0] == "[" else low < result
    below = result <= high if interval[-1] == "]" else result < high
    if not (above and below):
        raise InvalidInputError(f"`{name}` must be a number in {interval}; got {_short(value)}")
    return result


def positive_int(name: str, value: Any, *, minimum: int = 1, maximum: int | None = None) -> int:
    """Return ``value`` as an int of at least ``minimum``, and at most ``maximum``."""
    whole = not isinstance(value, bool) and isinstance(value, Real) and value % 1 == 0
    if not whole or value < minimum:
        raise InvalidInputError(
            f"`{name}` must be a whole number >= {minimum}; got {_short(value)}"
        )
    if maximum is not None and value > maximum:
        raise InvalidInputError(f"`{name}` must be at most {maximum}; got {_short(value)}")
    return int(value)


def row_numbers(name: str, rows: ArrayLike, n: int) -> IntArray:
    """Return indices of some of n rows, given as such or as a mask."""
    try:
        chosen = np.asarray(rows)
    except ValueError:  # ragged
        chosen = np.empty(0)
    if chosen.shape == (n,) and chosen.dtype == np.bool_:
        return np.flatnonzero(chosen)
    whole = chosen.ndim == 1 and np.issubdtype(chosen.dtype, np.integer)
    if not whole or (chosen.size and not (-n <= chosen.min() and chosen.max() < n)):
        raise InvalidInputError(
            f"`{name}` must hold row numbers below {n}, or be a mask of {n} rows; "
            f"got {_short(rows)}"
        )
    return chosen.astype(np.int64) % n


def positive_ints(name: str, values: Any) -> tuple[int, ...]:
    """Return ``values`` as a tuple of ints of at least 1."""
    if isinstance(values, str) or not np.iterable(values):
        raise InvalidInputError(f"`{name}` must be a sequence of whole numbers; got {values!r}")
    return tuple(positive_int(name, v) for v in values)


def generator(rng: RNG) -> np.random.Generator:
    """Return a numpy Generator from a seed, a Generator, or None."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"`rng` must be a Generator, a whole number >= 0 or None; got {_short(rng)}"
        ) from error


def fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    """Tell whether ``shape`` equals ``wanted``, where None stands for any size."""
    return len(shape) == len(wanted) and all(
        w is None or s == w for s, w in zip(shape, wanted, strict=True)
    )


def frozen(array: ArrayLike) -> NDArray[Any]:
    """Return ``array`` marked read-only (a copy if it is not its own owner)."""
    result = np.array(array, copy=True)
    result.setflags(write=False)
    return result


def _show(shape: tuple[int | None, ...]) -> str:
    letters = iter("nmkl")
    sizes = [next(letters) if s is None else str(s) for s in shape]
    return "(" + ", ".join(sizes) + ("," if len(sizes) == 1 else "") + ")"


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
