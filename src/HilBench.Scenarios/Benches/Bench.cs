using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>
/// A whole host around one device: memory, page tables, notifiers, translation agent, root port, wire and checker. Made
/// fresh for each scenario; the device is reset, not reopened.
/// </summary>
public sealed class Bench
{
    private const ulong ServiceCycles = 16;
    private readonly BenchFunction[] _functions;
    private readonly PageFaultThread _pageFaults;

    /// <summary>Builds the host and brings the function up.</summary>
    /// <param name="device">Not owned.</param>
    /// <param name="options">What the host is like.</param>
    /// <exception cref="BenchException">The device does not answer or lacks ATS.</exception>
    public Bench(IDevice device, BenchOptions options)
    {
        Options = options;
        Choice = new SeededChoice(options.Seed);
        Choices = new RunChoices(Choice, options.Replayed, options.Recorded);
        Wire = new Wire(device, Choice.Child("wire")) { Delays = Choices };
        Wire.Timing.LatencyCycles = options.LatencyCycles;
        Journal = new EventJournal(Wire, options.JournalLog2) { IsKept = options.IsChecked };
        Memory = new PhysicalMemory(options.MemoryBytes);
        Kernel = new Kernel(options.Profile, Memory, Journal);
        var first = NewFunction();
        Root = new RootPort(Wire, Memory, first.Pasids, first.Invalidations, options.Agent, Journal);
        Wire.Connect(Journal, Root);
        Wire.Reset(ResetKind.Fundamental);
        Requests = new HostRequests(Wire, Root, options.DeadlineCycles);
        BringUp = new BringUp(Requests, Root, NewFunction);
        _functions = [.. BringUp.DiscoverAll(RequesterId.From(1, 0, 0))];
        _pageFaults = new PageFaultThread(_functions);
        var addressBits = options.AddressBits ?? (options.PageTableLevels == 5 ? 57 : 48);
        Checker = new Checker(Journal, [.. Functions.Select(function => new CheckedFunction(function.Layout with { AddressBits = addressBits }, function.Pasids))], Memory, options.CheckerMemoryLog2);
        if (options.IsChecked)
        {
            Journal.Subscribe(Checker);
        }

        foreach (var function in Functions)
        {
            BringUp.ReadCapabilities(function);
        }

        BringUp.Enable(Functions);
        CheckExerciser();
        Exerciser = new HilExerciser(Root, BringUp.Bar0, Journal);
        ((HilExerciser)Exerciser).Enable();
    }

    /// <summary>What the host is like.</summary>
    public BenchOptions Options { get; }

    /// <summary>The only source of chance.</summary>
    public SeededChoice Choice { get; }

    /// <summary>Makes the choices of the run, and records them.</summary>
    public RunChoices Choices { get; }

    /// <summary>The link, and the clock.</summary>
    public Wire Wire { get; }

    /// <summary>The record of the run.</summary>
    public EventJournal Journal { get; }

    /// <summary>Physical memory.</summary>
    public PhysicalMemory Memory { get; }

    /// <summary>The kernel.</summary>
    public Kernel Kernel { get; }

    /// <summary>The functions of the device that were found, the first one first.</summary>
    public IReadOnlyList<BenchFunction> Functions => _functions;

    /// <summary>The PASID table of the first function.</summary>
    public PasidTable Pasids => Functions[0].Pasids;

    /// <summary>The invalidation queue of the first function.</summary>
    public InvalidationQueue Invalidations => Functions[0].Invalidations;

    /// <summary>Whether nothing is queued and nothing outstanding in any function.</summary>
    public bool AreInvalidationsIdle => Array.TrueForAll(_functions, function => function.Invalidations.IsIdle);

    /// <summary>Whether the deadline of some function passed.</summary>
    public bool IsQuarantined => Array.Exists(_functions, function => function.Invalidations.IsQuarantined);

    /// <summary>The root port.</summary>
    public RootPort Root { get; }

