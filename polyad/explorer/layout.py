"""The places of a graph's nodes: in layers from the left, each after the nodes that it reads,
ordered within a layer so that few edges cross (Sugiyama, Tagawa, Toda 1981, by barycentres).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

SWEEPS = 8
WIDTH, HEIGHT, GAP, COLUMN = 124, 32, 16, 188
HIGHEST = 12
"""Nodes of a layer in one column; more are wrapped."""


class Place(NamedTuple):
    """The upper left corner of a node."""

    x: int
    y: int


def places(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, Place]:
    """The place of each node of a graph without circles; edges that close one are left out."""
    known = {name: i for i, name in enumerate(nodes)}
    inner = sorted({(known[a], known[b]) for a, b in edges if a in known and b in known})
    forward = [(a, b) for a, b in inner if a < b]
    layers = in_layers(len(nodes), forward)
    above: dict[int, list[int]] = {i: [] for i in range(len(nodes))}
    below: dict[int, list[int]] = {i: [] for i in range(len(nodes))}
    for a, b in forward:
        above[b].append(a)
        below[a].append(b)
    for sweep in range(SWEEPS):
        order = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for level in order:
            sort_layer(layers, level, above if sweep % 2 == 0 else below)
    return placed(nodes, layers)


def in_layers(count: int, edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The nodes by the length of the longest way to each; nodes come after those that they read."""
    depth = [0] * count
    for a, b in sorted(edges, key=lambda edge: edge[1]):
        depth[b] = max(depth[b], depth[a] + 1)
    readers: dict[int, int] = {}
    for a, b in edges:
        readers[a] = min(readers.get(a, count), depth[b])
    sources = set(range(count)) - {b for _, b in edges}
    for i in sources & readers.keys():  # an argument stands just above its first reader
        depth[i] = max(0, readers[i] - 1)
    layers: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for i, level in enumerate(depth):
        layers[level].append(i)
    return layers


def sort_layer(layers: list[list[int]], level: int, near: Mapping[int, list[int]]) -> None:
    """Order one layer by the mean position of each node's neighbours."""
    position = {i: k for layer in layers for k, i in enumerate(layer)}

    def centre(i: int) -> tuple[float, int]:
        found = [position[n] for n in near[i]]
        return (sum(found) / len(found) if found else position[i], position[i])

    layers[level] = sorted(layers[level], key=centre)


def placed(nodes: Sequence[str], layers: Sequence[Sequence[int]]) -> dict[str, Place]:
    """Corners, each layer in the middle; a large layer takes several columns."""
    columns = [layer[i : i + HIGHEST] for layer in layers for i in range(0, len(layer), HIGHEST)]
    highest = max(map(len, columns), default=0)
    found = {}
    for x, column in enumerate(columns):
        start = (highest - len(column)) * (HEIGHT + GAP) // 2
        for y, i in enumerate(column):
            found[nodes[i]] = Place(x * COLUMN, start + y * (HEIGHT + GAP))
    return found
