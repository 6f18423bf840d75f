"""Multi-layer perceptrons of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._lazy import optional
from ..errors import InvalidInputError, UnsupportedError
from .network import ReLUNetwork


def from_sklearn(model: Any) -> ReLUNetwork:
    """Turn a fitted scikit-learn MLP, or a pipeline that ends in one, into a network.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, Pipeline or search over them
        Hidden activation ``relu``. A pipeline may prepare the inputs first, with StandardScaler,
        MinMaxScaler, MaxAbsScaler, RobustScaler or PCA; that becomes part of the first layer. Of a
        search (GridSearchCV, ...) the best estimator is taken.

    Returns
    -------
    ReLUNetwork
        Of a classifier, the network gives what goes into its logistic or softmax function
        (logits), so that `ReLUNetwork.predict` is the place in ``model.classes_``.

    Raises
    ------
    UnsupportedError
        If the model, its activation or a step of the pipeline is not of these.
    InvalidInputError
        If the model is not fitted.

    Examples
    --------
    >>> import relugeom as rg
    >>> mlp = __import__("pytest").importorskip("sklearn.neural_network")
    >>> model = mlp.MLPRegressor(hidden_layer_sizes=[8], max_iter=1000, tol=1e-2, random_state=0)
    >>> rg.from_sklearn(model.fit([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 0.0, 1.0]))
    ReLUNetwork(2-8-1, 8 neurons)
    """
    neural_network, pipeline = (
        optional(f"sklearn.{name}", "sklearn", "scikit-learn")
        for name in ("neural_network", "pipeline")
    )

    def steps(part: Any) -> list[Any]:
        if isinstance(part, pipeline.Pipeline):
            return [inner for _, step in part.steps for inner in steps(step)]
        return [] if part is None or part == "passthrough" else [part]

    *before, mlp = steps(getattr(model, "best_estimator_", model)) or [model]
    if not isinstance(mlp, neural_network.MLPClassifier | neural_network.MLPRegressor):
        raise UnsupportedError(
            "`model` must be an MLPClassifier, an MLPRegressor, or a pipeline that ends in one; "
            f"got {type(mlp).__name__}"
        )
    if mlp.activation != "relu":
        kind = "affine" if mlp.activation == "identity" else "not piecewise linear"
        raise UnsupportedError(
            f"`activation` must be 'relu'; got {mlp.activation!r}: the model is {kind}"
        )
    if "coefs_" not in vars(mlp):
        raise InvalidInputError("`model` must be fitted; got one on which fit was not called")
    weights = [np.asarray(w, np.float64).T for w in mlp.coefs_]
    biases = [np.asarray(b, np.float64) for b in mlp.intercepts_]
    for step in reversed(before):
        matrix, shift = _affine(step, weights[0].shape[1])
        biases[0] = biases[0] + weights[0] @ shift
        weights[0] = weights[0] @ matrix if matrix.ndim == 2 else weights[0] * matrix
    return ReLUNetwork.from_weights(weights, biases)


def _affine(scaler: Any, n: int) -> tuple[Any, Any]:
    """Return what a step does: ``matrix @ x + shift``, or ``factor * x + shift``; n outputs."""
    one, zero = np.ones(n), np.zeros(n)

    def fitted(name: str, default: Any) -> Any:
        value = getattr(scaler, name)
        return default if value is None else np.asarray(value, np.float64)

    kind = type(scaler).__name__
    try:
        if kind == "StandardScaler":
            factor = 1.0 / fitted("scale_", one)
            return factor, -fitted("mean_", zero) * factor if scaler.with_mean else zero
        if kind == "MinMaxScaler" and not scaler.clip:
            return fitted("scale_", one), fitted("min_", zero)
        if kind == "MaxAbsScaler" and not getattr(scaler, "clip", False):
            return 1.0 / fitted("scale_", one), zero
        if kind == "RobustScaler":
            factor = 1.0 / fitted("scale_", one)
            return factor, -fitted("center_", zero) * factor
        if kind == "PCA":
            matrix = fitted("components_", None)
            if scaler.whiten:
                matrix = matrix / np.sqrt(fitted("explained_variance_", one))[:, None]
            return matrix, -matrix @ fitted("mean_", zero)
    except AttributeError as error:
        raise InvalidInputError(f"`model` must be fitted; got a {kind} that is not") from error
    raise UnsupportedError(
        "`model` must have only affine steps that relugeom knows (StandardScaler, MinMaxScaler or "
        f"MaxAbsScaler without clip, RobustScaler, PCA); got {kind}"
    )
