"""Runs a Python program whose asserts are counted instead of ending it, so that one failure does not hide the rest.

One line a check: "ok LINE" or "FAILED LINE message". python3 soft.py PROGRAM
"""
import ast
import sys
import types

# The program wants two modules that no longer build everywhere; this is what it uses of them.
prctl = types.ModuleType("prctl")
bitmap = types.ModuleType("bitmap")


class BitMap:
    def __init__(self, text):
        self.bits = [i for i, c in enumerate(reversed(text)) if c == "1"]

    @classmethod
    def fromstring(cls, text):
        return cls(text)

    def nonzero(self):
        return self.bits


bitmap.BitMap = BitMap
sys.modules["prctl"] = prctl
sys.modules["bitmap"] = bitmap


def check(good, line, message):
    print("ok" if good else "FAILED", line, "" if good else str(message()).replace("\n", " | "), flush=True)


class Soften(ast.NodeTransformer):
    def visit_Assert(self, node):
        message = ast.Lambda(
            args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]),
            body=node.msg or ast.Constant(""),
        )
        call = ast.Call(ast.Name("soft_check", ast.Load()), [node.test, ast.Constant(node.lineno), message], [])
        return ast.copy_location(ast.Expr(call), node)


with open(sys.argv[1]) as f:
    tree = ast.fix_missing_locations(Soften().visit(ast.parse(f.read())))
exec(compile(tree, sys.argv[1], "exec"), {"__name__": "__main__", "soft_check": check})
