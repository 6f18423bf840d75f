"""The tensors of a PyTorch module that an optimizer moves, seen as vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import InvalidInputError, UnsupportedError
from .lowering import Layout

#: Names under which optimizers keep averages of gradients, and of their squares.
FIRST, SECOND = ("exp_avg", "momentum_buffer"), ("exp_avg_sq", "square_avg", "sum")


class Tensors:
    """Parameters that an optimizer holds, in the order of the module, and what belongs to them.

    Attributes
    ----------
    layout : Layout
        Of the parameters.
    statistics : Layout
        Of the running statistics of batch normalisation.
    options : dict
        dtype in which all are exact, and their device (the processor if they have several).

    Raises
    ------
    InvalidInputError
        If there is none, or one is not initialised.
    UnsupportedError
        If one is complex.
    """

    def __init__(self, torch: Any, module: Any, optimizer: Any) -> None:
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        named = list(module.named_parameters(remove_duplicate=False))
        for name, p in named:
            if isinstance(p, torch.nn.parameter.UninitializedParameter):
                raise InvalidInputError(
                    f"`module` must be initialised: call it once; got an empty {name!r}"
                )
            if p.is_complex():
                raise UnsupportedError(f"`module` must be real; got a complex {name!r}")
        self.layout, self._parameters = _shared((n, p) for n, p in named if id(p) in held)
        if not self._parameters:
            raise InvalidInputError(
                f"`optimizer` must hold parameters of `module`; got none of its {len(named)}"
            )
        norms = torch.nn.modules.batchnorm._NormBase
        self.statistics, self._statistics = _shared(
            (f"{path}.{name}" if path else name, tensor)
            for path, part in module.named_modules(remove_duplicate=False)
            if isinstance(part, norms)
            for name, tensor in part.named_buffers(recurse=False)
            if tensor.is_floating_point()
        )
        own = {id(t) for t in (*self._parameters, *self._statistics)}
        self._fixed = [
            (name, tensor, tensor._version)
            for name, tensor in (*named, *module.named_buffers())
            if id(tensor) not in own and tensor.is_floating_point()
        ]
        devices = {p.device for p in self._parameters}
        double = any(p.dtype == torch.float64 for p in self._parameters)
        self.options = {
            "dtype": torch.float64 if double else torch.float32,
            "device": devices.pop() if len(devices) == 1 else torch.device("cpu"),
        }
        self._torch, self._optimizer = torch, optimizer
        self._as_they_are = all(
            p.dtype == self.options["dtype"] and p.device == self.options["device"]
            for p in self._parameters
        )
        self._nothing = torch.zeros(1, **self.options)

    def parameters(self, out: Any = None) -> Any:
        """Return the parameters as a vector, or write them into one."""
        return self._joined(self._parameters, out)

    def read_statistics(self, out: Any) -> None:
        """Write running statistics into a vector."""
        self._joined(self._statistics, out)

    def gradients(self, out: Any) -> None:
        """Write gradients into a vector: 0 for a parameter that has none."""
        found = [p.grad for p in self._parameters]
        dense = [g.to_dense() if g is not None and g.is_sparse else g for g in found]
        self._joined(dense, out)

    def moments(self, names: Sequence[str], out: Any = None) -> bool:
        """Write the optimizer's averages of one of these names into a vector, if it has any."""
        states = [self._optimizer.state.get(p, {}) for p in self._parameters]
        found = [next((s[n] for n in names if s.get(n) is not None), None) for s in states]
        fitting = [
            m if m is not None and m.shape == p.shape else None
            for m, p in zip(found, self._parameters, strict=True)
        ]
        if out is not None:
            self._joined(fitting, out)
        return any(m is not None for m in fitting)

    def equal(self, vector: Any) -> bool:
        """Tell whether the parameters are, bit by bit, those of a vector."""
        parts = vector.split([p.numel() for p in self._parameters])
        return all(
            self._torch.equal(part, self._flat(p))
            for part, p in zip(parts, self._parameters, strict=True)
        )

    def moved(self) -> str | None:
        """Return the name of a parameter or buffer that changed though it should not."""
        return next((name for name, t, version in self._fixed if t._version != version), None)

    def _joined(self, tensors: Sequence[Any], out: Any) -> Any:
        flat = [
            self._flat(t) if t is not None else self._nothing.expand(p.numel())
            for t, p in zip(tensors, self._parameters, strict=False)
        ]
        return self._torch.cat(flat, out=out) if out is not None else self._torch.cat(flat)

    def _flat(self, tensor: Any) -> Any:
        flat = tensor.detach().view(-1) if tensor.is_contiguous() else tensor.detach().reshape(-1)
        return flat if self._as_they_are else flat.to(**self.options)


def _shared(named: Iterable[tuple[str, Any]]) -> tuple[Layout, list[Any]]:
    """Return the distinct tensors, with all names of each."""
    names: dict[int, list[str]] = {}
    tensors: dict[int, Any] = {}
    for name, tensor in named:
        names.setdefault(id(tensor), []).append(name)
        tensors[id(tensor)] = tensor
    shapes = tuple(tuple(int(k) for k in t.shape) for t in tensors.values())
    return Layout(tuple(tuple(n) for n in names.values()), shapes), list(tensors.values())
