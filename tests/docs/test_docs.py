"""The documentation against the tree: generated pages, links, file names, words, dependencies."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from tools.state_diagrams import MACHINES, PAGE, page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
GLOSSARY = DOCS / "glossary.md"
DEPENDENCIES = DOCS / "adr" / "0008-dependencies.md"

# Files that a page proposes to write, or that a build makes.
NOT_THERE = {
    "src/sigap/vision/rules/wrong_way.py",
    "src/sigap/vision/rules/test_wrong_way.py",
    "src/sigap/sensors",
    "src/sigap/intake/water_levels.py",
    "web/dist",
}
# A line of output, no setting.
NO_SETTING = {"SIGAP_DEMO_READY"}

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_QUOTED = re.compile(r"`([^`\n]+)`")
_TREE_PATH = re.compile(r"(?:src|tests|tools|bench|docs|web)/[\w./@-]+")
_ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")
_SETTING = re.compile(r"""["'](SIGAP_[A-Z_]+)["']""")


def _by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_state_machines_are_drawn_from_their_tables() -> None:
    assert PAGE.read_text() == page(), "run python -m tools.state_diagrams"


@pytest.mark.parametrize("document", PAGES, ids=_by_name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    links = _LINK.findall(_FENCED.sub("", document.read_text()))
    targets = {link.split("#")[0] for link in links if ":" not in link} - {""}
    assert [t for t in sorted(targets) if not (document.parent / t).exists()] == []


@pytest.mark.parametrize("document", PAGES, ids=_by_name)
def test_named_files_are_there(document: Path) -> None:
    quoted = _QUOTED.findall(_FENCED.sub("", document.read_text()))
    paths = {text for text in quoted if _TREE_PATH.fullmatch(text)}
    assert [p for p in sorted(paths - NOT_THERE) if not (ROOT / p).exists()] == []


def test_the_glossary_names_every_state_and_no_other() -> None:
    told = {
        cells[1].strip(): set(_QUOTED.findall(cells[2]))
        for line in GLOSSARY.read_text().split("## States")[1].splitlines()
        if len(cells := line.split("|")) == 4 and "`" in cells[2]
    }
    machines = [machine for those in MACHINES.values() for machine in those]
    assert told == {m.name: {state.value for state in m.states} for m in machines}


def test_every_decision_is_in_the_index() -> None:
    index = (DOCS / "adr" / "README.md").read_text()
    records = sorted(path.name for path in (DOCS / "adr").glob("0*.md"))
    assert [name for name in records if f"({name})" not in index] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    web = json.loads((ROOT / "web" / "package.json").read_text())
    names = {match[0] for text in wanted if (match := _REQUIREMENT.match(text))}
    assert set(_ROW.findall(DEPENDENCIES.read_text())) == {
        *names,
        *web["dependencies"],
        *web["devDependencies"],
    }


def test_every_setting_is_explained() -> None:
    sources = [p for p in (ROOT / "src").rglob("*.py") if not p.name.startswith("test_")]
    read = {name for path in sources for name in _SETTING.findall(path.read_text())}
    explained = set(re.findall(r"SIGAP_[A-Z_]+", (DOCS / "operations.md").read_text()))
    assert sorted(read - explained - NO_SETTING) == []
