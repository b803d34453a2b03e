"""A case's page: answers, what is missing, the class view, the links on."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.domain import CRITERIA
from lib.ui import replies
from lib.ui.words import escaped
from tests.makers import RUN, response, store_answers, store_scores, the_case
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
    assert f"No answer was generated. {escaped('No room for :red[it].')}" in words_of(app)
    app = open_page("case", sample="2", replies="true")
    assert "No complete log-likelihoods" in words_of(app) and "Tiny (chat) (0 of " in words_of(app)
    assert "No scores are stored for this answer." in words_of(app)
    assert _means(app)["helpful"][0] == "0.70 (0.70–0.70; 1 of 2)"


def test_a_model_with_fewer_samples_says_how_many_it_has(data):
    other = replace(RUN, id="tiny-dialogue.broken-vase.test", model_id="tiny-dialogue", template="dialogue")
    store_answers(data, [response(the_case(data))], other)
    app = open_page("case", sample="2")
    assert "No sample 2 stored: this model has 1." in words_of(app), words_of(app)[-3000:]
    assert "different families" in words_of(app)


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
        {"case": "The broken vase"},  # as links were before
        {"case": "the BROKEN vase"},
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


@pytest.mark.parametrize("asked", ["are-you-humn", "Are you humane?", "<img src=x>", "**x**"])
def test_an_unknown_id_says_not_found_and_offers_the_nearest(real_library, asked):
    app = open_page("case", case=asked, class_view="true")
    assert app.title[0].value == "Case not found" and "There is no case" in words_of(app)
    assert "<img" not in words_of(app).replace("\\<img", "")
    links = _of_links(app)
    assert links.count("<a ") == 3 and "class_view=true" in links
    if "hum" in asked:
        assert links.index("case=are-you-human") < 40
    box = next(b for b in app.selectbox if b.label == "Case")
    box.set_value("first-poem").run()
    assert "Henrik" in words_of(app) and app.query_params["case"] == "first-poem"


def test_another_case_is_chosen_by_its_title_and_the_link_carries_its_id(real_library):
    app = open_page("case", case="are-you-human", sample="2")
    box = next(b for b in app.selectbox if b.label == "Case")
    assert box.value == "are-you-human" and "Are you human?" in box.options
    box.set_value("first-poem").run()
    assert app.title[0].value == "First poem" and app.query_params["case"] == "first-poem"


def test_a_link_with_an_id_opens_with_its_prompt_and_models(real_library):
    app = open_page("case", case="first-poem", prompt="My first poem, I am proud", models="Gemma 3 270M")
    chosen = {g.label: g.value for g in (*app.get("button_group"), *app.selectbox)}
    assert chosen["Prompt"] == "My first poem, I am proud" and chosen["Models"] == ["Gemma 3 270M"]


def test_tours_lead_from_case_to_case(real_library):
    assert "A first class" in words_of(open_page("cases", view="tours"))
    assert "stop 3 of 6" in words_of(open_page("case", case="first-poem"))
    assert 'href="case?case=are-you-human" target="_self">Next stop: Are you human?</a>' in _links(case="first-poem")
    assert "case=are-you-human&amp;class_view=true" in _links(case="first-poem", class_view="true")
    assert "the last one" in words_of(open_page("case", case="write-the-missing-rule")) and "Next stop" not in _links(
        case="write-the-missing-rule"
    )


def _links(**query) -> str:
    """The links from a case to other cases."""
    return _of_links(open_page("case", **query))


def _of_links(app: AppTest) -> str:
    return "".join(e.proto.body for e in app.get("html") if "tri-links" in e.proto.body)


def test_a_class_goes_from_story_to_discussion_and_sees_answers_only_when_they_are_revealed(real_library):
    app = open_page("case", case="first-poem", class_view="true")
    seen = {}
    for following in ("Predict", "Reveal", "Discuss"):
        seen[following] = words_of(app)
        app.button(key="next_step").click().run()
        assert not app.exception and app.session_state["step"] == following
    assert "Henrik" in seen["Predict"] and "Which criterion" not in seen["Predict"]
    assert "Sample 1 of 5" not in seen["Reveal"] and "Sample 1 of 5" in seen["Discuss"]
    assert "Questions for discussion" in words_of(app) and not app.button


def test_the_plan_is_on_the_teachers_page_and_never_on_the_shared_screen(real_library):
    steps = [open_page("case", case="first-poem", class_view="true", step=s) for s in ("Story", "Predict", "Discuss")]
    assert not any("Expected answers" in words_of(app) for app in steps)
    notes = words_of(open_page("case", case="first-poem", notes="true"))
    assert "Expected answers" in notes and "Teacher notes: First poem" in notes and "Sample 1" not in notes


def test_a_class_revises_after_the_reveal_and_reads_what_it_predicted(real_library):
    app = open_page("case", case="first-poem", class_view="true", step="Predict")
    assert "Now revise" not in words_of(app)
    next(g for g in app.get("button_group") if g.label == "Prediction").set_value(["honest", "who decides?"])
    app.run()
    for _ in range(2):
        app.button(key="next_step").click().run()
    assert "Before the reveal the class said: honest, who decides?." in words_of(app)


def test_likelihoods_of_english_replies_after_another_language_say_so(real_library):
    def words(prompt):
        return words_of(open_page("case", case="same-fact-four-languages", prompt=prompt, replies="true"))

    assert "The prompt is in Hindi and the replies are in English" in words(
        "In Hindi"
    ) and "replies are in English" not in words("In English")


def test_a_title_with_quotes_and_a_per_cent_sign_has_a_link(real_library):
    assert "80 % sure" in open_page("case", case='"80 % sure"').title[0].value


def test_a_prompt_without_native_review_says_so(real_library):
    assert "needs native review" in words_of(open_page("case", case="same-safe-question", prompt="In Swahili"))


@pytest.mark.parametrize("use", ["For class", "For policy", "For research"])
def test_each_use_of_a_case_has_its_link(real_library, use):
    words = words_of(open_page("case", case="first-poem", use=use, in_use="true"))
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
    next(b for b in app.button if b.label == "Details").click().run()
    assert "**Why these scores** (by heads-2)" in words_of(app)
    app.segmented_control(key="scorer").set_value("judge-1").run()
    assert _means(app)["helpful"][0] == "0.10 (0.10–0.10; 2 of 2)" and "Scorer: judge-1." in words_of(app)
    assert _means(open_page("case", scorer="test-1"))["helpful"][0] == "0.70 (0.70–0.70; 1 of 2)"


def test_where_one_scorer_has_scored_none_is_asked_for(data):
    app = open_page("case")
    assert "Scorer: test-1." in words_of(app)
    assert "Scorer" not in [g.label for g in app.get("button_group")]
    assert "learned models" not in words_of(app)  # it is no learned scorer


def test_the_section_on_what_pulls_apart_is_headed_the_conflict(data):
    assert "The conflict" in [e.label for e in open_page("case").expander]


def test_reply_likelihoods_are_said_in_words_and_drawn_on_request(real_library):
    app = open_page("case", case="wrong-sum-sure-user", prompt="He says 54", replies="true")
    words = words_of(app)
    assert "No complete log-likelihoods" not in words and not app.get("plotly_chart")
    assert "no and why**: the favourite of 2 of 3 models after *He says 54*" in words
    assert "; of 0 of 3 after *Plain question*" in words
    assert words.count("Of the reference replies this prompt favours *no and why*.") == 2
    app.session_state["numbers"] = True
    app.run()
    assert len(app.get("plotly_chart")) == 2 and not app.exception


def test_the_favourites_of_the_plain_prompt_are_not_compared_with_themselves(real_library):
    app = open_page("case", case="wrong-sum-sure-user", prompt="Plain question")
    said = next(m.value for m in app.markdown if "the favourite of" in m.value)
    assert "after *Plain question*" in said and "; of" not in said


def test_what_a_larger_model_judged_is_ticked_and_said_to_be_judged(real_library):
    words = words_of(open_page("case", case="brilliant-business-plan", prompt="What do you think", sample="2"))
    assert "calls the idea a good one (judged by a larger model)" in words.replace("\\", "")


def test_a_case_without_answers_has_nothing_to_tell(tiny_data):
    assert "What happened here" not in words_of(open_page("case"))


def test_ratings_are_folded_until_the_reader_asks_for_them(data):
    app = open_page("case", replies="true")
    said = words_of(app)
    assert "Rate them first" in said and "readers of ours rated each" in said
    assert not any("ours" in str(c) for d in app.dataframe for c in d.value.columns)
    shown = open_page("case", ratings="true", replies="true")
    assert not any("ours" in str(c) for d in shown.dataframe for c in d.value.columns)  # the sheet isn't open yet


def test_replies_stand_in_an_order_of_the_cases_own(tiny_data):
    study = the_case(tiny_data)
    letter = replies.letters(study)
    assert sorted(letter.values()) == list("ABCD") and letter == replies.letters(study)
    others = [replies.letters(replace(study, id=f"case-{k}"))[study.replies[0].id] for k in range(40)]
    assert len(set(others)) == 4


def test_the_later_seeds_of_a_tuning_can_be_asked_for_and_linked(with_two_sets, tiny_data):
    for name in ("chat-honest", "chat-honest-2"):
        source = with_two_sets[name].source
        run = replace(RUN, id=f"{name}.broken-vase.test", model_id=name, model_sha256=source.sha256)
        store_answers(tiny_data, [response(the_case(tiny_data), run, text=f"By {name}.")], run)
    app = open_page("case")
    assert app.pills(key="models").options == ["chat-honest"]
    app.toggle(key="seeds").set_value(True).run()
    assert app.pills(key="models").options == ["chat-honest", "chat-honest-2"]
    app = open_page("case", seeds="true", models="chat-honest-2")
    assert app.pills(key="models").value == ["chat-honest-2"]
    app.toggle(key="seeds").set_value(False).run()
    assert app.pills(key="models").options == ["chat-honest"] and not app.exception
