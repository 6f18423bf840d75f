"""Exceptions: one base, subclasses that name the situation.

Every message has the form "`name` must be ...; got ...", and ends with what to do when that is
not obvious.
"""


class RelugeomError(Exception):
    """Base of every error that relugeom raises on purpose."""


class InvalidInputError(RelugeomError, ValueError):
    """An argument has a value that has no meaning (NaN, a negative count, an unknown option)."""


class ShapeError(InvalidInputError):
    """An array has the wrong number of dimensions or sizes that do not fit together."""


class DomainError(RelugeomError, ValueError):
    """A domain is empty, lower-dimensional, or of the wrong dimension for the arrangement."""


class UnboundedError(DomainError):
    """A bounded domain or region was needed, and this one is unbounded."""


class IncompleteError(RelugeomError, ValueError):
    """A table of regions is empty or not complete, and the question needs what it lacks."""


class UndecidedError(RelugeomError, ArithmeticError):
    """Rounding hides the answer: what was asked is too close to call."""


class UnsupportedError(RelugeomError, NotImplementedError):
    """The request makes sense, but this layer, format or operation is not supported."""


class FileFormatError(RelugeomError, OSError):
    """A file is missing, broken, or does not hold what its name promises."""


class MissingExtraError(RelugeomError, ImportError):
    """An optional dependency is needed; the message names the extra to install."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package}, which is not installed; "
            f"install it with: pip install 'relugeom[{extra}]'"
        )
