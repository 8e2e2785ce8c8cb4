"""The page on which administrators define what else is kept of partners."""

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from peewee import IntegrityError

from app.core.partners.fields import labels, queries, services
from app.core.partners.fields.forms import DefinitionForm, said
from app.core.partners.fields.rules import Field, FieldRefusal
from app.core.partners.views import blueprint
from app.security import requires
from app.web import render, saved

__all__ = ["blueprint"]


@blueprint.get("/fields")
@requires("partners.admin")
def custom_fields() -> Any:
    """The custom fields in their order."""
    return render(
        "partners/fields/index.html",
        fields=queries.definitions(retired=True),
        uses=queries.uses(),
        labels=labels,
    )


@blueprint.route("/fields/new", methods=["GET", "POST"])
@requires("partners.admin")
def new_field() -> Any:
    """Add a field to every partner."""
    form = DefinitionForm()
    if form.is_submitted() and form.validate():
        try:
            services.define(form.draft())
        except FieldRefusal as refusal:
            _blame(form, refusal)
        except IntegrityError:
            form.key.errors = [_("Another field has this key.")]
        else:
            return saved(_("The field was added."), url_for("partners.custom_fields"))
    status = 422 if form.is_submitted() else 200
    return render("partners/fields/edit.html", status=status, form=form, field=None)


@blueprint.route("/fields/<int:field_id>", methods=["GET", "POST"])
@requires("partners.admin")
def edit_field(field_id: int) -> Any:
    """Change a field's words, choices and who sees it."""
    field = _field_or_404(field_id)
    form = DefinitionForm(data=field._asdict() | {"choices": "\n".join(field.choices)})
    del form.key, form.kind  # fixed
    stale = None
    if form.is_submitted() and form.validate():
        draft = services.Draft(
            key=field.key,
            label=form.label.data or "",
            kind=field.kind,
            help=form.help.data or "",
            required=form.required.data,
            choices=form.choices.data or "",
            visibility=form.visibility.data,
        )
        try:
            services.redefine(field, draft, form.version.data)
        except services.StaleField as refusal:
            stale = _field_or_404(field_id)
            form.version.data = stale.version
            form.form_errors.append(said(refusal))
        except FieldRefusal as refusal:
            _blame(form, refusal)
        else:
            return saved(_("Saved."), url_for("partners.custom_fields"))
    return render(
        "partners/fields/edit.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        field=field,
        stale=stale,
        labels=labels,
        used=queries.used(field_id),
    )


@blueprint.post("/fields/<int:field_id>/move")
@requires("partners.admin")
def move_field(field_id: int) -> Any:
    """Move a field up or down."""
    field = _field_or_404(field_id)
    services.move(field, -1 if request.form.get("to") == "up" else 1)
    return saved(_("Moved."), url_for("partners.custom_fields"))


@blueprint.post("/fields/<int:field_id>/retire")
@requires("partners.admin")
def retire_field(field_id: int) -> Any:
    """Take a field out of use, or back into it."""
    field = _field_or_404(field_id)
    services.retire(field, retired=not field.retired)
    words = (
        _("“%(label)s” is in use again.", label=field.label)
        if field.retired
        else _("“%(label)s” is no longer in use; what stands in it is kept.", label=field.label)
    )
    return saved(words, url_for("partners.custom_fields"))


def _field_or_404(field_id: int) -> Field:
    found = next((f for f in queries.definitions(retired=True) if f.id == field_id), None)
    return found if found is not None else abort(404)


def _blame(form: DefinitionForm, refusal: FieldRefusal) -> None:
    """Put a refusal beside the choices where they are at fault, else on top."""
    if "hoice" in refusal.message:
        form.choices.errors = [said(refusal)]
        return
    form.form_errors.append(said(refusal))
