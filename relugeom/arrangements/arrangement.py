"""Hyperplane arrangements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .._check import float_array, frozen, points
from ..errors import InvalidInputError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike
    from scipy.sparse import csr_array

    from .._check import FloatArray, IntArray, SignArray


class _Layered(Protocol):
    @property
    def weights(self) -> Sequence[FloatArray | csr_array]: ...
    @property
    def biases(self) -> Sequence[FloatArray]: ...
    @property
    def rectified(self) -> Sequence[IntArray]: ...


@dataclass(frozen=True, eq=False)
class HyperplaneArrangement:
    """The hyperplanes ``{x : normals[i] @ x + offsets[i] = 0}``; sign +1 where positive.

    Parameters
    ----------
    normals : array_like, shape (m, d)
        A zero row is allowed: it is no hyperplane, and its sign is that of its offset everywhere.
    offsets : array_like, shape (m,), optional
        Zeros if not given (a central arrangement).

    Examples
    --------
    >>> import relugeom as rg
    >>> axes = rg.HyperplaneArrangement([[1, 0], [0, 1]])
    >>> axes.signs([[2.0, -3.0]])
    array([[ 1, -1]], dtype=int8)
    """

    normals: FloatArray
    offsets: FloatArray

    def __init__(self, normals: ArrayLike, offsets: ArrayLike | None = None) -> None:
        normals = float_array("normals", normals, shape=(None, None))
        if 0 in normals.shape:
            raise ShapeError(
                f"`normals` must have at least one row and one column; got {normals.shape}"
            )
        if offsets is None:
            offsets = np.zeros(len(normals))
        offsets = float_array("offsets", offsets, shape=(len(normals),))
        object.__setattr__(self, "normals", frozen(normals))
        object.__setattr__(self, "offsets", frozen(offsets))

    @classmethod
    def from_layer(cls, net: _Layered, layer: int = 0) -> HyperplaneArrangement:
        """Return the hyperplanes of a network's layer in the space of that layer's inputs.

        Only for layer 0 is that the input space.

        Parameters
        ----------
        net : ReLUNetwork
            Or anything with its ``weights``, ``biases`` and ``rectified``.
        layer : int, default 0

        Returns
        -------
        HyperplaneArrangement

        Raises
        ------
        InvalidInputError
            If there is no such hidden layer.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 4, 3, 1], rng=0)
        >>> rg.HyperplaneArrangement.from_layer(net).n_regions()
        11
        """
        depth = len(net.weights) - 1
        if not 0 <= layer < depth:
            raise InvalidInputError(
                f"`layer` must be a hidden layer, 0 to {depth - 1}; got {layer}"
            )
        rows = net.rectified[layer]
        normals = net.weights[layer][rows]
        if not isinstance(normals, np.ndarray):
            normals = normals.toarray()
        return cls(normals, net.biases[layer][rows])

    @classmethod
    def from_data(cls, X: ArrayLike, *, bias: bool = True) -> HyperplaneArrangement:
        """Return the arrangement that data cut out of one neuron's parameter space.

        The neuron ``w @ x + b`` switches sample i on or off where ``(w, b)`` crosses the central
        hyperplane with normal ``(x_i, 1)``.

        Parameters
        ----------
        X : array_like, shape (n, d)
        bias : bool, default True
            Whether the neuron has a bias; without it the normals are the rows of ``X``.

        Returns
        -------
        HyperplaneArrangement

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.HyperplaneArrangement.from_data([[0.0], [1.0], [3.0]]).n_regions()
        6
        """
        rows = float_array("X", X, shape=(None, None))
        return cls(np.column_stack([rows, np.ones(len(rows))]) if bias else rows)

    @property
    def dim(self) -> int:
        """Dimension of the space."""
        return int(self.normals.shape[1])

    @property
    def n_hyperplanes(self) -> int:
        """Number of rows."""
        return int(self.normals.shape[0])

    def characteristic_polynomial(self) -> list[int]:
        """Coefficients of the characteristic polynomial, that of t^d first; nothing is enumerated.

        See `relugeom.arrangements.characteristic` for how, and how sure it is.

        Returns
        -------
        list of int

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.arrangements.families.braid(3).characteristic_polynomial()
        [1, -3, 2, 0]
        """
        from .characteristic import characteristic_polynomial

        return characteristic_polynomial(self)

    def n_regions(self) -> int:
        """Return the number of regions in all of space, without enumerating them.

        Returns
        -------
        int

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.arrangements.families.shi(4).n_regions()
        125
        """
        from .characteristic import n_regions

        return n_regions(self)

    def n_bounded_regions(self) -> int:
        """Return the number of (relatively) bounded regions, without enumerating them.

        Returns
        -------
        int

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.arrangements.families.shi(3).n_bounded_regions()
        4
        """
        from .characteristic import n_bounded_regions

        return n_bounded_regions(self)

    def betti_numbers(self) -> list[int]:
        """Return the Betti numbers of the complement of the complexification, b_0 to b_d.

        Returns
        -------
        list of int

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.arrangements.families.braid(3).betti_numbers()
        [1, 3, 2, 0]
        """
        from .characteristic import whitney_numbers

        return whitney_numbers(self)

    def signs(self, X: ArrayLike) -> SignArray:
        """Return the sign vectors of points: on which side of each hyperplane they lie.

        Parameters
        ----------
        X : array_like, shape (n, d)

        Returns
        -------
        ndarray of int8, shape (n, m)

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.HyperplaneArrangement([[1, 0], [0, 1]], [0, -1]).signs([[2, 1], [-1, 3]])
        array([[ 1,  0],
               [-1,  1]], dtype=int8)
        """
        values = points("X", X, self.dim) @ self.normals.T + self.offsets
        return np.sign(values).astype(np.int8)

    def __repr__(self) -> str:
        return f"HyperplaneArrangement({self.n_hyperplanes} hyperplanes in R^{self.dim})"
