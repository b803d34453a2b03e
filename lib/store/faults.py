"""The one boundary: failures of files, databases and locks that are nobody's mistake in the code, in one line each."""

import sqlite3
import tomllib

import duckdb
import filelock
import pyarrow as pa
from pydantic import ValidationError
from ruamel.yaml.error import YAMLError

from lib.domain import TrilemmaError
from lib.files import named_faults

# What the command line and the pages' guard turn into words; anything else is a mistake of ours and shows as one.
OUTSIDE = (
    TrilemmaError,
    ValidationError,
    OSError,
    UnicodeError,
    duckdb.Error,
    sqlite3.Error,
    filelock.Timeout,
    YAMLError,
    tomllib.TOMLDecodeError,
    pa.ArrowException,
    RecursionError,
)


def in_words(fault: BaseException) -> str:
    """What went wrong and, where it is known, with which file."""
    match fault:
        case TrilemmaError():
            return str(fault)
        case ValidationError():
            return named_faults(fault.title, fault)
        case filelock.Timeout():
            return f"Another process is at work here. Try again once it has finished. ({fault.lock_file})"
        case OSError() if fault.strerror:
            return f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror
        case UnicodeDecodeError():
            return f"not UTF-8 text: {fault.reason} at byte {fault.start:,}"
        case RecursionError():
            return "a file is nested too deeply to be read"
    return f"{type(fault).__name__}: {str(fault).splitlines()[0] if str(fault) else 'no further word'}"
