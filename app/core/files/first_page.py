"""The first page of a PDF as a small picture: run as a program, so that a bad file harms only it.

Reads the PDF from standard input and writes a JPEG to standard output; any failure is an exit code
other than 0. It bounds itself in time and memory before it looks at a byte, opens no other file,
runs no script of the document and renders one page at a bounded size. Imports nothing of Entente.
"""

import io
import sys

SECONDS = 10
MEMORY = 1024 * 1024 * 1024  # bytes
LONGEST = 640  # pixels of the longer side
MOST_BYTES = 64 * 1024 * 1024


def bound() -> None:
    """Let the system end this process where the document asks for too much."""
    try:
        import resource
    except ImportError:  # not on Windows: there the caller's time limit holds alone
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def picture(data: bytes) -> bytes:
    """The first page as a JPEG; raises whatever the libraries raise for a broken document."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    page = document[0]
    width, height = page.get_size()
    if not (0 < width < 100_000 and 0 < height < 100_000):
        raise ValueError("the page has no size that can be drawn")
    bitmap = page.render(scale=LONGEST / max(width, height), may_draw_forms=False)
    out = io.BytesIO()
    bitmap.to_pil().convert("RGB").save(out, "JPEG", quality=78)
    return out.getvalue()


if __name__ == "__main__":
    bound()
    given = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(given) > MOST_BYTES:
        sys.exit(2)
    sys.stdout.buffer.write(picture(given))
