"""What the pages say of drift: titles, the line on Home, and what to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segmodel import formats
from segmodel.drift import BEHAVIOUR, SHORTEST, VERDICT_WORDS, Verdict, worst
from segmodel.features import Feature
from segmodel.formats import called, listed
from segmodel.metrics.findings import Step

_UNTESTED = "untested"


def drift_title(verdicts: pd.DataFrame, reasons: pd.DataFrame, summary: Mapping[str, Any]) -> str:
    """Return the title of Drift: which segments are no longer what was found, and since when.

    Parameters
    ----------
    verdicts : DataFrame
        One row a segment: segment, name, verdict, since.
    reasons : DataFrame
        segment, place, headline, since.
    summary : mapping
        The row of table `drift_summary`.
    """
    unfit = verdicts[verdicts["verdict"] == "unfit"]
    if len(unfit) == 1:
        return _headline(reasons, str(unfit["segment"].iloc[0]))
    found = formats.month(pd.Timestamp(summary["reference"]).date())
    if len(unfit):
        count = formats.sentence_case(formats.count_word(len(unfit)))
        return f"{count} of {len(verdicts)} segments are no longer what was found in {found}"
    return _title_without_unfit(verdicts, summary, found)


def _title_without_unfit(verdicts: pd.DataFrame, summary: Mapping[str, Any], found: str) -> str:
    watch = verdicts[verdicts["verdict"] == "watch"]
    untested = int((verdicts["verdict"] == _UNTESTED).sum())
    if untested == len(verdicts):
        return "Whether the segments still hold could not be tested"
    not_tested = f"; {formats.count_word(untested)} could not be tested" if untested else ""
    if len(watch):
        count = formats.sentence_case(formats.count_word(len(watch)))
        anew = "; found anew today, segments would be others" if summary["refit_differs"] else ""
        others = anew or not_tested or "; the others hold"
        return f"{count} of {len(verdicts)} segments {'needs' if len(watch) == 1 else 'need'} a look{others}"
    all_tested = "Every segment that could be tested" if untested else "Every segment"
    if summary["refit_differs"]:
        return f"{all_tested} holds, but found anew today the segments would be others"
    return f"{all_tested} is still what was found in {found}{not_tested}"


def _headline(reasons: pd.DataFrame, segment: str) -> str:
    """Return the gravest reason without its figures of noise, and since when it is so."""
    gravest = reasons[reasons["segment"] == segment].sort_values("place").iloc[0]
    since = gravest["since"]
    return str(gravest["headline"]) + ("" if pd.isna(since) else f", since {formats.month(pd.Timestamp(since).date())}")


def drift_line(verdicts: pd.DataFrame) -> tuple[str, str]:
    """Return how many segments still fit, and how many need a look: a figure and its remark, for Home.

    Examples
    --------
    >>> drift_line(pd.DataFrame({"verdict": ["fit", "watch", "unfit", "fit", "fit"]}))
    ('3 of 5', '1 no longer fits, 1 needs a look')
    """
    counts = verdicts["verdict"].value_counts()
    fit, watch, unfit, untested = (int(counts.get(name, 0)) for name in ("fit", "watch", "unfit", _UNTESTED))
    if untested == len(verdicts):
        return "not tested yet", "nothing to compare yet"
    parts = []
    if unfit:
        parts.append(f"{unfit} no longer {'fits' if unfit == 1 else 'fit'}")
    if watch:
        parts.append(f"{watch} {'needs' if watch == 1 else 'need'} a look")
    if untested:
        parts.append(f"{untested} not tested")
    return f"{fit} of {len(verdicts)}", ", ".join(parts) or "none needs a look"


def verdict_text(verdict: Verdict, since: Any) -> str:
    """Return a verdict in words, with the month it is told from.

    Examples
    --------
    >>> verdict_text("unfit", dt.date(2025, 9, 30))
    'No longer fits, since September 2025'
    """
    words = VERDICT_WORDS[verdict]
    return words if pd.isna(since) else f"{words}, since {formats.month(pd.Timestamp(since).date())}"


def segment_drift_title(name: str, verdict: str, reasons: pd.DataFrame, note: str) -> str:
    """Return the title of one segment's evidence: the gravest reason without its figures of noise."""
    if verdict == _UNTESTED:
        return f"{called(name)}: {note[:1].lower()}{note[1:]}".rstrip(".")
    if reasons.empty:
        return f"{called(name)}: nothing moved further than noise and by a size that matters"
    return _headline(reasons, str(reasons["segment"].iloc[0]))


