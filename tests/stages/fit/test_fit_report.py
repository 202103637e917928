"""The page that a run of fits ends with: of the parameter files, safe, never in the way."""

from pathlib import Path

import pytest
from simulated import leftovers

from dataset.set_folder import Outputs
from params.panels import CHANNEL_CURVES
from params.ranges import neutral_params
from params.record import Record, write_record
from stages.fit.find_jobs import own_jobs
from stages.fit.fit_many import fit_many
from stages.fit.report_page import write_report
from stages.fit.settings import Exports, FitSettings

HOSTILE = "<script>alert(1)</script>"


def write_fit(outputs: Outputs, name: str, error: float, expert: str = "me", **sliders: float):
    params = neutral_params() | sliders
    fit = {"before": {"delta_e": 9.0}, "after": {"delta_e": error}}
    source = {"id": name, "split": "training", "expert": expert, "raw": f"{name}.dng"}
    write_record(outputs.data(name, expert), Record(params, 2, fit=fit, source=source))


def test_it_tells_what_there_is(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    for i in range(4):
        write_fit(outputs, f"p{i}", 1.0, Shadows2012=10.0 * i)
    write_fit(outputs, "far", 6.0, Contrast2012=91.0, Blacks2012=-100.0)
    write_fit(outputs, "lone", 1.0, expert="other")
    write_report(outputs, 2)
    page = outputs.fit_report.read_text(encoding="utf-8")
    assert "Fits in edit process 2: 6 pictures" in page
    assert "9.00 unedited (the default rendering), 1.83 fitted" in page
    assert "worst 6.00; 1 picture further off" in page
    assert "Sliders beyond ±60: 0.33 a picture, in 1 picture." in page
    assert "Contrast +91, Blacks -100" in page
    assert '<td>me</td><td class="number">5</td>' in page
    assert "<td>other</td>" not in page  # one picture has no spread
    assert not leftovers(tmp_path)


def test_it_tells_of_the_panels_that_a_fit_holds(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    write_fit(outputs, "plain", 1.0)
    write_fit(outputs, "mixed", 1.0, SaturationAdjustmentBlue=80.0)
    wheel = {"ColorGradeGlobalHue": 200.0, "ColorGradeGlobalSat": 30.0}
    write_fit(outputs, "drawn", 1.0, **wheel, **{CHANNEL_CURVES[0]: [0.0, 0.4, 1.0]})
    write_report(outputs, 2)
    page = outputs.fit_report.read_text(encoding="utf-8")
    assert "The curve is drawn on each channel in 1 picture." in page

    def line(*cells: str) -> str:
        first, *rest = cells
        return f"<td>{first}</td>" + "".join(f'<td class="number">{cell}</td>' for cell in rest)

    assert line("SaturationAdjustmentBlue", "26.7", "37.7", "1", "1") in page
    assert line("ColorGradeGlobalSat", "10.0", "14.1", "1", "0") in page
    assert line("ColorGradeGlobalHue", "–", "–", "0", "0") in page
    assert '<th class="number">SaturationAdjustmentBlue</th>' in page
    assert line("mixed (me)", "SaturationAdjustmentBlue +80") in page
    assert "SaturationAdjustmentRed" not in page


def test_names_are_only_text_and_odd_files_are_left_out(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    write_fit(outputs, "good & <b>", 1.0)
    write_fit(outputs, "other", 1.0)
    outputs.data("other", "me").write_text("{")
    write_fit(outputs, "unfitted", float(0))
    text = outputs.data("unfitted", "me").read_text()
    outputs.data("unfitted", "me").write_text(text.replace('"delta_e": 0.0', '"delta_e": "x"'))
    write_report(outputs, 2)
    page = outputs.fit_report.read_text(encoding="utf-8")
    assert "good &amp; &lt;b&gt; (me)" in page
    assert "1 picture<" in page
    assert "unfitted" not in page


def test_without_fits_there_is_no_page(tmp_path: Path) -> None:
    write_report(Outputs(tmp_path), 2)
    assert not Outputs(tmp_path).fit_report.exists()


def test_a_run_ends_with_it_and_a_refusal_costs_no_fit(
    pairs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outputs = Outputs(tmp_path)
    jobs = own_jobs(pairs / "raw", pairs / "edited")
    settings = FitSettings(process=1, exports=Exports(xmp=False))
    assert len(fit_many(jobs[:1], outputs, settings)) == 1
    assert "1 picture<" in outputs.fit_report.read_text(encoding="utf-8")
    outputs.fit_report.unlink()
    fit_many(jobs[:1], outputs, settings)  # which has nothing to fit
    assert "1 picture<" in outputs.fit_report.read_text(encoding="utf-8")
    outputs.fit_report.unlink()
    outputs.fit_report.mkdir()
    assert len(fit_many(jobs, outputs, settings)) == 2
    assert "no report" in caplog.text
