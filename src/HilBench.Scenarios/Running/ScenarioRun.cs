using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>The state of one scenario while it runs: its bench, processes, names and DMA operations under way.</summary>
internal sealed class ScenarioRun
{
    /// <summary>What addresses call the page of the DMA operation that was started last.</summary>
    public const string InFlight = "dma";

    /// <summary>A tolerant scenario that waits for what it holds back lets it go after so many cycles.</summary>
    private const ulong HoldCyclesMax = 500;

    /// <summary>A tolerant scenario whose branches go on without a wait lets go what it holds back after so many cycles: the device waits, too.</summary>
    private const ulong BusyHoldCyclesMax = 5000;

    /// <summary>Far more than any random program needs.</summary>
    private const ulong CyclesMax = 5_000_000;

    private readonly Dictionary<string, ScenarioProcess> _processes = [];
    private readonly List<(int Id, int Slot, DmaExpectation Expectation, Place Place, ulong Deadline, int Function)> _background = [];
    private int _operations;
    private ulong? _heldSince;
    private ulong? _firstHeld;
    private ulong _contentCounter;

    public ScenarioRun(Bench bench, bool isTolerant = false)
    {
        Bench = bench;
        IsTolerant = isTolerant;
        Clients = new ScenarioClients(bench);
    }

    public Bench Bench { get; }

    /// <summary>Whether steps that the kernel refuses, or that ask for the impossible, are passed over.</summary>
    public bool IsTolerant { get; }

    /// <summary>The step that moved last: where trouble of the bench comes from. Null: none yet.</summary>
    public Step? LastStep { get; set; }

    /// <summary>Addresses by the names that the scenario gave them.</summary>
    public Dictionary<string, ulong> Names { get; } = [];

    /// <summary>Subscribers of the scenario, and what they are expected to show.</summary>
    public ScenarioClients Clients { get; }

    /// <summary>Files by the names that the scenario gave them.</summary>
    public Dictionary<string, MemoryFile> Files { get; } = [];

    /// <summary>Pages that drivers hold, by the names that the scenario gave the pins.</summary>
    public Dictionary<string, (AddressSpace Space, IReadOnlyList<PhysicalAddress> Pages)> Pins { get; } = [];

    /// <summary>CPUs that the scenario stops and moves itself, by name.</summary>
    public Dictionary<string, ScenarioThread> Threads { get; } = [];

    /// <summary>Whether what runs now is one of several branches or threads: a lock may be another's then.</summary>
    public bool IsConcurrent { get; private set; }

    /// <summary>Invalidations that a step started without waiting.</summary>
    public List<(InvalidationQueue Queue, ulong Ticket)> Tickets { get; } = [];

    /// <summary>Translation Requests up to the last step that counted them.</summary>
    public long TranslationRequestsBefore { get; set; }

    public ScenarioProcess Process(string name, Place place) => _processes.TryGetValue(name, out var process)
        ? process
        : throw place.Error($"there is no process '{name}'", NearestName.Suggest(name, _processes.Keys));

    /// <summary>Whether there is a process of that name now.</summary>
    public bool HasProcess(string name) => _processes.ContainsKey(name);

    public MemoryFile File(string name, Place place) => Files.TryGetValue(name, out var file)
        ? file
        : throw place.Error($"there is no file '{name}'", NearestName.Suggest(name, Files.Keys));

    /// <summary>A function of the device.</summary>
    public BenchFunction Function(int number, Place place) => number < Bench.Functions.Count
        ? Bench.Functions[number]
        : throw place.Error($"the device has no function {number}", "Write 'needs: [functions]'.");

    public void AddProcess(string name, Pasid? pasid, bool isBound = true, int function = 0)
    {
        var space = Bench.Kernel.CreateAddressSpace(Bench.Options.PageTableLevels);
        _processes[name] = new ScenarioProcess(name, space, pasid, isBound ? Bench.Bind(space, pasid, function) : null, function);
    }

    /// <summary>Takes in an address space that other CPUs may be at work on: subscribing waits for them.</summary>
    public IEnumerable<Pause> Adopt(string name, AddressSpace space, Pasid? pasid, bool isBound, int function, Place place)
    {
        SvaBinding? binding = null;
        if (isBound)
        {
            RefuseBound(pasid, function, place);
            binding = Bench.NewBinding(space, pasid, function);
            var registration = space.Register(binding).Steps;
            while (registration.MoveNext())
            {
                yield return Pause.Of(registration.Current);
            }

            RefuseBound(pasid, function, place);
            binding.Install();
        }

        _processes[name] = new ScenarioProcess(name, space, pasid, binding, function);
    }

    /// <summary>A host gives a PASID to one address space at a time.</summary>
    public void RefuseBound(Pasid? pasid, int function, Place place)
    {
        if (Bench.IsBound(pasid, Function(function, place).Number))
        {
            throw place.Error(
                pasid is { } value ? $"PASID 0x{value.Value:x} belongs to a process already" : "requests without a PASID belong to a process already",
                "End that process first, or take another number.");
        }
    }

    public void RemoveProcess(string name) => _processes.Remove(name);

    /// <summary>Eight-byte numbers that no other store of this run uses: a stale page shows by its content.</summary>
    public byte[] FreshContent(int bytes)
    {
        var content = new byte[bytes];
        _contentCounter++;
        for (var i = 0; i + 8 <= bytes; i += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(i), 0xC0DE_0000_0000_0000 | _contentCounter << 16 | (uint)(i & 0xFFFF));
        }

