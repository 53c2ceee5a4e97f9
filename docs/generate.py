"""Writes the reference pages that come from the catalogues: `python docs/generate.py`. A test holds them to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel

from segmodel.definition import (
    Activation,
    AlertRule,
    Alerts,
    Api,
    AudienceSection,
    DatabaseTarget,
    Definition,
    EndpointTarget,
    EngineSettings,
    Event,
    Features,
    FolderTarget,
    Mailbox,
    MatchKey,
    Owner,
    Personas,
    Reach,
    Rule,
    Segmentation,
    Source,
    Survey,
    Value,
    Webhook,
)
from segmodel.features import CATALOGUE
from segmodel.metrics import METRICS
from segmodel.sources import TABLES

_NOTE = "<!-- Written by docs/generate.py from the catalogues; change those. -->"

_ABOUT_FEATURES = """
What is known of each customer at each snapshot. Every column of `customers` is a feature as well; `channel_share` is
one feature a channel, such as `web_share`. *The window* is the trailing twelve months, unless `window_months` says
otherwise.
"""


def tables_page() -> str:
    """Return the page of contract tables."""
    parts = ["# Tables\n", _NOTE, "\nTransactions are enough. Every other table is optional and unlocks more.\n"]
    for table in TABLES.values():
        rows = [
            (f"`{column.name}`", column.kind, "yes" if column.required else "", column.description)
            for column in table.columns
        ]
        kept = "" if table.is_kept else " Read and used; the rows are not kept in builds."
        parts += [
            f"## {table.name}\n",
            f"{table.description}{kept}\n",
            _grid(("column", "kind", "needed", "what"), rows),
            "",
        ]
    return "\n".join(parts)


def features_page() -> str:
    """Return the page of features."""
    rows = [
        (
            f"`{feature.name}`",
            feature.unit,
            ", ".join(feature.needs),
            feature.description.replace("{value}", "a channel"),
        )
        for feature in CATALOGUE.values()
    ]
    return "\n".join(
        [
            "# Features\n",
            _NOTE,
            _ABOUT_FEATURES,
            _grid(("feature", "unit", "needs", "what"), rows),
            "",
        ]
    )


def metrics_page() -> str:
    """Return the page of metrics."""
    rows = [
        (f"`{metric.name}`", metric.label, metric.formula, metric.source, metric.limits)
        for metric in METRICS.values()
        if metric.is_shown or metric.of
    ]
    return "\n".join(
        [
            "# Metrics\n",
            _NOTE,
            "\nEvery number shown of a segment, with its one definition.\n",
            _grid(("metric", "label", "formula", "source", "limits"), rows),
            "",
        ]
    )


def definition_page() -> str:
    """Return the page of keys of segmentation.toml."""
    sections = {
        "Top of the file": Definition,
        "[owner]": Owner,
        "[features]": Features,
        "[survey]": Survey,
        "[value]": Value,
        "[reach]": Reach,
        "[personas]": Personas,
        "[engine]": EngineSettings,
        "[api]": Api,
        "[[event]]": Event,
        "[alerts]": Alerts,
        "[[alerts.webhook]]": Webhook,
        "[[alerts.mailbox]]": Mailbox,
        "[[alerts.rule]]": AlertRule,
        "[activation]": Activation,
        "[[activation.match_key]]": MatchKey,
        "[[activation.audience]]": AudienceSection,
        "[[activation.database]]": DatabaseTarget,
        "[[activation.folder]]": FolderTarget,
        "[[activation.endpoint]]": EndpointTarget,
        "[sources.NAME]": Source,
        "[[segmentation]]": Segmentation,
        "[[segmentation.rules]]": Rule,
    }
    parts = ["# Keys of segmentation.toml\n", _NOTE, "\nAll problems of a file are reported at once.\n"]
    for title, model in sections.items():
        rows = []
        for name, field in model.model_fields.items():
            default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
            rows.append((f"`{field.alias or name}`", default, field.description or ""))
        parts += [f"## {title}\n", _grid(("key", "default", "what"), rows), ""]
    return "\n".join(parts)


def _default(value: object) -> str:
    if value in (None, (), "", {}) or isinstance(value, BaseModel):
        return ""
    return f"`{value}`"


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables_page,
    "features.md": features_page,
    "metrics.md": metrics_page,
    "definition.md": definition_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        Path(__file__).with_name(name).write_text(page(), encoding="utf-8")
