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
