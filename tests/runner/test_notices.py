"""What may not have been meant is said once, however many ranks read the same data."""


def test_a_notice_on_the_data_is_shown_once(either_build, tmp_path):
    (tmp_path / "train").write_text("0 1:1\n1 1:2\n" * 9)
    (tmp_path / "test").write_text("0 1:1\n1 1:2\n2 1:3\n")
    data = [f"--data=libsvm:{tmp_path}/train", f"--set=data.test={tmp_path}/test"]
    run = [
        "--nodes=3",
        "--topology=complete",
        "--steps=1",
        "--set=algorithm.batch=2",
        "--exact=off",
        "--quiet",
    ]
    finished = either_build.start(3, "-W", "default", "-m", "p2pbo", "run", *data, *run)
    assert finished.code == 0, finished.err
    (line,) = finished.own_lines
    assert line.startswith("p2pbo: warning: ")
    assert "train lacks the labels 2 of" in line
