"""Properties in the VNN-LIB format (version 1): where inputs lie, and which outputs are unsafe.

The format is that of the verification competition (S. Demarchi, D. Guidotti, L. Pulina and
A. Tacchella, Supporting standardization of neural networks verification with VNNLIB and CoCoNet,
FoMLAS 2023): assertions in SMT-LIB about inputs ``X_i`` and outputs ``Y_i``. Strict inequalities
are read as weak ones.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .._check import float_array, frozen, points
from .._files import BROKEN, existing, reason
from .._table import brief
from ..arrangements.domains import AffineSlice, Box, Domain, Polytope
from ..errors import DomainError, FileFormatError, RelugeomError, UnsupportedError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import BoolArray, FloatArray

_MOST_CASES = 10_000
_VARIABLE = re.compile(r"([XY])_(\d+)$")
_TOKEN = re.compile(r";[^\n]*|\(|\)|[^\s();]+")


@brief
@dataclass(frozen=True, eq=False)
class Case:
    """One way in which a property can be violated: an input in ``domain`` with unsafe outputs.

    Attributes
    ----------
    domain : Box or Polytope
    A : ndarray, shape (m, n_outputs)
    b : ndarray, shape (m,)
        Outputs are unsafe where ``A @ y <= b``; no rows: all outputs are.
    slice : AffineSlice or None
        Where the property fixes some inputs to numbers: the slice on which they have them. Its
        coordinates are the other inputs, and `domain` lies in these.
    """

    domain: Domain
    A: FloatArray
    b: FloatArray
    slice: AffineSlice | None = None

    def __post_init__(self) -> None:
        A = float_array("A", self.A, shape=(None, None))
        object.__setattr__(self, "A", frozen(A))
        object.__setattr__(self, "b", frozen(float_array("b", self.b, shape=(len(A),))))

    def holds_inputs(self, X: ArrayLike) -> BoolArray:
        """Tell for each row of ``X`` whether it is an input of this case."""
        if self.slice is None:
            return self.domain.contains(X)
        array = points("X", X, self.slice.ambient_dim)
        free = array @ self.slice.basis
        on_slice: BoolArray = (self.slice.points(free) == array).all(axis=1)
        return on_slice & self.domain.contains(free)

    def happens(self, X: ArrayLike, Y: ArrayLike) -> BoolArray:
        """Tell for inputs ``X`` with outputs ``Y``, row by row, whether this case happens."""
        outputs = points("Y", Y, self.A.shape[1])
        happens: BoolArray = self.holds_inputs(X)
        happens &= (outputs @ self.A.T <= self.b).all(axis=1)
        return happens


@brief
@dataclass(frozen=True, eq=False)
class Property:
    """A property of a network: none of its cases happens. Made by `relugeom.load_vnnlib`.

    Attributes
    ----------
    n_inputs, n_outputs : int
    cases : tuple of Case

    Examples
    --------
    >>> import relugeom as rg
    >>> above = Case(rg.Box([-1], [2]), np.array([[-1.0]]), np.array([-1.5]), None)  # y >= 3/2
    >>> unsafe = rg.analysis.Property(1, 1, (above,))
    >>> unsafe.domain, unsafe.violated([[0.0], [1.0]], [[1.0], [2.0]])
    (Box([-1.0], [2.0]), array([False,  True]))
    """

    n_inputs: int
    n_outputs: int
    cases: tuple[Case, ...]

    @property
    def domain(self) -> Domain:
        """The domain that all cases have, in the coordinates of `slice` if there is one.

        Raises
        ------
        DomainError
            If the cases have different domains.
        """
        return self._common.domain

    @property
    def slice(self) -> AffineSlice | None:
        """The slice that all cases have, if the property fixes inputs.

        Raises
        ------
        DomainError
            If the cases have different domains.

        Examples
        --------
        A network is looked at there by ``net.restrict(unsafe.slice)`` in ``unsafe.domain``.
        """
        return self._common.slice

    @property
    def _common(self) -> Case:
        different = {_key(case): case for case in self.cases}
        if len(different) > 1:
            raise DomainError(
                f"`cases` must have one domain; got {len(different)}. Take them one by one"
            )
        return self.cases[0]

    def violated(self, X: ArrayLike, Y: ArrayLike) -> BoolArray:
        """Tell for inputs and their outputs, row by row, whether a case happens.

        Parameters
        ----------
        X : array_like, shape (n, n_inputs)
        Y : array_like, shape (n, n_outputs)

        Returns
        -------
        ndarray of bool, shape (n,)

        Examples
        --------
        >>> import relugeom as rg
        >>> above = Case(rg.Box([-1], [2]), np.array([[-1.0]]), np.array([-1.5]), None)  # y >= 3/2
        >>> rg.analysis.Property(1, 1, (above,)).violated([[0.0], [1.0]], [[1.0], [2.0]])
        array([False,  True])
        """
        inputs, outputs = points("X", X, self.n_inputs), points("Y", Y, self.n_outputs)
        result = np.zeros(len(inputs), bool)
        for case in self.cases:
            result |= case.happens(inputs, outputs)
        return result


def load_vnnlib(file: str | os.PathLike[str]) -> Property:
    """Load a property in the VNN-LIB format.

    Parameters
    ----------
    file : path

    Returns
    -------
    Property

    Raises
    ------
    FileFormatError
        If the file is missing or does not follow the format.
    UnsupportedError
        If an assertion is not linear, or joins inputs and outputs.
    DomainError
        If the inputs of a case have no interior.

    Examples
    --------
    >>> import relugeom as rg, tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "property.vnnlib"
    >>> _ = file.write_text('''
    ... (declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real)
    ... (assert (>= X_0 -1)) (assert (<= X_0 1)) (assert (>= X_1 0)) (assert (<= X_1 2))
    ... (assert (>= Y_0 100))
    ... ''')
    >>> unsafe = rg.load_vnnlib(file)
    >>> unsafe.domain, unsafe.violated([[0, 1], [0, 1]], [[99], [101]]).tolist()
    (Box([-1.0, 0.0], [1.0, 2.0]), [False, True])

    Where a property fixes inputs, its domain is one of the others:

    >>> _ = file.write_text('''
    ... (declare-const X_0 Real) (declare-const X_1 Real)
    ... (assert (>= X_0 -1)) (assert (<= X_0 1)) (assert (>= X_1 3)) (assert (<= X_1 3))
    ... ''')
    >>> fixed = rg.load_vnnlib(file)
    >>> fixed.domain, fixed.slice.points([[0.5]]).tolist()
    (Box([-1.0], [1.0]), [[0.5, 3.0]])
    """
    source = existing(file)
    try:
        return _property(_expressions(source.read_text("utf-8")))
    except (DomainError, UnsupportedError):
        raise
    except (RelugeomError, RecursionError, *BROKEN) as error:
        raise FileFormatError(
            f"{source.name} is not a readable vnnlib file: {reason(error)}"
        ) from error


Row: TypeAlias = dict[str, float]  # variable to coefficient; "" is the constant; row <= 0


def _expressions(text: str) -> list[Any]:
    stack: list[list[Any]] = [[]]
    for token in _TOKEN.findall(text):
        if token.startswith(";"):
            continue
        if token == "(":
            stack.append([])
        elif token == ")":
            if len(stack) == 1:
                raise ValueError("a parenthesis closes that was not opened")
            closed = stack.pop()
            stack[-1].append(closed)
        else:
            stack[-1].append(token)
    if len(stack) != 1:
        raise ValueError("a parenthesis is not closed")
    return stack[0]


def _property(expressions: list[Any]) -> Property:
    declared: list[str] = []
    cases: list[list[Row]] = [[]]
    for expression in expressions:
        match expression:
            case ["declare-const", str(name), _] | ["declare-fun", str(name), [], _]:
                declared.append(name)
            case ["assert", formula]:
                cases = _joined([cases, _disjuncts(formula)])
            case [str(word), *_] if word in ("set-logic", "set-info", "check-sat", "exit"):
                continue
            case _:
                raise ValueError(f"{_text(expression)} is not understood")
    inputs, outputs = (_declared(declared, kind) for kind in "XY")
    if inputs == 0:
        raise ValueError("no input X_0 is declared")
    return Property(inputs, outputs, tuple(_case(rows, inputs, outputs) for rows in cases))


def _declared(names: list[str], kind: str) -> int:
    found = sorted(int(m[2]) for m in map(_VARIABLE.match, names) if m and m[1] == kind)
    if found != list(range(len(found))):
        raise ValueError(f"the variables {kind}_i must be numbered from 0; got {found}")
    return len(found)


def _disjuncts(formula: Any) -> list[list[Row]]:
    """Return a formula in disjunctive normal form."""
    match formula:
        case ["and", *parts]:
            return _joined([_disjuncts(part) for part in parts])
        case ["or", *parts]:
            return [rows for part in parts for rows in _disjuncts(part)]
        case ["<=" | "<", left, right]:
            return [[_difference(left, right)]]
        case [">=" | ">", left, right]:
            return [[_difference(right, left)]]
        case ["=", left, right]:
            return [[_difference(left, right), _difference(right, left)]]
    raise UnsupportedError(f"the assertion {_text(formula)} is not understood")


def _joined(parts: list[list[list[Row]]]) -> list[list[Row]]:
    count = 1
    for part in parts:
        count *= len(part)
    if count > _MOST_CASES:
        raise UnsupportedError(f"a property with more than {_MOST_CASES} cases")
    return [[row for rows in choice for row in rows] for choice in product(*parts)]


def _difference(left: Any, right: Any) -> Row:
    row = _linear(left)
    for name, value in _linear(right).items():
        row[name] = row.get(name, 0.0) - value
    return row


def _linear(term: Any) -> Row:
    match term:
        case str(name) if _VARIABLE.match(name):
            return {name: 1.0}
        case str(number):
            if not np.isfinite(float(number)):
                raise ValueError(f"{number} is not finite")
            return {"": float(number)}
        case ["-", part]:
            return _scaled(_linear(part), -1.0)
        case ["-", first, *parts]:
            return _total([_linear(first), *(_scaled(_linear(p), -1.0) for p in parts)])
        case ["+", *parts]:
            return _total([_linear(part) for part in parts])
        case ["*", *parts]:
            rows = [_linear(part) for part in parts]
            numbers = [row[""] for row in rows if set(row) == {""}]
            others = [row for row in rows if set(row) != {""}]
            if len(others) <= 1:
                return _scaled(others[0] if others else {"": 1.0}, float(np.prod(numbers)))
    raise UnsupportedError(f"the term {_text(term)} is not linear")


def _scaled(row: Row, factor: float) -> Row:
    return {name: factor * value for name, value in row.items()}


def _total(rows: list[Row]) -> Row:
    total: Row = {}
    for row in rows:
        for name, value in row.items():
            total[name] = total.get(name, 0.0) + value
    return total


def _case(rows: list[Row], n_inputs: int, n_outputs: int) -> Case:
    blocks: dict[str, list[FloatArray]] = {"X": [], "Y": []}
    for row in rows:
        used = [n for n, value in row.items() if n and value]
        for name in used:
            if int(name[2:]) >= (n_inputs if name[0] == "X" else n_outputs):
                raise ValueError(f"{name} is not declared")
        kinds = {n[0] for n in used}
        if len(kinds) > 1:
            raise UnsupportedError("an assertion that joins inputs and outputs")
        kind = kinds.pop() if kinds else "Y"
        line = np.zeros((n_inputs if kind == "X" else n_outputs) + 1)
        for name in used:
            line[int(name[2:])] = row[name]
        line[-1] = -row.get("", 0.0)
        blocks[kind].append(line)
    inputs = np.array(blocks["X"]).reshape(-1, n_inputs + 1)
    outputs = np.array(blocks["Y"]).reshape(-1, n_outputs + 1)
    domain, affine_slice = _domain(inputs[:, :-1], inputs[:, -1])
    return Case(domain, outputs[:, :-1], outputs[:, -1], affine_slice)


def _domain(A: FloatArray, b: FloatArray) -> tuple[Domain, AffineSlice | None]:
    """Return the domain of the inputs that are not fixed, and the slice on which the others are.

    The domain is a box if the rows bound each coordinate on both sides and nothing else.
    """
    if len(A) == 0:
        raise DomainError("the property must bound the inputs; got none that it names")
    d = A.shape[1]
    lower, upper = np.full(d, -np.inf), np.full(d, np.inf)
    single = (A != 0).sum(axis=1) == 1
    for row, side in zip(A[single], b[single], strict=True):
        i = int(np.flatnonzero(row)[0])
        if row[i] > 0:
            upper[i] = min(upper[i], side / row[i])
        else:
            lower[i] = max(lower[i], side / row[i])
    free = lower != upper
    affine_slice = None
    if not free.all():
        if not free.any():
            raise DomainError("the property must leave inputs free; got all of them fixed")
        affine_slice = AffineSlice(np.where(free, 0.0, lower), np.eye(d)[:, free])
        A, b = A[:, free], b - A[:, ~free] @ lower[~free]
        some = A.any(axis=1)
        if (b[~some] < 0).any():
            raise DomainError("the property must admit inputs; got a contradiction")
        A, b, single = A[some], b[some], single[some]
        lower, upper = lower[free], upper[free]
    if single.all() and np.isfinite(lower).all() and np.isfinite(upper).all():
        return Box(lower, upper), affine_slice
    return Polytope(A, b), affine_slice


def _key(case: Case) -> bytes:
    arrays = [*case.domain.halfspaces]
    if case.slice is not None:
        arrays += [case.slice.origin, case.slice.basis]
    return b"|".join(array.tobytes() for array in arrays)


def _text(expression: Any) -> str:
    if isinstance(expression, list):
        return "(" + " ".join(_text(e) for e in expression) + ")"
    return str(expression)
