using System.Numerics;
using HilBench.Journal;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Steps of the translation agent, the wire and the host's configuration software.</summary>
internal static class AgentSteps
{
    /// <summary>Cycles from a race step until the two TLPs of it reach the device: more than any latency in use.</summary>
    private const int RaceCycles = 200;

    /// <summary>Bits 10:1 of an Invalidate Request's payload.</summary>
    private const ulong ReservedPayloadBits = 0x7FE;

    /// <summary>Up to Queue Depth requests do not stall other posted traffic.</summary>
    private const string PassesQueue = "ATS-ICP-016";

    /// <summary>What a device holds it does not ask for again.</summary>
    private const string NoStorm = "ATS-REQ-014";

    private const int CyclesMax = 1_000_000;

    /// <summary>Sends invalidations that no CPU operation asks for: always allowed.</summary>
    public static StepBody Invalidate(MapReader map)
    {
        var request = ReadInvalidation(map);
        var isWaiting = map.Flag("wait", otherwise: true);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var (queue, ticket) = request(run);
            if (!isWaiting)
            {
                run.Tickets.Add((queue, ticket));
                yield break;
            }

            while (!queue.IsDone(ticket) && !queue.IsQuarantined)
            {
                yield return Pause.Device;
            }
        }
    }

    /// <summary>Lets a held Translation Completion and an Invalidate Request reach the device a given number of cycles apart.</summary>
    public static StepBody Race(MapReader map)
    {
        var request = ReadInvalidation(map);
        var offset = map.Integer("offset", 0, low: -RaceCycles / 2, high: RaceCycles / 2);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var timing = run.Bench.Wire.Timing;
            timing[DownstreamClass.InvalidateRequest] = RaceCycles + offset - timing.LatencyCycles;
            run.Tickets.Add(request(run));
            timing[DownstreamClass.InvalidateRequest] = 0;
            run.Bench.Wire.Release(RaceCycles);
            yield break;
        }
    }

    /// <summary>Keeps completions back.</summary>
    public static StepBody Hold(MapReader map)
    {
        var isTranslations = map.OneOf("what", "translations", "translations", "reads") == "translations";
        return Now(run =>
        {
            run.Bench.Wire.IsHoldingTranslations |= isTranslations;
            run.Bench.Wire.IsHoldingReads |= !isTranslations;
        });
    }

    /// <summary>Sends what was kept back.</summary>
    public static StepBody Release(MapReader map)
    {
        var after = map.Integer("after", 0, low: 0, high: CyclesMax);
        return Now(run => run.Bench.Wire.Release(after));
    }

    /// <summary>The size of the blocks that the agent grants: leaves are cut, contiguous ones put together.</summary>
    public static StepBody Grant(MapReader map)
    {
        var size = map.Size("size");
        if (!BitOperations.IsPow2(size) || size < 4096)
        {
            throw map.PlaceOf("size").Error($"{size} is no block size", "Write a power of two from 4KiB on.");
        }

        return Now(run =>
        {
            run.Bench.Root.Translator.CoalesceShift = BitOperations.Log2(size);
            run.Bench.Root.Translator.LargestShift = BitOperations.Log2(size);
        });
    }

    /// <summary>How many Translation Requests came since the step before this one, or since the scenario began.</summary>
    public static StepBody TranslationRequests(MapReader map)
    {
        var most = map.Integer("at-most", 0, low: 0, high: CyclesMax);
        return Now(run =>
        {
            var count = run.Bench.Root.TranslationRequests - run.TranslationRequestsBefore;
            run.TranslationRequestsBefore += count;
            run.Bench.Checker.Judge(
                NoStorm, count <= most, $"{count} Translation Requests where {most} bring all that is used: what the device has got it asks for again");
        });
    }

    /// <summary>What the agent adds to physical addresses in translations, as a host with a second stage does.</summary>
    public static StepBody Guest(MapReader map)
    {
        var offset = map.Size("offset");
        if (offset % (1UL << 30) != 0)
        {
            throw map.PlaceOf("offset").Error($"{offset} is no offset of a guest", "Write a multiple of 1GiB.");
        }

        return Now(run =>
        {
            run.Bench.Root.GuestOffset = offset;
            run.Bench.Checker.GuestOffset = offset;
        });
    }

    /// <summary>Latencies and the device's transmit gap.</summary>
    public static StepBody Timing(MapReader map)
    {
        var latency = map.Has("latency") ? map.Integer("latency", 0, low: 1, high: CyclesMax) : 0;
        var jitter = map.Integer("jitter", -1, low: -1, high: CyclesMax);
        var translations = map.Integer("translations", -1, low: -1, high: CyclesMax);
        var reads = map.Integer("reads", -1, low: -1, high: CyclesMax);
        var gap = map.Integer("transmit-gap", -1, low: -1, high: 255);
        var timeout = map.Integer("translation-timeout", -1, low: -1, high: int.MaxValue);
        var deadline = map.Integer("deadline", -1, low: -1, high: int.MaxValue);
        return Now(run =>
        {
            var timing = run.Bench.Wire.Timing;
            timing.LatencyCycles = latency > 0 ? latency : timing.LatencyCycles;
            timing.JitterCycles = jitter >= 0 ? jitter : timing.JitterCycles;
            Set(timing, DownstreamClass.TranslationCompletion, translations);
            Set(timing, DownstreamClass.ReadCompletion, reads);
            foreach (var function in deadline > 0 ? run.Bench.Functions : [])
            {
                function.Invalidations.DeadlineCycles = (ulong)deadline;
            }

            if (timeout >= 0)
            {
                run.Bench.Exerciser.SetTranslationTimeout(timeout);
            }

            if (gap >= 0)
            {
                run.Bench.Checker.IsTransmitBlocked = gap > 0;
                run.Bench.Exerciser.SetTransmitGap(gap);
            }
        });
    }

    /// <summary>Sets or clears Bus Master Enable.</summary>
    public static StepBody BusMaster(MapReader map)
    {
        var isEnabled = map.Flag("enable");
        var function = CpuSteps.FunctionOf(map) ?? 0;
        return Now(run => BringUp.SetBusMaster(run.Function(function, map.Place), isEnabled));
    }

    /// <summary>Reads a register: posted traffic in front must have been taken.</summary>
    public static StepBody MmioRead(MapReader map)
    {
        var register = (ulong)map.Integer("register", 0, low: 0, high: 0xFFC);
        if (register % 4 != 0)
        {
            throw map.PlaceOf("register").Error($"there is no register at 0x{register:x}", "Write a multiple of 4.");
        }

        return Now(run =>
        {
            try
            {
                run.Bench.Requests.ReadRegister(BringUp.Bar0 + register);
            }
            catch (BenchException e) when (run.Bench.Checker.Focus.Contains(PassesQueue))
            {
                run.Bench.Checker.Judge(PassesQueue, holds: false, $"with as many Invalidate Requests out as the Queue Depth allows: {e.Message}");
            }
        });
    }

    private static void Set(WireTiming timing, DownstreamClass order, int cycles) =>
        timing[order] = cycles >= 0 ? cycles : timing[order];

    private static Func<ScenarioRun, (InvalidationQueue Queue, ulong Ticket)> ReadInvalidation(MapReader map)
    {
        var process = CpuSteps.ProcessOf(map);
        var function = CpuSteps.FunctionOf(map);
        var isOwnPasid = !map.Has("pasid");
        var pasid = isOwnPasid ? null : CpuSteps.PasidOf(map);
        var isGlobal = map.Flag("global");
        var isEverything = map.Flag("everything");
        var isBeyondDepth = map.Flag("beyond-depth");
        var isAllOnes = map.Flag("all-ones");
        var hasDigest = map.Flag("digest");
        var hasReservedBits = map.Flag("reserved-bits");
        var at = isEverything ? null : map.Address("at");
        var size = isEverything ? 0 : map.Size("size", 4096);
        InvalidationPolicy? policy = map.Has("policy")
            ? InvalidationPolicies.Parse(map.OneOf("policy", string.Empty, [.. InvalidationPolicies.Names]))
            : null;
        return run =>
        {
            var bench = run.Bench;
            bench.Checker.IsOverloadIntended |= isBeyondDepth;
            var owner = function is null || isOwnPasid ? run.Process(process, map.Place) : null;
            var whose = run.Function(function ?? owner!.Function, map.Place);
            var queue = whose.Invalidations;
            queue.SaysEverythingWithAllOnes = isAllOnes;
            queue.HasDigest = hasDigest;
            queue.ExtraPayloadBits = hasReservedBits ? ReservedPayloadBits : 0;
            queue.Depth = isBeyondDepth ? 32 : whose.Layout.InvalidateQueueDepth;
            var target = new InvalidationTarget(isOwnPasid ? owner!.Pasid : pasid, isGlobal);
            if (at is null)
            {
                return (queue, queue.Enqueue(target, 0, ulong.MaxValue, InvalidationPolicy.Global));
            }

            var first = at.Evaluate(run.Names);
            if (first > ulong.MaxValue - (size - 1))
            {
                throw map.Place.Error($"0x{first:x} + {size} bytes goes beyond the last address", "Stay below 2^64, or write 'everything: true'.");
            }

            return (queue, queue.Enqueue(target, first, first + size - 1, policy));
        };
    }

    private static StepBody Now(Action<ScenarioRun> action)
    {
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            action(run);
            yield break;
        }
    }
}
