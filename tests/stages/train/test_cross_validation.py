"""The epoch of an adapter chosen by pictures that are left out in turn."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import torch

import run.lora_finetune
import stages.train.cross_validation
import stages.train.judge
from dataset.edit_groups import group_numbers
from dataset.manifest import read_manifest, write_manifest
from dataset.synthetic.make_set import Recipe, make_set
from model.autopilot import AutoPilotRegressor
from model.config import AutoPilotConfig, BackboneConfig
from params.files import InputError
from stages.train.cross_validation import STATE, LeftOut, _Fold, _together
from stages.train.settings import FOLDS, FOLDS_TABLE, LoraSettings

EPOCHS = 3
OPTIONS = "--batch-size 2 --lora-rank 2 --workers 0 --device cpu --lr 0.01 --train-heads"
Trainer = stages.train.cross_validation.Trainer


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Path:
    """Eight edits to learn from, and none held out."""
    folder = tmp_path_factory.mktemp("set")
    made = make_set(Recipe(12, ("airy",), splits=("training",), process=1), folder)
    file = folder / "some.jsonl"
    write_manifest(file, [e for e in made if e.split == "training"][:8])
    return file


def call(manifest: Path, checkpoint: Path, output: Path, *more: object) -> int:
    words = ["--manifest", manifest, "--checkpoint", checkpoint, "--output", output]
    words += ["--cache", manifest.parent / "cache", *OPTIONS.split(), *more]
    return run.lora_finetune.main([str(word) for word in words])


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / FOLDS_TABLE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def weights(file: Path) -> dict[str, torch.Tensor]:
    return torch.load(file, weights_only=True)["lora_state"]


def same(one: Path, other: Path) -> bool:
    a, b = weights(one), weights(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture(scope="module")
def whole(manifest, checkpoint, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    assert call(manifest, checkpoint, folder, "--epochs", EPOCHS, "--folds", 2) == 0
    return folder


def test_the_best_epoch_is_taken(manifest, checkpoint, whole, tmp_path) -> None:
    rows = table(whole)
    assert [(row["fold"], row["epoch"]) for row in rows] == [
        (str(fold), str(epoch)) for fold in (1, 2) for epoch in range(1, EPOCHS + 1)
    ]
    sums = [  # the folds are of one size
        sum(float(row["loss"]) for row in rows if int(row["epoch"]) == epoch)
        for epoch in range(1, EPOCHS + 1)
    ]
    best = sums.index(min(sums)) + 1
    assert torch.load(whole / "lora_best.pt", weights_only=True)["epoch"] == best
    assert not (whole / f"lora_epoch{best + 1:03d}.pt").exists()
    # Looking at folds first changes nothing of the run itself.
    plain = tmp_path / "plain"
    assert call(manifest, checkpoint, plain, "--epochs", EPOCHS, "--folds", 0) == 0
    assert not (plain / FOLDS_TABLE).exists()
    assert same(plain / f"lora_epoch{best:03d}.pt", whole / "lora_best.pt")


def test_it_is_judged_by_what_was_left_out(manifest, checkpoint, tmp_path, capsys) -> None:
    assert call(manifest, checkpoint, tmp_path, "--epochs", 1, "--folds", 2) == 0
    said = capsys.readouterr().err
    assert "cross-validation: epoch 1 of 1 is best" in said
    assert "on 8 pictures left out in turn" in said
    assert call(manifest, checkpoint, tmp_path, "--epochs", 1) == 0
    said = capsys.readouterr().err
    assert "nobody can say" in said
    assert "cross-validation" not in said
    # What the earlier run has left lies with it.
    assert (tmp_path / "earlier_001" / FOLDS_TABLE).is_file()
    assert not (tmp_path / FOLDS_TABLE).exists()


def test_no_model_is_judged_by_what_it_learnt(manifest, checkpoint, tmp_path, monkeypatch) -> None:
    seen = []
    real = Trainer.run

    def watched(self, train, val, on_epoch):
        if val is not None:
            seen.append((train.dataset.entries, val.dataset.entries))
        return real(self, train, val, on_epoch)

    monkeypatch.setattr(Trainer, "run", watched)
    entries = read_manifest(manifest)
    # Two edits of one source say one thing.
    for entry in entries[:2]:
        entry.fields["source"] = "one"
    pairs = tmp_path / "pairs.jsonl"
    for entry in entries:
        for name in ("data", "raw", "tif", "preview"):
            if isinstance(entry.fields.get(name), str):
                entry.fields[name] = str(entry.path(name))
    write_manifest(pairs, entries)
    words = ("--cache", manifest.parent / "cache", "--epochs", 1, "--folds", 3)
    assert call(pairs, checkpoint, tmp_path / "out", *words) == 0
    assert len(seen) == 3
    left = [entry.id for _, out in seen for entry in out]
    assert sorted(left) == sorted(entry.id for entry in entries)
    for learnt, out in seen:
        both = [*learnt, *out]
        groups = group_numbers(both)
        assert set(groups[: len(learnt)]).isdisjoint(groups[len(learnt) :])
        assert len(both) == 8


def test_broken_off_it_goes_on(manifest, checkpoint, whole, tmp_path, monkeypatch, capsys) -> None:
    real, runs = Trainer.run, []

    def killed(self, train, val, on_epoch):
        runs.append(len(train.dataset))
        if len(runs) == 2:
            raise KeyboardInterrupt
        return real(self, train, val, on_epoch)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "run", killed)
        assert call(manifest, checkpoint, tmp_path, "--epochs", EPOCHS, "--folds", 2) == 130
    assert (tmp_path / STATE).is_file()
    capsys.readouterr()
    again = ("--epochs", EPOCHS, "--folds", 2, "--resume")
    assert call(manifest, checkpoint, tmp_path, *again) == 0
    said = capsys.readouterr().err
    assert "fold 2 of 2" in said
    assert "fold 1 of 2" not in said
    assert same(tmp_path / "lora_best.pt", whole / "lora_best.pt")
    assert (tmp_path / FOLDS_TABLE).read_bytes() == (whole / FOLDS_TABLE).read_bytes()
    # Done, nothing is done again; for another recipe all of it is.
    assert call(manifest, checkpoint, tmp_path, *again) == 0
    assert "fold 1" not in capsys.readouterr().err
    key = json.loads(torch.load(tmp_path / STATE, weights_only=True)["key"])
    assert key["epochs"] == EPOCHS
    assert len(key["ids"]) == 8


@pytest.mark.parametrize("content", [b"", b"no torch file", None])
def test_a_damaged_file_is_made_anew(
    manifest, checkpoint, whole, tmp_path, capsys, content
) -> None:
    if content is None:
        torch.save({"key": 3, "folds": "x"}, tmp_path / STATE)
    else:
        (tmp_path / STATE).write_bytes(content)
    again = ("--epochs", EPOCHS, "--folds", 2, "--resume")
    assert call(manifest, checkpoint, tmp_path, *again) == 0
    assert "fold 1 of 2" in capsys.readouterr().err
    assert same(tmp_path / "lora_best.pt", whole / "lora_best.pt")


def test_too_few_pictures(manifest, checkpoint, tmp_path, capsys) -> None:
    words = ("--epochs", 1, "--folds", 5)
    assert call(manifest, checkpoint, tmp_path, *words) == 0
    assert "too few for it" in capsys.readouterr().err
    assert not (tmp_path / STATE).exists()
    assert (tmp_path / "lora_best.pt").is_file()


def test_pictures_come_in_their_own_order() -> None:
    def fold(left: list[int], losses: list[float]) -> _Fold:
        answers = torch.tensor([[10.0 * epoch + i for i in left] for epoch in (1, 2)])
        return _Fold(
            torch.tensor(left), torch.tensor(losses), {"x": answers}, {"x": torch.tensor(len(left))}
        )

    found = _together([fold([1, 3, 4], [1.0, 2.0]), fold([0, 2], [4.0, 1.0])], 5)
    assert found.losses.tolist() == pytest.approx([(3 + 8) / 5, (6 + 2) / 5])
    assert found.epoch == 2
    # Each as at the epoch that is best for the other fold: 2 for the first, 1 for the second.
    assert [float(found.answer(i)["x"]) for i in range(5)] == [10.0, 21.0, 12.0, 23.0, 24.0]
    assert [int(found.preset(i)["x"]) for i in range(5)] == [2, 3, 2, 3, 3]
    assert str(LeftOut(torch.tensor([0.5, 0.75]), {}, {})).endswith(
        "epoch 1 of 2 is best, loss 0.5000 on pictures left out; 0.7500 after all"
    )


def test_another_recipe_has_folds_of_its_own(manifest, checkpoint, whole, tmp_path, capsys) -> None:
    shutil.copy(whole / STATE, tmp_path)
    words = ("--epochs", EPOCHS, "--folds", 2, "--resume")
    assert call(manifest, checkpoint, tmp_path, *words, "--weight-decay", 0.3) == 0
    assert "fold 1 of 2" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["losses", "nan", "answers", "preset", "short", "left"])
def test_folds_that_are_not_whole_are_made_anew(
    manifest, checkpoint, whole, tmp_path, capsys, wrong
) -> None:
    content = torch.load(whole / STATE, weights_only=True)
    fold = content["folds"][0]
    change = {
        "losses": {"losses": [1.0] * EPOCHS},
        "nan": {"losses": torch.full((EPOCHS,), torch.nan)},
        "answers": {"answers": {}},
        "preset": {"preset": {name: torch.zeros(3) for name in fold["preset"]}},
        "short": {"losses": fold["losses"][:1]},
        "left": {"left": fold["left"] + 1},
    }
    torch.save(content | {"folds": [fold | change[wrong]]}, tmp_path / STATE)
    again = ("--epochs", EPOCHS, "--folds", 2, "--resume")
    assert call(manifest, checkpoint, tmp_path, *again) == 0
    assert "fold 1 of 2" in capsys.readouterr().err
    assert same(tmp_path / "lora_best.pt", whole / "lora_best.pt")


def test_patience_ends_no_fold(manifest, checkpoint, tmp_path) -> None:
    """Losses of a rate of next to nothing hardly fall: patience would end each at once."""
    words = ("--epochs", 4, "--folds", 2, "--patience", 1, "--lr", 1e-12)
    assert call(manifest, checkpoint, tmp_path, *words) == 0
    assert len(table(tmp_path)) == 8


def test_what_has_learnt_too_long_is_not_gone_on_with(
    manifest, checkpoint, tmp_path, monkeypatch, capsys
) -> None:
    assert call(manifest, checkpoint, tmp_path, "--epochs", EPOCHS, "--folds", 0) == 0
    monkeypatch.setattr(LeftOut, "epoch", property(lambda _: 1))
    capsys.readouterr()
    words = ("--epochs", EPOCHS, "--folds", 2, "--resume")
    assert call(manifest, checkpoint, tmp_path, *words) == 1
    assert f"trained for {EPOCHS} epochs, and by cross-validation 1 are best" in (
        capsys.readouterr().err
    )


def test_an_adapter_is_held_against_the_preset_of_what_it_knew(monkeypatch) -> None:
    """Of a picture left out neither has seen anything."""
    seen = []
    monkeypatch.setattr(stages.train.judge, "samples_of", lambda batches: batches)
    monkeypatch.setattr(stages.train.judge, "denormalize_edit", dict)
    monkeypatch.setattr(stages.train.judge, "edit_groups", lambda e: torch.arange(len(e)))

    def errors(entry, answer, preset, model):
        seen.append((entry, answer["x"].item(), preset["x"].item()))
        return 1.0, 2.0

    monkeypatch.setattr(stages.train.judge, "_errors", errors)

    class Learnt:
        entries = tuple("abcdef")

        def __len__(self) -> int:
            return len(self.entries)

        def mean_params(self) -> dict[str, torch.Tensor]:
            return {"x": torch.tensor(9.0)}

    train = Learnt()
    left_out = LeftOut(torch.ones(1), {"x": torch.arange(6.0)}, {"x": torch.arange(6.0) + 0.5})
    model = AutoPilotRegressor(AutoPilotConfig(BackboneConfig("test_vit", image_size=32)))
    said = stages.train.judge.judge(model, train, None, torch.device("cpu"), left_out=left_out)
    assert seen == [(name, float(i), i + 0.5) for i, name in enumerate("abcdef")]
    assert "on 6 pictures left out in turn" in said


def test_who_gets_it() -> None:
    base = LoraSettings(checkpoint=Path("base.pt"))
    folds = {
        (count, held): base.for_pictures(count, held).folds
        for count, held in ((8, 0), (200, 19), (201, 0), (50, 20))
    }
    assert folds == {(8, 0): FOLDS, (200, 19): FOLDS, (201, 0): 0, (50, 20): 0}
    # Who says how long it takes, or how it is chosen, gets that.
    assert LoraSettings(checkpoint=Path("base.pt"), epochs=5).for_pictures(8).folds == 0
    assert LoraSettings(checkpoint=Path("base.pt"), folds=5).for_pictures(900).folds == 5
    for wrong in (1, 21, -1):
        with pytest.raises(InputError, match="folds"):
            LoraSettings(checkpoint=Path("base.pt"), folds=wrong)
