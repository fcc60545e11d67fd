from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegate.frames import MAX_FRAME, MAX_READ, MAX_WRITE, FrameError, Function, Request, parse, refusal

READ = Request(transaction=7, unit=1, function=Function.READ_HOLDING, address=100, count=2)
WORD = st.integers(0, 0xFFFF)


@st.composite
def requests(draw):
    function = draw(st.sampled_from(Function))
    most = {Function.WRITE_ONE: 1, Function.WRITE_MANY: MAX_WRITE}.get(function, MAX_READ)
    count = draw(st.integers(1, most))
    values = tuple(draw(st.lists(WORD, min_size=count, max_size=count))) if function.writes else ()
    return Request(
        transaction=draw(WORD),
        unit=draw(st.integers(0, 255)),
        function=function,
        address=draw(st.integers(0, 0x10000 - count)),
        count=count,
        values=values,
    )


@given(requests())
def test_every_request_survives_the_wire(request_):
    assert parse(request_.encode()) == request_


@settings(max_examples=2000)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_request_or_a_frame_error(frame):
    with contextlib.suppress(FrameError):
        assert parse(frame).encode() == frame


@settings(max_examples=2000)
@given(requests(), st.data())
def test_a_damaged_frame_never_gives_another_exception(request_, data):
    frame = bytearray(request_.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame)))
    for damaged in (bytes(frame), bytes(frame[:cut])):
        with contextlib.suppress(FrameError):
            assert parse(damaged).encode() == damaged


@pytest.mark.parametrize("extra", [b"\x00", b"\x00" * 8], ids=["one", "eight"])
def test_a_byte_too_many_is_refused(extra):
    with pytest.raises(FrameError, match="length"):
        parse(READ.encode() + extra)


def test_a_frame_cut_short_is_refused():
    with pytest.raises(FrameError):
        parse(READ.encode()[:-1])


def test_a_frame_longer_than_the_protocol_allows_is_refused():
    with pytest.raises(FrameError, match="bytes"):
        parse(b"\x00" * (MAX_FRAME + 1))


@pytest.mark.parametrize("function", [0, 1, 2, 5, 8, 15, 17, 22, 23, 43, 90, 128, 255])
def test_a_function_we_do_not_serve_is_refused(function):
    frame = bytearray(READ.encode())
    frame[7] = function
    with pytest.raises(FrameError, match="function"):
        parse(bytes(frame))


def test_another_protocol_is_refused():
    frame = bytearray(READ.encode())
    frame[3] = 1
    with pytest.raises(FrameError, match="protocol"):
        parse(bytes(frame))


@pytest.mark.parametrize("count", [0, MAX_READ + 1, 0xFFFF])
def test_a_count_the_protocol_does_not_allow_is_refused(count):
    frame = READ.encode()[:-2] + struct.pack(">H", count)
    with pytest.raises(FrameError, match="at once"):
        parse(frame)


def test_registers_beyond_the_last_one_are_refused():
    frame = READ.encode()[:-4] + struct.pack(">HH", 0xFFFF, 2)
    with pytest.raises(FrameError, match="beyond"):
        parse(frame)


def test_a_write_whose_lengths_differ_is_refused():
    write = Request(transaction=1, unit=1, function=Function.WRITE_MANY, address=0, count=2, values=(1, 2))
    frame = bytearray(write.encode())
    frame[11] = 3
    with pytest.raises(FrameError, match="differ"):
        parse(bytes(frame))


@given(st.binary(max_size=300))
def test_a_refusal_can_be_made_for_any_bytes(frame):
    answer = refusal(frame)
    assert len(answer) == 9
    assert answer[7] & 0x80
