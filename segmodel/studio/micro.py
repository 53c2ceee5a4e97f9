"""Micro-segments of one segment of the published build: what is inside, and whether any of it is worth acting on."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.clustering import MicroSegment, find_micro_segments
from segmodel.clustering.methods.recipes import Recipe, recipe_for
from segmodel.clustering.naming import describe, plain_names, segment_means, standardised_differences
from segmodel.definition import Segmentation
from segmodel.features import Feature
from segmodel.formats import count_word, counted, listed, money, number, sentence_case, share
from segmodel.metrics import features_in
from segmodel.progress import Progress, part
from segmodel.store import PublishedBuild
from segmodel.studio.comparison import records
from segmodel.studio.inside import Inside, allowed_features, read_segment

FEW_ORDERS = 3
"""With no more orders than this on average, a share of them is often all or nothing."""

_ALL_OR_NOTHING = (
    f" Beware: they have {FEW_ORDERS} orders or fewer on average, and a share of so few is often all or nothing: that "
    "may be all that sets them apart."
)

_COLUMNS = (
    "name", "description", "kept", "customers", "share", "value", "rest_value", "response", "rest_response", "jaccard",
    "isolation", "cloud_isolation", "outcome", "difference", "p_value", "reason",
)  # fmt: skip
_TYPES: dict[str, Any] = {
    "customers": "Int64",
    **dict.fromkeys(_COLUMNS[4:12], float),
    **dict.fromkeys(_COLUMNS[13:15], float),
}


@dataclass(frozen=True)
class MicroSegments:
    """What was found inside a segment, with small groups hidden.

    Attributes
    ----------
    segmentation, version, segment, name : str
        Which segment of which version: its id, and its name.
    as_of : date
        The latest snapshot of the published build.
    customers : int or None
        In the segment, to the nearest multiple of the smallest group shown; None below it, or where it is hidden.
    looked_at : int or None
        How many of them were looked at, rounded likewise: all, or a seeded sample.
    features : tuple of str
        What groups could be found by.
    outcomes : tuple of str
        What they were compared by: value, and response where the build has enough campaigns.
    currency : str
        Of value.
    minimum_group : int
        The smallest group that may be shown.
    finding : str
        The verdict in a sentence.
    because : str
        What it rests on, with the test and its numbers.
    groups : DataFrame
        One row a group that was judged, those worth treating differently first: name, description, kept, customers
        and share (of the segment; both rounded like `customers`), value and rest_value (a customer, three digits),
        response and rest_response (share of the campaigns they were sent; NaN where few responded, or few did not),
        jaccard, isolation, cloud_isolation, outcome, difference, p_value and reason; see
        `segmodel.clustering.MicroSegment`.
    """

    segmentation: str
    version: str
    segment: str
    name: str
    as_of: datetime.date
    customers: int | None
    looked_at: int | None
    features: tuple[str, ...]
    outcomes: tuple[str, ...]
    currency: str
    minimum_group: int
    finding: str
    because: str
    groups: pd.DataFrame

    @property
    def kept(self) -> pd.DataFrame:
        """The groups that are worth treating differently: the micro-segments."""
        return self.groups[self.groups["kept"].astype(bool)]

    def document(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "groups"}
        return {**plain, "as_of": str(self.as_of), "groups": records(self.groups)}

    @classmethod
    def from_json(cls, text: str) -> MicroSegments:
        """Read what `document` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            When the text is not such a document.
        """
        content = json.loads(text)
        groups = pd.DataFrame(content.pop("groups"), columns=list(_COLUMNS)).astype(_TYPES)
        return cls(
            **{
                **content,
                "as_of": datetime.date.fromisoformat(content["as_of"]),
                "features": tuple(content["features"]),
                "outcomes": tuple(content["outcomes"]),
                "groups": groups,
            }
        )


def look_inside(
    published: PublishedBuild,
    segmentation: Segmentation,
    segment: str,
    features: Sequence[str] | None,
    minimum_group: int,
    progress: Progress,
) -> MicroSegments:
    """Look for micro-segments inside a segment, at the latest snapshot of a build.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : Segmentation
        As the definition has it: the features it allows, the seed and the weights.
    segment : str
        Id or name.
    features : sequence of str, optional
        What groups may be found by; None: what the definition allows.
    minimum_group : int
        Smaller groups are hidden.
    progress : Progress
        Told of each step; raises to stop.

    Raises
    ------
    SegmodelError
        When the segment or a feature is unknown or not allowed, or no feature tells the customers apart.
    """
    found = published.segment_id(segmentation.name, segment)
    known = features_in(published.features())
    wanted = allowed_features(segmentation, known, features)
    info, as_of = published.info(), published.snapshots()[-1]
    progress("Reading customers", 0.0)
    inside = read_segment(published, segmentation, found, wanted, as_of, minimum_group)
    names = published.segments(segmentation.name).set_index("segment")["name"]
    versions = published.segmentations().set_index("name")["version"]
    groups = _groups(inside, segmentation, wanted, known, part(progress, 0.05, 1.0))
    progress("Looked inside", 1.0)
    label, currency = str(names[found]), str(info["currency"])
    finding, because = _verdict(label, groups, inside, [known[name] for name in wanted], currency)
    return MicroSegments(
        segmentation=segmentation.name,
        version=str(versions[segmentation.name]),
        segment=found,
        name=label,
        as_of=as_of,
        customers=inside.about(len(inside.frame)),
        looked_at=inside.rounded(len(inside.frame)),
        features=wanted,
        outcomes=tuple(inside.outcomes),
        currency=currency,
        minimum_group=minimum_group,
        finding=finding,
        because=because,
        groups=groups,
    )


def _groups(
    inside: Inside,
    segmentation: Segmentation,
    wanted: tuple[str, ...],
    known: Mapping[str, Feature],
    progress: Progress,
) -> pd.DataFrame:
    if not inside.has_enough:
        return pd.DataFrame(columns=list(_COLUMNS))
    is_numeric = all(known[name].is_numeric for name in wanted)
    weights = {name: weight for name, weight in segmentation.weights.items() if name in wanted}
    as_asked = segmentation.model_copy(update={"method": "kmeans" if is_numeric else "mixed", "weights": weights})
    recipe = recipe_for(as_asked, inside.frame, wanted, known)
    found = find_micro_segments(
        recipe.rows,
        inside.outcomes,
        least_customers=inside.minimum,
        random_state=segmentation.seed,
        progress=progress,
    )
    shown = [group for group in found if group.members.sum() >= inside.minimum]
    has_shares = any(known[name].unit == "share" for name in wanted)
    rows = [_row(group, inside, has_shares=has_shares) for group in shown]
    names, descriptions = _named(shown, recipe, known)
    frame = pd.DataFrame(rows).assign(name=names, description=descriptions) if rows else pd.DataFrame()
    return frame.reindex(columns=list(_COLUMNS)).astype(_TYPES)


def _row(group: MicroSegment, inside: Inside, *, has_shares: bool) -> dict[str, Any]:
    is_all_or_nothing = has_shares and inside.frame["orders"].to_numpy()[group.members].mean() <= FEW_ORDERS
    caution = _ALL_OR_NOTHING if group.kept and is_all_or_nothing else ""
    count, total = inside.about(int(group.members.sum())), inside.about(len(inside.frame))
    return {
        "kept": group.kept,
        "customers": count,
        "share": round(count / total, 4) if count and total else None,
        "value": _mean(inside.frame["value"].to_numpy()[group.members]),
        "rest_value": _mean(inside.frame["value"].to_numpy()[~group.members]),
        "response": _rate(inside, group.members),
        "rest_response": _rate(inside, ~group.members),
        "jaccard": round(group.jaccard, 4),
        "isolation": round(group.isolation, 4),
        "cloud_isolation": round(group.cloud_isolation, 4),
        "outcome": group.outcome,
        "difference": round(group.difference, 2),
        "p_value": round(group.p_value, 4),
        "reason": group.reason + caution,
    }


def _mean(values: npt.NDArray[np.float64]) -> float:
    return float(f"{values.mean():.3g}")


def _rate(inside: Inside, members: npt.NDArray[np.bool_]) -> float:
    """Return a response rate, unless it would tell of a few who responded, or of a few who did not."""
    if "response" not in inside.outcomes:
        return float("nan")
    known = inside.outcomes["response"][members]
    known = known[~np.isnan(known)]
    if min((known > 0).sum(), (known == 0).sum()) < inside.minimum:
        return float("nan")
    return round(float(known.mean()), 2)


def _named(
    groups: Sequence[MicroSegment], recipe: Recipe, known: Mapping[str, Feature]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what sets each group apart from the rest of its segment: a name, and a sentence on its numbers."""
    traits = recipe.traits
    parts = [np.where(group.members, 0, 1) for group in groups]
    if not parts:
        return (), ()
    differences = np.vstack([standardised_differences(traits.matrix, labels, 2)[0] for labels in parts])
    means = [segment_means(traits.frame, traits.names, labels, 2) for labels in parts]
    own, rest = (np.vstack([both[side][0] for both in means]) for side in (0, 1))
    # the share of a category would count a few customers
    numbers = [place for place, name in enumerate(traits.names) if name in known and known[name].is_numeric]
    told = [traits.names[place] for place in numbers]
    return (
        plain_names(differences, own, rest, traits.names, traits.features),
        describe(own[:, numbers], rest[:, numbers], differences[:, numbers], told, traits.features),
    )


