"""Kinship cases made by hand, as files: numbers that a reader checks in the head."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STEPWISE = {"model": "stepwise", "rate": 0.001, "rate2": 0.0, "range": 0.1}


def person(id: str, sex: str, father: str | None = None, mother: str | None = None) -> Any:
    return {"id": id, "father": father, "mother": mother, "sex": sex}


def paternity(mutation: Any = None) -> dict[str, Any]:
    """Mother 9/9, child 9/10, alleged father 10/10 at TH01: 1 / P(10) = 1 / 0.05 = 20. At FGA
    father 20/20, mother 22/22, child 20/22: 1 / 0.1 = 10. LR 200, as in exercise 2.1 of Egeland,
    Kling and Mostad 2016."""
    both = None if mutation is None else {"female": mutation, "male": mutation}
    trio = [person("AF", "M"), person("MO", "F"), person("CH", "F", "AF", "MO")]
    other = [person("TF", "M"), person("MO", "F"), person("CH", "F", "TF", "MO"), person("AF", "M")]
    return {
        "schema": "kinship-case/1",
        "id": "by-hand",
        "kind": "lr",
        "title": "Paternity by hand",
        "settings": {"theta": 0},
        "markers": [
            {"name": "TH01", "type": "autosomal", "alleles": ["9", "10"], "freqs": [0.95, 0.05],
             "mutation": both},
            {"name": "FGA", "type": "autosomal", "alleles": ["20", "22"], "freqs": [0.1, 0.9],
             "mutation": both},
        ],
        "genotypes": {
            "AF": {"TH01": ["10", "10"], "FGA": ["20", "20"]},
            "MO": {"TH01": ["9", "9"], "FGA": ["22", "22"]},
            "CH": {"TH01": ["9", "10"], "FGA": ["20", "22"]},
        },
        "hypotheses": {"H1": trio, "H2": other},
        "reference_hypothesis": "H2",
        "tolerance_log10": 1e-6,
        "expected": {"log10_lr": {"H1/H2": {
            "per_marker": {"TH01": 1.3010299956639813, "FGA": 1.0}, "total": 2.3010299956639813,
        }}},
    }  # fmt: skip


def written(folder: Path, case: dict[str, Any], name: str = "case.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(case), encoding="utf-8")
    return path
