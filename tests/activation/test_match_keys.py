"""Match keys come out as Google and Meta document them: the examples are theirs."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from segmodel.activation.match_keys import email_stages, external_id_sql, hashed_sql, phone_stages, staged
from segmodel.definition_activation import COUNTRIES, Platform
from segmodel.engines import Engine

ENGINE = Engine.open(None)


def email_sql(text: str, platform: Platform = "google") -> str:
    return staged(email_stages(platform), text)


def phone_sql(text: str, platform: Platform, country: str | None) -> str:
    return staged(phone_stages(platform, country), text)


def told(sql: str, value: str | None) -> str | None:
    found: str | None = ENGINE.value(f"SELECT {sql} FROM (SELECT $value::VARCHAR AS given)", {"value": value})
    return found


@pytest.mark.parametrize(
    ("given", "google", "meta"),
    [
        # https://developers.google.com/data-manager/api/devguides/concepts/formatting
        ("cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com", None),
        ("user.name+NYC@Example.com", "user.name+nyc@example.com", "user.name+nyc@example.com"),
        # https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
        ("John_Smith@gmail.com", "john_smith@gmail.com", "john_smith@gmail.com"),
        ("  A.B@GoogleMail.com\u00a0", "ab@googlemail.com", "a.b@googlemail.com"),
        ("a.b@gmail.com.evil.example", "a.b@gmail.com.evil.example", "a.b@gmail.com.evil.example"),
    ],
)
def test_addresses_are_normalised_as_documented(given: str, google: str, meta: str | None) -> None:
    assert told(email_sql("given"), given) == google
    if meta is not None:
        assert told(email_sql("given", "meta"), given) == meta


@pytest.mark.parametrize(
    "given", [None, "", "  ", "nobody", "a@b", "@b.com", "a@b..com", "a@@b.com", "+x@gmail.com", "a;b@c.de"]
)
def test_what_is_no_address_is_no_key(given: str | None) -> None:
    assert told(email_sql("given"), given) is None


def test_hashes_are_those_the_platform_publishes() -> None:
    email = hashed_sql(email_sql("given", "meta"))
    assert told(email, " John_Smith@gmail.com ") == "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
    phone = hashed_sql(phone_sql("given", "meta", "US"))
    assert told(phone, "(650)555-1212") == "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"
    assert told(hashed_sql(email_sql("given")), None) is None


@pytest.mark.parametrize(
    ("given", "country", "number"),
    [
        ("(800)555-0100", "US", "+18005550100"),  # Google's example
        ("1-800-555-0100", "US", "+18005550100"),
        ("07911 123456", "GB", "+447911123456"),
        ("7911123456", "GB", "+447911123456"),
        ("447911123456", "GB", "+447911123456"),
        ("447911123456.0", "GB", "+447911123456"),
        ("+44 (0)20 7946 0958", "DE", "+442079460958"),
        ("0044 20 7946 0958", None, "+442079460958"),
        ("020 7946 0958 ext. 12", "GB", "+442079460958"),
        ("tel:+1-650-555-1212", None, "+16505551212"),
        ("06 20 123 4567", "HU", "+36201234567"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("07911 123456", None, None),
        ("call me", "GB", None),
        ("12", "GB", None),
        ("+1234567890123456", "GB", None),
        (None, "GB", None),
    ],
)
def test_phone_numbers_come_out_as_e164(given: str | None, country: str | None, number: str | None) -> None:
    assert told(phone_sql("given", "google", country), given) == number
    assert told(phone_sql("given", "meta", country), given) == (number and number.removeprefix("+"))


@given(some.sampled_from(sorted(COUNTRIES)), some.integers(20_000_000, 99_999_999))
def test_a_number_with_its_country_is_itself_everywhere(country: str, rest: int) -> None:
    written = f"+{COUNTRIES[country][0]}{rest}"
    assert told(phone_sql("given", "google", "GB"), written) == written


@given(some.text())
def test_a_key_is_normalised_once_and_for_all(text: str) -> None:
    for sql in (email_sql("given"), external_id_sql("given"), phone_sql("given", "google", "GB")):
        once = told(sql, text.replace("\0", ""))
        assert once is None or told(sql, once) == once


def test_ids_are_trimmed_and_hashed_as_they_are() -> None:
    assert told(external_id_sql("given"), " C-17 ") == "C-17"
    assert told(hashed_sql(external_id_sql("given")), " C-17 ") == hashlib.sha256(b"C-17").hexdigest()
