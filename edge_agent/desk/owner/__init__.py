"""Owner: what an owner does with an agent's folder: begins it, checks it, tests it, reads what became of calls."""
