"""A port in use, forbidden or misspelt is a sentence that names the variable."""

import pytest

from sigap.runtime.faults import MachineFault
from sigap.runtime.ports import Port, core_port


def test_a_port_in_use_names_the_variable() -> None:
    port = Port(18431, "SIGAP_PORT", "pages")
    with port.listen(), pytest.raises(MachineFault, match=r"port 18431 .*SIGAP_PORT"):
        port.require_free()


@pytest.mark.parametrize("text", ["x", "0", "65536", "-1"])
def test_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SIGAP_PORT", text)
    with pytest.raises(MachineFault, match=r"SIGAP_PORT=.* is no port"):
        core_port()
