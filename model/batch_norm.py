"""Batch norms while training: frozen ones, and batches too small to have statistics."""

from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def set_train_mode(model: nn.Module) -> None:
    """model.train(), but frozen batch norms keep their statistics: they belong to the base."""
    model.train()
    for module in _norms(model):
        if not any(parameter.requires_grad for parameter in module.parameters()):
            module.eval()


def allow_lone_pictures(model: nn.Module) -> None:
    """Let batch norms take a batch that has one value a channel.

    That is a single picture, the last of an epoch or of a process's share, where a map is one
    pixel large or an encoder's attention takes each channel's mean. Such a value has no
    statistics: those of the batches before are used, as they are when the model is asked.
    """
    for module in _norms(model):
        if not hasattr(module, "lone_picture"):
            module.lone_picture = False
            module.register_forward_pre_hook(_use_running)
            module.register_forward_hook(_go_on, always_call=True)


def _norms(model: nn.Module) -> list[Any]:
    return [module for module in model.modules() if isinstance(module, _BatchNorm)]


def _use_running(module: Any, inputs: tuple[Any, ...]) -> None:
    values = inputs[0]
    lone = values.numel() == values.shape[1]
    module.lone_picture = bool(module.training and lone and module.running_mean is not None)
    if module.lone_picture:
        module.eval()


def _go_on(module: Any, *_: Any) -> None:
    if module.lone_picture:
        module.train()
