import shutil
import subprocess
import sys
from pathlib import Path

READER = Path(__file__).with_name("reader_alone.py")
NEEDED_BY_RUNS = ("torch", "mpi4py", "scipy", "sklearn", "threadpoolctl")
WITHOUT = f"""
import runpy, sys
sys.modules.update(dict.fromkeys({NEEDED_BY_RUNS}))  # as if not installed
sys.argv.pop(0)
runpy.run_path(sys.argv[0])
"""


def test_reading_needs_neither_mpi_nor_torch(finished):
    folder = finished.path.parent
    shutil.copy(finished.path, folder / "again.h5")
    command = [sys.executable, "-c", WITHOUT, READER, folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "after step 20" in done.stdout
    assert '"last_step": 20' in done.stdout
    for picture in ("drawn.png", "plotted.png"):
        assert (folder / picture).read_bytes().startswith(b"\x89PNG")
