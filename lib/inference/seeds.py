"""The seed of each sample, apart from sampling so that it can be had without torch."""

import hashlib


def sample_seed(run_seed: int, prompt_id: str, sample: int) -> int:
    """The seed of one sample: a hash of run seed, prompt and sample number, the same on every machine."""
    digest = hashlib.sha256(f"{run_seed}/{prompt_id}/{sample}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
