"""How every verb of the command line behaves: its repeatable options, its stop, its faults in a line, its exit code."""

import io
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from lib.domain import Settings
from lib.files import field_faults
from lib.models.asking import guesses, merged, missing, option
from lib.models.found import Found

say = partial(print, flush=True)
FILE = click.Path(path_type=Path)


class Verb(click.Command):
    """A command whose repeatable options take every word up to the next option, as in `--cases one two`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        repeatable = {name for p in self.params if isinstance(p, click.Option) and p.multiple for name in p.opts}
        return super().parse_args(ctx, list(repeated(args, repeatable)))


def verb(function: Callable[..., int]) -> click.Command:
    """A verb: its name is the function's, its docstring the help."""
    return click.command(cls=Verb, short_help=function.__doc__)(function)


def repeated(args: Sequence[str], repeatable: set[str]) -> Iterator[str]:
    """`--cases one two` as the `--cases one --cases two` that Click knows."""
    option = None
    for word, after in zip(args, [*args, "-"][1:], strict=True):
        if word in repeatable and not after.startswith("-"):
            option = word
        else:
            option = None if word.startswith("-") else option
            yield from (option, word) if option else (word,)


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Settings of a run from options of their names. Raises UsageError, naming the option, for what no run can have."""
    try:
        return TypeAdapter(Settings).validate_python(dict(given))
    except ValidationError as fault:
        named = (f"--{f.field.replace('_', '-')}: {f.message}" for f in field_faults(fault))
        raise click.UsageError("; ".join(named)) from fault


def completed(at_hand: Found, given: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the registry from what was found and what the options say.

    At a terminal what is missing or guessed is asked for; elsewhere guesses are said, and what is missing is an error.
    """
    for note in at_hand.notes:
        print(note, file=sys.stderr)
    if len(at_hand.served) > 1 and "id" not in at_hand.entry:
        raise click.UsageError(f"--model: say which one, of {', '.join(m.name for m in at_hand.served)}")
    entry = merged(at_hand, given)
    unsure = list(guesses(at_hand, given))
    if sys.stdin.isatty():
        asked = {name: click.prompt(name, default=guess) for name, guess in unsure}
        asked |= {name: click.prompt(name) for name in missing(entry)}
        return _numbers(merged(at_hand, {**given, **asked}))
    for name, guess in unsure:
        print(f"{name}: {guess} (a guess; {option(name)} says otherwise)", file=sys.stderr)
    if names := missing(entry):
        raise click.UsageError(f"not found, and needed: {', '.join(map(option, names))}")
    return entry


def _numbers(entry: dict[str, Any]) -> dict[str, Any]:
    tokens = str(entry["context_tokens"])
    return {**entry, "context_tokens": int(tokens) if tokens.isdigit() else tokens}


def _stop(*_: object) -> None:
    raise KeyboardInterrupt  # as for Ctrl-C: a job seals what it has finished


def run_verb(cli: click.Group) -> int:
    """Run the verb of this process's words; the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    for stream in (sys.stdout, sys.stderr):  # a console that lacks a letter shows its number
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return cli.main(prog_name="python -m lib", standalone_mode=False)
    except click.ClickException as fault:  # a word that is no option, or one that is missing
        fault.show()
        sys.exit(fault.exit_code)
    except click.Abort:  # Click's name for Ctrl-C
        print("Stopped. What was finished is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    except Exception as fault:
        from lib.store.faults import OUTSIDE, in_words  # DuckDB and Arrow: not for a verb that works without

        if not isinstance(fault, OUTSIDE):
            raise
        print(in_words(fault), file=sys.stderr)
        return 2
