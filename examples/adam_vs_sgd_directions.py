"""Does Adam use fewer directions than SGD? Paired runs, at equal steps and equal loss, with nulls.

A seed fixes the half of the birds to train on, the start and the mini-batches of all its runs.
The number of seeds may be given as an argument.
"""

import sys
from itertools import product

import numpy as np
import relugeom as rg
from relugeom.kakeya.spectra import effective_dimension, spectrum
from relugeom.paths.turning import turning_angles
from scipy.stats import ttest_1samp

SEEDS = range(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
RATES = {"sgd": (0.03, 0.1, 0.3), "momentum": (0.003, 0.01, 0.03), "adam": (0.001, 0.003, 0.01)}
STEPS, LOSS = 200, 0.05  # where runs are compared
MEASURES = ("participation", "N(0.5 rad)", "mean turn")

data = rg.data.penguins()
X = (data.X - data.X.mean(axis=0)) / data.X.std(axis=0)


def measures(vectors):
    """Return participation ratio of the unit vectors, N(0.5 rad), mean angle between successive."""
    number = len(rg.kakeya.DirectionSet(vectors).packing(0.5))
    participation = effective_dimension(spectrum(vectors, "unit"), "participation")
    return participation, number, turning_angles(vectors).mean()


def beside_null(vectors, beta):
    """Return the measures, and their means in averages of noise with momentum ``beta``."""
    lengths, dim = np.linalg.norm(vectors, axis=1), vectors.shape[1]
    draws = [measures(rg.kakeya.nulls.ema(lengths, dim, beta, rng)) for rng in range(2)]
    return np.array([measures(vectors), np.mean(draws, axis=0)])


runs, about, shown = {}, {}, {}
for seed, optimizer, speed in product(SEEDS, RATES, range(3)):
    order = np.random.default_rng(seed).permutation(len(X))
    half, rest = order[: len(X) // 2], order[len(X) // 2 :]
    path = rg.train(
        rg.ReLUNetwork.random([4, 16, 16, 3], rng=seed), X[half], data.y[half],
        optimizer=optimizer, loss="cross_entropy", steps=600, batch_size=32,
        lr=RATES[optimizer][speed], rng=seed,
    )  # fmt: skip
    shown.setdefault((optimizer, speed), path)
    reached = np.flatnonzero(path.loss <= LOSS)
    for at, t in (("steps", STEPS), ("loss", reached[0] if len(reached) else 0)):
        if t < 20:
            continue  # too few to tell directions: counted by "runs" below
        key = at, optimizer, speed, seed
        runs[*key, "updates"] = beside_null(path.updates[:t], 0.0 if optimizer == "sgd" else 0.9)
        runs[*key, "gradients"] = beside_null(path.gradients[:t], 0.0)
        pairs = [(X[rows], data.y[rows]) for rows in (half, rest)]
        gaps = rg.generalisation.measured_gaps(path.network(int(t)), *pairs)
        about[key] = t, path.loss[t], gaps[0].gap, gaps[-1].gap  # of the 0-1 loss, of the entropy

print("directions of the updates, means over seeds; in brackets the null of the optimizer")
print(
    f"{'at equal':9}{'run':20}{'runs':>5}{'steps':>7}{'loss':>8}{'gap 0-1':>9}{'entropy':>9}",
    end="",
)
print("".join(f"{name:>20}" for name in MEASURES))
for at, optimizer, speed in product(("steps", "loss"), RATES, range(3)):
    keys = [key for key in about if key[:3] == (at, optimizer, speed)]
    if keys:
        t, loss, *gaps = np.mean([about[key] for key in keys], axis=0)
        name = f"{optimizer}, lr {RATES[optimizer][speed]:g}"
        seen, null = np.mean([runs[*key, "updates"] for key in keys], axis=0)
        cells = "".join(f"{f'{s:.3g} [{n:.3g}]':>20}" for s, n in zip(seen, null, strict=True))
        print(f"{at:9}{name:20}{len(keys):5}{t:7.0f}{loss:8.3f}{gaps[0]:9.3f}{gaps[1]:9.3f}{cells}")

print(
    "\nratios, paired within seed and speed: geometric mean, 95 % t interval over seeds, each alone"
)
print(f"{'at equal':9}{'ratio':17}{'of':11}{'measure':15}{'observed':>22}{'relative to null':>22}")
answers = {}
for at, other, of in product(("steps", "loss"), ("sgd", "momentum"), ("updates", "gradients")):
    logs = []  # of one seed: mean over the learning rates that both reach
    for seed in SEEDS:
        pairs = [[runs.get((at, o, s, seed, of)) for o in ("adam", other)] for s in range(3)]
        both = [
            np.log(adam / base) for adam, base in pairs if adam is not None and base is not None
        ]
        if both:
            seen, null = np.mean(both, axis=0)
            logs.append([seen, seen - null])
    tests = ttest_1samp(logs, 0.0).confidence_interval(0.95)
    ratios = np.exp([np.mean(logs, axis=0), tests.low, tests.high])
    for i, name in enumerate(MEASURES):
        cells = [f"{m:.2f} ({low:.2f} to {high:.2f})" for m, low, high in ratios[:, :, i].T]
        print(f"{at:9}{'adam / ' + other:17}{of:11}{name:15}{cells[0]:>22}{cells[1]:>22}")
    answers[at, other, of] = ratios[:, :, 0].T

print("\nDoes Adam use fewer directions? By participation ratio:")
for (at, other, of), cells in answers.items():
    words = []
    for ratio, low, high in cells:
        word = "fewer" if high < 1 else "more" if low > 1 else "no difference seen"
        words.append(f"{word} ({ratio:.2f}, {low:.2f} to {high:.2f})")
    print(f"  than {other}, {of} at equal {at}: {words[0]}; relative to their nulls: {words[1]}")

print("\nAnd does it generalise better? Gap of the entropy, adam less the other, 95 % interval:")
for at, other in product(("steps", "loss"), ("sgd", "momentum")):
    differences = []
    for seed in SEEDS:
        pairs = [[about.get((at, o, s, seed)) for o in ("adam", other)] for s in range(3)]
        both = [pair[0][3] - pair[1][3] for pair in pairs if None not in pair]
        if both:
            differences.append(np.mean(both))
    low, high = ttest_1samp(differences, 0.0).confidence_interval(0.95)
    print(f"  {other} at equal {at}: {np.mean(differences):+.3f} ({low:+.3f} to {high:+.3f})")

print(f"\nThe first {STEPS} steps of two of the runs beside Kakeya-type bounds:")
for optimizer, beta in (("sgd", 0.0), ("adam", 0.9)):
    updates = shown[optimizer, 1].updates[:STEPS]
    print(optimizer, *rg.kakeya.compare(updates, ranks=2, beta=beta).verdict, sep="\n  ")
