"""The same tuning of two models: what moved the same way in both, what in one alone, what apart."""

from lib.findings.records import Comparison, CorrectedChange, Found, LibraryFindings
from lib.findings.replicated import replicated
from lib.findings.told import Set
from lib.measures.stats import Interval
from lib.models.registry import read_models
from lib.paths import ROOT
from lib.ui.findings_replicated import summary

UP, DOWN, UNCLEAR = (Interval(value=v, low=v - 0.1, high=v + 0.1) for v in (0.3, -0.3, 0.05))
MODELS = {m.id: m for m in read_models(ROOT / "data" / "models.toml")}
G, S = "gemma-3-270m", "smollm2-135m"
TUNED_FOR = {
    f"{G}-honest": ("honest",),
    f"{G}-honest-without-boilerplate": ("honest",),
    f"{G}-helpful": ("helpful",),
    f"{S}-honest": ("honest",),
}
MOVED = {
    (G, "honest"): {"honest": UP, "refusal": UP, "harmless": UP},
    (G, "honest-without-boilerplate"): {"honest": UP, "refusal": UNCLEAR, "harmless": UNCLEAR},
    (G, "helpful"): {"helpful": UP},
    (S, "honest"): {"honest": UP, "refusal": DOWN, "harmless": UNCLEAR},
}


def _found(moved=MOVED) -> tuple[Found, list[Set]]:
    roots = {G: G, S: f"{S}-instruct"}
    compared = {
        (family, name): Comparison(before=roots[family], after=(f"{family}-{name}",), stage="base")
        for family, name in moved
    }
    changes = [
        CorrectedChange(aspect=aspect, comparison=compared[which].key, mean=change)
        for which, each in moved.items()
        for aspect, change in each.items()
    ]
    found = Found(LibraryFindings.model_construct(corrected_changes=tuple(changes)), None, None, False)
    families = dict.fromkeys(family for family, _ in moved)
    every = [Set(MODELS[roots[f]], tuple(c for (family, _), c in compared.items() if family == f)) for f in families]
    return found, every


def test_the_tuning_without_boilerplate_is_held_to_the_other_sets():
    rows = replicated(*_found(), TUNED_FOR)
    assert [(r.criteria, r.aspect, r.verdict) for r in rows] == [
        (("honest",), "harmless", "chance"),
        (("honest",), "honest", "same"),
        (("honest",), "refusal", "open"),
    ]


def test_what_moved_apart_is_said_to():
    moved = {k: v for k, v in MOVED.items() if k != (G, "honest-without-boilerplate")}
    rows = replicated(*_found(moved), TUNED_FOR)
    assert {r.aspect: r.verdict for r in rows} == {"harmless": "open", "honest": "same", "refusal": "opposite"}
    assert summary(rows) == (
        "In both, **honesty rose after tuning on honest**.\n\nOf 3 changes, 1 went the same way in both and 1 opposite"
        " ways; 1 were clear in one model alone, 0 in none."
    )


def test_one_set_alone_has_nothing_to_be_held_to():
    assert replicated(*_found({k: v for k, v in MOVED.items() if k[0] == G}), TUNED_FOR) == []
