"""From specifications to codecs, and what the impossible ones are told."""

import numpy as np
import pytest
from codec_examples import SPECS

from p2pbo.compression import CODECS, Codec, codec
from p2pbo.errors import InputError

REFUSED = {
    "topk:900": "topk:900 keeps more than the 512 entries; use K ≤ 512",
    "randk:513": "randk:513 keeps more than the 512 entries; use K ≤ 512",
    "randblock:600": "randblock:600 keeps more than the 512 entries; use K ≤ 512",
    "randk": "codec randk needs a value for 'keep'",
    "randk:0": "codec randk: keep = '0' is refused; give a number of entries, such as 200, or a fraction",
    "randk:-3": "keep = '-3' is refused",
    "randk:1.5": "keep = '1.5' is refused; give a number",
    "randk:0.0": "keep = '0.0' is refused",
    "randk:nan": "keep = 'nan' is refused",
    "randk:tenth": "keep = 'tenth' is refused; give a number of entries",
    "topk:": "keep = '' is refused",
    "randc:0.1": "codec 'randc' is not known; did you mean randk?",
    "sing": "codec 'sing' is not known; did you mean sign?",
    "sign:3": "codec sign:3 takes no argument; write 'sign'",
    "none:3": "codec none:3 takes no argument; write 'none'",
    "cast": "codec cast needs a value for 'to'",
    "cast:f8": "codec cast: to = 'f8' is refused; input should be 'f32', 'f16' or 'bf16'",
    "qsgd:0": "codec qsgd: levels = '0' is refused",
    "qsgd:40000": "codec qsgd: levels = '40000' is refused",
    "qsgd:two": "codec qsgd: levels = 'two' is refused",
    "msc": "codec msc needs a value",
    "msc:3": "msc:3 does not name rounds and a codec; write R:CODEC, such as msc:3:randk:0.1",
    "msc:randk:0.1": "msc:randk:0.1 does not name rounds and a codec",
    "msc:0:randk:0.1": "msc:0:randk:0.1 does not name rounds and a codec",
    "msc:3:topk:5": "msc:3:topk:5 needs E C(v) = v, and topk:5 is biased; use an unbiased one, such as randk",
    "msc:3:sign": "msc:3:sign needs E C(v) = v, and sign is biased",
    "msc:3:randk:900": "randk:900 keeps more than the 512 entries",
}


@pytest.mark.parametrize("spec", REFUSED)
def test_impossible_specifications_are_told_why(spec):
    with pytest.raises(InputError) as refusal:
        codec(spec, 512)
    assert REFUSED[spec] in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("spec", "dim", "K"),
    [
        ("randk:0.1", 512, 51),
        ("randk:1e-1", 512, 51),
        ("randk:0.29", 100, 29),
        ("randk:0.001", 512, 1),
        ("randk:1", 512, 1),
        ("randk:1.0", 512, 512),
        ("randblock:512", 512, 512),
        ("topk:.5", 9, 4),
    ],
)
def test_a_whole_number_counts_entries_and_a_fraction_is_of_the_row(spec, dim, K):
    assert codec(spec, dim).kept == K


def test_settings_by_name():
    assert CODECS.make("randk", 100, np.dtype("float64"), keep=0.25).entries == 25
    assert CODECS.make("randk", 100, np.dtype("float64"), keep=25).entries == 25
    assert CODECS.make("qsgd:4", 1024, np.dtype("float32"), bucket=128).wire_bytes == 8 * 4 + 512


@pytest.mark.parametrize("spec", SPECS)
def test_a_codec_knows_what_it_was_planned_for(spec):
    made = codec(spec, 77, np.float32)
    assert isinstance(made, Codec)
    assert (made.dim, made.dtype) == (77, np.dtype("float32"))
    assert isinstance(made.wire_bytes, int)
    assert codec(spec, 77).dtype == np.dtype("float64")


def test_rows_that_no_codec_can_take():
    with pytest.raises(InputError, match="codec sign cannot take rows of 0 entries"):
        codec("sign", 0)
    with pytest.raises(InputError, match="codec sign cannot take rows of int32; use float64 or float32"):
        codec("sign", 3, np.int32)


@pytest.mark.parametrize("name", list(CODECS))
def test_every_entry_says_what_it_is(name):
    assert CODECS[name].summary
