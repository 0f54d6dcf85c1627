"""Draws the ratios as one SVG picture, readable on a light and on a dark page.

Takes the report's rows; nothing else in it depends on what was measured.
"""
from xml.sax.saxutils import escape

from .report import BASE
from .scenarios import MEMORY

WIDTH, LEFT, RIGHT, TOP = 860, 270, 120, 74
BAR, GAP, GROUP_GAP = 15, 3, 20
FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif"
STYLE = """
text { font-family: %s; font-size: 13px; fill: #1f2933; }
.title { font-size: 17px; font-weight: 600; } .note { font-size: 12px; fill: #5b6875; } .value { font-size: 12px; }
.axis { stroke: #c5ccd3; stroke-width: 1; } .base { stroke: #5b6875; stroke-width: 1.5; stroke-dasharray: 4 3; }
.burdock { fill: #7a3b8f; } .haproxy { fill: #8b98a5; } .nginx { fill: #3f9b6d; } .must { stroke: #d1483c; stroke-width: 2.5; }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e8ec; } .note { fill: #9aa7b4; } .axis { stroke: #46525e; } .base { stroke: #9aa7b4; }
  .burdock { fill: #b980cc; } .haproxy { fill: #72808d; } .nginx { fill: #57b888; } .must { stroke: #ff7a6b; }
}""" % FONT


def draw(facts, rows, names):
    """A group of bars a scenario, a bar a proxy, its length the ratio to HAProxy; a red tick is Burdock's budget."""
    scale = Scale(max([1.0] + [cell["ratio"] for row in rows for cell in row["proxies"].values()]))
    group = len(names) * (BAR + GAP) + GROUP_GAP
    height = TOP + group * len(rows) + 46
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
           f'aria-label="Cost of a request, relative to HAProxy">', f"<style>{STYLE}</style>",
           text(16, 28, "Cost relative to HAProxy, less is better", "title"),
           *legend(names)]
    for tick in scale.ticks():
        out += [f'<line class="axis" x1="{scale.x(tick):.1f}" x2="{scale.x(tick):.1f}" y1="{TOP - 8}" y2="{height - 40}"/>',
                text(scale.x(tick), height - 24, f"{tick:g}", "note", "middle")]
    out.append(f'<line class="base" x1="{scale.x(1):.1f}" x2="{scale.x(1):.1f}" y1="{TOP - 8}" y2="{height - 40}"/>')
    for index, row in enumerate(rows):
        out += bars(row, names, TOP + index * group, scale)
    out += [text(16, height - 8, f"{facts['cpu']}, {facts['kernel']}; {facts['rounds']} rounds of {facts['turns']} turns of {facts['seconds']} s, "
                 f"{facts['connections']} connections, medians", "note"), "</svg>"]
    return "\n".join(out) + "\n"


class Scale:
    """Ratio to horizontal position."""

    def __init__(self, most):
        self.most = most * 1.02

    def x(self, ratio):
        return LEFT + (WIDTH - LEFT - RIGHT) * ratio / self.most

    def ticks(self):
        step = 0.25 if self.most < 3 else 1.0
        return [step * i for i in range(int(self.most / step) + 1)]


def legend(names):
    out, x = [], 16
    for name in names:
        out += [f'<rect class="{name}" x="{x}" y="42" width="12" height="12" rx="2"/>', text(x + 18, 53, name, "note")]
        x += 18 + 9 * len(name) + 14
    if "burdock" in names:
        out += [f'<line class="must" x1="{x + 5}" x2="{x + 5}" y1="41" y2="55"/>', text(x + 14, 53, "Burdock's budget", "note")]
    return out


def bars(row, names, top, scale):
    memory = row["figure"] is MEMORY
    label = {MEMORY: "memory"}.get(row["figure"], row["id"])
    out = [text(LEFT - 12, top + 12, label, "", "end"), text(LEFT - 12, top + 28, row["title"].replace("`", ""), "note", "end")]
    for index, name in enumerate(names):
        cell, y = row["proxies"][name], top + index * (BAR + GAP)
        value = f"{cell['median']['value']:.0f} B" if memory else f"{cell['median']['value']:.1f} µs"
        end = scale.x(cell["ratio"])
        out += [f'<rect class="{name}" x="{LEFT}" y="{y}" width="{end - LEFT:.1f}" height="{BAR}" rx="2"/>',
                text(end + 6, y + 12, f"{cell['ratio']:.2f}  ({value})" if name != BASE else value, "value")]
    if "burdock" in names:
        must = row["must"] / row["proxies"][BASE]["median"]["value"] if memory else row["must"]
        y = top + names.index("burdock") * (BAR + GAP)
        out.append(f'<line class="must" x1="{scale.x(must):.1f}" x2="{scale.x(must):.1f}" y1="{y - 2}" y2="{y + BAR + 2}"/>')
    return out


def text(x, y, words, css_class, anchor="start"):
    return f'<text class="{css_class}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
