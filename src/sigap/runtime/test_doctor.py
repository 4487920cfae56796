"""The doctor looks at this machine and names what must be done."""

from pathlib import Path

import pytest

from sigap.runtime.doctor import Verdict, as_table, examine, is_fit
from sigap.runtime.home import Home
from sigap.runtime.ports import Port


def test_every_check_answers_on_this_machine(tmp_path: Path) -> None:
    findings = examine(Home(tmp_path / "var"))
    assert {"Python", "PostgreSQL", "Disk", "Ports"} <= {finding.what for finding in findings}
    assert len(as_table(findings).splitlines()) == len(findings)


def test_what_must_be_done_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGAP_PORT", "18432")
    monkeypatch.setenv("SIGAP_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with Port(18432, "SIGAP_PORT", "pages").listen():
        findings = examine(Home(tmp_path / "var"))
    must = {finding.what: finding.text for finding in findings if finding.verdict is Verdict.DO}
    assert "SIGAP_PORT" in must["Ports"]
    assert "does not answer" in must["PostgreSQL"]
    assert not is_fit(findings)
