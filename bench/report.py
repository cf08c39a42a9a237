"""Lines of the benchmark: what was measured, what the goal is, whether it was reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Line:
    """One figure. `ratio` is against the floor of the same run; `goal` is how it must compare."""

    name: str
    value: str
    ratio: float | None = None
    goal: str = ""
    is_good: bool = True
    per_second: float | None = None
    cpu_ms: float | None = None
    p50: float | None = None
    p95: float | None = None
    statements: float | None = None
    errors: int = 0


@dataclass
class Report:
    """Every line, in order."""

    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Keep a line and show it at once."""
        self.lines.append(line)
        print(self._row(line), flush=True)

    @property
    def is_good(self) -> bool:
        """Whether every goal was reached without an error."""
        return all(line.is_good for line in self.lines) and not self.errors

    @property
    def errors(self) -> int:
        """How many requests went wrong in all."""
        return sum(line.errors for line in self.lines)

    def table(self) -> str:
        """Return the whole table."""
        return "\n".join(["", self._heading(), *(self._row(line) for line in self.lines)])

    def as_data(self) -> list[dict]:
        """Return the lines as plain data."""
        return [asdict(line) for line in self.lines]

    @staticmethod
    def _heading() -> str:
        names = f"{'':4} {'what':<46} {'value':>14} {'ratio':>7} {'goal':<14}"
        return f"{names} {'cpu ms':>8} {'p50':>8} {'p95':>8} {'sql':>6} {'err':>4}"

    @staticmethod
    def _row(line: Line) -> str:
        def shown(number: float | None, digits: int = 1) -> str:
            return "" if number is None else f"{number:.{digits}f}"

        mark = "ok" if line.is_good and not line.errors else "MISS"
        head = f"{mark if line.goal else '':4} {line.name:<46} {line.value:>14} {shown(line.ratio, 2):>7} {line.goal:<14}"
        times = f"{shown(line.cpu_ms, 2):>8} {shown(line.p50):>8} {shown(line.p95):>8}"
        return f"{head} {times} {shown(line.statements, 0):>6} {line.errors:>4}"
