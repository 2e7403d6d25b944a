using HilBench.Cli.Output;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench kernel-trace</c>: golden traces of real kernels.</summary>
internal sealed class KernelTraceCommand : BenchCommand
{
    public KernelTraceCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "kernel-trace",
            "Compares the modelled kernel with golden traces of real kernels.",
            "hilbench kernel-trace check tests/kernel-traces") =>
        Add(new KernelTraceCheckCommand(terminal, cancel));
}
