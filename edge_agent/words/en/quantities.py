"""English words for money, fractions and numbers with a unit."""

from __future__ import annotations

import re

from edge_agent.words.en.numbers import NUMBER, cardinal, number_words, plural
from edge_agent.words.rules import Rule, rule

_CURRENCIES = {  # one, many, one hundredth, hundredths
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "", ""),
    "₩": ("won", "won", "", ""),
}
_SCALES = {
    "thousand": "thousand", "k": "thousand", "K": "thousand", "million": "million", "M": "million",
    "m": "million", "mn": "million", "billion": "billion", "B": "billion", "bn": "billion",
    "trillion": "trillion", "T": "trillion", "tn": "trillion",
}  # fmt: skip

_UNITS_WITH_S = {
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer",
    "mi": "mile", "yd": "yard", "px": "pixel",
    "kg": "kilogram", "g": "gram", "mg": "milligram", "lb": "pound", "lbs": "pound", "oz": "ounce",
    "L": "liter", "l": "liter", "ml": "milliliter", "mL": "milliliter", "cl": "centiliter", "dl": "deciliter",
    "tsp": "teaspoon", "tbsp": "tablespoon", "cal": "calorie", "kcal": "kilocalorie", "kJ": "kilojoule",
    "h": "hour", "hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute",
    "s": "second", "sec": "second", "secs": "second", "ms": "millisecond", "ns": "nanosecond",
    "V": "volt", "mV": "millivolt", "kV": "kilovolt", "mA": "milliamp", "mAh": "milliamp-hour",
    "W": "watt", "mW": "milliwatt", "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt",
    "Wh": "watt-hour", "kWh": "kilowatt-hour", "dB": "decibel", "hPa": "hectopascal", "kPa": "kilopascal",
    "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte",
    "PB": "petabyte", "KiB": "kibibyte", "MiB": "mebibyte", "GiB": "gibibyte", "TiB": "tebibyte",
    "EUR": "euro", "USD": "US dollar", "GBP": "British pound",
    # NFKC has turned the micro sign into a Greek mu and the ohm sign into an omega
    "\u03bcm": "micrometer", "\u03bcg": "microgram", "\u03bcs": "microsecond",
    "k\u03a9": "kiloohm", "\u03a9": "ohm",
}  # fmt: skip
_OTHER_UNITS = {
    "%": ("percent", "percent"), "°": ("degree", "degrees"), "ft": ("foot", "feet"),
    "°C": ("degree Celsius", "degrees Celsius"), "° C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "° F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"), "rpm": ("R.P.M.", "R.P.M."),
}  # fmt: skip
_PER = {
    "mph": ("mile", "hour"), "kph": ("kilometer", "hour"), "km/h": ("kilometer", "hour"),
    "m/s": ("meter", "second"), "fps": ("frame", "second"), "kB/s": ("kilobyte", "second"),
    "MB/s": ("megabyte", "second"), "GB/s": ("gigabyte", "second"), "kbps": ("kilobit", "second"),
    "Mbps": ("megabit", "second"), "Gbps": ("gigabit", "second"), "Mbit/s": ("megabit", "second"),
    "Gbit/s": ("gigabit", "second"),
}  # fmt: skip


def _all_units() -> dict[str, tuple[str, str]]:
    units = {unit: (name, name + "s") for unit, name in _UNITS_WITH_S.items()} | _OTHER_UNITS
    units |= {unit: (f"{name} per {per}", f"{name}s per {per}") for unit, (name, per) in _PER.items()}
    for unit in ("km", "m", "cm", "mm", "ft", "mi"):
        one, many = units[unit]
        for mark, power in (("2", "square"), ("3", "cubic")):
            units[f"{unit}^{mark}"] = units[f"{unit}{mark}"] = (f"{power} {one}", f"{power} {many}")
    return units


_UNITS = _all_units()
"""Written unit -> one, many. Case matters: mW is not MW. "in" and "A" are words, and stay."""

_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_SYMBOL = "|".join(re.escape(symbol) for symbol in _CURRENCIES)

_NAMED_FRACTIONS = {(24, 7): "twenty-four seven", (9, 11): "nine eleven"}
_DENOMINATORS = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def _money(sign: str, symbol: str, amount: str, scale: str | None) -> str:
    unit, units, cent, cents = _CURRENCIES[symbol]
    minus = "minus " if sign else ""
    whole, _, fraction = amount.replace(",", "").partition(".")
    if scale:
        return f"{minus}{cardinal(amount)} {_SCALES[scale]} {units}"
    if fraction and (len(fraction) != 2 or not cent):
        return f"{minus}{cardinal(amount)} {units}"
    parts = []
    if int(whole) or not int(fraction or 0):
        parts.append(f"{cardinal(whole)} {unit if int(whole) == 1 else units}")
    if int(fraction or 0):
        parts.append(f"{number_words(int(fraction))} {cent if int(fraction) == 1 else cents}")
    return minus + " and ".join(parts)


def _quantity(match: re.Match[str]) -> str:
    one, many = _UNITS[match[2]]
    return f"{cardinal(match[1])} {one if match[1] == '1' else many}"


def _fraction(match: re.Match[str]) -> str:
    whole, top, bottom, unit = match[1], int(match[2]), int(match[3]), match[4]
    if (top, bottom) in _NAMED_FRACTIONS:
        words = _NAMED_FRACTIONS[top, bottom]
    elif top < bottom and (2 <= bottom <= 10 or bottom in (12, 16, 20, 100)):
        ordinal = number_words(bottom, "ordinal")
        one, many = _DENOMINATORS.get(bottom) or (ordinal, plural(ordinal))
        words = f"{number_words(top)} {one if top == 1 else many}"
    else:
        words = f"{cardinal(match[2])} over {cardinal(match[3])}"
    if whole:
        words = f"{cardinal(whole)} and {words}"
    return f"{words} {_UNITS[unit][1 if whole else 0]}" if unit else words


QUANTITY_RULES: tuple[Rule, ...] = (
    # 5-10 km, $5-$10, but neither a part number nor a minus
    rule(rf"(?<=[0-9%])(?:\s?–\s?|-)(?=(?:{_SYMBOL})?[0-9])(?=\S+(?![\w-]))", " to "),
    rule(
        rf"([-−]?)(?:US|CA|AU)?({_SYMBOL})\s?({NUMBER})(?:\s?({'|'.join(_SCALES)})\b)?",
        lambda match: _money(match[1], match[2], match[3], match[4]),
    ),
    rule(
        rf"(?<![\w.,])([-−]?)({NUMBER})\s?({_SYMBOL})(?!\w)",
        lambda match: _money(match[1], match[3], match[2], None),
    ),
    rule(
        rf"(?<![\w.,/])(?:([0-9]+) )?([0-9]{{1,3}})/([0-9]{{1,3}})(?![\w/])(?:\s?({_UNIT})(?!\w))?",
        _fraction,
    ),
    rule(r"(?<![\w.,)])[-−](?=\.?[0-9])", "minus "),
    rule(r"\b([0-9]{1,3})'([0-9]{1,2})\"", lambda match: f"{cardinal(match[1])} foot {cardinal(match[2])}"),
    rule(rf"(?<![\w.,])({NUMBER})[\s-]?({_UNIT})(?!\w)", _quantity),
    rule(r"\b([0-9]+)k\b", lambda match: f"{cardinal(match[1])} thousand"),
)
