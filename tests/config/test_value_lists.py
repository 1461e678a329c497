"""Lists of values as people write them, and values in file names."""

import pytest

from p2pbo import InputError
from p2pbo.config.value_lists import as_text, expand_ranges, in_file_name, parse_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("ring", ["ring"]),
        ("ring,torus,er:0.3", ["ring", "torus", "er:0.3"]),
        (" ring , torus ", ["ring", "torus"]),
        ("0:5", [0, 1, 2, 3, 4]),
        ("0:2,7", [0, 1, 7]),
        ("-1:1", [-1, 0]),
        ("0.1,1e-3,5", [0.1, 1e-3, 5]),
        ("true,all", [True, "all"]),
        ("none,x=randk:2000,y=randk:200", ["none", "x=randk:2000,y=randk:200"]),
        ("x=a,y=b,z=c,x=d,y=e,sign", ["x=a,y=b,z=c", "x=d,y=e", "sign"]),
        ("randk:0.1,y=none", ["randk:0.1,y=none"]),
        ("[1,2],[3]", [[1, 2], [3]]),
        ("{name='a',y='b'},c", [{"name": "a", "y": "b"}, "c"]),
        ("'a,b',c", ["a,b", "c"]),
    ],
)
def test_a_comma_starts_a_new_value_but_within_one(text, values):
    assert parse_values("--flag", text) == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "--seed '' has an empty value; write VALUE,VALUE"),
        ("1,,2", "--seed '1,,2' has an empty value"),
        ("1,", "has an empty value"),
        ("0:0", "--seed 0:0 holds no number; write 0:5 for 0, 1, 2, 3, 4"),
        ("5:0", "--seed 5:0 holds no number"),
    ],
)
def test_empty_lists_are_refused(text, said):
    with pytest.raises(InputError, match=said):
        parse_values("--seed", text)


def test_an_empty_toml_list_is_refused():
    with pytest.raises(InputError, match="seed has no values; give one or more"):
        expand_ranges("seed", [])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("randk:0.1", "randk-0.1"),
        (0.1, "0.1"),
        (1e-9, "1e-09"),
        (True, "true"),
        ("x=randk:2000,y=randk:200", "x=randk-2000,y=randk-200"),
        ({"name": "gossip", "y": "ed"}, "gossip,y=ed"),
    ],
)
def test_values_in_file_names_are_readable(value, text):
    assert in_file_name(as_text(value)) == text


def test_what_is_changed_in_a_file_name_has_a_digest():
    unsafe = [in_file_name(text) for text in ("a/b", "a b", "a\nb", "a*b", "ä", "a" * 41, "a" * 42)]
    assert len(set(unsafe)) == len(unsafe)
    assert all(name.isascii() and "~" in name and len(name) <= 47 and "/" not in name for name in unsafe)
