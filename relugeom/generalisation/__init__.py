"""Generalisation: the measured gap beside bounds on it, random-subspace training, gap studies."""

from .association import GapFit, RankCorrelation, rank_correlation
from .covering import subspace_net
from .growth import growth_bound, log_growth, vc_bound, vc_dimension, vc_dimension_formula
from .measured import Measured, clopper_pearson, measured_gaps
from .norms import golowich, margin_bound, spectral_scale
from .pac_bayes import GibbsBound, gaussian_kl, gibbs_bound, kl_bound, kl_inverse, pinsker_bound
from .report import report
from .study import GapStudy, gap_study
from .subspaces import IntrinsicDimension, intrinsic_dimension, random_subspace
from .table import GeneralisationBound, GeneralisationReport

__all__ = [
    "GapFit",
    "GapStudy",
    "GeneralisationBound",
    "GeneralisationReport",
    "GibbsBound",
    "IntrinsicDimension",
    "Measured",
    "RankCorrelation",
    "clopper_pearson",
    "gap_study",
    "gaussian_kl",
    "gibbs_bound",
    "golowich",
    "growth_bound",
    "intrinsic_dimension",
    "kl_bound",
    "kl_inverse",
    "log_growth",
    "margin_bound",
    "measured_gaps",
    "pinsker_bound",
    "random_subspace",
    "rank_correlation",
    "report",
    "spectral_scale",
    "subspace_net",
    "vc_bound",
    "vc_dimension",
    "vc_dimension_formula",
]