def _verdict(
    label: str, groups: pd.DataFrame, inside: Inside, features: Sequence[Feature], currency: str
) -> tuple[str, str]:
    """Return the verdict, and what it rests on."""
    by = listed(feature.label[:1].lower() + feature.label[1:] for feature in features)
    if groups.empty:
        why = f"A micro-segment needs {number(inside.least)} customers, and as many must be left."
        if inside.is_hidden:
            why = "The segment is hidden, so that nothing is told of a small group."
        elif inside.has_enough:
            why = f"Divided by {by}, no part holds {number(inside.least)} customers and 1% to half of the segment."
        return f"Nothing inside {label} can be judged.", why
    were = "group was" if len(groups) == 1 else "groups were"
    judged = f"{sentence_case(count_word(len(groups)))} {were} judged, found by {by}."
    kept = groups[groups["kept"].astype(bool)]
    if kept.empty:
        nearest = groups.iloc[0]
        reason = str(nearest["reason"]).removeprefix("Not worth treating differently: ")
        return (
            f"Nothing inside {label} is worth treating differently.",
            f"{judged} The one that differs most ({share(nearest['share'])} of the segment): {reason}",
        )
    many = f"{sentence_case(count_word(len(kept)))} {'group' if len(kept) == 1 else 'groups'} inside {label}"
    told = [_worth(row, currency) for row in kept.to_dict("records")]
    return f"{many} {'is' if len(kept) == 1 else 'are'} worth treating differently.", " ".join([*told, judged])


def _worth(row: Mapping[Any, Any], currency: str) -> str:
    """Return a sentence on one micro-segment."""
    compared = (
        f"worth {money(row['value'], currency)} a customer against {money(row['rest_value'], currency)} of the rest"
    )
    if row["outcome"] == "response" and not pd.isna(row["response"]) and not pd.isna(row["rest_response"]):
        compared += f", responding to {share(row['response'])} of campaigns against {share(row['rest_response'])}"
    size = f"about {counted(int(row['customers']), 'customer')}, {share(row['share'])} of the segment"
    reason = str(row["reason"]).removeprefix("Worth treating differently: ")
    return f"{row['name']} ({size}): {compared}; {reason}"