    /// <summary>Configuration and register accesses that wait for their answer.</summary>
    public HostRequests Requests { get; }

    /// <summary>Enables and disables the function.</summary>
    public BringUp BringUp { get; }

    /// <summary>What discovery found of the first function.</summary>
    public FunctionLayout Layout => Functions[0].Layout;

    /// <summary>Judges the device.</summary>
    public Checker Checker { get; }

    /// <summary>Makes the device do DMA.</summary>
    public IExerciser Exerciser { get; }

    /// <summary>Whether the host has dropped page requests without an answer.</summary>
    public bool HasLostPageRequests => Array.Exists(_functions, function => function.Agent.PageRequests.Lost > 0);

    /// <summary>Whether a CPU serves page requests, or soon will.</summary>
    public bool IsServingPages => _pageFaults.IsBusy;

    /// <summary>
    /// When the host last kept the device waiting: by an invalidation, which kills answers on their way, a page request that is
    /// being served, or answers that are held back. What takes long until then is no fault of the device.
    /// </summary>
    internal ulong KeptWaitingAt { get; private set; }

    /// <summary>Whether the CPU that serves page requests can go on without the device.</summary>
    internal bool CanServePages => _pageFaults.CanMove;

    /// <summary>Moves the CPU that serves page requests for one turn.</summary>
    internal void MovePageService() => _pageFaults.Move();

    /// <summary>Makes a process whose memory the device may use under a PASID (null: without one).</summary>
    public AddressSpace CreateProcess(Pasid? pasid)
    {
        var space = Kernel.CreateAddressSpace(Options.PageTableLevels);
        Bind(space, pasid);
        return space;
    }

    /// <summary>Lets a function of the device use an address space under a PASID.</summary>
    public SvaBinding Bind(AddressSpace space, Pasid? pasid, int function = 0)
    {
        var binding = NewBinding(space, pasid, function);
        Run(space.Register(binding));
        binding.Install();
        return binding;
    }

    /// <summary>A binding that is neither subscribed nor installed yet: what does that lets others run meanwhile.</summary>
    internal SvaBinding NewBinding(AddressSpace space, Pasid? pasid, int function) =>
        new(space, pasid, _functions[function].Pasids, _functions[function].Invalidations);

    /// <summary>Whether a PASID of a function stands for an address space already.</summary>
    internal bool IsBound(Pasid? pasid, int function) => _functions[function].Pasids.Find(pasid) is not null;

    /// <summary>Resets the device and enables all its functions anew. What is under way is lost.</summary>
    public void Reset(ResetKind kind)
    {
        Wire.Reset(kind);
        Root.Reset();
        Exerciser.Reset();
        foreach (var function in _functions)
        {
            function.Agent.IsAtsEnabled = false;
        }

        BringUp.Enable(_functions);
        ((HilExerciser)Exerciser).Enable();
    }

    /// <summary>Enables a function after it was reset.</summary>
    public void EnableAgain(BenchFunction function)
    {
        if (function == _functions[0])
        {
            function.Configuration.Write(ConfigurationRegister.Bar0, (uint)BringUp.Bar0);
        }

        BringUp.Enable(function);
        if (function == _functions[0])
        {
            ((HilExerciser)Exerciser).Enable();
        }
    }

    /// <summary>Runs a CPU operation to its end; the device moves while the operation waits for it.</summary>
    public CpuOperation Run(CpuOperation operation)
    {
        while (operation.Steps.MoveNext())
        {
            if (operation.Steps.Current.Kind == PreemptionKind.WaitForDevice)
            {
                WaitForDevice();
            }
            else if (operation.Steps.Current.Kind == PreemptionKind.LockWait)
            {
                Invariant.Holds(_pageFaults.IsBusy);
                WaitForDevice();
            }
        }

        return operation;
    }

