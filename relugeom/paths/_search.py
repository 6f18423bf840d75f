"""The search for crossings: compiled where floats are certain, exact where they are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from .. import _threads
from . import _kernel_crossings as kernel
from ._exact import Event, Segment
from ._kernel_quiet import find_quiet
from ._ordering import close_events, in_order, keep_apart, times_before
from ._parameters import HiddenLayers, columns, hidden_layers, layers, preactivations

if TYPE_CHECKING:
    from fractions import Fraction

    from .._check import BoolArray, FloatArray, IntArray
    from ..networks.network import ReLUNetwork
    from ._algebraic import Root
    from .path import OptimizerPath

    Pair: TypeAlias = tuple[int, int]  # step, sample
    Origin: TypeAlias = tuple[int, int, int]  # step; 0 and sample, or a layer whose inputs are 0

#: A row an event. ``t`` may be off by ``error``, or nothing is known if that is negative; for
#: ``source``, what the event depends on, see the kernel.
EVENT = np.dtype(
    [("step", np.int64), ("t", np.float64), ("error", np.float64), ("sample", np.int64),
     ("layer", np.int64), ("neuron", np.int64), ("sign", np.int8), ("source", np.int64)],
    align=True,
)  # fmt: skip
_WINDOW = 8  # steps of one kernel call, and of its interval test
_WORK = 2e8  # floating-point operations of one kernel call, about: the wait of an interrupt
_MEMORY = 2**23  # parameters of one kernel call
_BLOCK = 64, 2**20  # steps and pairs that are put in order together
_EXACT_ERROR = 2.0**-53  # of the float next to an exact time


@dataclass
class ExactBudget:
    """So many more cases are decided without rounding."""

    left: int

    def take(self, n: int = 1) -> bool:
        """Take n of them, if there are so many."""
        if self.left < n:
            return False
        self.left -= n
        return True


class Found(NamedTuple):
    """The events of some steps, in order, and the number of cases left open."""

    steps: range
    events: Any
    undecided: int


class Search:
    """Crossings of one path at some inputs, block after block."""

    def __init__(self, path: OptimizerPath, X: FloatArray, jobs: int, budget: ExactBudget) -> None:
        self._path, self._net, self._jobs, self._budget = path, path.start, jobs, budget
        self._shape = hidden_layers(self._net)
        self._inputs, self._copies, self._first_copy = _distinct(X)
        self._known: dict[Origin, list[Event]] = {}  # of this block, decided exactly
        self._line: tuple[int, Segment] | None = None
        self._decided: dict[int, int] = {}  # the last step of a sample that was decided exactly

    def initial(self) -> tuple[BoolArray, int]:
        """Return which neurons are on at step 0, (n, N), and how many samples are undecided."""
        net, X, (theta,) = self._net, self._inputs, self._parameters(0, 0)
        states = np.empty((len(X), sum(net.widths)), np.bool_)
        segment, size, undecided = None, max(1, 2**22 // states.shape[1]), 0
        for low in range(0, len(X), size):
            states[low : low + size], doubtful = _states(net, theta, X[low : low + size])
            for i in (doubtful + low).tolist():
                segment = segment or Segment(net, theta, theta)
                if self._budget.take():
                    states[i], self._decided[i] = segment.states(X[i]), -1
                else:
                    states[i] = _float_states(net, theta, X[i])
                    undecided += int(np.diff(self._first_copy)[i])
        states = states[:, self._shape.slope != 1.0]
        everywhere = np.empty((len(self._copies), states.shape[1]), np.bool_)
        everywhere[self._copies] = np.repeat(states, np.diff(self._first_copy), axis=0)
        return everywhere, undecided

    def blocks(self, steps: range) -> Iterator[Found]:
        """Yield the events of all the steps, some steps at a time."""
        size = max(1, min(_BLOCK[0], _BLOCK[1] // len(self._inputs)))
        for low in range(steps.start, steps.stop, size):
            yield self._block(range(low, min(low + size, steps.stop)))

    def _block(self, block: range) -> Found:
        cost = 4 * sum(
            (layer + 1) * w * f
            for layer, (w, f) in enumerate(zip(self._shape.width, self._shape.fan_in, strict=True))
        )
        window = max(1, min(_WINDOW, _MEMORY // self._net.n_parameters))
        size = max(64, int(_WORK / cost) // window)
        tasks = [
            (range(low, min(low + window, block.stop)), first)
            for low in range(block.start, block.stop, window)
            for first in range(0, len(self._inputs), size)
        ]
        found: list[Any] = [np.empty(0, EVENT)]
        doubtful: list[Pair] = []
        for events, doubts in _threads.in_order(self._jobs, partial(self._certain, size), tasks):
            found.append(events)
            doubtful += doubts
        undecided = 0
        self._known.clear()
        for step, sample in sorted(doubtful):
            if self._budget.take():
                found.append(self._decide(step, sample))
            else:
                found.append(self._guess(step, sample))
                undecided += int(np.diff(self._first_copy)[sample])
        events = np.concatenate(found)
        events = events[np.lexsort((events["t"], events["step"]))]
        undecided += self._order(events)
        return Found(block, self._copied(events), undecided)

    def _parameters(self, first: int, last: int) -> FloatArray:
        return self._path.canonical(slice(first, last + 1))

    def _segment(self, step: int) -> Segment:
        if self._line is None or self._line[0] != step:
            self._line = step, Segment(self._net, *self._parameters(step, step + 1))
        return self._line[1]

    def _certain(self, size: int, task: tuple[range, int]) -> tuple[Any, list[Pair]]:
        """Return the events of a task, and the pairs (step, sample) that are in doubt."""
        steps, first = task
        theta = self._parameters(steps.start, steps.stop)
        events, doubts = _kernel(self._net, self._shape, theta, self._inputs[first : first + size])
        events["step"] += steps.start
        events["sample"] += first
        return events, [(steps.start + step, first + sample) for step, sample in doubts]

    def _decide(self, step: int, sample: int) -> Any:
        """Return the events of a pair without rounding."""
        events = self._segment(step).events(self._inputs[sample])
        self._known[step, 0, sample] = events
        self._decided[sample] = step
        given = kernel.SAMPLE_ITSELF
        rows = [
            (step, float(e.time), _EXACT_ERROR, sample, e.layer, e.neuron, e.sign, given)
            for e in events
        ]
        return np.array(rows, EVENT)

    def _guess(self, step: int, sample: int) -> Any:
        """Return the events of a pair as floats see them."""
        theta, x = self._parameters(step, step + 1), self._inputs[sample]
        begin, finish = (_float_states(self._net, row, x) for row in theta)
        if self._decided.get(sample) == step - 1:
            begin = Segment(self._net, theta[0], theta[0]).states(x)
        events, _ = _kernel(self._net, self._shape, theta, x[None], begin[None], finish[None])
        events["step"], events["sample"], events["error"] = step, sample, -1.0
        return events

    def _order(self, events: Any) -> int:
        """Put events in the order of their exact times, in place.

        Two of a step get the same ``t`` if and only if they happen at the same moment. Returns the
        number of groups for which this is not known.
        """
        close = close_events(events)
        if not close:
            return 0
        before = times_before(events)
        fresh = np.diff(events["t"], prepend=-1.0) != 0
        fresh |= np.diff(events["step"], prepend=-1) != 0
        undecided = 0
        for low, high in close:
            times = self._times(events[low:high], before[low:high])
            if times is None:
                undecided += 1
                continue
            order, fresh[low:high] = in_order(times)
            events[low:high] = events[low:high][order]
        keep_apart(events, fresh)
        return undecided

    def _times(self, events: Any, before: IntArray) -> list[Root | Fraction] | None:
        """Return the exact times of events of one step, if the budget allows for it."""
        step = int(events["step"][0])
        line, sources = self._segment(step), [self._source(event) for event in events]
        unknown = {source for source in sources if source and source not in self._known}
        if not self._budget.take(len(unknown)):
            return None
        for key in unknown:
            _, first, sample = key
            x = np.zeros(self._shape.fan_in[first]) if first else self._inputs[sample]
            self._known[key] = line.events(x, first)
        times: list[Root | Fraction] = []
        for event, source, nth in zip(events, sources, before, strict=True):
            layer, neuron = int(event["layer"]), int(event["neuron"])
            if source is None:
                x = np.zeros(self._shape.fan_in[layer]) if layer else self._inputs[event["sample"]]
                times.append(line.affine_time(layer, neuron, x))
                continue
            own = [e.time for e in self._known[source] if e[1:3] == (layer, neuron)]
            if source[1] == 0:
                times.append(own[nth])
                continue
            near = [time for time in own if abs(float(time) - event["t"]) <= event["error"]]
            if len(near) != 1:
                return None
            times += near
        return times

    def _source(self, event: Any) -> Origin | None:
        """Return what to search exactly for the time of an event; None where it is rational."""
        source = int(event["step"]), 0, int(event["sample"])
        if source in self._known:
            return source
        if event["layer"] == 0 or event["source"] == kernel.BIAS:
            return None
        return source if event["source"] == 0 else (source[0], int(event["source"]), -1)

    def _copied(self, events: Any) -> Any:
        """Give every copy of an input its events, and sort."""
        copies = np.diff(self._first_copy)[events["sample"]]
        result = np.repeat(events, copies)
        within = np.arange(len(result)) - np.repeat(np.cumsum(copies) - copies, copies)
        result["sample"] = self._copies[self._first_copy[result["sample"]] + within]
        keys = ("neuron", "layer", "sample", "t", "step")
        return result[np.lexsort([result[key] for key in keys])]


def _kernel(
    net: ReLUNetwork,
    shape: HiddenLayers,
    theta: FloatArray,
    X: FloatArray,
    begin: BoolArray | None = None,
    finish: BoolArray | None = None,
) -> tuple[Any, list[Pair]]:
    """Return the events on consecutive steps, and the pairs in doubt; none if states are given."""
    weight = columns(net, theta)
    quiet = np.zeros(len(X), np.bool_)
    with np.errstate(over="ignore"):  # then nothing is certain
        change = np.diff(weight, axis=0)
        if len(change) > 1:
            low, high = weight.min(axis=0), weight.max(axis=0)
            radius = (0.5 + 2.0**-50) * (high - low)
            find_quiet(X, 0.5 * low + 0.5 * high, radius, *shape, quiet)
    none = np.zeros((0, 0), np.bool_)
    rigour = 1.0 if begin is None else 0.0
    first, last = (none, none) if begin is None or finish is None else (begin, finish)
    control = np.zeros(kernel.CONTROL_SIZE, np.int64)
    doubts = np.empty((len(change) * len(X), 2), np.int64)
    events = np.empty(1024, EVENT)
    while True:
        status = kernel.run(
            control, rigour, first, last, weight, change, X, quiet, shape.width, shape.fan_in,
            shape.start, shape.at_unit, shape.slope, events, doubts,
        )  # fmt: skip
        if status == kernel.DONE:
            break
        events = np.concatenate([events, np.empty_like(events)])
    pairs = doubts[: control[kernel.N_DOUBT]].tolist()
    return events[: control[kernel.N_OUT]], [(step, sample) for step, sample in pairs]


def _distinct(X: FloatArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the distinct rows, and where each is found: ``copies[first[i]:first[i + 1]]``."""
    keys = np.ascontiguousarray(X).view(np.dtype((np.void, X.itemsize * X.shape[1])))[:, 0]
    _, first, which, counts = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    place = np.argsort(order)
    start = np.concatenate([[0], np.cumsum(counts[order])])
    return X[first[order]], np.argsort(place[which], kind="stable"), start


