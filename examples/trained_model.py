"""A scikit-learn pipeline as a network: its regions as a table, its decision surface as a mesh."""

import relugeom as rg
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

data = rg.data.penguins()
X, y = data.X[:, :3], data.y
mlp = MLPClassifier(hidden_layer_sizes=[8, 8], max_iter=2000, random_state=0)
model = make_pipeline(StandardScaler(), mlp).fit(X, y)

net = rg.from_sklearn(model)  # the scaling is part of the first layer
print(net.summary())
print("same classes as the pipeline:", (net.predict(X) == model.predict(X)).all())

regions = rg.enumerate_regions(net, rg.Box.around(X, margin=0.1))
frame = regions.to_pandas(["volume", "gradient_norm", "data_count"], data=X)
print(frame.nlargest(3, "data_count")[["signs", "volume", "gradient_norm", "data_count"]])

surface = regions.adjacency().decision_regions().surface()
print(surface, "area", surface.areas.sum().round(1))
surface.save("decision_surface.ply")  # opens in any 3-D viewer
