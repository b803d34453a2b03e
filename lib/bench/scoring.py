"""Speed of scoring: each step, and the whole against the reading model alone."""

from collections.abc import Sequence

from lib.bench.figures import show, timed
from lib.cases.files import read_cases
from lib.domain import Exchange, StatementQuestion
from lib.manifest import stored_responses
from lib.models.registry import read_models
from lib.models.weights import weights_dir
from lib.paths import paths


def scoring_figures(rows: int) -> None:
    """Responses a second of each step of scoring, and the whole against the forward pass alone, without a case."""
    from lib.scoring.checks import decide
    from lib.scoring.features import features
    from lib.scoring.heads import read_heads
    from lib.scoring.learned import ReplyToScore, score
    from lib.scoring.reader import load_reader

    cases = read_cases(paths().cases)
    prompts = {p.id: p for c in cases for p in c.prompts if p.language == "en"}
    keys = {p.id: c.checks_of(p) for c in cases for p in c.prompts}
    answers = [r for r in stored_responses(paths()) if r.text and r.prompt_id in prompts][:rows]
    exchanges = [Exchange(prompts[r.prompt_id].messages, r.text or "") for r in answers]
    reader, heads = load_reader(read_models(paths().models)), read_heads(paths().heads)
    reader.vectors(exchanges[:8])
    marking = timed(lambda: [features(e.text) for e in exchanges])

    def check() -> None:
        for r in answers:
            decide(keys[r.prompt_id], r.text or "", prompts[r.prompt_id].language)

    check()  # what reads the patterns is made once
    checking = timed(check)
    reading = timed(lambda: reader.vectors(exchanges))
    toning = timed(lambda: reader.tones([e.text for e in exchanges]))
    encodings = reader.encode(exchanges)
    replies = [
        ReplyToScore(prompts[r.prompt_id], r.text or "", encoding=each)
        for r, each in zip(answers, encodings, strict=True)
    ]
    weighing = timed(lambda: score(replies, heads))
    n = len(answers)
    show(
        f"scoring, {n} responses",
        f"checks {n / checking:6.0f}/s   features {n / marking:6.0f}/s"
        f"   heads on readings, refusal among them {n / weighing:6.0f}/s",
    )
    show("scoring, the reading model", f"vectors {n / reading:6.1f}/s   tone {n / toning:6.1f}/s")
    _judging([Exchange(prompts[r.prompt_id].messages, r.text or "") for r in answers][:32])
    show(
        "scoring, against reading alone",
        f"learned scores x {(reading + weighing) / reading:4.2f}   with tone x"
        f" {(reading + weighing + toning) / reading:4.2f}",
    )


def _judging(exchanges: Sequence[Exchange]) -> None:
    """Statements a second, where the judge is here."""
    from lib.scoring.statement_reader import load_statement_reader
    from lib.scoring.statements import JUDGE

    models = read_models(paths().models)
    if not any(m.id == JUDGE and weights_dir(m) for m in models):
        show("scoring, statements", f"{JUDGE} is not on this machine")
        return
    reader = load_statement_reader(models)
    asked = [StatementQuestion(e.messages[-1].content, e.text, "says that it is so") for e in exchanges]
    reader.states(asked[:2])
    judging = timed(lambda: reader.states(asked))
    show("scoring, statements", f"judged {len(asked) / judging:6.1f}/s")
