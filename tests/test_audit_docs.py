"""docs/audit.md has a section for every rule, and says what the catalogue says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reopen.prove.audit import in_order
from reopen.prove.rules import RULES, Rule

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "audit.md").read_text(encoding="utf-8")
SECTIONS = {
    found[1]: found[0]
    for found in re.finditer(r"^### ([A-Z]\d+) .*?(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


def test_every_rule_has_a_section_in_the_order_of_the_catalogue() -> None:
    assert list(SECTIONS) == in_order(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_section_says_what_the_catalogue_says(rule: Rule) -> None:
    section = SECTIONS[rule.id]
    assert section.startswith(f"### {rule.id} {rule.title}\n")
    assert f"**{rule.asks}**" in section
    assert f"| kind | {rule.kind.value}, up to severity {rule.severity}" in section
    assert (", blind |" in section) == rule.blind
    for kind in rule.needs:
        assert f"`{kind.KIND}`" in section
    for check in rule.checks:
        assert f"- {check}" in section
    for name, (default, words) in rule.numbers.items():
        assert f"| `{name}` | {default:g}: {words} |" in section


def test_a_section_explains_how_the_rule_decides() -> None:
    """Besides what the catalogue says: a paragraph at least."""
    for id, section in SECTIONS.items():
        prose = [
            part
            for part in section.split("\n\n")[2:]
            if not part.startswith(("|", "Check first", "- "))
        ]
        assert len(" ".join(prose)) > 100, id
