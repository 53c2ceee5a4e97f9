"""What identifiers look like: patterns that run in linear time, as every repetition is bounded.

All are tried on text in which digits of any script are 0 to 9 and dashes of any kind are hyphens; see `masking`.
"""

from __future__ import annotations

import re

EMAIL, PHONE, NAME, NUMBER, LINK, ADDRESS, DATE, HANDLE = (
    f"[{what}]" for what in ("e-mail", "phone", "name", "number", "link", "address", "date", "handle")
)
MASKS = (EMAIL, PHONE, NAME, NUMBER, LINK, ADDRESS, DATE, HANDLE)
"""What stands in a text where an identifier stood."""


def _any_of(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_AT = r"(?:\s{0,3}(?:@|[(\[{<]\s{0,2}(?:at|ät|@|arroba)\s{0,2}[)\]}>])\s{0,3})"
_DOT = (
    r"(?:\s{0,2}[(\[{<]\s{0,2}(?:dot|punkt|point|punto|\.)\s{0,2}[)\]}>]\s{0,2}"
    r"|\s{1,2}(?:dot|punkt|punto)\s{1,2}|\s\.\s|\.)"
)
_PART = r"[\w+%'!#$&*/=?^`{|}~-]{1,64}"
_LOCAL = rf"(?:\"[^\"\n]{{1,64}}\"|{_PART}(?:{_DOT}{_PART}){{0,4}})"
_DOMAIN = rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,5}}"
_ENDINGS = _any_of("com net org info biz io co app dev me uk de fr eu us shop ly gl")

_SEPARATED = r"[\s().\-/_,:;*·•|+~'\"]{0,3}"
_SAID = _any_of(
    "zero oh nought naught one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand double "
    "triple treble null eins zwei zwo drei vier fünf sechs sieben acht neun doppel zéro un deux trois quatre cinq sept "
    r"huit neuf cero uno dos tres cuatro cinco seis siete ocho nueve o \d{1,4}"
)
_MONTH = _any_of(
    "jan(?:uary|uar)? feb(?:ruary|ruar)? mar(?:ch)? märz apr(?:il)? may mai june? juni july? juli aug(?:ust)? "
    "sept?(?:ember)? o[ck]t(?:ober)? nov(?:ember)? de[cz](?:ember)? janvier février mars avril juin juillet août"
)
_MONTH += r"\.?"
_STREETS = (
    "street road avenue lane boulevard crescent terrace mews gardens drive close court parkway highway rd ave blvd ln"
)
_STREET = _any_of(_STREETS)
_CAPITAL_STREET = _any_of("Way Hill Row Walk Place Square Grove Park St Dr Pl Ct Sq Green View Rise Yard Circle Trail")
_GERMAN_STREET = _any_of(r"straße strasse str\. weg platz allee gasse damm ufer")
_NETWORK = _any_of("insta(?:gram)? twitter snap(?:chat)? telegram skype tiktok facebook linkedin handle user(?:name)?")
_NUMBERED = _any_of(
    "order invoice customer client account booking reference ref ticket case claim policy parcel tracking loyalty card "
    "member membership voucher code pin passport licen[cs]e kunde kunden bestell rechnungs sendungs bestellung"
)
_SECRET = _any_of("password passwort passcode passphrase kennwort")
_WORD = r"[^\W\d_][\w'’.-]{0,30}"

_AT_SIGN = r"@|[(\[{<]\s{0,2}(?:at|ät|arroba)\s{0,2}[)\]}>]"
_SPELLED_AT = r"\s(?:at|ät|arroba)\s"

