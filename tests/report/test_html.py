"""The HTML page: self-contained, escaped, with every table and figure."""

import re
from base64 import b64decode

import pytest
from relugeom.errors import FileFormatError, UnsupportedError
from relugeom.report import Figure, Section, Table, write_report
from relugeom.report.html import show


def test_page_holds_everything_and_fetches_nothing(tmp_path):
    picture = tmp_path / "a.svg"
    picture.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    page = tmp_path / "report.html"
    table = Table("Counts", ["what", "number"], [["regions", 1950], ["share", 0.25]])
    section = Section("Cells & <facets>", ["A < B."], [table], [Figure(picture, "A 'figure'")])
    write_report(page, "Title", ["Lead."], [section])
    text = page.read_text()
    assert "A &lt; B." in text
    assert "Cells &amp; &lt;facets&gt;" in text
    assert '<td class="number">1,950</td>' in text
    assert "http" not in re.sub(r'src="[^"]*"', "", text)
    (source,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', text)
    assert b64decode(source) == picture.read_bytes()
    for target in re.findall(r'href="#([^"]*)"', text):
        assert f'id="{target}"' in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (0.5, "0.5"),
        (1234.5678, "1235"),
        (20744.0, "20,744"),
        (1.23456e9, "1.235e+09"),
        (float("inf"), "\u221e"),
        (float("nan"), "\u2013"),
        (None, "\u2013"),
        (True, "True"),
        ("e^315", "e^315"),
    ],
)
def test_numbers_read_well(value, text):
    assert show(value) == text


def test_figures_must_exist_and_be_pictures(tmp_path):
    page = tmp_path / "report.html"
    with pytest.raises(FileFormatError, match="figure"):
        write_report(page, "T", [], [Section("S", figures=[Figure(tmp_path / "no.png", "")])])
    (tmp_path / "a.gif").write_bytes(b"GIF")
    with pytest.raises(UnsupportedError, match=r"\.png or \.svg"):
        write_report(page, "T", [], [Section("S", figures=[Figure(tmp_path / "a.gif", "")])])
    assert not page.exists()
