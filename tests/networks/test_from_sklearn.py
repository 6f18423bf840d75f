"""scikit-learn's perceptrons become networks with the same answers."""

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, UnsupportedError

pytest.importorskip("sklearn")
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:Feature names")
RNG = np.random.default_rng(0)
X = RNG.standard_normal((120, 3)) * [1, 10, 0.1] + [0, 5, 1]
Z = RNG.standard_normal((200, 3)) * [1, 10, 0.1] + [0, 5, 1]


def regressor(**settings):
    return MLPRegressor(hidden_layer_sizes=[8, 6], max_iter=20, random_state=0, **settings)


def classifier(**settings):
    return MLPClassifier(hidden_layer_sizes=[8], max_iter=20, random_state=0, **settings)


def test_regressor():
    model = regressor().fit(X, X[:, 0] * X[:, 1])
    np.testing.assert_allclose(rg.from_sklearn(model)(Z)[:, 0], model.predict(Z), rtol=1e-9)


def test_regressor_of_two_targets():
    model = regressor().fit(X, X[:, :2])
    np.testing.assert_allclose(rg.from_sklearn(model)(Z), model.predict(Z), rtol=1e-9)


def test_classifier_of_two_classes_gives_the_logit():
    model = classifier().fit(X, np.where(X[:, 0] > 0, "yes", "no"))
    net = rg.from_sklearn(model)
    assert net.output_dim == 1
    probability = 1 / (1 + np.exp(-net(Z)[:, 0]))
    np.testing.assert_allclose(probability, model.predict_proba(Z)[:, 1], rtol=1e-9)
    assert (model.classes_[net.predict(Z)] == model.predict(Z)).all()


def test_classifier_of_three_classes_gives_logits():
    model = classifier().fit(X, np.digitize(X[:, 0], [-0.5, 0.5]))
    net = rg.from_sklearn(model)
    soft = np.exp(net(Z)) / np.exp(net(Z)).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(soft, model.predict_proba(Z), rtol=1e-9)
    assert (net.predict(Z) == model.predict(Z)).all()


@pytest.mark.parametrize(
    "scalers",
    [
        [StandardScaler()],
        [StandardScaler(with_mean=False)],
        [MinMaxScaler((-1, 1))],
        [MaxAbsScaler()],
        [RobustScaler()],
        [MinMaxScaler(), "passthrough", StandardScaler()],
        [make_pipeline(StandardScaler(), "passthrough"), PCA(2)],
        [PCA(whiten=True), MaxAbsScaler()],
    ],
    ids=str,
)
def test_pipelines_fold_their_scaling_in(scalers):
    model = make_pipeline(*scalers, regressor()).fit(X, X[:, 0])
    np.testing.assert_allclose(rg.from_sklearn(model)(Z)[:, 0], model.predict(Z), rtol=1e-9)


def test_the_best_of_a_search():
    model = make_pipeline(StandardScaler(), regressor())
    search = GridSearchCV(model, {"mlpregressor__alpha": [0.0, 1.0]}, cv=2).fit(X, X[:, 0])
    np.testing.assert_allclose(rg.from_sklearn(search)(Z)[:, 0], search.predict(Z), rtol=1e-9)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (regressor(), "fitted"),
        (regressor(activation="tanh"), "'tanh': the model is not piecewise linear"),
        (regressor(activation="identity"), "'identity': the model is affine"),
        (LogisticRegression(), "must be an MLPClassifier.*; got LogisticRegression"),
        (make_pipeline(PolynomialFeatures(), regressor()), "PolynomialFeatures"),
        (make_pipeline(MinMaxScaler(clip=True), regressor()), "without clip"),
        ("a string", "must be an MLPClassifier.*; got str"),
    ],
)
def test_models_that_are_no_relu_networks(model, words):
    if hasattr(model, "steps"):
        model.fit(X, X[:, 0])
    with pytest.raises((UnsupportedError, InvalidInputError), match=words):
        rg.from_sklearn(model)
