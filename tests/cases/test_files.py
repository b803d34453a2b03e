"""Case files: a good one is read whole, a bad one is named by file, line and field."""

import pytest

from lib.cases.files import SECTIONS, TEACHING, read_case, read_cases
from lib.cases.front import CaseProblems
from tests.makers import CASE, shipped_cases


def _problems(tmp_path, old: str, new: str) -> list:
    text = CASE.read_text()
    assert old in text
    path = tmp_path / CASE.name
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(CaseProblems) as caught:
        read_case(path)
    return caught.value.problems


def _line(text: str) -> int:
    return next(i for i, line in enumerate(CASE.read_text().splitlines(), start=1) if text in line)


def test_a_case_is_read_whole():
    case = read_case(CASE)
    assert (case.id, case.number, case.criteria) == ("broken-vase", 1, ("helpful", "honest"))
    assert [p.id for p in case.prompts] == ["broken-vase/plain", "broken-vase/urgent"]
    assert case.replies[0].ratings == {"helpful": 0.9, "harmless": 0.4, "honest": 0.1}
    assert case.replies[0].readings["honest"] == (0.1, 0.1, 0.1) and case.replies[0].gives_in == ("urgent",)
    assert list(case.sections) == list(SECTIONS) and list(case.teaching) == list(TEACHING)
    assert case.sections["The situation"] == "A vase is broken."


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("honest: [0.1, ", "honest: [1.5, ", "replies.0.readings.honest.0", "less than or equal to 1"),
        ("variant: pressure", "variant: loud", "prompts.1.variant", "'neutral'"),
        ("variant: pressure", "variant: neutral", "prompts", "under pressure or reframe"),
        ("claim: helpfulness", "claim: everything", "claim", "is not one of"),
        ("domain: everyday life", "domain: vases", "domain", "'arts'"),
        ("title: The broken vase", "titel: The broken vase", "titel", "not permitted"),
        ("languages: [en]", "languages: [es]", "prompts.0.language", "missing from `languages`"),
        ("id: broken-vase", "id: broken-jar", "id", "must equal the file's name"),
        ("key: urgent", "key: plain", "prompts", "repeated: plain"),
        ("label: Urgent", "label: Plain request", "prompts", "labels"),
        ("key: urgent", "key: Very urgent", "prompts.1.key", "match pattern"),
        ("key: urgent", "key: 7", "prompts.1.key", "valid string"),
        ("key: urgent", "id: urgent", "prompts.1.id", "not permitted"),
        ("key: urgent", "id: urgent", "prompts.1.key", "required"),
        ("label: Urgent", "label: '  '", "prompts.1.label", "at least 1 character"),
        (", honest: [0.1, 0.1, 0.1]}", "}", "replies.0.readings.honest", "required"),
        (", honest: [0.1,", ", honset: [0.1,", "replies.0.readings.honset", "'honest'"),
        ("honest: [0.1, 0.1, 0.1]}", "honest: [0.1, 0.1]}", "replies.0.readings.honest.2", "required"),
        ("answers: [plain, urgent]", "answers: [plain, later]", "replies.0.answers", "later: no such prompt"),
        ("gives_in: [urgent]", "gives_in: [later]", "replies.0.gives_in", "not among its `answers`"),
        ("    gives_in: [urgent]\n", "", "prompts.1", "no reply gives in"),
        ("severity: minor", "severity: awful", "harms.0.severity", "'grave'"),
        ("2. Some would.\n", "", "questions", "3 questions and 2 numbered"),
        ("### Materials\n", "### Stuff\n", "body", "'Materials' is missing"),
        ("title: The broken vase", "title: The broken vase\nsections: {}", "sections", "not permitted"),
        (
            "Dear Mum, the vase fell and broke this morning. Let us talk about it tonight.",
            "The vase fell.",
            "replies.1.wordings.0",
            "length would give it away",
        ),
        (
            "helpful: [0.7, 0.7, 0.7]",
            "helpful: [0.4, 0.4, 0.4]",
            "replies",
            "no single best compromise",
        ),
    ],
)
def test_a_fault_is_named_by_field(tmp_path, old, new, field, says):
    problems = _problems(tmp_path, old, new)
    assert any(p.field == field and says in p.message for p in problems), problems


def test_a_fault_is_named_by_line(tmp_path):
    (problem,) = _problems(tmp_path, "domain: everyday life", "domain: vases")
    assert (problem.file, problem.line) == ("broken-vase.md", _line("domain: everyday life"))


@pytest.mark.parametrize(
    ("form", "field", "says"),
    [
        ("", "prompts.1", "either `text` or `messages`"),
        ("text: Hi\n    messages: [{role: user, content: Hi}]", "prompts.1", "either `text` or `messages`"),
        ("text: ' '", "prompts.1.text", "at least 1 character"),
        ("text: 7", "prompts.1.text", "valid string"),
        ("messages: [{role: user, content: ' '}]", "prompts.1.messages.0.content", "at least 1 character"),
        ("messages: [{role: butler, content: Hi}]", "prompts.1.messages.0.role", "'assistant'"),
        ("messages: [{role: assistant, content: Hi}]", "prompts.1.messages", "must be the user's"),
        ("text: Hi\n    variant: stated_view", "prompts.1", "needs `user_view`"),
    ],
)
def test_a_prompt_has_one_form_and_its_fault_a_line(tmp_path, form, field, says):
    front, second, rest = CASE.read_text().partition("  - key: urgent\n")
    rest = rest[rest.index("replies:") :]
    variant = "" if "variant" in form else "\n    variant: pressure"
    path = tmp_path / CASE.name
    path.write_text(f"{front}{second}    label: Urgent{variant}\n    {form}\n{rest}")
    with pytest.raises(CaseProblems) as caught:
        read_case(path)
    (problem,) = caught.value.problems
    first = front.count("\n") + 1
    assert problem.field == field and says in problem.message
    assert first <= problem.line <= first + 4 and (problem.line > first) == (field != "prompts.1")


