"""The tables we understand: what each is, its columns, and the names people give them elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "timestamp", "date", "month", "money", "number", "integer", "flag"]

SQL_TYPES: dict[str, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "month": "DATE",
    "money": "DECIMAL(18,4)",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
}
"""The SQL type of each kind; `money` is any number that must add up exactly, quantities included."""


@dataclass(frozen=True)
class Column:
    """One column of a contract table.

    Attributes
    ----------
    name : str
        What it is called here, and what `columns` in the definition maps to.
    kind : str
        How values are read; see `SQL_TYPES`.
    required : bool
        Rows without a value go to quarantine, and a source without the column is refused.
    description : str
        What it holds, for people.
    aliases : tuple of str
        What other systems call it, in lower case letters and digits, the likeliest first.
    """

    name: str
    kind: Kind
    required: bool
    description: str
    aliases: tuple[str, ...] = ()

    @property
    def sql_type(self) -> str:
        """The SQL type values are stored with."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One contract table.

    Attributes
    ----------
    name, description : str
        What it is called in the definition, and what one row of it is.
    columns : tuple of Column
        In the order they are stored.
    key : tuple of str
        Columns of which a second row with the same values is quarantined; empty when rows may repeat.
    keeps_other_columns : bool
        Columns the contract does not name are kept as attributes.
    unlocks : str
        What becomes possible with this table, as a clause after "unlocks".
    is_kept : bool
        Builds keep the rows. Tables that are large, or say who somebody is or what they wrote, are read, used and
        left out of what is published.
    is_quoted : bool
        Messages may show a row as an example; not where it is what somebody wrote.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    keeps_other_columns: bool = False
    unlocks: str = ""
    is_kept: bool = True
    is_quoted: bool = True

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError when there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


_CUSTOMER_ALIASES = (
    "customerid", "customer", "custid", "customerno", "customernumber", "customerkey", "customercode",
    "mastercustomerid", "clientid", "client", "memberid", "userid", "user", "shopperid", "buyerid",
    "contactid", "accountid", "loyaltyid", "cardnumber", "id",
)  # fmt: skip
_ORDERED_ALIASES = (
    "orderedat", "orderdate", "invoicedate", "transactiondate", "purchasedate", "orderdatetime", "ordertime",
    "orderts", "purchasedat", "createdat", "saledate", "salesdate", "transactiontime", "transdate", "timestamp",
    "datetime", "date", "day", "postedat", "bookingdate",
)  # fmt: skip
_AMOUNT_ALIASES = (
    "amount", "linetotal", "lineamount", "totalamount", "netamount", "ordertotal", "orderamount", "ordervalue",
    "total", "totalprice", "totalvalue", "revenue", "netrevenue", "sales", "salesamount", "netsales", "turnover",
    "spend", "spent", "dollarvalue", "value", "paid", "grandtotal", "subtotal", "transactionamount", "grossamount",
)  # fmt: skip

_ITEM_ALIASES = ("item", "itemid", "question", "questionid", "variable")

_CUSTOMER = Column("customer_id", "id", True, "Who: one value a customer, in every table.", _CUSTOMER_ALIASES)

_CUSTOMERS = Table(
    "customers",
    "One row a customer: what is known about them. Every other column is kept as an attribute.",
    (_CUSTOMER,),
    key=("customer_id",),
    keeps_other_columns=True,
    unlocks="attributes such as region or age as features, filters and traits",
    is_kept=False,
)

