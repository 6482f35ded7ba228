"""The page: sliders on the left, the answer on the right, and a save.

Streamlit runs this file from top to bottom whenever something is turned. What is solved lives in
the session: a request that differs from the last one ends it and starts another.
"""

from __future__ import annotations

import base64
import html
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from games.errors import StratagemError
from scenarios.load import load
from scenarios.scenario import Scenario
from stratagem.app.knobs import Knob, knobs
from stratagem.app.saving import save
from stratagem.app.solving import Request, Solving
from stratagem.comparison import default_plays
from stratagem.numbers import CONFIDENCE, OWN_WORK
from stratagem.overview import show
from stratagem.pictures import figures
from stratagem.pictures.drawing import svg_of
from stratagem.pictures.flow_map import flow_map
from stratagem.presentation import words
from stratagem.presentation.tables import Column, Page, Table
from stratagem.records.certificates import explained, in_short
from stratagem.records.comparison import Comparison
from stratagem.records.mixed import MixedRecord
from stratagem.records.plays import PlayRecord
from stratagem.report.headline import headline

POLL = 0.5
"""Seconds between looks at what the worker has found."""

TABLE_STYLE = """<style>
.stratagem { overflow-x: auto }
.stratagem td, .stratagem th { padding: 0.2rem 0.9rem 0.2rem 0; vertical-align: bottom }
</style>"""

PICTURES: Mapping[str, Callable[[Comparison, Scenario], Any]] = {
    "Progress": lambda found, world: figures.months_by_front(found),
    "Kept alone": lambda found, world: figures.kept_alone(found),
    "Flows": flow_map,
    "Who stops what": figures.control_map,
    "Who gains": lambda found, world: figures.payoffs_by_controller(found),
}


def page(scenario: str, overrides: Sequence[str], settings: Sequence[str]) -> None:
    """Show the page for one scenario.

    Parameters
    ----------
    scenario : name, folder or file.
    overrides, settings : changes that were asked for on the command line.
    """
    st.set_page_config(page_title="Stratagem", layout="wide")
    try:
        world = load(scenario, overrides=overrides, settings=settings)
    except StratagemError as error:
        st.error(str(error))
        return
    st.title(world.title)
    with st.sidebar:
        chosen, plays = _choices(world)
        try:
            turnable = _knobs(scenario, tuple(chosen), tuple(settings))
        except StratagemError as error:
            st.error(str(error))
            return
        numbers = _sliders(turnable)
    request = Request(
        scenario,
        tuple(chosen),
        (*settings, *(f"{path}={number!r}" for path, number in numbers.items())),
        tuple(plays),
    )
    solving = _solving(request)
    if not solving.heard.over:
        _progress()
    elif (found := solving.heard.comparison) is None:
        st.error(solving.heard.failure)
    else:
        changed = load(scenario, overrides=request.overrides, settings=request.settings)
        _answer(found, changed)
        _save(found, changed, numbers)


def _choices(world: Scenario) -> tuple[list[str], list[str]]:
    """Return the overrides and the plays that are chosen."""
    names = list(world.available_overrides)
    overrides = list(world.overrides)
    if names:
        overrides = st.multiselect(
            "Variants of the scenario",
            names,
            default=overrides,
            format_func=lambda name: world.available_overrides[name] or name,
        )
    asked = default_plays(world.game)[1:]
    more = [f"alone:{c.name}" for c in world.game.controllers]
    more += [f"only:{layer}" for layer in world.game.layers] + ["pooled"]
    plays = st.multiselect(
        "Plays beside the status quo",
        list(dict.fromkeys([*asked, *more])),
        default=[play for play in asked if play in ("unilateral", "coordinated")],
    )
    return overrides, plays or ["coordinated"]


@st.cache_data(show_spinner="Looking for the numbers that matter", max_entries=20)
def _knobs(
    scenario: str, overrides: tuple[str, ...], settings: tuple[str, ...]
) -> tuple[Knob, ...]:
    return knobs(load(scenario, overrides=overrides, settings=settings))


def _sliders(turnable: Sequence[Knob]) -> dict[str, float]:
    """Show the sliders by group; return {path: number} of those that were turned."""
    st.button("All numbers as in the scenario", on_click=_reset, args=(turnable,))
    turned = {}
    for group in dict.fromkeys(knob.group for knob in turnable):
        with st.expander(group, expanded=group == "Budgets"):
            for knob in (one for one in turnable if one.group == group):
                number = st.select_slider(
                    knob.label,
                    knob.stops,
                    value=knob.parameter.value,
                    key=knob.path,
                    format_func=lambda stop: f"{stop:.4g}",
                    help=_help(knob),
                )
                if number != knob.parameter.value:
                    turned[knob.path] = float(number)
    return turned


def _reset(turnable: Sequence[Knob]) -> None:
    for knob in turnable:
        st.session_state[knob.path] = knob.parameter.value


