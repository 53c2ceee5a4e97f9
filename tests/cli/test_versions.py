from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from segmodel.workspace import Workspace
from tests.support.command_line import Run, refused
from tests.support.planted import write_crowd


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built workspace with a planted micro-segment; read it, never write to it."""
    folder = write_crowd(tmp_path_factory.mktemp("crowd") / "shop")
    Workspace(folder).build()
    return folder


def test_studio_prints_its_contract_as_json_and_a_table(run: Run, built: Path) -> None:
    result = run("studio", built, "behaviour", "--ks", "2-3", "--json")
    assert result.code == 0
    document = json.loads(result.out)
    assert list(document) == [
        "segmentation",
        "customers",
        "recommended",
        "nearest",
        "kind",
        "reason",
        "minimum_group",
        "table",
        "segments",
        "flows",
        "warnings",
        "build",
        "settings",
        "profiles",
        "dots",
        "axes",
        "shown",
    ]
    assert [(one["k"], one["segment"]) for one in document["segments"]] == [(2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]
    assert {"name", "share", "place", "jaccard", "band"} <= set(document["segments"][0])
    assert {flow["k"] for flow in document["flows"]} == {2}
    assert document["segmentation"] == "behaviour"
    assert document["nearest"] in {2, 3}
    assert document["recommended"] in {document["nearest"], None}
    assert [row["k"] for row in document["table"]] == [2, 3]
    assert {"k", "within_ss", "silhouette", "stability", "smallest_share"} <= set(document["table"][0])
    text = run("studio", built, "behaviour", "--ks", "2,3").out
    assert "smallest share" in text
    assert " ".join(document["reason"].split()) in " ".join(text.split())
    (marked,) = [line for line in text.splitlines() if "→" in line]
    assert re.search(rf"→ +│ +{document['nearest']} ", marked)


def test_studio_says_how_far_it_is_as_json_lines(run: Run, built: Path) -> None:
    result = run("studio", built, "behaviour", "--ks", "2", "--json", "--progress", "json")
    assert result.code == 0
    lines = [json.loads(line) for line in result.err.splitlines()]
    done = [line["done"] for line in lines]
    assert done == sorted(set(done))
    assert (done[0], done[-1]) == (0.0, 1.0)
    assert len(done) > 50
    assert all(line["sentence"] for line in lines)


def test_studio_ends_when_nobody_reads_how_far_it_is(built: Path) -> None:
    command = [sys.executable, "-m", "segmodel", "studio", str(built), "behaviour", "--json", "--progress", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert process.stderr.readline().startswith("{")
        process.stderr.close()  # as when the program that watches was killed
        assert process.stdout.read() == ""
        assert process.wait(60) != 0


def test_micro_prints_its_contract_as_json_and_a_verdict(run: Run, crowd: Path) -> None:
    with Workspace(crowd).open() as published:
        by_name = dict(published.segments("pace")[["name", "segment"]].to_numpy())
    result = run("micro", crowd, "pace", by_name["Seldom"], "--json", "--progress", "json")
    assert result.code == 0
    document = json.loads(result.out)
    assert list(document) == [
        "segmentation",
        "version",
        "segment",
        "name",
        "as_of",
        "customers",
        "looked_at",
        "features",
        "outcomes",
        "currency",
        "minimum_group",
        "finding",
        "because",
        "groups",
    ]
    done = [json.loads(line)["done"] for line in result.err.splitlines()]
    assert (done[0], done[-1]) == (0.0, 1.0)
    assert done == sorted(set(done))
    kept = [group for group in document["groups"] if group["kept"]]
    assert [group["customers"] for group in kept] == [40]  # the 36 that were planted, 3% of all customers
    assert set(kept[0]) >= {"name", "share", "value", "rest_value", "jaccard", "difference", "p_value", "reason"}

    text = run("micro", crowd, "pace", "Seldom")
    assert text.out.startswith(f"{document['finding']} {document['because']}\n")
    assert "groups judged, customers to the nearest 10" in text.out
    chosen = run("micro", crowd, "pace", "Often", "--features", "average_order_value, web_share").out
    assert chosen.startswith("Nothing inside Often is worth treating differently. ")
    few = run("micro", crowd, "pace", "Handful")
    assert (few.code, few.out.count("\n")) == (0, 1)


def test_a_challenger_is_proposed_compared_promoted_and_taken_back(run: Run, folder: Path) -> None:
    run("build", folder)
    proposed = run("propose", folder, "behaviour", "--k", "4", "--why", "finer")
    assert proposed.code == 0
    assert "behaviour: proposed version v002, 4 segments, not in use\n" in proposed.out
    assert "(new)" in proposed.out

    compared = run("compare", folder, "behaviour")
    assert compared.code == 0
    assert compared.out.startswith("v002 (4 segments) agrees with v001 (3 segments), which is in use, at ")
    document = json.loads(run("compare", folder, "behaviour", "v002", "--json").out)
    assert list(document) == [
        "segmentation",
        "champion",
        "challenger",
        "as_of",
        "customers",
        "agreement",
        "moved_share",
        "minimum_group",
        "finding",
        "versions",
        "segments",
        "flows",
    ]
    assert (document["champion"], document["challenger"], document["as_of"]) == ("v001", "v002", "2026-03-31")

    promoted = run("promote", folder, "behaviour", "--why", "Ana's team asked", "--build")
    assert promoted.code == 0
    assert re.search(r"behaviour: v002 promoted by .+ on .+: Ana's team asked\n", promoted.out)
    assert f"Published build {Workspace(folder).current()}" in promoted.out
    shown = json.loads(run("metrics", folder, "--json").out)["segmentations"]["behaviour"]
    assert shown["version"] == "v002"
    assert {segment["id"] for segment in shown["segments"]} == {
        segment["segment"] for segment in document["segments"] if segment["status"] != "retired"
    }

    back = run("promote", folder, "behaviour", "--back", "--why", "too fine")
    assert back.code == 0
    assert "v001 rolled back" in back.out
    assert f"The next build scores with it: segmodel build {folder}" in back.out
    assert "behaviour: version v001, 3 segments\n" in run("build", folder).out
    steps = run("promote", folder, "behaviour").out.splitlines()
    assert [line.split(" by ")[0] for line in steps] == [
        "v001 fitted",
        "v002 proposed",
        "v002 promoted",
        "v001 rolled back",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("studio", "behavior"), ["Did you mean 'behaviour'?"]),
        (("studio", "behaviour", "--ks", "two"), ["written 2-10, or 3,5,8; found 'two'"]),
        (("studio", "behaviour", "--ks", "1-3"), ["from 2 to 20, found 1, 2, 3"]),
        (("studio", "behaviour", "--ks", "9-3"), ["found none"]),
        (("studio", "value"), ["no number to choose"]),
        (("propose", "behaviour", "--k", "many"), ["whole number or auto, found 'many'"]),
        (("propose", "behaviour", "--k", "21"), ["2 to 20 segments, found 21"]),
        (("propose", "behaviour"), ["v001 again, which is in use"]),
        (("compare", "behaviour"), ["no challenger"]),
        (("compare", "behaviour", "v003"), ["There is no version v003 of behaviour; there: v001"]),
        (("promote", "behaviour", "v001", "--why", "so"), ["in use already"]),
        (("promote", "behaviour", "v001", "--back", "--why", "so"), ["not both"]),
        (("promote", "behaviour", "--back"), ["none to go back to"]),
        (("promote", "behaviour", "v001"), ["why (--why REASON)"]),
        (("micro", "behavior", "s1"), ["Did you mean 'behaviour'?"]),
        (("micro", "behaviour", "s9"), ["There is no segment 's9' in behaviour; there are s1 ("]),
        (("micro", "behaviour", "s1", "--features", "frequncy"), ["Did you mean 'frequency'?"]),
        (("micro", "behaviour", "s1", "--features", "frequency, value"), ["cannot be found by it"]),
        (("micro", "value", "s1"), ["rests on value alone", "--features"]),
    ],
)
def test_what_cannot_be_done_with_versions_ends_in_a_sentence(
    run: Run, built: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    command, name, *rest = arguments
    refused(run(command, built, name, *rest), *words)
    assert Workspace(built).models.versions("behaviour") == ("v001",)
