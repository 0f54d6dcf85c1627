"""From the figures of every turn to medians, ratios, a Markdown table and JSON.

Measures nothing.
"""
import statistics

from .scenarios import MEMORY

BASE = "haproxy"


def summarise(scenarios, names, turns):
    """`turns[scenario]` is a list of turns, each with the figures of every proxy; the answer has medians, and the medians of the ratios
    to HAProxy's figure of the same turn, which the machine's moods hit as it did."""
    rows = []
    for scenario in scenarios:
        row = {"id": scenario.id, "title": scenario.title, "figure": scenario.figure, "must": scenario.must,
               "aim": scenario.aim, "proxies": {}}
        for name in names:
            figures = [turn[name] for turn in turns[scenario.id]]
            values = [f["value"] for f in figures]
            cell = {"median": {key: statistics.median(f[key] for f in figures) for key in figures[0]},
                    "lowest": min(values), "highest": max(values), "turns": figures, "ratio": None}
            if BASE in names:
                cell["ratio"], cell["ratio_quartiles"] = ratio(turns[scenario.id], name, "value")
                if cell["median"].get("p99_us"):
                    cell["p99_ratio"], _ = ratio(turns[scenario.id], name, "p99_us")
            row["proxies"][name] = cell
        rows.append(row)
    return rows


def ratio(turns, name, key):
    """The median of a figure's ratio to HAProxy's, and its quartiles."""
    ratios = [turn[name][key] / turn[BASE][key] for turn in turns if turn[BASE][key]]
    quartiles = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else [ratios[0]] * 3
    return statistics.median(ratios), [quartiles[0], quartiles[2]]


def markdown(facts, rows, names):
    """The head (what was measured, on what) and two tables: the figures, then Burdock against its budgets."""
    lines = [f"- {key.replace('_', ' ')}: {value}" for key, value in facts.items() if not isinstance(value, dict)]
    lines += [f"- {name}: {version}" for name, version in facts["versions"].items()]
    head = ["scenario", "proxy", "figure", "ratio", "half of the turns", "lowest–highest", "requests/s", "p99 ms", "core"]
    lines += ["", table_row(head), table_row(["---"] * 2 + ["---:"] * 7)]
    for row in rows:
        for name in names:
            lines.append(table_row(figure_cells(row, name)))
    if "burdock" in names and BASE in names:
        lines += ["", table_row(["budget", "burdock", "must", "aim", ""]), table_row(["---", "---:", "---:", "---:", "---"])]
        lines += [table_row(cells) for row in rows for cells in budget_cells(row)]
    return "\n".join(lines) + "\n"


def figure_cells(row, name):
    cell = row["proxies"][name]
    median, memory = cell["median"], row["figure"] is MEMORY
    digits, unit = (0, "B") if memory else (1, "µs")
    cells = [f"{row['id']}: {row['title']}", name, f"{median['value']:.{digits}f} {unit}",
             f"{cell['ratio']:.2f}" if cell["ratio"] else "", "–".join(f"{q:.2f}" for q in cell.get("ratio_quartiles", [])),
             f"{cell['lowest']:.{digits}f}–{cell['highest']:.{digits}f}"]
    if memory:
        return cells + ["", "", ""]
    return cells + [f"{median['requests_per_second']:,.0f}", f"{median['p99_us'] / 1000:.2f}" if median["p99_us"] else "", f"{median['core_used']:.0%}"]


def budget_cells(row):
    """A budget a row; S1 has one for its p99 latency besides."""
    cell = row["proxies"]["burdock"]
    if row["figure"] is MEMORY:
        value = cell["median"]["value"]
        return [[f"{row['id']}, bytes", f"{value:.0f}", f"≤ {row['must']}", row["aim"], verdict(value, row)]]
    rows = [[f"{row['id']}, CPU", f"{cell['ratio']:.2f}", f"≤ {row['must']:.2f}", f"{row['aim']:.2f}",
             verdict(cell["ratio"], row)]]
    if row["id"] == "S1":
        p99 = {"must": 1.0, "aim": 0.7}
        rows.append(["S1, p99 latency", f"{cell['p99_ratio']:.2f}", "≤ 1.00", "0.70", verdict(cell["p99_ratio"], p99)])
    return rows


def verdict(value, budget):
    return "aim met" if value <= budget["aim"] else "met" if value <= budget["must"] else "**missed**"


def table_row(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
