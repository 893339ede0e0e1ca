"""`python -m benchmarks`: the table."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from benchmarks import analysis, envelopes, help, logs


def main() -> None:
    """Measure everything, one thing after the other."""
    table = Table("what", "measured", "aim", "reached")
    for part in (help, envelopes, analysis, logs):
        for row in part.rows():
            table.add_row(row.what, row.measured, row.aim, f"{row.reached:.1f} x")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
