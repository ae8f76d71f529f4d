"""Settings: who wins, what is said when one is wrong, and that what is shown can be read back."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from edge_agent import config
from edge_agent.cli import app
from edge_agent.cli.options import settings
from edge_agent.config import as_toml, load, parse_set, template
from edge_agent.errors import ConfigError, InputError
from edge_agent.settings import EAGERNESS, Settings, TurnSettings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, an empty /etc and no settings in the environment."""
    for name in [name for name in config.os.environ if name.startswith("EDGE_AGENT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(config, "system_file", lambda: tmp_path / "etc" / "config.toml")
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_beat_environment_beats_user_beats_system_beats_defaults(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def languages() -> tuple[str, str]:
        return load().hear.language, load({"hear": {"language": "it"}}).hear.language

    assert languages() == ("en", "it")
    write(config.system_file(), '[hear]\nlanguage = "fr"\nthreads = 3\n')
    assert languages() == ("fr", "it")
    write(config.user_file(), '[hear]\nlanguage = "de"\n')
    assert languages() == ("de", "it")
    monkeypatch.setenv("EDGE_AGENT_HEAR__LANGUAGE", "es")
    assert languages() == ("es", "it")
    assert load().hear.threads == 3, "keys are merged, not groups replaced"
    assert load(path=write(home / "own.toml", "[speak]\npace = 1.5")).hear.threads == 0, "--config stands alone"


def value_of(own: Settings, name: str) -> Any:
    group, _, key = name.partition(".")
    return getattr(getattr(own, group), key)


def test_systemd_hands_over_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They win over the files of settings, also over a file that holds the same secret, and no message has them."""
    write(config.user_file(), '[serve]\ntoken = "from the file"\n[phone]\npassword_file = "none"\n')
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home / "credentials"))
    assert load().serve.token == "from the file"
    for name in config.SECRETS:
        write(home / "credentials" / name, f"secret of {name}\n")
    own = load()
    assert (own.serve.token, own.home_assistant.token) == ("secret of serve.token", "secret of home_assistant.token")
    assert (own.phone.password, own.phone.password_file) == ("secret of phone.password", None)
    assert [value_of(own.without_secrets(), name) for name in config.SECRETS] == [None] * len(config.SECRETS)
    assert own.phone.webhook_secret == "secret of phone.webhook_secret"
    assert "secret of" not in CliRunner().invoke(app, ["config", "show"]).output
    monkeypatch.setenv("EDGE_AGENT_SERVE__TOKEN", "from the environment")
    assert load().serve.token == "from the environment"
    (home / "credentials" / "serve.token").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"The credential serve\.token cannot be read"):
        load()


def test_a_flag_beats_set_and_a_flag_not_given_changes_nothing() -> None:
    chosen = settings(None, ["models.profile=tiny", "hear.language=de"], models={"profile": "small"})
    assert (chosen.models.profile, chosen.hear.language) == ("small", "de")
    assert settings(None, ["models.profile=tiny"], models={"profile": None}).models.profile == "tiny"


def test_empty_means_not_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_AGENT_HEAR__LANGUAGE", "")
    monkeypatch.setenv("EDGE_AGENT_LLAMA_WHEELS", "not a setting: one underscore")
    write(config.user_file(), '[line]\nmicrophone = ""\n')
    assert load() == Settings()


SAID = [
    ("[haer]\n", "There is no setting 'haer' in FILE; did you mean 'hear'?"),
    (
        "[hear]\nlangage = 'de'\n",
        "There is no setting 'langage' under [hear] in FILE; did you mean 'language'?",
    ),
    (
        "[speak]\nqqq = 1\n",
        "There is no setting 'qqq' under [speak] in FILE; "
        "known are pace, volume, threads, device, first_s, apology, chime, chime_asleep, cache_fragments, openers.",
    ),
    ("hear = 3\n", "[hear] in FILE must be a table."),
    (
        "[hear]\nthreads = 'x'\n",
        "The setting hear.threads in FILE is wrong: input should be a valid integer, ",
    ),
    (
        "[speak]\npace = 9\n",
        "The setting speak.pace in FILE is wrong: input should be less than 3 (it is 9).",
    ),
    ("[think]\ntemperature = nan\n", "The setting think.temperature in FILE is wrong: "),
    ("[turns]\nsure = 0.1\n", "The settings under [turns] are wrong: doubt must be below sure."),
    ("[turns]\nhold_short_s = 2\n", "hold_short_s must not be longer than hold_long_s."),
    ("[hear]\nvad_silence = 0.9\n", "vad_silence must not be above vad_speech."),
    ("[hear\n", "The settings file FILE is not TOML: "),
]


@pytest.mark.parametrize(("text", "said"), SAID)
def test_one_sentence_says_what_and_where(text: str, said: str) -> None:
    file = write(config.user_file(), text)
    with pytest.raises(ConfigError) as raised:
        load()
    assert said.replace("FILE", str(file)) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_eagerness_sets_the_holds_that_are_not_set_themselves(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().turns.model_dump().items() >= EAGERNESS["medium"].items()
    quick = load({"turns": {"eagerness": "high"}}).turns
    assert quick.model_dump().items() >= EAGERNESS["high"].items()
    write(config.user_file(), '[turns]\neagerness = "low"\nhold_short_s = 0.3\n')
    own = load().turns
    assert (own.hold_short_s, own.hold_long_s) == (0.3, EAGERNESS["low"]["hold_long_s"])
    monkeypatch.setenv("EDGE_AGENT_TURNS__EAGERNESS", "fast")
    with pytest.raises(ConfigError, match=r"turns\.eagerness in the environment is wrong: .*'low', 'medium' or 'high'"):
        load()


def test_the_less_eager_the_longer_every_hold() -> None:
    low, medium, high = (TurnSettings(eagerness=name) for name in ("low", "medium", "high"))
    assert low.hold_short_s >= medium.hold_short_s >= high.hold_short_s
    assert low.hold_long_s >= medium.hold_long_s >= high.hold_long_s
    assert TurnSettings() == medium


def test_the_last_layer_that_says_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write(config.user_file(), "[hear]\nthreads = 1\n")
    monkeypatch.setenv("EDGE_AGENT_HEAR__THREADS", "two")
    with pytest.raises(ConfigError, match=r"hear\.threads in the environment is wrong"):
        load()
    with pytest.raises(ConfigError, match=r"hear\.threads on the command line is wrong"):
        load({"hear": {"threads": "-1"}})
    monkeypatch.setenv("EDGE_AGENT_HEAR__THREDS", "2")
    with pytest.raises(ConfigError, match=r"'threds' under \[hear\] in the environment; did you mean 'threads'"):
        load()


@pytest.mark.parametrize("text", ["hear.language", "hear=de", "=de", ".=", "language=de", ""])
def test_set_wants_a_group_a_key_and_a_value(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--set wants GROUP\.KEY=VALUE"):
        parse_set([text])


def test_a_file_that_cannot_be_read_is_not_passed_over(home: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(path=home / "missing.toml")
    config.user_file().mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be read"):
        load()
    latin = home / "latin.toml"
    latin.write_bytes('[think]\npersona = "Grüße"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match="is not TOML"):
        load(path=latin)


def test_show_prints_what_loads_back_to_the_same(home: Path) -> None:
    assignments = [
        "hear.language=de",
        "think.persona=Say \"hi\" & 'ho' \\ \t\x7f Grüße 🚲",
        "models.dir=/a b",
    ]
    flags = [word for each in assignments for word in ("--set", each)]
    shown = CliRunner().invoke(app, ["config", "show", *flags])
    assert shown.exit_code == 0
    assert load(path=write(home / "shown.toml", shown.stdout)) == load(parse_set(assignments))
    as_json = json.loads(CliRunner().invoke(app, ["config", "show", "--json", *flags]).stdout)
    assert Settings.model_validate(as_json) == load(parse_set(assignments))


def test_init_writes_a_file_that_loads_and_never_replaces_one() -> None:
    first = CliRunner().invoke(app, ["config", "init"])
    assert first.stdout == f"{config.user_file()}\n" == CliRunner().invoke(app, ["config", "path"]).stdout
    assert load() == Settings()
    write(config.user_file(), "[hear]\nthreads = 1\n")
    second = CliRunner().invoke(app, ["config", "init"])
    assert isinstance(second.exception, InputError)
    assert load().hear.threads == 1
    assert CliRunner().invoke(app, ["config", "init", "--force"]).exit_code == 0
    assert config.user_file().read_text(encoding="utf-8") == template()


def test_a_key_is_for_its_owner_alone_and_in_no_message() -> None:
    assert CliRunner().invoke(app, ["config", "init"]).exit_code == 0
    assert config.user_file().stat().st_mode & 0o077 == 0
    write(config.user_file(), "[serve]\ntoken = 47114711\n")
    with pytest.raises(ConfigError, match=r"serve\.token in .* is wrong: input should be a valid string\.$") as raised:
        load()
    assert "4711" not in str(raised.value)


def test_show_prints_no_key_and_says_that_there_is_one() -> None:
    for words in (["--set", "serve.token=wombat"], ["--json", "--set", "serve.token=wombat"]):
        shown = CliRunner().invoke(app, ["config", "show", *words])
        assert shown.exit_code == 0
        assert "wombat" not in shown.output
        assert "serve.token is set" in shown.stderr
    assert CliRunner().invoke(app, ["config", "show"]).stderr == ""


def test_init_says_where_it_cannot_write(home: Path) -> None:
    write(home / "home", "a file where the folder should be")
    assert isinstance(CliRunner().invoke(app, ["config", "init"]).exception, InputError)


def test_the_template_holds_every_key_with_its_default() -> None:
    uncommented = "\n".join(line.removeprefix("#") for line in template().splitlines() if not line.startswith("# "))
    assert uncommented.count(" = ") == sum(len(group) for group in Settings().model_dump().values())
    assert Settings.model_validate(dropped(tomllib.loads(uncommented))) == Settings()
    assert '# One of: "low", "medium", "high".\n#eagerness = "medium"' in template()
    assert '# One of: "auto", "tiny", "small", "desktop", "gpu-4gb", "gpu-8gb".\n#profile = "auto"' in template()


def dropped(values: dict[str, Any]) -> dict[str, Any]:
    """Without empty strings, which mean "not set"."""
    return {group: {k: v for k, v in keys.items() if v != ""} for group, keys in values.items()}


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(persona=TEXT, microphone=TEXT, pace=st.floats(0.31, 2.9), context=st.integers(512, 131072))
def test_any_settings_survive_toml(persona: str, microphone: str, pace: float, context: int) -> None:
    values = {
        "think": {"persona": persona, "context": context},
        "line": {"microphone": microphone},
        "speak": {"pace": pace},
    }
    written = as_toml(Settings.model_validate(values))
    assert Settings.model_validate(dropped(tomllib.loads(written))) == Settings.model_validate(values)


@given(TEXT.map(str.strip).filter(bool))
def test_any_value_survives_set(value: str) -> None:
    assert parse_set([f"think.persona={value}"]) == {"think": {"persona": value}}


def test_openers_keep_their_commas():
    assert load(parse_set(["speak.openers=Yes,|I see,"])).speak.openers == ("Yes,", "I see,")
    assert load({"speak": {"openers": ["Yes,"]}}).speak.openers == ("Yes,",)


def test_a_setting_is_changed_where_it_stands_and_all_other_lines_stay(home: Path) -> None:
    file = write(config.user_file(), '# mine\n[serve]\nport = 9000\n\n[turns]\n#eagerness = "medium"\n# end\n')
    config.set_in_file("turns.eagerness", "high")
    config.set_in_file("serve.port", "9001")
    config.set_in_file("hear.wake", "hey_jarvis,alexa")
    config.set_in_file("think.persona", 'Say "hi".\nBriefly.')
    config.set_in_file("serve.strict", "true")
    assert file.read_text() == (
        "# mine\n[serve]\nstrict = true\nport = 9001\n\n"
        '[turns]\n#eagerness = "medium"\neagerness = "high"\n# end\n\n'
        '[hear]\nwake = ["hey_jarvis", "alexa"]\n\n'
        '[think]\npersona = "Say \\"hi\\".\\nBriefly."\n'
    )
    assert load().turns.eagerness == "high"
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text",
    [
        'hear = {language = "de"}\n',
        '[hear]\nwake = [\n  "alexa",\n]\n',
        '["hear"]\nwake = "alexa"\n',
        '[turns]\neagerness = """\nhigh"""\n[hear]\nwake = """\nalexa"""\n',
    ],
)
def test_what_cannot_be_changed_without_a_loss_is_left_as_it_is(home: Path, text: str) -> None:
    file = write(config.user_file(), text)
    with pytest.raises(ConfigError):
        config.set_in_file("hear.wake", "hey_jarvis")
    assert file.read_text() == text


@pytest.mark.parametrize("name", ["turns.eagerness", "turns.nothing", "nothing.at", "turns"])
def test_a_wrong_setting_is_not_written(home: Path, name: str) -> None:
    answer = CliRunner().invoke(app, ["config", "set", name, "extreme"])
    assert isinstance(answer.exception, ConfigError)
    assert not config.user_file().exists()


@given(st.text(max_size=80), st.sampled_from(["", "[think]\n", template(), '[think]\npersona = "a"\n', "x = 1"]))
def test_whatever_the_words_are_they_are_read_back_or_nothing_is_written(words: str, before: str) -> None:
    """In a folder of its own each time, which `given` cannot get from a fixture."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder) / "config.toml", before)
        try:
            config.set_in_file("think.persona", words, file)
        except ConfigError:
            assert file.read_text(encoding="utf-8") == before
        else:
            assert load(path=file).think.persona == (words.strip() or Settings().think.persona)
