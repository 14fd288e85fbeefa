"""Kernels that were delivered compiled, beside sources that nobody may write to."""

from pathlib import Path

from quantumflow.kernel import take_delivered


def delivered(folder: Path) -> Path:
    kernels = folder / "image" / "kernels-1"
    (kernels / "package").mkdir(parents=True)
    (kernels / "package" / "advance.nbi").write_bytes(b"index")
    return kernels


def test_they_are_copied_whole_where_numba_may_write(tmp_path: Path) -> None:
    cache = tmp_path / "not" / "there" / "yet" / "kernels-1"
    take_delivered(delivered(tmp_path), cache)
    assert (cache / "package" / "advance.nbi").read_bytes() == b"index"
    assert [path.name for path in cache.parent.iterdir()] == ["kernels-1"], "no half copy is left"


def test_what_was_compiled_here_stays(tmp_path: Path) -> None:
    cache = tmp_path / "kernels-1"
    cache.mkdir()
    (cache / "own.nbi").write_bytes(b"own")
    take_delivered(delivered(tmp_path), cache)
    assert [path.name for path in cache.iterdir()] == ["own.nbi"]


def test_nothing_delivered_or_no_room_is_no_error(tmp_path: Path) -> None:
    take_delivered(tmp_path / "absent", tmp_path / "kernels-1")
    (tmp_path / "file").write_bytes(b"")
    take_delivered(delivered(tmp_path), tmp_path / "file" / "kernels-1")
    assert not (tmp_path / "kernels-1").exists()
