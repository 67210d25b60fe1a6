"""Indices that are checked once, before a loop, instead of in every iteration."""

import ast

from martlet._loops._expressions import only
from martlet._loops._kinds import SMALL
from martlet._loops._rewrite import assigned_names
from martlet._loops._values import Array, Leave, Number, whole


class Hoisting:
    """The part of the translator that knows which indices need no check inside of a loop."""

    def _hoist(self, node, low, high, step, level):
        """For the indices of a loop's body that are its counter and something fixed: the fixed
        part and the size of the axis. They need no check inside."""
        counter = node.target.id
        changed = set(assigned_names(node.body))
        if counter in changed:
            return []
        checks, seen = [], set()
        for item in _always(node.body):
            if not isinstance(item, ast.Subscript) or isinstance(item.slice, ast.Slice):
                continue
            if not isinstance(item.value, ast.Name):
                continue
            array = self.kinds.get(item.value.id)
            parts = item.slice.elts if isinstance(item.slice, ast.Tuple) else [item.slice]
            if not isinstance(array, Array) or len(parts) > array.rank or array.name in changed:
                continue
            for i, part in enumerate(parts):
                rest = self._rest(part, counter, changed)
                if rest is None:
                    continue
                self.arrays[array.name] = array
                self.hoisted.add((id(item), i))
                key = (rest.text, array.size(i))
                if key not in seen:
                    seen.add(key)
                    checks.append((rest, array.size(i)))
        return checks

    def _rest(self, node, counter, changed):
        """What is added to a counter in an index; None for other indices."""
        terms = []
        if not _terms(node, 1, terms):
            return None
        mine = [sign for sign, item in terms if isinstance(item, ast.Name) and item.id == counter]
        if mine != [1]:
            return None
        text, low, high = "", 0, 0
        for sign, item in terms:
            if isinstance(item, ast.Name):
                if item.id == counter:
                    continue
                if item.id in changed or isinstance(self.kinds.get(item.id), Array):
                    return None
                if item.id in self.unions:
                    tags, least, most = self.state[item.id]
                    if tags != {"int"} or least is None or max(abs(least), abs(most)) > 2**40:
                        return None
                    value = Number(f"v_{item.id}", tags, None, least, most)
                    if self.storage(item.id) != "i":
                        return None
                else:
                    try:
                        value = self._read_outer(item.id, item)
                    except Leave:
                        return None
                    if not isinstance(value, Number) or value.tags != {"int"}:
                        return None
            else:
                value = whole(item.value)
            if value.low is None or max(abs(value.low), abs(value.high)) > 2**40:
                return None
            text += f" {'+' if sign > 0 else '-'} {value.text}"
            low += value.low if sign > 0 else -value.high
            high += value.high if sign > 0 else -value.low
        if not text:
            return whole(0)
        return Number(f"({text.strip().removeprefix('+ ')})", only("int"), None, low, high)


def _terms(node, sign, terms):
    """Splits sums of names and integers; False for anything else."""
    if isinstance(node, ast.Name) or (
        isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) < SMALL
    ):
        terms.append((sign, node))
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        other = sign if isinstance(node.op, ast.Add) else -sign
        return _terms(node.left, sign, terms) and _terms(node.right, other, terms)
    return False


def _always(statements):
    """The nodes that every iteration evaluates, inner loops' included, up to a way out."""
    for node in statements:
        if isinstance(node, (ast.Break, ast.Continue, ast.Return, ast.Raise)):
            return
        pending = [node]
        while pending:
            item = pending.pop()
            yield item
            if isinstance(item, (ast.If, ast.IfExp)):
                pending.append(item.test)
            elif isinstance(item, ast.BoolOp):
                pending.append(item.values[0])
            elif isinstance(item, ast.While):
                pending.append(item.test)
            elif isinstance(item, ast.For):
                pending.append(item.iter)
                yield from _always(item.body)
            else:
                pending.extend(ast.iter_child_nodes(item))
        if any(isinstance(item, (ast.Break, ast.Continue, ast.Return)) for item in ast.walk(node)):
            return
