"""What the Studio compares: basis, features, method and seed, the definition's unless somebody tries others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import queries, selection, versions
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.definition import Segmentation
from segmodel.features import Feature
from segmodel.studio import settings_of

METHODS = {
    "kmeans": "k-means: groups around a typical customer",
    "gaussian_mixture": "Gaussian mixture: groups of their own spread",
    "ward": "Ward: merging the closest groups",
    "latent_class": "Latent class: people who answer alike",
    "mixed": "Mixed: numbers and categories together",
}
"""Methods that leave the number of segments to be chosen."""

_BASES = {
    "behaviour": "Behaviour: what they do",
    "demographic": "Demographic: who they are",
    "needs": "Needs: what they answered",
    "value": "Value: what they are worth",
}
_MOST_FEATURES = 12
_NAMED = 5
"""Features named in a sentence; of more it says how many."""

_WORTH = ("value", "monetary", "average_order_value", "frequency")


def settings(context: Context) -> dict[str, Any]:
    """Show what is compared and let it be changed; return what differs from the definition.

    Parameters
    ----------
    context : Context
        What is shown.
    """
    selection.start_choices("studio", context.selection.segmentation, ("basis", "method", "seed", "features"))
    asked = versions.asked_of(context.key, context.selection.segmentation)
    usual = settings_of(asked)
    features = queries.features(context.key)
    with st.expander("Basis, features and method", key="studio_settings", icon=":material/tune:"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            basis = _choice("basis", "Basis", _offered(_BASES, asked.basis), asked.basis)
            method = _choice("method", "Method", _offered(METHODS, asked.method), asked.method)
            seed = _seed(asked.seed)
        chosen = _features(features, asked, basis)
        st.caption("The definition stays as it is. What is proposed from here is fitted with these settings.")
    tried = {"basis": basis, "method": method, "features": chosen, "seed": seed}
    changed = {name: value for name, value in tried.items() if value != usual[name]}
    who = "Tried here" if changed else "As the definition says"
    st.caption(plain(f"{who}: {told(features, tried)}."))
    return changed


def _choice(name: str, label: str, words: Mapping[str, str], default: str) -> str:
    options = list(words)
    value = selection.settle(name, options, default, lambda one: words[one])
    selection.of_page(name, value if value != default else "")
    key = selection.widget_key(name, value)
    st.selectbox(label, options, key=key, format_func=lambda one: words[one], width=310)
    return value


def _seed(default: int) -> int:
    value = selection.settle_number("seed", default, 0, 2**32 - 1)
    selection.of_page("seed", str(value) if value != default else "")
    key = selection.widget_key("seed", value)
    st.number_input("Seed", 0, 2**32 - 1, key=key, width=150, help="Repeats every draw; another checks the answer.")
    return value


def _features(features: Mapping[str, Feature], asked: Segmentation, basis: str) -> list[str]:
    default = list(asked.features) if basis == asked.basis else _of_basis(features, basis)
    value = selection.settle_list("features", list(features), default)
    selection.of_page("features", selection.as_list(value) if value != default else "")
    return list(
        st.multiselect(
            "Features",
            list(features),
            key=selection.widget_key("features", value),
            format_func=lambda name: features[name].label,
            placeholder="Choose two or more",
        )
    )


def _of_basis(features: Mapping[str, Feature], basis: str) -> list[str]:
    """Return the features a basis begins with: those of its kind that are numbers, a dozen at most."""
    if basis == "value":
        return [name for name in _WORTH if name in features]
    kind = {"demographic": "customers", "needs": "survey"}.get(basis)
    own = [
        name
        for name, feature in features.items()
        if (feature.rows == kind if kind else feature.rows not in {"customers", "survey"})
        and (feature.is_numeric or kind == "customers")
    ]
    return own[:_MOST_FEATURES]


def _offered(words: Mapping[str, str], own: str) -> dict[str, str]:
    """Return the choices, with the definition's own where it is none of ours."""
    return dict(words) if own in words else {own: formats.sentence_case(own.replace("_", " ")), **words}


def told(features: Mapping[str, Feature], settings: Mapping[str, Any]) -> str:
    """Return settings in words: method, features and seed."""
    chosen = settings["features"]
    labels = [features[name].label if name in features else name for name in chosen[:_NAMED]]
    labels += [f"{len(chosen) - _NAMED} more"] if len(chosen) > _NAMED else []
    what = METHODS.get(settings["method"], settings["method"]).partition(":")[0]
    return f"{what} on {formats.listed(labels) or 'no feature yet'}; seed {settings['seed']}"
