"""The forms of documents."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import FileField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from app.core.documents.labels import KINDS
from app.core.form_fields import VersionField, options, strip
from app.core.ids import row_id
from app.core.partners.labels import VISIBILITIES


class UploadForm(FlaskForm):
    """A file, as a new document or as a newer version of one; it is kept through a refusal."""

    version = VersionField(default=0)
    file = FileField(
        lazy_gettext("File"),
        description=lazy_gettext("PDF, Office, text or a picture."),
    )
    kept = HiddenField()
    note = StringField(
        lazy_gettext("Note"),
        description=lazy_gettext("What is new in it."),
        filters=[strip],
        validators=[Length(max=1000)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.refused_file = ""
        super().__init__(*args, **kwargs)

    @property
    def kept_id(self) -> int:
        """The file that was stored before, or 0."""
        return row_id(self.kept.data) or 0

    def validate_file(self, _field: FileField) -> None:
        if self.refused_file:
            raise ValidationError(self.refused_file)
        if not self.kept_id:
            raise ValidationError(_("Choose a file."))


class PortalDocumentForm(UploadForm):
    """A document that a contact shares."""

    title = StringField(
        lazy_gettext("Title"),
        description=lazy_gettext("Empty: the file’s name."),
        filters=[strip],
        validators=[Length(max=200)],
    )
    kind = SelectField(lazy_gettext("Kind"), choices=options(KINDS), default="")


class DocumentForm(PortalDocumentForm):
    """A document that staff add."""

    visibility = SelectField(
        lazy_gettext("Who sees it"), choices=options(VISIBILITIES), default="internal"
    )


class DetailsForm(FlaskForm):
    """What a document is called and who sees it."""

    version = VersionField(default=0)
    title = StringField(
        lazy_gettext("Title"), filters=[strip], validators=[DataRequired(), Length(max=200)]
    )
    kind = SelectField(lazy_gettext("Kind"), choices=options(KINDS))
    visibility = SelectField(lazy_gettext("Who sees it"), choices=options(VISIBILITIES))


class WithdrawForm(FlaskForm):
    """Why a document is withdrawn."""

    version = VersionField(default=0)
    reason = TextAreaField(
        lazy_gettext("Reason"), filters=[strip], validators=[DataRequired(), Length(max=1000)]
    )


class VersionForm(FlaskForm):
    """A button that needs no words."""

    version = VersionField(default=0)
