"""Warnings that are said once."""

import logging

import pytest

from params.warn_once import warn_once

log = logging.getLogger("test of warnings")


def test_once_each(caplog: pytest.LogCaptureFixture) -> None:
    for line in ("one: 100 %s", "other", "one: 100 %s"):
        warn_once(log, line)
    told = [(record.name, record.levelname, record.getMessage()) for record in caplog.records]
    assert told == [(log.name, "WARNING", line) for line in ("one: 100 %s", "other")]
