using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients.Tests;

/// <summary>
/// Several CPUs change the mappings of one process while the device of a client reads and writes; the seed decides who
/// moves at every point.
/// </summary>
internal sealed class RandomInterleaving
{
    private const int BasePages = 32;
    private const int HugePages = 512;
    private const int Threads = 3;
    private readonly SeededChoice _choice;
    private readonly ClientBench _bench;
    private readonly ClientDevice _client;
    private readonly bool _hasFork;
    private ulong _content;

    public RandomInterleaving(ClientKind kind, ClientFault fault, int seed)
    {
        _choice = new SeededChoice((ulong)seed);
        var profiles = KernelProfile.All.Where(profile => ClientCatalogue.Get(kind).FitsInto(profile, fault)).ToList();
        _bench = new ClientBench(profiles[(int)_choice.Below((ulong)profiles.Count)]);
        _hasFork = _choice.Chance(50);
        Map(0, BasePages, PageSizeHint.Base);
        Map(HugePages, HugePages, PageSizeHint.TransparentHuge);
        var isWindow = kind == ClientKind.WindowUnmap;
        var range = isWindow ? ClientBench.Range(_choice.Between(0, BasePages - 8), _choice.Between(2, 8))
            : ClientBench.Range(0, _choice.Chance(50) ? BasePages : 2 * HugePages);
        _client = _bench.Add(kind, fault, range, owner: 1);
    }

    /// <summary>The first access that met what it must not, in words; null when there was none.</summary>
    public string? Run(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            var threads = new List<IEnumerator<PreemptionPoint>> { Device().GetEnumerator() };
            for (var i = 0; i < Threads; i++)
            {
                threads.Add(Cpu().GetEnumerator());
            }

            if (Together(threads) is { } wrong || CheckQuiet() is { } wrongAtRest && (wrong = wrongAtRest) is not null)
            {
                return $"round {round}, {_bench.Kernel.Profile.Name}: {wrong}";
            }

            _client.DoDeferredWork();
        }

        if (AfterExit() is { } late)
        {
            return $"after exit, {_bench.Kernel.Profile.Name}: {late}";
        }

        return _bench.Kernel.Validator.Findings.Count == 0 ? null : _bench.Kernel.Validator.Findings[0].ToString();
    }

    private string? Wrong { get; set; }

    private string? Together(List<IEnumerator<PreemptionPoint>> threads)
    {
        for (var steps = 0; threads.Count > 0 && Wrong is null; steps++)
        {
            if (steps > 300_000)
            {
                return $"hang: {string.Join(", ", threads.Select(thread => thread.Current.ToString()))}";
            }

            var index = (int)_choice.Below((ulong)threads.Count);
            var burst = _choice.Chance(30) ? _choice.Between(1, 60) : 1;
            while (burst-- > 0 && index < threads.Count)
            {
                if (!threads[index].MoveNext())
                {
                    threads.RemoveAt(index);
                    break;
                }
            }
        }

        return Wrong;
    }

    // With nothing in flight every entry must be what the CPU has.
    private string? CheckQuiet()
    {
        for (var i = 0; i < BasePages + 64 && Wrong is null; i++)
        {
            Access(i < BasePages ? ClientBench.Page(i) : ClientBench.Page(HugePages + i - BasePages), isWrite: false);
        }

        return Wrong;
    }

    private string? AfterExit()
    {
        _bench.Space.Exit().RunToEnd();
        return CheckQuiet();
    }

    private IEnumerable<PreemptionPoint> Device()
    {
        for (var i = 0; i < 24 && Wrong is null; i++)
        {
            var address = AnyPage();
            var isWrite = _choice.Chance(30);
            if (!Access(address, isWrite))
            {
                var fault = new DeviceFault(address, isWrite);
                foreach (var point in _client.HandleFault(fault))
                {
                    yield return point;
                }

                Access(address, isWrite);
            }

            yield return new(PreemptionKind.None, "device");
        }
    }

    private bool Access(VirtualAddress address, bool isWrite)
    {
        DeviceAccess access;
        var isMade = isWrite ? _client.TryWrite(address, ++_content, out access) : _client.TryRead(address, out access);
        var isStrict = _client is not SecondaryTlbClient;
        if (isMade && (access.Outcome is AccessOutcome.Stale or AccessOutcome.Foreign || (isStrict && access.Outcome == AccessOutcome.StaleEqual)))
        {
            Wrong ??= $"{(isWrite ? "write" : "read")} of {address} at {access.Physical} met {access.Outcome}";
        }

        return isMade;
    }

    private IEnumerable<PreemptionPoint> Cpu()
    {
        for (var i = 0; i < 3; i++)
        {
            var operation = Operation();
            while (operation.Steps.MoveNext())
            {
                yield return operation.Steps.Current;
            }

            if (operation.Child is { } child)
            {
                var exit = child.Exit();
                while (exit.Steps.MoveNext())
                {
                    yield return exit.Steps.Current;
                }
            }
        }
    }

    private CpuOperation Operation()
    {
        var first = _choice.Chance(60) ? _choice.Between(0, BasePages - 9) : HugePages + _choice.Between(0, 60);
        var range = ClientBench.Range(first, _choice.Between(1, 8));
        var space = _bench.Space;
        return _choice.Between(0, 12) switch
        {
            0 => space.Munmap(range),
            1 => space.Mmap(range.SizeBytes, Protection.ReadWrite, MapFlags.Fixed, range.Start),
            2 => space.Mprotect(range, Protection.Read),
            3 => space.Mprotect(range, Protection.ReadWrite),
            4 => space.Migrate(range),
            5 => space.SplitHuge(ClientBench.Range(HugePages, HugePages)),
            6 => space.MadviseDontneed(range),
            7 when _hasFork => space.Fork(),
            8 => space.MigrateVma(range, owner: 2),
            9 => space.Touch(range),
            _ => space.Write(AnyPage(), BitConverter.GetBytes(++_content)),
        };
    }

    private VirtualAddress AnyPage() =>
        ClientBench.Page(_choice.Chance(60) ? _choice.Between(0, BasePages - 1) : HugePages + _choice.Between(0, 63));

    private void Map(int first, int count, PageSizeHint size)
    {
        var range = ClientBench.Range(first, count);
        _bench.Space.Mmap(range.SizeBytes, Protection.ReadWrite, MapFlags.Fixed, range.Start, size).RunToEnd();
        _bench.Space.Touch(range, forWrite: _choice.Chance(70)).RunToEnd();
    }
}
