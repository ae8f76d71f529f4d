"""Docstrings of the package are sentences with a subject: none begins in the middle of one ("Of the last block.")."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "edge_agent"
NO_SUBJECT = {
    "Also", "And", "As", "Before", "Between", "Beyond", "By", "For", "From", "In", "Not", "Of", "On", "Or", "Over",
    "To", "Until", "Which", "Who", "Whose", "With", "Without",
}  # fmt: skip


def docstrings(source: str) -> Iterator[ast.Constant]:
    """Those of modules, classes and functions, and those that stand below an assignment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def test_no_docstring_lacks_its_subject() -> None:
    found, looked_at = [], 0
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        for text in docstrings(path.read_text()):
            looked_at += 1
            if str(text.value).split()[0] in NO_SUBJECT:
                found.append(f"{name}:{text.lineno} {str(text.value).strip().splitlines()[0]}")
    assert looked_at > 1500
    assert found == [], "say what is of that, from there, until then: 'The end of the last block.'"
