"""An answer's card."""

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import words_of


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
        and "not applicable" in words_of(app)
        and "tri-mark" not in " ".join(str(h.value) for h in app.get("html") if hasattr(h, "value"))
    )
