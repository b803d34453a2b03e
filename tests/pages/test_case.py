"""A case's page: answers, what is missing, the class view, the links on."""

import shutil
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.domain import CRITERIA
from lib.measures.stats import share
from lib.paths import ROOT, Paths
from lib.validation.answer_key import CheckRecord, write_check_records
from tests.makers import RUN, response, store_answers, store_checks, store_scores, the_case
from tests.pages.conftest import open_page, words_of


def _means(app: AppTest):
    """The table of mean scores."""
    return next(d.value for d in app.dataframe if "model" in d.value.columns)


def test_a_score_that_has_earned_its_place_is_a_bar_with_its_value(data):
    bars = [e.proto.body for e in open_page("case").get("html") if e.proto.body.startswith('<div class="tri-bar')]
    assert [b.split(">")[0] for b in bars] == [f'<div class="tri-bar tri-bar-{c}"' for c in CRITERIA]
    assert all("0.70" in b and "width:70.0%" in b and "tri-bar-range" in b and "tri-bar-mark" not in b for b in bars)


def test_a_failed_answer_and_a_missing_score_are_shown_as_missing(data):
    app = open_page("case", prompt="Urgent")
    assert "No answer was generated. No room for it." in words_of(app)
    app = open_page("case", sample="2")
    assert "No complete log-likelihoods" in words_of(app) and "Tiny (chat) (0 of " in words_of(app)
    assert "No scores are stored for this answer." in words_of(app)
    assert _means(app)["helpful"][0] == "0.70 (0.70–0.70; 1 of 2)"


def test_a_model_with_fewer_samples_says_how_many_it_has(data):
    other = replace(RUN, id="tiny-dialogue.broken-vase.test", model_id="tiny-dialogue", template="dialogue")
    store_answers(data, [response(the_case(data))], other)
    app = open_page("case", sample="2")
    assert "No sample 2 stored: this model has 1." in words_of(app) and "different families" in words_of(app)


def test_a_pair_beside_a_mismatch_is_said_to_be_the_only_before_and_after(data):
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
    assert "Before and after tuning: **Tiny (dialogue)** beside **Tiny, tuned**." in words_of(
        open_page("case")
    )  # each is shown from the start


def test_a_case_without_answers_offers_to_ask_live(tiny_data):
    assert "No stored answers to this case yet" in words_of(open_page("case"))


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
    assert "The broken vase" in words_of(open_page("case", **query))


def test_tours_lead_from_case_to_case(real_library):
    assert "A first class" in words_of(open_page("cases", view="tours"))
    assert "stop 3 of 6" in words_of(open_page("case", case="First poem"))
    assert 'href="case?case=Are+you+human%3F" target="_self">Next stop: Are you human?</a>' in _links(case="First poem")
    assert "case=Are+you+human%3F&amp;class_view=true" in _links(case="First poem", class_view="true")
    assert "the last one" in words_of(open_page("case", case="Write the missing rule")) and "Next stop" not in _links(
        case="Write the missing rule"
    )


def _links(**query) -> str:
    """The links from a case to other cases."""
    return "".join(e.proto.body for e in open_page("case", **query).get("html") if "tri-links" in e.proto.body)


def test_a_class_that_has_not_predicted_does_not_see_the_plan(real_library):
    app = open_page("case", case="First poem", class_view="true")
    plan = next(e for e in app.expander if e.label.startswith("For the teacher"))
    assert not plan.proto.expanded and any("Full marks" in m.value for m in plan.markdown)
    next(t for t in app.toggle if t.label == "Reveal the answers").set_value(True).run()
    assert not app.exception and not [e for e in app.expander if e.label.startswith("For the teacher")]


def test_a_class_revises_after_the_reveal_and_reads_what_it_predicted(real_library):
    app = open_page("case", case="First poem", class_view="true")
    assert "Now revise" not in words_of(app)
    next(g for g in app.get("button_group") if g.label == "Prediction").set_value(["honest", "who decides?"])
    next(t for t in app.toggle if t.label == "Reveal the answers").set_value(True).run()
    assert "Before the reveal the class said: honest, who decides?." in words_of(app)


def test_a_signposted_case_warns_the_class_before_the_reveal_and_grades_nobody(real_library):
    words = words_of(open_page("case", case="Promise you'll stay", class_view="true"))
    assert "unedited text from small models" in words and "Rubric" not in words


def test_likelihoods_of_english_replies_after_another_language_say_so(real_library):
    def words(prompt):
        return words_of(open_page("case", case="Same fact, four languages", prompt=prompt))

    assert "The prompt is in Hindi and the replies are in English" in words(
        "In Hindi"
    ) and "replies are in English" not in words("In English")


def test_a_title_with_quotes_and_a_per_cent_sign_has_a_link(real_library):
    assert "80 % sure" in open_page("case", case='"80 % sure"').title[0].value


def test_a_prompt_without_native_review_says_so(real_library):
    assert "needs native review" in words_of(
        open_page("case", case="Same safe question, lower-resource language", prompt="In Swahili")
    )


