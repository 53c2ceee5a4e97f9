"""How many customers of a segment may be, and can be, reached: table `segment_reach`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from segmodel.definition import Definition
from segmodel.engines import Engine, identifier
from segmodel.errors import FeatureError, did_you_mean
from segmodel.suppression import small_cells, small_parts

CONSENT = re.compile(r"(^|_)(consent(ed)?|opt_?in|opted_in|permission|subscribed)($|_)")
REFUSED = re.compile(r"(^|_)(un\w*|no|not|non|opt_?out|opted_out|withdrawn|revoked|refused)($|_)")
"""Names of columns that say the opposite, or when."""

MATCH_KEY = re.compile(
    r"^(e_?mail(_address)?|(mobile|phone|telephone)(_number)?|postal_address|device_id|advertising_id)$"
)
_YES = ("true", "yes", "y", "1", "t", "on", "granted")


def compute_reach(engine: Engine, segmentation: str, definition: Definition) -> None:
    """Add one segmentation's rows to `segment_reach`, at the latest snapshot.

    A row a segment, and one (`''`) for all: `customers`, `consented` (said yes in one column of consent), `reachable`
    (consented, and has one match key), `expected`, reachable × the match rate; NULL where no column tells.

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, `snapshots` and, where given, `customers`.
    segmentation : str
    definition : Definition
        Names the columns, the match rate and the smallest group shown.

    Raises
    ------
    FeatureError
        When a column the definition names is not there.
    """
    columns = list(engine.columns("customers")) if "customers" in engine.tables() else []
    consent = _columns(columns, definition.reach.consent, CONSENT, "consent")
    keys = _columns(columns, definition.reach.match_keys, MATCH_KEY, "match_keys")
    said_yes = _any(f"lower(trim({identifier(name)}::VARCHAR)) IN {_YES}" for name in consent)
    has_key = _any(f"trim({identifier(name)}::VARCHAR) <> ''" for name in keys)
    known = f"SELECT customer_id, {said_yes} AS yes, {has_key} AS has_key FROM customers"
    if not columns:
        known = "SELECT NULL::VARCHAR AS customer_id, NULL::BOOLEAN AS yes, NULL::BOOLEAN AS has_key"
    told = "true" if consent and keys else "false"
    found = engine.frame(
        f"""
        WITH known AS ({known})
        SELECT coalesce(segment, '') AS segment, count(*)::BIGINT AS customers,
            CASE WHEN {told} THEN count(*) FILTER (WHERE yes) END::DOUBLE AS consented,
            CASE WHEN {told} THEN count(*) FILTER (WHERE yes AND has_key) END::DOUBLE AS reachable
        FROM assignments LEFT JOIN known USING (customer_id)
        WHERE segmentation = $segmentation AND is_counted AND snapshot = (SELECT max(snapshot) FROM snapshots)
        GROUP BY GROUPING SETS ((segment), ()) ORDER BY 1
        """,
        {"segmentation": segmentation},
    )
    found["expected"] = found["reachable"] * definition.reach.match_rate
    keyed = found.assign(snapshot=0, filter_1="", filter_2="")
    suppressed = small_cells(keyed, definition.minimum_group)
    found["suppressed"] = suppressed
    counts = ["consented", "reachable"]
    if told == "true":
        for name in counts:
            few = small_parts(keyed.assign(suppressed=suppressed), name, definition.minimum_group)
            found.loc[few, [name, *(["expected"] if name == "reachable" else [])]] = None
    found.loc[suppressed, ["customers", *counts, "expected"]] = None
    found = found.astype({"customers": "float64"})
    found.insert(0, "segmentation", segmentation)
    with engine.loaded("segment_reach_part", found):
        verb = "INSERT INTO segment_reach" if "segment_reach" in engine.tables() else "CREATE TABLE segment_reach AS"
        engine.execute(f"{verb} SELECT * FROM segment_reach_part")


def _columns(known: list[str], asked: Iterable[str] | str, likely: re.Pattern[str], key: str) -> list[str]:
    """Return the columns that were asked for, or those whose names say so."""
    if asked == "guess":
        named = {name: name.casefold() for name in known}
        return [name for name, folded in named.items() if likely.search(folded) and not REFUSED.search(folded)]
    missing = [name for name in asked if name not in known]
    if missing:
        raise FeatureError(
            f"reach.{key} names {', '.join(missing)}, which customers does not have.{did_you_mean(missing[0], known)}"
        )
    return list(asked)


def _any(tests: Iterable[str]) -> str:
    listed = " OR ".join(f"coalesce({test}, FALSE)" for test in tests)
    return f"({listed})" if listed else "FALSE"
