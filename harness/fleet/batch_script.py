"""A fleet as an array of batch jobs, for sites where no scheduler of Dask's may stay."""

import shlex
from collections.abc import Sequence
from pathlib import Path


def slurm_script(words: Sequence[str], nodes: int, partition: str | None, results: Path) -> str:
    """Return a script for sbatch in which each of so many whole nodes measures into a store of its own."""
    queue = f"#SBATCH --partition={partition}\n" if partition else ""
    command = shlex.join(["harness", *words])
    place = shlex.quote(str(results))
    return f"""#!/bin/bash
#SBATCH --job-name=harness
#SBATCH --array=1-{nodes}
#SBATCH --nodes=1
#SBATCH --exclusive
#SBATCH --mem=0
{queue}#SBATCH --output=harness-%A_%a.log
# Submit it with sbatch from the project's folder. Afterwards:
#   harness merge {place}/nodes/*/ --results {place}
#   harness fleet report --results {place}
set -e
node=$(hostname)
store={place}/nodes/$node-$SLURM_ARRAY_TASK_ID
if compgen -G "$store/runs/*/*/*.parquet" > /dev/null; then
    echo "$node has measured already; remove $store to measure it again"
    exit 0
fi
{command} --machine "$node" --results "$store"
"""