def test_class_view_of_a_signposted_case_offers_no_live_prompt(real_library):
    def labels(**query):
        return [e.proto.label for e in open_page("case", case="Promise you'll stay", **query).get("page_link")]

    assert "Ask this prompt live" in labels() and "Ask this prompt live" not in labels(class_view="true")


def test_a_signposted_case_shows_its_answers_only_when_asked(real_library):
    assert "Reference replies" not in words_of(open_page("case", case="Promise you'll stay"))
    assert "Reference replies" in words_of(open_page("case", case="Promise you'll stay", show="true"))
    assert "Reference replies" in words_of(open_page("case", case="First poem"))


@pytest.mark.parametrize("use", ["For class", "For policy", "For research"])
def test_each_use_of_a_case_has_its_link(real_library, use):
    words = words_of(open_page("case", case="First poem", use=use))
    assert ("Rubric" in words) == (use == "For class")


def test_the_case_page_never_averages_the_criteria(data):
    app = open_page("case")
    assert list(_means(app).columns) == ["model", "helpful", "harmless", "honest"]


def test_a_mean_is_of_one_scorer_which_the_reader_picks(data):
    case = the_case(data)
    answers = [response(case), response(case, sample=1)]
    for scorer, value in (("judge-1", 0.1), ("heads-2", 0.9)):
        store_scores(data, answers, value, scorer)
    app = open_page("case")
    assert _means(app)["helpful"][0] == "0.90 (0.90–0.90; 2 of 2)" and "Scorer: heads-2." in words_of(app)
    assert any(e.label == "Why these scores (by heads-2)" for e in app.expander)
    app.segmented_control(key="scorer").set_value("judge-1").run()
    assert _means(app)["helpful"][0] == "0.10 (0.10–0.10; 2 of 2)" and "Scorer: judge-1." in words_of(app)
    assert _means(open_page("case", scorer="test-1"))["helpful"][0] == "0.70 (0.70–0.70; 1 of 2)"


def test_where_one_scorer_has_scored_none_is_asked_for(data):
    app = open_page("case")
    assert "Scorer: test-1." in words_of(app)
    assert "Scorer" not in [g.label for g in app.get("button_group")]
    assert "learned models" not in words_of(app)  # it is no learned scorer


def test_the_section_on_what_pulls_apart_is_headed_the_conflict(data):
    headings = [h.value for h in open_page("case").subheader]
    assert headings[:3] == ["The situation", "Who is affected", "The conflict"]


def test_reply_likelihoods_are_said_in_words_and_drawn_on_request(real_library):
    app = open_page("case", case="Wrong sum, sure user", prompt="He says 54")
    words = words_of(app)
    assert "No complete log-likelihoods" not in words and not app.get("plotly_chart")
    assert "- **agree**: the favourite of 3 of 3 models after *He says 54*" in words
    assert "of 1 of 3 after *Plain question*" in words
    assert words.count("Of the reference replies this prompt favours *agree*.") == 3
    app.session_state["numbers"] = True
    app.run()
    assert len(app.get("plotly_chart")) == 2 and not app.exception


def test_the_favourites_of_the_plain_prompt_are_not_compared_with_themselves(real_library):
    app = open_page("case", case="Wrong sum, sure user", prompt="Plain question")
    said = next(m.value for m in app.markdown if "the favourite of" in m.value)
    assert "after *Plain question*" in said and "; of" not in said


def test_a_visitor_is_first_shown_where_something_happened(flipped):
    app = open_page("case")
    assert "**What was asked.** “Write a note" in words_of(app) and "Stored are 16 answers of 1 model." in words_of(app)
    assert app.session_state["prompt"] == "Urgent"  # the wording at which the check changes
    assert open_page("case", prompt="Plain request").session_state["prompt"] == "Plain request"


def test_the_first_sample_shown_is_one_that_makes_the_difference(tiny_data):
    case = the_case(tiny_data)
    told = {0: ["I broke it, Mum."] * 20, 1: ["I broke it, Mum."] * 12 + ["The cat did it, Mum."] * 8}
    answers = [response(case, prompt=p, sample=k, text=t) for p, texts in told.items() for k, t in enumerate(texts)]
    store_answers(tiny_data, answers)
    store_checks(tiny_data)
    _borne_out(tiny_data, case.id)
    assert "Sample 13 of 20." in words_of(open_page("case"))
    assert "Sample 2 of 20." in words_of(open_page("case", sample="2"))


def test_what_a_larger_model_judged_is_ticked_and_said_to_be_judged(real_library):
    words = words_of(open_page("case", case="Brilliant business plan", prompt="What do you think", sample="2"))
    assert "calls the idea a good one (judged by a larger model)" in words.replace("\\", "")


def test_prompts_stand_side_by_side_under_one_model(flipped):
    app = open_page("case", by="prompts under one model")
    words = words_of(app)
    assert "**Plain request**" in words and "**Urgent**" in words and not app.exception
    assert "**says who broke it**" in words and ":material/close: says who broke it" in words
    next(g for g in app.get("button_group") if g.label == "Prompts").set_value([])
    assert "Choose at least one prompt." in words_of(app.run())


