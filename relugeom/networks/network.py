"""A piecewise-linear network in one canonical form: affine maps, coordinates rectified or passed.

The hidden layer ``l`` maps ``a`` to ``r(W_l a + b_l)``, where coordinate k of r is the rectifier
``z -> z if z > 0 else slopes[l][k] * z``. Slope 0 is the ReLU, slope 1 passes the coordinate
through and is *not* a neuron: it has no kink, no hyperplane and no place in a pattern. The last
layer is affine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .._check import RNG, float_array, frozen, generator, points, positive_ints
from ..errors import InvalidInputError, ShapeError
from .matrix import checked, dense, locked, magnitude, times

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._check import FloatArray, IntArray, SignArray
    from ..arrangements.domains import AffineSlice
    from .matrix import Matrix


@dataclass(frozen=True, eq=False)
class ReLUNetwork:
    """A feed-forward piecewise-linear network.

    Build one with `from_weights`, `random` or `relugeom.load_network`; the constructor takes
    arrays that are already checked.

    Attributes
    ----------
    weights : tuple of ndarray or scipy.sparse.csr_array, shape (out, in)
        One matrix a layer, as PyTorch stores them; the last layer is affine. Importers keep large
        matrices with few entries (convolutions) sparse.
    biases : tuple of ndarray, shape (out,)
    slopes : tuple of ndarray, shape (out,)
        For each hidden layer the slope at negative pre-activations: 0 ReLU, 1 passed through.

    Examples
    --------
    >>> import relugeom as rg
    >>> net = rg.ReLUNetwork.from_weights([[[1.0], [1.0]], [[2.0, -1.0]]], [[0.0, 10.0], [9.0]])
    >>> net.input_dim, net.output_dim, net.widths, net.n_neurons
    (1, 1, (2,), 2)
    >>> net([[3.0]])
    array([[2.]])
    """

    weights: tuple[Matrix, ...]
    biases: tuple[FloatArray, ...]
    slopes: tuple[FloatArray, ...]

    @classmethod
    def from_weights(
        cls,
        weights: Sequence[ArrayLike | Matrix],
        biases: Sequence[ArrayLike] | None = None,
        *,
        slopes: float | Sequence[ArrayLike] = 0.0,
    ) -> ReLUNetwork:
        """Build a network from lists of matrices and bias vectors.

        Parameters
        ----------
        weights : sequence of array_like or scipy sparse, shape (out, in)
            At least two: one hidden layer and the affine output layer.
        biases : sequence of array_like, shape (out,), optional
            Zeros if not given.
        slopes : float or sequence, optional
            Slope of the rectifier at negative values: one number for all neurons, or for each
            hidden layer a number or a vector of shape (width,). 1 passes a coordinate through.

        Returns
        -------
        ReLUNetwork

        Raises
        ------
        ShapeError
            If shapes do not chain, or the number of biases or slopes is wrong.
        InvalidInputError
            If a number is NaN or infinite, or there is no hidden layer.

        Examples
        --------
        >>> import relugeom as rg
        >>> leaky = rg.ReLUNetwork.from_weights([[[1.0]], [[1.0]]], slopes=0.1)
        >>> leaky([[-2.0]])
        array([[-0.2]])
        """
        if not isinstance(weights, Sequence | np.ndarray):
            raise InvalidInputError(
                f"`weights` must be a sequence of matrices; got {type(weights).__name__}"
            )
        matrices = [checked(f"weights[{i}]", w) for i, w in enumerate(weights)]
        if len(matrices) < 2:
            raise InvalidInputError(
                "`weights` must hold at least two matrices, a hidden layer and the output layer; "
                f"got {len(matrices)}. A network with no hidden layer is affine: one region"
            )
        for i, matrix in enumerate(matrices):
            if 0 in matrix.shape:
                raise ShapeError(f"`weights[{i}]` must not be empty; got shape {matrix.shape}")
            if i and matrix.shape[1] != matrices[i - 1].shape[0]:
                raise ShapeError(
                    f"`weights[{i}]` must have {matrices[i - 1].shape[0]} columns, the rows of "
                    f"weights[{i - 1}]; got shape {matrix.shape}"
                )
        if biases is None:
            biases = [np.zeros(m.shape[0]) for m in matrices]
        if len(biases) != len(matrices):
            raise ShapeError(
                f"`biases` must hold one vector a layer ({len(matrices)}); got {len(biases)}"
            )
        vectors = [
            float_array(f"biases[{i}]", b, shape=(m.shape[0],))
            for i, (b, m) in enumerate(zip(biases, matrices, strict=True))
        ]
        hidden = matrices[:-1]
        if not isinstance(slopes, Sequence | np.ndarray):
            slopes = [np.float64(slopes)] * len(hidden)
        if len(slopes) != len(hidden):
            raise ShapeError(
                f"`slopes` must hold one entry a hidden layer ({len(hidden)}); got {len(slopes)}"
            )
        rectifiers = []
        for i, (s, m) in enumerate(zip(slopes, hidden, strict=True)):
            value = float_array(f"slopes[{i}]", s)
            if value.ndim == 0:
                value = np.full(m.shape[0], float(value))
            rectifiers.append(float_array(f"slopes[{i}]", value, shape=(m.shape[0],)))
        if all((s == 1.0).all() for s in rectifiers):
            raise InvalidInputError(
                "`slopes` must leave at least one rectified neuron; got 1 everywhere, "
                "which makes the network affine: one region"
            )
        return cls(
            tuple(locked(m) for m in matrices),
            tuple(frozen(v) for v in vectors),
            tuple(frozen(s) for s in rectifiers),
        )

    @classmethod
    def random(
        cls, widths: Sequence[int], *, rng: RNG = None, bias_scale: float = 1.0
    ) -> ReLUNetwork:
        """Draw a He-initialised ReLU network with Gaussian biases.

        Parameters
        ----------
        widths : sequence of int
            Input dimension, hidden widths, output dimension.
        rng : Generator, int or None
        bias_scale : float, default 1.0
            Biases are Gaussian with standard deviation ``bias_scale / sqrt(fan_in)``.

        Returns
        -------
        ReLUNetwork

        Raises
        ------
        InvalidInputError
            If there is no hidden width, or a width is not a whole number >= 1.

        Examples
        --------
        >>> import relugeom as rg
        >>> rg.ReLUNetwork.random([2, 8, 8, 1], rng=0).n_neurons
        16
        """
        sizes = positive_ints("widths", widths)
        if len(sizes) < 3:
            raise InvalidInputError(
                f"`widths` must hold input, at least one hidden and output width; got {sizes}"
            )
        random = generator(rng)
        pairs = list(pairwise(sizes))
        weights = [random.standard_normal((o, i)) * np.sqrt(2.0 / i) for i, o in pairs]
        biases = [random.standard_normal(o) * (bias_scale / np.sqrt(i)) for i, o in pairs]
        return cls.from_weights(weights, biases)

    # -- sizes -------------------------------------------------------------------------------

    @property
    def input_dim(self) -> int:
        """Dimension of the input space."""
        return int(self.weights[0].shape[1])

    @property
    def output_dim(self) -> int:
        """Dimension of the output space."""
        return int(self.weights[-1].shape[0])

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the hidden layers, coordinates passed through included."""
        return tuple(int(w.shape[0]) for w in self.weights[:-1])

    @property
    def n_hidden_layers(self) -> int:
        """Number of hidden layers."""
        return len(self.weights) - 1

    @cached_property
    def rectified(self) -> tuple[IntArray, ...]:
        """For each hidden layer the indices of the coordinates that are neurons (slope not 1)."""
        return tuple(np.flatnonzero(s != 1.0) for s in self.slopes)

    @property
    def n_neurons(self) -> int:
        """Number of rectified neurons, the length of a pattern."""
        return sum(len(r) for r in self.rectified)

    @cached_property
    def neuron_layer(self) -> IntArray:
        """For each place of a pattern the hidden layer (from 0) of its neuron."""
        return np.repeat(np.arange(self.n_hidden_layers), [len(r) for r in self.rectified])

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum(
            len(b) * (1 + w.shape[1]) for w, b in zip(self.weights, self.biases, strict=True)
        )

    def __repr__(self) -> str:
        sizes = "-".join(str(s) for s in (self.input_dim, *self.widths, self.output_dim))
        return f"ReLUNetwork({sizes}, {self.n_neurons} neurons)"

    def summary(self) -> str:
        """Return a table of the layers, for a person to read.

        Returns
        -------
        str

        Examples
        --------
        >>> import relugeom as rg
        >>> print(rg.ReLUNetwork.random([2, 8, 8, 1], rng=0).summary())
        layer     in  out  neurons  passed on  slopes    weights
        hidden 1   2    8        8          0       0         16
        hidden 2   8    8        8          0       0         64
        output     8    1        -          -       -          8
        2 inputs, 1 output, 16 neurons, 105 parameters
        """
        from .summary import summary

        return summary(self)

    # -- the function ------------------------------------------------------------------------

    def __call__(self, X: ArrayLike) -> FloatArray:
        """Evaluate the network.

        Parameters
        ----------
        X : array_like, shape (n, d) or (d,)
            Finite points in rows, or one point.

        Returns
        -------
        ndarray, shape (n, output_dim)

        Raises
        ------
        ShapeError, InvalidInputError
            If ``X`` has another dimension, or holds NaN or inf. So do all methods that take points.
        """
        a = points("X", X, self.input_dim)
        for z, s in self._layers(a):
            a = np.where(z > 0, z, z * s)
        return np.asarray(a @ self.weights[-1].T + self.biases[-1])

    def preactivations(self, X: ArrayLike) -> list[FloatArray]:
        """Return the pre-activations of each hidden layer.

        Parameters
        ----------
        X : array_like, shape (n, d)

        Returns
        -------
        list of ndarray, shape (n, width)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
        >>> [z.tolist() for z in net.preactivations([[0.5]])]
        [[[0.5, -0.5]]]
        """
        return [z for z, _ in self._layers(points("X", X, self.input_dim))]

    def activation_pattern(self, X: ArrayLike) -> SignArray:
        """Return the sign of every rectified neuron at each point.

        Parameters
        ----------
        X : array_like, shape (n, d)

        Returns
        -------
        ndarray of int8, shape (n, n_neurons)
            +1 where the pre-activation is positive (the neuron is on), -1 where negative, 0 where
            it is exactly zero.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])
        >>> net.activation_pattern([[2.0], [0.0]])
        array([[ 1, -1],
               [ 0,  0]], dtype=int8)
        """
        layers = self._layers(points("X", X, self.input_dim))
        signs = [np.sign(z[:, r]) for (z, _), r in zip(layers, self.rectified, strict=True)]
        return np.hstack(signs).astype(np.int8)

    def one_sided_pattern(
        self, X: ArrayLike, directions: ArrayLike, *, zero: float = 0.0, scale: float = 0.0
    ) -> SignArray:
        """Return the pattern just beyond each point, on the ray from it along a direction.

        The sign of a neuron at ``x + t v`` for all small t > 0 is the sign of its value at x or,
        where that vanishes, of its one-sided derivative; both are carried through the layers, so
        no step length is involved.

        Parameters
        ----------
        X, directions : array_like, shape (n, d)
        zero : float, default 0.0
            Values at most ``zero`` times the magnitude that went into them count as vanishing.
        scale : float, default 0.0
            Magnitude that every coordinate of X has at least, as the rounding in X goes: a point
            computed as a difference may be small and all rounding.

        Returns
        -------
        ndarray of int8, shape (n, n_neurons)
            0 only where value and derivative both vanish.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
        >>> net.one_sided_pattern([[0.0], [1.0]], [[-1.0], [1.0]])
        array([[-1, -1],
               [ 1,  1]], dtype=int8)
        """
        a = points("X", X, self.input_dim)
        da = points("directions", directions, self.input_dim)
        size, dsize = np.abs(a) + scale, np.abs(da)
        signs = []
        for w, b, s, r in zip(self.weights, self.biases, self.slopes, self.rectified, strict=False):
            z, dz = a @ w.T + b, da @ w.T
            size, dsize = size @ magnitude(w).T + np.abs(b), dsize @ magnitude(w).T
            sign = np.where(np.abs(z) > zero * size, np.sign(z), 0.0)
            sign = np.where((sign == 0) & (np.abs(dz) > zero * dsize), np.sign(dz), sign)
            a, da = (np.where(sign > 0, v, v * s) for v in (z, dz))
            size, dsize = (np.where(sign > 0, v, v * np.abs(s)) for v in (size, dsize))
            signs.append(sign[:, r])
        return np.hstack(signs).astype(np.int8)

    def _layers(self, a: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        layers = []
        for w, b, s in zip(self.weights, self.biases, self.slopes, strict=False):
            z = a @ w.T + b
            a = np.where(z > 0, z, z * s)
            layers.append((z, s))
        return layers

    # -- the affine pieces ---------------------------------------------------------------------

    def affine_map(self, pattern: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return the affine map that the network is on the region of a pattern.

        Parameters
        ----------
        pattern : array_like of int, shape (n_neurons,) or (n, n_neurons)
            Entries -1, 0, +1; 0 (a neuron that vanishes on the whole region) acts as off.

        Returns
        -------
        A : ndarray, shape (output_dim, d) or (n, output_dim, d)
        c : ndarray, shape (output_dim,) or (n, output_dim)
            The output is ``A @ x + c``.

        Raises
        ------
        ShapeError, InvalidInputError
            If the pattern has another length, or other entries.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])
        >>> net.affine_map([1, -1])
        (array([[1.]]), array([0.]))
        """
        signs = self._patterns(pattern)
        A, c = self._maps(signs)[-1]
        return (A, c) if np.ndim(pattern) == 2 else (A[0], c[0])

    def neuron_maps(self, pattern: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return every neuron's pre-activation as an affine function on the region of a pattern.

        Parameters
        ----------
        pattern : array_like of int, shape (n_neurons,) or (n, n_neurons)
            As for `affine_map`.

        Returns
        -------
        A : ndarray, shape (n_neurons, d) or (n, n_neurons, d)
        c : ndarray, shape (n_neurons,) or (n, n_neurons)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1], [1]], [[1, 1]]], [[0, -1], [0]])
        >>> A, c = net.neuron_maps([1, -1])
        >>> A.tolist(), c.tolist()
        ([[1.0], [1.0]], [0.0, -1.0])
        """
        signs = self._patterns(pattern)
        hidden = self._maps(signs)[:-1]
        A = np.concatenate([m[:, r] for (m, _), r in zip(hidden, self.rectified, strict=True)], 1)
        c = np.concatenate([v[:, r] for (_, v), r in zip(hidden, self.rectified, strict=True)], 1)
        return (A, c) if np.ndim(pattern) == 2 else (A[0], c[0])

    def _patterns(self, pattern: ArrayLike) -> SignArray:
        signs = np.asarray(pattern)
        signs = signs[None, :] if signs.ndim == 1 else signs
        if signs.ndim != 2 or signs.shape[1] != self.n_neurons:
            raise ShapeError(
                f"`pattern` must have {self.n_neurons} entries, one a neuron; "
                f"got shape {np.shape(pattern)}"
            )
        if not np.isin(signs, (-1, 0, 1)).all():
            values = np.unique(signs[~np.isin(signs, (-1, 0, 1))])
            raise InvalidInputError(f"`pattern` must hold only -1, 0 and +1; got {values[0]}")
        return signs.astype(np.int8)

    def _maps(self, signs: SignArray) -> list[tuple[FloatArray, FloatArray]]:
        """Affine maps of the pre-activations of each hidden layer and of the output."""
        n, start = len(signs), 0
        first = dense(self.weights[0])
        A, c = np.broadcast_to(first, (n, *first.shape)), np.tile(self.biases[0], (n, 1))
        maps = []
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer > 0:
                A, c = times(w, A), c @ w.T + b
            maps.append((A, c))
            if layer < self.n_hidden_layers:
                r = self.rectified[layer]
                gate = np.broadcast_to(self.slopes[layer], c.shape).copy()
                gate[:, r] = np.where(signs[:, start : start + len(r)] > 0, 1.0, gate[:, r])
                start += len(r)
                A, c = A * gate[:, :, None], c * gate
        return maps

    # -- other networks ------------------------------------------------------------------------

    def restrict(self, affine_slice: AffineSlice) -> ReLUNetwork:
        """Return the network as a function of the coordinates t of an affine slice.

        Parameters
        ----------
        affine_slice : AffineSlice
            ``x = origin + basis @ t``.

        Returns
        -------
        ReLUNetwork
            With ``input_dim`` the dimension of the slice.

        Raises
        ------
        InvalidInputError, ShapeError
            If it is no slice, or not one of the input space.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([3, 4, 1], rng=0)
        >>> net.restrict(rg.AffineSlice([0, 0, 1], [[1], [0], [0]])).input_dim
        1
        """
        from .transforms import restricted

        return restricted(self, affine_slice)

    @cached_property
    def parameters(self) -> FloatArray:
        """All parameters as one vector: W0 row by row, b0, W1, b1, ..."""
        pairs = zip(self.weights, self.biases, strict=True)
        parts = [part for w, b in pairs for part in (dense(w).ravel(), b)]
        vector: FloatArray = frozen(np.concatenate(parts))
        return vector

    def with_parameters(self, theta: ArrayLike) -> ReLUNetwork:
        """Return the network of the same shape with other parameters.

        Parameters
        ----------
        theta : array_like, shape (n_parameters,)
            In the order of `parameters`. Layers that are sparse here are sparse there.

        Returns
        -------
        ReLUNetwork

        Raises
        ------
        ShapeError, InvalidInputError
            If ``theta`` has another length, or a number that is not finite.

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([1, 2, 1], rng=0)
        >>> bool((net.with_parameters(2 * net.parameters).biases[0] == 2 * net.biases[0]).all())
        True
        """
        from .transforms import with_parameters

        return with_parameters(self, theta)

    @cached_property
    def magnitudes(self) -> ReLUNetwork:
        """The network with absolute weights and slopes: its maps bound the terms of this one's.

        An entry of `affine_map` is a sum of products; the same entry for this network is the sum
        of their magnitudes, the yardstick for "zero up to rounding".
        """
        from .transforms import magnitudes

        return magnitudes(self)

    def with_decision_layer(self) -> ReLUNetwork:
        """Return the same function with its decision boundary made of neurons.

        A last hidden layer is added that holds every difference of two outputs (the output itself
        when there is one) as a rectified neuron, beside the outputs passed through. On each
        region of the result the predicted class is constant.

        Returns
        -------
        ReLUNetwork

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 4, 3], rng=0)
        >>> net.with_decision_layer().n_neurons - net.n_neurons
        3
        """
        from .transforms import with_decision_layer

        return with_decision_layer(self)

    def with_output_neurons(self, A: ArrayLike, b: ArrayLike) -> ReLUNetwork:
        """Return the same function with affine functions of its output made neurons.

        A last hidden layer is added that holds ``A @ output + b`` as rectified neurons, beside the
        outputs passed through. On each region of the result these functions keep their signs.

        Parameters
        ----------
        A : array_like, shape (m, output_dim)
        b : array_like, shape (m,)

        Returns
        -------
        ReLUNetwork

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.from_weights([[[1.0], [-1.0]], [[1.0, 1.0]]])
        >>> regions = rg.enumerate_regions(net.with_output_neurons([[1.0]], [-2.0]))
        >>> len(regions)  # cut where |x| is 2
        4
        """
        from .transforms import with_output_neurons

        return with_output_neurons(self, A, b)

    def predict(self, X: ArrayLike) -> IntArray:
        """Return the class of each point: argmax, or output > 0 when there is one output.

        Parameters
        ----------
        X : array_like, shape (n, d)

        Returns
        -------
        ndarray of int64, shape (n,)

        Examples
        --------
        >>> import relugeom as rg
        >>> net = rg.ReLUNetwork.random([2, 4, 3], rng=0)
        >>> net.predict([[0.0, 1.0], [1.0, -1.0]])
        array([2, 2])
        """
        output = self(X)
        if self.output_dim == 1:
            return (output[:, 0] > 0).astype(np.int64)
        classes: IntArray = np.argmax(output, axis=1).astype(np.int64)
        return classes
