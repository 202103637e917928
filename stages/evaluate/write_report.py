"""The files of an evaluation: figures, table, page, and what confidence is built on."""

import logging
from pathlib import Path

from model.confidence import save_confidence
from params.files import write_text
from stages.evaluate.evaluate import Evaluation
from stages.evaluate.panels import panel_tables
from stages.evaluate.report_page import write_report
from stages.evaluate.settings import EvaluateSettings
from stages.evaluate.tables import markdown, notes_of, write_csv, write_metrics
from stages.evaluate.verdicts import verdicts
from stages.predict.confidence_file import CONFIDENCE

log = logging.getLogger(__name__)


def write_evaluation(found: Evaluation, settings: EvaluateSettings) -> Path:
    """Write metrics.json, per_image.csv, report.md, report.html and, where it could be learnt,
    confidence.pt to the output folder; the path of report.html.

    Raises:
        InputError: the folder refuses.
    """
    folder, results = settings.output, found.results
    if found.confidence:
        save_confidence(folder / CONFIDENCE, found.confidence)
    table = write_metrics(folder / "metrics.json", results, found.about)
    write_csv(folder / "per_image.csv", results, found.outputs, found.about.get("compared", ()))
    notes = notes_of(found.about, results)
    said = verdicts(results, found.about["judged"], found.about["learnt_from"])
    for line in said:
        log.info("%s", line)
    notes = [*said, *notes]
    figures = found.about.get("by_panel")
    panels = panel_tables(figures, found.about["judged"]) if figures else []
    write_text(folder / "report.md", markdown(results, table, notes, panels))
    page = folder / "report.html"
    write_report(page, found, table, notes, seed=settings.seed, where=settings.where)
    return page
