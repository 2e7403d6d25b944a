using System.Globalization;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Steps of the Page Request Interface.</summary>
internal static class PageRequestSteps
{
    private const ulong StatusCycles = 4000;
    private const ulong PollCycles = 100;

    private static readonly SortedDictionary<string, (PageRequestMode Mode, PrgResponseCode Code)> _modes = new(StringComparer.Ordinal)
    {
        ["serve"] = (PageRequestMode.Serve, PrgResponseCode.Success),
        ["success"] = (PageRequestMode.Answer, PrgResponseCode.Success),
        ["invalid"] = (PageRequestMode.Answer, PrgResponseCode.InvalidRequest),
        ["failure"] = (PageRequestMode.Answer, PrgResponseCode.ResponseFailure),
        ["hold"] = (PageRequestMode.Hold, PrgResponseCode.Success),
        ["lost"] = (PageRequestMode.Lose, PrgResponseCode.Success),
    };

    /// <summary>What becomes of page requests, and the controls of the interface.</summary>
    public static StepBody Configure(MapReader map)
    {
        var number = CpuSteps.FunctionOf(map) ?? 0;
        (PageRequestMode Mode, PrgResponseCode Code)? mode = map.Has("mode") ? ModeOf(map, "mode") : null;
        bool? isEnabled = map.Has("enable") ? map.Flag("enable") : null;
        var allocation = map.Integer("allocation", -1, low: -1, high: int.MaxValue);
        var isReset = map.Flag("reset");
        var queue = map.Integer("queue", -1, low: -1, high: 1 << 16);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var function = run.Function(number, map.Place);
            if (mode is { } to)
            {
                function.Agent.PageRequests.Set(to.Mode, to.Code);
            }

            function.Agent.PageRequests.Capacity = queue >= 0 ? queue : function.Agent.PageRequests.Capacity;
            if (isEnabled is { } enable)
            {
                BringUp.SetPageRequests(function, enable, allocation < 0 ? null : (uint)allocation);
            }

            if (isReset)
            {
                BringUp.ResetPageRequests(function);
            }

            yield break;
        }
    }

    /// <summary>Answers the group that waits longest, or, with an index, sends a response that nobody may wait for.</summary>
    public static StepBody Respond(MapReader map)
    {
        var number = CpuSteps.FunctionOf(map) ?? 0;
        var index = map.Integer("index", -1, low: -1, high: 511);
        var code = ModeOf(map, "code").Code;
        var pasid = map.Has("pasid") ? CpuSteps.PasidOf(map) : null;
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var requests = run.Function(number, map.Place).Agent.PageRequests;
            if (index >= 0)
            {
                requests.Respond(index, code, pasid);
                yield break;
            }

            var deadline = run.Bench.Wire.Now + run.Bench.Options.DeadlineCycles;
            while (!requests.TryAnswerNext(code))
            {
                if (run.Bench.Wire.Now >= deadline)
                {
                    throw map.Place.Error("no page request waits", "Put 'page-requests: { mode: hold }' and an operation that asks in front.");
                }

                yield return Pause.Device;
            }
        }
    }

    /// <summary>Ends the work of a PASID; the device sends a Stop Marker.</summary>
    public static StepBody Stop(MapReader map)
    {
        var process = CpuSteps.ProcessOf(map);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var owner = run.Process(process, map.Place);
            var pasid = owner.Pasid ?? throw map.Place.Error("a Stop Marker needs a PASID", "Give the process a PASID.");
            run.Bench.Exerciser.StopPages(pasid, owner.Function);
            yield break;
        }
    }

    /// <summary>Reads the status register until it says what is expected.</summary>
    public static StepBody Status(MapReader map)
    {
        var number = CpuSteps.FunctionOf(map) ?? 0;
        var bits = new (string Key, uint Bit, string Rule)[]
        {
            ("stopped", PageRequestCapability.Stopped, "ATS-PRI-016"),
            ("failure", PageRequestCapability.ResponseFailure, "ATS-PRI-009"),
            ("unexpected", PageRequestCapability.UnexpectedPrgIndex, "ATS-PRI-010"),
        };
        var wanted = bits.Where(bit => map.Has(bit.Key)).Select(bit => (bit.Key, bit.Bit, bit.Rule, IsSet: map.Flag(bit.Key))).ToList();
        var isCleared = map.Flag("clear");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var function = run.Function(number, map.Place);
            var register = function.Layout.PageRequestOffset + PageRequestCapability.ControlStatus;
            var deadline = run.Bench.Wire.Now + StatusCycles;
            var status = function.Configuration.Read(register);
            while (run.Bench.Wire.Now < deadline && wanted.Exists(bit => (status & bit.Bit) != 0 != bit.IsSet))
            {
                run.Bench.RunCycles(PollCycles);
                status = function.Configuration.Read(register);
            }

            foreach (var (key, bit, rule, isSet) in wanted)
            {
                run.Bench.Checker.Judge(rule, (status & bit) != 0 == isSet, $"the status bit '{key}' is not {(isSet ? 1 : 0)} after {StatusCycles} cycles");
            }

            if (isCleared)
            {
                function.Configuration.Write(register, PageRequestCapability.ResponseFailure | PageRequestCapability.UnexpectedPrgIndex, byteEnable: 0xC);
            }

            yield break;
        }
    }

    // A name, or the number of a code that has none.
    private static (PageRequestMode Mode, PrgResponseCode Code) ModeOf(MapReader map, string key)
    {
        var text = map.Text(key, "success");
        if (_modes.TryGetValue(text, out var mode))
        {
            return mode;
        }

        return text.StartsWith("code ", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), CultureInfo.InvariantCulture, out var code) && code is >= 0 and < 16
            ? (PageRequestMode.Answer, (PrgResponseCode)code)
            : throw map.PlaceOf(key).Error($"'{text}' is not possible for '{key}'", "Write one of serve, success, invalid, failure, hold, lost, or 'code 2'.");
    }
}
