"""Champion against challenger on the same customers: agreement, who moves, stability, what each tells of value."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import QUICK_PAIRS, ModelVersion, bootstrap_stability, sample_customers
from segmodel.definition import Segmentation
from segmodel.formats import number, share
from segmodel.scorecard import BRIDGE, NumericTerm
from segmodel.store import PublishedBuild
from segmodel.suppression import small_cells

ROWS = 2_000
"""Customers that stability is measured on: a seeded sample, as in the choice of k."""


@dataclass(frozen=True)
class Comparison:
    """A challenger beside the champion, on the customers of the published build's latest snapshot whom both place.

    Whom a version places too weakly to be counted (see `ModelVersion.counts_bridged`) is left out.

    Attributes
    ----------
    segmentation, champion, challenger : str
        Which segmentation, and which two of its versions.
    as_of : date
    customers : int
        How many were scored by both.
    agreement : float
        Adjusted Rand index of the two divisions (Hubert & Arabie 1985): 1 alike, 0 as chance would have it.
    moved_share : float or None
        Share of customers whose segment would have another id; rounded so that it tells of no small group, and None
        where it would be one.
    versions : DataFrame
        Champion and challenger, one row each: version, role, k, fitted_as_of, stability (mean adjusted Rand over
        bootstrap pairs; NaN where rules leave nothing to chance), value_explained (share of the variance of value
        between segments), smallest_share (NaN where it is of a small group).
    segments : DataFrame
        One row a segment of either: segment, status (kept, new or retired), champion_name, challenger_name,
        champion_customers, challenger_customers, overlap (Jaccard, of the rounded flow). Small groups are missing.
    flows : DataFrame
        One row a pair: champion, challenger (segment ids) and customers, rounded to a multiple of the smallest group
        that may be shown, and missing below it: totals are exact, and their rest would tell of a few customers.
    minimum_group : int
        The smallest group that may be shown.
    finding : str
        The comparison in a sentence or two.
    """

    segmentation: str
    champion: str
    challenger: str
    as_of: datetime.date
    customers: int
    agreement: float
    moved_share: float | None
    versions: pd.DataFrame
    segments: pd.DataFrame
    flows: pd.DataFrame
    minimum_group: int
    finding: str

    def document(self) -> dict[str, Any]:
        """Return the comparison as plain values, for JSON."""
        return {
            "segmentation": self.segmentation,
            "champion": self.champion,
            "challenger": self.challenger,
            "as_of": str(self.as_of),
            "customers": self.customers,
            "agreement": self.agreement,
            "moved_share": self.moved_share,
            "minimum_group": self.minimum_group,
            "finding": self.finding,
            "versions": records(self.versions),
            "segments": records(self.segments),
            "flows": records(self.flows),
        }

    def matrix(self) -> pd.DataFrame:
        """Return who moves as text: a row a segment of the champion, a column one of the challenger.

        Columns are the ids of the challenger's segments, the index those of the champion's, in their order.
        """
        few = f"under {self.minimum_group}"
        told = self.flows["customers"].map(number, na_action="ignore").astype(object)
        flows = self.flows.assign(told=told.where(self.flows["customers"].notna(), few))
        # in the order of the segments, not of their ids
        return flows.pivot_table(index="champion", columns="challenger", values="told", aggfunc="first", sort=False)


def compare_versions(
    published: PublishedBuild,
    segmentation: Segmentation,
    champion: ModelVersion,
    challenger: ModelVersion,
    minimum_group: int,
) -> Comparison:
    """Compare two versions on the latest snapshot of a build that has the features of both.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : Segmentation
        Says how customers are sampled where stability is measured.
    champion, challenger : ModelVersion
        With people's names.
    minimum_group : int
        Smaller groups are hidden.
    """
    as_of = published.snapshots()[-1]
    pairs = _pairs(published, champion, challenger, as_of)
    counts = {
        (str(a), str(b)): int(n)
        for a, b, n in zip(pairs["champion"], pairs["challenger"], pairs["customers"], strict=True)
    }
    customers = sum(counts.values())
    left = sum(count for (ours, theirs), count in counts.items() if ours != theirs)
    agreement = _adjusted_rand(pairs)
    flows = {pair: _about(counts.get(pair, 0), minimum_group) for pair in product(_ids(champion), _ids(challenger))}
    versions = pd.DataFrame(
        _version_row(model, role, _sampled(published, segmentation, model, as_of), pairs, minimum_group)
        for model, role in ((champion, "champion"), (challenger, "challenger"))
    )
    moved = None if 0 < left < minimum_group else _coarse(left / customers, customers, minimum_group)
    return Comparison(
        segmentation=champion.segmentation,
        champion=champion.version,
        challenger=challenger.version,
        as_of=as_of,
        customers=customers,
        agreement=agreement,
        moved_share=moved,
        versions=versions,
        segments=_segments(champion, challenger, _sizes(pairs, champion, challenger, minimum_group), flows),
        flows=_flow_rows(flows),
        minimum_group=minimum_group,
        finding=_finding(versions, agreement, moved) + _about_whom(champion, challenger),
    )


def _ids(model: ModelVersion) -> list[str]:
    return [segment.id for segment in model.segments]


def _pairs(
    published: PublishedBuild, champion: ModelVersion, challenger: ModelVersion, as_of: datetime.date
) -> pd.DataFrame:
    """Return customers, value and its squares of every pair of segments, scored where the customers are."""
    ours = champion.deployed.to_sql("customers_now", ("customer_id", "value"))
    theirs = challenger.deployed.to_sql("customers_now", ("customer_id",))
    # whom a bridge places too weakly to be counted is not counted here either
    counted = [
        f"{side}.assigned_by <> '{BRIDGE}'"
        for side, model in (("ours", champion), ("theirs", challenger))
        if not model.counts_bridged
    ]
    return published.engine.frame(
        "WITH customers_now AS (SELECT * FROM customer_features WHERE snapshot = $as_of), "
        f"ours AS (\n{ours}\n), theirs AS (\n{theirs}\n) "
        "SELECT ours.segment AS champion, theirs.segment AS challenger, count(*)::BIGINT AS customers, "
        "sum(value)::DOUBLE AS value, sum(value::DOUBLE * value::DOUBLE) AS squares "
        f"FROM ours JOIN theirs USING (customer_id) WHERE {' AND '.join(counted) or 'TRUE'} GROUP BY ALL ORDER BY ALL",
        {"as_of": as_of},
    )


def _adjusted_rand(pairs: pd.DataFrame) -> float:
    codes = [np.repeat(pd.factorize(pairs[role])[0], pairs["customers"]) for role in ("champion", "challenger")]
    return round(float(adjusted_rand_score(*codes)), 3)


def _about(count: int, minimum_group: int) -> int | None:
    """Round to a multiple of the smallest group shown, so that what is left of a total tells of none smaller."""
    return None if count < minimum_group else minimum_group * round(count / minimum_group)


def _sizes(
    pairs: pd.DataFrame, champion: ModelVersion, challenger: ModelVersion, minimum_group: int
) -> dict[tuple[str, str], int]:
    """Return the customers of every segment that may be shown, by role and id; the rule is that of the metrics."""
    parts = []
    for model, role in ((champion, "champion"), (challenger, "challenger")):
        sizes = pairs.groupby(role)["customers"].sum().reindex(_ids(model), fill_value=0)
        frame = pd.DataFrame({"segment": ["", *sizes.index], "customers": [sizes.sum(), *sizes]})
        parts.append(frame.assign(snapshot=role, filter_1="", filter_2=""))
    table = pd.concat(parts, ignore_index=True)
    table = table[table["customers"] > 0]  # nobody is no small group
    shown = table[~small_cells(table, minimum_group)]
    keys = zip(shown["snapshot"].astype(str), shown["segment"].astype(str), strict=True)
    return dict(zip(keys, shown["customers"].astype(int), strict=True))


def _flow_rows(flows: Mapping[tuple[str, str], int | None]) -> pd.DataFrame:
    rows = [(ours, theirs, count) for (ours, theirs), count in flows.items()]
    return pd.DataFrame(rows, columns=["champion", "challenger", "customers"]).astype({"customers": "Int64"})


def _segments(
    champion: ModelVersion,
    challenger: ModelVersion,
    sizes: Mapping[tuple[str, str], int],
    flows: Mapping[tuple[str, str], int | None],
) -> pd.DataFrame:
    ours = {segment.id: segment.name for segment in champion.segments}
    theirs = {segment.id: segment.name for segment in challenger.segments}
    rows = []
    for segment in dict.fromkeys((*theirs, *ours)):
        before, after = sizes.get(("champion", segment)), sizes.get(("challenger", segment))
        rows.append(
            {
                "segment": segment,
                "status": "retired" if segment not in theirs else "kept" if segment in ours else "new",
                "champion_name": ours.get(segment),
                "challenger_name": theirs.get(segment),
                "champion_customers": before,
                "challenger_customers": after,
                "overlap": _overlap(before, after, flows.get((segment, segment))),
            }
        )
    return pd.DataFrame(rows).astype({"champion_customers": "Int64", "challenger_customers": "Int64", "overlap": float})


def _overlap(before: int | None, after: int | None, about_both: int | None) -> float | None:
    if before is None or after is None or about_both is None:
        return None
    both = min(about_both, before, after)
    return round(both / (before + after - both), 1)


def _sampled(
    published: PublishedBuild, segmentation: Segmentation, model: ModelVersion, as_of: datetime.date
) -> pd.DataFrame:
    """Return a sample of those a version was found in."""
    sampled = segmentation.model_copy(update={"sample": ROWS})
    return sample_customers(published.engine, sampled, as_of, sorted(model.features), model.respondents)


def _version_row(
    model: ModelVersion, role: str, frame: pd.DataFrame, pairs: pd.DataFrame, minimum_group: int
) -> dict[str, Any]:
    by_segment = pairs.groupby(role)[["customers", "value"]].sum().reindex(_ids(model), fill_value=0)
    customers = int(by_segment["customers"].sum())
    smallest = int(by_segment["customers"].min())
    return {
        "version": model.version,
        "role": role,
        "k": model.k,
        "fitted_as_of": model.fitted_as_of,
        "stability": _stability(model, frame),
        "value_explained": _value_explained(by_segment, float(pairs["squares"].sum())),
        "smallest_share": (
            float("nan") if smallest < minimum_group else _coarse(smallest / customers, customers, minimum_group)
        ),
    }


def _stability(model: ModelVersion, frame: pd.DataFrame) -> float:
    """Return the mean agreement of k-means fitted to bootstrap samples, on the model's own preparation."""
    if model.method != "kmeans" or "factors" in model.diagnostics:
        return float("nan")
    terms = [term for term in model.scorecard.terms if isinstance(term, NumericTerm)]
    rows = np.column_stack([term.preparation.apply(frame[term.feature], term.feature) for term in terms])
    return round(bootstrap_stability(rows, model.k, n_boot=QUICK_PAIRS, random_state=model.seed).mean, 3)


