"""The file of the records: who may read it, how it grows, what happens when it is damaged or the disk refuses."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from record_world import MONDAY

from edge_agent import sqlite_file
from edge_agent.act.records import FILE, Records, database, open_records
from edge_agent.act.records.tables import MIGRATIONS
from edge_agent.errors import RecordsError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / FILE


def written(file: Path) -> None:
    records = Records(file)
    records.add_items("shopping", ["milk"])
    records.close()


def test_what_was_kept_is_there_at_the_next_start(file: Path) -> None:
    written(file)
    assert open_records(file.parent).items("Shopping") == ["milk"]


def test_it_is_for_its_owner_alone(file: Path) -> None:
    before = os.umask(0)
    try:
        records = Records(file)
        records.add_items("shopping", ["milk"])
    finally:
        os.umask(before)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()}
    assert modes == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(file: Path) -> None:
    written(file)
    file.chmod(0o644)
    records = Records(file)
    records.add_items("shopping", ["bread"])
    assert {stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()} == {0o600}


def test_every_operation_is_synced_to_the_disk(file: Path) -> None:
    asked = Records(file)._connection.execute
    assert asked("PRAGMA synchronous").fetchone() == (2,)
    assert asked("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_newer_version_brings_its_tables_and_keeps_what_is_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(file)
    more = ("CREATE TABLE colours (name TEXT)", "INSERT INTO colours VALUES ('red')")
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, more))
    for _ in range(2):
        records = Records(file)
        assert records.items("shopping") == ["milk"]
        assert records._connection.execute("SELECT name FROM colours").fetchall() == [("red",)]
        records.close()


def test_a_step_between_versions_is_whole_or_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(file)
    half = ("CREATE TABLE colours (name TEXT)", "INSERT INTO nowhere VALUES (1)")
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*MIGRATIONS, half))
        with pytest.raises(RecordsError, match="nowhere"):
            Records(file)
    records = Records(file)
    assert records.items("shopping") == ["milk"]
    assert records._connection.execute("SELECT name FROM sqlite_master WHERE name = 'colours'").fetchall() == []


def test_the_file_of_a_newer_version_is_left_alone(file: Path) -> None:
    written(file)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(RecordsError, match="newer edge-agent") as raised:
        Records(file)
    assert raised.value.fix
    assert "mv " in raised.value.fix
    assert file.read_bytes() == before


def garbage(file: Path) -> None:
    file.write_bytes(b"no database, but more than a header " * 200)


def torn(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096 * 2 :] = b"\x55" * (len(content) - 4096 * 2)
    file.write_bytes(content)


def cut(file: Path) -> None:
    os.truncate(file, 4096 * 3)


@pytest.mark.parametrize("damage", [garbage, torn, cut])
def test_a_damaged_file_is_moved_aside_and_said(file: Path, damage: object, caplog: pytest.LogCaptureFixture) -> None:
    assert callable(damage)
    for number in (1, 2):
        written(file)
        damage(file)
        found = file.read_bytes()
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            records = Records(file)
        aside = file.with_name(f"{FILE}.damaged-{number}")
        assert records.damage
        assert str(aside) in records.damage
        assert records.damage in caplog.text
        assert aside.read_bytes() == found
        assert records.lists() == []
        records.close()
        again = Records(file)
        assert again.damage is None
        again.close()


def test_a_folder_that_may_not_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsError, match=r"cannot be opened: .*Not a directory"):
        open_records(tmp_path / "file" / "state")


def test_a_full_disk_changes_nothing_and_is_said(file: Path) -> None:
    records = Records(file)
    records.add_items("shopping", ["milk"])
    (pages,) = records._connection.execute("PRAGMA page_count").fetchone()
    records._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(RecordsError, match=r"not changed: .*full") as raised:
        records.add_items("shopping", [f"item {number} {'x' * 100}" for number in range(200)])
    assert raised.value.fix == "make room on the disk"
    assert records.items("shopping") == ["milk"]
    records._connection.execute("PRAGMA max_page_count = 1000000")
    assert records.add_items("shopping", ["bread"]) == ["bread"], "and it goes on"


def test_another_process_that_never_ends_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_S", 0.01)
    records, other = Records(file), Records(file)
    with other._changing(), pytest.raises(RecordsError, match="locked"):
        records.add_items("shopping", ["milk"])
    assert records.add_items("shopping", ["milk"]) == ["milk"]


def test_threads_share_a_connection(file: Path) -> None:
    records = Records(file)

    def add(name: str) -> None:
        for number in range(20):
            records.add_items("shopping", [f"{name} {number}"])
            records.items("shopping")

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(records.items("shopping")) == 80


def test_an_error_in_the_middle_changes_nothing(file: Path) -> None:
    records = Records(file)
    with suppress(ZeroDivisionError), records._changing() as connection:
        connection.execute("INSERT INTO choices VALUES ('a', 'b')")
        raise ZeroDivisionError
    assert records.get("a") is None
    records.put("a", "c")
    assert records.get("a") == "c"


def test_no_word_of_what_was_deleted_stays_in_the_files(file: Path) -> None:
    records = Records(file)
    fact = records.remember("the xylophone is in the attic", MONDAY)
    records.add_items("shopping", ["xylophone mallets", "milk"])
    records.add_items("xylophones", ["one"])
    reminder = records.add_reminder("tune the xylophone", MONDAY.replace(hour=15), MONDAY)

    def found() -> bool:
        return any(b"xylophone" in each.read_bytes() for each in file.parent.iterdir())

    assert found()
    records.forget(fact.id)
    records.remove_item("shopping", "Xylophone Mallets")
    records.remove_list("xylophones")
    records.remove_reminder(reminder.id)
    assert not found()
    assert records.items("shopping") == ["milk"]
