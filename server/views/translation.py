"""Translates the sentences of a template when it is compiled.

Jinja's own extension looks up each sentence whenever a template is rendered, and a dock has sixty.
Here they are constant like the HTML around them, since each language has its own environment.
"""

import re
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

from server.views.language import Language

FACT = re.compile(r"%\((\w+)\)s")


class TranslatingEnvironment(Environment):
    """An environment for one language, whose templates are marked as for Jinja's own extension."""

    newstyle_gettext = True
    """For that extension's parser: facts are arguments of the marked sentence."""

    def __init__(self, language: Language, **options: Any) -> None:
        super().__init__(extensions=["jinja2.ext.i18n"], **options)
        self.policies["ext.i18n.trimmed"] = True
        self.globals.update(gettext=language.gettext, ngettext=language.ngettext)
        self._language = language

    def _generate(self, source: nodes.Template, *args: Any, **more: Any) -> str:
        return super()._generate(_Translation(self._language).visit(source), *args, **more)


class _Translation(NodeTransformer):
    """Replaces the calls of gettext in the syntax tree of a template.

    `{% trans %}` is markup, and its facts are escaped; `_()` and `ngettext()` within an expression
    are plain text.
    """

    def __init__(self, language: Language) -> None:
        self._language = language

    def visit_Output(self, output: nodes.Output) -> nodes.Output:  # noqa: N802 - Jinja's name
        output.nodes = [piece for node in output.nodes for piece in self._pieces(node)]
        return output

    def visit_Call(self, call: nodes.Call) -> nodes.Expr:  # noqa: N802 - Jinja's name
        self.generic_visit(call)
        match _name(call), call.args:
            case "_" | "gettext", [nodes.Const(value=sentence)]:
                text = nodes.Const(self._language.gettext(sentence), lineno=call.lineno)
                return nodes.Mod(text, _facts(call), lineno=call.lineno) if call.kwargs else text
            case "ngettext", [_, _, number]:
                return nodes.Mod(_bare(call), _facts(call, num=number), lineno=call.lineno)
        return call

    def _pieces(self, node: nodes.Expr) -> Iterator[nodes.Expr]:
        """The parts of an output: the texts of a sentence and its facts alternate."""
        match node:
            case nodes.Call(args=[nodes.Const(value=sentence)]) if _name(node) == "gettext":
                facts = {each.key: each.value for each in node.kwargs}
                for index, part in enumerate(FACT.split(self._language.gettext(sentence))):
                    if index % 2:
                        yield self.visit(facts[part])
                    else:
                        yield nodes.TemplateData(part.replace("%%", "%"), lineno=node.lineno)
            case nodes.Call(args=[_, _, number]) if _name(node) == "ngettext":
                self.generic_visit(node)
                markup = nodes.MarkSafe(_bare(node), lineno=node.lineno)
                yield nodes.Mod(markup, _facts(node, num=number), lineno=node.lineno)
            case _:
                yield self.visit(node)


def _name(call: nodes.Call) -> str:
    return call.node.name if isinstance(call.node, nodes.Name) else ""


def _bare(call: nodes.Call) -> nodes.Call:
    """The same call without the facts."""
    return nodes.Call(call.node, call.args, [], None, None, lineno=call.lineno)


def _facts(call: nodes.Call, **more: nodes.Expr) -> nodes.Dict:
    facts = more | {each.key: each.value for each in call.kwargs}
    return nodes.Dict([nodes.Pair(nodes.Const(key), value) for key, value in facts.items()])
