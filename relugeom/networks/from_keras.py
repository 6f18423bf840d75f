"""Keras models, walked from their outputs back to their input."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import BROKEN, reason
from ..errors import FileFormatError, InvalidInputError, MissingExtraError, UnsupportedError
from . import operators as op
from .keras_layers import LAYERS
from .operators import NoRule
from .program import LOGITS, Program, Value, left_off

if TYPE_CHECKING:
    from .network import ReLUNetwork


def from_keras(model: Any) -> ReLUNetwork:
    """Turn a Keras model into a network, in float64.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional, with one input and one output. Dense, convolutional, pooling,
        padding, reshaping and merging layers, batch normalisation and ReLU-like activations are
        understood. A final softmax or sigmoid is left off, with a warning: the network gives
        logits.

    Returns
    -------
    ReLUNetwork
        Takes and gives tensors flattened in row-major order (channels last, as in Keras).

    Raises
    ------
    UnsupportedError
        If a layer is not piecewise linear, or not known; the message names it.
    MissingExtraError
        If keras is not installed.
    InvalidInputError
        If ``model`` is no built keras.Model.
    """
    keras = _keras()
    if not isinstance(model, keras.Model):
        raise InvalidInputError(f"`model` must be a keras.Model; got {type(model).__name__}")
    if not model.built or not getattr(model, "outputs", None):
        raise InvalidInputError(
            "`model` must be built, Sequential or functional (start it with keras.Input); "
            f"got {type(model).__name__} {model.name!r}"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise UnsupportedError(
            "`model` must have one input and one output; "
            f"got {len(model.inputs)} and {len(model.outputs)}"
        )
    shape = tuple(model.inputs[0].shape)[1:]
    if None in shape:
        raise InvalidInputError(f"`model` must have an input of known shape; got {shape}")
    output = _walk(model, Program((1, *shape)).input, final=True)
    return output.program.network(output)


def load_keras(file: Path) -> ReLUNetwork:
    """Load a ``.keras`` or ``.h5`` file that holds a whole model."""
    keras = _keras()
    if file.suffix == ".keras" and not zipfile.is_zipfile(file):
        raise FileFormatError(f"{file.name} is not a readable keras model: it is no zip archive")
    try:
        model = keras.models.load_model(file, compile=False)
    except BROKEN as error:
        raise FileFormatError(
            f"{file.name} is not a readable keras model: {reason(error)}"
        ) from error
    return from_keras(model)


def _keras() -> Any:
    """Import keras; where the backend it is set to is not installed, with one that is."""
    try:
        import keras
    except ImportError as error:
        if error.name is None or error.name.startswith("keras"):
            raise MissingExtraError("keras", "keras") from error
        backend = next((name for name in ("torch", "jax") if find_spec(name)), None)
        if backend is None:
            raise MissingExtraError(f"{error.name}, torch or jax, for keras", "torch") from error
        for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
            del sys.modules[name]
        os.environ["KERAS_BACKEND"] = backend
        import keras
    return keras


def _walk(model: Any, x: Value, *, final: bool = False) -> Value:
    """Evaluate a model's graph on a tensor of affine functions."""
    known: dict[int, Any] = {id(model.inputs[0]): x}

    def value(tensor: Any) -> Any:
        history = getattr(tensor, "_keras_history", None)
        if history is None:
            return (
                np.asarray(tensor, np.float64) if np.ndim(tensor) or _is_number(tensor) else tensor
            )
        if id(tensor) not in known:
            layer, node, _ = history
            arguments = layer._inbound_nodes[node].arguments
            args = [_mapped(a, value) for a in arguments.args]
            kwargs = {k: _mapped(a, value) for k, a in arguments.kwargs.items()}
            known[id(tensor)] = _apply(layer, args, kwargs, last=final and tensor is out)
        return known[id(tensor)]

    out = _before_reshapes(model.outputs[0])
    result: Value = value(model.outputs[0])
    return result


def _before_reshapes(tensor: Any) -> Any:
    """Return the tensor that a model's output has its entries from."""
    while True:
        layer, node, _ = tensor._keras_history
        if type(layer).__name__ not in ("Reshape", "Flatten", "Identity", "Dropout"):
            return tensor
        tensor = layer._inbound_nodes[node].input_tensors[0]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _mapped(tree: Any, value: Callable[[Any], Any]) -> Any:
    if isinstance(tree, list | tuple):
        return [_mapped(t, value) for t in tree]
    return value(tree)


def _apply(layer: Any, args: list[Any], kwargs: dict[str, Any], *, last: bool) -> Value:
    kind = type(layer).__name__
    try:
        if kind in ("Functional", "Sequential"):
            return _walk(layer, args[0], final=last)
        if kind == "TimeDistributed":
            at = op.places(args[0])
            steps = [args[0].take(at[:, t]) for t in range(at.shape[1])]
            parts = [_apply(layer.layer, [step], {}, last=last) for step in steps]
            return op.concatenate([op.reshape(p, (1, *p.shape)) for p in parts], 1)
        if last and kind.lower() in LOGITS:
            left_off(kind)
            unchanged: Value = args[0]
            return unchanged
        if kind not in LAYERS:
            raise NoRule
        result = LAYERS[kind](layer, args)
        return _activated(result, getattr(layer, "activation", None), last)
    except NoRule as error:
        detail = f" {error}" if str(error) else ""
        raise UnsupportedError(
            f"{kind} ({layer.name!r}){detail} is not a piecewise-linear layer that relugeom knows"
        ) from error


def _activated(x: Value, activation: Any, last: bool) -> Value:
    if activation is None:
        return x
    name = getattr(activation, "__name__", None)
    if name is None:  # a layer used as an activation
        return _apply(activation, [x], {}, last=last)
    if last and name in LOGITS:
        left_off(name)
        return x
    rules: dict[str, Callable[[Value], Value]] = {
        "linear": lambda v: v,
        "relu": op.relu,
        "relu6": lambda v: op.clip(v, 0.0, 6.0),
        "leaky_relu": lambda v: op.relu(v, 0.2),
        "soft_shrink": lambda v: op.soft_shrink(v, 0.5),
        "hard_tanh": lambda v: op.clip(v, -1.0, 1.0),
        "hard_sigmoid": lambda v: op.clip(v.scaled(1 / 6, 0.5), 0.0, 1.0),
    }
    if name not in rules:
        raise NoRule(f"with the activation {name!r}")
    return rules[name](x)
