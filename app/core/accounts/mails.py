"""What is mailed about accounts, each in its reader's language; written in the caller's `atomic`.

Addresses in mails are made of ENTENTE_URL, never of what a request says of itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _

from app.core.accounts import other_access
from app.core.accounts.models import Invitation, User
from app.core.accounts.queries import current_settings
from app.core.messages.languages import written_for
from app.core.messages.services import external_url, queue_mail


def invitation(row: Invitation, token: str, host: str) -> None:
    """The link by which somebody comes in."""

    def write() -> Mail:
        return (
            _("%(name)s invites you", name=host),
            [
                _("Hello %(name)s,", name=row.name),
                _(
                    "%(host)s works with you in its partnership desk. Accept the invitation and"
                    " choose a password; it takes a minute.",
                    host=host,
                ),
                _("The link works once and for seven days. Not meant for you? Then do nothing."),
            ],
            (_("Accept the invitation"), external_url("accounts.accept", token=token)),
        )

    _queue(row.email, row.locale, "invitation", write, secret=True, ref=f"invitation:{row.id}")


def invited_again(row: Invitation, user: User, host: str) -> None:
    """To somebody who was invited but has an account under this address already."""

    def write() -> Mail:
        return (
            _("You have an account at %(host)s already", host=host),
            [
                _("Hello %(name)s,", name=user.name),
                _(
                    "somebody invited this address to the partnership desk of %(host)s. It has an"
                    " account there already, so there is nothing to accept: sign in as always.",
                    host=host,
                ),
                _("If you expected a second account, ask for one under another address."),
            ],
            (_("Sign in"), external_url("accounts.login")),
        )

    _to(user, "invited_again", write, ref=f"invitation:{row.id}")


def reset(user: User, token: str) -> None:
    """The link that sets a new password."""

    def write() -> Mail:
        return (
            _("Choose a new password"),
            [
                _("Hello %(name)s,", name=user.name),
                _("somebody, probably you, asked for a new password for this address."),
                _("The link works once and for one hour. If it was not you, do nothing."),
            ],
            (_("Choose a new password"), external_url("accounts.reset", token=token)),
        )

    _to(user, "password_reset", write, secret=True)


def password_changed(user: User) -> None:
    """So that nobody's password changes behind their back."""

    def write() -> Mail:
        words = [
            _("Hello %(name)s,", name=user.name),
            _("the password of your account was changed, and all its other sessions ended."),
        ]
        held = other_access.held(user.id)
        if held:
            words.append(_("These go on without it: %(list)s.", list=", ".join(held)))
        words.append(_("If it was not you, choose a new one at once and tell an administrator."))
        return (
            _("Your password was changed"),
            words,
            (_("Choose a new password"), external_url("accounts.forgot")),
        )

    _to(user, "password_changed", write)


def confirm_address(user: User, address: str, token: str) -> None:
    """To the new address: is it yours?"""

    def write() -> Mail:
        return (
            _("Confirm your new e-mail address"),
            [
                _("Hello %(name)s,", name=user.name),
                _("you want to sign in with this address from now on: %(email)s.", email=address),
                _("It holds once you have confirmed it here and in the mail to your present one."),
                _("The link works once and for one day. If it was not you, do nothing."),
            ],
            (_("Confirm the address"), external_url("accounts.confirm_email", token=token)),
        )

    _queue(address, user.locale or "", "address_new", write, secret=True, ref=_ref(user))


def address_taken(owner: User) -> None:
    """To a new address that is somebody's already: they alone learn that it was wanted."""

    def write() -> Mail:
        return (
            _("Somebody wanted to use your address"),
            [
                _("Hello %(name)s,", name=owner.name),
                _(
                    "somebody wanted to sign in to another account with this address. It stays"
                    " yours; you need not do anything."
                ),
            ],
            None,
        )

    _to(owner, "address_taken", write)


def leave_address(user: User, address: str, token: str) -> None:
    """To the present address: this is wanted, and here it is confirmed or stopped."""

    def write() -> Mail:
        return (
            _("Your e-mail address is about to change"),
            [
                _("Hello %(name)s,", name=user.name),
                _(
                    "your account is to be signed in to with %(email)s from now on. It holds once"
                    " you have confirmed it here and in the mail to that address.",
                    email=address,
                ),
                _("The link works once and for one day."),
                _("If it was not you, stop it there; then choose a new password."),
            ],
            (_("Confirm or stop the change"), external_url("accounts.confirm_email", token=token)),
        )

    _to(user, "address_old", write, secret=True)


def address_changed(user: User, former: str) -> None:
    """To the former address, once the new one holds."""

    def write() -> Mail:
        return (
            _("Your e-mail address was changed"),
            [
                _("Hello %(name)s,", name=user.name),
                _("you sign in with %(email)s now.", email=user.email),
                _("If it was not you, tell an administrator at once."),
            ],
            None,
        )

    _queue(former, user.locale or "", "address_changed", write, ref=_ref(user), user=user)


def second_factor_set(user: User) -> None:
    """An authenticator app was set up."""

    def write() -> Mail:
        return (
            _("Your second factor is set up"),
            [
                _("Hello %(name)s,", name=user.name),
                _("signing in to your account asks for a code of your authenticator app now."),
                _("If it was not you, tell an administrator at once."),
            ],
            None,
        )

    _to(user, "second_factor_set", write)


def second_factor_removed(user: User) -> None:
    """The authenticator app was taken off."""

    def write() -> Mail:
        return (
            _("Your second factor was removed"),
            [
                _("Hello %(name)s,", name=user.name),
                _("your account is signed in to with the password alone now."),
                _("If you did not ask for it, tell an administrator at once."),
            ],
            None,
        )

    _to(user, "second_factor_removed", write)


def recovery_code_used(user: User, left: int) -> None:
    """One of the recovery codes is gone."""

    def write() -> Mail:
        return (
            _("A recovery code was used"),
            [
                _("Hello %(name)s,", name=user.name),
                _("somebody, probably you, signed in with one of your recovery codes."),
                _("Unused codes: %(num)s. Make new ones on your account page in time.", num=left),
            ],
            (_("Your account"), external_url("accounts.account")),
        )

    _to(user, "recovery_code_used", write)


Mail = tuple[str, Sequence[str], tuple[str, str] | None]


def _to(user: User, kind: str, write: Callable[[], Mail], **more: Any) -> None:
    _queue(user.email, user.locale or "", kind, write, **({"ref": _ref(user), "user": user} | more))


def _queue(
    to: str,
    locale: str,
    kind: str,
    write: Callable[[], Mail],
    *,
    secret: bool = False,
    ref: str = "",
    user: User | None = None,
) -> None:
    locale = locale or current_settings().locale
    with written_for(locale):
        subject, paragraphs, action = write()
    queue_mail(
        to,
        kind=f"accounts.{kind}",
        subject=subject,
        paragraphs=paragraphs,
        action=action,
        user_id=user.id if user else None,
        locale=locale,
        ref=ref,
        secret=secret,
    )


def _ref(user: User) -> str:
    return f"user:{user.id}"
