"""Packages that import what they export when it is first used."""

import importlib
import subprocess
import sys

import pytest

PACKAGES = ["p2pbo", "p2pbo.analysis", "p2pbo.config", "p2pbo.runner", "p2pbo.trace"]


def alone(program):
    """What a fresh process prints, in which nothing of p2pbo has been imported."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("package", PACKAGES)
def test_all_names_are_there_and_listed(package):
    module = importlib.import_module(package)
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        assert getattr(module, name) is getattr(module, name)


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nothing'"):
        importlib.import_module(package).nothing  # noqa: B018


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_none_of_its_modules(package):
    own = f"[name for name in sys.modules if name.startswith({package!r} + '.')]"
    assert set(alone(f"import sys, {package}; print(*{own})")) <= {"p2pbo.on_demand", "p2pbo.version"}


def test_a_name_imports_its_module_alone():
    imported = alone("import sys; from p2pbo.analysis import trace_labels; print(*sys.modules)")
    assert "p2pbo.analysis.labels" in imported
    assert "p2pbo.analysis.comparison" not in imported


def test_a_name_is_found_once():
    program = (
        "import p2pbo.runner as runner; runner.run; print('run' in vars(runner), 'execute' in vars(runner))"
    )
    assert alone(program) == ["True", "False"]


@pytest.mark.parametrize("package", PACKAGES[1:])
def test_no_module_hides_an_exported_name(package):
    module = importlib.import_module(package)
    for name in module.__all__:
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(f"{package}.{name}")
