"""The one place where text that people wrote is made safe to show."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$:&^=])")
_LINKS = re.compile(r"(www(?=\.)|[a-z]+:(?=//)|@|:(?=[\w+/-]+:)|[<>=-](?=[<>=-]))", re.IGNORECASE)
_WORD_JOINER = "\N{WORD JOINER}"


def plain(text: object) -> str:
    r"""Return text that Markdown shows as it is: no formatting, HTML, formulas, links, icons or colours.

    Addresses, `:name:` codes and arrows are recognised by the page after escapes are resolved, so an invisible
    character that takes no space is put inside those.

    Examples
    --------
    >>> print(plain("<b>5 * 3</b> for $2"))
    \<b\>5 \* 3\</b\> for \$2
    """
    one_line = " ".join(str(text).split())
    return _SPECIAL.sub(r"\\\1", _LINKS.sub(rf"\1{_WORD_JOINER}", one_line))
