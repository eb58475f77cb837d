"""A summary on one A4 page (투표결과 정리화면) to print, or to attach to a petition.

Always one page: what does not fit becomes smaller, then the options with the least counts are left out and counted, then the
last questions. The fonts are embedded, with only the glyphs that are used. The same result gives the same bytes.
It is not a tagged PDF: reportlab writes none; whoever needs structure reads the result page, whose address is on the sheet.
"""

import io

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from services.tally.contract import MEDIA_TYPES
from services.tally.formats import Export
from services.tally.formats.pdf_file import fonts, layout
from services.tally.formats.pdf_file.content import page_of

NAME = "pdf"
MEDIA_TYPE = MEDIA_TYPES[NAME]
NEEDS_PERIOD = True
LOCALES = {"ko": "ko-KR", "en": "en"}


def make(export: Export) -> bytes:
    page, file = page_of(export), io.BytesIO()
    title = fonts.readable(page.title)
    canvas = Canvas(
        file,
        pagesize=A4,
        invariant=1,
        pageCompression=1,
        lang=LOCALES[export.language],
        initialFontName=fonts.REGULAR,  # type: ignore[arg-type] # typed as the number beside it
    )
    canvas.setTitle(f"{title} - {page.words['sheet']}")
    canvas.setSubject(page.words["final" if page.final else "live"])
    canvas.setAuthor(fonts.readable(export.organization))
    canvas.setCreator("mVoting")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    layout.draw(canvas, page)
    canvas.showPage()
    canvas.save()
    return file.getvalue()