        return content;
    }

    /// <summary>The branch that moves; null: none of several does.</summary>
    public Branch? Branch { get; set; }

    /// <summary>Moves a branch or thread to its next pause; false when it has ended.</summary>
    public bool Concurrently(IEnumerator<Pause> steps)
    {
        var outer = IsConcurrent;
        IsConcurrent = true;
        var isMoved = steps.MoveNext();
        IsConcurrent = outer;
        return isMoved;
    }

    /// <summary>Moves a CPU operation; it must return 0 or an error number that is tolerated.</summary>
    public IEnumerable<Pause> Operation(CpuOperation operation, Place place, int tolerated = 0)
    {
        while (operation.Steps.MoveNext())
        {
            yield return Pause.Of(operation.Steps.Current);
        }

        if (!IsTolerant && ((operation.Errno != 0 && operation.Errno != tolerated) || operation.Signal != Signal.None))
        {
            var result = operation.Signal != Signal.None ? operation.Signal.ToString() : $"error {operation.Errno}";
            throw place.Error($"{operation.Name} ended with {result}", "The scenario asks for something that the kernel refuses; look at what is mapped there.");
        }
    }

    /// <summary>Starts a DMA operation once a slot is free; nothing starts when the device hangs in every slot.</summary>
    public IEnumerable<Pause> StartDma(DmaRequest request, DmaExpectation expectation, bool isWaiting, Place place)
    {
        // What ended is judged before its slot is used again.
        CollectDma();
        int slot;
        while ((slot = Bench.Exerciser.TryStart(in request)) < 0)
        {
            if (_background.Count == 0)
            {
                yield break;
            }

            yield return Pause.Device;
            CollectDma();
        }

        Names[InFlight] = request.Va & ~0xFFFUL;
        var id = ++_operations;
        _background.Add((id, slot, expectation, place, Bench.Wire.Now + Bench.Options.DeadlineCycles, request.Function));
        while (isWaiting && _background.Exists(entry => entry.Id == id))
        {
            if (Bench.Exerciser.IsRunning(slot))
            {
                yield return Pause.Device;
            }

            CollectDma();
        }
    }

    /// <summary>Waits for all DMA operations under way.</summary>
    public IEnumerable<Pause> WaitForDma()
    {
        CollectDma();
        while (_background.Count > 0)
        {
            yield return Pause.Device;
            CollectDma();
        }
    }

    /// <summary>Judges the operations that ended, and those that should have.</summary>
    public void CollectDma()
    {
        for (var i = _background.Count - 1; i >= 0; i--)
        {
            var (_, slot, expectation, place, deadline, _) = _background[i];
            if (!Bench.Exerciser.IsRunning(slot))
            {
                expectation.Judge(Bench, Bench.Exerciser.ResultOf(slot), place);
                _background.RemoveAt(i);
            }
            else if (Bench.Wire.Now >= deadline && IsTolerant && Bench.Wire.Now - Bench.KeptWaitingAt < Bench.Options.DeadlineCycles && !Bench.IsQuarantined)
            {
                // A slow host is no fault of the device.
                _background[i] = _background[i] with { Deadline = Bench.KeptWaitingAt + Bench.Options.DeadlineCycles };
            }
            else if (Bench.Wire.Now >= deadline && Bench.Wire.HeldCount > 0)
            {
                throw place.Error("the operation waits for an answer that the scenario holds back", "Write 'wait: false', or put a release step in front.");
            }
            else if (Bench.Wire.Now >= deadline)
            {
                Bench.ReportStuck(slot);
                _background.RemoveAt(i);
            }
        }
    }

    /// <summary>Forgets operations under way: the device was reset.</summary>
    public void ForgetDma() => _background.Clear();

    /// <summary>Forgets operations of a function that was reset.</summary>
    public void ForgetDma(int function) => _background.RemoveAll(entry => entry.Function == function);

    // Nobody may be left who could release what this waits for.
    private void WaitWhileHeld()
    {
        _heldSince ??= Bench.Wire.Now;
        Bench.WaitForDevice(HoldCyclesMax);
        if (Bench.Wire.Now - _heldSince >= HoldCyclesMax)
        {
            Bench.Wire.Release();
            _heldSince = null;
        }
    }

    /// <summary>While branches go on: what one of them holds back for too long comes, before the device misses its deadlines.</summary>
    public void LimitHold()
    {
        if (!IsTolerant || Bench.Wire.HeldCount == 0)
        {
            _firstHeld = null;
            return;
        }

        _firstHeld ??= Bench.Wire.Now;
        if (Bench.Wire.Now - _firstHeld >= BusyHoldCyclesMax)
        {
            Bench.Wire.Release();
            _firstHeld = null;
        }
    }

    /// <summary>Does what a pause asks for, when nobody else can go on.</summary>
    public void Continue(Pause pause)
    {
        if (IsTolerant && Bench.Wire.Now > CyclesMax)
        {
            throw new BenchException(BenchLayer.Host, $"{ControlSteps.Endless} (last in step '{LastStep?.Name}')", "Look at which operation of the kernel model does not end.");
        }

        if (IsTolerant && Bench.Wire.HeldCount > 0 && (pause.Kind == PauseKind.Device || Bench.IsServingPages))
        {
            WaitWhileHeld();
            return;
        }

        _heldSince = null;
        if (pause.Kind == PauseKind.Device || (pause.Kind == PauseKind.Lock && Bench.IsServingPages))
        {
            Bench.WaitForDevice();
        }
        else if (pause.Kind == PauseKind.Lock)
        {
            throw new BenchException(
                BenchLayer.Host, $"a CPU operation waits for a lock that nobody holds or drops, in {pause.At.Site}", "This is a bug of the bench.");
        }
    }
}
