import sys

import pytest

from deploy.local import bootstrap


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project with one lock file of three packages."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "runtime.txt").write_text(
        "one==1\n    --hash=x\ntwo==2\n# via one\nthree==3\n"
    )
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", tmp_path / "requirements")
    return tmp_path


def installed(project):
    """As if this lock file had been installed."""
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to(sys.executable)
    bootstrap.stamp("runtime").write_text(bootstrap.lock_hash("runtime"))


def test_a_new_project_has_nothing_installed(project):
    assert not bootstrap.is_installed("runtime")


def test_a_second_run_does_nothing(project, monkeypatch):
    installed(project)
    monkeypatch.setattr(bootstrap, "install", lambda name: pytest.fail("installed again"))

    bootstrap.bootstrap("runtime")


def test_a_changed_lock_file_is_installed_anew(project):
    installed(project)
    with (project / "requirements" / "runtime.txt").open("a") as lock:
        lock.write("four==4\n")

    assert not bootstrap.is_installed("runtime")


def test_an_environment_without_its_python_is_made_anew(project):
    installed(project)
    (project / ".venv" / "bin" / "python").unlink()

    assert not bootstrap.is_installed("runtime")


def test_without_a_new_enough_python_one_sentence_says_what_to_do(project, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "OLDEST", (4, 0))

    assert bootstrap.main(["runtime"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "Python 3.11 or newer was not found: install it" in said[0]


def test_without_venv_and_without_root_one_sentence_says_what_to_do(project, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "probe", lambda python, code: "sys.exit" in code)
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert bootstrap.main(["runtime"]) == 1
    assert "run 'apt-get install python3." in capsys.readouterr().err


def test_progress_is_a_line_for_every_25_packages(capsys):
    lines = [
        "Looking in links: /x\n",
        *(f"Collecting package-{n}\n" for n in range(60)),
        "Installing collected packages: a\n",
    ]
    bootstrap.show_progress(lines, 60)

    assert capsys.readouterr().out.splitlines() == [
        "[setup]   25 of 60",
        "[setup]   50 of 60",
        "[setup]   downloaded; unpacking",
    ]


@pytest.mark.parametrize("name", ["runtime", "test"])
def test_lock_files_name_no_package_index(name):
    options = [
        line
        for line in (bootstrap.REQUIREMENTS / f"{name}.txt").read_text().splitlines()
        if line.startswith("-")
    ]

    assert options == []
