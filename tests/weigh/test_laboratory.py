"""Settings learnt from invented single-source runs: what was put in comes out, within its error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from math import exp, log

import numpy as np
import pytest
from scipy import stats

from reopen.formats import library
from reopen.records import Allele, Locus, Peak, Population, Reference, Replicate, Stain, genotype
from reopen.weigh.laboratory import Laboratory, learn_laboratory
from reopen.weigh.learnt_dropin import learn_dropin
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.single_source import (
    SingleSource,
    clear_genotypes,
    donor_of,
    fit_run,
    single_sources,
)
from reopen.weigh.stutter import Stutter, StutterRates, stutter_length
from reopen.weigh.stutter_pairs import PairTable, StutterPair, stutter_pairs
from reopen.weigh.stutter_rates import learn_rates

KIT = library.kit("GlobalFiler")
POPULATION = Population(library.population("nist1036-cauc"))
LOCI = [m.locus for m in KIT.markers if m.kind == "autosomal"]
TH01, FGA = Locus("TH01"), Locus("FGA")


def invented_rates(rng: np.random.Generator) -> dict[Locus, StutterRates]:
    """Levels of 6 % give or take 1.5, slopes of 0.4 % a repeat give or take 0.1."""
    found = {}
    for locus in LOCI:
        table = POPULATION.frequencies.by_locus[locus]
        lengths = [length for a, f in table.items() if f > 0.03 and (length := stutter_length(a))]
        low, high = min(lengths), max(lengths)
        level, slope = rng.normal(0.06, 0.015), rng.normal(0.004, 0.001)
        slope = min(slope, 0.9 * level / ((high - low) / 2))
        found[locus] = StutterRates(level - slope * (low + high) / 2, slope, (low, high))
    return found


RATES = invented_rates(np.random.default_rng(5))
STUTTER = Stutter(rates={"back": RATES})
SHARE = sum(rates.mean for rates in RATES.values()) / len(RATES)  # of the kit's mean allele


@cache
def runs(threshold: float, n: int = 120) -> tuple[tuple[Stain, ...], tuple[Reference, ...]]:
    """One run of each person; heights of 1,200 RFU, variability 0.2, each with its spread."""
    rng = np.random.default_rng(11)
    people = draw_references(rng, POPULATION, [f"P{k:03}" for k in range(n)])
    model = PeakModel(stutter=STUTTER, threshold_rfu=threshold, dropin=Dropin(0.03, 0.02))
    stains = []
    for person in people:
        height, variability = 1200 * exp(rng.normal(0, 0.4)), 0.2 * exp(rng.normal(0, 0.25))
        share = SHARE * exp(rng.normal(0, 0.15))
        parameters = PeakParameters((1.0,), height, variability, 0.85, share)
        name = f"{person.id}-run"
        stains.append(draw_stain(rng, [person], POPULATION, KIT, parameters, model, id=name))
    return tuple(stains), people


@cache
def learnt(threshold: float) -> Laboratory:
    return learn_laboratory(*runs(threshold), KIT)


@pytest.mark.parametrize("threshold", [30.0, 100.0])
def test_rates_come_out_within_their_errors(threshold: float) -> None:
    """At 100 RFU most stutter is under the threshold; ignoring that would add a half."""
    laboratory = learnt(threshold)
    rows = [row for row in laboratory.stutter["back"].loci if not row.reason]
    assert len(rows) >= (18 if threshold == 30 else 12)
    off, seen_only = [], []
    for row in rows:
        middle = sum(row.lengths) / 2
        off.append((row.level - RATES[row.locus].on_line(middle)) / row.level_error)
        pairs = [p for p in laboratory.pairs if p.locus == row.locus and p.kind == "back"]
        seen_only.append(np.mean([p.share for p in pairs]) / RATES[row.locus].on_line(middle))
    assert abs(np.mean(off)) < 3 / len(off) ** 0.5 + 0.3
    assert np.mean(np.square(off)) ** 0.5 < 1.6
    if threshold == 100:
        assert np.mean(seen_only) > 1.5


def test_settings_and_priors_come_out() -> None:
    laboratory = learnt(30.0)
    assert laboratory.adopted == ("back",)
    assert laboratory.model.stutter.kinds == ("back",)
    assert laboratory.fitted == laboratory.runs == 120
    variability, share = laboratory.variability, laboratory.shares["back"]
    assert variability is not None
    assert abs(log(variability.centre / 0.2)) < 3 * 0.3 / 120**0.5
    assert abs(variability.spread - 0.25) < 0.08
    assert abs(log(share.centre / SHARE)) < 0.08
    assert abs(share.spread - 0.15) < 0.08
    assert isinstance(laboratory.model.threshold_rfu, Mapping)
    assert min(laboratory.model.threshold_rfu.values()) >= 30.0
    low, high = laboratory.dropin.interval
    assert low < 0.03 < high
    assert laboratory.model.dropin.rate == laboratory.dropin.rate
    assert laboratory.dropin.rate is not None
    assert abs(log(laboratory.dropin.rate / 0.02)) < 3 / laboratory.dropin.peaks**0.5


def test_a_locus_with_too_little_is_said_and_not_filled() -> None:
    stains, people = runs(100.0)
    back = learn_laboratory(stains[:25], people, KIT).stutter["back"]
    few = [row for row in back.loci if row.reason]
    assert few
    for row in few:
        assert row.rates is None
        assert row.locus not in back.rates
        assert "fewer than" in row.reason


def pair(share: float, *, seen: bool = True, length: float = 10.0, n: int = 0) -> StutterPair:
    label = Allele(f"{length:g}")
    return StutterPair("back", TH01, label, length, f"r{n}", f"d{n % 7}", seen, share, 20.0)


def test_shares_are_beta_and_unseen_ones_are_below_the_limit() -> None:
    table = PairTable.of([pair(0.06), pair(0.1, seen=False)])
    ratio = np.array([0.08, 0.08])
    expected = [
        stats.beta(0.08 * 20, 20).logpdf(0.06),
        stats.beta(0.08 * 20, 20).logcdf(0.1),
    ]
    assert np.allclose(table.ln_density(ratio), expected, rtol=1e-12)
    denser = [stats.beta(0.08 * 60, 60).logpdf(0.06), stats.beta(0.08 * 60, 60).logcdf(0.1)]
    assert np.allclose(table.ln_density(ratio, 3.0), denser, rtol=1e-12)


def test_an_allele_that_leaves_the_line_is_named() -> None:
    """Shares of 8 % at lengths 8 to 12, and of 16 % at 10: more than chance gives to five."""
    rng = np.random.default_rng(2)
    pairs = []
    for n in range(400):
        length = float(8 + n % 5)
        ratio = 0.16 if length == 10 else 0.08
        pairs.append(pair(float(rng.beta(ratio * 20, 20)), length=length, n=n))
    (row,) = learn_rates(pairs, "back").loci
    assert [rate.allele for rate in row.alleles if rate.is_used] == ["10"]
    (own,) = (rate for rate in row.alleles if rate.is_used)
    assert abs(own.share - 0.16) < 3 * own.error
    assert abs(row.level - 0.08) < 3 * row.level_error
    assert row.rates is not None
    assert row.rates.at(Allele("10")) == own.share


def test_pairs_leave_out_what_two_sources_reach() -> None:
    """13 and 14: 12 is only 13's stutter, 13 is an allele, 15 only 14's; 14 and 16 share 15."""
    model = PeakModel()

    def found(*labels: str) -> set[tuple[str, str]]:
        heights = {FGA: {Allele(a): 1000.0 for a in labels}}
        alleles = {FGA: genotype(*labels)}
        run = SingleSource("S", "D", alleles, heights)
        full = replace(run, heights={**heights, **other}, genotypes={**alleles, **typed})
        fitted = fit_run(full, KIT, model)
        assert fitted is not None
        return {(p.parent, p.kind) for p in stutter_pairs([fitted], model) if p.locus == FGA}

    other = {locus: {Allele("12"): 1000.0} for locus in LOCI if locus != FGA}
    typed = {locus: genotype("12", "12") for locus in other}
    kinds = {"back", "forward", "double_back", "two_base"}
    assert found("20", "24") == {(a, kind) for a in ("20", "24") for kind in kinds}
    assert found("20", "21") == set()  # each is the other's stutter
    assert found("20", "22") == {("22", "forward"), ("22", "two_base")}


def test_donors_by_name() -> None:
    people = [Reference(name, {}) for name in ("A", "A-1", "B")]

    def named(id: str) -> str | None:
        donor = donor_of(Stain(id, (Replicate(id, {}),)), people)
        return donor.id if donor else None

    assert [named(id) for id in ("A", "A_x", "A-1-x", "AB", "C")] == ["A", "A", "A-1", None, None]
    assert donor_of(Stain("C", (Replicate("C", {}),)), people[:1]) == people[0]


def test_clear_peaks_tell_a_genotype() -> None:
    model = PeakModel(threshold_rfu=50.0)

    def read(**heights: float) -> str | None:
        seen = {Allele(a.removeprefix("a")): h for a, h in heights.items()}
        found = clear_genotypes({FGA: seen}, model).get(FGA)
        return str(found) if found else None

    assert read(a20=1000, a24=700) == "20/24"
    assert read(a20=1000, a19=90) == "20/20"
    assert read(a20=1000, a24=300) is None  # stutter, dropping out, or a second person
    assert read(a20=400, a24=390) is None  # too low for drop-out to be ruled out
    assert read(a20=1000, a24=700, a22=600) is None


def test_runs_of_somebody_else_are_listed() -> None:
    stains, people = runs(30.0)
    mixed_up = [replace(stains[0], id="P001-x"), replace(stains[1], id="elsewhere")]
    used, refused = single_sources(mixed_up, people, KIT, PeakModel(threshold_rfu=30.0))
    assert not used
    assert "of its height is at alleles of P001" in refused[0].reason
    assert "No reference has this name" in refused[1].reason


def test_drop_in_is_what_no_allele_explains() -> None:
    """20/24 reaches 18, 19, 21 to 23, 25 and halves: 28 is drop-in, 100 RFU over the threshold.

    Half of the two donors' alleles at FGA would show beside 20/24, half beside 28/30, and none at
    TH01: the loci count 6 times a half, but a drop-in seen counts in full.
    """
    peaks = {Allele("20"): 900.0, Allele("24"): 800.0, Allele("19"): 70.0, Allele("28"): 150.0}
    typed = {FGA: genotype("20", "24"), TH01: genotype("6", "9.3")}
    clean = {TH01: {Allele("6"): 900.0, Allele("9.3"): 950.0}}
    run = SingleSource("S", "D", typed, {FGA: peaks, **clean})
    other = SingleSource("T", "E", {FGA: genotype("28", "30")}, {FGA: {Allele("28"): 900.0}})
    found = learn_dropin([run] * 5 + [other], PeakModel(threshold_rfu=50.0))
    assert (found.peaks, found.loci_with, found.loci) == (5, 5, 11)
    assert found.loci_counted == 5
    assert found.rate == 0.01
    assert found.tallest_rfu == 150.0
    assert learn_dropin([run], PeakModel(threshold_rfu=50.0)).rate is None


def test_a_run_s_law_is_found() -> None:
    """Five runs of one law: height, variability and degradation within three errors."""
    rng = np.random.default_rng(4)
    people = draw_references(rng, POPULATION, [f"Q{k}" for k in range(30)])
    model = PeakModel(threshold_rfu=50.0, dropin=Dropin(0.0))
    law = PeakParameters((1.0,), 1000.0, 0.25, 0.7)
    stains = [draw_stain(rng, [p], POPULATION, KIT, law, model, id=p.id) for p in people]
    used, _ = single_sources(stains, people, KIT, model)
    found = [fit for run in used if (fit := fit_run(run, KIT, model)) is not None]
    assert len(found) == 30
    for value, true in (("height_rfu", 1000), ("variability", 0.25), ("degradation", 0.7)):
        ln = np.log([getattr(fit, value) for fit in found])
        assert abs(ln.mean() - log(true)) < 3.5 * ln.std() / 30**0.5, value
    spread = np.std([log(fit.variability) for fit in found])
    assert 0.6 < np.mean([fit.ln_variability_error for fit in found]) / spread < 1.7


def test_too_few_peaks_have_no_law() -> None:
    heights = {FGA: {Allele("20"): 900.0}}
    run = SingleSource("S", "D", {FGA: genotype("20", "20")}, heights)
    assert fit_run(run, KIT, PeakModel()) is None
    stain = Stain("S", (Replicate("S", {FGA: (Peak(Allele("20"), 900.0),)}),))
    used, _ = single_sources([stain], [], KIT, PeakModel())
    assert used[0].genotypes[FGA] == genotype("20")
