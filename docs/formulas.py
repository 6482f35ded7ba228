"""Formulas as plain text, made from the SymPy specification, readable in any editor."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from games.specification import Definition, Model, OverBox, Row, Total

SETS = {
    "arcs": "",
    "arcs_across_points_owned": " across a point of {0}",
    "chords": "",
    "chords_of": " of {0}",
    "fronts": "",
    "lanes": "",
    "lanes_and_options": "",
    "lanes_and_options_into": " into {0}",
    "lanes_and_options_out_of": " out of {0}",
    "lanes_into": " into {0}",
    "lanes_of": " in {0}",
    "lanes_of_under": " in {0}",
    "lanes_out_of": " out of {0}",
    "later_steps": " > {1}",
    "nodes": "",
    "options_at_cut": "",
    "points": "",
    "points_of": " of {0}",
    "points_owned": " of {0}",
    "rows": "",
    "steps": " >= 1",
    "steps_up_to": " <= {1}",
}
"""How the members of a set are told after the index of a sum."""

LONGEST = 98
SIGNS = (" + ", " - ", "  <", "  >")

_INDICES = {"tail": "tail", "head": "head", "row": "r", "point": "k", "front": "f"}
"""What a function of an index is called when it is an index itself."""


def text(formula: sp.Basic) -> str:
    """Return an expression as text.

    Examples
    --------
    >>> from games.specification import evader_dual
    >>> text(evader_dual().row("lane_earns_no_surplus").left)
    'pi_tail + c_l mu + theta_r - g_l pi_head'
    """
    if isinstance(formula, Total):
        term, indices, where = formula.args
        after = SETS[str(where.func)].format(*map(text, where.args))
        return f"sum[{', '.join(map(text, indices))}{after}] {_factor(term)}"
    if isinstance(formula, OverBox):
        return f"{formula.args[0]} over the box of {text(formula.args[1])}"
    if isinstance(formula, sp.Indexed):
        return f"{formula.base.label}_{_subscript(formula.indices)}"
    if isinstance(formula, sp.Add):
        return _sum(formula)
    if isinstance(formula, sp.Mul):
        return _product(formula)
    if isinstance(formula, sp.Pow):
        base, exponent = formula.args
        return f"{_factor(base)}^({_inside(exponent)})"
    if isinstance(formula, sp.Function):
        if str(formula.func) in _INDICES:
            return _INDICES[str(formula.func)]
        return f"{formula.func}({', '.join(map(_inside, formula.args))})"
    return str(formula)


def _inside(formula: sp.Basic) -> str:
    """Return an expression as it stands between parentheses: a sign belongs to its term."""
    shown = text(formula)
    return "-" + shown[2:] if shown.startswith("- ") else shown


def _subscript(indices: Sequence[sp.Basic]) -> str:
    """Return indices side by side, with a comma where one is more than a letter."""
    parts = [
        "+".join(text(part) for part in sorted(index.args, key=lambda part: part.is_number))
        if isinstance(index, sp.Add)
        else text(index)
        for index in indices
    ]
    parts = [part.replace("+-", "-").replace("- ", "-") for part in parts]
    plain = all(len(part) == 1 for part in parts)
    return "".join(parts) if plain else ",".join(parts)


def _sum(formula: sp.Add) -> str:
    parts: list[str] = []
    for term in formula.args:
        negative = _negative(term)
        shown = text(_positive(term)) if negative else text(term)
        sign = " - " if negative else " + "
        parts.append(shown if not parts and not negative else sign + shown)
    return "".join(parts).removeprefix(" ") if parts[0].startswith(" - ") else "".join(parts)


def _product(formula: sp.Mul) -> str:
    if _negative(formula):
        return "- " + text(_positive(formula))
    above = [factor for factor in formula.args if not _is_inverse(factor)]
    below = [1 / factor for factor in formula.args if _is_inverse(factor)]
    shown = " ".join(_factor(factor) for factor in above if factor != 1) or "1"
    if not below:
        return shown
    under = " ".join(_factor(factor) for factor in below)
    return f"{shown} / {under}"


def _is_inverse(factor: sp.Basic) -> bool:
    return isinstance(factor, sp.Pow) and factor.args[1] == -1


def _negative(term: sp.Basic) -> bool:
    first = term.args[0] if isinstance(term, sp.Mul) else term
    return bool(first.is_number and first < 0)


def _positive(term: sp.Basic) -> sp.Basic:
    """Return a negative term with its sign turned."""
    if not isinstance(term, sp.Mul):
        return -term
    factors = term.args[1:] if term.args[0] == -1 else (-term.args[0], *term.args[1:])
    return factors[0] if len(factors) == 1 else sp.Mul(*factors, evaluate=False)


def _factor(formula: sp.Basic) -> str:
    """Return an expression as it stands inside a product."""
    shown = text(formula)
    if isinstance(formula, sp.Add):
        return f"[{shown}]" if "[" in shown or "(" in shown else f"({shown})"
    if isinstance(formula, sp.Mul) and (_negative(formula) or " / " in shown):
        return f"({shown})"
    return shown


def definitions(found: Sequence[Definition]) -> list[str]:
    """Return definitions as lines."""
    lines = []
    for one in found:
        letter = text(one.letter)
        lines += _wrapped(f"{letter} = {text(one.meaning)}", len(letter) + 3)
    return lines


def model(found: Model) -> list[str]:
    """Return a model as lines: its objective, its constraints by name, its definitions."""
    lines = [*_wrapped(f"{found.sense}    {text(found.objective)}", 12), "", *rows(found.rows)]
    if found.definitions:
        lines += ["", *definitions(found.definitions)]
    return lines


def rows(found: Sequence[Row]) -> list[str]:
    """Return constraints as lines, by name."""
    lines = []
    widest = max(len(row.name) for row in found)
    longest = max(len(_relation(row)) for row in found)
    for row in found:
        shown = f"{row.name:<{widest}}   {_relation(row)}"
        if row.price is not None:
            shown = f"{shown:<{widest + 3 + longest}}   price {text(row.price)}"
        lines += _wrapped(shown, widest + 3)
        if row.note:
            lines.append(" " * (widest + 3) + f"({row.note})")
    return lines


def _wrapped(line: str, indent: int) -> list[str]:
    """Return a line, or several where it is too long, broken before a sign outside brackets."""
    lines = []
    while len(line) > LONGEST:
        depth, place = 0, 0
        for index, character in enumerate(line[:LONGEST]):
            depth += (character in "([") - (character in ")]")
            if depth == 0 and index > indent and line[index : index + 3] in SIGNS:
                place = index
        if not place:
            break
        lines.append(line[:place].rstrip())
        line = " " * indent + line[place:].strip()
    return [*lines, line]


def _relation(row: Row) -> str:
    return f"{text(row.left)}  {row.relation}  {text(row.right)}"
