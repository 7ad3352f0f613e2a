"""NativeCode code on disk: found again, shared, bounded, private, and never trusted."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.__main__ import main
from polyad.ir import parse
from polyad.lowering.calling.signature import entry_address
from polyad.lowering.linking import engine, keys
from polyad.lowering.linking.object_cache import HEADER, ObjectCache
from polyad.lowering.native_code import NativeCode
from polyad.lowering.programs.build import codes_of
from polyad.lowering.programs.store import STORE
from polyad.lowering.runtime.modules import address_of

X, Y = np.arange(3.0), np.arange(9.0).reshape(3, 3) / 9
WANTED = np.tanh(Y @ X), np.tanh(Y @ X).sum()
KEY = hashlib.sha256(b"key").hexdigest()


@pytest.fixture(scope="module", autouse=True)
def entry_point():
    """The modules that a process compiles once, or finds, with its first function."""
    entry_address()
    address_of("programs.run")
    address_of("often.run")


@pytest.fixture
def folder(tmp_path):
    with polyad.config(cache_dir=tmp_path / "cache"):
        yield tmp_path / "cache"
    keys._cache.cache_clear()


@pytest.fixture
def compilations(monkeypatch):
    """The modules that LLVM has compiled."""
    made = []
    compile = engine.object_code
    monkeypatch.setattr(engine, "object_code", lambda text: made.append(text) or compile(text))
    return made


def function():
    return polyad.jit(lambda x, y: (pnp.tanh(y @ x), pnp.sum(pnp.tanh(y @ x)))).lower(X, Y).ir


def check(compiled):
    for found, wanted in zip(compiled(X, Y), WANTED, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-15)


def entries(folder):
    return sorted(folder.glob("*.polyad"))


def fresh():
    """A function equal to others, of which nothing is remembered, its units neither."""
    STORE.clear()
    return parse(str(function()))


def paths(folder, code):
    """The file of the program, those of the code of its units, and those that name these."""
    program = folder / f"{keys.key_of(fresh())}.polyad"
    with_code = [folder / f"{unit.key}.polyad" for unit in {*code.values()}]
    rest = [folder / f"{keys.key_of_code('unit', digest)}.polyad" for digest in code]
    return {"program": [program], "code": with_code, "unit": rest}


def codes(compiled):
    return codes_of(compiled.plan[1], compiled.settings, keys.cache())[0]


def test_code_is_made_once_and_then_found(folder, compilations):
    made = NativeCode(fresh())
    check(made)
    count = len(compilations)
    found = NativeCode(fresh())
    check(found)
    assert len(compilations) == count
    assert entries(folder)
    assert found.stages() == made.stages()
    assert found.explain() == made.explain()
    assert found.llvm_ir() == made.llvm_ir()
    assert found.assembly() == made.assembly()


def test_calls_with_other_arrays_are_prepared_or_refused_as_ever(folder):
    check(NativeCode(fresh()))
    found = NativeCode(fresh())
    np.testing.assert_allclose(found(X[::-1][::-1], np.asfortranarray(Y))[0], WANTED[0])
    with pytest.raises(polyad.errors.ShapeError, match="has shape"):
        found(X[:2], Y)


@pytest.mark.parametrize("setting", ["", None])
def test_without_a_folder_nothing_is_kept(setting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with polyad.config(cache_dir=setting):
        assert keys.cache() is None
        check(NativeCode(fresh()))
    assert not list(tmp_path.iterdir())


def settings_of_a_process(**environment):
    done = subprocess.run(
        [sys.executable, "-c", "from polyad.config import config; print(config.cache_dir)"],
        capture_output=True,
        text=True,
        check=True,
        env={k: v for k, v in {**os.environ, **environment}.items() if v is not None},
    )
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="the rules of other platforms are others")
def test_the_folder_is_given_by_the_environment_or_lies_where_the_user_keeps_caches():
    assert settings_of_a_process(POLYAD_CACHE_DIR="/a/b") == "/a/b"
    assert settings_of_a_process(POLYAD_CACHE_DIR="") == ""
    where = settings_of_a_process
    assert where(POLYAD_CACHE_DIR=None, XDG_CACHE_HOME="/c") == "/c/polyad"
    for unset in ("", "relative", None):
        found = where(POLYAD_CACHE_DIR=None, XDG_CACHE_HOME=unset, HOME="/home/someone")
        assert found == "/home/someone/.cache/polyad"


@pytest.mark.parametrize("setting", ["cache_dir", "cache_limit"])
def test_a_setting_of_another_kind_is_refused(setting):
    with pytest.raises(polyad.errors.PolyadError, match=rf"config\.{setting} is .* not 1\.5"):
        polyad.config.update(setting, 1.5)


def test_the_key_depends_on_function_settings_source_library_and_processor(monkeypatch):
    import llvmlite.binding as llvm

    first = keys.key_of(fresh())
    assert keys.key_of(fresh()) == first
    other = parse(str(function()).replace("tanh", "sin"))
    assert keys.key_of(other) != first
    for name, value in (
        ("max_while_steps", 3),
        ("fp_contract", False),
        ("reassociate_reductions", False),
    ):
        with polyad.config(**{name: value}):
            assert keys.key_of(fresh()) != first, name
    changes = [
        (llvm, "llvm_version_info", (0, 0, 0)),
        (llvm, "get_host_cpu_name", lambda: "another"),
        (keys, "sources", lambda: "another"),
        (np, "__version__", "0.0"),
    ]
    found = {first}
    for place, name, value in changes:
        keys.environment.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(place, name, value)
            found.add(keys.key_of(fresh()))
    keys.environment.cache_clear()
    assert len(found) == len(changes) + 1


def truncate(data):
    return data[: len(data) // 2]


def flip_a_bit(data):
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def pickled(data):
    return pickle.dumps(pytest.fail)


def entry_of_another_key(data):
    return data[:16] + bytes(32) + data[48:]


def unknown_symbol(data):
    listed, _, rest = data[HEADER:].partition(b"\n\n")
    body = listed + b"\n\nblas.no_such_routine\n\n" + rest[1:]
    return data[:48] + hashlib.sha256(body).digest() + body


def units_of_another_program(data):
    """Sound by its checksum, and of other digests than the key says."""
    body = bytes([data[HEADER] ^ 1]) + data[HEADER + 1 :]
    return data[:48] + hashlib.sha256(body).digest() + body


@pytest.mark.share(2)
@pytest.mark.parametrize("kind", ["program", "code"])
@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        lambda data: b"",
        flip_a_bit,
        pickled,
        entry_of_another_key,
        unknown_symbol,
        units_of_another_program,
    ],
)
def test_a_damaged_or_foreign_entry_is_made_again(kind, damage, folder, compilations):
    made = NativeCode(fresh())
    check(made)
    for path in paths(folder, codes(made))[kind]:
        good = path.read_bytes()
        path.write_bytes(damage(good))
        count = len(compilations)
        check(NativeCode(fresh()))
        assert len(compilations) == count + (kind == "code")
        assert path.read_bytes() == good
        check(NativeCode(fresh()))
        assert len(compilations) == count + (kind == "code")


def test_without_the_names_of_units_a_program_is_found_and_another_one_is_not(folder, compilations):
    made = NativeCode(fresh())
    check(made)
    for path in paths(folder, codes(made))["unit"]:
        path.write_bytes(b"")
    count = len(compilations)
    check(NativeCode(fresh()))
    assert len(compilations) == count
    paths(folder, codes(made))["program"][0].unlink()
    check(NativeCode(fresh()))
    assert len(compilations) > count


STEPS = """
import sys, numpy as np, polyad, polyad.numpy as pnp
from polyad import lax
from polyad.lowering.linking import engine
from polyad.errors import LinAlgError, WhileStepsError
made, compile = [], engine.object_code
engine.object_code = lambda text: made.append(text) or compile(text)

