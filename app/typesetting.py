"""Sets a document as PDF: run as a program of its own, so that it can be bounded and harms nobody.

Reads JSON from standard input – the folder that holds `main.typ` and all that it may read, the
folder of the fonts, the data – and writes the PDF to standard output; any failure is an exit code
other than 0. Imports nothing of Entente.
"""

import json
import sys

SECONDS = 15
MEMORY = 4 * 1024 * 1024 * 1024  # bytes of addresses; its threads reserve most and use little
MOST_BYTES = 16 * 1024 * 1024


def bound() -> None:
    """Let the system end this process where a document asks for too much."""
    try:
        import resource
    except ImportError:  # not on Windows: there the caller's time limit holds alone
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def document(root: str, fonts: str, text: str) -> bytes:
    """The PDF, tagged as PDF/UA-1 asks; raises TypstError where the template is at fault."""
    import typst

    written: bytes = typst.compile(
        f"{root}/main.typ",
        root=root,
        font_paths=[fonts],
        ignore_system_fonts=True,
        sys_inputs={"data": text},
        pdf_standards="ua-1",
    )
    return written


if __name__ == "__main__":
    bound()
    given = json.loads(sys.stdin.buffer.read(MOST_BYTES))
    sys.stdout.buffer.write(document(given["root"], given["fonts"], given["data"]))