_TRANSACTIONS = Table(
    "transactions",
    "One row a purchase or a line of one; refunds are rows with a negative amount.",
    (
        _CUSTOMER,
        Column("ordered_at", "timestamp", True, "When the purchase was made: a date, or a date and time.",
               _ORDERED_ALIASES),
        Column("amount", "money", True, "What the row adds to revenue, refunds negative.", _AMOUNT_ALIASES),
        Column("order_id", "id", False, "Rows with the same value are one order.",
               ("orderid", "order", "orderno", "ordernumber", "invoiceno", "invoice", "invoiceid", "invoicenumber",
                "transactionid", "transaction", "receiptid", "receipt", "receiptno", "basketid", "basket", "saleid",
                "ticketid")),
        Column("margin", "money", False, "What the row adds to margin; known margin makes value mean margin.",
               ("margin", "grossmargin", "profit", "grossprofit", "contribution")),
        Column("cost", "money", False, "What the goods of the row cost; margin is amount less cost.",
               ("cost", "cogs", "costofgoods", "linecost", "totalcost")),
        # kept exactly, like money: quantities are multiplied into amounts and summed
        Column("quantity", "money", False, "How many pieces.",
               ("quantity", "qty", "units", "pieces", "itemcount", "items", "nitems")),
        Column("channel", "text", False, "Where it was bought: web, app, store.",
               ("channel", "saleschannel", "orderchannel", "medium", "storetype", "touchpoint")),
        Column("category", "text", False, "What kind of goods.",
               ("category", "productcategory", "department", "productgroup", "producttype", "productline")),
        Column("promotion", "text", False, "The promotion or coupon the row was bought with; empty without one.",
               ("promotion", "promo", "promocode", "promotioncode", "coupon", "couponcode", "discountcode",
                "voucher", "campaigncode")),
    ),
    unlocks="recency, frequency, spend and everything derived from them",
    is_kept=False,
)  # fmt: skip

_SURVEY = Table(
    "survey",
    "One row an answer; a file with one row a respondent and one column an item is accepted as well.",
    (
        Column("customer_id", "id", True, "Who answered.",
               (*_CUSTOMER_ALIASES, "respondentid", "respondent", "responseid", "participantid")),
        Column("item", "text", True, "The item that was asked.", _ITEM_ALIASES),
        Column("answer", "text", False, "What was answered; empty when skipped.",
               ("answer", "response", "value", "score", "rating")),
    ),
    unlocks="segments by needs and attitudes",
    is_kept=False,
)  # fmt: skip

_ITEMS = Table(
    "items",
    "One row a survey item: its wording and what it measures.",
    (
        Column("item", "text", True, "The item, as in survey.", _ITEM_ALIASES),
        Column("text", "text", True, "Its wording.", ("text", "wording", "label", "questiontext", "description")),
        Column("kind", "text", False, "need-importance, need-satisfaction, attitude or demographic.",
               ("kind", "type", "itemtype")),
        Column("scale", "text", False, "The lowest and highest answer, as in 1-7.", ("scale", "range")),
        Column("need", "text", False, "The need that an importance and a satisfaction item share.",
               ("need", "needkey", "construct", "topic")),
    ),
    key=("item",),
    unlocks="survey items in the respondents' words",
)  # fmt: skip

_MEMBERSHIPS = Table(
    "memberships",
    "One row a customer and existing segmentation: the segment another department put them in.",
    (
        _CUSTOMER,
        Column("segmentation", "text", True, "The existing segmentation.", ("segmentation", "scheme", "model")),
        Column("segment", "text", True, "The customer's segment in it.", ("segment", "cluster", "group", "tier")),
    ),
    key=("customer_id", "segmentation"),
    unlocks="a comparison with the segmentations you already have",
)

_VERBATIMS = Table(
    "verbatims",
    "One row a remark: what customers said in their own words.",
    (
        _CUSTOMER,
        Column("said_at", "timestamp", False, "When.", ("saidat", "date", "createdat", "timestamp")),
        Column("text", "text", True, "What.", ("text", "comment", "remark", "review", "verbatim", "message")),
        Column("source", "text", False, "Where it was said: survey, review, service.", ("source", "channel", "origin")),
    ),
    unlocks="the words that set segments apart",
    is_kept=False,
    is_quoted=False,
)

_INTERACTIONS = Table(
    "interactions",
    "One row a contact with a customer: a visit, an e-mail opened, a service call.",
    (
        _CUSTOMER,
        Column("at", "timestamp", True, "When.", ("at", "date", "timestamp", "eventtime", "createdat")),
        Column("kind", "text", True, "What kind of contact.", ("kind", "type", "event", "eventtype", "channel")),
        Column("outcome", "text", False, "How it ended.", ("outcome", "result", "status", "disposition")),
    ),
    unlocks="how each segment likes to be reached",
    is_kept=False,
)

