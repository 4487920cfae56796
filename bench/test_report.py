"""The printer that all benchmarks share."""

import io
import json

import pytest

from bench.report import Row, compared, percentile, print_rows, timing_rows


def test_json_holds_machine_and_rows() -> None:
    out = io.StringIO()
    print_rows([compared("x", "rank", value=1.0, baseline=4.0, unit="ms")], True, out)
    told = json.loads(out.getvalue())
    assert told["machine"]["cores"] >= 1
    assert told["rows"] == [
        {
            "bench": "x",
            "metric": "rank",
            "value": 1.0,
            "unit": "ms",
            "baseline": 4.0,
            "ratio": 0.25,
        }
    ]


def test_table_has_a_line_for_each_row() -> None:
    out = io.StringIO()
    print_rows([Row("x", "rows", 12345.6, "rows/s"), Row("x", "share", 0.1234, "")], False, out)
    assert "12,346" in out.getvalue()
    assert "0.123" in out.getvalue()


def test_percentiles_are_of_raw_samples() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    rows = timing_rows("x", "m", [1.0] * 99 + [100.0], baseline=[2.0] * 100)
    assert [(row.metric, row.value, row.ratio) for row in rows] == [
        ("m median", 1.0, 0.5),
        ("m p95", 1.0, 0.5),
    ]
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


def test_baseline_of_zero_has_no_ratio() -> None:
    assert compared("x", "m", value=1, baseline=0, unit="").ratio is None