def test_a_class_predicts_one_prompt_at_a_time(flipped):
    app = open_page("case", by="prompts under one model", class_view="true")
    assert "Predict first." in words_of(app) and "I broke it, Mum." not in words_of(app)


def _borne_out(data: Paths, case_id: str) -> None:
    """Records that say of the check `truth` that labels bear it out."""
    shutil.copytree(ROOT / "data" / "validity", data.data / "validity")
    record = CheckRecord(case_id=case_id, check_key="truth", yes=6, right=6, precision=share(6, 6), no=6, missed=1)
    write_check_records(data.validity, [record])


@pytest.fixture
def flipped(tiny_data):
    """A check that says yes to each of eight answers when asked plainly and to none under pressure, and its labels."""
    case = the_case(tiny_data)
    said = [(0, "I broke it, Mum."), (1, "The cat did it, Mum.")]
    answers = [response(case, prompt=p, sample=k, text=text) for p, text in said for k in range(8)]
    store_answers(tiny_data, answers)
    store_scores(tiny_data, answers[:1], scorer="heads-2")
    store_checks(tiny_data)
    _borne_out(tiny_data, case.id)
    return tiny_data


def test_what_happened_is_said_first_with_its_counts_and_interval(flipped):
    app = open_page("case")
    told = [m.value for m in app.markdown]
    happened = next(k for k, m in enumerate(told) if m == "**What happened here**")
    assert (
        "says who broke it in **8 of 8** answers to *Plain request*, and in **0 of 8** to *Urgent*"
        in told[happened + 2]
    )
    assert "95% interval -100 to " in told[happened + 2]
    assert happened < next(k for k, m in enumerate(told) if "vase" in m and k > happened)


def test_a_class_that_has_not_predicted_is_not_told_what_happened(flipped):
    app = open_page("case", class_view="true")
    assert "What happened here" not in words_of(app)
    next(t for t in app.toggle if t.label == "Reveal the answers").set_value(True).run()
    assert "What happened here" in words_of(app)


def test_a_check_that_labels_do_not_bear_out_stands_in_no_headline(flipped):
    record = CheckRecord(
        case_id="broken-vase", check_key="truth", yes=6, right=4, precision=share(4, 6), no=6, missed=1
    )
    write_check_records(flipped.validity, [record])
    app = open_page("case")
    assert "Nothing is put in words yet" in words_of(app)
    assert "of 6 answers that the check ticks, 4 are right" in words_of(app)  # the grid is shown, with that


def test_the_grid_counts_what_each_check_said(flipped):
    grid = next(d.value for d in open_page("case").dataframe if list(d.value.columns) == ["Tiny (chat)"])
    assert list(grid["Tiny (chat)"]) == ["8 of 8", "0 of 8"] and list(grid.index) == ["Plain request", "Urgent"]


def test_a_card_ticks_its_checks_and_shows_no_score_that_has_not_earned_it(flipped):
    app = open_page("case", prompt="Plain request")
    assert "**says who broke it**" in words_of(app)
    assert "No trustworthy score for helpful, harmless, honest" in words_of(app) and not app.get("progress")
    assert not [d for d in app.dataframe if "helpful" in d.value.columns]
    assert ":material/close: says who broke it" in words_of(open_page("case", prompt="Urgent"))


def test_show_lays_the_two_answers_of_a_difference_side_by_side_and_chooses_them_below(flipped):
    app = open_page("case")
    assert "such answers" not in words_of(app)
    app.button(key="case_show_0").click().run()
    assert not app.exception and words_of(app).count("The first of 8 such answers among 8.") == 2
    assert "**Tiny (chat)**, *Plain request*" in words_of(app) and "**Tiny (chat)**, *Urgent*" in words_of(app)
    assert app.session_state["prompt"] == "Urgent"


def test_show_leaves_a_class_at_its_prompt(flipped):
    app = open_page("case", class_view="true")
    next(t for t in app.toggle if t.label == "Reveal the answers").set_value(True).run()
    before = app.session_state["prompt"]
    app.button(key="case_show_0").click().run()
    assert "such answers among 8" in words_of(app) and app.session_state["prompt"] == before


def test_each_side_of_a_difference_shows_an_answer_that_makes_it(tiny_data):
    case = the_case(tiny_data)
    told = {0: ["I broke it, Mum."] * 20, 1: ["I broke it, Mum."] * 12 + ["The cat did it, Mum."] * 8}
    answers = [response(case, prompt=p, sample=k, text=t) for p, texts in told.items() for k, t in enumerate(texts)]
    store_answers(tiny_data, answers)
    store_checks(tiny_data)
    _borne_out(tiny_data, case.id)
    app = open_page("case")
    app.button(key="case_show_0").click().run()
    assert "The first of 20 such answers among 20." in words_of(app)
    assert "The first of 8 such answers among 20." in words_of(app)  # though most of them say it


def test_a_case_without_answers_has_nothing_to_tell(tiny_data):
    assert "What happened here" not in words_of(open_page("case"))
