"""A plugin's templates: under its own prefix, parseable, referring only to what exists.

They are read and not compiled: that would take most of the time of a start, and be thrown away.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from jinja2 import (
    BaseLoader,
    Environment,
    TemplateAssertionError,
    TemplateError,
    TemplateNotFound,
    nodes,
)
from jinja2.meta import find_referenced_templates

from app.core.checks import Unfit

Links = Mapping[str, Sequence[tuple[str, int]]]


def check_templates(name: str, folder: Path, env: Environment, core: BaseLoader | None) -> Links:
    """The endpoints, with their lines, that each of the plugin's templates links to.

    Refuses templates outside `templates/<name>/`, with errors, or built on missing ones.
    """
    links = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        short = path.relative_to(folder).as_posix()
        if not short.startswith(f"{name}/"):
            raise Unfit(
                f"template {short!r} would stand in for a template of core; "
                f"move it to templates/{name}/"
            )
        links[short], wanted = _read(env, path, short)
        for template in wanted:
            if not _exists(template, name, folder, env, core):
                raise Unfit(f"template {short!r} uses {template!r}, which does not exist")
    return links


def check_links(name: str, links: Links, endpoints: Collection[str]) -> None:
    """Refuse `url_for('…')` with an endpoint that neither core nor this plugin has."""
    for short, found in links.items():
        for endpoint, line in found:
            candidates = _spelled_out(name, endpoint)
            if not any(candidate in endpoints for candidate in candidates):
                raise Unfit(
                    f"template {short!r}, line {line}: url_for({endpoint!r}) names an endpoint "
                    "that does not exist"
                )


def _read(env: Environment, path: Path, short: str) -> tuple[list[tuple[str, int]], list[str]]:
    """What a template links to and what it is built on."""
    try:
        tree = env.parse(path.read_text(encoding="utf-8"), short, str(path))
        _check_names(env, tree)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise Unfit(f"template {short!r}, line {line}: {error.message}") from error
    except UnicodeDecodeError as error:
        raise Unfit(f"template {short!r} is not UTF-8 text") from error
    return list(_constant_endpoints(tree)), [t for t in find_referenced_templates(tree) if t]


def _check_names(env: Environment, tree: nodes.Template) -> None:
    """Refuse a filter or test that does not exist, and a block that is there twice."""
    blocks: set[str] = set()
    for node in tree.find_all((nodes.Filter, nodes.Test, nodes.Block)):
        if isinstance(node, nodes.Filter) and node.name and node.name not in env.filters:
            raise TemplateAssertionError(f"no filter named {node.name!r}", node.lineno)
        if isinstance(node, nodes.Test) and node.name not in env.tests:
            raise TemplateAssertionError(f"no test named {node.name!r}", node.lineno)
        if isinstance(node, nodes.Block):
            if node.name in blocks:
                raise TemplateAssertionError(f"block {node.name!r} defined twice", node.lineno)
            blocks.add(node.name)


def _exists(
    wanted: str, name: str, folder: Path, env: Environment, core: BaseLoader | None
) -> bool:
    if wanted.startswith(f"{name}/"):
        return (folder / wanted).is_file()
    if core is None:
        return False
    try:
        core.get_source(env, wanted)
    except TemplateNotFound:
        return False
    return True


def _constant_endpoints(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    for call in tree.find_all(nodes.Call):
        named = isinstance(call.node, nodes.Name) and call.node.name == "url_for"
        if named and call.args and isinstance(call.args[0], nodes.Const):
            yield str(call.args[0].value), call.lineno


def _spelled_out(name: str, endpoint: str) -> list[str]:
    if not endpoint.startswith("."):
        return [endpoint]
    return [f"{name}{mount}{endpoint}" for mount in ("", "_portal", "_public")]
