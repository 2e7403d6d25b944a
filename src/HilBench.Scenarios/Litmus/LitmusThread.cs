namespace HilBench.Scenarios;

/// <summary>A thread of a litmus test that runs.</summary>
internal sealed class LitmusThread
{
    private readonly LitmusRun _run;
    private long _waitsSince;

    public LitmusThread(LitmusRun run, LitmusThreadText text)
    {
        _run = run;
        Text = text;
        Steps = Sequence().GetEnumerator();
    }

    /// <summary>What it does.</summary>
    public LitmusThreadText Text { get; }

    /// <summary>T0, D0, ...</summary>
    public string Name => Text.Name;

    /// <summary>Whether its accesses are a device's.</summary>
    public bool IsDevice => Text.IsDevice;

    /// <summary>Its steps, pause by pause. Move it with <see cref="Move"/>, which keeps the state.</summary>
    public IEnumerator<Pause> Steps { get; }

    /// <summary>What it can do.</summary>
    public LitmusThreadState State { get; private set; }

    /// <summary>Where it stands; nothing before its first move and after its end.</summary>
    public Pause Pause { get; private set; }

    /// <summary>Index of the step that it is in, or that comes next; the number of steps when it has ended.</summary>
    public int StepIndex { get; private set; }

    /// <summary>The step that it is in; null when it has ended.</summary>
    public LitmusStep? Step => StepIndex < Text.Steps.Count ? Text.Steps[StepIndex] : null;

    /// <summary>
    /// Set by a step in front of a pause for the device or a condition: whether what it waits for has come. Null: only a
    /// move shows it.
    /// </summary>
    public Func<bool>? IsOver { get; set; }

    /// <summary>
    /// Whether a move can bring it further: it is ready, or what it waits for has come, or may have come since it last
    /// looked.
    /// </summary>
    public bool CanMove => State switch
    {
        LitmusThreadState.Ready => true,
        LitmusThreadState.Ended => false,
        LitmusThreadState.WaitsForLock => _run.Progress != _waitsSince,
        LitmusThreadState.WaitsForDevice when IsOver is null => _run.DeviceProgress != _waitsSince,
        _ => IsOver!(),
    };

    /// <summary>Moves it to its next pause.</summary>
    /// <returns>False when it has ended.</returns>
    public bool Move()
    {
        IsOver = null;
        _run.Mover = this;
        var isMoved = _run.Scenario.Concurrently(Steps);
        _run.Mover = null;
        Pause = isMoved ? Steps.Current : default;
        State = !isMoved ? LitmusThreadState.Ended : Pause.Kind switch
        {
            PauseKind.Lock => LitmusThreadState.WaitsForLock,
            PauseKind.Device => LitmusThreadState.WaitsForDevice,
            PauseKind.Condition => LitmusThreadState.WaitsForCondition,
            _ => LitmusThreadState.Ready,
        };
        if (State is LitmusThreadState.Ready or LitmusThreadState.Ended)
        {
            _run.Progress++;
        }

        _waitsSince = State == LitmusThreadState.WaitsForLock ? _run.Progress : _run.DeviceProgress;
        return isMoved;
    }

    private IEnumerable<Pause> Sequence()
    {
        for (StepIndex = 0; StepIndex < Text.Steps.Count; StepIndex++)
        {
            var step = Text.Steps[StepIndex];
            var isInside = step.IsAtomic && StepIndex > 0 && Text.Steps[StepIndex - 1].IsAtomic;
            if (StepIndex > 0 && !isInside)
            {
                yield return default;
            }

            _run.Timeline?.Begin(this, step);
            foreach (var pause in step.Body(_run, this))
            {
                if (!step.IsAtomic || pause.Kind != PauseKind.Preempt)
                {
                    yield return pause;
                }
            }
        }
    }
}
