"""Pictures of a comparison: altair charts whose titles say the finding and whose axes say the unit.

Every function takes records and returns a chart; `chart.save("months.png")` writes it, and in a
notebook it shows itself; `flow_map` returns a drawing that does the same. Numbers and shapes say
again what colours say. They are made in `play_charts`, `control_charts` and `layer_charts`, and
found here under one name: `stratagem.figures`.
"""

from __future__ import annotations

from stratagem.pictures.control_charts import (
    arrivals,
    control_map,
    gap_by_controller,
    stopped_shares,
)
from stratagem.pictures.flow_map import flow_map
from stratagem.pictures.layer_charts import layer_values
from stratagem.pictures.play_charts import kept_alone, months_by_front, payoffs_by_controller

__all__ = [
    "arrivals",
    "control_map",
    "flow_map",
    "gap_by_controller",
    "kept_alone",
    "layer_values",
    "months_by_front",
    "payoffs_by_controller",
    "stopped_shares",
]