    /// <summary>Starts a DMA operation and waits for a free slot if need be.</summary>
    /// <returns>Its slot; -1 when none became free in time.</returns>
    public int StartDma(in DmaRequest request)
    {
        var deadline = Wire.Now + Options.DeadlineCycles;
        int slot;
        while ((slot = Exerciser.TryStart(in request)) < 0 && Wire.Now < deadline)
        {
            StepUntil(deadline);
        }

        return slot;
    }

    /// <summary>Starts a DMA operation and waits for its end; error -1 when the device does not end it.</summary>
    public DmaResult Dma(in DmaRequest request)
    {
        var slot = StartDma(in request);
        if (slot < 0)
        {
            return new DmaResult(-1, 0, 0, 0);
        }

        var deadline = Wire.Now + Options.DeadlineCycles;
        while (Exerciser.IsRunning(slot))
        {
            if (Wire.Now >= deadline)
            {
                ReportStuck(slot);
                return new DmaResult(-1, 0, 0, 0);
            }

            StepUntil(deadline);
        }

        return Exerciser.ResultOf(slot);
    }

    /// <summary>Moves the device until it sends something or the next deadline of an invalidation comes.</summary>
    public void WaitForDevice() => StepUntil(Wire.Now + Options.DeadlineCycles);

    /// <summary>Moves the device until it sends something, but no longer than some cycles.</summary>
    public void WaitForDevice(ulong cyclesMax) => StepUntil(Wire.Now + cyclesMax);

    /// <summary>Moves the device for some cycles.</summary>
    public void RunCycles(ulong cycles)
    {
        for (var until = Wire.Now + cycles; Wire.Now < until;)
        {
            StepUntil(until);
        }
    }

    /// <summary>Moves the device until no operation runs and no invalidation is outstanding.</summary>
    /// <returns>False when a deadline passed first.</returns>
    public bool Settle()
    {
        var deadline = Wire.Now + Options.DeadlineCycles;
        while (Exerciser.Running > 0 || _pageFaults.CanMove || !(AreInvalidationsIdle || IsQuarantined))
        {
            if (Wire.Now >= deadline)
            {
                return false;
            }

            StepUntil(deadline);
        }

        return true;
    }

    /// <summary>The device did not end an operation in time: that is the device's fault.</summary>
    public void ReportStuck(int slot) => Checker.Report(
        HasLostPageRequests ? "ATS-PRI-018" : "ATS-TRN-010",
        $"the DMA operation in slot {slot} did not end within {Options.DeadlineCycles} cycles");

    private void StepUntil(ulong until)
    {
        foreach (var function in _functions)
        {
            until = Math.Min(until, function.Invalidations.NextDeadline);
        }

        // The thread that serves page requests has a CPU of its own, and moves while the device does.
        until = _pageFaults.CanMove ? Math.Min(until, Wire.Now + ServiceCycles) : until;
        Wire.Step(until);
        KeptWaitingAt = AreInvalidationsIdle && !_pageFaults.IsBusy && Wire.HeldCount == 0 ? KeptWaitingAt : Wire.Now;
        _pageFaults.Move();
        foreach (var function in _functions)
        {
            function.Invalidations.CheckDeadline(Wire.Now);
        }
    }

    private AgentFunction NewFunction()
    {
        var queue = new InvalidationQueue(Wire, Options.Agent, Journal) { Policy = Options.Policy, DeadlineCycles = Options.DeadlineCycles };
        return new AgentFunction(new PasidTable(Journal), queue, new PageRequestQueue(Wire, Options.Agent), Journal);
    }

    private void CheckExerciser()
    {
        var id = Requests.ReadRegister(BringUp.Bar0);
        if (id != HilExerciser.IdValue)
        {
            throw new BenchException(
                BenchLayer.Device,
                $"BAR0 reads 0x{id:x8} where the exerciser has 0x{HilExerciser.IdValue:x8}",
                "Give the device the registers of docs/exerciser.md, or write an IExerciser for its own.");
        }
    }
}