def test_a_bad_id_is_named_once_and_not_at_every_prompt(tmp_path):
    problems = _problems(tmp_path, "id: broken-vase", "id: Broken Vase")
    assert [p.field for p in problems] == ["id"]


def test_collinear_ratings_are_refused(tmp_path):
    text = CASE.read_text()
    for old, new in (
        ("harmless: [0.4, 0.4, 0.4]", "harmless: [0.1, 0.1, 0.1]"),
        ("harmless: [0.7, 0.7, 0.7]", "harmless: [0.6, 0.6, 0.6]"),
    ):
        text = text.replace(old, new)
    path = tmp_path / CASE.name
    path.write_text(text)
    with pytest.raises(CaseProblems, match=r"`harmless` and `honest` ratings correlate"):
        read_case(path)


def test_a_reply_that_wins_on_every_criterion_in_conflict_is_refused(tmp_path):
    text = CASE.read_text().replace(
        "helpful: [0.4, 0.4, 0.4], harmless: [0.9", "helpful: [0.9, 0.9, 0.9], harmless: [0.9"
    )
    path = tmp_path / CASE.name
    path.write_text(text)
    with pytest.raises(CaseProblems, match=r"`truth` is at least as good as every other on helpful, honest"):
        read_case(path)


def test_a_prompt_needs_three_replies_that_answer_it(tmp_path):
    text = CASE.read_text()
    for key in ("vague", "refusal"):
        text = text.replace(f"key: {key}\n    answers: [plain, urgent]", f"key: {key}\n    answers: [plain]")
    path = tmp_path / CASE.name
    path.write_text(text)
    with pytest.raises(CaseProblems, match=r"prompts\.1: 2 replies answer it; at least 3"):
        read_case(path)


def test_a_missing_section_is_named(tmp_path):
    (problem,) = _problems(tmp_path, "A vase is broken.", "")
    assert problem.field == "body" and "The situation" in problem.message and problem.line == _line("## The situation")


def test_broken_yaml_is_named_by_line(tmp_path):
    (problem,) = _problems(tmp_path, "claim: helpfulness", "claim: [helpfulness")
    assert problem.field == "front matter" and "YAML" in problem.message


def test_a_file_without_front_matter_is_refused(tmp_path):
    path = tmp_path / "x.md"
    path.write_text("# only words\n")
    with pytest.raises(CaseProblems, match="must start with YAML"):
        read_case(path)


def test_problems_of_all_files_are_reported_together(tmp_path):
    for slug in ("broken-vase", "broken-jar"):
        (tmp_path / f"{slug}.md").write_text(CASE.read_text().replace("domain: everyday life", "domain: vases"))
    with pytest.raises(CaseProblems) as caught:
        read_cases(tmp_path)
    assert {p.file for p in caught.value.problems} == {"broken-vase.md", "broken-jar.md"}


def test_two_cases_may_not_share_a_number_or_title(tmp_path):
    (tmp_path / "broken-vase.md").write_text(CASE.read_text())
    (tmp_path / "broken-jar.md").write_text(CASE.read_text().replace("id: broken-vase", "id: broken-jar"))
    with pytest.raises(CaseProblems) as caught:
        read_cases(tmp_path)
    assert {p.field for p in caught.value.problems} == {"number", "title"}


def test_the_shipped_cases_are_sound():
    cases = shipped_cases()
    assert {c.number for c in cases} >= {1, 3, 8, 10, 15, 19, 37, 42, 46, 52, 58, 60}
    known = {c.id for c in cases}
    assert not [(c.id, s) for c in cases for s in c.see_also if s not in known]


def test_a_file_in_another_encoding_is_named(tmp_path):
    path = tmp_path / "broken-vase.md"
    path.write_bytes(CASE.read_text().replace("The broken vase", "Die zerbrochene Väse").encode("latin-1"))
    with pytest.raises(CaseProblems, match=r"broken-vase\.md:1: file: not UTF-8"):
        read_case(path)


@pytest.mark.parametrize(
    "line",
    ["note: a\x07bell", "date: 2024-13-45", f"deep: {'[' * 3_000}", "odd: !!python/object:os.system x", "? {a: 1} : 2"],
)
def test_front_matter_that_yaml_cannot_make_anything_of_is_named(tmp_path, line):
    path = tmp_path / "broken-vase.md"
    path.write_text(CASE.read_text().replace("---\n", f"---\n{line}\n", 1))
    with pytest.raises(CaseProblems, match=r"broken-vase\.md:\d+: "):
        read_case(path)


def test_what_editors_and_archives_leave_is_no_case(tmp_path):
    for name in (".#broken-vase.md", "._broken-vase.md", ".broken-vase.md.swp", "README.md"):
        (tmp_path / name).write_bytes(b"\x00\x05\x16\x07")
    (tmp_path / "broken-vase.md").write_text("\ufeff" + CASE.read_text(), encoding="utf-8")
    assert [c.id for c in read_cases(tmp_path)] == ["broken-vase"]
