"""What a plugin must be before it may register: its contract, its hooks, its tables."""

import difflib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import peewee as pw
from flask_wtf import FlaskForm
from playhouse.schema_diff import diff_models
from pluggy import PluginManager
from wtforms import FieldList, FileField, Form, FormField, MultipleFileField

from app.core import db
from app.core.contract import API_VERSION, PluginInfo
from app.core.hookspecs import PROJECT
from app.core.settings_forms import defaults_problem


class Unfit(Exception):
    """A plugin breaks the contract; the message tells its author what to change."""


def check_info(name: str, module: ModuleType) -> PluginInfo:
    """The plugin's PLUGIN, if it is a PluginInfo of this name for this API."""
    info = getattr(module, "PLUGIN", None)
    if not isinstance(info, PluginInfo):
        raise Unfit(f"plugin.py has no PLUGIN; add PLUGIN = PluginInfo(name={name!r}, …)")
    if info.name != name:
        raise Unfit(f"PLUGIN.name is {info.name!r}, but the plugin is named {name!r}")
    if info.api != API_VERSION:
        raise Unfit(
            f"it was written for plugin API {info.api!r}, this installation offers {API_VERSION}; "
            + ("update Entente" if _newer(info.api) else "update the plugin")
        )
    if not isinstance(info.order, int):
        raise Unfit(f"PLUGIN.order is {info.order!r}; give a whole number")
    return info


def _newer(api: Any) -> bool:
    return isinstance(api, int) and api > API_VERSION


def add_published(
    pm: PluginManager, info: PluginInfo, module: ModuleType
) -> dict[str, tuple[str, ...]]:
    """Make the hooks that a plugin publishes known to all: their arguments by name."""
    if info.publishes is None:
        own = Path(str(module.__file__)).with_name("hookspecs.py")
        if own.is_file():
            raise Unfit("hookspecs.py is not named in PLUGIN; add publishes=hookspecs")
        return {}
    if not isinstance(info.publishes, ModuleType):
        raise Unfit("PLUGIN.publishes must be a module, as in publishes=hookspecs")
    found = dict(_marked(info.publishes, f"{PROJECT}_spec"))
    if not found:
        raise Unfit("PLUGIN.publishes names a module without any @hookspec function")
    taken = _known_hooks(pm)
    for name, function in found.items():
        _check_published(info.name, name, function, taken)
    pm.add_hookspecs(info.publishes)
    return {name: tuple(inspect.signature(function).parameters) for name, function in found.items()}


def _check_published(
    plugin: str, name: str, function: Callable[..., Any], taken: dict[str, tuple[str, ...]]
) -> None:
    if not name.startswith(f"{plugin}_"):
        raise Unfit(f"the published hook {name!r} must begin with '{plugin}_'")
    if name in taken:
        raise Unfit(f"the published hook {name!r} stands already; choose another name")
    if not inspect.getdoc(function):
        raise Unfit(f"the published hook {name!r} has no docstring; others read what it asks")
    if any(getattr(function, f"{PROJECT}_spec").values()):
        raise Unfit(f"the published hook {name!r}: @hookspec takes no options here")
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise Unfit(f"the published hook {name!r}: give {parameter.name!r} as a plain argument")
        if parameter.default is not parameter.empty:
            raise Unfit(f"the published hook {name!r}: {parameter.name!r} has a default; leave it")


def check_hooks(pm: PluginManager, module: ModuleType) -> tuple[str, ...]:
    """The names of the hooks that a plugin implements, each checked against its specification."""
    known = _known_hooks(pm)
    for name, function in vars(module).items():
        undecorated = inspect.isfunction(function) and not hasattr(function, f"{PROJECT}_impl")
        if name in known and undecorated and function.__module__ == module.__name__:
            raise Unfit(f"{name}() is named like a hook but lacks @hookimpl")
    return tuple(_check_hook(known, name, function) for name, function in _implementations(module))