def drift_steps(
    verdicts: pd.DataFrame, reasons: pd.DataFrame, summary: Mapping[str, Any], as_of: dt.date
) -> tuple[Step, ...]:
    """Return what to do about drift: review what no longer fits, find a challenger, look at who moved."""
    steps = []
    worst = verdicts[verdicts["verdict"].isin(["unfit", "watch"])].sort_values("verdict", kind="stable")
    unfit = worst[worst["verdict"] == "unfit"]
    if len(unfit) or summary["refit_differs"]:
        text = (
            "A challenger fitted on today’s customers is compared with what is in use, customer by customer, before "
            "anything changes."
        )
        steps.append(Step("Fit a challenger", text, "Open the Studio", "studio"))
    for row in (unfit if len(unfit) else worst).head(1).to_dict("records"):
        own = reasons[reasons["segment"] == row["segment"]].sort_values("place")
        text = "" if own.empty else str(own["text"].iloc[0])
        title = f"Review {called(str(row['name']))}"
        steps.append(Step(title, text, "See who they are now", "segments", str(row["segment"])))
    due = pd.Timestamp(summary["review_due"]).date()
    if due < as_of:
        text = f"It was due in {formats.month(due)}. Scores and choices are kept with the evidence as it stands."
        steps.append(Step("Hold the review", text, "Open the priorities", "priorities"))
    if not steps:
        text = f"The next review is due in {formats.month(due)}."
        steps.append(Step("Nothing to do now", text, "See the segments", "segments"))
    return tuple(steps)


def home_drift_step(verdicts: pd.DataFrame, reasons: pd.DataFrame) -> Step | None:
    """Return the card of Home about a segment that no longer fits; None where all do."""
    unfit = verdicts[verdicts["verdict"] == "unfit"]
    if unfit.empty:
        return None
    row = unfit.iloc[0]
    own = reasons[reasons["segment"] == row["segment"]].sort_values("place")
    text = "" if own.empty else str(own["text"].iloc[0])
    return Step(f"Review {called(str(row['name']))}", text, "See the drift", "drift", str(row["segment"]))


def worst_segment(verdicts: pd.DataFrame) -> str:
    """Return the segment to look at first: the worst, the first of several."""
    gravest = worst(verdicts["verdict"])
    return str(verdicts.loc[verdicts["verdict"] == gravest, "segment"].iloc[0])


def features_finding(verdicts: pd.DataFrame, latest: pd.DataFrame) -> str:
    """Return in which segments the features they were found by have moved.

    Parameters
    ----------
    verdicts : DataFrame
        segment, name, verdict.
    latest : DataFrame
        Drift at the latest snapshot: segment, feature, drifted.
    """
    inside = latest[(latest["segment"] != "") & latest["drifted"]]
    names = [
        called(str(row.name))
        for row in verdicts[["segment", "name"]].itertuples(index=False, name="Row")
        if row.segment in set(inside["segment"])
    ]
    untested = (verdicts["verdict"] == _UNTESTED).to_numpy()
    if untested.all():
        return "Whether features moved inside segments could not be tested"
    if not names:
        where = "in any segment that could be tested" if untested.any() else "in any segment"
        return f"No feature moved past noise by a size that matters, {where}"
    return f"Features moved past noise in {listed(names)}"


def whole_title(summary: Mapping[str, Any]) -> str:
    """Return whether the same segments would be found again today."""
    if summary["refit_note"]:
        return "Whether the segments would be found again cannot be tested"
    if summary["refit_differs"]:
        return "Found anew today, the segments would be others"
    then, now = (formats.number(summary[f"refit_{at}"], 2) for at in ("then", "now"))
    return f"Found anew today, segments would be no less like those in use than they were then ({now}, {then} then)"


def whole_text(summary: Mapping[str, Any], features: pd.DataFrame) -> str:
    """Return the figures behind that, of the shares of the segments, and of the features over all customers."""
    parts = []
    if summary["refit_note"]:
        parts.append(str(summary["refit_note"]))
    else:
        then, now = (formats.number(summary[f"refit_{at}"], 2) for at in ("then", "now"))
        parts.append(
            f"Segments fitted again to samples of today’s customers agree with those in use by {now} (adjusted Rand "
            f"index, 1 is the same); fitted to samples of the customers of that time, by {then}."
        )
    psi, noise = float(summary["mix_psi"]), float(summary["mix_noise"])
    verb = "moved past noise" if psi > noise else "did not move past noise"
    parts.append(
        f"The shares of the segments {verb} (PSI {formats.number(psi, 3)}, noise reaches {formats.number(noise, 3)})."
    )
    overall = features[(features["segment"] == "") & (features["snapshot"] == features["snapshot"].max())]
    moved = int(overall["drifted"].sum())
    parts.append(f"Over all customers, {moved} of {len(overall)} features that are watched drifted.")
    return " ".join(parts)


