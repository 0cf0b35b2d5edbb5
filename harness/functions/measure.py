"""Measure functions of one's own: `harness.measure`."""

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.functions.contest import contest
from harness.model import EVERY

if TYPE_CHECKING:
    from harness.functions.result import Result

DEFAULT_SECONDS = 60.0
"""That a measurement may take."""
MARGIN = 0.05
"""As `harness.answers.verdict` has it, which is loaded later."""


def measure(  # noqa: PLR0913 - an option each
    function: Callable[..., object] | str | None = None,
    /,
    *,
    on: str | Iterable[str] | None = None,
    inputs: Callable[..., object] | str | None = None,
    sizes: str | int | Iterable[int | str] | None = None,
    dtype: str | None = None,
    seconds: float = DEFAULT_SECONDS,
    check: Callable[..., object] | str | bool = "reference",
    fresh: bool = False,
    grad: bool = False,
    setup: str = "",
    work: tuple[Callable[[int], float] | str | None, Callable[[int], float] | str | None] | None = None,
    margin: float = MARGIN,
    name: str | None = None,
    save: str | Path | None = None,
    **spellings: Callable[..., object] | str,
) -> "Result":
    """
    Measure functions against one another, on NumPy, Torch and what else there is.

    Parameters
    ----------
    function : callable or str, optional
        What runs on every backend. If its first parameter is called ``xp`` it is given the array namespace
        of the backend; the others are its operands. A text, such as ``"xp.sqrt(xp.sum(x * x))"``, is timed as
        it stands; its names that are no library's are its operands. A ``torch.nn.Module`` is Torch's own
        spelling, and comes to each device and the dtype of the operands, in training or evaluation as it is.
    on : str or iterable of str, optional
        Backends, such as ``"numpy, torch-cpu"``; default all that exist here and the spellings are for.
    inputs : callable or str, optional
        Given a size n and a `numpy.random.Generator`, returns the operands: one, or a tuple of them, each a
        NumPy array of any shape and dtype, a number, or a tuple, list or dict of these. A text is an
        expression of ``n``, ``rng`` and ``np``. Each backend gets copies, which keep the order of axes and
        close gaps. Default a standard normal vector of n elements for each operand.
    sizes : str, int or iterable, optional
        ``"1k:16M"`` (k and M are decimal, Ki and Mi binary) or a list of any numbers; default from 16 on as
        far as the time allows. A range gets more sizes where curves cross, a list does not.
    dtype : str, optional
        Of floating-point operands; default float32, and with `inputs` what these are.
    seconds : float
        What all of it may take.
    check : "reference", callable, str or False
        Whether results are held against those in double precision, by 4 times NumPy's own error, or by a
        function of a result and that one that returns whether it is right, perhaps as an expression of
        ``result`` and ``expected``; False is said in every output.
    fresh : bool
        Whether every call gets copies of its operands, made outside the clock, since it changes them.
    grad : bool
        Whether it is the gradient that is measured, by the operands of floating-point numbers and a module's
        parameters, with Torch and JAX: the forward pass, the backward pass and both. It is held against
        that in double precision, and that against finite differences.
    setup : str
        Statements that are run once and not timed, for spellings that are texts.
    work : pair of callable or str, optional
        The floating-point operations and the bytes that a call needs at least, as functions or expressions
        of ``n``; either may be None.
    margin : float
        Relative difference that is none in practice; see `harness.speedup`.
    name : str, optional
        What to call it; default the function's name.
    save : str or Path, optional
        A results folder that is to keep it, or its address; default none.
    **spellings : callable or str
        Under a library's name (``numpy=``, ``torch=``, ``jax=``) that library's spelling; under any other
        name a rival, which is measured on each of the backends.

    Returns
    -------
    Result
        Its speedups, crossovers, frame and plot; shown as an answer in a notebook. With `grad` that of the
        forward and backward pass, which has the others by their names, as in ``result["backward"]``.

    Raises
    ------
    UsageError
        If an argument cannot be meant.
    UnknownNameError
        If there is no such backend.
    MeasureError
        If nothing could be measured.

    Examples
    --------
    >>> import harness
    >>> result = harness.measure("xp.sin(x)", on="numpy, torch-cpu", sizes=[64, 4096], seconds=20)
    >>> print(result)  # doctest: +SKIP
    torch-cpu: slower than numpy at every size, 0.2 to 0.6 times as fast
    """
    from harness.spellings.contenders import op_of

    given = {**({} if function is None else {EVERY: function}), **spellings}
    op = op_of(
        given,
        name=name,
        inputs=inputs,
        sizes=sizes,
        dtype=dtype,
        check=check,
        fresh=fresh,
        setup=setup,
        work=work,
    )
    _tell_of_captures(given.values())
    # All is imported before anything is shown: an import that is interrupted leaves modules in pieces.
    from harness.functions.kept import keep
    from harness.functions.outcome import measured
    from harness.functions.progress import progress
    from harness.store.address import place_of
    from harness.store.files import check_address

    if save is not None:
        check_address(place_of(save))
    with progress() as tell:
        result = measured(contest(op, on, seconds, grad=grad), tell, margin)
    if save is not None:
        keep(result, save)
    return result


def _tell_of_captures(functions: Iterable[object]) -> None:
    """Warn of large things that functions take along to every process."""
    from harness.spellings.carrier import LARGE, largest
    from harness.units import byte_count

    for function in functions:
        if names := largest(function):
            warnings.warn(
                f"{getattr(function, '__name__', function)} captures {', '.join(names)}, each more than "
                f"{byte_count(LARGE)}, which is sent to every process; make it in inputs=",
                stacklevel=3,
            )
