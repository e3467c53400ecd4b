"""Names for prepared recordings and clips."""

from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.data.prepare.naming import clip_name, distinct_names, offset_decimals, portable


def test_letters_and_spaces_stay() -> None:
    assert portable("Škoda 120 żółta/bieg jałowy") == "Škoda 120 żółta__bieg jałowy"


def test_what_other_systems_forbid_goes() -> None:
    assert portable('a:b*c?"d|e') == "a_b_c__d_e"
    assert portable("..hidden") == "_hidden"
    assert portable("trailing. ") == "trailing"
    assert portable("CON") == "_CON"
    assert portable("") == "_"


def test_long_names_are_shortened_and_stay_apart() -> None:
    one, two = portable("ż" * 200 + "1"), portable("ż" * 200 + "2")
    assert len(one.encode()) < 140
    assert one != two


def test_collisions_are_told_apart() -> None:
    names = ["a.wav", "a.flac", "a", "b.wav", "c/d.wav", "c__d.wav", "E.wav", "e.wav"]
    found = distinct_names(names, [True, True, False, True, True, True, True, True])
    assert found[:4] == ["a_wav", "a_flac", "a", "b"]
    assert len({name.casefold() for name in found}) == len(names)


@settings(deadline=None)
@given(st.lists(st.text("abAB./_ ż", min_size=1, max_size=6), unique=True), st.data())
def test_names_are_always_distinct_and_visible(names: list[str], data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names)))
    found = distinct_names(names, kinds)
    assert len({name.casefold() for name in found}) == len(names)
    assert all(name and not name.startswith(".") and "/" not in name for name in found)


def test_clip_names_sort_by_time() -> None:
    assert clip_name("a", 12.5, 3) == "a_00012.500.wav"
    assert sorted([clip_name("a", 100, 3), clip_name("a", 20, 3)])[0] == clip_name("a", 20, 3)
    assert offset_decimals(2.0) == 3
    assert offset_decimals(0.0005) == 6
