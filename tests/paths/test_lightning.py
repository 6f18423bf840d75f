"""The callback records what a Lightning trainer does."""

import sys

import numpy as np
import pytest
import relugeom as rg
from relugeom.errors import InvalidInputError, MissingExtraError

torch = pytest.importorskip("torch")
X = torch.linspace(-1, 1, 64).reshape(32, 2)


def test_without_lightning_the_callback_names_the_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "relugeom.paths.lightning", raising=False)
    from relugeom.paths.lightning import RecordCallback

    with pytest.raises(MissingExtraError, match="lightning"):
        RecordCallback()
    monkeypatch.undo()
    sys.modules.pop("relugeom.paths.lightning", None)


@pytest.fixture
def run():
    lightning = pytest.importorskip("lightning.pytorch")
    from relugeom.paths.lightning import RecordCallback

    class Model(lightning.LightningModule):
        def __init__(self, fail=-1):
            super().__init__()
            self.model = torch.nn.Sequential(
                torch.nn.Linear(2, 6), torch.nn.ReLU(), torch.nn.Linear(6, 1)
            )
            self.seen, self.losses, self.fail = [], [], fail

        def training_step(self, batch, index):
            if index == self.fail:
                raise ValueError("no more")
            self.seen.append(torch.nn.utils.parameters_to_vector(self.parameters()).tolist())
            loss = (self.model(batch[0]) - batch[0][:, :1].abs()).square().mean()
            self.losses.append(loss.item())
            return loss

        def configure_optimizers(self):
            optimizer = torch.optim.AdamW(self.parameters(), lr=0.05)
            rate = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
            return [optimizer], [{"scheduler": rate, "interval": "step"}]

    def train(fail=-1, callback=None, **options):
        torch.manual_seed(0)
        model = Model(fail)
        callback = callback or RecordCallback("model", gradients=True)
        data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X), batch_size=4)
        trainer = lightning.Trainer(
            max_epochs=1, callbacks=[callback], accelerator="cpu", logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
            **options,
        )  # fmt: skip
        try:
            trainer.fit(model, data)
        finally:
            train.model, train.callback = model, callback
        return callback.path, model

    return train


pytestmark = pytest.mark.filterwarnings("default")  # Lightning has many


def test_a_run_is_recorded_with_its_losses_and_rates(run):
    path, model = run()
    assert (len(path), path.complete, path.optimizer) == (8, True, "adamw")
    np.testing.assert_array_equal(path.parameters[:-1], np.array(model.seen, np.float32))
    np.testing.assert_allclose(path.loss, model.losses, rtol=1e-6)
    np.testing.assert_allclose(path.learning_rates[:, 0], 0.05 * 0.5 ** np.arange(8), rtol=1e-9)
    assert path.start.widths == (6,)
    assert rg.crossings(path, X.numpy()).n_steps == 8


def test_accumulated_and_clipped_gradients(run):
    path, _ = run(accumulate_grad_batches=2, gradient_clip_val=0.01)
    assert len(path) == 4
    np.testing.assert_allclose(np.linalg.norm(path.gradients, axis=1), 0.01, rtol=1e-3)


def test_a_run_that_fails_keeps_its_path(run):
    with pytest.raises(ValueError, match="no more"):
        run(fail=5)
    path = run.callback.path
    assert (len(path), path.status) == (5, "failed")


def test_bad_use(run):
    from relugeom.paths.lightning import RecordCallback

    with pytest.raises(InvalidInputError, match="after `Trainer"):
        RecordCallback().path  # noqa: B018
    with pytest.raises(InvalidInputError, match="trainer's 1"):
        run(callback=RecordCallback(optimizer=1))
