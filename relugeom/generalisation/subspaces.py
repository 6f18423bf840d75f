"""Training in a random subspace, and the dimension that a task needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .._check import RNG, choice, generator, number, positive_int, positive_ints
from .._progress import progress_bar
from .._status import Ended, finished
from .._table import Table, aligned
from ..arrangements.domains import AffineSlice
from ..errors import InvalidInputError
from ..paths.train import train
from ._check import labelled

if TYPE_CHECKING:
    from .._check import FloatArray
    from ..networks.network import ReLUNetwork

KINDS = ("orthonormal", "dense", "sparse")


def random_subspace(
    net: ReLUNetwork, dim: int, *, kind: str = "orthonormal", rng: RNG = None
) -> AffineSlice:
    """Return a random slice of the parameters through those of ``net`` (Li et al. 2018).

    ``rg.train(net, X, y, within=slice)`` trains in it. Drawn before the data, it has a valid bound
    in ``dim`` dimensions; the path says that it was drawn at random, and `report` uses that.

    Parameters
    ----------
    net : ReLUNetwork
        The start.
    dim : int
        At most the number of parameters.
    kind : str, default "orthonormal"
        "orthonormal": uniform direction, orthonormal columns; "dense": Gaussian columns of length
        1; "sparse": about one in sqrt(P) entries +-1 (Li, Hastie & Church 2006), columns scaled to
        length 1.
    rng : Generator, int or None

    Returns
    -------
    AffineSlice

    Raises
    ------
    InvalidInputError
        If ``dim`` exceeds the number of parameters.
    DomainError
        If the columns drawn are dependent: possible for "sparse" and few parameters.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.random([2, 8, 1], rng=0)
    >>> slice_ = random_subspace(net, 5, rng=0)
    >>> path = rg.train(net, [[0.0, 1.0], [1.0, 0.0]], [0, 1], loss="cross_entropy", within=slice_)
    >>> path.settings["within"], path.settings["drawn"]
    (5, 'orthonormal')
    """
    D, d = net.n_parameters, positive_int("dim", dim)
    choice("kind", kind, KINDS)
    if d > D:
        raise InvalidInputError(f"`dim` must be at most {D}, the number of parameters; got {d}")
    random = generator(rng)
    if kind == "orthonormal":
        return AffineSlice.random(D, d, origin=net.parameters, rng=random)
    if kind == "dense":
        columns = random.standard_normal((D, d))
    else:
        columns = _sparse(D, d, random)
    return AffineSlice(net.parameters, columns / np.linalg.norm(columns, axis=0), drawn=kind)


def _sparse(D: int, d: int, random: np.random.Generator) -> FloatArray:
    columns = np.zeros((D, d))
    for column in columns.T:
        while not column.any():
            on = random.random(D) < D**-0.5
            column[on] = random.choice([-1.0, 1.0], size=int(on.sum()))
    return columns


@dataclass(frozen=True, eq=False, repr=False)
class IntrinsicDimension(Ended, Table):
    """How well runs in random subspaces do; made by `intrinsic_dimension`.

    Attributes
    ----------
    dims : tuple of int
        Dimensions tried, up to the first that was good enough.
    accuracy : ndarray, shape (len(dims),)
        On held-out data, mean over seeds.
    full : float
        Accuracy of training in all parameters, mean over seeds.
    share : float
    dim : int or None
        The least dimension tried with accuracy at least ``share * full``; None if there is none.
    status : str
        "complete", or "interrupted": the dimensions that were done before Ctrl-C.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = [[-1.0], [-0.5], [0.5], [1.0]]
    >>> data, net = (X, [0, 0, 1, 1]), rg.ReLUNetwork.random([1, 4, 1], rng=0)
    >>> found = rg.generalisation.intrinsic_dimension(net, data, data, [2, 8], steps=20)
    >>> found.dims[0], found.complete
    (2, True)
    """

    dims: tuple[int, ...]
    accuracy: FloatArray
    full: float
    share: float
    dim: int | None
    status: str

    _UNIT: ClassVar[str] = "dimensions"

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as one dict a dimension."""
        wanted = self.share * self.full
        pairs = zip(self.dims, self.accuracy.tolist(), strict=True)
        return [{"dim": d, "accuracy": a, "enough": a >= wanted} for d, a in pairs]

    def __str__(self) -> str:
        found = f"d_int{self.share * 100:.0f} = {self.dim}"
        if self.dim is None:
            found = f"no dimension tried reaches {self.share:.0%}"
        lines = [f"{found}: all parameters reach accuracy {self.full:.4f}"]
        table = [["dimensions", "accuracy"], *zip(self.dims, self.accuracy.tolist(), strict=True)]
        lines.append(aligned(table))
        return "\n".join(lines if self.complete else [*lines, self.status])