good, n = np.array([[4.0, 1], [1, 3]]), 20
large = np.eye(n) * 3 + np.tri(n) + np.tri(n).T
for a in (good, large):
    for f in (pnp.linalg.inv, pnp.linalg.cholesky, pnp.linalg.eigvalsh, pnp.linalg.svdvals):
        print(f.__name__, np.allclose(polyad.jit(f)(a), getattr(np.linalg, f.__name__)(a)))
for f, bad in ((pnp.linalg.inv, np.zeros), (pnp.linalg.cholesky, lambda s: -np.eye(s[0]))):
    for size in (2, n):
        try:
            polyad.jit(f)(bad((size, size)))
        except LinAlgError as error:
            print("LinAlgError", "<string>:" in str(error), error)

print("fft", np.allclose(polyad.jit(pnp.fft.fft)(good[0]), np.fft.fft(good[0])))
def own(x):
    return np.float64(x * float(sys.argv[1]))
print(polyad.jit(lambda x: polyad.pure_callback(own, x, x) + 1)(np.float64(2)))
def loud(x):
    polyad.debug.print("x is {}", x)
    return x + 1
print(polyad.jit(loud)(np.float64(1)))
polyad.config.update("max_while_steps", 3)
try:
    polyad.jit(lambda x: lax.while_loop(lambda x: x < 10, lambda x: x + 1, x))(0)
