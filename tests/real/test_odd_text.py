"""The real voice on text that nobody would say aloud: its process lives on, and what comes is sound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from tiers import fast_first

from edge_agent import build
from edge_agent.config import load
from edge_agent.speak.voice import Voice
from edge_agent.speak.wording import speakable
from edge_agent.think.sentences import SentenceStream
from edge_agent.types import Samples, Sentence
from edge_agent.workers.remote import RemoteTts

pytestmark = pytest.mark.model

SETTINGS = load({"models": {"profile": "tiny"}})
VOICES = "en_US-joe-medium", "hibari-heart"
CANARY = "It is half past three in the afternoon."

KILLERS = {
    "possessives": "s'" * 80, "ness": "ness" * 120, "edly": "bless" + "edly" * 120, "'s": "'s" * 300,
    "a killer in a sentence": "He said " + "ness" * 120 + " and left.", "NUL": "a\0b",
    "a surrogate": "a\ud800b",
}  # fmt: skip
"""espeak-ng/espeak-ng#2495, and what makes it raise."""
ODD = {
    "emoji": "😀👍🏽🇩🇪" * 40, "joined emoji": "👩‍💻👨‍👩‍👧‍👦" * 20, "bidi": "\u202eabc\u2066 def \u202c",
    "accents": "e\u0301\u0302" * 200, "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "a URL": "See https://a.example/" + "c/" * 300 + "?q=1&r=%20#x.",
    "an IBAN": "GB33BUKB20201555555555 and DE89 3704 0044 0532 0130 00.",
    "Markdown": "# A\n- **b** `c`\n> d | e\n```\nx\n```", "a table": "| a | b |\n|---|---|\n| 1 | 2 |",
    "one letter": "x" * 10_000, "digits": "1234567890" * 30, "stops": "." * 500 + "!?" * 300,
    "blanks": " \t\n\u3000\u200b" * 100, "nothing": "", "mathematics": "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋ ∧ x² ≥ 0",
    "a list": "1) a\n2) b\n3) c",
}  # fmt: skip
TEXTS = KILLERS | ODD
EVERY_OTHER = [*TEXTS][::2]
"""Those of the fast tier."""
SCRIPTS = {
    "Arabic": "مرحبا بالعالم", "Armenian": "Բարեւ աշխարհ", "Bengali": "ওহে বিশ্ব", "Bopomofo": "ㄋㄧˇㄏㄠˇ",
    "Burmese": "မင်္ဂလာပါ", "Cherokee": "ᎣᏏᏲ ᎡᎶᎯ", "Chinese": "你好，世界", "Coptic": "Ⲛⲟⲩϥⲣⲓ",
    "Cyrillic": "Привет, мир", "Devanagari": "नमस्ते दुनिया", "Ethiopic": "ሰላም ለዓለም",
    "Georgian": "გამარჯობა", "Gothic": "𐌷𐌰𐌹𐌻𐍃", "Greek": "Γειά σου Κόσμε", "Gujarati": "હેલો વિશ્વ",
    "Gurmukhi": "ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ", "Hangul": "안녕하세요", "Hebrew": "שלום עולם", "Hiragana": "こんにちは",
    "Inuktitut": "ᐊᐃ ᓄᓇ", "Javanese": "ꦲꦤꦕꦫꦏ", "Kannada": "ನಮಸ್ಕಾರ", "Katakana": "コンニチハ",
    "Khmer": "សួស្តី​ពិភពលោក", "Lao": "ສະບາຍດີ", "Malayalam": "നമസ്കാരം", "Mongolian": "ᠰᠠᠶᠢᠨ",
    "N'Ko": "ߌ ߣߌ ߗߋ", "Ogham": "ᚁᚂᚃ", "Oriya": "ନମସ୍କାର", "Runes": "ᚠᚢᚦᚨᚱᚲ", "Sinhala": "ආයුබෝවන්",
    "Syriac": "ܫܠܡܐ", "Tamil": "வணக்கம்", "Telugu": "నమస్కారం", "Thaana": "އައްސަލާމް",
    "Thai": "สวัสดีชาวโลก", "Tibetan": "བཀྲ་ཤིས་", "Tifinagh": "ⴰⵣⵓⵍ", "Yi": "ꆈꌠꁱꂷ",
}  # fmt: skip


@pytest.fixture(scope="module", params=fast_first(VOICES, 1))
def voice(request: pytest.FixtureRequest) -> Iterator[Voice]:
    own = load({"models": {"profile": "tiny", "voice": request.param}})
    made = build.voice(own, build.choose_one(own, "tts"))
    engine = made._tts
    assert isinstance(engine, RemoteTts), "what is tested for is the end of a process"
    yield made
    engine.worker.close()


def said(voice: Voice, text: str) -> Samples:
    """All of its sound, by the process that was there before."""
    pid = voice._tts.worker.pid
    blocks = list(voice.speak(Sentence(1, text, last=True)))
    assert voice._tts.worker.pid == pid, "the process was lost"
    assert blocks[-1].ends_sentence
    return np.concatenate([block.samples for block in blocks])


@pytest.mark.parametrize("name", fast_first([*EVERY_OTHER, *[*TEXTS][1::2]], len(EVERY_OTHER)))
def test_no_text_ends_the_voice(voice: Voice, name: str) -> None:
    text = TEXTS[name]
    sound = said(voice, text)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max(initial=0) <= 1
    spoken = speakable(text)
    assert bool(len(sound)) == any(char.isalnum() for char in spoken)
    assert len(sound) / voice.rate_hz < 2 + 0.5 * len(spoken)


def test_no_script_ends_or_spoils_the_voice(voice: Voice, everything: bool) -> None:
    """Javanese spoiled all speech after it, until the next start (espeak-ng/espeak-ng#915)."""
    before = len(said(voice, CANARY))
    for script in SCRIPTS if everything else ("Arabic", "Chinese", "Javanese"):
        said(voice, SCRIPTS[script])
    assert len(said(voice, CANARY)) == pytest.approx(before, rel=0.3)


@pytest.mark.slow
def test_ten_thousand_characters_are_sentences_of_which_the_first_is_heard_at_once(voice: Voice) -> None:
    words = "the quick brown fox jumps over a lazy dog while nobody looks at it and then"
    text = " ".join([words] * (10_000 // len(words)))
    stream = SentenceStream()
    sentences = [sentence for piece in (text, "") for sentence in stream.push(piece)] + list(stream.finish())
    assert " ".join(sentence.text for sentence in sentences).split() == text.split()
    assert max(len(sentence.text) for sentence in sentences) <= 400
    assert len(said(voice, sentences[1].text)) / voice.rate_hz > 3
