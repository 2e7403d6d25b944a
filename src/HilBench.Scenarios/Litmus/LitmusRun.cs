using System.Globalization;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>A litmus test on a bench: its threads, registers and what it observes.</summary>
internal sealed class LitmusRun
{
    private readonly Dictionary<string, string> _registers = [];
    private readonly Dictionary<string, ScenarioProcess> _known = [];

    /// <summary>Puts a test on a fresh bench that was made with <see cref="LitmusProgram.OptionsOn"/>.</summary>
    public LitmusRun(LitmusProgram program, Bench bench)
    {
        Program = program;
        Bench = bench;
        Scenario = new ScenarioRun(bench);
        bench.Journal.Subscribe(Calls);
        Threads = [.. program.Threads.Select(text => new LitmusThread(this, text))];
        bench.Kernel.GatherPagesMax = program.GatherPages ?? bench.Kernel.GatherPagesMax;
        foreach (var process in program.Processes)
        {
            Scenario.AddProcess(process.Name, process.Pasid, process.IsBound, process.Function);
        }

        foreach (var (client, fault) in program.ClientFaults)
        {
            Scenario.Clients.Mistakes[client] = fault;
        }
    }

    public LitmusProgram Program { get; }

    public Bench Bench { get; }

    /// <summary>Processes, clients, names, files.</summary>
    public ScenarioRun Scenario { get; }

    /// <summary>The callbacks that clients got since the initial state.</summary>
    public LitmusCalls Calls { get; } = new();

    /// <summary>Frames that the initial state gave a name.</summary>
    public Dictionary<string, ulong> Pages { get; } = [];

    /// <summary>Mistakes of the kernel or of clients that the validator of the notifier calls found: their number.</summary>
    public string Findings => Scenario.Clients.Unexpected.Count().ToString(CultureInfo.InvariantCulture);

    /// <summary>The threads, in the order of the file.</summary>
    public List<LitmusThread> Threads { get; }

    /// <summary>Sees who sets and reads registers; null: nobody does.</summary>
    public FootprintRecorder? Recorder { get; set; }

    /// <summary>Whether all threads have ended.</summary>
    public bool HasEnded => Threads.All(thread => thread.State == LitmusThreadState.Ended);

    /// <summary>Moves of threads that were more than another look at what they wait for.</summary>
    public long Progress { get; set; }

    /// <summary>Changes when the device may have done what a CPU waits for.</summary>
    public long DeviceProgress => Bench.Wire.ReceivedFromDevice + (Bench.IsQuarantined ? 1L << 40 : 0);

    /// <summary>Runs the initial state to its end, step by step; the device has come to rest then.</summary>
    /// <exception cref="InputException">A step of it asks for what the kernel refuses.</exception>
    public void Setup()
    {
        var setup = new LitmusThread(this, Program.Setup);
        while (setup.Steps.MoveNext())
        {
            if (setup.Steps.Current.Kind == PauseKind.Condition)
            {
                throw setup.Step!.Place.Error("the initial state waits for ever", "'await' is for threads.");
            }

            Scenario.Continue(setup.Steps.Current);
        }

        Settle();
        foreach (var process in Program.Processes.Where(process => Scenario.HasProcess(process.Name)))
        {
            Process(process.Name, default);
        }

        Calls.Clear();
    }

    /// <summary>Lets the device run until nothing is under way.</summary>
    public void Settle() => Bench.Settle();

    /// <summary>The thread that moves at this moment; null: the device does, or nobody.</summary>
    public LitmusThread? Mover { get; set; }

    /// <summary>Writes down who does what; null: nobody does.</summary>
    public LitmusTimeline? Timeline { get; set; }

    /// <summary>A register got a value.</summary>
    public void Bind(string register, string value)
    {
        Recorder?.OnTest(NumberOf(register), isWrite: true);
        _registers[register] = value;
        Timeline?.Bind(register, value);
    }

    /// <summary>The value of a register; "unset" before it got one.</summary>
    public string Register(string name)
    {
        Recorder?.OnTest(NumberOf(name), isWrite: false);
        return _registers.GetValueOrDefault(name, LitmusValue.Unset);
    }

    /// <summary>A process; one that has ended too, for a device does not know.</summary>
    public ScenarioProcess Process(string name, Place place)
    {
        if (!Scenario.HasProcess(name) && _known.TryGetValue(name, out var ended))
        {
            return ended;
        }

        return _known[name] = Scenario.Process(name, place);
    }

    /// <summary>Whether a thread has ended.</summary>
    public bool HasThreadEnded(string name)
    {
        var thread = Threads.FirstOrDefault(thread => thread.Name == name);
        Recorder?.OnTest(EndOf(Threads.IndexOf(thread!)), isWrite: false);
        return thread?.State == LitmusThreadState.Ended;
    }

    private int NumberOf(string register) => Program.Registers.TakeWhile(name => name != register).Count();

    /// <summary>The number of a thread's end, for the recorder.</summary>
    public static int EndOf(int thread) => 1000 + thread;

    /// <summary>
    /// What came out, once all threads have ended and the device has come to rest; a hang when they have not.
    /// </summary>
    public LitmusOutcome Outcome()
    {
        var parts = new List<string>();
        var waiting = Threads.Where(thread => thread.State != LitmusThreadState.Ended).ToList();
        if (waiting.Count > 0)
        {
            parts.Add($"hang({string.Join(',', waiting.Select(thread => thread.Name))})");
        }

        parts.AddRange(Program.Registers.Select(name => $"{name}={Register(name)}"));
        parts.AddRange(Program.Observed.Select(term => $"{term.Text}={term.Evaluate(this)}"));
        return new LitmusOutcome(string.Join(' ', parts), Program.Judge(this, isHang: waiting.Count > 0));
    }
}
