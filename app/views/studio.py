"""Studio: how many segments, which version is in use, and how another takes its place."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import queries, selection, versions
from app.parts import studio_choice, studio_look, studio_micro, studio_settings, studio_versions
from app.parts.download_bar import download_bar
from app.parts.finding import page_title
from app.parts.segmentation_picker import segmentation_picker
from app.parts.text import plain
from segmodel import formats
from segmodel.metrics.facts import customers_shown

PAGE = {"group": "Keep alive", "title": "Studio", "icon": "science", "order": 3}

context = selection.of_latest(selection.context())
name, folder = context.selection.segmentation, Path(context.key.folder)
row = queries.segmentations(context.key).set_index("name").loc[name]
customers = customers_shown(queries.segment_metrics(context.key, name, ()), context.selection.snapshot)
steps = versions.steps(folder, name)
chosen = int(row["k"])
title = f"{formats.sentence_case(formats.count_word(chosen))} segments are in use: {context.title} {context.version}"
found = None

heading = st.container()
segmentation_picker(context)
studio_versions.told()
if versions.has_number_to_choose(str(row["method"])):
    kept = studio_look.kept_runs(context)
    settings = studio_settings.settings(context) if kept is None else kept.settings
    found = kept or studio_choice.comparing(context, settings)
    if found is not None:
        title = found.finding
        chosen = studio_choice.numbers_found(context, found, in_use=chosen, is_kept=kept is not None)
    studio_versions.propose(context, chosen, settings)
else:
    st.info(plain("Its method says itself how many segments there are: there is no number to choose."))
with heading:
    page_title(context, title, customers)
studio_micro.look_inside(context)
if steps:
    version = studio_versions.compare(context, steps)
    studio_versions.take_into_use(context, steps, version)
    studio_versions.log(steps)
if found is None or found.build != context.key.build_id:
    download_bar(context, "Steps", studio_versions.steps_table(steps), customers)
else:
    download_bar(context, "Numbers of segments", found.table, found.customers, k=str(chosen))