_ANYWHERE: tuple[tuple[str, str], ...] = (
    (LINK, r"(?:h(?:tt|xx)ps?|ftps?|file|wss?)\s?:\s?/{0,3}\S{1,4000}"),
    (EMAIL, r"mailto\s?:\s?\S{1,400}"),
    (PHONE, r"(?:tel|sms|callto|whatsapp)\s?:\s?\S{1,60}"),
    (LINK, r"(?<![\w.@-])www\d?\.\S{1,4000}"),
    (LINK, r"(?<![\w.@-])[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}[/?#][^\s]{1,4000}"),
    (LINK, rf"(?<![\w.@-])[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,4}}\.{_ENDINGS}(?![\w-])"),
    (HANDLE, rf"(?<!\w){_NETWORK}\s{{0,2}}(?:id|name|is|:|=|-){{1,2}}\s{{0,2}}[\w.-]{{2,64}}"),
    (NUMBER, r"(?<!\w)(?:bic|swift)\s{0,2}(?:code)?\s{0,2}[:=]?\s{0,2}[a-z]{4}\s?[a-z]{2}\s?[a-z0-9]{2,6}(?!\w)"),
    (NUMBER, rf"(?<!\w){_SECRET}\s{{0,2}}(?:is|was|ist|:|=)\s{{0,2}}\S{{1,64}}"),
    (NUMBER, r"(?<![a-z0-9])[a-z0-9_+/=-]{26,400}"),
    (NUMBER, rf"(?<!\w){_SAID}(?:[\s,.\-/]{{1,3}}{_SAID}){{3,40}}(?!\w)"),
)

_WITH_AT: tuple[tuple[str, str], ...] = (
    # another at may follow: a sign of its own before an address must not leave the address its domain
    (EMAIL, rf"{_LOCAL}(?:{_AT}{_DOMAIN}){{1,3}}"),
    (HANDLE, r"(?:(?<=\s)|^)[(\"']?@\s{0,2}[\w.-]{1,64}"),
)

_WITH_SPELLED_AT: tuple[tuple[str, str], ...] = (
    (
        EMAIL,
        (
            r"(?<![\w.])[\w.+'-]{1,64}(?:\s(?:dot|punkt|punto)\s[\w-]{1,64}){0,3}\s{1,3}(?:at|ät|arroba)\s{1,3}"
            r"[\w-]{1,63}(?:\.[\w-]{2,63}|\s{0,2}[(\[{]?\s?(?:dot|punkt|punto)\s?[)\]}]?\s{0,2}[\w-]{2,63}){1,5}"
            r"(?![\w.+-]{0,64}@)"
        ),
    ),
)