_SPEND = Table(
    "spend",
    "One row a month and segment or channel: what was spent on marketing.",
    (
        Column("month", "month", True, "The month.", ("month", "date", "period")),
        Column("segment", "text", False, "The segment it was meant for.", ("segment", "cluster", "audience")),
        Column("channel", "text", False, "The channel it went through.", ("channel", "medium")),
        Column("amount", "money", True, "How much.", ("amount", "spend", "cost", "budget")),
    ),
    unlocks="budget share against value share",
)

_CAMPAIGNS = Table(
    "campaigns",
    "One row a campaign and customer it was or was not shown to.",
    (
        Column("campaign", "text", True, "The campaign.", ("campaign", "campaignid", "campaignname", "experiment")),
        _CUSTOMER,
        Column("arm", "text", True, "treatment or control.", ("arm", "variant", "group", "testgroup", "cell")),
        Column("converted", "flag", False, "Whether the customer responded.", ("converted", "response", "conversion")),
        Column("revenue", "money", False, "What the response was worth.", ("revenue", "amount", "value")),
        Column("at", "timestamp", False, "When it was sent.", ("at", "date", "sentat", "timestamp")),
    ),
    unlocks="what campaigns change, by segment",
)

_ACCOUNTS = Table(
    "accounts",
    "One row a business customer.",
    (
        Column("account_id", "id", True, "The account.", ("accountid", "account", "companyid", "organisationid")),
        Column("name", "text", False, "Its name.", ("name", "accountname", "company", "companyname")),
        Column("sector", "text", False, "Its line of business.", ("sector", "industry", "vertical")),
        Column(
            "size", "text", False, "Its size, in a word or a number.", ("size", "employees", "headcount", "sizeband")
        ),
    ),
    key=("account_id",),
    unlocks="business customers seen as accounts",
)

_CONTACTS = Table(
    "contacts",
    "One row a person at a business customer.",
    (
        Column("contact_id", "id", True, "The person.", ("contactid", "contact", "personid")),
        Column("account_id", "id", True, "The account they work for.", ("accountid", "account", "companyid")),
        Column("customer_id", "id", False, "The customer they buy as.", _CUSTOMER_ALIASES),
        Column("name", "text", False, "Their name.", ("name", "fullname", "contactname")),
        Column("role", "text", False, "Their role in the buying unit.", ("role", "buyingrole", "jobrole", "jobtitle")),
    ),
    key=("contact_id",),
    unlocks="who decides, influences and uses at an account",
    is_kept=False,
)

_CONTEXT = Table(
    "context",
    "One row a date and outside indicator, such as a price index.",
    (
        Column("date", "date", True, "The date.", ("date", "month", "period", "day")),
        Column("indicator", "text", True, "The indicator.", ("indicator", "series", "name", "variable")),
        Column("value", "number", True, "Its value.", ("value", "level", "index")),
    ),
    key=("date", "indicator"),
    unlocks="changes in the market beside changes in the segments",
)

_MARKET = Table(
    "market",
    "One row a need or category of the whole market.",
    (
        Column("need_or_category", "text", True, "The need or category.",
               ("needorcategory", "need", "category", "segment", "market")),
        Column("size", "number", True, "How large it is, in any unit: one for all needs, one for all categories.",
               ("size", "marketsize", "value")),
        Column("our_share", "number", False, "Our share of that, 0 to 1.", ("ourshare", "share", "marketshare")),
        Column("growth", "number", False, "Growth a year, 0.05 for 5%.", ("growth", "growthrate", "cagr")),
    ),
    key=("need_or_category",),
    unlocks="market white space",
)  # fmt: skip

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _CUSTOMERS,
        _TRANSACTIONS,
        _SURVEY,
        _ITEMS,
        _MEMBERSHIPS,
        _VERBATIMS,
        _INTERACTIONS,
        _SPEND,
        _CAMPAIGNS,
        _ACCOUNTS,
        _CONTACTS,
        _CONTEXT,
        _MARKET,
    )
}
"""Every table a definition may give, by name."""
