"""Coverage-guided fuzzing of whatever reads what others have written: `python -m tests.rigs.fuzz TARGET`."""