def _help(knob: Knob) -> str:
    """Return where a number comes from and how far it is known to range."""
    number = knob.parameter
    parts = [f"{number.value:g} in the scenario, {number.low:g} to {number.high:g}."]
    if knob.swing is not None:
        parts.append(f"Moves the evader by {knob.swing:.1f} months at the status quo.")
    rests = f"{CONFIDENCE[number.confidence]} ({number.confidence})"
    rests += "" if number.source in OWN_WORK else f", {number.source}"
    parts.append(f"Rests on: {rests}. {number.note.rstrip('.')}.")
    if knob.used:
        parts.append(knob.used.replace("*", "\\*"))
    return " ".join(parts)


def _solving(request: Request) -> Solving:
    """Return what solves a request, started now unless it was before."""
    solving: Solving | None = st.session_state.get("solving")
    if solving is None or solving.request != request:
        if solving is not None:
            solving.stop()
        solving = st.session_state["solving"] = Solving(request)
    return solving


@st.fragment(run_every=POLL)
def _progress() -> None:
    """Show what is finished so far; the whole page again when all is."""
    heard = st.session_state["solving"].heard
    if heard.over:
        st.rerun()
    working = words.listed(heard.working) if heard.working else "the scenario"
    st.info(f"Solving {working}. Turn a slider at any time: this stops and starts again.")
    if heard.plays:
        _show(_plays_table(heard.plays))


def _plays_table(records: Sequence[PlayRecord | MixedRecord]) -> Table:
    columns = (
        Column("play"),
        Column("progress", "months", digits=2),
        Column("joint payoff", "bn USD/yr", digits=2),
        Column("outlay", "bn USD/yr", digits=3),
        Column("certificate"),
    )
    rows = tuple(
        (r.play, r.months, r.joint_payoff, sum(r.outlay.values()), in_short(r)) for r in records
    )
    return Table("", columns, rows)


def _show(table: Table) -> None:
    st.html(f'{TABLE_STYLE}<div class="stratagem">{table.html()}</div>')


def _answer(found: Comparison, world: Scenario) -> None:
    """Show the answer: numbers first, then pictures, then every assumption."""
    if found.has("coordinated"):
        lead = " ".join(headline(found))
        st.html(f'<p style="font-size: 1.25rem">{html.escape(lead)}</p>')
    _metrics(found)
    _show(_plays_table(found.every))
    if meaning := explained(found.plays, found.mixed):
        st.caption(meaning)
    for record in found.mixed:
        st.info(" ".join(record.sentences()))
    for one in found.unsolved:
        st.warning(f"{one.play}: {one.status}. {one.message}")
    *drawn, told, assumed = st.tabs([*PICTURES, "In words", "Assumptions"])
    for tab, (name, draw) in zip(drawn, PICTURES.items(), strict=True):
        with tab:
            try:
                _picture(name, svg_of(draw(found, world)))
            except StratagemError as error:  # a play that the picture needs was not asked for
                st.info(str(error))
    with told:
        _told()
    with assumed:
        _page(show(world))


@st.fragment(run_every=POLL)
def _told() -> None:
    """Show the explanation as soon as it has come."""
    heard = st.session_state["solving"].heard
    if heard.explanation is not None:
        _page(heard.explanation)
    elif heard.failure is not None:
        st.error(heard.failure)
    else:
        st.info("Recomputing everything from the scenario.")


def _page(one: Page) -> None:
    for section in one.sections():
        if section.title:
            st.html(f"<h2>{html.escape(section.title)}</h2>")
        for sentence in section.sentences:
            st.text(sentence)
        for table in section.tables:
            _show(table)


def _picture(name: str, svg: str) -> None:
    """Show a picture, whose numbers the tables beside it say too."""
    data = base64.b64encode(svg.encode()).decode()
    st.html(
        f'<img style="max-width: 100%; background: white" alt="{html.escape(name)}" '
        f'src="data:image/svg+xml;base64,{data}">'
    )


def _metrics(found: Comparison) -> None:
    today = found.play("status-quo")
    columns = st.columns(4)
    columns[0].metric("Status quo, months", f"{today.months:.2f}")
    shown = {"unilateral:worst": "Each alone (worst), months", "coordinated": "Coordinated, months"}
    for place, (play, label) in zip(columns[1:], shown.items(), strict=False):
        if found.has(play):
            months = found.play(play).months
            change = f"{months - today.months:+.2f}"
            moved = change if float(change) else None
            place.metric(label, f"{months:.2f}", moved, delta_color="inverse")
    if found.lost_share.worst is not None:
        columns[3].metric("Lost by acting alone", f"{words.share(found.lost_share.worst)} %")


def _save(found: Comparison, world: Scenario, numbers: dict[str, float]) -> None:
    with st.form("save", border=False):
        name, press = st.columns([3, 1], vertical_alignment="bottom")
        folder = name.text_input("Folder for the scenario and the run", f"my-{world.name}")
        pressed = press.form_submit_button("Save")
    if pressed:
        try:
            saved = save(world, found, numbers, folder=folder)
        except StratagemError as error:
            st.error(str(error))
            return
        st.success(f"Saved: the scenario in {saved.scenario}, the run in {saved.run}.")
        st.code(f"{saved.command}\nstratagem explain {saved.run}", language="sh")


if __name__ == "__main__":
    page(*json.loads(sys.argv[1]))