except WhileStepsError as error:
    print("WhileStepsError", "<string>:" in str(error), error)
print(len(made), file=sys.stderr)
"""


def test_code_that_calls_python_is_found_by_another_process(folder):
    """It calls what the process that found it has traced, and names its lines."""

    def run(factor):
        command = [sys.executable, "-c", STEPS, str(factor)]
        env = {**os.environ, "POLYAD_CACHE_DIR": str(folder)}
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True)

    first, second = run(2), run(3)
    assert int(first.stderr) > int(second.stderr) == 0
    assert second.stdout == first.stdout.replace("\n5.0\n", "\n7.0\n") != first.stdout
    assert "False" not in first.stdout and first.stdout.count("Error True") == 5


def test_a_program_with_an_array_that_a_rule_closes_over_is_not_kept(folder):
    scale = np.arange(1.0, 4.0)

    @polyad.custom_jvp
    def f(x):
        return x

    f.defjvp(lambda primals, tangents: (primals[0], tangents[0] * scale))
    slope = polyad.jit(polyad.grad(lambda x: pnp.sum(f(x))))
    np.testing.assert_array_equal(slope(np.ones(3)), scale)
    assert not [path for path in entries(folder) if b'"rows"' in path.read_bytes()]


def test_permissions_are_private(folder):
    before = os.umask(0)
    try:
        check(NativeCode(fresh()))
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in entries(folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_others_may_write_is_not_used(folder, compilations):
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="other users can write into it"):
        check(NativeCode(fresh()))
    assert not entries(folder)


def one_warning(run):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    assert [w.category for w in caught] == [RuntimeWarning], [str(w.message) for w in caught]
    return str(caught[0].message)


def test_a_folder_that_cannot_be_made_is_one_warning(tmp_path):
    (tmp_path / "file").write_text("")
    with polyad.config(cache_dir=tmp_path / "file" / "cache"):
        message = one_warning(lambda: [check(NativeCode(fresh())) for _ in range(3)])
    assert "polyad keeps no compiled code in" in message and "POLYAD_CACHE_DIR" in message


def test_a_full_disk_is_one_warning_and_leaves_nothing_behind(folder, monkeypatch):
    check(NativeCode(fresh()))
    kept = set(folder.iterdir())

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("polyad.lowering.linking.object_cache.Path.replace", full)

    def run():
        for n in (4, 5, 6):
            polyad.jit(lambda x: x * 2)(np.ones(n))

    assert "No space left" in one_warning(run)
    assert set(folder.iterdir()) == kept
    check(NativeCode(fresh()))


@pytest.mark.parametrize("number, text", [(30, "Read-only file system"), (5, "Input/output error")])
def test_a_disk_that_cannot_be_written_is_one_warning(folder, monkeypatch, number, text):
    """Code that lies there already is found; none is added, and results are right."""
    check(NativeCode(fresh()))
    kept = set(folder.iterdir())

    def refused(*arguments, **options):
        raise OSError(number, text)

    for name in ("mkstemp", "NamedTemporaryFile"):
        monkeypatch.setattr(f"tempfile.{name}", refused)
    for name in ("touch", "replace", "write_bytes", "unlink", "mkdir"):
        monkeypatch.setattr(f"pathlib.Path.{name}", refused)
    monkeypatch.setattr("os.utime", refused)

    def run():
        for n in (4, 5, 6):
            np.testing.assert_array_equal(polyad.jit(lambda x: x * number)(np.ones(n)), number)

    assert text in one_warning(run)
    assert set(folder.iterdir()) == kept
    check(NativeCode(fresh()))


def test_the_least_recently_used_goes_first(tmp_path):
    keys = [hashlib.sha256(bytes([i])).hexdigest() for i in range(8)]
    size = HEADER + 100
    cache = ObjectCache(str(tmp_path / "c"), 6 * size)
    for age, key in enumerate(keys[:6]):
        cache.put(key, bytes(100))
        os.utime(tmp_path / "c" / f"{key}.polyad", (age, age))
    assert cache.get(keys[0]) == bytes(100)
    cache.put(keys[6], bytes(100))
    found = [key for key in keys if cache.get(key) is not None]
    assert keys[0] in found and keys[6] in found and keys[1] not in found
    assert cache.info()["bytes"] <= cache.limit
    cache.put(keys[7], bytes(cache.limit))
    assert cache.get(keys[7]) is None


def test_short_processes_seldom_look_through_the_folder(tmp_path, monkeypatch):
    """Each cache stands for a process that keeps one entry; together they stay near the limit."""
    looked = []
    entries = ObjectCache._entries
    monkeypatch.setattr(ObjectCache, "_entries", lambda self: looked.append(1) or entries(self))
    size = HEADER + 100
    limit = 1000 * size
    for i in range(3000):
        ObjectCache(str(tmp_path), limit).put(hashlib.sha256(b"%d" % i).hexdigest(), bytes(100))
    assert 100 < len(looked) < 900
    assert ObjectCache(str(tmp_path), limit).info()["bytes"] < 1.1 * limit


def test_files_that_are_not_entries_stay(tmp_path):
    others = ["notes.txt", "x.polyad", f"{KEY}.polyad.bak", ".hidden"]
    for name in others:
        (tmp_path / name).write_text("mine")
    unfinished = [tmp_path / f"{KEY}.polyad.{i:016x}" for i in range(2)]
    for path in unfinished:
        path.write_bytes(b"half")
    os.utime(unfinished[0], (time.time() - 7200,) * 2)
    cache = ObjectCache(str(tmp_path), 10 * HEADER)
    for i in range(30):
        cache.put(hashlib.sha256(bytes([i])).hexdigest(), b"body")
    assert cache.clear() > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*others, unfinished[1].name])


PROCESS = """
import sys, numpy as np, polyad, polyad.numpy as pnp
from polyad.lowering.linking import engine
made, compile = [], engine.object_code
engine.object_code = lambda text: made.append(text) or compile(text)
for n in range(1, 9):
    x = np.linspace(0.1, 1.0, n)
    f = polyad.jit(polyad.grad(lambda x: pnp.sum(pnp.log(x) * pnp.dot(x, x))))
    assert np.allclose(f(x), x @ x / x + 2 * x * np.log(x).sum()), n
print(len(made))
"""


def processes(folder, count):
    env = {**os.environ, "POLYAD_CACHE_DIR": str(folder)}
    started = [
        subprocess.Popen([sys.executable, "-c", PROCESS], env=env, stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    outputs = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0] * count
    return [int(output) for output in outputs]


def test_processes_share_the_folder_and_find_older_code(folder):
    made = processes(folder, 3)
    assert sum(made) >= 8
    assert len(entries(folder)) == len(list(folder.iterdir())) > 2 * 8
    assert processes(folder, 1) == [0]


def test_the_command_lists_the_cache_and_removes_it(folder, capsys):
    check(NativeCode(fresh()))
    count = len(entries(folder))
    assert main(["cache", "info"]) == 0
    said = capsys.readouterr().out
    assert f"native: {count} entries" in said and str(folder) in said
    assert main(["cache", "clear"]) == 0
    assert f"native: {count} entries removed" in capsys.readouterr().out
    assert not entries(folder)
    assert main(["cache", "info"]) == 0
    assert "native: 0 entries" in capsys.readouterr().out
    with polyad.config(cache_dir=None):
        assert main(["cache", "info"]) == 0
    assert "no compiled code is kept" in capsys.readouterr().out
