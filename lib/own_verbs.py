"""The verbs for models and prompts of one's own: `add-model` and `ask`."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from lib.command_line import FILE, completed, say, settings_of, verb
from lib.domain import CRITERIA, Settings, Stage, TemplateName
from lib.paths import paths

_SETTINGS = Settings()


@verb
@click.argument("what", required=False, metavar="[FOLDER|OWNER/NAME|URL]")
@click.option("--id", help="how commands name it")
@click.option("--label", help="how the screen names it")
@click.option("--family", help="what it shares with its base")
@click.option("--stage", type=click.Choice(get_args(Stage)), help="what was done to it")
@click.option("--base", "base_id", metavar="ID", help="the entry of the base model that it was tuned from")
@click.option("--template", type=click.Choice(get_args(TemplateName)), help="chat, or dialogue for a base model")
@click.option("--context", "context_tokens", type=int, help="how many tokens it takes")
@click.option("--licence")
@click.option("--licence-url")
@click.option("--tuning", help="a sentence on what made it")
@click.option("--model", "served", default="", help="of a server: which of its models")
@click.option("--key", default="", metavar="VARIABLE", help="of a server: the environment variable that holds its key")
@click.option("--remove", metavar="ID", help="take out an entry that was added here")
def add_model(what: str | None, served: str, key: str, remove: str | None, **given: Any) -> int:
    """add a model of your own: a folder, a model of the Hugging Face hub, or an OpenAI-compatible server"""
    from lib.models.added import add_model, remove_model
    from lib.models.asking import comes_next
    from lib.models.found import found
    from lib.models.registry import read_models

    if bool(what) == bool(remove):
        raise click.UsageError("name one: a folder, owner/name, the address of a server, or --remove ID")
    if remove:
        remove_model(paths().models, remove)
        print(f"{remove}: taken out. What it answered stays.")
        return 0
    at_hand = found(what or "", read_models(paths().models), served, key)
    model = add_model(paths().models, completed(at_hand, {k: v for k, v in given.items() if v is not None}))
    print(f"Added: {model.label}, as {model.id}. {comes_next(model)}")
    return 0


@verb
@click.argument("words", nargs=-1, metavar="[PROMPT]")
@click.option("--models", "ids", multiple=True, metavar="MODEL...", help="model ids; the defaults that are here")
@click.option("--file", "lines", type=FILE, help="a prompt a line")
@click.option("--case", "case", metavar="CASE/KEY", help="a case's prompt; with PROMPT its last turn is replaced")
@click.option("--system", default="", help="a system prompt")
@click.option("--turns", multiple=True, metavar="TEXT...", help="earlier turns: user, assistant, user, assistant ...")
@click.option("--helpful", help="a candidate reply: how likely is it?")
@click.option("--harmless", help="another")
@click.option("--honest", help="another")
@click.option("--language", metavar="CODE", help="of the prompts; otherwise it is detected")
@click.option("--samples", type=click.IntRange(1, 8), default=1)
@click.option("--template", type=click.Choice(["chat", "dialogue"]), help="instead of each model's own")
@click.option("--temperature", type=float, default=_SETTINGS.temperature)
@click.option("--top-p", type=float, default=_SETTINGS.top_p)
@click.option("--max-tokens", type=int, default=_SETTINGS.max_tokens)
@click.option("--seed", type=int, default=_SETTINGS.seed)
@click.option("--output", type=FILE, help="a folder: there each prompt's run is written to a file")
def ask(
    words: Sequence[str], ids: Sequence[str], template: TemplateName | None, output: Path | None, **given: Any
) -> int:
    """ask models a prompt, as the page Live does, several samples each"""
    from lib.models.registry import chosen_models, read_models
    from lib.runs.ask import Manner, ask, askable
    from lib.runs.questions import questions

    settings = settings_of({k: given.pop(k) for k in ("temperature", "top_p", "max_tokens", "seed")})
    candidates = {c: text for c in CRITERIA if (text := given.pop(c))}
    manner = Manner(given.pop("samples"), settings, template, candidates)
    asked = questions(paths(), " ".join(words), say, **given)
    models = askable(read_models(paths().models), chosen_models(paths().models, ids))
    return 0 if ask(paths(), asked, models, manner, output, say, partial(print, file=sys.stderr, flush=True)) else 1


OWN_VERBS: tuple[click.Command, ...] = (add_model, ask)
