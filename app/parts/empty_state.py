"""What is said when there is nothing to show yet, and how to change that."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.access import Role, User
from app.parts.build_list import build_list
from app.parts.removal import removal
from app.parts.text import plain
from app.parts.upload import upload
from segmodel.definition import FILE_NAME
from segmodel.errors import SegmodelError


def no_build(folder: Path, user: User) -> None:
    """Say that a workspace has no build yet, how to make one, and offer to bring a file to those who may."""
    st.title("There is nothing to show yet", anchor=False)
    if (folder / FILE_NAME).is_file():
        st.markdown("This workspace is defined but was never built. Build it on the command line:")
        st.code(f"segmodel build {folder.name}", language="bash")
    else:
        st.markdown("This folder has no definition yet. Start one from a file of transactions on the command line:")
        st.code(f"segmodel init {folder.name} --transactions FILE", language="bash")
    if user.may(Role.ANALYST):
        st.markdown("Or bring a file here.")
        upload()
    removal(folder, user)


def cannot_open(folder: Path, user: User, error: SegmodelError) -> None:
    """Say that the published build cannot be opened; stewards see why, and the builds to go back to."""
    st.title("The published build cannot be opened", anchor=False)
    if not user.may(Role.STEWARD):
        st.error("A steward of this workspace can publish an earlier build again.", icon=":material/error:")
        return
    st.error(plain(error), icon=":material/error:")
    build_list(folder, is_open=True)
    removal(folder, user)


def cannot_show(error: SegmodelError) -> None:
    """Say why what was asked for cannot be shown."""
    st.error(plain(error), icon=":material/error:")


def sign_in() -> None:
    """Ask a visitor to sign in."""
    st.title("Sign in to see the segments", anchor=False)
    st.markdown("Segmentations are confidential: they are shown to people of this organisation only.")
    st.button("Sign in", on_click=st.login, icon=":material/login:")
