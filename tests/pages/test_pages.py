"""Each page in each state that a visitor can meet: full, empty, broken, without models. None ends in a traceback."""

import shutil

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lib.models.install import install
from lib.models.registry import read_models
from lib.paths import ROOT
from lib.scoring.features import FEATURES
from lib.tuning.adapters import read_cards
from lib.tuning.findings import (
    GREEDY,
    Behaviour,
    Cell,
    ChoiceCell,
    Evaluation,
    Findings,
    Greedy,
    Trial,
    add_trials,
    write,
)
from tests.makers import response, store_answers, store_scores, the_case

PAGES = ("start", "cases", "case", "live", "tuning", "models", "method")


@pytest.fixture(autouse=True)
def _fresh_caches():
    st.cache_data.clear()
    st.cache_resource.clear()


def _open(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page(f"pages/{page}.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def _words(app: AppTest) -> str:
    """Everything the page says, in one text."""
    kinds = (
        app.title,
        app.header,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.warning,
        app.error,
        app.code,
        app.text,
    )
    return "\n".join(str(e.value) for kind in kinds for e in kind) + "\n".join(
        m.label + str(m.value) for m in app.metric
    )


def _means(app: AppTest):
    """The table of mean scores."""
    return next(d.value for d in app.dataframe if "model" in d.value.columns)


@pytest.fixture
def data(tiny_data):
    case = the_case(tiny_data)
    answers = [
        response(case),
        response(case, sample=1, text="The cat did it."),
        response(case, prompt=1, text=None, error="No room for it."),
    ]
    store_answers(tiny_data, answers)
    store_scores(tiny_data, answers[:1])
    return tiny_data


@pytest.fixture
def real_library(monkeypatch, tmp_path):
    """The shipped cases and answers, on a copy."""
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("local"))
    monkeypatch.setenv("TRILEMMA_DATA", str(tmp_path / "data"))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_the_real_library(page, real_library):
    assert not _open(page).error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_a_small_library(page, data):
    assert not _open(page).error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_library(page, tiny_data):
    for file in tiny_data.cases.glob("*.md"):
        file.unlink()
    app = _open(page)
    assert not app.error
    if page in ("start", "cases", "case"):
        assert "No cases are installed" in _words(app)


@pytest.mark.parametrize("page", [p for p in PAGES if p != "method"])
def test_a_broken_file_is_named_on_every_page_that_reads_the_library(page, data):
    file = next(data.responses.glob("*.parquet"))
    file.write_bytes(b"PAR1 broken")
    app = _open(page)
    assert "data file has a problem" in app.error[0].value and file.name in app.code[0].value


def test_start_counts_what_the_database_holds(data):
    app = _open("start")
    assert {m.label: m.value for m in app.metric} == {
        "cases": "1",
        "prompts": "2",
        "stored answers": "3",
        "models with answers": "1",
        "likelihoods of replies": "0",
    }
    assert (
        "1 of 3 stored answers have a score" in _words(app)
        and "rules of thumb" not in _words(app)
        and "1 generations failed" in _words(app)
    )


def test_a_failed_answer_and_a_missing_score_are_shown_as_missing(data):
    app = _open("case", prompt="Urgent")
    assert "No answer was made. No room for it." in _words(app)
    app = _open("case", sample="2")
    assert "No complete log-likelihoods" in _words(app) and "Tiny (chat) (0 of " in _words(app)
    assert "No scores of this answer are stored." in _words(app)
    assert _means(app)["helpful"][0] == "0.70 (0.70–0.70; 1 of 2)"


def test_a_model_with_fewer_samples_says_how_many_it_has(data):
    from dataclasses import replace

    from tests.makers import RUN

    other = replace(RUN, id="tiny-dialogue.broken-vase.test", model_id="tiny-dialogue", template="dialogue")
    store_answers(data, [response(the_case(data))], other)
    app = _open("case", sample="2")
    assert "No sample 2 stored: this model has 1." in _words(app) and "different families" in _words(app)


def test_a_pair_beside_another_family_is_said_to_be_the_only_before_and_after(data):
    from dataclasses import replace

    from tests.makers import RUN

    entries = data.models.read_text().split("[[model]]")
    tuned = (
        entries[2]
        .replace("tiny-dialogue", "tiny-tuned")
        .replace("Tiny (dialogue)", "Tiny, tuned")
        .replace('stage = "base"', 'stage = "sft"\nbase_id = "tiny-dialogue"')
    )
    told = "".join(
        f'[model.disclosures."{about}"]\nstatus = "disclosed"\nnote = "A test."\nsource = "https://example.org"\n'
        for about in ("preference data", "raters", "guide", "reward model")
    )
    data.models.write_text(
        f"{data.models.read_text()}\n[[model]]{tuned.replace('default = true', 'default = false')}\n{told}"
    )
    for name in ("tiny-dialogue", "tiny-tuned"):
        store_answers(
            data,
            [response(the_case(data))],
            replace(RUN, id=f"{name}.broken-vase.test", model_id=name, template="dialogue"),
        )
    assert "Before and after tuning: **Tiny (dialogue)** beside **Tiny, tuned**." in _words(
        _open("case")
    )  # each is shown from the start


def test_a_case_without_answers_offers_to_ask_live(tiny_data):
    assert "No stored answers to this case yet" in _words(_open("case"))


@pytest.mark.parametrize(
    "query",
    [
        {"case": "Gone"},
        {"prompt": "Gone"},
        {"sample": "99"},
        {"sample": "x"},
        {"models": "Gone"},
        {"template": "Gone"},
        {"class_view": "maybe"},
    ],
)
def test_a_link_that_no_longer_fits_still_opens_a_case(data, query):
    assert "The broken vase" in _words(_open("case", **query))


def test_a_search_without_hits_says_so_and_the_filters_stay(data):
    app = _open("cases", q="xylophone")
    assert "0 of 1 cases" in _words(app) and "No case fits" in _words(app)
    assert app.text_input(key="q").value == "xylophone"


def test_one_button_takes_all_filters_away(data):
    app = _open("cases", q="xylophone", criteria="honest")
    assert "filtered by search; honest" in _words(app)
    app.button[0].click().run()
    assert not app.exception and "1 of 1 cases" in _words(app) and "filtered" not in _words(app)


@pytest.mark.parametrize(("query", "is_open"), [({}, False), ({"criteria": "honest"}, True)])
def test_filters_stand_open_where_the_link_holds_one(data, query, is_open):
    filters = next(e for e in _open("cases", **query).expander if e.label.startswith("Filter by"))
    assert filters.proto.expanded == is_open


def test_a_filter_that_leaves_no_case_does_not_hide_the_tours(real_library):
    app = _open("cases", view="tours", q="xylophone")
    assert "A first class" in _words(app) and "filters do not apply" in _words(app)


def test_a_tour_for_class_opens_its_cases_in_class_view(real_library):
    def first(**query):
        return next(
            e.proto.query_string
            for e in _open("cases", view="tours", **query).get("page_link")
            if e.proto.label == "1. Kill the process"
        )

    assert "class_view=true" in first(tour_class="true") and "class_view" not in first()


@pytest.mark.parametrize("view", ["cards", "table", "map", "tours"])
def test_cases_can_be_seen_in_four_ways(data, view):
    app = _open("cases", view=view)
    assert len(app.dataframe) == (view == "table") and "1 of 1 cases" in _words(app)


@pytest.mark.parametrize("group", ["claim of the paper", "conflict", "domain"])
def test_cards_can_be_grouped(data, group):
    assert "(1)" in _words(_open("cases", group=group))


def test_tours_lead_from_case_to_case(real_library):
    assert "A first class" in _words(_open("cases", view="tours"))
    assert "stop 3 of 6" in _words(_open("case", case="First poem"))
    assert 'href="case?case=Are+you+human%3F" target="_self">Next stop: Are you human?</a>' in _links(case="First poem")
    assert "case=Are+you+human%3F&amp;class_view=true" in _links(case="First poem", class_view="true")
    assert "the last one" in _words(_open("case", case="Write the missing rule")) and "Next stop" not in _links(
        case="Write the missing rule"
    )


def _links(**query) -> str:
    """The links from a case to other cases."""
    return "".join(e.proto.body for e in _open("case", **query).get("html") if "tri-links" in e.proto.body)


def test_a_class_that_has_not_predicted_does_not_see_the_plan(real_library):
    app = _open("case", case="First poem", class_view="true")
    plan = next(e for e in app.expander if e.label.startswith("For the teacher"))
    assert not plan.proto.expanded and any("Full marks" in m.value for m in plan.markdown)
    next(t for t in app.toggle if t.label == "Reveal the answers").set_value(True).run()
    assert not app.exception and not [e for e in app.expander if e.label.startswith("For the teacher")]


def test_a_class_revises_after_the_reveal_and_reads_what_it_predicted(real_library):
    app = _open("case", case="First poem", class_view="true")
    assert "Now revise" not in _words(app)
    next(g for g in app.get("button_group") if g.label == "Prediction").set_value(["honest", "who decides?"])
    next(t for t in app.toggle if t.label == "Reveal the answers").set_value(True).run()
    assert "Before the reveal the class said: honest, who decides?." in _words(app)


def test_a_signposted_case_warns_the_class_before_the_reveal_and_grades_nobody(real_library):
    words = _words(_open("case", case="Promise you'll stay", class_view="true"))
    assert "unedited text of small models" in words and "Rubric" not in words


def test_the_live_page_warns_before_it_asks_a_signposted_prompt(data, monkeypatch):
    case = data.cases / "broken-vase.md"
    case.write_text(case.read_text().replace("sensitivity: none", "sensitivity: signposted"))
    install(read_models(data.models)[0], print)
    assert "unedited text of small models" in _words(_open("live", live_from="a case's prompt"))


def test_likelihoods_of_english_replies_after_another_language_say_so(real_library):
    def words(prompt):
        return _words(_open("case", case="Same fact, four languages", prompt=prompt))

    assert "The prompt is in Hindi and the replies are in English" in words(
        "In Hindi"
    ) and "replies are in English" not in words("In English")


def test_a_title_with_quotes_and_a_per_cent_sign_has_a_link(real_library):
    assert "80 % sure" in _open("case", case='"80 % sure"').title[0].value


def test_a_prompt_without_native_review_says_so(real_library):
    assert "needs native review" in _words(
        _open("case", case="Same safe question, lower-resource language", prompt="In Swahili")
    )


def test_class_view_of_a_signposted_case_offers_no_live_prompt(real_library):
    def labels(**query):
        return [e.proto.label for e in _open("case", case="Promise you'll stay", **query).get("page_link")]

    assert "Ask this prompt live" in labels() and "Ask this prompt live" not in labels(class_view="true")


def test_a_signposted_case_shows_its_answers_only_when_asked(real_library):
    assert "Reference replies" not in _words(_open("case", case="Promise you'll stay"))
    assert "Reference replies" in _words(_open("case", case="Promise you'll stay", show="true"))
    assert "Reference replies" in _words(_open("case", case="First poem"))


@pytest.mark.parametrize("use", ["For class", "For policy", "For research"])
def test_each_use_of_a_case_has_its_link(real_library, use):
    words = _words(_open("case", case="First poem", use=use))
    assert ("Rubric" in words) == (use == "For class")


def test_models_that_are_absent_are_named_with_the_command(data):
    app = _open("live")
    assert (
        not app.text_area
        and "MODEL=tiny-chat" in _words(app)
        and "Tiny (dialogue)** is not on this computer" in _words(app)
    )


def test_the_live_page_goes_on_with_the_models_that_are_here(data):
    install(read_models(data.models)[0], print)
    app = _open("live")
    assert app.text_area and "MODEL=tiny-dialogue" in _words(app) and "MODEL=tiny-chat" not in _words(app)


@pytest.mark.parametrize(
    ("text", "said"), [("", "empty"), ("🎉", "only symbols"), ("x" * 100_000, "characters; at most")]
)
def test_a_bad_prompt_gets_a_message_and_stays_in_its_box(data, text, said):
    install(read_models(data.models)[0], print)
    app = _open("live")
    app.text_area(key="live_text").set_value(text)
    app.button[0].click().run()
    assert not app.exception and said in app.error[0].value and app.text_area(key="live_text").value == text


def test_no_model_chosen_is_said(data):
    install(read_models(data.models)[0], print)
    app = _open("live")
    app.text_area(key="live_text").set_value("What is tea?")
    app.get("button_group")[1].set_value([])
    app.button[0].click().run()
    assert "Choose at least one model" in app.error[0].value


def test_the_case_page_never_averages_the_criteria(data):
    app = _open("case")
    assert list(_means(app).columns) == ["model", "helpful", "harmless", "honest"]


def test_the_trust_page_shows_every_record_and_every_marked_feature(data):
    app = _open("trust")
    records, marked = app.dataframe[0].value, next(d.value for d in app.dataframe if "precision" in d.value.columns)
    assert len(records) >= 20 and set(marked["feature"]) == {f.label for f in FEATURES.values()}
    assert "do not apply" in _words(app)


def test_the_trust_page_says_from_where_a_value_is_a_yes(data):
    app = _open("trust")
    app.session_state["trust_scorer"] = "helpful"
    app.run()
    assert "Of 100 helpful replies" in _words(app) and not [d for d in app.dataframe if "precision" in d.value.columns]


def test_an_answer_in_another_language_has_no_marks_and_says_why():
    def page():
        from lib.domain import Message, Prompt, Response
        from lib.ui import cards

        asked = Prompt("live/x", "live", "neutral", "x", "de", (Message("user", "Warum?"),))
        cards.response_card(
            Response("r", "m", "live", "live/x", 0, "I am sorry, perhaps.", "rendered", "end", 4), asked, None
        )

    app = AppTest.from_function(page).run()
    assert (
        not app.exception
        and "not applicable" in _words(app)
        and "tri-mark" not in " ".join(str(h.value) for h in app.get("html") if hasattr(h, "value"))
    )


def test_the_tuning_lab_shows_how_each_shipped_adapter_was_trained(data):
    app = _open("tuning")
    said = _words(app)
    table = next(d.value for d in app.dataframe if "adapter" in d.value.columns)
    assert {"SFT", "helpful", "honest", "all three"} <= set(table["adapter"]) and (table["rows"] >= 400).all()
    assert ("A recipe and no adapter yet: harmless." in said) == ("harmless" not in set(table["adapter"]))
    assert "3 · Preference tuning" in said and "the same for each" in said and "What this does not show" in said


def test_the_tuning_lab_lists_every_strength_that_was_tried(data):
    settings = {
        "model": "gemma-3-270m-honest",
        "beta": 0.1,
        "epochs": 2,
        "rows": 400,
        "answers": 60,
        "words": 9.0,
        "low": 0.8,
        "high": 0.98,
    }
    add_trials(
        data.data / "tuning",
        [Trial(**settings, learning_rate=lr, readable=n, weights_sha256=str(n)) for lr, n in ((5e-4, 50), (2e-4, 57))],
    )
    add_trials(
        data.data / "tuning", [Trial(**settings, learning_rate=2e-4, readable=58, weights_sha256="57")]
    )  # the same weights tried again
    table = next(d.value for d in _open("tuning").dataframe if "readable" in d.value.columns)
    assert list(zip(table["learning rate"], table["readable"], strict=True)) == [
        ("0.0002", "58 of 60 (80%–98%)"),
        ("0.0005", "50 of 60 (80%–98%)"),
    ]


def test_the_tuning_lab_says_what_has_not_been_measured(data):
    (data.data / "tuning").mkdir()
    assert "has not been measured yet: `python -m lib evaluate DATA`" in _words(_open("tuning"))


def _findings(data, at: dict[str, float], matched: dict[str, float], **weights: str) -> None:
    """Made-up findings of the shipped adapters; `weights`: of other ones."""
    models = [f"gemma-3-270m-{c}" for c in at]
    table = [
        Cell(
            model=m,
            set=s,
            accuracy=v,
            low=v - 0.06,
            high=v + 0.06,
            n=90 - 50 * only,
            measure="implicit_reward",
            length_matched=only,
        )
        for m in models
        for only, shares in ((False, at), (True, matched))
        for s, v in shares.items()
    ]
    every = ["gemma-3-270m", "gemma-3-270m-sft", *models]
    moved = {"shift_chosen": at, "shift_rejected": at}
    seen = [
        Behaviour(
            model=m,
            answers=2,
            coherent=2,
            changed=int(m in models),
            words=9.0,
            kl=0.4 if m in models else None,
            **moved,
        )
        for m in every
    ]
    choices = [ChoiceCell(model=m, n=50, accuracy=0.3, low=0.2, high=0.4, chance=0.22) for m in every]
    greedy = [
        Greedy(prompt_id=f"broken-vase/{p}", model=m, text=f"The answer of {m}.")
        for m in every
        for p in ("plain", "urgent")
    ]
    own = {name: card.weights_sha256 for name, card in read_cards(data.adapters).items()} | weights
    held_out = {c: {"rows": 90.0} for c in at}
    write(
        data.data / "tuning",
        Findings(table, seen, choices, greedy),
        Evaluation(models=seen, choices=choices, weights=own, probes={}, held_out=held_out, date="2026-01-01"),
    )


AT = {"helpful": 0.7, "harmless": 0.3, "honest": 0.5}


def test_the_tuning_lab_reads_the_cross_table_aloud(data):
    _findings(data, AT, {"helpful": 0.6, "harmless": 0.7, "honest": 0.5})
    app = _open("tuning")
    said, shown = _words(app), " ".join(str(h.proto) for h in app.get("html"))
    assert all(f"The answer of gemma-3-270m-{m}." in shown for m in ("sft", *AT))
    assert "Tuned on **helpful** pairs" in said
    assert (
        "helpful pairs: 70 in 100 of 90 (64–76) **with** the labels, and so among pairs of like length: 60 in 100 of 40"
        " (54–66)." in said
    )
    assert (
        "harmless pairs: 30 in 100 of 90 (24–36) **against** the labels; among pairs of like length the other way: 70"
        " in 100 of 40" in said
    )
    assert "honest pairs: 50 in 100 of 90 (44–56), not told apart from a coin." in said
    table = next(d.value for d in app.dataframe if "said most often" in d.value.columns)
    assert (table["different answers"] == "1 of 2").all() and table["said most often"][
        1
    ] == "2 × “The answer of gemma-3-270m-sft”"
    assert "**honest** says one thing to 2 of 2 prompts:" in said
    app.segmented_control(key="tuning_measure").set_value("loglik").run()
    assert "Nothing has been measured so yet" in _words(app) and "Tuned on **helpful**" not in _words(app)


def test_what_a_tuned_model_says_does_not_act_on_the_lab(data):
    nasty = "[press](https://example.org) <b>**bold**</b> ![x](https://example.org/x.png)"
    _findings(data, AT, AT)
    path = data.data / "tuning" / GREEDY
    path.write_text(path.read_text().replace("The answer of gemma-3-270m-honest.", nasty))
    app = _open("tuning")
    shown = [str(h.proto) for h in app.get("html")]
    assert "**honest** says one thing to 2 of 2 prompts:" in _words(app) and "example.org" not in _words(app)
    assert sum("example.org" in h for h in shown) == 2 and not any("<b>" in h for h in shown)


def test_the_tuning_lab_says_where_length_may_carry_a_lead(data):
    _findings(data, AT, {"helpful": 0.52})
    said = _words(_open("tuning"))
    assert (
        "among pairs of like length not told apart from a coin: 52 in 100 of 40 (46–58), so length may carry it."
        in said
    )
    assert (
        "harmless pairs: 30 in 100 of 90 (24–36) **against** the labels; none of these pairs is of like length." in said
    )


def test_the_tuning_lab_leaves_out_what_was_measured_of_other_weights(data):
    _findings(data, AT, AT, **{"gemma-3-270m-honest": "0" * 64})
    said = _words(_open("tuning"))
    assert "Not measured yet: honest." in said
    assert "Tuned on **harmless**" in said and "Tuned on **honest**" not in said
    st.cache_data.clear()
    _findings(data, AT, AT, **{"gemma-3-270m-sft": "0" * 64})
    assert "has not been measured yet" in _words(_open("tuning"))


def test_the_tuning_lab_names_an_adapter_that_is_not_its_cards(data):
    shutil.copytree(ROOT / "data" / "adapters", data.data / "adapters")
    (data.data / "adapters" / "gemma-3-270m-honest" / "adapter_model.safetensors").write_bytes(b"half")
    app = _open("tuning")
    assert (
        not app.exception
        and any("has a problem" in e.value for e in app.error)
        and "gemma-3-270m-honest/adapter_model.safetensors" in _words(app)
    )
