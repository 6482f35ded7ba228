"""Linear systems and simplex tableaux in integers: no rounding, and no fractions on the way.

All entries are kept over one common denominator, the last pivot element, up to sign a determinant
of the table at the start; hence every division comes out even, and entries stay as short as they
can be (bareiss1968 for systems, edmonds1967 for tableaux).

A tableau is *condensed*: of the columns, those of basic variables, which are unit vectors, are left
out. An exchange swaps the variable of a row with that of a column.
"""

from __future__ import annotations

from collections.abc import Sequence

Rows = list[list[int]]


def exchanged(rows: Rows, row: int, column: int, unit: int) -> Rows:
    """Return a condensed tableau after an exchange; its denominator is the pivot element.

    Parameters
    ----------
    rows : entries times `unit`, the denominator; left as they are.
    row, column : place of the pivot element.
    """
    line = rows[row]
    pivot = line[column]
    after = []
    for other in rows:
        factor = other[column]
        if other is line:
            changed = line.copy()
            changed[column] = unit
        elif factor:
            changed = [(a * pivot - factor * b) // unit for a, b in zip(other, line, strict=True)]
            changed[column] = -factor
        elif pivot == unit:
            changed = other
        else:
            changed = [a * pivot // unit for a in other]
        after.append(changed)
    return after


class IntegerTableau:
    """The polytope {z >= 0 : M z <= 1} of positive integers M, at one of its vertices.

    Variables have labels: those of the slacks count on from `first_slack`, those of z from
    `first_column`.

    Attributes
    ----------
    rows : the last entry of each is the right side.
    unit : the common denominator.
    basis : the label of each row's variable.
    outside : for the label of each variable that is 0, its column.
    """

    def __init__(
        self, matrix: Sequence[Sequence[int]], first_slack: int, first_column: int
    ) -> None:
        self.rows: Rows = [[*line, 1] for line in matrix]
        self.unit = 1
        self._slacks = range(first_slack, first_slack + len(matrix))
        self.basis = list(self._slacks)
        self.outside = {first_column + place: place for place in range(len(matrix[0]))}

    def leaving_row(self, label: int) -> int:
        """Return the row whose variable falls to 0 first as the one of a label grows.

        Ties are settled lexicographically, which is what an infinitely small change of the right
        side by (e, e^2, ..., e^m) would do: no path of exchanges goes round.
        """
        place = self.outside[label]
        tied: list[int] = []
        level = pivot = 1
        for i, row in enumerate(self.rows):
            if (slope := row[place]) > 0:
                ahead = level * slope - row[-1] * pivot if tied else 1
                if ahead > 0:
                    tied, level, pivot = [i], row[-1], slope
                elif ahead == 0:
                    tied.append(i)
        for slack in self._slacks:
            if len(tied) == 1:
                break
            tied = self._least(slack, place, tied)
        return tied[0]

    def _least(self, slack: int, place: int, tied: list[int]) -> list[int]:
        """Return those of the rows where the entry for a slack over that in a column is least."""
        column = self.outside.get(slack)
        best: list[int] = []
        least, pivot = 0, 1
        for i in tied:
            row = self.rows[i]
            entry = self.unit * (self.basis[i] == slack) if column is None else row[column]
            ahead = least * row[place] - entry * pivot if best else 1
            if ahead > 0:
                best, least, pivot = [i], entry, row[place]
            elif ahead == 0:
                best.append(i)
        return best

    def enter(self, label: int, *, row: int | None = None) -> int:
        """Let the variable of a label into the basis; return the label of the one that leaves.

        Parameters
        ----------
        row : the `leaving_row`, where it is known.
        """
        row = self.leaving_row(label) if row is None else row
        place = self.outside.pop(label)
        pivot = self.rows[row][place]
        self.rows, self.unit = exchanged(self.rows, row, place, self.unit), pivot
        leaving = self.basis[row]
        self.basis[row] = label
        self.outside[leaving] = place
        return leaving

    def copy(self) -> IntegerTableau:
        """Return the same tableau, to be changed on its own."""
        other = object.__new__(IntegerTableau)
        other.rows, other.unit, other._slacks = self.rows, self.unit, self._slacks
        other.basis, other.outside = self.basis.copy(), self.outside.copy()
        return other


def solved(equations: Rows) -> tuple[list[int], int] | None:
    """Return the numerators and the denominator of the solution of a linear system.

    Parameters
    ----------
    equations : at least as many as unknowns, the right side last. What more there are must agree
        with the others.

    Returns
    -------
    None where the unknowns are not determined.

    Examples
    --------
    >>> solved([[1, 1, 3], [2, -1, 1]])
    ([-4, -5], -3)
    """
    rows = list(equations)
    unknowns = len(rows[0]) - 1
    unit = 1
    for place in range(unknowns):
        chosen = next((i for i in range(place, len(rows)) if rows[i][place]), None)
        if chosen is None:
            return None
        rows[place], rows[chosen] = rows[chosen], rows[place]
        line = rows[place]
        pivot = line[place]
        for i, other in enumerate(rows):
            if i != place:
                factor = other[place]
                rows[i] = [
                    (a * pivot - factor * b) // unit for a, b in zip(other, line, strict=True)
                ]
        unit = pivot
    return [row[-1] for row in rows[:unknowns]], unit