def intrinsic_dimension(
    net: ReLUNetwork,
    train_data: Any,
    test_data: Any,
    dims: Sequence[int],
    *,
    share: float = 0.9,
    kind: str = "orthonormal",
    n_seeds: int = 1,
    rng: RNG = 0,
    progress: bool | None = None,
    **settings: Any,
) -> IntrinsicDimension:
    """Return the least dimension of a random subspace that does nearly as well as all parameters.

    With ``share=0.9`` it is d_int90 of Li, Farkhoor, Liu & Yosinski (2018), on held-out accuracy;
    dimensions are tried in increasing order up to the first that is good enough.

    Parameters
    ----------
    net : ReLUNetwork
        The start of every run.
    train_data, test_data : pair (X, y)
    dims : sequence of int
    share : float, default 0.9
        Of the accuracy of training in all parameters.
    kind : str, default "orthonormal"
        As for `random_subspace`.
    n_seeds : int, default 1
        Runs a dimension, each with its subspace and its shuffles.
    rng : Generator, int or None, default 0
    progress : bool, optional
        Show a progress bar; by default only on a terminal.
    **settings
        For `relugeom.train`; ``loss="cross_entropy"`` if not given.

    Returns
    -------
    IntrinsicDimension
        After Ctrl-C, with status "interrupted", the dimensions that were done.

    Raises
    ------
    InvalidInputError
        If ``dims`` is empty, or holds what is no dimension of a subspace of the parameters.

    Examples
    --------
    >>> import relugeom as rg
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> net = rg.ReLUNetwork.random([1, 8, 1], rng=0)
    >>> data = X, (X[:, 0] > 0.2).astype(int)
    >>> intrinsic_dimension(net, data, data, [1, 2, 4, 8], steps=100, lr=0.05).dim in (1, 2, 4, 8)
    True
    """
    X, y = labelled("train_data", net, train_data)
    X_test, y_test = labelled("test_data", net, test_data)
    sizes = tuple(sorted(set(positive_ints("dims", dims))))
    if not sizes or sizes[-1] > net.n_parameters:
        raise InvalidInputError(f"`dims` must be 1 to {net.n_parameters}, some; got {list(dims)}")
    number("share", share, "(0, 1)")
    settings = {"loss": "cross_entropy", **settings}
    children = generator(rng).spawn(positive_int("n_seeds", n_seeds))

    def accuracy(d: int | None) -> float:
        found = []
        for random in children:
            inside = None if d is None else random_subspace(net, d, kind=kind, rng=random)
            path = train(net, X, y, within=inside, rng=random, progress=False, **settings)
            found.append(float((finished(path).network(-1).predict(X_test) == y_test).mean()))
        return float(np.mean(found))

    tried: list[float] = []
    enough: int | None = None
    full, status = float("nan"), "complete"
    with progress_bar(progress, total=len(sizes) + 1, desc="subspaces", unit="dim") as bar:
        try:
            full = accuracy(None)
            bar.update()
            for d in sizes:
                tried.append(accuracy(d))
                bar.update()
                if tried[-1] >= share * full:
                    enough = d
                    break
        except KeyboardInterrupt:
            status = "interrupted"
    return IntrinsicDimension(
        dims=sizes[: len(tried)],
        accuracy=np.array(tried),
        full=full,
        share=share,
        dim=enough,
        status=status,
    )
