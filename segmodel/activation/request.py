"""What somebody asks for: which segments, customers like what, and how they are given out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from segmodel.definition import Activation, Condition, Definition, Target
from segmodel.definition_activation import KeyForm, Platform, RowField
from segmodel.errors import ActivationError, did_you_mean

KEYS: dict[str, tuple[KeyForm, Platform]] = {
    "google": ("hashed", "google"),
    "meta": ("hashed", "meta"),
    "plain": ("plain", "google"),
    "none": ("none", "google"),
}
"""Ways match keys are given, each a word: the form, and by whose rules they are normalised."""


@dataclass(frozen=True)
class AudienceRequest:
    """What an audience is made of.

    Attributes
    ----------
    segmentation : str
    segments : tuple of str
        Ids or names.
    conditions : tuple of Condition
        All must hold.
    certain_from : float
        Probability of the segment from which a customer is certain enough.
    holdout : float
        Share of customers kept out.
    holdout_seed : str
        Which customers that are.
    minimum : int
        Smallest audience that is given out; the workspace's smallest group holds in any case.
    keys : {"hashed", "plain", "none"}
        How match keys are given.
    platform : {"google", "meta"}
        By whose rules keys are normalised.
    fields : tuple of str
        What goes with the customer's id.
    name : str
        Of an audience of the definition; empty for one made by hand.
    """

    segmentation: str
    segments: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    certain_from: float = 0.5
    holdout: float = 0.0
    holdout_seed: str = "1"
    minimum: int = 0
    keys: KeyForm = "hashed"
    platform: Platform = "google"
    fields: tuple[RowField, ...] = ("segment",)
    name: str = ""

    @classmethod
    def of(
        cls,
        activation: Activation,
        segmentation: str,
        segments: Sequence[str],
        conditions: Sequence[str] = (),
        **more: Any,
    ) -> AudienceRequest:
        """Return a request with the defaults of a definition.

        Parameters
        ----------
        activation : Activation
        segmentation : str
        segments : sequence of str
        conditions : sequence of str
            As people write them; see `Condition`.
        **more
            Attributes that are not to be the definition's.

        Raises
        ------
        ActivationError
            When a condition cannot be read, no segment is named, or a share is out of range.
        """
        try:
            read = tuple(Condition.parse(text) for text in conditions)
        except ValueError as error:
            said = f"{str(error)[:1].upper()}{str(error)[1:]}"
            raise ActivationError(said if said.endswith(("?", ".")) else f"{said}.") from None
        made = cls(
            segmentation,
            tuple(dict.fromkeys(segments)),
            read,
            activation.certain_from,
            activation.holdout,
            activation.holdout_seed,
        )
        made = replace(made, **more)
        if not made.segments:
            raise ActivationError("No segment is named. Name one or more, by id or name.")
        if not 0 <= made.holdout < 1:
            raise ActivationError(f"Found a holdout of {made.holdout:g}; expected a share from 0 to below 1.")
        if not 0 <= made.certain_from <= 1:
            raise ActivationError(f"Found certain_from of {made.certain_from:g}; expected a share from 0 to 1.")
        return made

    @classmethod
    def for_target(cls, definition: Definition, target: Target, audience: str) -> AudienceRequest:
        """Return what a target gets as one of its audiences."""
        asked = next(each for each in definition.activation.audience if each.name == audience)
        return cls.of(
            definition.activation,
            asked.segmentation,
            asked.segments,
            asked.conditions,
            minimum=target.minimum,
            keys=target.keys,
            platform=target.platform,
            fields=target.fields,
            name=audience,
        )

    def with_keys(self, how: str) -> AudienceRequest:
        """Return the request with match keys given in a way people name by one word.

        Parameters
        ----------
        how : {"google", "meta", "plain", "none"}
            Hashed by the rules of one of them; plain; or not at all.
        """
        if how not in KEYS:
            raise ActivationError(f"Found keys '{how}', expected one of {', '.join(KEYS)}.{did_you_mean(how, KEYS)}")
        keys, platform = KEYS[how]
        return replace(self, keys=keys, platform=platform)

    def document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        lists = {"segments": list(self.segments), "fields": list(self.fields)}
        return asdict(self) | lists | {"conditions": [str(each) for each in self.conditions]}

    def fingerprint(self) -> str:
        """Hash of all that decides who is in it and what is given of them."""
        text = json.dumps({**self.document(), "name": ""}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def target_named(definition: Definition, name: str) -> Target:
    """Return a target of a definition.

    Raises
    ------
    ActivationError
        When there is none of that name.
    """
    targets = {each.name: each for each in definition.activation.targets}
    if name not in targets:
        there = f"there are {', '.join(targets)}" if targets else "the definition names none under [activation]"
        raise ActivationError(f"There is no target '{name}'; {there}.{did_you_mean(name, targets)}")
    return targets[name]
