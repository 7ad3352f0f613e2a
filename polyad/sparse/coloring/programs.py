"""Colouring as polyad programs: loops over integers that polyad compiles itself.

Each takes index arrays that are padded to a capacity (`graphs.padded`), so that few sizes are ever
compiled, and the true number of vertices `n`. The last vertex of the capacity is no vertex: its
place takes what is to be forgotten, and its number is the colour of what has none yet.

The algorithms are those of A. H. Gebremedhin, F. Manne, A. Pothen, "What color is your Jacobian?
Graph coloring for computing derivatives", SIAM Review 47 (2005), and of A. H. Gebremedhin,
A. Tarafdar, F. Manne, A. Pothen, "New acyclic and star coloring algorithms with application to
computing Hessians", SIAM J. Sci. Comput. 29 (2007).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import lax
from ... import numpy as pnp
from ...api import jit

Array = Any

IN_BOUNDS = "promise_in_bounds"


def put(array: Array, index: Array, value: Array) -> Array:
    """The array with that value at that index, which is known to be in range."""
    return array.at[index].set(value, mode=IN_BOUNDS)


def full(like: Array, value: int) -> Array:
    """An array of `like`'s length with one value."""
    return pnp.full(like.shape, value, dtype=np.int32)


def over(ptr: Array, v: Array, body: Callable[[Array, Any], Any], carry: Any) -> Any:
    """A loop over the places of the neighbours of v."""
    return lax.fori_loop(ptr[v], ptr[v + 1], body, carry)


def over_if(
    condition: Array, ptr: Array, v: Array, body: Callable[[Array, Any], Any], carry: Any
) -> Any:
    """A loop if the condition holds, and else none."""
    return lax.fori_loop(ptr[v], pnp.where(condition, ptr[v + 1], ptr[v]), body, carry)


def first_free(mark: Array, v: Array) -> Array:
    """The least colour that is not marked with v."""
    return lax.while_loop(lambda c: mark[c] == v, lambda c: c + 1, np.int32(0))


@jit
def distance_2(order: Array, ptr: Array, adj: Array, ptr2: Array, adj2: Array, n: Array) -> Array:
    """First-fit colours such that two vertices that share a neighbour differ ("What color",
    algorithm 3.1).
    """
    none = order.shape[0] - 1

    def vertex(k: Array, carry: Any) -> Any:
        color, mark = carry
        v = order[k]
        each = lambda q, mark: put(mark, color[adj2[q]], v)
        mark = over(ptr, v, lambda p, mark: over(ptr2, adj[p], each, mark), mark)
        return put(color, v, first_free(mark, v)), mark

    return lax.fori_loop(0, n, vertex, (full(order, none), full(order, -1)))[0]


@jit
def degrees(ptr: Array, adj: Array, ptr2: Array, adj2: Array, n: Array) -> Array:
    """The number of vertices at distance two of each vertex."""

    def vertex(v: Array, carry: Any) -> Any:
        degree, mark = carry

        def each(q: Array, carry: Any) -> Any:
            count, mark = carry
            w = adj2[q]
            return count + (mark[w] != v), put(mark, w, v)

        row = lambda p, carry: over(ptr2, adj[p], each, carry)
        count, mark = over(ptr, v, row, (np.int32(0), put(mark, v, v)))
        return put(degree, v, count), mark

    return lax.fori_loop(0, n, vertex, (full(ptr, 0), full(ptr, -1)))[0]


