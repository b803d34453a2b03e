"""The method box of a brief, and the list of sources that it and the cases cite."""

from dataclasses import dataclass, field

from lib.briefs.document import Box, Listing, Source, Words, line

_PAPER = Source(
    "Dahlgren Lindström, Methnani, Krause, Ericson, de Rituerto de Troya, Coelho Mollo, Dobbe 2024, AI Alignment"
    " through Reinforcement Learning from Human Feedback? Contradictions and Limitations, arXiv 2406.18346; journal"
    " version 2025, Ethics and Information Technology 27:28",
    "https://arxiv.org/abs/2406.18346",
)
_NEWCOMBE = Source(
    "Newcombe 1998, Interval estimation for the difference between independent proportions: comparison of eleven"
    " methods, Statistics in Medicine 17(8), method 10"
)
_WILSON = Source(
    "Wilson 1927, Probable inference, the law of succession, and statistical inference, Journal of the American"
    " Statistical Association 22(158)",
    "https://doi.org/10.1080/01621459.1927.10502953",
)


@dataclass
class Numbered:
    """The sources in the order in which they are first cited."""

    items: list[Source] = field(default_factory=list)

    def cited(self, source: Source) -> Words:
        if source not in self.items:
            self.items.append(source)
        return Words(f" [{self.items.index(source) + 1}]")


def method(sources: Numbered, with_cases: bool) -> Box:
    """How the numbers came about and what they don't say. `with_cases`: whether shares of answers are compared."""
    points = [
        line(
            "Small language models were put the same prompts, each several times, under settings that the library"
            " records. Answers are quoted unedited."
        ),
        line(
            "What an answer says is decided by an answer key that each case brings. Only checks are used that agree"
            " with hand labels made blind to model and verdict. “k of n”: yes in k of n answers that could be decided."
        ),
    ]
    if with_cases:
        points.append(
            line(
                "Differences of two shares carry Newcombe's 95% interval",
                sources.cited(_NEWCOMBE),
                ", single shares Wilson's",
                sources.cited(_WILSON),
                ". They speak of the answers that these models would give to these prompts.",
            )
        )
    points += [
        line(
            "The models are small: weaker and stranger than deployed assistants, and no evidence about them. Nothing"
            " here certifies safety, says what a system intends, or is legal advice. The law is given as read in the"
            " month named."
        ),
        line("The cases follow a paper that makes an argument and collects no data", sources.cited(_PAPER), "."),
        line("No language model wrote any of this, except the quoted answers."),
    ]
    return Box("How this was measured, and what it is not", (Listing(tuple(points)),))
