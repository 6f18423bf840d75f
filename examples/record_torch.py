"""A PyTorch loop, with a skip connection and a schedule, recorded as it runs."""

import relugeom as rg
import torch

data = rg.data.penguins()
X = (data.X - data.X.mean(axis=0)) / data.X.std(axis=0)
inputs, labels = torch.tensor(X, dtype=torch.float32), torch.tensor(data.y)


class Residual(torch.nn.Module):
    """Two hidden layers, the first passed on to the output."""

    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(4, 16), torch.nn.Linear(16, 16)
        self.last = torch.nn.Linear(16, 3)

    def forward(self, x):
        """Return logits."""
        h = torch.relu(self.first(x))
        return self.last(h + torch.relu(self.second(h)))


torch.manual_seed(0)
model = Residual()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 150)

with rg.record(model, optimizer, moments=True, file="run.npz") as recorder:
    for _ in range(150):
        batch = torch.randperm(len(X))[:64]
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs[batch]), labels[batch])
        loss.backward()
        recorder.log(loss=loss, batch=batch)
        optimizer.step()
        schedule.step()

path = rg.load_path("run.npz")
print(path, f"loss {path.loss[0]:.3f} to {path.loss[-1]:.3f}")
print("learning rate", path.learning_rates[[0, 75, 149], 0].round(4))
print("tensors:", ", ".join(f"{names[0]} {shape}" for names, shape in
                            zip(path.layout.names, path.layout.shapes, strict=True)))  # fmt: skip
print("its canonical form:", path.start)
print(rg.crossings(path, X))

complexity = rg.directional_complexity(path, rng=0)
print(complexity)