def _implementations(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    yield from _marked(module, f"{PROJECT}_impl")


def _marked(module: ModuleType, mark: str) -> Iterator[tuple[str, Any]]:
    for name in sorted(vars(module)):
        value = vars(module)[name]
        if inspect.isroutine(value) and hasattr(value, mark):
            yield name, value


def _known_hooks(pm: PluginManager) -> dict[str, tuple[str, ...]]:
    return {
        name: caller.spec.argnames
        for name, caller in vars(pm.hook).items()
        if getattr(caller, "spec", None) is not None
    }


def _check_hook(known: dict[str, tuple[str, ...]], name: str, function: Callable[..., Any]) -> str:
    options = getattr(function, f"{PROJECT}_impl")
    hook = options["specname"] or name
    if options["wrapper"] or options["hookwrapper"]:
        raise Unfit(f"{name}() is a hook wrapper; plugins may not wrap each other's hooks")
    if options["tryfirst"] or options["trylast"]:
        raise Unfit(f"{name}() asks for tryfirst or trylast; set PLUGIN.order instead")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise Unfit(f"{name}() is a coroutine or a generator; hooks are ordinary functions")
    if hook not in known:
        if options["optionalhook"]:
            _refuse_misspelt(hook, known)
            return hook
        raise Unfit(_unknown_hook(hook, known))
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise Unfit(f"{name}() takes *{parameter.name}; name the arguments that it uses")
        if parameter.name not in known[hook]:
            takes = ", ".join(known[hook]) or "no arguments"
            raise Unfit(
                f"{name}() asks for an argument {parameter.name!r}; this hook offers: {takes}"
            )
    return hook


def _refuse_misspelt(hook: str, known: dict[str, tuple[str, ...]]) -> None:
    # What nobody publishes here is left alone, unless it is nearly what somebody does: an answer
    # that is never asked for would be silence where somebody counts on it.
    close = difflib.get_close_matches(hook, known, n=1, cutoff=0.9)
    if close:
        raise Unfit(f"no plugin here publishes {hook!r}; did you mean {close[0]!r}?")


def _unknown_hook(hook: str, known: dict[str, tuple[str, ...]]) -> str:
    close = difflib.get_close_matches(hook, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"hooks are: {', '.join(sorted(known))}."
    return (
        f"unknown hook {hook!r}; {hint} "
        "A hook that another plugin publishes needs @hookimpl(optionalhook=True)"
    )


def check_tables(name: str, module: ModuleType) -> tuple[str, ...]:
    """The plugin's tables: its own prefix, and foreign keys only to core and to itself."""
    package = module.__name__.rpartition(".")[0]
    models = _models_of(module)
    for model in models:
        table = model._meta.table_name
        if not table.startswith(f"{name}_"):
            raise Unfit(f"table {table!r} must begin with '{name}_'; set Meta.table_name")
        for field in model._meta.refs:
            _check_reference(model, field, package)
    return tuple(sorted(model._meta.table_name for model in models))


def check_indexes(module: ModuleType) -> None:
    """That the database has every index of the plugin's models.

    A database knows one index of a name, and peewee's CREATE INDEX leaves out what is there
    already, be it another table's: in a migration the name begins with the class's.
    """
    for index in diff_models(db.database.obj, _models_of(module)).add_indexes:
        about = ", ".join(index.columns) if index.columns else index.name
        raise Unfit(
            f"table {index.table!r} lacks its index of {about}: no migration creates it, or"
            " another table had an index of that name; begin the migration's classes with the"
            " plugin's name"
        )


def _models_of(module: ModuleType) -> list[type[pw.Model]]:
    package = module.__name__.rpartition(".")[0]
    return [model for model in _models(pw.Model) if _belongs(model, package)]


def _check_reference(model: type[pw.Model], field: Any, package: str) -> None:
    target = field.rel_model
    where = f"{model.__name__}.{field.name}"
    if _belongs(target, package):
        return
    if not target.__module__.startswith("app."):
        raise Unfit(f"{where} points at another plugin's table; keep its id as plain data")
    if field.backref != "+":
        raise Unfit(f"{where} points at core; give it backref='+', so that core stays unchanged")


def _models(base: type[pw.Model]) -> Iterator[type[pw.Model]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _belongs(model: type[pw.Model], package: str) -> bool:
    module = model.__module__
    if module != package and not module.startswith(f"{package}."):
        return False
    # Not a leftover of an earlier import of the same name, and not an abstract base.
    return vars(sys.modules.get(module)).get(model.__name__) is model and bool(
        model._meta.sorted_fields
    )


def check_settings_form(form: Any) -> type[Form]:
    """A settings form whose fields can be stored and whose defaults are valid."""
    if not (isinstance(form, type) and issubclass(form, Form)) or issubclass(form, FlaskForm):
        raise Unfit("register_settings() must return a form class derived from wtforms.Form")
    for field in form():
        if isinstance(field, FieldList | FormField | FileField | MultipleFileField):
            raise Unfit(f"settings field {field.name!r}: nested forms and files cannot be stored")
    problem = defaults_problem(form)
    if problem:
        raise Unfit(f"the settings form refuses its own defaults: {problem}")
    return form


def explain(error: BaseException, place: Path | None) -> str:
    """An exception in words for the plugin's author: what, and where in the plugin."""
    if isinstance(error, Unfit):
        return str(error)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    cause = error.__cause__
    if cause is not None:
        what = f"{error}; {type(cause).__name__}: {cause}"
    where = _location(cause or error, place)
    return f"{where}: {what}"[:1000] if where else what[:1000]


def _location(error: BaseException, place: Path | None) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename, place)}, line {error.lineno}"
    where, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if place is not None and Path(file).is_relative_to(place):
            where = f"{_shown(file, place)}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return where


def _shown(file: str, place: Path | None) -> str:
    path = Path(file)
    if place is not None and path.is_relative_to(place):
        return str(path.relative_to(place))
    return path.name
