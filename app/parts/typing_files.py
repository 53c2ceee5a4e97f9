"""What leaves the typing tool: a file of answers told, the questionnaire on paper, numbers and SQL."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from app import batteries, queries
from app.access import Role
from app.parts.download_bar import provenance
from app.parts.finding import section_title
from app.parts.number_table import number_table
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.errors import SegmodelError
from segmodel.reports import platform_document, to_csv
from segmodel.typing_tool import Battery, ScoredFile, questionnaire


def file_of_answers(context: Context, battery: Battery) -> None:
    """Take a file of answers and give it back with segments."""
    section_title("Tell a whole file of answers")
    names = formats.listed([question.name for question in battery.questions])
    st.caption(plain(f"A row a person, with columns {names}; csv or xlsx. Nothing of it is kept."))
    if not context.user.may(Role.ANALYST):
        st.caption("Analysts can upload a file here.")
        return
    file = st.file_uploader("File of answers", type=["csv", "xlsx"], key="typing_file")
    if file is None:
        return
    try:
        with st.spinner("Telling segments"):
            scored = batteries.score(battery, file.name, file.getbuffer())
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")
        return
    for note in scored.notes:
        st.markdown(plain(note))
    _problems(scored)
    content = f"Segments told by {len(battery.questions)} questions, battery {battery.version}"
    origin = provenance(context, content, float(scored.told))
    st.download_button(
        "Download with segments",
        data=to_csv(scored.rows, origin),
        file_name=f"segments-{context.selection.segmentation}-{battery.version}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="typing_scored",
    )


def _problems(scored: ScoredFile) -> None:
    problems = scored.rows.loc[scored.rows["problem"].fillna("") != "", "problem"]
    if problems.empty:
        return
    with st.expander(f"Rows with a problem: {formats.number(len(problems))}", key="typing_problems"):
        shown = pd.DataFrame({"Row": (problems.index + 1).astype(str), "Problem": problems.astype(str)})
        number_table(shown.head(20), "First rows with a problem")


def give_out(context: Context, battery: Battery) -> None:
    """Show the downloads: paper, key, survey platforms, SQL."""
    section_title("On paper and in other systems")
    stem = f"typing-{context.selection.segmentation}-{battery.version}"
    who = context.user.signature
    with st.container(horizontal=True):
        try:
            sheet = questionnaire(battery)
        except SegmodelError as error:
            st.caption(plain(error))
        else:
            origin = provenance(context, f"Scoring key, battery {battery.version}", float(battery.accuracy.n))
            title = f"{context.about.name}: which segment? {context.title}, battery {battery.version}"
            footer = f"\nConfidential · {context.about.name} · as of {battery.as_of} · exported by {who}\n"
            _download("Questionnaire", sheet.markdown(title) + footer, f"{stem}.md", "text/markdown")
            _download("Scoring key", to_csv(sheet.table(), origin), f"{stem}-key.csv", "text/csv")
        document = platform_document(battery) | {"exported_by": who}
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        _download("For survey platforms", text, f"{stem}.json", "application/json")
        _download("SQL", f"-- Confidential. {stem}\n{battery.to_sql()}", f"{stem}.sql", "application/sql")


def _download(label: str, data: str | bytes, name: str, mime: str) -> None:
    st.download_button(
        label, data, name, mime, icon=":material/download:", on_click="ignore", key=f"typing_{label}", type="secondary"
    )


def interviews(context: Context) -> None:
    """Divide interviews of later research among the segments."""
    with st.expander("How many of each segment to interview", key="typing_quotas", on_change="rerun") as shown:
        if not shown.open:
            return
        with st.container(horizontal=True):
            n = st.number_input("Interviews", 10, 100_000, 400, 50, key="quota_n", width=160)
            least = st.number_input("At least a segment", 0, 10_000, 50, 10, key="quota_least", width=160)
        try:
            found = queries.interview_quotas(context.key, context.selection.segmentation, int(n), int(least))
        except SegmodelError as error:
            st.info(plain(error))
            return
        table = found.table
        number_table(
            pd.DataFrame(
                {
                    "Segment": table["name"],
                    "Of customers": table["share"].map(formats.share),
                    "Interviews": table["quota"],
                    "Weight": table["weight"].map(lambda weight: formats.number(weight, 2)),
                    "People to screen": table["to_screen"],
                }
            ),
            "Interviews by segment",
        )
        effect = formats.number(found.design_effect, 2)
        st.caption(
            plain(
                f"Weights make the sample stand for all customers again; they widen the variance of overall means "
                f"{effect} times. People to screen are met at random until the quota is expected to be full."
            )
        )
