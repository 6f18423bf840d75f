"""The data set that ships with the package."""

import csv
from importlib.resources import files

import numpy as np
import pytest
from relugeom import data


def test_shape_sums_and_classes():
    table = data.penguins()
    assert table.X.shape == (342, 4) == (len(table), 4)
    assert table.X.dtype == np.float64
    assert table.y.dtype == np.int64
    assert table.class_names == ("Adelie", "Chinstrap", "Gentoo")
    np.testing.assert_array_equal(np.bincount(table.y), [151, 68, 123])
    np.testing.assert_allclose(
        table.X.sum(axis=0), [15021.3, 5865.7, 68713.0, 1437000.0], rtol=1e-13
    )
    assert "CC0" in table.source
    assert "e90081" in table.source


def test_means_published_for_the_species():
    """Mean body mass by species, to the gram, as in the palmerpenguins documentation."""
    table = data.penguins()
    mass = [table.X[table.y == k, 3].mean() for k in range(3)]
    np.testing.assert_allclose(mass, [3700.66, 3733.09, 5076.02], atol=0.01)


def test_against_a_direct_reading_of_the_file():
    lines = files("relugeom.data").joinpath("penguins.csv").read_text().splitlines()
    rows = list(csv.DictReader(line for line in lines if line[0] != "#"))
    table = data.penguins()
    assert len(rows) == len(table)
    for i in (0, 100, 341):
        assert rows[i]["species"] == table.class_names[table.y[i]]
        assert [float(rows[i][name]) for name in table.feature_names] == list(table.X[i])


def test_read_only():
    with pytest.raises(ValueError, match="read-only"):
        data.penguins().X[0, 0] = 1.0