_WITH_DIGITS: tuple[tuple[str, str], ...] = (
    (NUMBER, r"(?<!\w)[a-z]{2}\d{2}(?:[\s.-]{0,2}[a-z0-9]{2,4}){3,8}(?:[\s.-]{0,2}[a-z0-9]{1,3})?(?!\w)"),
    (NUMBER, r"(?<!\w)[a-z]{2}[\s.-]{0,2}\d{2}[\s.-]{0,2}\d{2}[\s.-]{0,2}\d{2}[\s.-]{0,2}[a-z]?(?!\w)"),
    (
        NUMBER,
        (
            rf"(?<!\w){_NUMBERED}-?(?:nummer|nr)?"
            r"(?:[\s.:#=-]{0,3}(?:number|numbers|num|no|nr|nummer|id|ref|code|is|was|ist|lautet)(?!\w)){0,4}"
            r"[\s.:#=-]{0,3}(?=[a-z_/-]{0,20}\d)[\w/-]{3,40}"
        ),
    ),
    (NUMBER, r"#\s?[\w-]{0,20}\d[\w-]{0,40}"),
    (ADDRESS, r"(?<!\w)(?:[a-z]{1,2}\d[a-z\d]?\s{0,2}\d[a-z]{2}|gir\s?0aa)(?!\w)"),
    (ADDRESS, r"(?<!\w)\d{4,5}\s[^\W\d_][^\W\d_-]{2,30}(?!\w)"),
    (ADDRESS, rf"(?<!\w)\d{{1,5}}\s?[a-z]?,?\s(?:{_WORD}\s){{1,3}}{_STREET}(?!\w)"),
    (
        ADDRESS,
        (
            r"(?<!\w)(?:flat|apt|apartment|unit|suite|room|p\.?\s?o\.?\s?box|postfach|wohnung)\.?\s{0,2}#?\s?"
            r"(?=[a-z]{0,3}\d)\w{1,8}"
        ),
    ),
    (
        ADDRESS,
        (
            rf"(?<!\w)[^\W\d_][^\W\d_-]{{0,40}}?(?:-[^\W\d_]{{1,30}}){{0,3}}[-\s]?{_GERMAN_STREET}"
            r"\s{0,2}\d{1,4}\s?[a-z]?(?!\w)"
        ),
    ),
    (
        ADDRESS,
        (
            r"(?<!\w)\d{1,4}\s?(?:bis|ter)?,?\s(?:rue|avenue|boulevard|place|chemin|allée|impasse|calle|via)\s"
            rf"(?:{_WORD}\s?){{1,4}}"
        ),
    ),
    (DATE, r"(?<!\d)\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}(?!\d)"),
    (
        DATE,
        rf"(?<!\w)\d{{1,2}}(?:st|nd|rd|th|\.)?\s{{0,2}}(?:of\s)?(?:the\s)?{_MONTH}(?!\w)(?:,?\s{{0,2}}'?\d{{2,4}})?",
    ),
    (DATE, rf"(?<!\w){_MONTH}\s{{0,2}}\d{{1,2}}(?:st|nd|rd|th)?(?!\w)(?:,?\s{{0,2}}'?\d{{2,4}})?"),
    (NUMBER, r"(?<![\w.])\d{1,3}(?:\s?(?:\.|\[\.\]|\(\.\))\s?\d{1,3}){3}(?![\w])"),
    (NUMBER, r"(?<![\w:])(?:[0-9a-f]{1,4}::?){2,7}(?:[0-9a-f]{1,4}(?![\w:])|(?![\w:]))"),
    (NUMBER, r"(?<![\w:])::?(?:[0-9a-f]{1,4}:){1,7}[0-9a-f]{1,4}(?![\w:])"),
    (PHONE, rf"[+(]{{0,3}}\d(?:{_SEPARATED}\d){{6,40}}(?:\s{{0,2}}(?:ext|x|durchwahl)\w{{0,6}}\.?\s{{0,2}}\d{{1,6}})?"),
    (NUMBER, rf"\d(?:{_SEPARATED}\d){{4,40}}"),
)

_AS_WRITTEN: tuple[tuple[str, str], ...] = (
    (ADDRESS, rf"(?<!\w)\d{{1,5}}\s?[a-zA-Z]?,?\s(?:{_WORD}\s){{1,3}}{_CAPITAL_STREET}\b\.?"),
    (ADDRESS, rf"(?<!\w)(?:[A-Z][\w'’-]{{1,30}}\s){{1,3}}{_any_of(_STREETS.title())}\b"),
    (ADDRESS, r"(?<!\w)(?:[A-Z][\w'’-]{1,30},?\s){1,2}[A-Z]{2},?\s\d{5}(?:-\d{4})?(?!\w)"),
    (
        ADDRESS,
        (
            r"(?<!\w)(?:Am|An der|An den|Auf dem|Auf der|Unter den|Im|In der|Zum|Zur)\s[A-ZÄÖÜ]\w{1,30}"
            r"(?:\s[A-ZÄÖÜ]\w{1,30})?\s\d{1,4}\s?[a-z]?(?!\w)"
        ),
    ),
)

Patterns = tuple[tuple[str, re.Pattern[str]], ...]


def _compiled(patterns: tuple[tuple[str, str], ...], flags: re.RegexFlag = re.IGNORECASE) -> Patterns:
    return tuple((mask, re.compile(pattern, flags)) for mask, pattern in patterns)