@jit
def least_first(
    key: Array, step: Array, ptr: Array, adj: Array, ptr2: Array, adj2: Array, n: Array
) -> Array:
    """The vertices in an order in which each has the least key of those that are left, where
    `step` is added to the keys of a vertex's neighbours when it leaves. Vertices with one key are
    a doubly linked list.
    """
    none = key.shape[0] - 1
    head, before, after = full(key, none), full(key, none), full(key, none)

    def enter(v: Array, k: Array, head: Array, before: Array, after: Array) -> Any:
        w = head[k]
        return put(head, k, v), put(put(before, w, v), v, none), put(after, v, w)

    def leave(v: Array, k: Array, head: Array, before: Array, after: Array) -> Any:
        a, b = before[v], after[v]
        head = put(head, pnp.where(a == none, k, none), b)
        return head, put(before, b, a), put(after, a, b)

    def first(i: Array, lists: Any) -> Any:
        v = n - 1 - i
        return enter(v, key[v], *lists)

    def vertex(k: Array, carry: Any) -> Any:
        order, key, mark, low, *lists = carry
        low = lax.while_loop(lambda c: lists[0][c] == none, lambda c: c + 1, low)
        v = lists[0][low]
        lists = leave(v, low, *lists)

        def each(q: Array, carry: Any) -> Any:
            key, mark, low, *lists = carry
            w = adj2[q]

            def move(_: Array, carry: Any) -> Any:
                key, mark, low, *lists = carry
                old = key[w]
                new = old + step
                moved = enter(w, new, *leave(w, old, *lists))
                return put(key, w, new), put(mark, w, v), pnp.minimum(low, new), *moved

            seen = (mark[w] == v) | (mark[w] == none)
            return lax.fori_loop(0, pnp.where(seen, 0, 1), move, (key, mark, low, *lists))

        row = lambda p, carry: over(ptr2, adj[p], each, carry)
        key, mark, low, *lists = over(ptr, v, row, (key, put(mark, v, none), low, *lists))
        return put(order, k, v), key, mark, low, *lists

    lists = lax.fori_loop(0, n, first, (head, before, after))
    start = (full(key, 0), key, full(key, -1), np.int32(0), *lists)
    return lax.fori_loop(0, n, vertex, start)[0]


@jit
def star(order: Array, ptr: Array, adj: Array, edge: Array, n: Array) -> Array:
    """First-fit colours in which neighbours differ and every path of four vertices has three
    colours (2007, algorithm 4.1). Edges of two colours are stars, and each star has a hub.
    """
    none = order.shape[0] - 1

    def vertex(k: Array, carry: Any) -> Any:
        color, mark, first, first_vertex, first_edge, treated, stars, hub = carry
        v = order[k]

        def neighbour(p: Array, carry: Any) -> Any:
            mark, first, first_vertex, first_edge, treated = carry
            w = adj[p]
            c = color[w]
            colored = c != none
            again = (first[c] == v) & colored
            q = first_vertex[c]

            def beside(s: Array, mark: Array) -> Array:
                x = adj[s]
                taken = again | (hub[stars[edge[s]]] == x)
                return put(mark, pnp.where(taken, color[x], none), v)

            other = lambda s, mark: put(mark, color[adj[s]], v)
            mark = put(mark, c, v)
            mark = over_if(again & (treated[q] != v), ptr, q, other, mark)
            mark = over_if(colored, ptr, w, beside, mark)
            treated = put(put(treated, pnp.where(again, q, none), v), pnp.where(again, w, none), v)
            new = pnp.where(colored & ~again, c, none)
            first, first_vertex = put(first, new, v), put(first_vertex, new, w)
            return mark, first, first_vertex, put(first_edge, new, edge[p]), treated

        mark, first, first_vertex, first_edge, treated = over(
            ptr, v, neighbour, (mark, first, first_vertex, first_edge, treated)
        )
        mine = first_free(mark, v)
        color = put(color, v, mine)

        def join(p: Array, carry: Any) -> Any:
            stars, hub = carry
            w, e = adj[p], edge[p]
            c = color[w]
            colored = c != none
            end = pnp.where(colored, ptr[w + 1], ptr[w])
            differs = lambda s: (color[adj[s]] != mine) | (adj[s] == v)
            s = lax.while_loop(lambda s: (s < end) & differs(s), lambda s: s + 1, ptr[w])
            found = s < end
            q = first_vertex[c]
            second = ~found & (first[c] == v) & (q != w)
            base = pnp.where(found, stars[edge[s]], pnp.where(second, stars[first_edge[c]], e))
            base = pnp.where(colored, base, stars[e])
            top = pnp.where(found, w, pnp.where(second, v, hub[base]))
            return put(stars, e, base), put(hub, base, pnp.where(colored, top, hub[base]))

        stars, hub = over(ptr, v, join, (stars, hub))
        return color, mark, first, first_vertex, first_edge, treated, stars, hub

    vertices = full(order, none), full(order, -1), full(order, -1), full(order, none)
    rest = full(order, 0), full(order, -1), pnp.arange(edge.shape[0], dtype=np.int32)
    return lax.fori_loop(0, n, vertex, (*vertices, *rest, full(edge, -1)))[0]


def root(parent: Array, e: Array) -> Array:
    """The edge that stands for the tree of edge e."""
    return lax.while_loop(lambda e: parent[e] != e, lambda e: parent[e], e)


