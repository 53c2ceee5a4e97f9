"""Who is signed in, which role they have, and what a role may do.

People sign in by OIDC where `[auth]` stands in the secrets; who has which role stands there too:

    [roles]
    steward = ["ana@example.com"]
    analyst = ["ben@example.com"]

Anyone else who may sign in is a viewer. Without `[auth]` the app runs for one local user where only this machine
reaches it, and for viewers where others may; it says which.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import IntEnum

import streamlit as st

from segmodel.errors import SegmodelError


class Role(IntEnum):
    """What somebody may do; each role may do all that those below it may."""

    VIEWER = 1
    ANALYST = 2
    STEWARD = 3
    ADMIN = 4

    @property
    def label(self) -> str:
        """The role as a word."""
        return self.name.lower()


class AccessError(SegmodelError):
    """Somebody asked for what their role may not see or do."""


@dataclass(frozen=True)
class User:
    """Who is looking, as exports name them."""

    name: str
    role: Role
    is_local: bool
    is_signed_in: bool = True

    @property
    def caption(self) -> str:
        """Who this is, in a few words."""
        if self.is_local:
            return "Local use by one person, without sign-in"
        if not self.is_signed_in:
            return "Viewing without sign-in: others may reach this address, so everything else needs sign-in set up"
        return f"{self.name}, {self.role.label}"

    @property
    def signature(self) -> str:
        """Who this is, with their role, as files that leave the app say it."""
        return f"{self.name} ({self.role.label})"

    def may(self, role: Role) -> bool:
        """Say whether this user has at least `role`."""
        return self.role >= role


def current_user() -> User | None:
    """Return who is signed in, or None when sign-in is configured and nobody is."""
    if not _has_sign_in():
        if _is_for_this_machine_only():
            return User("local user", Role.ADMIN, is_local=True, is_signed_in=False)
        return User("visitor", Role.VIEWER, is_local=False, is_signed_in=False)
    if not st.user.is_logged_in:
        return None
    email = str(st.user.get("email") or "")
    # anybody can claim an address that the identity provider has not verified; many leave the claim out
    if str(st.user.get("email_verified", True)).casefold() == "false":
        email = ""
    return User(str(st.user.get("name") or email or "unnamed"), _role_of(email), is_local=False)


def require(role: Role) -> None:
    """Check the role again where something is read or done, not only where a button is drawn.

    Raises
    ------
    AccessError
        When nobody is signed in, or their role is below `role`.
    """
    user = current_user()
    if user is None or not user.may(role):
        who = "Nobody is signed in"
        if user is not None and user.is_signed_in:
            who = f"You are signed in as {user.role.label}"
        raise AccessError(f"{who}; this needs the role {role.label}. Ask an admin of the workspace.")


def _has_sign_in() -> bool:
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def _is_for_this_machine_only() -> bool:
    """Say whether the app listens on the loopback address; with no address set it listens on every one."""
    address = str(st.get_option("server.address") or "")
    if address.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _role_of(email: str) -> Role:
    roles = st.secrets.get("roles", {})
    for role in sorted(Role, reverse=True):
        if email and email.casefold() in {str(one).casefold() for one in roles.get(role.label, ())}:
            return role
    return Role.VIEWER
