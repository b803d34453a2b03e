"""How far the findings' intervals and verdicts can be trusted, on made-up cases whose truth is known."""

from lib.bench.figures import show
from lib.measures.simulation import coverage, supported

_SHIFT = 0.2  # what is planted for coverage; each criterion the other way
_ANSWERS = (5, 20)  # of a prompt


def simulation_figures(cases: int) -> None:
    """Coverage of 95 % intervals, verdicts where nothing differs, and how many planted oppositions are found."""
    for answers in _ANSWERS:
        about = f"{answers} answers a prompt, {cases} made-up cases"
        held = coverage(answers, (_SHIFT, -_SHIFT), cases)
        show(f"intervals that hold the truth, {about}", f"{100 * held:5.1f} %")
        for planted in (0.0, 0.3, 0.5):
            share = supported(answers, (planted, -planted), cases)
            show(f"supported, {100 * planted:.0f} points planted, {about}", f"{100 * share:5.1f} %")
