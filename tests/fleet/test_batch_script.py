"""The script for a batch system: what it says, and that it runs."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from harness.fleet.batch_script import slurm_script

GOLDEN = """#!/bin/bash
#SBATCH --job-name=harness
#SBATCH --array=1-8
#SBATCH --nodes=1
#SBATCH --exclusive
#SBATCH --mem=0
#SBATCH --partition=gpu
#SBATCH --output=harness-%A_%a.log
"""


def test_each_node_is_a_whole_one_of_an_array() -> None:
    script = slurm_script(["run", "--quick"], 8, "gpu", Path("results"))
    assert script.startswith(GOLDEN)
    assert 'harness run --quick --machine "$node" --results "$store"' in script
    assert "--partition" not in slurm_script(["run"], 1, None, Path("results"))


@pytest.mark.slow
def test_it_measures_once_per_node_into_a_store_of_its_own(tmp_path: Path) -> None:
    command = tmp_path / "harness"
    run = '"${@: -1}/runs/node/one"'
    command.write_text(
        f'#!/bin/bash\necho "$@" >> said\nmkdir -p {run}\n'
        f"[ -e killed ] && kill -9 $$\ntouch {run}/cells.parquet\n"
    )
    command.chmod(0o755)
    script = tmp_path / "job.sh"
    script.write_text(slurm_script(["measure", "xp.sin(x) * 2"], 2, None, Path("my results")))
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_ARRAY_TASK_ID": "2"}
    killed = tmp_path / "killed"
    killed.touch()
    for _ in range(3):  # killed, measured, and there already
        done = subprocess.run(
            ["/bin/bash", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        killed.unlink(missing_ok=True)
    node = socket.gethostname()
    said, again = (tmp_path / "said").read_text().splitlines()
    assert said == again == f"measure xp.sin(x) * 2 --machine {node} --results my results/nodes/{node}-2"
    assert f"{node} has measured already" in done.stdout