def _float_states(net: ReLUNetwork, theta: FloatArray, x: FloatArray) -> BoolArray:
    """Return the states of one sample as floats see them, always in the same order of sums."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.concatenate([z[0, 0] > 0 for z in preactivations(net, theta[None], x[None])])


def _states(net: ReLUNetwork, theta: FloatArray, X: FloatArray) -> tuple[BoolArray, IntArray]:
    """Return the states (n, U), and the rows in which rounding may have turned one over."""
    a, error, doubtful, states = X, np.zeros_like(X), np.zeros(len(X), np.bool_), []
    with np.errstate(over="ignore", invalid="ignore"):
        values = preactivations(net, theta[None], X)
        parts = zip(layers(net, theta)[:-1], values, net.slopes, net.rectified, strict=True)
        for (w, b), (z,), slope, r in parts:
            growth = (w.shape[1] + 8) * 2.0**-52
            terms = ((a != 0) | (error != 0)) @ (w != 0).T.astype(np.float64) + (b != 0)
            error = (error + growth * np.abs(a)) @ np.abs(w).T + growth * np.abs(b)
            doubtful |= (~(np.abs(z) > error) & (terms > 0))[:, r].any(axis=1)
            a, error = np.where(z > 0, z, z * slope), error * np.maximum(1.0, np.abs(slope))
            states.append(z > 0)
    return np.concatenate(states, axis=1), np.flatnonzero(doubtful)
