from __future__ import annotations

import pytest

from segmodel.definition import Personas
from segmodel.personas.protected import is_protected


@pytest.mark.parametrize(
    "name",
    ["age", "age_band", "customerAge", "AGE", "Age group", "gender", "sex", "date-of-birth", "maritalStatus",
     "ethnic_group", "religion", "is_disabled", "kids_at_home", "household", "demo_household", "DOB", "title", "Prefix",
     "customer_title", "has_child", "child_count", "genders", "races", "religions", "customerage", "clientgender",
     "Geschlecht", "Alter", "Anrede", "sexe", "edad", "date_naissance", "nationalities", "beliefs"],
)  # fmt: skip
def test_names_of_protected_attributes_are_recognised(name: str) -> None:
    assert is_protected(name, Personas())


@pytest.mark.parametrize(
    "name",
    [
        "average_spend",
        "page_views",
        "language",
        "loyalty_card",
        "region",
        "message",
        "essex",
        "job_title",
        "book_title",
        "package",
        "percentage",
        "prefix_code",
        "customer_manager",
        "user_agent",
        "storage",
        "coverage",
        "alternative",
        "classes",
        "gracefully",
        "titles_read",
        "usage",
    ],
)
def test_names_that_only_contain_such_letters_are_not(name: str) -> None:
    assert not is_protected(name, Personas())


def test_a_definition_may_protect_more_and_allow_some() -> None:
    settings = Personas(protected=("postcode", "roast"), allow=("age_band",))
    assert is_protected("postcode_area", settings)
    assert is_protected("roast", settings)
    assert not is_protected("age_band", settings)
    assert is_protected("age", settings)


def test_the_wording_of_an_item_counts_as_its_name_does() -> None:
    assert is_protected("q17", Personas(), "How old are you?")
    assert not is_protected("q17", Personas(), "How many cups a day?")
