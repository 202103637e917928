"""How a training loop runs: epochs, learning rate, averaging, when to stop."""

from dataclasses import dataclass

from params.checks import check_positive, check_range


@dataclass(frozen=True)
class LoopSettings:
    """Settings of the training loop.

    Attributes:
        epochs: passes over the data, 1 or more.
        lr: highest learning rate of AdamW, above 0.
        weight_decay: AdamW's, 0 or more.
        warm_up: share of all steps over which the learning rate rises, 0..1; it then falls as a
            cosine.
        clip: largest norm of the gradient, above 0.
        amp: whether to compute in mixed precision on CUDA (bfloat16, or float16 with loss
            scaling on older GPUs).
        seed: of weights and order, 0 or more.
        ema: decay of the weights' moving average, 0..1, which is then what is evaluated; 0: none.
        patience: stop after so many epochs without a better one; 0: never.

    Raises:
        InputError: a value out of its range.
    """

    epochs: int = 20
    lr: float = 3e-4
    weight_decay: float = 0.05
    warm_up: float = 0.05
    clip: float = 1.0
    amp: bool = False
    seed: int = 0
    ema: float = 0.0
    patience: int = 0

    def __post_init__(self) -> None:
        check_range("epochs", self.epochs, 1)
        check_positive("lr", self.lr)
        check_range("weight_decay", self.weight_decay, 0.0)
        check_range("warm_up", self.warm_up, 0.0, 1.0)
        check_positive("clip", self.clip)
        check_range("seed", self.seed, 0)
        check_range("ema", self.ema, 0.0, 1.0)
        check_range("patience", self.patience, 0)
