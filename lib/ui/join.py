"""Inside the app, the door for those who want to join; answering happens on pages of their own, beside Streamlit."""

import streamlit as st


def door() -> None:
    st.title("Join", anchor=False)
    st.markdown("Your teacher shows six letters. Type them on the next page, on a phone or on this device.")
    st.link_button("Type the code", "/in", type="primary", icon=":material/login:")
    st.caption("No account and no name. The page for answering is small, and works on an old phone too.")
