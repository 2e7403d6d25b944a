using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests.KernelTraces;

/// <summary>
/// Runs the steps of a golden trace on the engine and compares, after each step, the result, the callbacks, the page
/// tables and the mappings.
/// </summary>
/// <remarks>
/// Tolerances, all of them from the traces' own description: page ids are compared as a one-to-one mapping, swap slots
/// likewise; "accessed" is advisory once something cleared it without a TLB flush (clear_refs 1, aging); where a flush
/// under the lock or a full batch cuts the TLB callback, unions are compared; change_pte is left out when a profile
/// that
/// has it is compared with a kernel that has not. <c>by</c>, <c>site</c> and <c>entry</c> are not
/// compared.
/// </remarks>
internal sealed class TraceReplayer
{
    private readonly KernelTrace _trace;
    private readonly TraceSteps _steps;
    private readonly List<TraceCallback> _calls = [];
    private readonly List<TraceDifference> _differences = [];
    private readonly Dictionary<ulong, ulong> _idOf = [];
    private readonly Dictionary<ulong, ulong> _traceIdOf = [];
    private readonly bool _leavesOutChangePte;
    private bool _ignoresAccessed;

    private TraceReplayer(KernelTrace trace, KernelProfile profile)
    {
        _trace = trace;
        _leavesOutChangePte = profile.HasChangePte && trace.Kernel.Contains("6.12", StringComparison.Ordinal);
        var journal = new EventJournal(new StepClock(), 8);
        var kernel = new Kernel(profile, new PhysicalMemory(256 << 20), journal);
        _steps = new TraceSteps(kernel, trace, _calls);
    }

    /// <summary>Replays one trace.</summary>
    /// <returns>The differences; none when the engine behaves as the kernel did.</returns>
    /// <exception cref="StepNotModelledException">The engine has no such operation.</exception>
    public static IReadOnlyList<TraceDifference> Replay(KernelTrace trace, KernelProfile profile)
    {
        var replayer = new TraceReplayer(trace, profile);
        replayer.Run();
        return replayer._differences;
    }

    private void Run()
    {
        var pages = new Dictionary<string, List<TracePages>>();
        var vmas = new Dictionary<string, List<TraceVma>>();
        foreach (var step in _trace.Steps)
        {
            _calls.Clear();
            _ignoresAccessed |= step.Op is "clear_refs" or "reclaim" or "swapoff"
                || step.Text("advice") is "COLD" or "PAGEOUT" or "FREE" || step.Op is "fork";
            foreach (var difference in _steps.Run(step))
            {
                Differs(step, difference);
            }

            pages = step.Pages ?? pages;
            vmas = step.Vmas ?? vmas;
            CompareCallbacks(step);
            ComparePages(step, pages);
            CompareVmas(step, vmas);
            foreach (var finding in _steps.Findings)
            {
                Differs(step, $"the validator found {finding}");
            }
        }
    }

    private void Differs(TraceStep step, string what) => _differences.Add(new TraceDifference(step.N, what));

    private void CompareCallbacks(TraceStep step)
    {
        var expected = _trace.Notifier.Where(c => c.Step == step.N).ToList();
        var actual = _calls.Where(c => !_leavesOutChangePte || c.Op != "change_pte").ToList();
        if (Matches(expected, actual) || Matches(Joined(expected), Joined(actual)))
        {
            return;
        }

        Differs(step, $"callbacks of {step.Op}:\n      kernel: {string.Join("\n              ", expected)}"
            + $"\n      engine: {string.Join("\n              ", actual)}");
    }

    private bool Matches(List<TraceCallback> expected, List<TraceCallback> actual)
    {
        if (expected.Count != actual.Count)
        {
            return false;
        }

        for (var i = 0; i < expected.Count; i++)
        {
            var left = expected[i] with { NewPage = null, Vma = null };
            var right = actual[i] with { NewPage = null, Vma = null };
            if (left != right || !SameVma(expected[i].Vma, actual[i].Vma)
                || (expected[i].NewPage is { } page && !SameId(page, actual[i].NewPage ?? 0)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameVma(string[]? expected, string[]? actual) =>
        expected is null ? actual is null : actual is not null && expected.SequenceEqual(actual);

    /// <summary>Neighbouring TLB callbacks of one mm joined to their union, when the ranges touch.</summary>
    private static List<TraceCallback> Joined(List<TraceCallback> calls)
    {
        var joined = new List<TraceCallback>();
        foreach (var call in calls)
        {
            var isTlb = call.Op is "invalidate_range" or "arch_invalidate_secondary_tlbs";
            if (isTlb && joined.Count > 0 && joined[^1].Op == call.Op && joined[^1].Mm == call.Mm
                && !joined[^1].Implied && !call.Implied && joined[^1].End == call.Start)
            {
                joined[^1] = joined[^1] with { End = call.End, Atomic = joined[^1].Atomic && call.Atomic };
            }
            else
            {
                joined.Add(call);
            }
        }

        return joined;
    }

    private void ComparePages(TraceStep step, Dictionary<string, List<TracePages>> pages)
    {
        var present = new HashSet<ulong>();
        foreach (var (process, mm) in _steps.Processes)
        {
            if (mm.HasExited || !pages.TryGetValue(process, out var runs))
            {
                continue;
            }

            var expected = PageSnapshot.Of(runs).Pages;
            var actual = PageSnapshot.Of(mm, _trace.Region).Pages;
            present.UnionWith(actual.Values.Select(page => page.Id));
            foreach (var at in expected.Keys.Union(actual.Keys).Order())
            {
                var isExpected = expected.TryGetValue(at, out var left);
                var isActual = actual.TryGetValue(at, out var right);
                if (isExpected != isActual || !SameState(left.State, right.State) || !SameId(left.Id, right.Id))
                {
                    Differs(step, $"page 0x{at:x} of {process} after {step.Op}: kernel {(isExpected ? left
                        : "absent")},"
                        + $" engine {(isActual ? right : "absent")}");
                    break;
                }
            }
        }

        // The recorder knows a page only while it is mapped: when a file's page comes back it has a new id.
        foreach (var gone in _traceIdOf.Keys.Where(id => !present.Contains(id)).ToList())
        {
            _traceIdOf.Remove(gone);
        }
    }

    private bool SameState(PageState left, PageState right) =>
        left == right || (_ignoresAccessed
            && left with { Flags = left.Flags.Replace("A", "", StringComparison.Ordinal) }
            == right with { Flags = right.Flags.Replace("A", "", StringComparison.Ordinal) });

    private bool SameId(ulong traceId, ulong id)
    {
        if (traceId == 0 || id == 0)
        {
            return traceId == id;
        }

        _idOf.TryAdd(traceId, id);
        _traceIdOf.TryAdd(id, traceId);
        return _idOf[traceId] == id && _traceIdOf[id] == traceId;
    }

    private void CompareVmas(TraceStep step, Dictionary<string, List<TraceVma>> vmas)
    {
        foreach (var (process, mm) in _steps.Processes)
        {
            if (mm.HasExited || !vmas.TryGetValue(process, out var expected))
            {
                continue;
            }

            var left = string.Join(", ", expected.Select(v => $"{v.Start}-{v.End} {v.Perms} {v.Offset} {v.Backing}"));
            var right = string.Join(", ", _steps.VmasOf(mm));
            if (left != right)
            {
                Differs(step, $"mappings of {process} after {step.Op}: kernel {left}; engine {right}");
            }
        }
    }
}
