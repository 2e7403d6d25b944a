using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Loads and stores.</summary>
internal static class AccessSteps
{
    public static void AddTo(StepTable table)
    {
        table.Add("read", (machine, step) => Access(machine.MmOf(step), machine, step, isWrite: false));
        table.Add("write", (machine, step) => Access(machine.MmOf(step), machine, step, isWrite: true));
        table.Add("remote_write", (machine, step) => StepOutcome.Of(
            machine.Process("child").WriteRemote(machine.AddressOf(step), ByteOf(step)).RunToEnd()));
        table.Add("memwrite", (machine, step) => StepOutcome.Of(
            machine.MmOf(step).WriteForced(machine.AddressOf(step), ByteOf(step)).RunToEnd()));
    }

    private static byte[] ByteOf(TraceStep step) => [(byte)step.Number("value")];

    /// <summary>The first byte of each page of the range is loaded or stored, until one faults.</summary>
    private static StepOutcome Access(AddressSpace mm, TraceMachine machine, TraceStep step, bool isWrite)
    {
        var start = machine.AddressOf(step);
        var value = new[] { (byte)step.Number("value", 0) };
        CpuOperation last;
        var offset = 0UL;
        do
        {
            last = (isWrite ? mm.Write(start.Add(offset), value) : mm.Read(start.Add(offset), 1)).RunToEnd();
            offset += 4096;
        }
        while (last.Signal == Signal.None && offset < step.Number("length", 1));

        var outcome = StepOutcome.Of(last);
        return isWrite || outcome.Signal is not null ? outcome : outcome with { Value = last.Bytes.Span[0] };
    }
}
