"""What invented cases are drawn from and weighed with: a kit, frequencies, peaks, mutations, and
the pedigree of a family whose son is missing."""

from __future__ import annotations

from reopen.formats import library
from reopen.records import (
    KinshipModel,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Sex,
)
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.stutter import Stutter

KIT = library.kit("GlobalFiler")
LOCI = [m.locus for m in KIT.markers if m.kind == "autosomal"]
FREQUENCIES = library.population("nist1036-cauc")
PEAKS = PeakModel(stutter=Stutter(back=False))
ONE_DONOR = PeakParameters((1.0,), 900.0, 0.15, 0.9)
STEPS = MutationModel(MutationKind.STEPWISE, 0.001, 1e-6)
MODEL = KinshipModel(Mutation(STEPS, STEPS))
SON_MISSING = Pedigree(
    (
        Member("father", Sex.MALE),
        Member("mother", Sex.FEMALE),
        Member("sister", Sex.FEMALE, "father", "mother"),
        Member("son", Sex.MALE, "father", "mother"),
    )
)