def _value_explained(by_segment: pd.DataFrame, squares: float) -> float:
    """Return the share of the variance of value that lies between segments (eta squared; Fisher 1925)."""
    customers, value = by_segment["customers"], by_segment["value"]
    mean_square = value.sum() ** 2 / customers.sum()
    total = squares - mean_square
    if total <= 1e-9 * max(squares, 1e-9):
        return float("nan")
    between = (value**2 / customers.where(customers > 0)).sum() - mean_square
    return round(float(np.clip(between / total, 0, 1)), 3)


def _coarse(value: float, customers: int, minimum_group: int) -> float:
    """Round a share so that its steps are no fewer customers than the smallest group that is shown."""
    return round(value, 2 if customers >= 100 * minimum_group else 1)


def _about_whom(champion: ModelVersion, challenger: ModelVersion) -> str:
    if champion.respondents is None and challenger.respondents is None:
        return ""
    if champion.counts_bridged and challenger.counts_bridged:
        return " Compared are those whom both versions can place."
    return " Compared are those whom their answers to a survey place."


def _finding(versions: pd.DataFrame, agreement: float, moved: float | None) -> str:
    ours, theirs = versions.to_dict("records")
    first, second = (f"{row['version']} ({row['k']} segments)" for row in (ours, theirs))
    sentences = [f"{second} agrees with {first}, which is in use, at {number(agreement, 2)} of 1."]
    if moved is not None:
        sentences.append(f"{share(moved)} of customers would be in a segment with another id.")
    if not pd.isna(ours["value_explained"]) and not pd.isna(theirs["value_explained"]):
        sentences.append(
            f"Segments account for {share(theirs['value_explained'])} of the differences in value, "
            f"against {share(ours['value_explained'])} today."
        )
    if not pd.isna(ours["stability"]) and not pd.isna(theirs["stability"]):
        sentences.append(
            f"Found again in new samples of customers at {number(theirs['stability'], 2)} of 1, "
            f"against {number(ours['stability'], 2)}."
        )
    return " ".join(sentences)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values: missing is None, a date is text."""
    return [
        {
            str(key): None if pd.isna(value) else str(value) if isinstance(value, datetime.date) else value
            for key, value in row.items()
        }
        for row in frame.astype(object).to_dict("records")
    ]
