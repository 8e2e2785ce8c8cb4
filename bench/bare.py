"""The limit: a bare Flask application with sqlite3 and one compiled page per job, no framework.

It reads the same database and shows the same rows; it knows no people, no rights, no audit.
"""

import os
import sqlite3
import threading

from flask import Flask, request
from jinja2 import Environment

PAGE = Environment(autoescape=True).from_string(
    "<!doctype html><html lang=en><title>Bare</title><table>{% for row in rows %}<tr>"
    "{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table></html>"
)
LIST = """SELECT p.code, p.name, p.type, p.status, p.start_date, u.name, s.score, s.coverage
FROM partner p LEFT JOIN "user" u ON u.id = p.owner_id
LEFT JOIN score s ON s.partner_id = p.id AND s.period = ?
WHERE p.name_key LIKE ? ORDER BY p.name_key LIMIT 50"""
PARTNER = """SELECT k.name, v.period, v.value, v.num, v.den FROM value v
JOIN kpi k ON k.id = v.kpi_id WHERE v.partner_id = ? AND v.period BETWEEN ? AND ?
ORDER BY v.kpi_id, v.period"""
WRITE = """INSERT INTO bare_value (partner_id, kpi_id, period, value) VALUES (?, ?, ?, ?)
ON CONFLICT (partner_id, kpi_id, period) DO UPDATE SET value = excluded.value"""
_kept = threading.local()


def connection() -> sqlite3.Connection:
    """This thread's connection, with the durability that the desk has."""
    if not hasattr(_kept, "connection"):
        _kept.connection = sqlite3.connect(os.environ["BARE_DATABASE"], isolation_level=None)
        for pragma in ("journal_mode=wal", "synchronous=full", "busy_timeout=5000"):
            _kept.connection.execute(f"PRAGMA {pragma}")
    return _kept.connection


def create() -> Flask:
    """The application that granian serves."""
    app = Flask(__name__)

    @app.get("/list")
    def listing() -> str:
        period, words = int(request.args["period"]), f"%{request.args['q']}%"
        return PAGE.render(rows=connection().execute(LIST, (period, words)).fetchall())

    @app.get("/partner/<int:partner_id>")
    def partner(partner_id: int) -> str:
        first, last = int(request.args["first"]), int(request.args["last"])
        return PAGE.render(rows=connection().execute(PARTNER, (partner_id, first, last)).fetchall())

    @app.post("/value")
    def value() -> tuple[str, int]:
        form = request.form
        row = (int(form["partner"]), int(form["kpi"]), int(form["period"]), int(form["value"]))
        connection().execute(WRITE, row)
        return "", 204

    return app
