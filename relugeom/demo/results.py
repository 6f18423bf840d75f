"""What the demo computes, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._check import FloatArray, IntArray
    from ..data import Dataset
    from ..graph.adjacency import RegionGraph
    from ..graph.decision import DecisionRegions
    from ..kakeya import Comparison, PlanarSet
    from ..networks.network import ReLUNetwork
    from ..paths import CrossingBounds, Crossings, DirectionalComplexity, OptimizerPath
    from ..regions.table import Regions

PLANE = (0, 1)  # the two features of the planar network
LEVELS = 8  # of the Perron tree


@dataclass(frozen=True, eq=False)
class Fit:
    """A trained network: its data (standardised), its path, and how well it does."""

    X: FloatArray
    y: IntArray
    X_test: FloatArray
    y_test: IntArray
    path: OptimizerPath

    @property
    def net(self) -> ReLUNetwork:
        """The network after the last step."""
        return self.path.network(-1)

    def about(self) -> dict[str, Any]:
        """Sizes, losses and accuracies."""
        net, loss = self.net, self.path.loss
        assert loss is not None
        return {
            "layers": [net.input_dim, *net.widths, net.output_dim],
            "parameters": net.n_parameters,
            "steps": len(self.path),
            "loss_first": float(loss[0]),
            "loss_last": float(loss[-1]),
            "accuracy_train": float((net.predict(self.X) == self.y).mean()),
            "accuracy_test": float((net.predict(self.X_test) == self.y_test).mean()),
        }


@dataclass(frozen=True, eq=False)
class Results:
    """Everything that the demo computes."""

    seed: int
    data: Dataset
    plane: Fit
    full: Fit
    regions: Regions
    slice_regions: Regions
    graph: RegionGraph
    ends: FloatArray
    way: IntArray
    decision: DecisionRegions
    slice_decision: DecisionRegions
    corners: FloatArray
    events: Crossings
    complexity: DirectionalComplexity
    d_eff: float
    bounds: CrossingBounds
    comparison: Comparison
    tree: PlanarSet