def union(parent: Array, size: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """The trees of edges a and b are one; the smaller hangs from the larger."""
    a, b = root(parent, a), root(parent, b)
    small, large = pnp.where(size[a] < size[b], a, b), pnp.where(size[a] < size[b], b, a)
    grown = pnp.where(a == b, size[large], size[a] + size[b])
    return put(parent, small, large), put(size, large, grown)


@jit
def acyclic(order: Array, ptr: Array, adj: Array, edge: Array, n: Array) -> Array:
    """First-fit colours in which neighbours differ and every cycle has three colours (2007,
    algorithm 3.1). Edges of two colours are trees.
    """
    none = order.shape[0] - 1

    def vertex(k: Array, carry: Any) -> Any:
        color, mark, first, first_edge, visit, visitor, parent, size = carry
        v = order[k]
        mark = over(ptr, v, lambda p, mark: put(mark, color[adj[p]], v), mark)

        def look(p: Array, carry: Any) -> Any:
            w = adj[p]

            def beyond(s: Array, carry: Any) -> Any:
                mark, visit, visitor = carry
                c, e = color[adj[s]], edge[s]
                open_ = (c != none) & (mark[c] != v)
                e = lax.while_loop(lambda e: open_ & (parent[e] != e), lambda e: parent[e], e)
                known = visit[e] == v
                cycle = open_ & known & (visitor[e] != w)
                mark = put(mark, pnp.where(cycle, c, none), v)
                new = open_ & ~known
                visit = put(visit, e, pnp.where(new, v, visit[e]))
                return mark, visit, put(visitor, e, pnp.where(new, w, visitor[e]))

            return over_if(color[w] != none, ptr, w, beyond, carry)

        mark, visit, visitor = over(ptr, v, look, (mark, visit, visitor))
        mine = first_free(mark, v)
        color = put(color, v, mine)

        def grow(p: Array, carry: Any) -> Any:
            first, first_edge, parent, size = carry
            c, e = color[adj[p]], edge[p]
            again = (first[c] == v) & (c != none)
            forest = union(parent, size, e, pnp.where(again, first_edge[c], e))
            new = pnp.where(again, none, c)
            return put(first, new, v), put(first_edge, new, e), *forest

        first, first_edge, parent, size = over(ptr, v, grow, (first, first_edge, parent, size))

        def merge(p: Array, forest: Any) -> Any:
            w, e = adj[p], edge[p]

            def beyond(s: Array, forest: Any) -> Any:
                x = adj[s]
                same = (x != v) & (color[x] == mine)
                parent, size = forest
                return union(parent, size, e, pnp.where(same, edge[s], e))

            return over_if(color[w] != none, ptr, w, beyond, forest)

        parent, size = over(ptr, v, merge, (parent, size))
        return color, mark, first, first_edge, visit, visitor, parent, size

    vertices = full(order, none), full(order, -1), full(order, -1), full(order, 0)
    edges = full(edge, -1), full(edge, 0), pnp.arange(edge.shape[0], dtype=np.int32)
    return lax.fori_loop(0, n, vertex, (*vertices, *edges, full(edge, 1)))[0]


@jit
def peel(slot: Array, twin: Array, count: Array, left: Array, entries: Array) -> Any:
    """The order of substitution. Entry k of a symmetric matrix is in the sum `slot[k]`, and its
    mirror image `twin[k]` in another; `count` is how many unknown entries a sum has, and `left` the
    exclusive or of their numbers. An entry that is alone in its sum is known, and is then taken off
    its image's sum, where another may be alone.

    Gives the entries in that order, and how many there are: those of cycles are missing.
    """
    none = slot.shape[0] - 1

    def each(k: Array, carry: Any) -> Any:
        return lax.while_loop(lambda c: c[0] != none, follow, (pnp.asarray(k, np.int32), *carry))[
            1:
        ]

    def follow(carry: Any) -> Any:
        k, order, found, count, left, known = carry
        t = twin[k]
        ready = (count[slot[k]] == 1) & (known[k] == 0)
        order = put(order, pnp.where(ready, found, none), k)
        found = found + pnp.where(ready, 1, 0)
        known = put(put(known, pnp.where(ready, k, none), 1), pnp.where(ready, t, none), 1)
        spot = pnp.where(ready, slot[t], none)
        fewer = count[spot] - 1
        count, left = put(count, spot, fewer), put(left, spot, left[spot] ^ t)
        following = pnp.where(ready & (fewer == 1), left[spot], none)
        return following, order, found, count, left, known

    start = full(slot, none), np.int32(0), count, left, full(slot, 0)
    order, found, *_ = lax.fori_loop(0, entries, each, start)
    return order, found
