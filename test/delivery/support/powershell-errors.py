"""Parses PowerShell from stdin and prints what is no PowerShell, one line each. Syntax only: whether a command or a
parameter exists is for PowerShell itself. The grammar is not Microsoft's and knows a little less than PowerShell does."""

import sys

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser


def errors(node: Node) -> list[str]:
    if node.is_error or node.is_missing:
        line, column = node.start_point
        text = (node.text or b"").decode(errors="replace").split("\n")[0]
        return [f"{line + 1}:{column + 1}: {text or node.type}"]
    return [error for child in node.children for error in errors(child)]


found = errors(Parser(Language(tree_sitter_powershell.language())).parse(sys.stdin.buffer.read()).root_node)
print("\n".join(found))
sys.exit(1 if found else 0)