PATTERNS: tuple[tuple[re.Pattern[str], Patterns], ...] = (
    (re.compile(_AT_SIGN, re.IGNORECASE), _compiled(_WITH_AT)),
    (re.compile(_SPELLED_AT, re.IGNORECASE), _compiled(_WITH_SPELLED_AT)),
    (re.compile(""), _compiled(_ANYWHERE)),
    (re.compile(r"\d"), _compiled(_WITH_DIGITS)),
    (re.compile("[A-Z]"), _compiled(_AS_WRITTEN, re.NOFLAG)),
)
"""What has to be in a text for some patterns to match, and each of them with the mask that goes where it does."""

_NAME = r"[^\W\d_]{1,40}(?:['’.-]{1,2}[^\W\d_]{1,40}){0,3}\.?"
_TITLES = _any_of(
    "mrs? ms miss mx dr prof professor sir dame lady lord rev reverend herrn? frau monsieur madame mme mlle señora? "
    "sra?"
)
_CALLED = (
    r"(?:my\s(?:full\s|first\s|last\s|maiden\s)?name(?:\sis|['’]s|\s?:)|(?:the\s)?name(?:['’]s|\sis|\s?:)"
    r"|(?:i\sam|i['’]?m|it['’]?s|this\sis|that\sis)\s(?:called|named)|called|mein\sname\sist|ich\shei(?:ß|ss)e"
    r"|je\sm['’]appelle|me\sllamo|mi\snombre\ses|(?:first|last|full|family|sur)\s?name\s?(?:is|:)|signed|attn"
    r"|attention\sof|f\.?a\.?o|c/o|ask(?:ed)?\sfor|اسمي)"
)
_MAYBE = (
    r"(?:i\sam|i['’]?m|this\sis|it['’]?s|it\sis|ich\sbin|je\ssuis|soy|dear|hi|hello|hey|hallo|lieber?|spoke\s(?:to|with)"
    r"|sp(?:eak|oken|eaking)\s(?:to|with)|served\sby|helped\sby|thanks\sto)"
)
_CLOSING = _any_of(
    "regards wishes sincerely faithfully truly yours respectfully grüße?n? gruss gruß mfg cordialement saludos"
)
_SAID_TOO = _any_of(r"cheers thanks thank\syou love merci danke xx?x?")

AFTER_TITLE = re.compile(rf"(?<!\w){_TITLES}(?:\.\s{{0,2}}|\s)(?P<names>{_NAME}(?:\s{_NAME}){{0,3}})", re.IGNORECASE)
AFTER_CALLED = re.compile(rf"(?<!\w){_CALLED}[\s:,-]{{1,3}}(?P<names>{_NAME}(?:\s{_NAME}){{0,3}})", re.IGNORECASE)
AFTER_MAYBE = re.compile(rf"(?<!\w){_MAYBE}[\s,]{{1,2}}(?P<names>{_NAME}(?:\s{_NAME}){{0,3}})", re.IGNORECASE)
CLOSING = re.compile(
    rf"(?<!\w)(?:{_CLOSING}\s{{0,2}}[\s,.!:\n-]|{_SAID_TOO}\s{{0,2}}[,.!:\n-])\s{{0,2}}"
    rf"(?P<names>{_NAME}(?:[\s.]{{1,2}}{_NAME}){{0,2}})\s{{0,3}}[.!]?\s{{0,3}}(?=$|\n|\[)",
    re.IGNORECASE,
)
SIGNATURE = re.compile(r"(?:\n|-{1,3}\s?)(?P<names>[^\W\d_][\w'’.-]{0,40}(?:\s[^\W\d_][\w'’.-]{0,40}){0,2})\s{0,3}$")
AFTER_HAN = re.compile(
    r"(?:我叫|我是|我的名字是|姓名[::]?|名前は|私は)\s?(?P<names>[\u3040-\u30ff\u4e00-\u9fff·]{1,8})"
)
