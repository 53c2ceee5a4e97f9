"""Activate: who can be sent, as a funnel; as a file, to a target, as SQL, by a script; and what went where."""

from __future__ import annotations

import streamlit as st

from app import audiences, selection
from app.access import Role
from app.parts import audience_choice, audience_funnel, audience_missing, audience_out
from app.parts.finding import page_title
from app.parts.segmentation_picker import segmentation_picker
from segmodel.activation import funnel_finding

PAGE = {"group": "Use", "title": "Activate", "icon": "send", "order": 3}

context = selection.of_latest(selection.context())
activation = audiences.settings(context.key)
heading = st.container()
is_analyst = context.user.may(Role.ANALYST)
segmentation_picker(context)

if not is_analyst:
    with heading:
        page_title(context, audience_missing.reach_finding(context), None)
    audience_missing.reach_table(context)
elif not activation.is_consent_told:
    with heading:
        page_title(context, "Who may be sent out is not said yet", None)
    audience_missing.not_told()
    audience_missing.reach_table(context)
    audience_out.log(context)
else:
    request = audience_choice.audience_choice(context, activation)
    if request is None:
        with heading:
            page_title(context, "Choose a segment to see who of it can be sent", None)
    else:
        found, names = audiences.funnel(context.key, request)
        finding = funnel_finding(found, names)
        with heading:
            page_title(context, finding, float(found.in_segment))
        audience_funnel.funnel(context, found, request, finding)
        audience_funnel.preview(context, request)
        audience_out.ways_out(context, request, found, activation)
    st.divider()
    audience_out.log(context)
