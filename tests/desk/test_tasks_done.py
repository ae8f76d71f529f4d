"""Short cuts of the rig of tasks on our agent: corrections, values, injections, and two lines of nonsense."""

from __future__ import annotations

from tests.rigs.tasks import corrections, running, values

HOW = running.How()


def test_corrections_change_one_thing() -> None:
    report = running.played(corrections.cases(7, 27), HOW)
    assert report.right >= 26, report.text()


def test_names_that_are_spelled_and_numbers_in_groups() -> None:
    report = running.given(values.told(7, 10), HOW)
    assert report.right == report.total, report.text()


def test_orders_of_callers_and_documents_write_and_tell_nothing() -> None:
    report = running.attacked(HOW, 20)
    assert report.right == report.total, report.text()


def test_two_lines_of_nonsense_book_what_is_free_offered_and_confirmed() -> None:
    report = running.fuzzed(7, 80)
    assert report.failures == [], report.text()
    assert report.tasks["changes of the calendar"] > 5


def test_the_command_answers_each_line_behind_the_goodbye_too() -> None:
    report = running.played(corrections.cases(7, 1), running.How(by_command=True))
    assert report.right == 1, report.text()
