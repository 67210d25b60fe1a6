"""`python -m martlet script.py ARGS` runs an unmodified NumPy script."""

import subprocess
import sys

from subject import needs_martlet

pytestmark = needs_martlet


def run(tmp_path, source: str, *arguments: str, check: bool = True):
    script = tmp_path / "script.py"
    script.write_text(source)
    command = [sys.executable, "-m", "martlet", str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=check)


def test_numpy_means_martlet_in_the_script(tmp_path):
    source = (
        "import numpy as np\n"
        "import numpy\n"
        "from numpy import ones\n"
        "import numpy.linalg as la\n"
        "print(type(ones(2)).__module__.split('.')[0], type(np.zeros(1)) is type(ones(1)))\n"
        "print(la.norm(np.ones(4)), numpy.sum([1, 2]))\n"
    )
    assert run(tmp_path, source).stdout.splitlines() == ["martlet True", "2.0 3"]


KIND = "import numpy\nkind = type(numpy.ones(1)).__module__.split('.')[0]\n"


def test_modules_beside_the_script_are_its_own(tmp_path):
    (tmp_path / "helper.py").write_text(KIND)
    assert run(tmp_path, "import helper\nprint(helper.kind)\n").stdout.strip() == "martlet"


def test_libraries_keep_numpy(tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    (library / "elsewhere.py").write_text(KIND)
    (tmp_path / "script").mkdir()
    source = (
        f"import sys\nsys.path.append({str(library)!r})\nimport elsewhere\nprint(elsewhere.kind)\n"
    )
    assert run(tmp_path / "script", source).stdout.strip() == "numpy"


def test_arguments_name_and_file(tmp_path):
    source = "import sys\nprint(sys.argv[1:], __name__, __file__.endswith('script.py'))\n"
    shown = run(tmp_path, source, "one", "--two").stdout.strip()
    assert shown == "['one', '--two'] __main__ True"


def test_exit_code_and_traceback(tmp_path):
    done = run(tmp_path, "import sys\nsys.exit(7)\n", check=False)
    assert done.returncode == 7
    done = run(tmp_path, "import numpy as np\nnp.ones(2).reshape(3)\n", check=False)
    assert done.returncode == 1
    assert "script.py" in done.stderr
    assert "ValueError" in done.stderr


def test_a_script_that_is_not_there(tmp_path):
    command = [sys.executable, "-m", "martlet", str(tmp_path / "nothing.py")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "nothing.py" in done.stderr


def test_other_ways_to_import(tmp_path):
    source = (
        "import importlib\n"
        "from importlib import import_module\n"
        "a = importlib.import_module('numpy').ones(2)\n"
        "b = __import__('numpy').ones(2)\n"
        "c = import_module('numpy.linalg').inv([[2.0]])\n"
        "from numpy.linalg import inv\n"
        "d = inv([[2.0]])\n"
        "import numpy.random as random\n"
        "e = random.default_rng(1).random(2)\n"
        "names = {}\n"
        "exec('import numpy\\nf = numpy.ones(2)', names)\n"
        "def late():\n"
        "    from numpy import fft\n"
        "    return fft.fft([1.0])\n"
        "print({type(x).__module__ for x in (a, b, c, d, e, names['f'], late())})\n"
    )
    assert run(tmp_path, source).stdout.strip() == "{'martlet.numpy'}"


def test_in_another_folder(tmp_path):
    (tmp_path / "script.py").write_text(
        "import os\nos.chdir('/')\nimport numpy\nprint(type(numpy.ones(1)).__module__)\n"
    )
    command = [sys.executable, "-m", "martlet", "script.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "martlet.numpy"


def test_libraries_keep_numpy_however_they_import_it(tmp_path):
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "installed.py").write_text(
        "import importlib, numpy\n"
        "def kinds():\n"
        "    from numpy import ones\n"
        "    found = [numpy.ones(1), ones(1), importlib.import_module('numpy').ones(1)]\n"
        "    return {type(x).__module__ for x in [*found, __import__('numpy').ones(1)]}\n"
    )
    source = (
        f"import sys\nsys.path.append({str(library)!r})\nimport installed\n"
        "print(installed.kinds())\n"
    )
    assert run(tmp_path, source).stdout.strip() == "{'numpy'}"


TESTS = """
import numpy as np
import pytest
from numpy.testing import assert_allclose

import beside


@pytest.fixture
def array():
    return np.arange(3.0)


def test_kind(array, shared):
    assert type(array).__module__ == "martlet.numpy"
    assert type(shared).__module__ == "martlet.numpy"
    assert beside.kind == "martlet"
    assert array.sum() == pytest.approx(3)
    assert_allclose(array * 2, [0, 2, 4])


def test_failing(array):
    assert array.sum() == 4
"""


def run_pytest(folder, *arguments):
    command = [sys.executable, "-m", "martlet", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True)


def test_pytest_runs_the_program_on_martlet(tmp_path):
    (tmp_path / "beside.py").write_text(KIND)
    (tmp_path / "conftest.py").write_text(
        "import numpy\nimport pytest\n\n\n@pytest.fixture\ndef shared():\n"
        "    return numpy.ones(2)\n"
    )
    (tmp_path / "test_it.py").write_text(TESTS)
    done = run_pytest(tmp_path)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "where" in done.stdout  # Its assertions are still rewritten.
    elsewhere = tmp_path.parent
    named = run_pytest(elsewhere, f"{tmp_path / 'test_it.py'}::test_kind")
    assert "1 passed" in named.stdout, named.stdout + named.stderr


def test_unittest_and_own_modules(tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import unittest\nimport numpy as np\n\n\nclass Own(unittest.TestCase):\n"
        "    def test_kind(self):\n"
        "        self.assertEqual(type(np.ones(1)).__module__, 'martlet.numpy')\n"
    )
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(KIND + "print(kind)\n")
    command = [sys.executable, "-m", "martlet", "-m"]
    for module, expected in (("unittest", "OK"), ("package", "martlet")):
        done = subprocess.run([*command, module], cwd=tmp_path, capture_output=True, text=True)
        assert expected in done.stdout + done.stderr
