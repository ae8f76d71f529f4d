"""German words for money, fractions and numbers with a unit."""

from __future__ import annotations

import re

from edge_agent.words.de.numbers import NUMBER, NUMBERS, cardinal, number_words
from edge_agent.words.rules import Rule, rule

_CURRENCIES = {  # the unit, its hundredth
    "€": ("Euro", "Cent"), "EUR": ("Euro", "Cent"), "Euro": ("Euro", "Cent"), "$": ("Dollar", "Cent"),
    "USD": ("Dollar", "Cent"), "£": ("Pfund", "Pence"), "CHF": ("Franken", "Rappen"), "¥": ("Yen", ""),
}  # fmt: skip

_UNITS = {  # "ein", and the plural is the same
    "km": "Kilometer", "m": "Meter", "dm": "Dezimeter", "cm": "Zentimeter", "mm": "Millimeter", "nm": "Nanometer",
    "m^2": "Quadratmeter", "m2": "Quadratmeter", "qm": "Quadratmeter", "km^2": "Quadratkilometer",
    "km2": "Quadratkilometer", "cm^2": "Quadratzentimeter", "cm2": "Quadratzentimeter", "m^3": "Kubikmeter",
    "m3": "Kubikmeter", "cm^3": "Kubikzentimeter", "cm3": "Kubikzentimeter", "ha": "Hektar", "px": "Pixel",
    "kg": "Kilogramm", "g": "Gramm", "mg": "Milligramm", "l": "Liter", "L": "Liter", "ml": "Milliliter",
    "mL": "Milliliter", "cl": "Zentiliter", "dl": "Deziliter", "EL": "Esslöffel", "TL": "Teelöffel",
    "V": "Volt", "mV": "Millivolt", "kV": "Kilovolt", "mA": "Milliampere", "W": "Watt", "mW": "Milliwatt",
    "kW": "Kilowatt", "MW": "Megawatt", "GW": "Gigawatt", "kJ": "Kilojoule", "dB": "Dezibel", "hPa": "Hektopascal",
    "bar": "Bar", "kB": "Kilobyte", "KB": "Kilobyte", "MB": "Megabyte", "GB": "Gigabyte", "TB": "Terabyte",
    "Hz": "Hertz", "kHz": "Kilohertz", "MHz": "Megahertz", "GHz": "Gigahertz", "kbit/s": "Kilobit pro Sekunde",
    "Mbit/s": "Megabit pro Sekunde", "Gbit/s": "Gigabit pro Sekunde", "MB/s": "Megabyte pro Sekunde",
    "km/h": "Kilometer pro Stunde", "m/s": "Meter pro Sekunde", "%": "Prozent", "‰": "Promille", "°": "Grad",
    "°C": "Grad Celsius", "° C": "Grad Celsius", "°F": "Grad Fahrenheit", "° F": "Grad Fahrenheit",
    # NFKC has turned the micro sign into a Greek mu and the ohm sign into an omega
    "\u03bcm": "Mikrometer", "\u03bcg": "Mikrogramm", "\u03a9": "Ohm", "k\u03a9": "Kiloohm",
}  # fmt: skip
_UNITS_WITH_N = {  # "eine", and the plural has an n
    "h": "Stunde", "Std": "Stunde", "min": "Minute", "Min": "Minute", "s": "Sekunde", "Sek": "Sekunde",
    "ms": "Millisekunde", "\u03bcs": "Mikrosekunde", "t": "Tonne", "Wh": "Wattstunde", "kWh": "Kilowattstunde",
    "mAh": "Milliamperestunde", "kcal": "Kilokalorie",
}  # fmt: skip
_SCALES = {
    "Mio": ("eine Million", "Millionen"), "Mrd": ("eine Milliarde", "Milliarden"), "Bio": ("eine Billion", "Billionen"),
}  # fmt: skip
_STOP = r"(?:(?<=Std|Min|min|Sek|Mio|Mrd|Bio)\.(?=\s*\S))?"
"""The full stop of those that are written with one; the last one of a text stays."""

_ALL = {
    **{unit: (f"ein {name}", name) for unit, name in _UNITS.items()},
    **{unit: (f"eine {name}", f"{name}n") for unit, name in _UNITS_WITH_N.items()},
    **_SCALES,
}
"""Written unit -> a single one, many. Case matters: mW is not MW."""

_UNIT = "|".join(re.escape(unit) for unit in sorted(_ALL, key=len, reverse=True))
_SYMBOL = "|".join(re.escape(symbol) for symbol in _CURRENCIES)
_AMOUNT = rf"[0-9]+\.[0-9]{{2}}(?![0-9.])|{NUMBER}"
"""An amount of money, also with a point, as models write it."""


def _money(sign: str, symbol: str, amount: str) -> str:
    unit, hundredth = _CURRENCIES[symbol]
    minus = "minus " if sign else ""
    whole, fraction = NUMBERS.split(re.sub(r"\.(?=[0-9]{2}$)", ",", amount))
    if fraction and (len(fraction) != 2 or not hundredth):
        return f"{minus}{cardinal(amount)} {unit}"
    if not int(whole) and int(fraction or 0):
        return f"{minus}{_one(fraction)} {hundredth}"
    words = f"{minus}{_one(whole)} {unit}"
    return f"{words} {number_words(int(fraction))}" if int(fraction or 0) else words


def _one(digits: str) -> str:
    return "ein" if int(digits) == 1 else cardinal(digits.lstrip("0") or "0")


def _quantity(match: re.Match[str]) -> str:
    one, many = _ALL[match[2]]
    return one if match[1] == "1" else f"{cardinal(match[1])} {many}"


def _fraction(match: re.Match[str]) -> str:
    whole, top, bottom, unit = match[1], int(match[2]), int(match[3]), match[4]
    if (top, bottom) == (1, 2):
        words = f"{number_words(int(whole)) if whole and int(whole) > 1 else 'ein' * bool(whole)}einhalb"
    elif (top, bottom) == (24, 7):
        words = "vierundzwanzig sieben"
    elif top < bottom and (3 <= bottom <= 10 or bottom in (12, 16, 20, 100)):
        words = f"{'ein' if top == 1 else number_words(top)} {number_words(bottom, 'ordinal').capitalize()}l"
        words = f"{cardinal(whole)} und {words}" if whole else words
    else:
        words = f"{cardinal(match[2])} durch {cardinal(match[3])}"
        words = f"{cardinal(whole)} und {words}" if whole else words
    return f"{words} {_ALL[unit][1]}" if unit else words


QUANTITY_RULES: tuple[Rule, ...] = (
    # 5-10 km, 5 € - 10 €, but neither a part number nor a minus
    rule(rf"(?<=[0-9%])(?:\s?–\s?|-)(?=(?:{_SYMBOL})?[0-9])(?=\S+(?![\w-]))", " bis "),
    rule(rf"([-−]?)([€$£¥])\s?({_AMOUNT})", lambda match: _money(match[1], match[2], match[3])),
    rule(rf"(?<![\w.,])([-−]?)({_AMOUNT})\s?({_SYMBOL})(?!\w)", lambda match: _money(match[1], match[3], match[2])),
    rule(rf"(?<![\w.,/])(?:([0-9]+) )?([0-9]{{1,3}})/([0-9]{{1,3}})(?![\w/])(?:\s?({_UNIT})(?!\w))?", _fraction),
    rule(r"(?<![\w.,)])[-−](?=[.,]?[0-9])", "minus "),
    rule(rf"(?<![\w.,])({NUMBER})[\s-]?({_UNIT})(?!\w){_STOP}", _quantity),
)
