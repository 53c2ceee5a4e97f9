"""Distinctive traits of a build: what sets each segment apart from the rest, and from another one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import pandas as pd

from segmodel.clustering import ModelVersion
from segmodel.definition import Definition
from segmodel.engines import Engine
from segmodel.features import Feature, Snapshot
from segmodel.personas.alike import sample_known
from segmodel.personas.associations import ASSOCIATION, associations
from segmodel.personas.facts import Facts, count_facts
from segmodel.personas.find import against_other, against_rest, call, ranked, write_traits
from segmodel.personas.known import gather
from segmodel.personas.persona import Trait
from segmodel.personas.views import Column
from segmodel.store import PublishedBuild, rounded, store_table


def store_traits(
    engine: Engine,
    models: Sequence[ModelVersion],
    features: Mapping[str, Feature],
    definition: Definition,
    snapshot: Snapshot,
) -> None:
    """Find what sets every segment apart at the latest snapshot, and create the tables of traits of a build.

    `traits` (a row a segment and trait), `trait_shares` and `trait_means` (what they were found in, small groups
    hidden), `trait_columns` (what was looked at), `trait_associations` (how strongly each goes with the segments) and
    `traits_left_out` (protected columns and items).

    Parameters
    ----------
    engine : Engine
        Holds the checked sources, `customer_features` and `assignments`.
    models : sequence of ModelVersion
        The champions, with people's names.
    features : mapping of str to Feature
        What `customer_features` holds.
    definition : Definition
    snapshot : Snapshot
        The latest.
    """
    known = gather(engine, features, definition, snapshot)
    columns = {column.name: column for column in known.columns}
    least = definition.minimum_group
    facts = count_facts(engine, known, least)
    found = {model.segmentation: call(against_rest(facts.of(model.segmentation)), least) for model in models}
    told = {str(name) for each in found.values() for name in each["name"]}
    sampled = sample_known(engine, known, list(found), sorted(told))
    rows = []
    for model in models:
        alike = sampled.alike(model.segmentation, found[model.segmentation])
        for segment, part in ranked(found[model.segmentation], columns).groupby("segment"):
            traits = write_traits(part, columns, alike, model.features, definition.currency)
            rows += [
                {"segmentation": model.segmentation, "segment": segment, "place": place, **asdict(trait)}
                for place, trait in enumerate(traits)
            ]
    store_table(engine, "traits", _typed(pd.DataFrame(rows, columns=list(_TRAIT_TYPES)), _TRAIT_TYPES))
    _store_facts(engine, facts.shown())
    _store_columns(engine, known.columns, known.left_out)
    _store_associations(engine, facts, [model.segmentation for model in models])


def read_traits(published: PublishedBuild, segmentation: str) -> dict[str, tuple[Trait, ...]]:
    """Return the traits of every segment that has any, the strongest first."""
    found: dict[str, list[Trait]] = {}
    for row in published.traits(segmentation).to_dict("records"):
        found.setdefault(str(row["segment"]), []).append(_trait(row))
    return {segment: tuple(traits) for segment, traits in found.items()}


def difference_of(published: PublishedBuild, segmentation: str, segment: str, other: str) -> tuple[Trait, ...]:
    """Return how one segment differs from another, the strongest traits first.

    The same guards as of traits: noise (Benjamini & Hochberg over all that is compared of the two), size, protected
    attributes and small groups. Traits that say much the same by definition are of one family.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str
    segment, other : str
        Ids or names.

    Raises
    ------
    StoreError
        When the segmentation or a segment is unknown.
    """
    ids = [published.segment_id(segmentation, each) for each in (segment, other)]
    names = published.segments(segmentation).set_index("segment")["name"]
    columns = {column.name: column for column in _columns(published.trait_columns())}
    shares, means = (frame.assign(hidden=frame["n"].isna()) for frame in published.trait_facts(segmentation))
    if not columns or ids[0] == ids[1]:
        return ()
    info = published.info()
    found = ranked(call(against_other(Facts(shares, means), *ids), int(info["minimum_group"])), columns)
    model = json.loads(published.segmentations().set_index("name")["model"][segmentation])
    return write_traits(found, columns, {}, model["features"], str(info["currency"]), str(names[ids[1]]))


_TEXTS = (
    "segmentation", "segment", "name", "feature", "label", "against", "sentence", "kind", "family", "measure", "unit",
)  # fmt: skip
_WHOLE = ("place", "n", "n_rest")
_TRAIT_TYPES = {
    name: "str" if name in _TEXTS else "int64" if name in _WHOLE else "bool" if name == "is_circular" else "float64"
    for name in ("segmentation", "segment", "place", *(field.name for field in fields(Trait)))
}
_ASSOCIATION_TYPES = {
    name: "str" if name in {"segmentation", "name", "test"} else "float64" for name in ("segmentation", *ASSOCIATION)
}


def _typed(frame: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    """Return a frame whose columns have these types, with or without rows; floats without what may differ."""
    typed = frame.astype(dict(types))
    return typed.assign(**{name: rounded(typed[name]) for name, kind in types.items() if kind == "float64"})


def _trait(row: Mapping[Any, Any]) -> Trait:
    values = {field.name: row[field.name] for field in fields(Trait)}
    missing = {name: None for name in ("index", "index_low", "index_high") if pd.isna(values[name])}
    return Trait(**{**values, **missing})


def _store_facts(engine: Engine, facts: Facts) -> None:
    """Create `trait_shares` and `trait_means`."""
    for name, frame in (("trait_shares", facts.shares), ("trait_means", facts.means)):
        texts = [column for column in ("segmentation", "segment", "name", "level") if column in frame]
        store_table(engine, name, frame.drop(columns="hidden").astype(dict.fromkeys(texts, "str")))


def _store_columns(engine: Engine, columns: Sequence[Column], left_out: Sequence[str]) -> None:
    """Create `trait_columns`, without what only the build can compute, and `traits_left_out`."""
    rows = [
        {"position": place, "name": each.name, "form": each.form, "kind": each.kind, "label": each.label,
         "family": each.family, "unit": each.unit, "weight": each.weight, "before": each.words[0],
         "after": each.words[1], "opposite": each.opposite}
        for place, each in enumerate(columns)
    ]  # fmt: skip
    store_table(engine, "trait_columns", pd.DataFrame(rows))
    store_table(engine, "traits_left_out", pd.DataFrame({"name": list(left_out)}, dtype="str"))


def _store_associations(engine: Engine, facts: Facts, names: Sequence[str]) -> None:
    parts = []
    for name in names:
        own = facts.of(name)
        parts.append(associations(own.shares, own.means).assign(segmentation=name))
    found = pd.concat(parts, ignore_index=True).reindex(columns=list(_ASSOCIATION_TYPES))
    store_table(engine, "trait_associations", _typed(found, _ASSOCIATION_TYPES))


def _columns(frame: pd.DataFrame) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=row["name"],
            sql="",
            form=row["form"],
            kind=row["kind"],
            label=row["label"],
            family=row["family"],
            unit=row["unit"],
            weight=float(row["weight"]),
            words=(row["before"], row["after"]),
            opposite=row["opposite"],
        )
        for row in frame.to_dict("records")
    )
