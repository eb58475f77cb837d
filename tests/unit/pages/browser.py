"""A page's form as a browser would post it, unchanged."""

from html.parser import HTMLParser

from starlette.datastructures import FormData

UNCHECKED = ("checkbox", "radio")


class PostedForm(HTMLParser):
    """The successful controls (HTML, 4.10.21.4) of the page's form with this attribute, in order."""

    def __init__(self, html: str, marked: str) -> None:
        super().__init__(convert_charrefs=True)
        self.controls: list[tuple[str, str]] = []
        self._marked = marked
        self._inside = False
        self._area: str | None = None
        self._text = ""
        self._select: str | None = None
        self._multiple = False
        self._options: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form" and self._marked in given:
            self._inside = True
        elif self._inside and tag == "input":
            self._input(given)
        elif self._inside and tag == "textarea":
            self._area, self._text = given["name"], ""
        elif self._inside and tag == "select":
            self._select, self._multiple, self._options = given["name"], "multiple" in given, []
        elif self._inside and tag == "option":
            self._options.append((given["value"], "selected" in given))

    def _input(self, given):
        if given.get("type") not in UNCHECKED or "checked" in given:
            self.controls.append((given["name"], given.get("value") or ""))

    def handle_data(self, data):
        self._text += data

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area is not None:
            self.controls.append((self._area, self._text.removeprefix("\n").replace("\n", "\r\n")))
            self._area = None
        elif tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._options if selected]
            if not self._multiple:
                chosen = chosen[-1:] or [self._options[0][0]]
            self.controls += [(self._select, value) for value in chosen]
            self._select = None


def posted(html: str, marked: str = "data-edit") -> FormData:
    return FormData(PostedForm(html, marked).controls)
