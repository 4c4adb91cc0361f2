"""XML as a plain tree of elements that know their line, read without trusting the file.

Document types, entities and external references are refused (they can name other files or grow
without bound). Not here: what the elements mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl, Locator

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.sax import make_parser  # type: ignore[import-untyped]

from reopen.errors import UnreadableFile, Where

DEEPEST = 40


@dataclass(slots=True)
class Element:
    """One element: its name without namespace, where it starts, and what is in it."""

    name: str
    namespace: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[Element]:
        """Children of this name, in order."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        return next(self.all(name), None)

    def text_of(self, name: str) -> str:
        """Text of the first child of this name, stripped; empty where there is none."""
        child = self.first(name)
        return child.text.strip() if child else ""


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 (name set by SAX)
        self._locator = locator

    @property
    def line(self) -> int:
        return (self._locator.getLineNumber() if self._locator else None) or 1

    def startElementNS(  # noqa: N802
        self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        attributes = {key[1]: value for key, value in attrs.items()}
        element = Element(name[1], name[0] or "", self.line, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])
        if len(self._open) > DEEPEST:
            raise SAXException(f"elements nested more than {DEEPEST} deep")

    def characters(self, content: str) -> None:
        self._texts[-1].append(content)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802
        self._open.pop().text = "".join(self._texts.pop())


def read_xml(file: str, data: bytes) -> Element:
    """The root element of an XML file. Raises UnreadableFile, with the line, where it is broken."""
    builder = _Builder()
    try:
        parser = make_parser()
        parser.forbid_dtd = True
        parser.setFeature(feature_namespaces, True)
        parser.setContentHandler(builder)
        parser.parse(BytesIO(data))
    except DefusedXmlException as error:
        raise UnreadableFile(
            "The file declares a document type or entities.",
            rule="Such declarations can hide other files' content, so none is read.",
            way_on="Take the declaration (<!DOCTYPE ...>) out, or export the file again.",
            where=Where(file, builder.line),
        ) from error
    except SAXParseException as error:
        raise broken_xml(file, error.getMessage(), error.getLineNumber() or None) from error
    except (SAXException, ValueError, LookupError) as error:
        raise broken_xml(file, str(error), builder.line) from error
    if builder.root is None:
        raise broken_xml(file, "no element found", None)
    return builder.root


def broken_xml(file: str, reason: str, line: int | None) -> UnreadableFile:
    """The refusal of a file that is not XML, told where it ceases to be."""
    return UnreadableFile(
        f"The XML is broken: {reason}.",
        rule="An XML file is read whole or not at all.",
        way_on="Export the file again; a broken end often means a transfer that was cut off.",
        where=Where(file, line),
    )


def looks_like(head: bytes, root: str) -> bool:
    """Whether the first bytes of a file are XML whose root element has this name."""
    text = head.replace(b"\0", b"")
    start = text.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<") and root.encode() in text
