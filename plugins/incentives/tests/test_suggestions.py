"""register_suggestion_kinds: what others suggest becomes a note beside a partner's tier."""

from app.api import SuggestionDraft, suggest
from plugins.incentives.models import Note


def suggested(app, partner, **texts):
    """Suggest a note as another plugin would; the address at which it is accepted."""
    draft = SuggestionDraft(partner.id, **({"title": "Answers fell"} | texts))
    with app.app_context():
        assert suggest("incentives.note", draft)
    return "/suggestions/1/accept"


def test_an_accepted_suggestion_is_a_note_of_whoever_accepted_it(app, partner, as_manager):
    accept = suggested(app, partner, text="From 8 to 5.")
    assert not Note.select().exists()
    assert as_manager.send(accept).location == f"/partners/{partner.id}"
    assert Note.get().text == "Answers fell\n\nFrom 8 to 5."
    assert Note.get().by == partner.owner_id


def test_a_long_suggestion_is_cut_to_a_note(app, partner, as_manager):
    as_manager.send(suggested(app, partner, text="x" * 2000))
    assert len(Note.get().text) == 1000
