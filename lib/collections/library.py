"""A collection as the rooms for cases take it: its database, and each of its prompts as a case of its own."""

from collections.abc import Iterator
from pathlib import Path

from lib.collections import records
from lib.collections.records import Collection
from lib.domain import CaseStudy, Check, Prompt
from lib.paths import Paths
from lib.store.collection import CollectionStore, build_collection, open_collection


def database(paths: Paths, collection: Collection) -> Path:
    """The database of a collection, built if it is missing. Raises DataProblem where a part can't be used."""
    folder = records.at(paths, collection.name)
    return build_collection(folder, [(m.id, m.label) for m in collection.models], collection.checks)


def opened(paths: Paths, collection: Collection) -> CollectionStore:
    return open_collection(database(paths, collection))


def case_of(prompt: Prompt, checks: tuple[Check, ...]) -> CaseStudy:
    """A prompt as a case with the collection's checks and nothing else: what is resampled whole is the prompt.

    Made directly, since nothing that the file of a case must hold is there.
    """
    return CaseStudy(
        id=prompt.case_id,
        number=1,
        title=prompt.label,
        summary="",
        criteria=(),
        claim="",
        domain="everyday life",
        audience_note="",
        sensitivity="none",
        languages=(prompt.language,),
        prompts=(prompt,),
        replies=(),
        key_points=(),
        harms=(),
        facts=(),
        mirrors=(),
        questions=(),
        policy=(),
        see_also=(),
        sections={},
        teaching={},
        checks=checks,
    )


def cases(store: CollectionStore, checks: tuple[Check, ...]) -> Iterator[CaseStudy]:
    return (case_of(prompt, checks) for prompt in store.prompts())
