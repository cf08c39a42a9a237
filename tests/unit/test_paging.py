"""Pages of a list and days typed in three boxes."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from civic.web.fields import DayPartsField
from civic.web.paging import build_pager


def pager_of(total: int, number: int):
    return build_pager(total, number, per_page=20, url_of=lambda page: f"?pagina={page}")


class Birth(Form):
    born_on = DayPartsField("Day")


def typed(*values: str) -> Birth:
    return Birth(MultiDict([("born_on", value) for value in values]))


class TestPager:
    def test_an_empty_list_has_one_page_and_no_neighbours(self):
        page = pager_of(0, 1)
        assert (page.page_count, page.first, page.last, page.previous_url, page.next_url) == (1, 0, 0, None, None)

    def test_the_last_page_ends_where_the_list_ends(self):
        page = pager_of(45, 3)
        assert (page.first, page.last, page.next_url) == (41, 45, None)

    def test_a_number_beyond_the_end_shows_the_last_page(self):
        assert pager_of(45, 99).number == 3

    def test_far_pages_are_joined_by_a_gap(self):
        links = pager_of(180, 5).links
        assert [link.number if link.url else "gap" for link in links] == [1, "gap", 4, 5, 6, "gap", 9]


class TestDayParts:
    def test_three_boxes_make_a_day(self):
        assert typed("26", "11", "2010").born_on.data == date(2010, 11, 26)

    def test_one_written_day_is_understood(self):
        assert typed("2010-11-26").born_on.data == date(2010, 11, 26)

    @pytest.mark.parametrize("parts", [("31", "2", "2010"), ("26", "11", "10"), ("x", "11", "2010"), ("26", "", "2010")])
    def test_an_impossible_day_is_refused_and_kept_as_typed(self, parts):
        form = typed(*parts)
        assert not form.validate()
        assert form.born_on.parts == parts

    def test_nothing_typed_is_no_day(self):
        form = typed("", "", "")
        assert form.validate()
        assert form.born_on.data is None
