"""Drift as a document people script against; its keys are described in docs/command-line.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from segmodel.reports.documents import plain_value
from segmodel.store import PublishedBuild

_FEATURE = ("psi", "noise_line", "q_value", "js", "ks", "wasserstein", "mean_reference", "mean_current")


def drift_document(published: PublishedBuild, segmentation: str | None = None) -> dict[str, Any]:
    """Return whether each segmentation is still true, ready for JSON.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str, optional
        Only this one; default: all.

    Returns
    -------
    dict
        `build`; `reference`, the day the primary segmentation was found on (of one asked for, its own); `as_of`; and
        `segmentations`: by name `verdict`, `sentence`, `version`, `reference`, `review_due`, `mix`, `refit`,
        `segments` (`id`, `name`, `verdict`, `since`, `note`, `reasons`) and `features` of the latest snapshot
        (`feature`, `segment`, empty for all; `psi`, `noise_line`, `drifted` and more).

    Raises
    ------
    StoreError
        When there is no such segmentation.
    """
    if segmentation is not None:
        published.segments(segmentation)  # raises with the names there are
    info = published.info()
    summary = {str(row["segmentation"]): row for row in published.drift_summary().to_dict("records")}
    names = list(summary) if segmentation is None else [segmentation]
    return {
        "build": published.build_id,
        "reference": _day(summary[names[0]]["reference"]),
        "as_of": str(info["as_of"]),
        "segmentations": {name: _segmentation(published, name, summary[name]) for name in names},
    }


def unfit(document: dict[str, Any]) -> list[str]:
    """Return what is no longer fit in a document: `name` of a segmentation, or `name: segment`.

    Examples
    --------
    >>> segments = [{"name": "Gift givers", "verdict": "unfit"}, {"name": "Regulars", "verdict": "fit"}]
    >>> unfit({"segmentations": {"behaviour": {"verdict": "unfit", "segments": segments}}})
    ['behaviour: Gift givers']
    """
    found = []
    for name, content in document["segmentations"].items():
        segments = [each["name"] for each in content["segments"] if each["verdict"] == "unfit"]
        found += [f"{name}: {segment}" for segment in segments]
        if content["verdict"] == "unfit" and not segments:
            found.append(name)
    return found


def _segmentation(published: PublishedBuild, name: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "verdict": row["verdict"],
        "sentence": row["sentence"],
        "version": row["version"],
        "reference": _day(row["reference"]),
        "review_due": _day(row["review_due"]),
        "mix": {"psi": plain_value(row["mix_psi"]), "noise_line": plain_value(row["mix_noise"])},
        "refit": {
            "then": plain_value(row["refit_then"]),
            "now": plain_value(row["refit_now"]),
            "differs": bool(row["refit_differs"]),
            "note": row["refit_note"],
        },
        "segments": _segments(published, name),
        "features": _features(published.drift_features(name)),
    }


def _segments(published: PublishedBuild, name: str) -> list[dict[str, Any]]:
    names = published.segments(name).set_index("segment")["name"]
    verdicts, reasons = published.drift_verdicts(name).set_index("segment"), published.drift_reasons(name)
    return [
        {
            "id": segment,
            "name": names[segment],
            "verdict": verdicts.loc[segment, "verdict"],
            "since": _day(verdicts.loc[segment, "since"]),
            "note": verdicts.loc[segment, "note"],
            "reasons": [
                {
                    "kind": reason["kind"],
                    "verdict": reason["verdict"],
                    "text": reason["text"],
                    "change": plain_value(reason["change"]),
                    "since": _day(reason["since"]),
                    "feature": reason["feature"] or None,
                }
                for reason in reasons[reasons["segment"] == segment].sort_values("place").to_dict("records")
            ],
        }
        for segment in names.index
    ]


def _features(drift: pd.DataFrame) -> list[dict[str, Any]]:
    latest = drift[drift["snapshot"] == drift["snapshot"].max()]
    return [
        {
            "feature": row["feature"],
            "segment": row["segment"],
            "is_used": bool(row["is_used"]),
            **{key: plain_value(row[key]) for key in _FEATURE},
            "drifted": bool(row["drifted"]),
        }
        for row in latest.to_dict("records")
    ]


def _day(value: Any) -> str | None:
    return None if pd.isna(value) else str(pd.Timestamp(value).date())
