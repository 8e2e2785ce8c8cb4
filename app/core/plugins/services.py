"""Switching plugins on and off, and saving their settings."""

import json

from peewee import IntegrityError
from wtforms import Form, PasswordField

from app.core import audit, clock, settings_forms
from app.core.db import atomic, upsert
from app.core.models import PluginSetting, PluginSwitch


class StaleSettings(Exception):
    """Somebody else saved these settings since the form was opened."""


def set_enabled(plugin: str, enabled: bool) -> None:
    """Switch a plugin on or off: every process reads the switch with its next request.

    Its tables and settings stay as they are.
    """
    with atomic():
        upsert(PluginSwitch, [{"plugin": plugin, "enabled": enabled, "changed_at": clock.now()}])
        audit.record("plugin.switched_on" if enabled else "plugin.switched_off", f"plugin:{plugin}")


def save_settings(plugin: str, form: Form, version: int) -> None:
    """Store a valid settings form over the version that it was opened from (0: none yet).

    Raises StaleSettings where that version is no longer the stored one.
    """
    text = settings_forms.dump(form)
    try:
        with atomic():
            stood = PluginSetting.get_or_none(PluginSetting.plugin == plugin)
            if version == 0:
                PluginSetting.insert(plugin=plugin, data=text, version=1).execute()
            elif not _replace(plugin, text, version):
                raise StaleSettings(plugin)
            audit.record(
                "plugin.settings_saved",
                f"plugin:{plugin}",
                {"fields": sorted(json.loads(text))},
                changes=_changes(form, stood.data if stood else None, text),
            )
    except IntegrityError as error:
        raise StaleSettings(plugin) from error


def _changes(form: Form, stood: str | None, text: str) -> list[audit.Change]:
    """What differs from the settings that stood, or from the defaults; never a secret."""
    before = settings_forms.dump(settings_forms.bound(type(form), settings_forms.parse(stood)))
    secret = [field.name for field in form if isinstance(field, PasswordField)]
    return audit.differences(json.loads(before), json.loads(text), leave_out=secret)


def _replace(plugin: str, text: str, version: int) -> int:
    query = PluginSetting.update(data=text, version=version + 1).where(
        PluginSetting.plugin == plugin, PluginSetting.version == version
    )
    return int(query.execute())