def months_title(measure: str, since: Any, compared: int) -> str:
    """Return the title of a segment's months.

    Parameters
    ----------
    measure : {"orders", "spend_per_order"}
    since : date or missing
        The month of a change.
    compared : int
        Months that were compared with what was expected.
    """
    what = BEHAVIOUR[measure]
    if compared < SHORTEST:
        return f"{what}: too few months to tell a lasting change from noise"
    if pd.isna(since):
        return f"{what}: no lasting change past noise and of a size that matters"
    return f"{what}: another level since {formats.month(pd.Timestamp(since).date())}"


def feature_history_title(labels: Sequence[str], verdict: str) -> str:
    """Return the title of the drift of features over time."""
    if verdict == _UNTESTED:
        return "Whether features drifted inside the segment could not be tested"
    if not labels:
        return "No feature the segment was found by has drifted"
    return f"Drifted inside the segment: {listed(labels)}"


def feature_lines(own: pd.DataFrame, labels: Mapping[str, str], most: int) -> pd.DataFrame:
    """Return the drift of a segment's features as lines, those that end highest, with the noise line among them.

    Parameters
    ----------
    own : DataFrame
        One segment's drift: snapshot, feature, psi, noise_line.
    labels : mapping of str to str
        By feature.
    most : int
        Features at most.

    Returns
    -------
    DataFrame
        snapshot, segment (the feature), name, amount: as `charts.history` draws them.
    """
    latest = own[own["snapshot"] == own["snapshot"].max()].sort_values("psi", ascending=False)
    chosen = list(latest["feature"].head(most))
    lines = own[own["feature"].isin(chosen)]
    noise = own.groupby("snapshot")["noise_line"].max()
    parts = [
        pd.DataFrame(
            {
                "snapshot": lines["snapshot"],
                "segment": lines["feature"],
                "name": lines["feature"].map(labels),
                "amount": lines["psi"],
            }
        ),
        pd.DataFrame(
            {"snapshot": noise.index, "segment": "noise line", "name": "Noise reaches", "amount": noise.to_numpy()}
        ),
    ]
    drawn: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return drawn


def moved_traits(latest: pd.DataFrame, features: Mapping[str, Feature], currency: str) -> pd.DataFrame:
    """Return which of all traits that are watched drifted inside a segment, as people read it, the largest first.

    Parameters
    ----------
    latest : DataFrame
        One segment's drift at the latest snapshot.
    features : mapping of str to Feature
    currency : str
    """
    moved = latest[latest["drifted"]].sort_values("psi", ascending=False)
    known = [features[name] for name in moved["feature"]]

    def write(column: str) -> list[str]:
        values = moved[column].astype(float).tolist()
        return [formats.quantity(value, feature.unit, currency) for value, feature in zip(values, known, strict=True)]

    return pd.DataFrame(
        {
            "Trait": [feature.label for feature in known],
            "Then": write("mean_reference"),
            "Now": write("mean_current"),
            "Shift in standard deviations": [formats.number(value, 2) for value in moved["wasserstein"]],
            "PSI": [formats.number(value, 2) for value in moved["psi"]],
            "Noise reaches": [formats.number(value, 3) for value in moved["noise_line"]],
            "Found by it": ["yes" if used else "no" for used in moved["is_used"]],
        }
    )


def outside_title(own: pd.DataFrame) -> str:
    """Return whether anything outside goes with what a segment does."""
    moves = _indicators(own, "moves with it")
    if moves:
        return f"Moves with {listed(moves)}"
    once = _indicators(own, "one month")
    if once:
        return f"From outside: one month in common with {listed(once)}, no rule"
    return "From outside: no indicator can be told to move with it"


def _indicators(own: pd.DataFrame, finding: str) -> list[str]:
    return sorted({str(one).replace("_", " ") for one in own.loc[own["finding"] == finding, "indicator"]})
