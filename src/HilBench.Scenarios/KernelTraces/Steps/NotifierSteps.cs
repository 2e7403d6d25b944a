using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that begin and end listening.</summary>
internal static class NotifierSteps
{
    private const NotifierCallbacks Ranges =
        NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd
        | NotifierCallbacks.ChangePte | NotifierCallbacks.Young | NotifierCallbacks.Release;

    public static void AddTo(StepTable table)
    {
        table.Add("register", Register);
        table.Add("unregister", Unregister);
        table.Add("interval_add", AddInterval);
        table.Add("interval_del", RemoveInterval);
    }

    private static StepOutcome Register(TraceMachine machine, TraceStep step)
    {
        var isMixed = !machine.Kernel.Profile.RefusesMixedClients;
        var tlb = step.Text("variant") == "norange" ? 0 : NotifierCallbacks.InvalidateSecondaryTlb;
        var clients = new List<INotifierClient> { Recorder(machine, step, Ranges | (isMixed ? tlb : 0)) };
        if (!isMixed && tlb != 0)
        {
            clients.Add(Recorder(machine, step, tlb));
        }

        foreach (var client in clients)
        {
            machine.MmOf(step).Register(client).RunToEnd();
        }

        machine.Clients[step.Process] = clients;
        return StepOutcome.Ok;
    }

    private static StepOutcome Unregister(TraceMachine machine, TraceStep step)
    {
        machine.Clients.Remove(step.Process, out var clients);
        foreach (var client in clients ?? [])
        {
            machine.MmOf(step).Unregister(client).RunToEnd();
        }

        return StepOutcome.Ok;
    }

    private static StepOutcome AddInterval(TraceMachine machine, TraceStep step)
    {
        var index = (int)step.Number("index");
        var recorder = new TraceIntervalRecorder(Recorder(machine, step, NotifierCallbacks.None), index);
        machine.Intervals[(step.Process, index)] =
            machine.MmOf(step).Notifiers.Intervals.Insert(recorder, machine.RangeOf(step));
        return StepOutcome.Ok;
    }

    private static StepOutcome RemoveInterval(TraceMachine machine, TraceStep step)
    {
        if (!machine.Intervals.Remove((step.Process, (int)step.Number("index")), out var interval))
        {
            throw new FormatException($"there is no interval {step.Number("index")}");
        }

        // Nothing runs beside the step that the removal would have to wait for.
        Invariant.Holds(!machine.MmOf(step).Notifiers.Intervals.Remove(interval).Any());
        return StepOutcome.Ok;
    }

    private static TraceRecorder Recorder(TraceMachine machine, TraceStep step, NotifierCallbacks callbacks) =>
        new(machine.MmOf(step), step.Process, machine.Trace.Region, callbacks, machine.Calls)
        {
            RefusesNonBlockable = step.Text("variant") == "eagain",
        };
}
