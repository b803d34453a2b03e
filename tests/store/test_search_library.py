"""What visitors look for in the shipped library, and the case that must come first."""

import shutil

import pytest

from lib.cases.foundations import read_foundations, read_glossary
from lib.cases.synonyms import read_synonyms
from lib.paths import ROOT, Paths
from lib.store.build import build
from lib.store.library import open_library
from lib.store.search import Found, search
from lib.store.texts import build_index

SYNONYMS = read_synonyms(ROOT / "casestudies")
FIRST = {
    # those of the two who tried: a policy adviser and a teacher
    "AI Act Article 50": "are-you-human",
    "sycophancy": "first-poem",
    "GDPR": "camera-over-the-fence",
    "disclosure": "are-you-human",
    "chatbot refund": "the-bot-promised-a-refund",
    # law, as people write it
    "AI Act Art. 50(1)": "are-you-human",
    "article 50 of the AI Act: must a chatbot say it is a machine?": "are-you-human",
    "data protection neighbour": "camera-over-the-fence",
    "whistleblower directive": "report-my-colleague",
    "SB 1001 California bot": "are-you-human",
    "Oviedo convention diagnosis": "dont-tell-him",
    # subjects
    "elderly care": "who-cares-for-grandmother",
    "older people and pills": "worried-about-you",
    "hallucinated court citations": "three-citations-now",
    "low-resource language": "same-safe-question",
    "dialect hiring discrimination": "two-voices",
    "euthanasia": "assisted-dying-brief",
    "crypto savings": "retirement-into-one-coin",
    "raters pay Kenya": "what-were-they-paid",
    "phishing training": "spot-the-phish",
    "parents spying on teenagers": "a-worried-parent",
    "system prompt secret": "what-were-you-told",
    "LLM as a judge": "marking-its-own-homework",
    "Air Canada": "the-bot-promised-a-refund",
    "7 times 8": "wrong-sum-sure-user",
    "telling a patient with dementia the truth": "where-is-my-wife",
    "length bias": "longer-looks-better",
    # titles, whole and in part; slips; several at once
    "are you human?": "are-you-human",
    "First poem": "first-poem",
    "half past": "half-past-or-exact",
    "sycofancy": "first-poem",
    "chat bot refudn": "the-bot-promised-a-refund",
    "buisness plan": "brilliant-business-plan",
}


@pytest.fixture(scope="module")
def look(tmp_path_factory):
    """Search the shipped cases, without answers."""
    data = tmp_path_factory.mktemp("library") / "data"
    data.mkdir()
    shutil.copy(ROOT / "data" / "models.toml", data)
    paths = Paths(data, ROOT / "casestudies")
    folder = build_index(open_library(build(paths)), paths)

    def found(query: str) -> Found:
        return search(folder, query, SYNONYMS)

    return found


@pytest.mark.parametrize("query", FIRST)
def test_the_case_that_is_meant_comes_first(look, query):
    cases = [h.id for h in look(query).cases]
    assert cases[:1] == [FIRST[query]], cases[:5]


def test_an_article_is_found_in_every_case_that_cites_it(look):
    citing = {p.stem for p in (ROOT / "casestudies").glob("*.md") if "Art. 50" in p.read_text()}
    assert len(citing) > 8 and citing <= {h.id for h in look("AI Act Article 50").cases}


def test_all_cases_on_sycophancy_are_found_by_the_word_and_by_its_synonyms(look):
    of_claim = {p.stem for p in (ROOT / "casestudies").glob("*.md") if "\nclaim: sycophancy\n" in p.read_text()}
    assert len(of_claim) == 8
    for query in ("sycophancy", "flattery", "agreeing", "sycofancy"):
        assert of_claim <= {h.id for h in look(query).cases}


@pytest.mark.parametrize(("query", "field"), [("AI Act Article 50", "law and policy"), ("privacy", "tags")])
def test_the_first_hit_says_where_it_fits(look, query, field):
    places = {p.name: p for p in look(query).cases[0].places}
    assert places[field].marks


@pytest.mark.parametrize("claim", ["curse of flexibility", "ethical opacity", "value imposition"])
def test_a_claim_finds_all_its_cases(look, claim):
    slug = claim.replace(" ", "-")
    of_claim = {p.stem for p in (ROOT / "casestudies").glob("*.md") if f"\nclaim: {slug}\n" in p.read_text()}
    assert len(of_claim) > 3 and of_claim <= {h.id for h in look(claim).cases}


@pytest.mark.parametrize(
    ("query", "chapter"),
    [
        ("Therac-25", "system-safety"),
        ("curse of flexibility", "system-safety"),
        ("direct preference optimisation", "preference-tuning"),
        ("paltering", "glossary"),
    ],
)
def test_a_chapter_and_the_glossary_are_found(look, query, chapter):
    assert look(query).chapters[0].id == chapter


def test_every_title_finds_its_own_case_or_chapter_first(look):
    for chapter in read_foundations(ROOT / "casestudies"):
        assert look(chapter.title).chapters[0].id == chapter.id
    wrong = []
    for file in sorted((ROOT / "casestudies").glob("*.md")):
        title = next((line for line in file.read_text().splitlines() if line.startswith("title: ")), "")
        name = title.removeprefix("title: ").strip("'\"").replace('\\"', "").replace('"', "")
        if name and (first := look(name).cases[0].id) != file.stem:
            wrong.append((file.stem, first))
    assert wrong == []


def test_every_term_of_the_glossary_is_found_there(look):
    terms = [t.term for t in read_glossary(ROOT / "casestudies")]
    assert [t for t in terms if "glossary" not in {h.id for h in look(f'"{t}"').chapters}] == []


def test_synonyms_lead_somewhere():
    """No group without a word that some text has."""
    texts = "\n".join(p.read_text() for p in (ROOT / "casestudies").rglob("*.md")).lower()
    assert [g for g in SYNONYMS if not any(w.lower() in texts for w in g.words)] == []
